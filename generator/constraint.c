/* One table of all constraints. Those without an argument are regular expressions in
 * the notation that users write, too. */
#include "constraint.h"
#include "ascii.h"
#include "regex_read.h"
#include "suggest.h"
#include "table.h"

/* A use of a constraint while it is read. */
struct use {
    struct reader *reader;
    const struct kind *kind;
    struct located argument; /* between the parentheses */
    struct located enclosed; /* with them */
    struct constraint *constraint;
};

struct kind {
    const char *name;
    const char *argument; /* what it needs and how that looks; NULL without one */
    bool (*read)(const struct use *use);
    const char *notation; /* of read_builtin() */
};

static struct diagnostic *fail_at(const struct use *use, struct span span,
                                  const char *text)
{
    return diag_error(use->reader->diag, CHECK_CONSTRAINT_ARGUMENT, span, "%s", text);
}

/* Says at `span` what argument is wanted. */
static bool fail_argument(const struct use *use, struct span span)
{
    diag_error(use->reader->diag, CHECK_CONSTRAINT_ARGUMENT, span, "'%s' needs %s",
               use->kind->name, use->kind->argument);
    return false;
}

static bool read_builtin(const struct use *use)
{
    struct located notation = {.text = str_from(use->kind->notation)};
    use->constraint->language = regex_read(use->reader, notation);
    return true;
}

static bool set_interval(const struct use *use, int64_t least, int64_t most)
{
    use->constraint->is_number = true;
    use->constraint->least = least;
    use->constraint->most = most;
    return true;
}

static bool read_int(const struct use *use)
{
    return set_interval(use, INT32_MIN, INT32_MAX);
}

static bool read_long(const struct use *use)
{
    return set_interval(use, INT64_MIN, INT64_MAX);
}

/* The part [start, end) of the argument, with the separators around it if it is empty,
 * so that there is something to point at. */
static struct span part_span(const struct use *use, size_t start, size_t end)
{
    /* enclosed = '(' argument ')' */
    return start < end ? located_part(use->argument, start, end).span
                       : located_part(use->enclosed, start, end + 2).span;
}

/* Where the part of the argument that starts at `at` ends. */
static size_t part_end(const struct use *use, size_t at)
{
    struct str text = use->argument.text;
    while (at < text.len && text.at[at] != ',')
        at++;
    return at;
}

enum number_fault {
    NUMBER_FINE,
    NUMBER_MALFORMED,
    NUMBER_TOO_LARGE,
};

/* `text` with blanks around it, as an optional sign and digits. */
static enum number_fault parse_number(struct str text, int64_t *number)
{
    size_t at = 0;
    while (at < text.len && is_blank(text.at[at]))
        at++;
    while (text.len > at && is_blank(text.at[text.len - 1]))
        text.len--;
    bool is_negative = at < text.len && text.at[at] == '-';
    at += at < text.len && (text.at[at] == '-' || text.at[at] == '+');
    if (at == text.len)
        return NUMBER_MALFORMED;
    /* Counted downwards, because the negative numbers are one more. */
    int64_t value = 0;
    bool is_too_large = false;
    for (; at < text.len; at++) {
        if (!is_digit(text.at[at]))
            return NUMBER_MALFORMED;
        int digit = text.at[at] - '0';
        is_too_large = is_too_large || value < (INT64_MIN + digit) / 10;
        value = is_too_large ? 0 : value * 10 - digit;
    }
    if (is_too_large || (!is_negative && value == INT64_MIN))
        return NUMBER_TOO_LARGE;
    *number = is_negative ? value : -value;
    return NUMBER_FINE;
}

static bool read_number(const struct use *use, size_t start, size_t end,
                        int64_t *number)
{
    struct str text = str_slice(use->argument.text, start, end);
    enum number_fault fault = parse_number(text, number);
    if (fault == NUMBER_MALFORMED)
        return fail_argument(use, part_span(use, start, end));
    if (fault == NUMBER_TOO_LARGE) {
        struct diagnostic *error = diag_error(
            use->reader->diag, CHECK_CONSTRAINT_ARGUMENT, part_span(use, start, end),
            "'%.*s' does not fit into 64 bits", STR_ARG(text));
        diag_hint(use->reader->diag, error, "numbers go from %lld to %lld",
                  (long long)INT64_MIN, (long long)INT64_MAX);
    }
    return fault == NUMBER_FINE;
}

/* The only number of the argument. */
static bool read_one(const struct use *use, int64_t *number)
{
    return read_number(use, 0, use->argument.text.len, number);
}

/* Two bounds. */
static bool read_two(const struct use *use, int64_t *least, int64_t *most)
{
    size_t len = use->argument.text.len;
    size_t comma = part_end(use, 0);
    if (comma == len)
        return fail_argument(use, use->argument.span);
    if (!read_number(use, 0, comma, least) || !read_number(use, comma + 1, len, most))
        return false;
    if (*least <= *most)
        return true;
    diag_error(use->reader->diag, CHECK_CONSTRAINT_ARGUMENT, use->argument.span,
               "the lower bound %lld is above the upper bound %lld", (long long)*least,
               (long long)*most);
    return false;
}

static bool read_min(const struct use *use)
{
    int64_t least = 0;
    return read_one(use, &least) && set_interval(use, least, INT64_MAX);
}

static bool read_max(const struct use *use)
{
    int64_t most = 0;
    return read_one(use, &most) && set_interval(use, INT64_MIN, most);
}

static bool read_range(const struct use *use)
{
    int64_t least = 0;
    int64_t most = 0;
    return read_two(use, &least, &most) && set_interval(use, least, most);
}

static struct charset all_chars(struct arena *arena)
{
    return charset_complement(arena, (struct charset){0});
}

/* Any texts of `least` to `most` characters. */
static bool set_lengths(const struct use *use, int64_t least, int64_t most)
{
    if (least < 0 || least > CONSTRAINT_LENGTH_MAX || most > CONSTRAINT_LENGTH_MAX) {
        diag_error(use->reader->diag, CHECK_CONSTRAINT_ARGUMENT, use->argument.span,
                   "a length goes from 0 to %d", CONSTRAINT_LENGTH_MAX);
        return false;
    }
    struct arena *arena = use->reader->arena;
    use->constraint->language = regex_repeat(
        arena, regex_chars(arena, all_chars(arena)), (int)least, (int)most);
    return true;
}

static bool read_length(const struct use *use)
{
    int64_t least = 0;
    if (part_end(use, 0) == use->argument.text.len)
        return read_one(use, &least) && set_lengths(use, least, least);
    int64_t most = 0;
    return read_two(use, &least, &most) && set_lengths(use, least, most);
}

static bool read_minlength(const struct use *use)
{
    int64_t least = 0;
    return read_one(use, &least) && set_lengths(use, least, REGEX_UNBOUNDED);
}

static bool read_maxlength(const struct use *use)
{
    int64_t most = 0;
    if (!read_one(use, &most))
        return false;
    return set_lengths(use, most < 0 ? most : 0, most);
}

static bool read_regex(const struct use *use)
{
    use->constraint->language = regex_read(use->reader, use->argument);
    return use->constraint->language != NULL;
}

/* Refuses the word [start, end) if it is empty, has parentheses or is in `known`. */
static bool check_word(const struct use *use, struct table *known, size_t start,
                       size_t end)
{
    struct located word = located_part(use->argument, start, end);
    if (start == end) {
        fail_at(use, part_span(use, start, end), "a word is empty");
        return false;
    }
    for (size_t i = start; i < end; i++) {
        char c = use->argument.text.at[i];
        if (c == '(' || c == ')') {
            fail_at(use, part_span(use, i, i + 1), "a word has no parentheses");
            return false;
        }
    }
    struct located *first = table_find(known, word.text);
    if (first) {
        struct diagnostic *error =
            diag_error(use->reader->diag, CHECK_CONSTRAINT_ARGUMENT, word.span,
                       "'%.*s' stands here a second time", STR_ARG(word.text));
        diag_note(use->reader->diag, error, first->span, "the first one is here");
        return false;
    }
    first = arena_alloc(use->reader->arena, sizeof *first);
    *first = word;
    table_put(known, first->text, first);
    return true;
}

static bool read_oneof(const struct use *use)
{
    struct arena *arena = use->reader->arena;
    struct str text = use->argument.text;
    const struct regex **words = NULL;
    size_t n = 0;
    struct table known = {.arena = arena};
    for (size_t start = 0; start <= text.len;) {
        size_t end = part_end(use, start);
        if (!check_word(use, &known, start, end))
            return false;
        words = arena_grow(arena, words, n, sizeof *words);
        words[n++] = regex_text(arena, str_slice(text, start, end));
        start = end + 1;
    }
    use->constraint->language = regex_choice(arena, words, n);
    return true;
}

#define DECIMAL "[+-]?(\\d+(\\.\\d*)?|\\.\\d+)"
#define HEX(n) "[\\da-fA-F]{" #n "}"
#define GUID HEX(8) "(-" HEX(4) "){3}-" HEX(12)

/* The year 0000 is none. Every fourth of a century is a leap year, the first only in
 * every fourth century. */
#define YEAR "([1-9]\\d{3}|0[1-9]\\d\\d|00[1-9]\\d|000[1-9])"
#define FOURTH "(0[48]|[2468][048]|[13579][26])"
#define LEAP_YEAR "(\\d\\d" FOURTH "|" FOURTH "00)"
#define DAYS "0[1-9]|[12]\\d" /* up to 29 */
#define DATE                                                                           \
    "(" YEAR "-((0[13578]|1[02])-(" DAYS "|3[01])|(0[469]|11)-(" DAYS "|30)|"          \
    "02-(0[1-9]|1\\d|2[0-8]))|" LEAP_YEAR "-02-29)"
#define TIME "([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d(\\.\\d{1,7})?)?"
#define ZONE "([Zz]|[+-]((0\\d|1[0-3]):[0-5]\\d|14:00))"

#define FOLDER "([\\d\\D]*/)?" /* up to the last '/' */

#define LENGTHS "one or two lengths, as in length(3) or length(2,8)"
#define WORDS "words, as in oneof(red,green)"

static const struct kind kinds[] = {
    {"int", NULL, read_int, NULL},
    {"long", NULL, read_long, NULL},
    {"bool", NULL, read_builtin, "[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]"},
    {"double", NULL, read_builtin, DECIMAL "([eE][+-]?\\d+)?"},
    {"decimal", NULL, read_builtin, DECIMAL},
    {"guid", NULL, read_builtin, HEX(32) "|" GUID "|\\{" GUID "\\}|\\(" GUID "\\)"},
    {"datetime", NULL, read_builtin, DATE "([T ]" TIME ZONE "?)?"},
    {"alpha", NULL, read_builtin, "[A-Za-z]*"},
    {"min", "a number, as in min(1)", read_min, NULL},
    {"max", "a number, as in max(99)", read_max, NULL},
    {"range", "two numbers, as in range(1,99)", read_range, NULL},
    {"length", LENGTHS, read_length, NULL},
    {"minlength", "a length, as in minlength(2)", read_minlength, NULL},
    {"maxlength", "a length, as in maxlength(8)", read_maxlength, NULL},
    {"regex", "a regular expression, as in regex([a-z]+)", read_regex, NULL},
    {"oneof", WORDS, read_oneof, NULL},
    {"required", NULL, read_builtin, "[\\d\\D]+"},
    {"file", NULL, read_builtin, FOLDER "[^/]*\\.[^/]*[^./][^/]*"},
    {"nonfile", NULL, read_builtin, FOLDER "[^./]*\\.*"},
};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

static const struct kind *find_kind(struct str name)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (str_equal(name, str_from(kinds[i].name)))
            return &kinds[i];
    return NULL;
}

bool constraint_is_known(struct str name)
{
    return find_kind(name) != NULL;
}

static const char *known_names(struct arena *arena)
{
    struct buf names;
    buf_init(&names, arena);
    for (size_t i = 0; i < N_KINDS; i++)
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", kinds[i].name);
    return str_z(arena, buf_str(&names));
}

static void fail_unknown(struct reader *r, struct located name)
{
    struct diagnostic *error =
        diag_error(r->diag, CHECK_CONSTRAINT, name.span,
                   "unknown route constraint '%.*s'", STR_ARG(name.text));
    struct suggestion suggestion = {.word = name.text};
    for (size_t i = 0; i < N_KINDS; i++)
        suggest_offer(&suggestion, kinds[i].name);
    const char *meant = suggest_result(&suggestion);
    if (meant)
        diag_hint(r->diag, error, "did you mean '%s'?", meant);
    else
        diag_hint(r->diag, error, "known: %s", known_names(r->arena));
}

static bool read_argument(struct use *use)
{
    struct located source = use->constraint->source;
    struct located enclosed = use->enclosed;
    size_t len = enclosed.text.len;
    if (len == 0 && use->kind->argument)
        return fail_argument(use, source.span);
    if (len > 0 && !use->kind->argument) {
        diag_error(use->reader->diag, CHECK_CONSTRAINT_ARGUMENT, enclosed.span,
                   "'%s' takes no argument", use->kind->name);
        return false;
    }
    if (len == 0)
        return true;
    if (len == 1 || enclosed.text.at[len - 1] != ')') {
        fail_at(use, located_part(enclosed, 0, 1).span, "this '(' is never closed");
        return false;
    }
    use->argument = located_part(enclosed, 1, len - 1);
    return len > 2 || fail_argument(use, enclosed.span);
}

bool constraint_read(struct reader *r, struct located source,
                     struct constraint *constraint)
{
    struct str text = source.text;
    size_t open = 0;
    while (open < text.len && text.at[open] != '(')
        open++;
    struct located name = located_part(source, 0, open);
    *constraint = (struct constraint){.source = source};
    struct use use = {
        .reader = r,
        .kind = find_kind(name.text),
        .enclosed = located_part(source, open, text.len),
        .constraint = constraint,
    };
    if (!use.kind) {
        fail_unknown(r, name);
        return false;
    }
    return read_argument(&use) && use.kind->read(&use);
}
