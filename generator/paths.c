/* A search, breadth first, through the places in which the walkers of all templates
 * stand together. A path ends up where no longer one would, so what it leads to is
 * looked at only once; and once a template has no rival left at a place, every longer
 * way there is out of the question.
 *
 * Templates that must match are a search's own, those that may are its rivals. What
 * several templates share is found among rivals without any template of the search's
 * own: a path goes on as long as two of them do, so that all are compared with each
 * other at once. */
#include "paths.h"

#include "walker.h"

#include <stdlib.h>
#include <string.h>

enum {
    OWN_MAX = 2,       /* templates that must match */
    SEARCH_COST = 256, /* in steps */
    NODE_COST = 32,    /* likewise, so that PATHS_STEPS_MAX bounds the memory, too */
    CACHED_MAX = 8192, /* numbers of a key whose walkers stay in a processor's cache */
    FAR_COST = 8,      /* in steps, of a number of a larger key */
    PAIRS_MAX = 500,   /* templates that are rather compared in pairs in the end */
    ASCII_END = 0x80,
};

/* The text behind the last slash of a path: dot segments reach no matcher. */
enum dots {
    DOTS_NONE, /* empty */
    DOTS_ONE,
    DOTS_TWO,
    DOTS_OTHER,
};

/* What a path has led to, as numbers: the places of the search's own templates, the
 * dots, then for each rival that may still match, in ascending order, its number and
 * its place. */
struct key {
    const uint32_t *numbers;
    size_t n;
};

/* A path: a character behind that of another node. */
struct node {
    uint32_t parent;
    uint32_t c;
    uint32_t hash;
    struct key key;
};

/* What rivals share with those before them. */
struct overlaps {
    struct arena *arena; /* of the paths */
    struct paths_overlap *of;
    size_t n_open; /* rivals that none was found for */
};

struct search {
    struct arena *scratch;
    const struct matching *matching;
    size_t *budget;
    struct walker own[OWN_MAX];
    size_t n_own;
    struct walker *rivals;
    size_t n_rivals;
    struct overlaps *overlaps; /* of the rivals, if those are looked for */
    struct node *nodes;        /* in the order of their paths' lengths */
    size_t n_nodes;
    uint32_t *slots;      /* a hash table of nodes, 0 in a free slot, else one more */
    size_t n_slots;       /* a power of two, or 0 */
    uint32_t *numbers;    /* room for a key */
    bool cuts[ASCII_END]; /* where characters cease to be alike to all walkers */
    uint32_t *far_cuts;   /* those beyond ASCII */
    size_t n_far_cuts;
    size_t far_room;
    size_t n_steps;
    size_t steps_max;
    bool is_tidy;      /* paths with empty segments are left out */
    bool has_left_out; /* such a path was */
};

/* ---- Nodes ---- */

static uint32_t hash_key(struct key key)
{
    uint32_t h = 0x811C9DC5u;
    for (size_t i = 0; i < key.n; i++)
        h = ((h << 5 | h >> 27) ^ key.numbers[i]) * 0x9E3779B1u;
    return h ^ h >> 15;
}

static uint32_t *find_slot(const struct search *s, struct key key, uint32_t hash)
{
    size_t mask = s->n_slots - 1;
    size_t i = hash & mask;
    for (; s->slots[i] != 0; i = (i + 1) & mask) {
        const struct node *node = &s->nodes[s->slots[i] - 1];
        if (node->hash == hash && node->key.n == key.n &&
            memcmp(node->key.numbers, key.numbers, key.n * sizeof *key.numbers) == 0)
            break;
    }
    return &s->slots[i];
}

static bool is_known(const struct search *s, struct key key)
{
    return *find_slot(s, key, hash_key(key)) != 0;
}

static void grow_slots(struct search *s)
{
    s->n_slots = s->n_slots > 0 ? 2 * s->n_slots : 64;
    s->slots = arena_array(s->scratch, s->n_slots, sizeof *s->slots);
    for (size_t i = 0; i < s->n_nodes; i++)
        *find_slot(s, s->nodes[i].key, s->nodes[i].hash) = (uint32_t)i + 1;
}

static void add_node(struct search *s, uint32_t parent, uint32_t c, struct key key)
{
    uint32_t hash = hash_key(key);
    uint32_t *copy = arena_array(s->scratch, key.n, sizeof *copy);
    memcpy(copy, key.numbers, key.n * sizeof *copy);
    key.numbers = copy;
    s->nodes = arena_grow(s->scratch, s->nodes, s->n_nodes, sizeof *s->nodes);
    s->nodes[s->n_nodes++] = (struct node){parent, c, hash, key};
    if (2 * s->n_nodes > s->n_slots)
        grow_slots(s);
    else
        *find_slot(s, key, hash) = (uint32_t)s->n_nodes;
    s->n_steps += NODE_COST + key.n;
}

/* ---- Steps ---- */

static enum dots dots_of(const struct search *s, struct key key)
{
    return (enum dots)key.numbers[s->n_own];
}

static enum dots step_dots(enum dots dots, uint32_t c)
{
    if (c == '/')
        return DOTS_NONE;
    if (c != '.' || dots >= DOTS_TWO)
        return DOTS_OTHER;
    return dots == DOTS_NONE ? DOTS_ONE : DOTS_TWO;
}

static bool is_dot_segment(enum dots dots)
{
    return dots == DOTS_ONE || dots == DOTS_TWO;
}

/* Whether no matcher, or no nice path, comes to `c` there. */
static bool is_barred(struct search *s, enum dots dots, uint32_t c)
{
    if (c != '/')
        return false;
    s->has_left_out = s->has_left_out || dots == DOTS_NONE;
    return is_dot_segment(dots) || (dots == DOTS_NONE && s->is_tidy);
}

/* Whether a longer path may be the first that a rival shares with one before it. */
static bool has_open_rival(const struct search *s, struct key key)
{
    for (size_t i = s->n_own + 3; i < key.n; i += 2)
        if (s->overlaps->of[key.numbers[i]].result != PATHS_FOUND)
            return true;
    return false;
}

/* What `c` leads to from `from`, in s->numbers; without numbers when no longer path is
 * one that is looked for. */
static struct key step(struct search *s, struct key from, uint32_t c)
{
    size_t n = s->n_own + 1;
    for (size_t i = 0; i < s->n_own; i++) {
        s->n_steps++;
        s->numbers[i] = walker_step(&s->own[i], from.numbers[i], c);
        if (s->numbers[i] == WALKER_DEAD)
            return (struct key){NULL, 0};
    }
    s->numbers[s->n_own] = (uint32_t)step_dots(dots_of(s, from), c);
    for (size_t i = n; i < from.n; i += 2) {
        uint32_t rival = from.numbers[i];
        uint32_t place = walker_step(&s->rivals[rival], from.numbers[i + 1], c);
        if (place == WALKER_DEAD)
            continue;
        s->numbers[n++] = rival;
        s->numbers[n++] = place;
    }
    s->n_steps += from.n > CACHED_MAX ? FAR_COST * from.n : from.n;
    struct key key = {s->numbers, n};
    if ((s->overlaps && !has_open_rival(s, key)) || is_barred(s, dots_of(s, from), c))
        return (struct key){NULL, 0};
    return key;
}

/* Whether a path that led to `key` is one that the search's own templates match alone.
 */
static bool is_alone(const struct search *s, struct key key)
{
    for (size_t i = 0; i < s->n_own; i++)
        if (!walker_accepts(&s->own[i], key.numbers[i]))
            return false;
    for (size_t i = s->n_own + 1; i < key.n; i += 2)
        if (walker_accepts(&s->rivals[key.numbers[i]], key.numbers[i + 1]))
            return false;
    return true;
}

/* ---- Characters ---- */

static void add_far_cut(struct search *s, uint32_t c)
{
    for (size_t i = 0; i < s->n_far_cuts && i < 8; i++)
        if (s->far_cuts[i] == c)
            return;
    if (s->n_far_cuts == s->far_room) {
        uint32_t *old = s->far_cuts;
        s->far_room = s->far_room > 0 ? 2 * s->far_room : 16;
        s->far_cuts = arena_array(s->scratch, s->far_room, sizeof *old);
        if (old)
            memcpy(s->far_cuts, old, s->n_far_cuts * sizeof *old);
    }
    s->far_cuts[s->n_far_cuts++] = c;
}

static void add_cut(struct search *s, uint32_t c)
{
    if (c < ASCII_END)
        s->cuts[c] = true;
    else
        add_far_cut(s, c);
}

static void add_cuts(struct search *s, const struct walker *walker, uint32_t place)
{
    const struct dfa_state *state = walker_state(walker, place);
    for (size_t i = 0; state && i < state->n_edges; i++) {
        add_cut(s, state->edges[i].first);
        add_cut(s, state->edges[i].last + 1);
        s->n_steps++;
    }
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t p = *(const uint32_t *)a;
    uint32_t q = *(const uint32_t *)b;
    return p < q ? -1 : p > q;
}

/* Divides the characters into ranges in which all are alike to the walkers of `key`. */
static void find_cuts(struct search *s, struct key key)
{
    memset(s->cuts, 0, sizeof s->cuts);
    s->n_far_cuts = 0;
    add_cut(s, '.');
    add_cut(s, '.' + 1);
    add_cut(s, '/' + 1);
    for (size_t i = 0; i < s->n_own; i++)
        add_cuts(s, &s->own[i], key.numbers[i]);
    for (size_t i = s->n_own + 1; i < key.n; i += 2)
        add_cuts(s, &s->rivals[key.numbers[i]], key.numbers[i + 1]);
    if (s->n_far_cuts > 1)
        qsort(s->far_cuts, s->n_far_cuts, sizeof *s->far_cuts, compare_numbers);
}

/* The characters that need no encoding, the nicest first. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyz1234567890"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~!$&'()*+,;=:@";

/* All of ASCII, the nicest first, then '/' and what needs encoding. */
static const char order[] = "abcdefghijklmnopqrstuvwxyz1234567890"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~!$&'()*+,;=:@"
                            "/ \"#%<>?[\\]^`{|}"
                            "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24\25"
                            "\26\27\30\31\32\33\34\35\36\37\177";

/* ---- Paths ---- */

static void put_char(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_putc(out, (char)c);
        return;
    }
    if (c < 0x800) {
        buf_putc(out, (char)(0xC0 | c >> 6));
    } else if (c < 0x10000) {
        buf_putc(out, (char)(0xE0 | c >> 12));
        buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
    } else {
        buf_putc(out, (char)(0xF0 | c >> 18));
        buf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
    }
    buf_putc(out, (char)(0x80 | (c & 0x3F)));
}

/* Appends the path of the last node. */
static void put_path(const struct search *s, struct buf *out)
{
    size_t n = 1;
    for (size_t i = s->n_nodes - 1; i > 0; i = s->nodes[i].parent)
        n++;
    uint32_t *chars = arena_array(s->scratch, n, sizeof *chars);
    size_t at = n;
    for (size_t i = s->n_nodes - 1; at-- > 0; i = s->nodes[i].parent)
        chars[at] = s->nodes[i].c;
    for (size_t i = 0; i < n; i++)
        put_char(out, chars[i]);
}

void paths_put_encoded(struct buf *out, struct str path)
{
    for (size_t i = 0; i < path.len; i++) {
        char c = path.at[i];
        if (c == '/' || (c != '\0' && strchr(plain, c)))
            buf_putc(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

/* ---- Ends ---- */

/* Tells what the rivals that match the last path share. */
static void add_overlaps(struct search *s, struct key key)
{
    struct overlaps *overlaps = s->overlaps;
    size_t first = SIZE_MAX;
    struct buf path;
    buf_init(&path, overlaps->arena);
    for (size_t i = s->n_own + 1; i < key.n; i += 2) {
        uint32_t rival = key.numbers[i];
        if (!walker_accepts(&s->rivals[rival], key.numbers[i + 1]))
            continue;
        if (first == SIZE_MAX) {
            first = rival;
        } else if (overlaps->of[rival].result != PATHS_FOUND) {
            if (path.len == 0)
                put_path(s, &path);
            overlaps->of[rival] =
                (struct paths_overlap){PATHS_FOUND, first, buf_str(&path)};
            overlaps->n_open--;
        }
    }
}

/* Whether the last node ends the search. */
static bool is_end(struct search *s)
{
    struct key key = s->nodes[s->n_nodes - 1].key;
    if (is_dot_segment(dots_of(s, key)))
        return false;
    if (!s->overlaps)
        return is_alone(s, key);
    add_overlaps(s, key);
    return s->overlaps->n_open == 0;
}

/* ---- The search ---- */

/* Goes from a node over `c`; true when that is the end of the search. */
static bool try_char(struct search *s, uint32_t parent, uint32_t c)
{
    struct key key = step(s, s->nodes[parent].key, c);
    if (!key.numbers)
        return false;
    struct key alone = {key.numbers, s->n_own + 1};
    if (is_known(s, alone) || is_known(s, key))
        return false;
    add_node(s, parent, c, key);
    return is_end(s);
}

/* Goes from a node over the nicest of each range of alike characters. */
static bool try_ascii(struct search *s, uint32_t parent)
{
    uint8_t range[ASCII_END];
    bool is_tried[ASCII_END] = {false};
    uint8_t n = 1; /* of ranges that were not tried */
    range[1] = 0;
    for (size_t c = 2; c < ASCII_END; c++) {
        n = (uint8_t)(n + s->cuts[c]);
        range[c] = (uint8_t)(n - 1);
    }
    for (const char *c = order; n > 0; c++) {
        uint8_t i = range[(unsigned char)*c];
        if (is_tried[i])
            continue;
        if (try_char(s, parent, (unsigned char)*c))
            return true;
        is_tried[i] = true;
        n--;
    }
    return false;
}

static bool try_chars(struct search *s, uint32_t parent)
{
    s->n_steps += NODE_COST;
    find_cuts(s, s->nodes[parent].key);
    if (try_ascii(s, parent))
        return true;
    for (size_t i = 0; i < s->n_far_cuts; i++)
        if ((i == 0 || s->far_cuts[i] != s->far_cuts[i - 1]) &&
            try_char(s, parent, s->far_cuts[i]))
            return true;
    return false;
}

/* The node that "/" leads to, in the place of all others. */
static bool start(struct search *s)
{
    size_t n = s->n_own + 1;
    memset(s->numbers, 0, n * sizeof *s->numbers);
    for (size_t i = 0; i < s->n_rivals; i++) {
        s->numbers[n++] = (uint32_t)i;
        s->numbers[n++] = WALKER_START;
    }
    s->nodes = NULL;
    s->n_nodes = 0;
    s->n_slots = 0;
    add_node(s, 0, '/', (struct key){s->numbers, n});
    return is_end(s);
}

static enum paths_result run(struct search *s, bool is_tidy)
{
    s->is_tidy = is_tidy;
    if (start(s))
        return PATHS_FOUND;
    for (size_t i = 0; i < s->n_nodes; i++) {
        if (s->n_steps >= s->steps_max)
            return PATHS_TOO_COMPLEX;
        if (try_chars(s, (uint32_t)i))
            return PATHS_FOUND;
    }
    return PATHS_NONE;
}

/* A path is found when the last node is its end. */
static enum paths_result search(struct search *s, size_t steps_max)
{
    s->steps_max = steps_max < *s->budget ? steps_max : *s->budget;
    s->numbers =
        arena_array(s->scratch, s->n_own + 1 + 2 * s->n_rivals, sizeof *s->numbers);
    enum paths_result result = run(s, true);
    if (result == PATHS_NONE && s->has_left_out)
        result = run(s, false);
    paths_spend(s->budget, SEARCH_COST + s->n_steps);
    return result;
}

static bool add_own(struct search *s, const struct template *template)
{
    return walker_init(&s->own[s->n_own++], template, s->matching);
}

static bool add_rivals(struct search *s, const struct template *const *rivals, size_t n)
{
    s->rivals = arena_array(s->scratch, n, sizeof *s->rivals);
    s->n_rivals = n;
    s->n_steps += n;
    for (size_t i = 0; i < n; i++)
        if (!walker_init(&s->rivals[i], rivals[i], s->matching))
            return false;
    return true;
}

/* ---- Questions ---- */

void paths_spend(size_t *budget, size_t n)
{
    *budget -= n < *budget ? n : *budget;
}

enum paths_result paths_shared(const struct template *a, const struct template *b,
                               const struct matching *matching, size_t *budget,
                               struct buf *path)
{
    struct arena scratch = {NULL};
    struct search s = {.scratch = &scratch, .matching = matching, .budget = budget};
    enum paths_result result = PATHS_TOO_COMPLEX;
    if (add_own(&s, a) && add_own(&s, b))
        result = search(&s, PATHS_STEPS_MAX);
    if (result == PATHS_FOUND)
        put_path(&s, path);
    arena_free(&scratch);
    return result;
}

enum paths_result paths_alone(const struct template *template,
                              const struct template *const *rivals, size_t n,
                              const struct matching *matching, size_t *budget,
                              struct buf *path)
{
    struct arena scratch = {NULL};
    struct search s = {.scratch = &scratch, .matching = matching, .budget = budget};
    enum paths_result result = PATHS_TOO_COMPLEX;
    if (add_own(&s, template) && add_rivals(&s, rivals, n))
        result = search(&s, PATHS_STEPS_MAX);
    if (result == PATHS_FOUND)
        put_path(&s, path);
    arena_free(&scratch);
    return result;
}

/* The more templates there are, the less could be done in pairs with what is left. */
static size_t overlaps_steps_max(size_t n)
{
    return n > PAIRS_MAX ? PATHS_BUDGET / 2 : PATHS_STEPS_MAX;
}

static enum paths_result compare_all(struct overlaps *overlaps,
                                     const struct template *const *templates, size_t n,
                                     const struct matching *matching, size_t *budget)
{
    struct arena scratch = {NULL};
    struct search s = {.scratch = &scratch, .matching = matching, .budget = budget};
    enum paths_result result = PATHS_TOO_COMPLEX;
    s.overlaps = overlaps;
    if (add_rivals(&s, templates, n))
        result = search(&s, overlaps_steps_max(n));
    arena_free(&scratch);
    return result;
}

/* Compares the last of `n` templates with each of the others. */
static struct paths_overlap compare_pairs(const struct template *const *templates,
                                          size_t n, const struct matching *matching,
                                          size_t *budget, struct arena *arena)
{
    struct buf path;
    buf_init(&path, arena);
    for (size_t i = 0; i + 1 < n; i++) {
        enum paths_result result =
            paths_shared(templates[i], templates[n - 1], matching, budget, &path);
        if (result != PATHS_NONE)
            return (struct paths_overlap){result, i, buf_str(&path)};
    }
    return (struct paths_overlap){.result = PATHS_NONE};
}

struct paths_overlap *paths_overlaps(const struct template *const *templates, size_t n,
                                     const struct matching *matching, size_t *budget,
                                     struct arena *arena)
{
    struct overlaps overlaps = {.arena = arena, .n_open = n > 0 ? n - 1 : 0};
    overlaps.of = arena_array(arena, n, sizeof *overlaps.of);
    for (size_t i = 0; i < n; i++)
        overlaps.of[i] = (struct paths_overlap){.result = PATHS_NONE};
    if (overlaps.n_open == 0 ||
        compare_all(&overlaps, templates, n, matching, budget) != PATHS_TOO_COMPLEX)
        return overlaps.of;
    for (size_t i = 1; i < n; i++)
        if (overlaps.of[i].result != PATHS_FOUND)
            overlaps.of[i] = compare_pairs(templates, i + 1, matching, budget, arena);
    return overlaps.of;
}
