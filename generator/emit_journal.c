#include "emit_journal.h"
#include "ascii.h"
#include "emitter.h"

static const struct journal *journal_of(const struct emitter *emitter)
{
    return &emitter->plan->spec->journal;
}

static struct str lower(const struct emitter *emitter, struct str name)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    for (size_t i = 0; i < name.len; i++)
        buf_put(&out, (struct str){&(const char){to_lower(name.at[i])}, 1});
    return buf_str(&out);
}

void emit_redacted(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct journal *journal = journal_of(emitter);
    if (journal->n_redacted == 0)
        return;
    buf_put(out, STR("static const char *const redacted[] = {\n"));
    for (size_t i = 0; i < journal->n_redacted; i++) {
        struct str name = lower(emitter, journal->redacted[i].text);
        buf_printf(out, "    %.*s,\n", STR_ARG(emitter_c_string(emitter, name, 4)));
    }
    buf_put(out, STR("};\n\n"));
}

static void emit_members(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (journal_of(emitter)->n_redacted > 0)
        buf_put(out,
                STR("        .redacted = redacted,\n"
                    "        .n_redacted = sizeof redacted / sizeof *redacted,\n"));
}

void emit_journal(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct journal *journal = journal_of(emitter);
    const struct tmpl_value values[] = {
        {"entries", emitter_number(emitter, (size_t)journal->entries)},
        {"body", emitter_product(emitter, journal->body, 1024)},
    };
    static const struct tmpl_section sections[] = {{"redacted_members", emit_members}};
    emitter_render(emitter, "journal.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}
