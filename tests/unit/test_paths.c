#include "unit.h"

#include "dfa.h"
#include "paths.h"
#include "regex_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static int free_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* ---- Templates by hand ---- */

static const struct regex *regex_from(struct str notation)
{
    struct reader reader = {.arena = &arena};
    const struct regex *regex = regex_read(&reader, (struct located){.text = notation});
    assert_non_null(regex);
    return regex;
}

/* The texts of `notation` that a segment can be. */
static const struct dfa *segment_dfa(struct str notation)
{
    const struct dfa *dfa = dfa_build(regex_from(notation), &arena);
    const struct dfa *proper =
        dfa_build(regex_from(STR("[^/.][^/]*|\\.[^/.][^/]*|\\.\\.[^/]+")), &arena);
    return dfa_intersect(dfa, proper, &arena);
}

/* A segment as the tests write it: `text`, `{regex}`, `{?regex}` for one that may be
 * absent, `{*regex}` for a catch-all, or `<regex>` for several parts. */
static struct segment segment_from(struct str text)
{
    bool is_parameter = text.len > 0 && (text.at[0] == '{' || text.at[0] == '<');
    struct segment segment = {.rank = RANK_LITERAL};
    segment.parts = arena_array(&arena, 3, sizeof *segment.parts);
    segment.n_parts = text.len > 0;
    if (!is_parameter) {
        segment.parts[0].literal = text;
        segment.dfa = dfa_build(regex_text(&arena, text), &arena);
        return segment;
    }
    struct parameter *parameter = arena_alloc(&arena, sizeof *parameter);
    char mark = text.at[1];
    parameter->is_catch_all = mark == '*';
    parameter->may_be_absent = mark == '*' || mark == '?';
    size_t start = parameter->may_be_absent ? 2 : 1;
    struct str notation = str_slice(text, start, text.len - 1);
    segment.parts[0].parameter = parameter;
    segment.n_parts = text.at[0] == '<' ? 3 : 1;
    segment.rank = mark == '*' ? RANK_CATCH_ALL : RANK_PARAMETER;
    segment.dfa =
        mark == '*' ? dfa_build(regex_from(notation), &arena) : segment_dfa(notation);
    return segment;
}

static size_t end_of_segment(const char *text, size_t at)
{
    bool is_literal = text[at] != '{' && text[at] != '<';
    while (text[at] != '\0' &&
           (text[at] != '/' ||
            (!is_literal && text[at - 1] != '}' && text[at - 1] != '>')))
        at++;
    return at;
}

static const struct template *template_from(const char *text)
{
    struct template *template = arena_alloc(&arena, sizeof *template);
    template->source.text = str_from(text);
    for (size_t at = 0; text[at] == '/';) {
        size_t end = end_of_segment(text, at + 1);
        template->segments =
            arena_grow(&arena, template->segments, template->n_segments,
                       sizeof *template->segments);
        template->segments[template->n_segments++] =
            segment_from((struct str){text + at + 1, end - at - 1});
        at = end;
    }
    return template;
}

static const char *result_text(enum paths_result result, struct str path)
{
    struct buf out;
    buf_init(&out, &arena);
    paths_put_encoded(&out, path);
    if (result == PATHS_FOUND)
        return str_z(&arena, buf_str(&out));
    return result == PATHS_NONE ? "none" : "too complex";
}

static const char *shared(const char *a, const char *b, enum trailing_slash slash)
{
    struct matching matching = {.trailing_slash = slash};
    struct buf path;
    buf_init(&path, &arena);
    size_t budget = PATHS_BUDGET;
    enum paths_result result =
        paths_shared(template_from(a), template_from(b), &matching, &budget, &path);
    return result_text(result, buf_str(&path));
}

enum { RIVALS_MAX = 6 };

/* Reads `texts`, which end with NULL. */
static size_t templates_from(const char *const *texts,
                             const struct template *templates[RIVALS_MAX])
{
    size_t n = 0;
    for (; texts[n]; n++)
        templates[n] = template_from(texts[n]);
    return n;
}

static const char *alone_within(const char *own, const char *const *rivals,
                                size_t *budget)
{
    struct matching matching = {.trailing_slash = TRAILING_SLASH_STRICT};
    const struct template *templates[RIVALS_MAX] = {NULL};
    size_t n = templates_from(rivals, templates);
    struct buf path;
    buf_init(&path, &arena);
    enum paths_result result =
        paths_alone(template_from(own), templates, n, &matching, budget, &path);
    return result_text(result, buf_str(&path));
}

static const char *alone(const char *own, const char *const *rivals)
{
    size_t budget = PATHS_BUDGET;
    return alone_within(own, rivals, &budget);
}

/* What each template shares with those before it: "1:0 /a" for the second of two. */
static const char *overlaps(const char *const *texts)
{
    struct matching matching = {.trailing_slash = TRAILING_SLASH_STRICT};
    const struct template *templates[RIVALS_MAX] = {NULL};
    size_t budget = PATHS_BUDGET;
    size_t n = templates_from(texts, templates);
    const struct paths_overlap *found =
        paths_overlaps(templates, n, &matching, &budget, &arena);
    struct buf out;
    buf_init(&out, &arena);
    for (size_t i = 0; i < n; i++)
        if (found[i].result != PATHS_NONE)
            buf_printf(&out, "%s%zu:%zu %s", out.len > 0 ? ", " : "", i, found[i].other,
                       result_text(found[i].result, found[i].path));
    return str_z(&arena, buf_str(&out));
}

/* ---- By example ---- */

static void test_shared(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        const char *path;
    } cases[] = {
        {"/", "/", "/"},
        {"/users", "/users", "/users"},
        {"/users", "/groups", "none"},
        {"/users", "/user", "none"},
        {"/users", "/users/", "none"},
        {"/{[^/]+}", "/{\\d+}", "/1"},
        {"/{[a-z]+}/{\\d+}", "/{\\w{2}}/{[0-9a-f]{3}}", "/aa/111"},
        {"/a/{?[^/]+}", "/{[^/]+}/b", "/a/b"},
        {"/a/{?[^/]+}", "/a/{*[^b]*}", "/a"},
        {"/a/{*.*}", "/a/{*.+}", "/a/a"},
        {"/a/{*.*}", "/{[^/]+}/", "/a/"},
        {"/{*.*}", "/", "/"},
        {"/{?[^/]+}", "/", "/"},
        {"/{?[^/]+}/{?[^/]+}", "/{*.*}", "/"},
        {"/{[^/]+}", "/{*[^a-z]*}", "/1"},
        {"/{[^/]+}", "/{*\\.{1,3}}", "/..."},
        {"/x/{*\\.{1,2}}", "/x/{*[^/]*}", "none"},
        {"/x/{*(\\.\\.?/)*a}", "/x/{*.*}", "/x/a"},
        {"/x/{*(\\.\\.?/)+a}", "/x/{*.*}", "none"},
        {"/<v[0-9]+\\.[0-9]+>", "/{[^/]+}", "/v1.1"},
        {"/a b", "/{[^/]+}", "/a%20b"},
        {"/{[^a-zA-Z0-9_.~-]}", "/{[^/]+}", "/!"},
        {"/{%}", "/{[^/]+}", "/%25"},
        {"/\xC3\xA9", "/{[^/]+}", "/%C3%A9"},
        {"/\xE2\x82\xAC\xF0\x9F\x98\x80", "/{[^/]+}", "/%E2%82%AC%F0%9F%98%80"},
        {"/{[\xC3\xA9-\xC3\xAB]}", "/{[^\xC3\xA9]}", "/%C3%AA"},
        {"/{((a|b)*a(a|b){3}){3}}", "/{(a|b)*b}", "/aaaaaaaaaaab"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_text(cases[i].a, shared(cases[i].a, cases[i].b, TRAILING_SLASH_STRICT),
                    cases[i].path);
        expect_text(cases[i].b, shared(cases[i].b, cases[i].a, TRAILING_SLASH_REDIRECT),
                    cases[i].path);
    }
}

static void test_ignored_slashes(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        const char *b;
        const char *path;
    } cases[] = {
        {"/users", "/users/", "/users/"},
        {"/a/{?[^/]+}", "/a/", "/a/"},
        {"/a/{?[^/]+}/{?[^/]+}", "/a/b/", "/a/b/"},
        {"/a/{?[^/]+}/{?[^/]+}", "/{[^/]+}/", "/a/"},
        {"/a/{*.*}", "/a", "/a"},
        {"/a/{*.+}", "/a", "none"},
        {"/a/{*/*}", "/a/", "/a/"},
        {"/a/{?[^/]+}/{*.*}", "/a/", "none"},
        {"/", "/{*/}", "none"},
        {"/{?[^/]+}", "/{*/}", "none"},
        {"/{?[^/]+}", "/{*[^/]/}", "/a/"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(cases[i].a, shared(cases[i].a, cases[i].b, TRAILING_SLASH_IGNORE),
                    cases[i].path);
}

static void test_alone(void **state)
{
    (void)state;
    static const struct {
        const char *own;
        const char *rivals[RIVALS_MAX];
        const char *path;
    } cases[] = {
        {"/", {NULL}, "/"},
        {"/{[^/]+}", {NULL}, "/a"},
        {"/{[^/]+}", {"/a", "/b", "/{[c-y]+}"}, "/z"},
        {"/{[^/]+}", {"/{[a-z]}"}, "/1"},
        {"/{[^/]+}", {"/{[a-z0-9]}"}, "/A"},
        {"/{[^/]+}", {"/{[^/]}"}, "/aa"},
        {"/{[^/]+}", {"/{[^/]{1,3}}", "/{[^/]{5,}}"}, "/aaaa"},
        {"/{[^/]+}", {"/{[^/]{1,3}}", "/{[^/]{4,}}"}, "none"},
        {"/{\\d+}", {"/{0*[1-9]\\d*}"}, "/0"},
        {"/{\\d+}", {"/{\\d*[02468]}", "/{\\d*[13579]}"}, "none"},
        {"/users/{\\d+}", {"/users/{[^/]+}"}, "none"},
        {"/users/{\\d+}", {"/{[^/]+}/{[2-9]+}", "/users/1"}, "/users/0"},
        {"/a/{?[^/]+}", {"/a"}, "/a/a"},
        {"/a/{?[^/]+}", {"/a", "/a/{[^/]+}"}, "none"},
        {"/{*.*}", {"/", "/{[^/]+}"}, "/a/"},
        {"/{*.*}", {"/", "/{[^/]+}", "/{[^/]+}/"}, "/a/a"},
        {"/{*[^a]?[^b]?}", {"/", "/{[^/]+}", "/{[^/]+}/"}, "//"},
        {"/{*[^/]*}", {"/", "/{[^/]+}"}, "none"},
        {"/{*[^/]*/?}", {"/", "/{[^/]+}", "/{[^/]+}/"}, "//"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(cases[i].own, alone(cases[i].own, cases[i].rivals), cases[i].path);
}

static void test_overlaps(void **state)
{
    (void)state;
    static const struct {
        const char *templates[RIVALS_MAX];
        const char *overlaps;
    } cases[] = {
        {{NULL}, ""},
        {{"/a"}, ""},
        {{"/a", "/b", "/c"}, ""},
        {{"/a", "/b", "/a", "/a"}, "2:0 /a, 3:0 /a"},
        {{"/{[ab]}", "/{[bc]}", "/{[ac]}", "/{[cd]}"}, "1:0 /b, 2:0 /a, 3:1 /c"},
        {{"/{a{2,3}}", "/{a{3,5}}", "/{a{4}|b{2}}", "/{b{2,3}}"},
         "1:0 /aaa, 2:1 /aaaa, 3:2 /bb"},
        {{"/a/{?[^/]+}", "/b/{?[^/]+}", "/{[^/]+}/c", "/{*[^a]*}"}, "2:0 /a/c, 3:1 /b"},
        {{"/{*[^a]?[^b]?}", "/x/", "/{*//?}"}, "1:0 /x/, 2:0 //"},
        {{"/{\xC3\xA9|x y}", "/\xC3\xA9", "/x y"}, "1:0 /%C3%A9, 2:0 /x%20y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_text(cases[i].overlaps, overlaps(cases[i].templates), cases[i].overlaps);
}

/* All together have too many states, but no two of them do. */
static void test_overlaps_of_large_automata(void **state)
{
    (void)state;
    static const char *const templates[] = {"/{(a{61})*b}", "/{(a{67})*c}",
                                            "/{(a{71})*d}", "/{(a{73})*e}",
                                            "/{(a{79})*f}", NULL};
    expect_text("large", overlaps(templates), "");
}

/* Each rival leaves the multiples of a number; common multiples are far away. */
static void test_too_complex(void **state)
{
    (void)state;
    static const char *const rivals[] = {"/{(a{61})*a{1,60}}", "/{(a{67})*a{1,66}}",
                                         "/{(a{71})*a{1,70}}", "/{(a{73})*a{1,72}}",
                                         "/{(a{79})*a{1,78}}", NULL};
    expect_text("complex", alone("/{a+}", rivals), "too complex");
}

static void test_budget_is_shared(void **state)
{
    (void)state;
    static const char *const rivals[] = {"/{[a-y]}", NULL};
    size_t budget = 1000;
    size_t n = 0;
    while (strcmp(alone_within("/{[^/]+}", rivals, &budget), "/z") == 0)
        n++;
    assert_in_range(n, 1, 100);
    expect_text("used up", alone_within("/{[^/]+}", rivals, &budget), "too complex");
    assert_int_equal(budget, 0);
}

/* ---- Against all short paths ---- */

enum { PATH_MAX_CHARS = 6 };

static const char letters[] = "abc./"; /* 'c' stands for all others */

static uint32_t seed = 1;

static uint32_t draw(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed % n;
}

static bool may_be_absent(const struct segment *segment)
{
    const struct parameter *parameter = segment->parts[0].parameter;
    if (segment->n_parts != 1 || !parameter || !parameter->may_be_absent)
        return false;
    return !parameter->is_catch_all || dfa_accepts(segment->dfa, STR(""));
}

/* Whether the segments from `i` on match `rest`: nothing, or a slash and more. */
static bool match_rest(const struct template *template, size_t i, struct str rest)
{
    if (i == template->n_segments)
        return rest.len == 0;
    const struct segment *segment = &template->segments[i];
    if (rest.len == 0)
        return may_be_absent(segment) && match_rest(template, i + 1, rest);
    rest = str_slice(rest, 1, rest.len);
    if (segment->rank == RANK_CATCH_ALL)
        return dfa_accepts(segment->dfa, rest);
    size_t n = 0;
    while (n < rest.len && rest.at[n] != '/')
        n++;
    return dfa_accepts(segment->dfa, str_slice(rest, 0, n)) &&
           match_rest(template, i + 1, str_slice(rest, n, rest.len));
}

static bool match(const struct template *template, enum trailing_slash slash,
                  struct str path)
{
    bool is_root = path.len == 1;
    if (match_rest(template, 0, path) || (is_root && match_rest(template, 0, STR(""))))
        return true;
    bool has_slash = path.at[path.len - 1] == '/';
    bool is_catch_all =
        template->segments[template->n_segments - 1].rank == RANK_CATCH_ALL;
    return slash == TRAILING_SLASH_IGNORE && has_slash && !is_catch_all &&
           path.len > 2 && match_rest(template, 0, str_slice(path, 0, path.len - 1));
}

static bool has_dot_segment(struct str path)
{
    for (size_t i = 0; i < path.len; i++) {
        size_t n = 0;
        while (path.at[i] == '/' && i + 1 + n < path.len && path.at[i + 1 + n] == '.')
            n++;
        bool is_end = i + 1 + n == path.len || path.at[i + 1 + n] == '/';
        if (path.at[i] == '/' && (n == 1 || n == 2) && is_end)
            return true;
    }
    return false;
}

static bool has_empty_segment(struct str path)
{
    for (size_t i = 1; i < path.len; i++)
        if (path.at[i] == '/' && path.at[i - 1] == '/')
            return true;
    return false;
}

/* A question to paths.h, and its answer. */
struct question {
    const struct template *own;
    const struct template *others[RIVALS_MAX]; /* one of which matches, too, if any */
    size_t n_others;
    const struct template *rivals[RIVALS_MAX];
    size_t n_rivals;
    enum trailing_slash slash;
    enum paths_result result;
    struct str path;
};

/* The first of the others that matches, or how many there are. */
static size_t first_other(const struct question *q, struct str path)
{
    size_t i = 0;
    while (i < q->n_others && !match(q->others[i], q->slash, path))
        i++;
    return i;
}

static bool is_answer(const struct question *q, struct str path)
{
    if (has_dot_segment(path) || !match(q->own, q->slash, path) ||
        (q->n_others > 0 && first_other(q, path) == q->n_others))
        return false;
    for (size_t i = 0; i < q->n_rivals; i++)
        if (match(q->rivals[i], q->slash, path))
            return false;
    return true;
}

/* The length of the shortest answer of up to PATH_MAX_CHARS characters, with or without
 * empty segments, or 0. */
static size_t search_slowly(const struct question *q, bool is_tidy)
{
    char path[PATH_MAX_CHARS] = "/";
    size_t digits[PATH_MAX_CHARS] = {0};
    for (size_t len = 1; len <= PATH_MAX_CHARS;) {
        for (size_t i = 1; i < len; i++)
            path[i] = letters[digits[i]];
        struct str text = {path, len};
        if (has_empty_segment(text) != is_tidy && is_answer(q, text))
            return len;
        size_t i = len - 1;
        while (i > 0 && ++digits[i] == sizeof letters - 1)
            digits[i--] = 0;
        if (i == 0)
            len++;
    }
    return 0;
}

static const char *random_template(void)
{
    static const char *const segments[] = {
        "a",        "b",           "ab",         "abb",      "{[^/]+}",
        "{[ab]+}",  "{[^/]{2}}",   "{[^a]*}",    "{a*b?}",   "{[^/]*\\.[^/]+}",
        "{(ab)*b}", "{[^/]{1,2}}", "<a[^/]+b?>", "<\\.?a+>", "{\\.+}",
    };
    static const char *const ends[] = {
        "",
        "{?[^/]+}",
        "{?a+}",
        "{?(ab)*b}/{?b+}",
        "{*(.|\n)*}",
        "{*(.|\n)+}",
        "{*[ab/]*}",
        "{*[^/]*}",
        "{?b}/{*(.|\n)*}",
        "{*a?/b*}",
        "{*(\\.|/)*a}",
        "{*(ab)*b|a?}",
    };
    struct buf out;
    buf_init(&out, &arena);
    uint32_t n = draw(3);
    for (uint32_t i = 0; i < n; i++)
        buf_printf(&out, "/%s", segments[draw(sizeof segments / sizeof *segments)]);
    if (n == 0 || draw(2) == 0)
        buf_printf(&out, "/%s", ends[draw(sizeof ends / sizeof *ends)]);
    return str_z(&arena, buf_str(&out));
}

static const char *describe(const struct question *q)
{
    struct buf out;
    buf_init(&out, &arena);
    buf_printf(&out, "%d: %.*s", (int)q->slash, STR_ARG(q->own->source.text));
    for (size_t i = 0; i < q->n_others; i++)
        buf_printf(&out, " %c %.*s", i == 0 ? '&' : '|',
                   STR_ARG(q->others[i]->source.text));
    for (size_t i = 0; i < q->n_rivals; i++)
        buf_printf(&out, " - %.*s", STR_ARG(q->rivals[i]->source.text));
    return str_z(&arena, buf_str(&out));
}

static void check_answer(const struct question *q)
{
    if (q->result == PATHS_FOUND && !is_answer(q, q->path))
        fail_msg("%s: %.*s is wrong", describe(q), STR_ARG(q->path));
    size_t tidy = search_slowly(q, true);
    size_t untidy = tidy == 0 ? search_slowly(q, false) : 0;
    bool is_tidy = !has_empty_segment(q->path);
    bool is_long = q->path.len > PATH_MAX_CHARS;
    bool is_right =
        q->result != PATHS_FOUND ? tidy == 0 && untidy == 0
        : is_tidy                ? q->path.len == tidy || (is_long && tidy == 0)
                  : tidy == 0 && (q->path.len == untidy || (is_long && untidy == 0));
    if (!is_right)
        fail_msg("%s: got '%.*s', expected one of %zu or %zu", describe(q),
                 STR_ARG(q->path), tidy, untidy);
}

static size_t draw_templates(const struct template *templates[RIVALS_MAX])
{
    size_t n = draw(RIVALS_MAX);
    for (size_t i = 0; i < n; i++)
        templates[i] = template_from(random_template());
    return n;
}

static struct question draw_question(void)
{
    struct question q = {.own = template_from(random_template())};
    q.slash = draw(2) == 0 ? TRAILING_SLASH_STRICT : TRAILING_SLASH_IGNORE;
    return q;
}

static void check_shared(struct question *q, size_t *budget)
{
    struct matching matching = {.trailing_slash = q->slash};
    struct buf path;
    buf_init(&path, &arena);
    q->others[q->n_others++] = template_from(random_template());
    q->result = paths_shared(q->own, q->others[0], &matching, budget, &path);
    q->path = buf_str(&path);
    check_answer(q);
}

static void check_alone(struct question *q, size_t *budget)
{
    struct matching matching = {.trailing_slash = q->slash};
    struct buf path;
    buf_init(&path, &arena);
    q->n_rivals = draw_templates(q->rivals);
    q->result = paths_alone(q->own, q->rivals, q->n_rivals, &matching, budget, &path);
    q->path = buf_str(&path);
    check_answer(q);
}

static void check_overlaps(struct question *q, size_t *budget)
{
    struct matching matching = {.trailing_slash = q->slash};
    const struct template *templates[RIVALS_MAX] = {NULL};
    size_t n = draw_templates(templates);
    const struct paths_overlap *found =
        paths_overlaps(templates, n, &matching, budget, &arena);
    for (size_t i = 1; i < n; i++) {
        q->own = templates[i];
        q->others[q->n_others++] = templates[i - 1];
        q->result = found[i].result;
        q->path = found[i].path;
        check_answer(q);
        if (q->result == PATHS_FOUND && first_other(q, q->path) != found[i].other)
            fail_msg("%s: %.*s is not the first", describe(q),
                     STR_ARG(q->others[found[i].other]->source.text));
    }
}

static void test_random_templates(void **state)
{
    (void)state;
    static void (*const checks[])(struct question *, size_t *) = {
        check_shared, check_alone, check_overlaps};
    size_t budget = PATHS_BUDGET;
    for (size_t i = 0; i < 1500; i++) {
        struct question q = draw_question();
        checks[i % 3](&q, &budget);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_shared, free_arena),
        cmocka_unit_test_teardown(test_ignored_slashes, free_arena),
        cmocka_unit_test_teardown(test_alone, free_arena),
        cmocka_unit_test_teardown(test_overlaps, free_arena),
        cmocka_unit_test_teardown(test_overlaps_of_large_automata, free_arena),
        cmocka_unit_test_teardown(test_too_complex, free_arena),
        cmocka_unit_test_teardown(test_budget_is_shared, free_arena),
        cmocka_unit_test_teardown(test_random_templates, free_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
