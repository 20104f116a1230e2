#include "report.h"
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* GitHub's runner takes commands from both streams of a step. */
static bool is_workflow(void)
{
    const char *value = getenv("GITHUB_ACTIONS");
    return value && strcmp(value, "true") == 0;
}

void report_init(struct report *report, enum diag_format format, struct arena *arena)
{
    *report = (struct report){
        .format = format,
        .has_annotations = format == DIAG_TEXT && is_workflow(),
    };
    buf_init(&report->json, arena);
}

static void put(const struct buf *text, FILE *stream)
{
    if (text->len > 0)
        fwrite(text->at, 1, text->len, stream);
}

/* The annotations stay beside the text: standard output may be a file's content. */
static void add_text(const struct report *report, const struct diag *diag)
{
    struct buf text;
    buf_init(&text, diag->arena);
    diag_render(diag, &text);
    if (report->has_annotations)
        diag_render_github(diag, &text);
    put(&text, stderr);
}

static void add_commands(const struct diag *diag)
{
    struct buf text;
    buf_init(&text, diag->arena);
    diag_render_github(diag, &text);
    put(&text, stdout);
}

void report_add(struct report *report, const struct diag *diag)
{
    switch (report->format) {
    case DIAG_TEXT:
        add_text(report, diag);
        break;
    case DIAG_JSON:
        diag_render_json(diag, &report->json);
        break;
    case DIAG_GITHUB:
        add_commands(diag);
        break;
    }
}

int report_finish(struct report *report)
{
    struct buf text;
    buf_init(&text, report->json.arena);
    if (report->format == DIAG_JSON) {
        const char *edge = report->json.len > 0 ? "\n" : "";
        buf_printf(&text, "[%s", edge);
        buf_put(&text, buf_str(&report->json));
        buf_printf(&text, "%s]\n", edge);
    }
    return print_text(&text);
}
