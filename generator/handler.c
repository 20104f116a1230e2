/* One table of the keys of `handlers`. */
#define _POSIX_C_SOURCE 200809L

#include "handler.h"
#include "ascii.h"
#include "reserved.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 100, FUNCTION_MAX = 48 /* characters, so that more fit behind */ };

static const struct type file_name = {
    .kind = TYPE_TEXT,
    .meaning = "A C or C++ file of yours, relative to the spec's folder",
    .example = "write a file such as handlers.c",
    .is_string = true,
    .pattern = "^[^/].*\\.(c|cc|cpp|cxx)$",
};
static const struct type file_list = {
    .kind = TYPE_LIST,
    .example = "write a file such as handlers.c",
    .min = 1,
    .max = FILES_MAX,
    .element = &file_name,
};
static const struct type files_type = {
    .kind = TYPE_EITHER,
    .alternatives = (const struct type *const[]){&file_name, &file_list, NULL},
};
const struct type handler_name = {
    .kind = TYPE_TEXT,
    .example = "write the name of a C function such as get_user",
    .is_string = true,
    .pattern = "^[A-Za-z][A-Za-z0-9_]{0,47}$",
};

/* ---- Files ---- */

static bool is_cxx(struct str extension)
{
    return str_equal(extension, STR("cc")) || str_equal(extension, STR("cpp")) ||
           str_equal(extension, STR("cxx"));
}

/* What is behind the last dot of the file's name; empty without one. */
static struct str extension_of(struct str name)
{
    for (size_t i = name.len; i > 0 && name.at[i - 1] != '/'; i--)
        if (name.at[i - 1] == '.')
            return str_slice(name, i, name.len);
    return (struct str){name.at, 0};
}

/* CMake and make take these for something else. */
static bool has_odd_character(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] < 0x20 || strchr(";\"\\$", name.at[i]))
            return true;
    return false;
}

static void fail_file(struct reader *r, struct span span, const char *problem,
                      struct str name, const char *hint)
{
    struct diagnostic *error = diag_error(r->diag, CHECK_HANDLER_FILE, span,
                                          "'%.*s' %s", STR_ARG(name), problem);
    diag_hint(r->diag, error, "%s", hint);
}

/* Whether the name can be that of a source at all; if not, says so. */
static bool expect_name(struct reader *r, struct located name)
{
    struct str extension = extension_of(name.text);
    const char *beside = "write it relative to the spec's folder";
    if (name.text.len > 0 && name.text.at[0] == '/')
        fail_file(r, name.span, "is no relative path", name.text, beside);
    else if (has_odd_character(name.text))
        fail_file(r, name.span, "has a character that CMake takes for something else",
                  name.text, "do without ; \" \\ and $");
    else if (!is_cxx(extension) && !str_equal(extension, STR("c")))
        fail_file(r, name.span, "is no source of C or C++", name.text,
                  "its name must end in .c, .cc, .cpp or .cxx");
    else
        return true;
    return false;
}

/* The path of `name`, which is relative to the spec's folder. */
static const char *path_from(struct reader *r, struct str name)
{
    const char *spec = r->source->path;
    const char *slash = strrchr(spec, '/');
    struct buf path;
    buf_init(&path, r->arena);
    if (slash)
        buf_put(&path, (struct str){spec, (size_t)(slash - spec) + 1});
    buf_put(&path, name);
    return str_z(r->arena, buf_str(&path));
}

/* The file among those before it that is the same one, or NULL. */
static const struct handler_file *find_same(const struct handlers *handlers,
                                            const struct stat *status)
{
    struct stat other;
    for (size_t i = 0; i < handlers->n_files; i++)
        if (stat(handlers->files[i].path, &other) == 0 &&
            other.st_dev == status->st_dev && other.st_ino == status->st_ino)
            return &handlers->files[i];
    return NULL;
}

/* Whether the file is there and not yet listed; if not, says so. */
static bool expect_file(struct reader *r, const struct handler_file *file,
                        const struct handlers *handlers)
{
    struct stat status;
    struct located name = file->name;
    if (stat(file->path, &status) != 0) {
        struct diagnostic *error =
            diag_error(r->diag, CHECK_HANDLER_FILE, name.span, "cannot find %s: %s",
                       file->path, strerror(errno));
        diag_hint(r->diag, error, "'krgen handlers' prints a first version of it");
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        diag_error(r->diag, CHECK_HANDLER_FILE, name.span, "'%.*s' is no regular file",
                   STR_ARG(name.text));
        return false;
    }
    const struct handler_file *same = find_same(handlers, &status);
    if (!same)
        return true;
    struct diagnostic *error =
        diag_error(r->diag, CHECK_HANDLER_FILE, name.span,
                   "'%.*s' stands here a second time", STR_ARG(name.text));
    diag_note(r->diag, error, same->name.span, "it stands here first");
    return false;
}

static void read_file(struct reader *r, const struct pair *pair,
                      struct handlers *handlers)
{
    if (!expect_type(r, pair, &file_name))
        return;
    struct located name = scalar_located(pair->value);
    if (!spend(r, name.span, name.text.len) || !expect_name(r, name))
        return;
    struct handler_file file = {name, path_from(r, name.text),
                                is_cxx(extension_of(name.text))};
    if (!expect_file(r, &file, handlers))
        return;
    handlers->files =
        arena_grow(r->arena, handlers->files, handlers->n_files, sizeof file);
    handlers->files[handlers->n_files++] = file;
}

static void read_files(struct reader *r, const struct pair *pair, void *out)
{
    const struct node *value = pair->value;
    if (value->kind != NODE_SEQUENCE) {
        read_file(r, pair, out);
        return;
    }
    if (value->n == 0 || value->n > FILES_MAX) {
        diag_error(r->diag, CHECK_HANDLER_FILE, value->span,
                   "'%.*s' lists 1 to %d files", STR_ARG(pair->key->text), FILES_MAX);
        return;
    }
    for (size_t i = 0; i < value->n; i++)
        read_file(r, &(const struct pair){pair->key, value->items[i]}, out);
}

/* ---- Functions ---- */

/* Whether `name` is `word`, perhaps with '_' and a number behind. */
static bool is_numbered(struct str name, struct str word)
{
    size_t at = word.len + 1;
    if (!str_has_prefix(name, word) ||
        (name.len > word.len && name.at[word.len] != '_'))
        return false;
    while (at < name.len && is_digit(name.at[at]))
        at++;
    return at >= name.len;
}

/* NAME.c has variables of its own. */
static bool is_generated(struct str name)
{
    static const char *const words[] = {"routes",         "methods",
                                        "allowed",        "redacted",
                                        "unmatched",      "environment",
                                        "variable_names", "variable_values",
                                        "head",           "body",
                                        "gzip",           "parameters",
                                        "template",       "template_sources",
                                        "template_body",  "template_fields",
                                        "query",          "query_parameters"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_numbered(name, str_from(words[i])))
            return true;
    return str_has_prefix(name, STR("parameters_"));
}

/* What is wrong with the name of a function, or NULL. */
static const char *find_fault(struct str name)
{
    if (name.len == 0)
        return "is empty";
    if (!is_letter(name.at[0]))
        return "must start with a letter";
    for (size_t i = 0; i < name.len; i++)
        if (!is_letter(name.at[i]) && !is_digit(name.at[i]) && name.at[i] != '_')
            return "may hold only letters, digits and '_'";
    if (name.len > FUNCTION_MAX)
        return "is longer than 48 characters";
    if (reserved_is_keyword(name))
        return "is a word of C or C++";
    if (str_has_prefix(name, STR("krt_")) || str_equal(name, STR("main")) ||
        str_equal(name, STR("wmain")))
        return "is one of the runtime's";
    if (reserved_is_library(name))
        return "is a name of the C library";
    return is_generated(name) ? "is one of the generated code's" : NULL;
}

void read_function(struct reader *r, const struct pair *pair, struct located *name)
{
    struct located text = scalar_located(pair->value);
    const char *fault = find_fault(text.text);
    if (fault)
        diag_error(r->diag, CHECK_HANDLER_NAME, text.span, "function name '%.*s' %s",
                   STR_ARG(text.text), fault);
    else
        *name = text;
}

static void read_init(struct reader *r, const struct pair *pair, void *out)
{
    read_function(r, pair, &((struct handlers *)out)->init);
}

static void read_shutdown(struct reader *r, const struct pair *pair, void *out)
{
    read_function(r, pair, &((struct handlers *)out)->shutdown);
}

/* ---- The keys ---- */

static const struct field handlers_fields[] = {
    {.name = "files",
     .meaning = "C or C++ files of yours with the handlers, relative to the spec's "
                "folder",
     .is_required = true,
     .type = &files_type,
     .read = read_files},
    {.name = "init",
     .meaning = "C function that makes what all handlers share, before the server "
                "starts",
     .type = &handler_name,
     .read = read_init},
    {.name = "shutdown",
     .meaning = "C function that is called when the server has ended",
     .type = &handler_name,
     .read = read_shutdown},
    {.name = NULL},
};

const struct type handlers_type = {
    .kind = TYPE_EITHER,
    .alternatives =
        (const struct type *const[]){
            &file_name,
            &file_list,
            &(const struct type){.kind = TYPE_FIELDS, .fields = handlers_fields},
            NULL,
        },
};

void read_handlers(struct reader *r, const struct pair *pair, struct handlers *handlers)
{
    if (pair->value->kind == NODE_MAPPING)
        read_fields(r, pair->value, handlers_fields, handlers);
    else
        read_files(r, pair, handlers);
}
