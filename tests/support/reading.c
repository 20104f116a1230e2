#include "reading.h"
#include "check.h"
#include "read.h"
#include "values.h"

#include <string.h>

void reading_init_tree(struct reading *reading, struct str text)
{
    *reading = (struct reading){0};
    reading->diag.arena = &reading->arena;
    source_init(&reading->source, "demo.yaml", text, &reading->arena);
    reading->is_yaml =
        yaml_read(&reading->source, &reading->root, &reading->arena, &reading->diag);
}

void reading_init(struct reading *reading, struct str text)
{
    reading_init_tree(reading, text);
    struct diag *diag = &reading->diag;
    if (reading->is_yaml) {
        read_spec(reading->root, &reading->spec, &reading->arena, diag);
        reading->is_read = diag->n_errors == 0;
        values_build(&reading->spec, &reading->arena, diag);
        check_spec(&reading->spec, diag);
    }
    reading->is_fine = diag->n_errors == 0;
}

void reading_deinit(struct reading *reading)
{
    arena_free(&reading->arena);
}

const char *reading_output(struct reading *reading)
{
    struct buf out;
    buf_init(&out, &reading->arena);
    diag_render(&reading->diag, &out);
    return str_z(&reading->arena, buf_str(&out));
}

/* Appends "LINE:COLUMN CHECK" of a line "demo.yaml:LINE:COLUMN: error: ... [CHECK]",
 * `mark` being what stands before the message. */
static void put_fault(struct buf *out, struct str line, const char *mark)
{
    const char *end = NULL;
    for (size_t i = 0; i + strlen(mark) <= line.len && !end; i++)
        if (memcmp(line.at + i, mark, strlen(mark)) == 0)
            end = line.at + i;
    if (!end || line.at[line.len - 1] != ']')
        return;
    size_t open = line.len;
    while (line.at[open - 1] != '[')
        open--;
    if (out->len > 0)
        buf_put(out, STR(", "));
    buf_put(out, str_slice(line, strlen("demo.yaml:"), (size_t)(end - line.at)));
    buf_putc(out, ' ');
    buf_put(out, str_slice(line, open, line.len - 1));
}

static const char *in_short(struct reading *reading, const char *mark)
{
    struct buf out;
    buf_init(&out, &reading->arena);
    const char *text = reading_output(reading);
    for (const char *end; (end = strchr(text, '\n')); text = end + 1)
        if (end > text)
            put_fault(&out, (struct str){text, (size_t)(end - text)}, mark);
    return str_z(&reading->arena, buf_str(&out));
}

const char *reading_faults(struct reading *reading)
{
    return in_short(reading, ": error: ");
}

const char *reading_warnings(struct reading *reading)
{
    return in_short(reading, ": warning: ");
}
