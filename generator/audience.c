/* One table of the keys of `access`. */
#include "audience.h"
#include "sddl.h"
#include "sid.h"
#include "tables.h"

enum { GROUP_MAX = 256 }; /* bytes of a group's name */

static const char *const levels[] = {
    [ACCESS_USER] = "user",
    [ACCESS_ADMINS] = "admins",
    [ACCESS_LOCAL_USERS] = "local-users",
    NULL,
};

static const struct type level_word = {.kind = TYPE_WORD, .words = levels};
static const struct type sddl_text = {
    .kind = TYPE_TEXT,
    .example = "write a descriptor such as 'D:P(A;;0x12019b;;;BA)'",
    .is_string = true,
};
static const struct type allowed_text = {
    .kind = TYPE_TEXT,
    .meaning = "A group, by its name or by its SID such as S-1-5-32-544",
    .is_string = true,
};

/* ---- Groups ---- */

/* What is wrong with the name of a group, or NULL. */
static const char *find_group_fault(struct str name)
{
    if (name.len == 0)
        return "a group has no name";
    if (name.len > GROUP_MAX)
        return "the name of a group has at most 256 bytes";
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] < 0x20 || name.at[i] == 0x7F)
            return "the name of a group has no control characters";
    return NULL;
}

static const struct located *find_allowed(const struct access *access, struct str text)
{
    for (size_t i = 0; i < access->n_allowed; i++)
        if (str_equal(access->allowed[i].text, text))
            return &access->allowed[i];
    return NULL;
}

/* Reports what is wrong with an entry of `allow` whose kind is right. */
static bool check_allowed(struct reader *r, const struct access *access,
                          struct located entry)
{
    bool is_sid = sid_is_meant(entry.text);
    const char *fault =
        is_sid ? sid_find_fault(entry.text) : find_group_fault(entry.text);
    const struct located *first = find_allowed(access, entry.text);
    if (fault && is_sid) {
        diag_error(r->diag, CHECK_SID, entry.span, "'%.*s' %s", STR_ARG(entry.text),
                   fault);
    } else if (fault) {
        diag_error(r->diag, CHECK_ALLOW, entry.span, "%s", fault);
    } else if (first) {
        struct diagnostic *error =
            diag_error(r->diag, CHECK_ALLOW, entry.span,
                       "'%.*s' stands here a second time", STR_ARG(entry.text));
        diag_note(r->diag, error, first->span, "it stands here first");
    }
    return !fault && !first;
}

static void read_allowed(struct reader *r, const struct node *item,
                         struct access *access)
{
    if (item->kind != NODE_SCALAR || yaml_scalar_type(item) == SCALAR_NULL) {
        diag_error(r->diag, CHECK_TYPE, item->span,
                   "an entry of 'allow' must be a group's name or a SID, not %s",
                   yaml_describe(item));
        return;
    }
    struct located entry = scalar_located(item);
    if (!check_allowed(r, access, entry))
        return;
    access->allowed = arena_grow(r->arena, access->allowed, access->n_allowed,
                                 sizeof *access->allowed);
    access->allowed[access->n_allowed++] = entry;
}

/* ---- The keys ---- */

static void read_level(struct reader *r, const struct pair *pair, void *out)
{
    struct access *access = out;
    (void)r;
    access->level = (enum access_level)word_of(pair->value, levels);
    access->level_span = pair->value->span;
}

static void read_sddl(struct reader *r, const struct pair *pair, void *out)
{
    struct access *access = out;
    access->level = ACCESS_SDDL;
    access->sddl = sddl_read(r, scalar_located(pair->value));
}

static void read_allow(struct reader *r, const struct pair *pair, void *out)
{
    const struct node *list = pair->value;
    if (list->n > KRT_ALLOWED_MAX) {
        diag_error(r->diag, CHECK_ALLOW, pair->key->span,
                   "'allow' has at most %d entries", KRT_ALLOWED_MAX);
        return;
    }
    for (size_t i = 0; i < list->n; i++)
        read_allowed(r, list->items[i], out);
}

static const struct field access_fields[] = {
    {.name = "for",
     .meaning = "Who may connect: the user who runs the server, administrators as "
                "well, or all users of this machine",
     .is_exclusive = true,
     .fallback = "user",
     .type = &level_word,
     .read = read_level},
    {.name = "sddl",
     .meaning = "Security descriptor of the pipe on Windows; the user who runs the "
                "server is added to it",
     .is_exclusive = true,
     .type = &sddl_text,
     .read = read_sddl},
    {.name = "allow",
     .meaning = "Groups whose members may connect as well, by name or, for Windows, "
                "by SID",
     .type = &(const struct type){.kind = TYPE_LIST,
                                  .max = KRT_ALLOWED_MAX,
                                  .element = &allowed_text},
     .read = read_allow},
    {.name = NULL},
};

const struct type access_type = {
    .kind = TYPE_EITHER,
    .alternatives =
        (const struct type *const[]){
            &level_word,
            &(const struct type){.kind = TYPE_FIELDS, .fields = access_fields},
            NULL,
        },
};

static void check_conflict(struct reader *r, const struct node *mapping)
{
    const struct pair *level = yaml_find(mapping, "for");
    const struct pair *sddl = yaml_find(mapping, "sddl");
    if (!level || !sddl)
        return;
    struct diagnostic *error =
        diag_error(r->diag, CHECK_ACCESS_CONFLICT, sddl->key->span,
                   "'sddl' says already who may connect; 'for' says it, too");
    diag_note(r->diag, error, level->key->span, "'for' is here");
}

void read_access(struct reader *r, const struct pair *pair, struct access *access)
{
    const struct node *value = pair->value;
    if (value->kind == NODE_SEQUENCE) {
        struct diagnostic *error = diag_error(
            r->diag, CHECK_TYPE, value->span,
            "'access' must be a text or a mapping, not %s", yaml_describe(value));
        diag_hint(r->diag, error, "write { allow: [...] }");
    } else if (value->kind == NODE_SCALAR) {
        if (expect_type(r, pair, &level_word))
            read_level(r, pair, access);
    } else {
        check_conflict(r, value);
        read_fields(r, value, access_fields, access);
    }
}
