#include "near.h"

#include "path.h"
#include "text.h"

#include <stdbool.h>
#include <string.h>

enum { SEARCHED_MAX = 1024 }; /* bytes of a path; longer ones are near to nothing */

/* What keeps the path from a route's pattern, the least first. */
enum distance {
    DISTANCE_CASE,
    DISTANCE_CONSTRAINT,
    DISTANCE_CONSTRAINT_AND_CASE,
    DISTANCE_TYPO,
    DISTANCE_FAR,
};

/* The path along one pattern. */
struct walk {
    struct krt_slice values[KRT_PARAMETERS_MAX];
    size_t n_values;
    bool is_folded; /* letters differ in case */
    bool has_typo;
};

/* A route that may be the nearest. */
struct candidate {
    enum distance distance;
    struct krt_near near;
};

struct search {
    const struct krt_program *program;
    struct krt_slice method;
    unsigned char *path;
    struct candidate own;   /* the best route of the method */
    struct candidate other; /* the best of other methods */
};

/* ---- Texts ---- */

static bool is_text(struct krt_slice slice, const char *text)
{
    return slice.len == strlen(text) && memcmp(slice.at, text, slice.len) == 0;
}

static bool is_same_letter(unsigned char a, unsigned char b)
{
    return a == b || krt_to_lower(a) == krt_to_lower(b);
}

static bool is_mark(unsigned char c)
{
    return c >= KRT_PATTERN_VALUE && c <= KRT_PATTERN_END;
}

static void add_value(struct walk *walk, struct krt_slice value)
{
    if (walk->n_values < KRT_PARAMETERS_MAX)
        walk->values[walk->n_values++] = value;
}

/* ---- Literal segments ---- */

static size_t shared_start(struct krt_slice a, struct krt_slice b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && is_same_letter(a.at[i], b.at[i]))
        i++;
    return i;
}

static size_t shared_end(struct krt_slice a, struct krt_slice b, size_t start)
{
    size_t n = 0;
    while (start + n < a.len && start + n < b.len &&
           is_same_letter(a.at[a.len - 1 - n], b.at[b.len - 1 - n]))
        n++;
    return n;
}

/* Whether one inserted, missing or wrong character, or two neighbours in the wrong
 * order, make the difference, and more than that is shared. */
static bool is_typo(struct krt_slice a, struct krt_slice b, size_t start)
{
    size_t shared = start + shared_end(a, b, start);
    size_t rest_a = a.len - shared;
    size_t rest_b = b.len - shared;
    if (rest_a == 2 && rest_b == 2)
        return is_same_letter(a.at[start], b.at[start + 1]) &&
               is_same_letter(a.at[start + 1], b.at[start]);
    return rest_a <= 1 && rest_b <= 1 && shared > 0;
}

static bool walk_literal(struct walk *walk, struct krt_slice pattern,
                         struct krt_slice text)
{
    if (pattern.len > text.len + 1 || text.len > pattern.len + 1)
        return false;
    size_t start = shared_start(pattern, text);
    if (start == pattern.len && start == text.len) {
        walk->is_folded |= memcmp(pattern.at, text.at, start) != 0;
        return true;
    }
    if (walk->has_typo || !is_typo(pattern, text, start))
        return false;
    walk->has_typo = true;
    return true;
}

/* ---- Segments with parameters ---- */

/* A segment's values and the literals around them, of which all but the outer ones hold
 * something. Literals may hold a KRT_PATTERN_END, which stands for nothing. */
struct parts {
    struct krt_slice literals[KRT_PARAMETERS_MAX + 1];
    size_t n_values;
};

static void split_parts(struct parts *parts, struct krt_slice pattern)
{
    const unsigned char *start = pattern.at;
    const unsigned char *end = pattern.at + pattern.len;
    parts->n_values = 0;
    for (const unsigned char *at = start; at < end; at++) {
        if (*at != KRT_PATTERN_VALUE || parts->n_values == KRT_PARAMETERS_MAX)
            continue;
        parts->literals[parts->n_values++] =
            (struct krt_slice){start, (size_t)(at - start)};
        start = at + 1;
    }
    parts->literals[parts->n_values] = (struct krt_slice){start, (size_t)(end - start)};
}

static size_t literal_len(struct krt_slice literal)
{
    bool has_end = memchr(literal.at, KRT_PATTERN_END, literal.len) != NULL;
    return literal.len - has_end;
}

/* Whether the text at `text`, which is long enough, is the literal's. */
static bool is_literal_at(struct krt_slice literal, const unsigned char *text,
                          bool *is_folded)
{
    bool differs = false;
    for (size_t i = 0; i < literal.len; i++) {
        if (literal.at[i] == KRT_PATTERN_END)
            continue;
        if (!is_same_letter(literal.at[i], *text))
            return false;
        differs |= literal.at[i] != *text++;
    }
    *is_folded |= differs;
    return true;
}

/* The last place of the literal in the text; NULL when it has none. */
static const unsigned char *find_last(struct krt_slice literal, struct krt_slice text,
                                      bool *is_folded)
{
    size_t len = literal_len(literal);
    for (size_t i = text.len + 1; i-- > len;)
        if (is_literal_at(literal, text.at + i - len, is_folded))
            return text.at + i - len;
    return NULL;
}

/* Divides what lies between the outer literals. From the right, each value takes as
 * little as it can, which leaves the most to those on its left. */
static bool divide_inner(const struct parts *parts, struct krt_slice text,
                         struct krt_slice *values, bool *is_folded)
{
    for (size_t i = parts->n_values; i-- > 1;) {
        const unsigned char *end = text.at + text.len;
        if (text.len == 0)
            return false;
        struct krt_slice before = {text.at, text.len - 1};
        const unsigned char *place = find_last(parts->literals[i], before, is_folded);
        if (!place)
            return false;
        const unsigned char *start = place + literal_len(parts->literals[i]);
        values[i] = (struct krt_slice){start, (size_t)(end - start)};
        text.len = (size_t)(place - text.at);
    }
    values[0] = text;
    return text.len > 0;
}

/* Divides a segment; false when it does not have the pattern. */
static bool divide(struct walk *walk, struct krt_slice pattern, struct krt_slice text)
{
    struct parts parts;
    struct krt_slice values[KRT_PARAMETERS_MAX];
    bool is_folded = walk->is_folded;
    split_parts(&parts, pattern);
    size_t n = parts.n_values;
    size_t first = literal_len(parts.literals[0]);
    size_t last = n > 0 ? literal_len(parts.literals[n]) : 0;
    size_t inner = text.len - first - last;
    if (text.len < first + last || (n == 0 && inner > 0) ||
        !is_literal_at(parts.literals[0], text.at, &is_folded) ||
        (n > 0 &&
         !is_literal_at(parts.literals[n], text.at + text.len - last, &is_folded)))
        return false;
    if (n > 0 && !divide_inner(&parts, (struct krt_slice){text.at + first, inner},
                               values, &is_folded))
        return false;
    for (size_t i = 0; i < n; i++)
        add_value(walk, values[i]);
    walk->is_folded = is_folded;
    return true;
}

/* The pattern's values from `at` on are absent. */
static void add_absent(struct walk *walk, struct krt_slice pattern,
                       const unsigned char *at)
{
    for (; at < pattern.at + pattern.len; at++)
        if (*at == KRT_PATTERN_VALUE)
            add_value(walk, (struct krt_slice){NULL, 0});
}

static bool walk_values(struct walk *walk, struct krt_slice pattern,
                        struct krt_slice text)
{
    if (divide(walk, pattern, text))
        return true;
    const unsigned char *end = memchr(pattern.at, KRT_PATTERN_END, pattern.len);
    if (!end || (end == pattern.at && text.at[text.len] != '\0'))
        return false;
    if (!divide(walk, (struct krt_slice){pattern.at, (size_t)(end - pattern.at)}, text))
        return false;
    add_absent(walk, pattern, end);
    return true;
}

/* ---- Patterns ---- */

/* A segment of a pattern. */
struct step {
    struct krt_slice pattern;
    const unsigned char *next; /* behind the segment: '/' or the NUL */
    bool is_literal;
    bool may_end; /* the path may end behind it */
};

static struct step read_step(const unsigned char *at)
{
    const unsigned char *end = at;
    struct step step = {.is_literal = true};
    for (; *end != '\0' && *end != '/'; end++)
        step.is_literal &= !is_mark(*end) || (*end == KRT_PATTERN_END && end[1] == '/');
    step.next = end;
    step.may_end = end > at && *end == '/' && end[-1] == KRT_PATTERN_END;
    step.pattern = (struct krt_slice){at, (size_t)(end - at) - step.may_end};
    return step;
}

static struct krt_slice segment_at(const unsigned char *path)
{
    return (struct krt_slice){path, strcspn((const char *)path, "/")};
}

/* What the path's end means where the pattern goes on at `at`. */
static bool walk_end(struct walk *walk, const struct step *step,
                     const unsigned char *path)
{
    if (step->may_end && step->next[1] == KRT_PATTERN_REST)
        add_value(walk, (struct krt_slice){path, 0});
    return step->may_end || *step->next == '\0';
}

/* The '/' behind the literal segments that both start with. */
static size_t shared_segments(const unsigned char *pattern, const unsigned char *path)
{
    size_t slash = 0;
    for (size_t i = 0; pattern[i] == path[i] && pattern[i] > KRT_PATTERN_END; i++)
        if (pattern[i] == '/')
            slash = i;
    return slash;
}

/* Whether the path has the pattern, but for letter case and one typo. */
static bool walk_pattern(struct walk *walk, const char *pattern,
                         const unsigned char *path, bool ignores_slash)
{
    const unsigned char *at = (const unsigned char *)pattern;
    size_t shared = shared_segments(at, path);
    path += shared;
    at += shared;
    while (*at == '/') {
        struct step step = read_step(at + 1);
        struct krt_slice text = segment_at(path + 1);
        if (at[1] == KRT_PATTERN_REST) {
            add_value(walk, (struct krt_slice){text.at, strlen((const char *)text.at)});
            return true;
        }
        if (step.is_literal ? !walk_literal(walk, step.pattern, text)
                            : !walk_values(walk, step.pattern, text))
            return false;
        path = text.at + text.len;
        at = step.next;
        if (*path == '\0')
            return walk_end(walk, &step, path);
    }
    return ignores_slash && path[1] == '\0';
}

/* ---- Routes ---- */

static bool accepts(const struct search *search, const struct krt_parameter *parameter,
                    struct krt_slice value)
{
    if (!parameter->accepts || !value.at ||
        (value.len == 0 && parameter->default_value))
        return true;
    unsigned char *end = search->path + (value.at + value.len - search->path);
    unsigned char kept = *end;
    *end = '\0';
    bool is_accepted = parameter->accepts(value.at);
    *end = kept;
    return is_accepted;
}

/* The first parameter whose value is not accepted; NULL if there is none. */
static const struct krt_parameter *find_refused(const struct search *search,
                                                const struct krt_route *route,
                                                const struct walk *walk,
                                                struct krt_slice *value)
{
    for (size_t i = 0; i < route->n_parameters && i < walk->n_values; i++) {
        *value = walk->values[i];
        if (!accepts(search, &route->parameters[i], *value))
            return &route->parameters[i];
    }
    return NULL;
}

/* Whether `method` is among those that the route's name starts with. */
static bool takes_method(const char *name, struct krt_slice method)
{
    if (is_text(method, "OPTIONS"))
        return true;
    while (*name != '\0' && *name != '/') {
        size_t len = strcspn(name, ", /");
        struct krt_slice word = {(const unsigned char *)name, len};
        bool is_same = len == method.len && memcmp(name, method.at, len) == 0;
        if (is_same || (is_text(word, "GET") && is_text(method, "HEAD")))
            return true;
        name += len;
        name += strspn(name, ", ");
    }
    return false;
}

/* The least that a route with such a walk can be away. */
static enum distance least_distance(const struct walk *walk)
{
    if (walk->has_typo)
        return DISTANCE_TYPO;
    return walk->is_folded ? DISTANCE_CASE : DISTANCE_CONSTRAINT;
}

/* With the pattern as it is and all values accepted the route would have been taken. */
static struct candidate judge_walk(const struct search *search, int route,
                                   const struct walk *walk)
{
    struct candidate found = {least_distance(walk), {.route = route}};
    struct krt_near *near = &found.near;
    near->reason = walk->has_typo ? KRT_NEAR_TYPO : KRT_NEAR_CASE;
    if (walk->has_typo)
        return found;
    near->parameter =
        find_refused(search, &search->program->routes[route], walk, &near->value);
    if (near->parameter) {
        near->reason = KRT_NEAR_CONSTRAINT;
        found.distance =
            walk->is_folded ? DISTANCE_CONSTRAINT_AND_CASE : DISTANCE_CONSTRAINT;
    } else if (!walk->is_folded) {
        found.distance = DISTANCE_FAR;
    }
    return found;
}

static void consider(struct search *search, int route)
{
    const struct krt_program *program = search->program;
    const struct krt_route *candidate = &program->routes[route];
    struct walk walk;
    walk.n_values = 0;
    walk.is_folded = walk.has_typo = false;
    if (!walk_pattern(&walk, candidate->pattern, search->path,
                      program->trailing_slash == KRT_TRAILING_SLASH_IGNORE))
        return;
    enum distance least = least_distance(&walk);
    if (least >= search->own.distance)
        return;
    bool is_own = takes_method(candidate->name, search->method);
    struct candidate *best = is_own ? &search->own : &search->other;
    if (least >= best->distance)
        return;
    struct candidate found = judge_walk(search, route, &walk);
    if (found.distance < best->distance)
        *best = found;
}

/* ---- The slash at the end ---- */

/* The first route that takes the path, of `method` or of any other. */
static int find_route(const struct search *search, bool is_own)
{
    const struct krt_program *program = search->program;
    struct krt_slice values[KRT_PARAMETERS_MAX];
    int first = KRT_NO_ROUTE;
    for (size_t i = 0; i < program->n_methods; i++) {
        const struct krt_method *method = &program->methods[i];
        bool belongs =
            is_text(search->method, method->name) || is_text(search->method, "OPTIONS");
        int route =
            belongs == is_own ? method->match(search->path, values) : KRT_NO_ROUTE;
        if (route != KRT_NO_ROUTE && (first == KRT_NO_ROUTE || route < first) &&
            !krt_path_is_kept_whole(&program->routes[route]))
            first = route;
    }
    return first;
}

static int find_by_slash(const struct search *search, bool is_own)
{
    size_t len = strlen((const char *)search->path);
    int route = KRT_NO_ROUTE;
    if (krt_path_toggle_slash(search->path, len)) {
        route = find_route(search, is_own);
        krt_path_toggle_slash(search->path, len);
    }
    return route;
}

void krt_near_find(struct krt_near *near, const struct krt_program *program,
                   struct krt_slice method, unsigned char *path)
{
    static const struct candidate none = {
        DISTANCE_FAR, {.reason = KRT_NEAR_NONE, .route = KRT_NO_ROUTE}};
    struct search search = {program, method, path, none, none};
    size_t len = strlen((const char *)path);
    *near = none.near;
    if (len > SEARCHED_MAX)
        return;
    *near = (struct krt_near){.reason = KRT_NEAR_SLASH,
                              .wants_slash = path[len - 1] != '/'};
    near->route = find_by_slash(&search, true);
    if (near->route != KRT_NO_ROUTE)
        return;
    for (size_t i = 0; i < program->n_routes; i++)
        consider(&search, (int)i);
    *near = search.own.near;
    if (near->route != KRT_NO_ROUTE)
        return;
    int other = find_by_slash(&search, false);
    if (other == KRT_NO_ROUTE)
        other = search.other.near.route;
    if (other != KRT_NO_ROUTE)
        *near = (struct krt_near){.reason = KRT_NEAR_METHOD, .route = other};
}
