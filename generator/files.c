#include "files.h"

#include "disk.h"
#include "disposition.h"
#include "media_type.h"

#include <string.h>

enum { AGE_MAX = 87600 * 60 * 60 }; /* seconds, ten years */

static const char default_index[] = "index.html";

/* ---- Types ---- */

static const struct type boolean = {.kind = TYPE_BOOLEAN};
static const struct type file_name = {
    .kind = TYPE_TEXT,
    .is_string = true,
    .pattern = "^[^/\\\\\\x00-\\x1f\\x7f]+$",
};
static const struct type age = {
    .kind = TYPE_AGE,
    .max = AGE_MAX,
    .check = CHECK_LIMIT,
};
static const char *const cache_words[] = {"no-store", "no-cache", "immutable", NULL};

const struct type file_path = {
    .kind = TYPE_TEXT,
    .example = "write a path such as site/logo.svg",
    .is_string = true,
    .pattern = "^[^/\\\\]",
};
const struct type folder_path = {
    .kind = TYPE_TEXT,
    .example = "write a path such as site",
    .is_string = true,
    .pattern = "^[^/\\\\]",
};
const struct type index_type = {
    .kind = TYPE_EITHER,
    .alternatives = (const struct type *const[]){&boolean, &file_name, NULL},
};
const struct type download_type = {
    .kind = TYPE_EITHER,
    .alternatives = (const struct type *const[]){&boolean, &file_name, NULL},
};
const struct type cache_type = {
    .kind = TYPE_EITHER,
    .alternatives =
        (const struct type *const[]){
            &(const struct type){.kind = TYPE_WORD, .words = cache_words},
            &age,
            NULL,
        },
};

/* ---- Files and folders ---- */

static void fail(struct reader *r, const struct node *node,
                 const struct disk_problem *problem)
{
    struct diagnostic *error =
        diag_error(r->diag, CHECK_FILE, scalar_located(node).span, "'%.*s' %s",
                   STR_ARG(problem->path), problem->reason);
    if (problem->hint)
        diag_hint(r->diag, error, "%s", problem->hint);
}

void read_file(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    struct response *response = &draft->route->response;
    struct disk_problem problem;
    if (pair->key != draft->body_key)
        return;
    draft->file = pair;
    response->has_body = true;
    response->body_span = pair->key->span;
    if (!disk_read(&r->disk, pair->value->text, &response->body, &problem))
        fail(r, pair->value, &problem);
    set_type(response, media_type_of(pair->value->text), pair->key->span);
}

void read_dir(struct reader *r, const struct pair *pair, void *out)
{
    struct draft *draft = out;
    struct response *response = &draft->route->response;
    struct directory *directory = arena_alloc(r->arena, sizeof *directory);
    struct disk_file *files = NULL;
    struct disk_problem problem;
    if (pair->key != draft->body_key)
        return;
    draft->dir = pair;
    draft->directory = directory;
    response->has_body = true;
    response->body_span = pair->key->span;
    response->directory = directory;
    directory->index = str_from(default_index);
    if (!disk_read_folder(&r->disk, pair->value->text, &files, &directory->n_files,
                          &problem)) {
        fail(r, pair->value, &problem);
    } else if (directory->n_files == 0) {
        struct diagnostic *error =
            diag_error(r->diag, CHECK_DIR, scalar_located(pair->value).span,
                       "'%.*s' holds no files", STR_ARG(pair->value->text));
        diag_hint(r->diag, error, "those whose names start with '.' are left out");
    }
    directory->files = files;
}

/* ---- How they are sent ---- */

static bool is_boolean(const struct node *node)
{
    return node->kind == NODE_SCALAR && yaml_scalar_type(node) == SCALAR_BOOL;
}

/* Whether the value is a boolean, or a name that a file can have. */
static bool expect_name(struct reader *r, const struct pair *pair)
{
    if (is_boolean(pair->value))
        return true;
    if (!expect_type(r, pair, &file_name))
        return false;
    struct located name = scalar_located(pair->value);
    for (size_t i = 0; i < name.text.len; i++) {
        unsigned char c = (unsigned char)name.text.at[i];
        if (c >= ' ' && c != 0x7F && c != '/' && c != '\\')
            continue;
        diag_error(
            r->diag, CHECK_VALUE, located_part(name, i, i + 1).span,
            "the name of a file holds no '/', no '\\' and no control characters");
        return false;
    }
    if (name.text.len == 0)
        diag_error(r->diag, CHECK_VALUE, name.span, "a file has a name");
    return name.text.len > 0;
}

void read_index(struct reader *r, const struct pair *pair, void *out)
{
    if (expect_name(r, pair))
        ((struct draft *)out)->index = pair;
}

void read_download(struct reader *r, const struct pair *pair, void *out)
{
    if (expect_name(r, pair))
        ((struct draft *)out)->download = pair;
}

void read_etag(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct draft *)out)->route->response.omits_etag = !boolean_of(pair->value);
}

void read_gzip(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct draft *)out)->route->response.omits_gzip = !boolean_of(pair->value);
}

/* A response that never changes may be kept for a year (RFC 8246). */
static struct str cache_control(struct reader *r, const struct node *node)
{
    struct str text = node->text;
    struct buf value;
    if (str_equal(text, STR("immutable")))
        return STR("max-age=31536000, immutable");
    if (cache_words[word_of(node, cache_words)])
        return text;
    buf_init(&value, r->arena);
    buf_printf(&value, "max-age=%d", quantity_of(text, &age));
    return buf_str(&value);
}

void read_cache(struct reader *r, const struct pair *pair, void *out)
{
    struct response *response = &((struct draft *)out)->route->response;
    const struct node *value = pair->value;
    bool is_word =
        value->kind == NODE_SCALAR && cache_words[word_of(value, cache_words)];
    if (is_word || expect_type(r, pair, &age))
        add_header(r, response,
                   (struct header){
                       .name = {STR("Cache-Control"), pair->key->span},
                       .value = {cache_control(r, value), value->span},
                   });
}

/* ---- Several keys ---- */

static void settle_download(struct reader *r, const struct draft *draft)
{
    struct response *response = &draft->route->response;
    const struct node *value = draft->download->value;
    if (is_boolean(value) && !boolean_of(value))
        return;
    if (draft->dir && is_boolean(value)) {
        response->is_download = true;
    } else if (draft->dir) {
        diag_error(r->diag, CHECK_TYPE, value->span,
                   "'download' of a folder is true or false: each file has its name");
    } else if (draft->file) {
        struct str name = is_boolean(value)
                              ? str_after_last(draft->file->value->text, '/')
                              : value->text;
        add_header(r, response,
                   (struct header){
                       .name = {STR("Content-Disposition"), draft->download->key->span},
                       .value = {disposition_of(name, r->arena), value->span},
                   });
    }
}

static bool has_index(const struct directory *directory)
{
    for (size_t i = 0; i < directory->n_files; i++)
        if (str_equal(str_after_last(directory->files[i].name, '/'), directory->index))
            return true;
    return false;
}

static void settle_index(struct reader *r, const struct draft *draft)
{
    struct directory *directory = draft->directory;
    const struct node *value = draft->index->value;
    if (is_boolean(value)) {
        directory->index = boolean_of(value) ? directory->index : (struct str){0};
        return;
    }
    directory->index = value->text;
    if (directory->n_files > 0 && !has_index(directory))
        diag_error(r->diag, CHECK_DIR, value->span, "no folder of '%.*s' has '%.*s'",
                   STR_ARG(draft->dir->value->text), STR_ARG(value->text));
}

static bool has_file(const struct directory *directory, struct str name)
{
    for (size_t i = 0; i < directory->n_files; i++)
        if (str_equal(directory->files[i].name, name))
            return true;
    return false;
}

/* A folder would be found only with a '/' behind the path, where the default is not. */
static void check_default_file(struct reader *r, const struct draft *draft,
                               const struct parameter *parameter)
{
    const struct directory *directory = draft->directory;
    struct located name = parameter->default_value;
    if (!parameter->has_default || directory->n_files == 0 ||
        has_file(directory, name.text))
        return;
    struct diagnostic *error =
        diag_error(r->diag, CHECK_DIR, name.span, "'%.*s' has no file '%.*s'",
                   STR_ARG(draft->dir->value->text), STR_ARG(name.text));
    diag_hint(r->diag, error, "write one of its files, such as %.*s",
              STR_ARG(directory->files[0].name));
}

static void settle_dir(struct reader *r, const struct draft *draft)
{
    const struct template *template = &draft->route->template;
    size_t n = template->n_parameters;
    struct str path = template->source.text;
    if (n > 0 && template->parameters[n - 1]->is_catch_all) {
        check_default_file(r, draft, template->parameters[n - 1]);
        return;
    }
    struct diagnostic *error =
        diag_error(r->diag, CHECK_DIR, draft->dir->key->span,
                   "'dir' is for routes that end in a catch-all, which chooses a file");
    if (path.len > 0)
        diag_hint(r->diag, error, "write %.*s%s{*path}", STR_ARG(path),
                  path.at[path.len - 1] == '/' ? "" : "/");
}

void settle_files(struct reader *r, const struct draft *draft)
{
    if (draft->download)
        settle_download(r, draft);
    if (draft->dir && draft->index)
        settle_index(r, draft);
    if (draft->dir)
        settle_dir(r, draft);
}
