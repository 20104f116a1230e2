#include "emit_access.h"
#include "emitter.h"
#include "rights.h"
#include "sddl.h"

enum { SDDL_INDENT = 16 };

static const struct access *access_of(const struct emitter *emitter)
{
    return &emitter->plan->spec->access;
}

/* Windows: the descriptor of each level, complete but for what is known at start. The
 * rights of others leave GENERIC_WRITE out, which would let them make instances. */
static struct str descriptor(const struct emitter *emitter)
{
    static const char *const others[] = {
        [ACCESS_USER] = "",
        [ACCESS_ADMINS] = "(A;;" RIGHTS_CLIENT ";;;BA)",
        [ACCESS_LOCAL_USERS] = "(A;;" RIGHTS_CLIENT ";;;AU)",
    };
    const struct access *access = access_of(emitter);
    struct str allowed = access->n_allowed > 0 ? STR("<allowed>") : STR("");
    struct buf out;
    buf_init(&out, emitter->arena);
    if (access->level == ACCESS_SDDL)
        sddl_put(access->sddl, allowed, &out);
    else
        buf_printf(&out, "O:<user>D:P(A;;GA;;;<user>)(A;;GA;;;SY)%s%.*s",
                   others[access->level], STR_ARG(allowed));
    return buf_str(&out);
}

static struct str level(enum access_level level)
{
    switch (level) {
    case ACCESS_ADMINS:
        return STR("KRT_ACCESS_ADMINS");
    case ACCESS_LOCAL_USERS:
        return STR("KRT_ACCESS_LOCAL_USERS");
    case ACCESS_SDDL:
        return STR("KRT_ACCESS_SDDL");
    default:
        return STR("KRT_ACCESS_USER");
    }
}

void emit_allowed(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct access *access = access_of(emitter);
    if (access->n_allowed == 0)
        return;
    buf_put(out, STR("static const char *const allowed[] = {\n"));
    for (size_t i = 0; i < access->n_allowed; i++) {
        struct str name = emitter_c_string(emitter, access->allowed[i].text, 4);
        buf_printf(out, "    %.*s,\n", STR_ARG(name));
    }
    buf_put(out, STR("};\n\n"));
}

static void emit_members(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (access_of(emitter)->n_allowed > 0)
        buf_put(out, STR("        .allowed = allowed,\n"
                         "        .n_allowed = sizeof allowed / sizeof *allowed,\n"));
}

void emit_access(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct spec *spec = emitter->plan->spec;
    const struct tmpl_value values[] = {
        {"level", level(spec->access.level)},
        {"sddl", emitter_c_string(emitter, descriptor(emitter), SDDL_INDENT)},
        {"workers", emitter_number(emitter, (size_t)spec->workers)},
    };
    static const struct tmpl_section sections[] = {{"allowed_members", emit_members}};
    emitter_render(emitter, "access.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}
