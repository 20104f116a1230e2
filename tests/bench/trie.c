#include "trie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 255 };

/* A segment that leads to a node. */
struct edge {
    const char *text; /* a literal; for a parameter its constraints, or "" */
    size_t len;
    bool (*accepts)(const unsigned char *value); /* or NULL */
    struct trie *to;
};

struct edges {
    struct edge *at;
    size_t n;
};

struct trie {
    int route;             /* that ends here, or KRT_NO_ROUTE */
    size_t n_values;       /* of that route */
    int rest;              /* that takes all that follows, or KRT_NO_ROUTE */
    struct edges literals; /* by length and bytes */
    struct edges values;   /* those with constraints first */
};

/* A position of the search. */
struct place {
    const unsigned char *at; /* behind a '/' */
    struct krt_slice *values;
    size_t n_values;
};

static void *allocate(void *old, size_t size)
{
    void *memory = realloc(old, size);
    if (memory)
        return memory;
    fprintf(stderr, "out of memory\n");
    exit(1);
}

static struct trie *make_node(void)
{
    struct trie *node = allocate(NULL, sizeof *node);
    *node = (struct trie){.route = KRT_NO_ROUTE, .rest = KRT_NO_ROUTE};
    return node;
}

/* ---- Building ---- */

static int compare(const struct edge *edge, const void *text, size_t len)
{
    if (edge->len != len)
        return edge->len < len ? -1 : 1;
    return memcmp(edge->text, text, len);
}

static struct trie *insert(struct edges *edges, size_t at, struct edge edge)
{
    edges->at = allocate(edges->at, (edges->n + 1) * sizeof *edges->at);
    memmove(edges->at + at + 1, edges->at + at, (edges->n - at) * sizeof *edges->at);
    edge.to = make_node();
    edges->at[at] = edge;
    edges->n++;
    return edge.to;
}

/* The first literal that is not before the text. */
static size_t lower_bound(const struct edges *edges, const void *text, size_t len)
{
    size_t first = 0;
    size_t end = edges->n;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (compare(&edges->at[middle], text, len) < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static struct trie *go_by_literal(struct trie *node, const char *text, size_t len)
{
    size_t at = lower_bound(&node->literals, text, len);
    if (at < node->literals.n && compare(&node->literals.at[at], text, len) == 0)
        return node->literals.at[at].to;
    return insert(&node->literals, at, (struct edge){.text = text, .len = len});
}

static struct trie *go_by_value(struct trie *node,
                                const struct krt_parameter *parameter)
{
    const char *text = parameter->constraints ? parameter->constraints : "";
    struct edges *values = &node->values;
    for (size_t i = 0; i < values->n; i++)
        if (strcmp(values->at[i].text, text) == 0)
            return values->at[i].to;
    return insert(values, *text ? 0 : values->n,
                  (struct edge){.text = text, .accepts = parameter->accepts});
}

static size_t segment_len(const char *pattern)
{
    size_t len = 0;
    while (pattern[len] && pattern[len] != '/' && pattern[len] != KRT_PATTERN_END)
        len++;
    return len;
}

static void end_here(struct trie *node, const struct krt_program *program, int index)
{
    node->route = index;
    node->n_values = program->routes[index].n_parameters;
}

/* Adds a route, except one that has mixed segments or that may lack its first one. */
static bool add(struct trie *node, const struct krt_program *program, int index)
{
    const struct krt_parameter *parameter = program->routes[index].parameters;
    const char *pattern = program->routes[index].pattern + 1;
    if (*pattern == KRT_PATTERN_END)
        return false;
    for (;; pattern++) {
        size_t len = segment_len(pattern);
        if (len == 1 && *pattern == KRT_PATTERN_REST) {
            node->rest = index;
            return !parameter->accepts;
        }
        bool is_value = len == 1 && *pattern == KRT_PATTERN_VALUE;
        if (!is_value && memchr(pattern, KRT_PATTERN_VALUE, len))
            return false;
        node = is_value ? go_by_value(node, parameter++)
                        : go_by_literal(node, pattern, len);
        pattern += len;
        if (*pattern == KRT_PATTERN_END) {
            end_here(node, program, index);
            pattern++;
        }
        if (!*pattern)
            break;
    }
    end_here(node, program, index);
    return true;
}

/* Whether the methods before the template hold `method`. */
static bool answers(const struct krt_route *route, const char *method)
{
    size_t len = strlen(method);
    for (const char *at = route->name; *at != '/'; at += strcspn(at, ", ") + 1)
        if (strncmp(at, method, len) == 0 && (at[len] == ',' || at[len] == ' '))
            return true;
    return false;
}

struct trie *trie_build(const struct krt_program *program, const char *method)
{
    struct trie *root = make_node();
    for (size_t i = 0; i < program->n_routes; i++)
        if (answers(&program->routes[i], method) && !add(root, program, (int)i))
            return NULL;
    return root;
}

/* ---- Searching ---- */

static bool is_accepted(const struct edge *edge, const unsigned char *at, size_t len)
{
    unsigned char value[VALUE_MAX + 1];
    if (!edge->accepts)
        return true;
    if (len > VALUE_MAX)
        return false;
    memcpy(value, at, len);
    value[len] = '\0';
    return edge->accepts(value);
}

static int find(const struct trie *node, struct place place);

/* Goes on behind the segment of `len` bytes. */
static int follow(const struct trie *node, struct place place, size_t len)
{
    if (place.at[len] == '/') {
        place.at += len + 1;
        return find(node, place);
    }
    for (size_t i = place.n_values; i < node->n_values; i++)
        place.values[i] = (struct krt_slice){NULL, 0};
    return node->route;
}

static int find(const struct trie *node, struct place place)
{
    size_t len = strcspn((const char *)place.at, "/");
    size_t i = lower_bound(&node->literals, place.at, len);
    if (i < node->literals.n && compare(&node->literals.at[i], place.at, len) == 0) {
        int route = follow(node->literals.at[i].to, place, len);
        if (route >= 0)
            return route;
    }
    for (i = 0; i < node->values.n && len > 0; i++) {
        if (!is_accepted(&node->values.at[i], place.at, len))
            continue;
        struct place next = place;
        next.values[next.n_values++] = (struct krt_slice){place.at, len};
        int route = follow(node->values.at[i].to, next, len);
        if (route >= 0)
            return route;
    }
    if (node->rest >= 0)
        place.values[place.n_values] =
            (struct krt_slice){place.at, strlen((const char *)place.at)};
    return node->rest;
}

int trie_find(const struct trie *trie, const unsigned char *path,
              struct krt_slice *values)
{
    return find(trie, (struct place){.at = path + 1, .values = values});
}
