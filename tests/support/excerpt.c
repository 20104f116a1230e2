#include "excerpt.h"

#include <string.h>

void excerpt_init(struct excerpt *excerpt, struct str text)
{
    *excerpt = (struct excerpt){0};
    struct arena *arena = &excerpt->arena;
    excerpt->diag.arena = arena;
    source_init(&excerpt->source, "demo.yaml", text, arena);
    excerpt->reader = (struct reader){
        .source = &excerpt->source, .arena = arena, .diag = &excerpt->diag};
    excerpt->text = (struct located){text, {&excerpt->source, 0, text.len}};
}

void excerpt_deinit(struct excerpt *excerpt)
{
    arena_free(&excerpt->arena);
}

const char *excerpt_faults(struct excerpt *excerpt)
{
    static const char prefix[] = "demo.yaml:1:";
    struct buf rendered;
    struct buf out;
    buf_init(&rendered, &excerpt->arena);
    buf_init(&out, &excerpt->arena);
    diag_render(&excerpt->diag, &rendered);
    const char *line = str_z(&excerpt->arena, buf_str(&rendered));
    for (const char *end; (end = strchr(line, '\n')); line = end + 1) {
        struct str text = {line, (size_t)(end - line)};
        const char *caret = memchr(line, '^', text.len);
        bool is_message = str_has_prefix(text, str_from(prefix));
        bool is_mark = caret && str_has_prefix(text, STR("      | "));
        if (is_message || is_mark)
            buf_printf(&out, "%s%.*s", out.len > 0 ? " " : "",
                       (int)(end - (is_message ? line + strlen(prefix) : caret)),
                       is_message ? line + strlen(prefix) : caret);
    }
    return str_z(&excerpt->arena, buf_str(&out));
}
