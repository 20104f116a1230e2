#include "journal.h"

enum { KIB = 1024, MIB = 1024 * KIB, REDACTED_MAX = 64 };

static const struct type entries_number = {
    .kind = TYPE_INTEGER, .min = 1, .max = 1000 * 1000, .check = CHECK_LIMIT};
static const struct type body_size = {
    .kind = TYPE_SIZE, .min = 0, .max = MIB, .check = CHECK_LIMIT};
static const struct type field_text = {
    .kind = TYPE_TEXT,
    .meaning = "The name of a header, in upper or lower case",
    .is_string = true,
    .pattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
};

static void read_entries(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct journal *)out)->entries = integer_of(pair->value);
}

static void read_body(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    ((struct journal *)out)->body = quantity_of(pair->value->text, &body_size);
}

/* ---- Names ---- */

static const struct located *find_redacted(const struct journal *journal,
                                           struct str name)
{
    for (size_t i = 0; i < journal->n_redacted; i++)
        if (str_equal_fold(journal->redacted[i].text, name))
            return &journal->redacted[i];
    return NULL;
}

/* Reports what is wrong with an entry of `redact` whose kind is right. */
static bool check_redacted(struct reader *r, const struct journal *journal,
                           struct located name)
{
    bool is_token = name.text.len > 0 && token_len(name.text) == name.text.len;
    const struct located *first = find_redacted(journal, name.text);
    if (!is_token) {
        diag_error(r->diag, CHECK_REDACT, name.span, "'%.*s' is no name of a header",
                   STR_ARG(name.text));
    } else if (first) {
        struct diagnostic *error =
            diag_error(r->diag, CHECK_REDACT, name.span,
                       "'%.*s' stands here a second time", STR_ARG(name.text));
        diag_note(r->diag, error, first->span, "it stands here first");
    }
    return is_token && !first;
}

static void add_redacted(struct reader *r, struct journal *journal, struct located name)
{
    journal->redacted = arena_grow(r->arena, journal->redacted, journal->n_redacted,
                                   sizeof *journal->redacted);
    journal->redacted[journal->n_redacted++] = name;
}

static void read_redacted(struct reader *r, const struct node *item,
                          struct journal *journal)
{
    if (item->kind != NODE_SCALAR || yaml_scalar_type(item) == SCALAR_NULL) {
        diag_error(r->diag, CHECK_TYPE, item->span,
                   "an entry of 'redact' must be the name of a header, not %s",
                   yaml_describe(item));
        return;
    }
    struct located name = scalar_located(item);
    if (check_redacted(r, journal, name))
        add_redacted(r, journal, name);
}

/* The list takes the place of the default. */
static void read_redact(struct reader *r, const struct pair *pair, void *out)
{
    struct journal *journal = out;
    const struct node *list = pair->value;
    journal->redacted = NULL;
    journal->n_redacted = 0;
    if (list->n > REDACTED_MAX) {
        diag_error(r->diag, CHECK_REDACT, pair->key->span,
                   "'redact' has at most %d entries", REDACTED_MAX);
        return;
    }
    for (size_t i = 0; i < list->n; i++)
        read_redacted(r, list->items[i], journal);
}

/* ---- The keys ---- */

static const struct field fields[] = {
    {.name = "entries",
     .meaning = "Requests that are kept in memory, the latest ones",
     .fallback = "1000",
     .type = &entries_number,
     .read = read_entries},
    {.name = "body",
     .meaning = "Bytes that are kept of each request's body",
     .fallback = "4KiB",
     .type = &body_size,
     .read = read_body},
    {.name = "redact",
     .meaning = "Headers of requests whose values are not kept",
     .fallback = "[Authorization, Cookie]",
     .type = &(const struct type){.kind = TYPE_LIST,
                                  .max = REDACTED_MAX,
                                  .element = &field_text},
     .read = read_redact},
    {.name = NULL},
};

const struct type journal_type = {.kind = TYPE_FIELDS, .fields = fields};

void journal_init(struct journal *journal)
{
    static struct located redacted[] = {
        {.text = {"Authorization", sizeof "Authorization" - 1}},
        {.text = {"Cookie", sizeof "Cookie" - 1}},
    };
    *journal = (struct journal){
        .entries = 1000,
        .body = 4 * KIB,
        .redacted = redacted,
        .n_redacted = sizeof redacted / sizeof *redacted,
    };
}

void read_journal(struct reader *r, const struct pair *pair, struct journal *journal)
{
    read_fields(r, pair->value, fields, journal);
}
