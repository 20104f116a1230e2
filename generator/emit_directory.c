#include "emit_directory.h"

#include "emit_response.h"

enum { NAME_INDENT = 28 };

static const char *gzip_name(const struct emitter *emitter, size_t index)
{
    struct buf out;
    buf_init(&out, emitter->arena);
    buf_printf(&out, "gzip_%lu", (unsigned long)index);
    return str_z(emitter->arena, buf_str(&out));
}

static struct naming naming_of(const struct emitter *emitter, size_t index)
{
    const struct directory_plan *directory = emitter->route->directory;
    return (struct naming){&directory->files[index].response,
                           gzip_name(emitter, index)};
}

static void emit_compressed(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct directory_plan *directory = emitter->route->directory;
    for (size_t i = 0; i < directory->n_files; i++) {
        struct naming naming = naming_of(emitter, i);
        emit_gzip(emitter, &naming, emitter_comment(emitter, directory->files[i].name),
                  out);
    }
}

static void emit_file_response(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    emit_response(emitter, emitter->naming, out);
}

static void emit_files(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct directory_plan *directory = emitter->route->directory;
    static const struct tmpl_section sections[] = {{"response", emit_file_response}};
    for (size_t i = 0; i < directory->n_files; i++) {
        struct naming naming = naming_of(emitter, i);
        struct emitter inner = *emitter;
        const struct tmpl_value values[] = {
            {"name", emitter_bytes(emitter, directory->files[i].name, NAME_INDENT)},
        };
        inner.naming = &naming;
        emitter_render(
            &inner, "file.c.tmpl",
            &(struct marks){values, LENGTH(values), sections, LENGTH(sections)}, out);
    }
}

static void emit_folders(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    const struct directory_plan *directory = emitter->route->directory;
    if (directory->n_folders == 0)
        return;
    buf_put(out, STR("static const struct krt_folder folders[] = {\n"));
    for (size_t i = 0; i < directory->n_folders; i++) {
        const struct folder_plan *folder = &directory->folders[i];
        struct str name = emitter_bytes(emitter, folder->name, NAME_INDENT);
        buf_printf(out, "    {%.*s, &files[%lu].response},\n", STR_ARG(name),
                   (unsigned long)folder->index);
    }
    buf_put(out, STR("};\n\n"));
}

static void emit_folder_members(const void *context, struct buf *out)
{
    const struct emitter *emitter = context;
    if (emitter->route->directory->n_folders > 0)
        buf_put(out, STR("    .folders = folders,\n"
                         "    .n_folders = sizeof folders / sizeof *folders,\n"));
}

void emit_directory(const struct emitter *emitter, const struct route_plan *route,
                    struct buf *out)
{
    const struct tmpl_value values[] = {
        {"spec", emitter_comment(emitter, str_from(emitter->plan->spec_name))},
        {"origin", emitter_origin(emitter, route)},
        {"directory", str_from(route->directory->ident)},
    };
    static const struct tmpl_section sections[] = {
        {"compressed", emit_compressed},
        {"files", emit_files},
        {"folders", emit_folders},
        {"folder_members", emit_folder_members},
    };
    struct emitter inner = *emitter;
    inner.route = route;
    emitter_render(&inner, "directory.c.tmpl",
                   &(struct marks){values, LENGTH(values), sections, LENGTH(sections)},
                   out);
}
