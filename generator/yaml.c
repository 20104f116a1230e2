/* libyaml's events -> nodes. libyaml itself accepts duplicate keys and aliases of the
 * node they stand in, and expands merges of merges without limit; all three end here.
 */
#include "yaml.h"
#include "encoding.h"
#include "syntax.h"
#include "table.h"
#include "trap.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct anchor {
    struct node *node;
    bool is_open; /* the node is still being read */
};

struct reading {
    const struct source *source;
    struct arena *arena;
    struct diag *diag;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; YAML_NO_EVENT when reading has failed */
    struct table anchors;
    size_t n_merged;
    size_t n_flow; /* flow mappings and lists that are open */
    size_t end;    /* of the last node */

    /* The mark that was converted last: a line may be megabytes long. */
    yaml_mark_t mark;
    size_t mark_offset;
};

static struct node *read_node(struct reading *r, size_t depth);

static size_t offset_of(struct reading *r, yaml_mark_t mark)
{
    bool is_behind = mark.line == r->mark.line && mark.column >= r->mark.column;
    r->mark_offset = is_behind ? source_advance(r->source, r->mark_offset,
                                                mark.column - r->mark.column)
                               : source_offset(r->source, mark.line, mark.column);
    r->mark = mark;
    return r->mark_offset;
}

static struct span event_span(struct reading *r)
{
    size_t start = offset_of(r, r->event.start_mark);
    return (struct span){r->source, start, offset_of(r, r->event.end_mark)};
}

static void report_syntax(struct reading *r)
{
    const yaml_parser_t *parser = &r->parser;
    struct syntax_fault fault = {
        .source = r->source,
        .problem = parser->problem ? parser->problem : "not YAML",
        .at = source_offset(r->source, parser->problem_mark.line,
                            parser->problem_mark.column),
        .context = parser->context,
        .context_at = source_offset(r->source, parser->context_mark.line,
                                    parser->context_mark.column),
    };
    syntax_report(&fault, r->diag);
}

static void next_event(struct reading *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event))
        return;
    if (r->parser.error == YAML_MEMORY_ERROR)
        arena_exhausted();
    memset(&r->event, 0, sizeof r->event);
    report_syntax(r);
}

static struct node *new_node(struct reading *r, enum node_kind kind, struct span span)
{
    struct node *node = arena_alloc(r->arena, sizeof *node);
    node->kind = kind;
    node->span = span;
    return node;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The offset behind the anchor and the tag that stand at `at`; the tag, if there is
 * one, goes to *tag. */
static size_t skip_properties(const struct reading *r, size_t at, struct span *tag)
{
    struct str text = r->source->text;
    while (at < text.len && (text.at[at] == '&' || text.at[at] == '!')) {
        size_t start = at;
        while (at < text.len && !is_space(text.at[at]))
            at++;
        if (text.at[start] == '!')
            *tag = (struct span){r->source, start, at};
        while (at < text.len && is_space(text.at[at]))
            at++;
    }
    return at;
}

/* What may stand before a node: its anchor and its tag, NULL for none. */
struct properties {
    const yaml_char_t *anchor;
    const yaml_char_t *tag;
};

static struct properties event_properties(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return (struct properties){event->data.scalar.anchor, event->data.scalar.tag};
    case YAML_SEQUENCE_START_EVENT:
        return (struct properties){event->data.sequence_start.anchor,
                                   event->data.sequence_start.tag};
    default:
        return (struct properties){event->data.mapping_start.anchor,
                                   event->data.mapping_start.tag};
    }
}

static void refuse_tag(struct reading *r, struct span tag)
{
    struct str text = span_text(tag);
    struct diagnostic *error = diag_error(
        r->diag, CHECK_TAG, tag, "tag '%.*s' has no meaning in a spec", STR_ARG(text));
    if (str_equal(text, STR("!!str")))
        diag_hint(r->diag, error, "quote the value instead");
}

/* A node for the current event, without its content. */
static struct node *start_node(struct reading *r, enum node_kind kind,
                               struct anchor **anchor)
{
    struct properties properties = event_properties(&r->event);
    struct span span = event_span(r);
    if (properties.anchor || properties.tag) {
        struct span tag = span;
        size_t start = skip_properties(r, span.start, &tag);
        span.start = start < span.end ? start : span.end;
        if (properties.tag)
            refuse_tag(r, tag);
        if (properties.tag && kind == NODE_SCALAR)
            diag_silence(r->diag, span, EVERY_CHECK);
    }
    struct node *node = new_node(r, kind, span);
    *anchor = NULL;
    if (properties.anchor) {
        struct str name = str_from((const char *)properties.anchor);
        name.at = str_z(r->arena, name);
        *anchor = arena_alloc(r->arena, sizeof **anchor);
        **anchor = (struct anchor){node, true};
        table_put(&r->anchors, name, *anchor);
    }
    return node;
}

static struct node *finish_node(struct reading *r, struct node *node,
                                struct anchor *anchor)
{
    if (anchor)
        anchor->is_open = false;
    r->end = node->span.end;
    return node;
}

static struct node *fail_depth(struct reading *r, struct span span)
{
    diag_error(r->diag, CHECK_DEPTH, span, "the spec nests more than %d levels",
               YAML_DEPTH_MAX);
    yaml_event_delete(&r->event);
    return NULL;
}

/* Stands for what a wrong alias names. */
static struct node *unknown_node(struct reading *r, struct span span)
{
    struct node *node = new_node(r, NODE_SCALAR, span);
    node->text = STR("");
    node->is_plain = true;
    node->is_doubtful = true;
    diag_silence(r->diag, span, EVERY_CHECK);
    return node;
}

static struct node *read_alias(struct reading *r, size_t depth)
{
    struct span span = event_span(r);
    r->end = span.end;
    struct str name = str_from((const char *)r->event.data.alias.anchor);
    const struct anchor *anchor = table_find(&r->anchors, name);
    if (anchor && !anchor->is_open) {
        if (depth - 1 + anchor->node->height > YAML_DEPTH_MAX)
            return fail_depth(r, span);
        return anchor->node;
    }
    if (anchor)
        diag_error(r->diag, CHECK_ALIAS, span,
                   "alias '*%.*s' stands inside the node that it names", STR_ARG(name));
    else
        diag_error(r->diag, CHECK_ALIAS, span, "no anchor '&%.*s' stands before this",
                   STR_ARG(name));
    return unknown_node(r, span);
}

static struct node *read_scalar(struct reading *r)
{
    struct anchor *anchor;
    struct node *node = start_node(r, NODE_SCALAR, &anchor);
    struct str value = {(const char *)r->event.data.scalar.value,
                        r->event.data.scalar.length};
    node->text = (struct str){str_z(r->arena, value), value.len};
    node->is_plain = r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return finish_node(r, node, anchor);
}

static void raise_height(struct node *node, const struct node *child)
{
    if (node->height < child->height + 1)
        node->height = child->height + 1;
}

/* A block collection ends with its last node, libyaml ends it at the next token. */
static void end_collection(struct reading *r, struct node *node, bool is_flow)
{
    node->span.end = is_flow ? event_span(r).end : r->end;
    if (node->span.end < node->span.start)
        node->span.end = node->span.start;
}

static struct node *read_sequence(struct reading *r, size_t depth)
{
    struct anchor *anchor;
    bool is_flow = r->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    struct node *node = start_node(r, NODE_SEQUENCE, &anchor);
    node->height = 1;
    r->n_flow += is_flow;
    next_event(r);
    while (r->event.type != YAML_SEQUENCE_END_EVENT) {
        struct node *item = read_node(r, depth + 1);
        if (!item)
            return NULL;
        node->items = arena_grow(r->arena, node->items, node->n, sizeof *node->items);
        node->items[node->n++] = item;
        raise_height(node, item);
        next_event(r);
    }
    end_collection(r, node, is_flow);
    r->n_flow -= is_flow;
    return finish_node(r, node, anchor);
}

/* Reads one key and its value. False when reading failed. */
static bool read_pair(struct reading *r, size_t depth, struct node *node)
{
    struct node *key = read_node(r, depth + 1);
    if (!key)
        return false;
    next_event(r);
    struct node *value = read_node(r, depth + 1);
    if (!value)
        return false;
    next_event(r);
    if (value->is_doubtful)
        diag_silence(r->diag, key->span, BIT(NO_ROUTES));
    node->pairs = arena_grow(r->arena, node->pairs, node->n, sizeof *node->pairs);
    node->pairs[node->n++] = (struct pair){key, value};
    raise_height(node, value);
    return true;
}

/* Whether `node` is {{...}} in the source, of which `key` is the inner mapping. */
static bool is_expression(const struct node *node, const struct node *key)
{
    struct str text = node->span.source->text;
    return key->kind == NODE_MAPPING && key->span.start == node->span.start + 1 &&
           text.at[node->span.start] == '{' && text.at[key->span.start] == '{' &&
           key->span.end < text.len && text.at[key->span.end] == '}';
}

/* Makes the mapping the text that was meant. */
static void refuse_expression(struct reading *r, struct node *node,
                              const struct node *key)
{
    node->kind = NODE_SCALAR;
    node->is_plain = true;
    node->height = 0;
    node->n = 0;
    node->span.end = key->span.end + 1;
    node->text = span_text(node->span);
    trap_report_expression(node->span, r->n_flow > 1, r->diag);
    diag_silence(r->diag, node->span, EVERY_CHECK);
}

/* Takes out the pairs whose keys are no scalars. */
static void refuse_keys(struct reading *r, struct node *node)
{
    size_t n = 0;
    for (size_t i = 0; i < node->n; i++) {
        const struct node *key = node->pairs[i].key;
        if (key->kind == NODE_SCALAR)
            node->pairs[n++] = node->pairs[i];
        else
            diag_error(r->diag, CHECK_TYPE, key->span, "a key must be a text, not %s",
                       yaml_describe(key));
    }
    node->n = n;
}

/* By key, then by place in the mapping. */
static int compare_pairs(const void *a, const void *b)
{
    const struct pair *const *p = a;
    const struct pair *const *q = b;
    int order = str_compare((*p)->key->text, (*q)->key->text);
    return order != 0 ? order : (*p > *q) - (*p < *q);
}

static void fail_duplicate(struct reading *r, const struct pair *first,
                           const struct pair *second)
{
    struct diagnostic *error =
        diag_error(r->diag, CHECK_DUPLICATE_KEY, second->key->span,
                   "key '%.*s' stands here a second time", STR_ARG(second->key->text));
    diag_note(r->diag, error, first->key->span, "it stands here first");
}

/* Leaves only the first pair of each key. */
static void refuse_duplicates(struct reading *r, struct node *node)
{
    if (node->n < 2)
        return;
    bool *is_second = arena_array(r->arena, node->n, sizeof *is_second);
    const struct pair **pairs = arena_array(r->arena, node->n, sizeof *pairs);
    for (size_t i = 0; i < node->n; i++)
        pairs[i] = &node->pairs[i];
    qsort(pairs, node->n, sizeof *pairs, compare_pairs);
    const struct pair *first = pairs[0];
    for (size_t i = 1; i < node->n; i++) {
        struct str text = pairs[i]->key->text;
        if (!str_equal(text, first->key->text)) {
            first = pairs[i];
            continue;
        }
        fail_duplicate(r, first, pairs[i]);
        is_second[pairs[i] - node->pairs] = true;
    }
    size_t n = 0;
    for (size_t i = 0; i < node->n; i++)
        if (!is_second[i])
            node->pairs[n++] = node->pairs[i];
    node->n = n;
}

/* What is missing from the mapping may be where an error was. */
static void doubt_mapping(struct reading *r, struct node *node)
{
    node->is_doubtful = true;
    diag_silence(r->diag, node->span, BIT(MISSING_KEY));
}

/* A mapping while merge keys are resolved. */
struct merge {
    struct reading *reading;
    struct arena scratch;
    struct table keys; /* that the result has or will have */
    struct pair *pairs;
    size_t n;
    bool is_doubtful; /* there was an error, or one of the mappings is doubtful */
};

static void append_pair(struct merge *m, const struct pair *pair)
{
    m->pairs = arena_grow(&m->scratch, m->pairs, m->n, sizeof *m->pairs);
    m->pairs[m->n++] = *pair;
}

static void merge_mapping(struct merge *m, const struct node *from)
{
    struct reading *r = m->reading;
    m->is_doubtful |= from->is_doubtful;
    if (from->kind != NODE_MAPPING) {
        m->is_doubtful = true;
        diag_error(r->diag, CHECK_MERGE, from->span,
                   "'<<' takes a mapping or a list of mappings, not %s",
                   yaml_describe(from));
        return;
    }
    if (r->n_merged > YAML_MERGED_MAX)
        return;
    r->n_merged += from->n;
    if (r->n_merged > YAML_MERGED_MAX) {
        diag_error(r->diag, CHECK_MERGE, from->span,
                   "the merge keys of the spec copy more than %d keys",
                   YAML_MERGED_MAX);
        return;
    }
    for (size_t i = 0; i < from->n; i++) {
        if (table_find(&m->keys, from->pairs[i].key->text))
            continue;
        table_put(&m->keys, from->pairs[i].key->text, &from->pairs[i]);
        append_pair(m, &from->pairs[i]);
    }
}

static bool is_merge_key(const struct node *key)
{
    return key->is_plain && str_equal(key->text, STR("<<"));
}

static void merge_value(struct merge *m, const struct node *value)
{
    if (value->kind != NODE_SEQUENCE) {
        merge_mapping(m, value);
        return;
    }
    for (size_t i = 0; i < value->n; i++)
        merge_mapping(m, value->items[i]);
}

/* Takes over the pairs of the result; the '<<' is no level of its own any more. */
static void set_pairs(struct node *node, const struct merge *m)
{
    node->n = m->n;
    node->pairs = arena_array(m->reading->arena, m->n, sizeof *m->pairs);
    node->height = 1;
    for (size_t i = 0; i < m->n; i++) {
        node->pairs[i] = m->pairs[i];
        raise_height(node, m->pairs[i].value);
    }
}

/* Puts the pairs of the mappings that '<<' names in its place. */
static void resolve_merge(struct reading *r, struct node *node)
{
    size_t at = 0;
    while (at < node->n && !is_merge_key(node->pairs[at].key))
        at++;
    if (at == node->n)
        return;
    struct merge m = {.reading = r};
    m.keys.arena = &m.scratch;
    for (size_t i = 0; i < node->n; i++)
        table_put(&m.keys, node->pairs[i].key->text, &node->pairs[i]);
    for (size_t i = 0; i < node->n; i++) {
        if (i == at)
            merge_value(&m, node->pairs[i].value);
        else
            append_pair(&m, &node->pairs[i]);
    }
    set_pairs(node, &m);
    if (m.is_doubtful)
        doubt_mapping(r, node);
    arena_free(&m.scratch);
}

/* What is left to do when all pairs are there. */
static void settle_pairs(struct reading *r, struct node *node, bool is_flow)
{
    if (node->n == 1 && is_expression(node, node->pairs[0].key)) {
        refuse_expression(r, node, node->pairs[0].key);
        return;
    }
    refuse_keys(r, node);
    if (is_flow)
        trap_join_values(node, r->arena, r->diag);
    refuse_duplicates(r, node);
    resolve_merge(r, node);
}

static struct node *read_mapping(struct reading *r, size_t depth)
{
    struct anchor *anchor;
    bool is_flow = r->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    struct node *node = start_node(r, NODE_MAPPING, &anchor);
    node->height = 1;
    r->n_flow += is_flow;
    next_event(r);
    while (r->event.type != YAML_MAPPING_END_EVENT)
        if (!read_pair(r, depth, node))
            return NULL;
    end_collection(r, node, is_flow);
    settle_pairs(r, node, is_flow);
    r->n_flow -= is_flow;
    return finish_node(r, node, anchor);
}

/* Reads the node that starts with the current event, up to its last event. NULL when
 * reading has failed. */
static struct node *read_node(struct reading *r, size_t depth)
{
    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        return read_alias(r, depth);
    case YAML_SCALAR_EVENT:
        return read_scalar(r);
    case YAML_SEQUENCE_START_EVENT:
        return depth > YAML_DEPTH_MAX ? fail_depth(r, event_span(r))
                                      : read_sequence(r, depth);
    case YAML_MAPPING_START_EVENT:
        return depth > YAML_DEPTH_MAX ? fail_depth(r, event_span(r))
                                      : read_mapping(r, depth);
    default:
        return NULL;
    }
}

static void fail_empty(struct reading *r)
{
    struct diagnostic *error = diag_error(
        r->diag, CHECK_EMPTY, (struct span){r->source, 0, 0}, "the spec is empty");
    diag_hint(r->diag, error, "start with the line 'krgen: 1'");
}

/* Whether the tree says something: a spec that is only "~" is empty. */
static bool is_content(struct reading *r, const struct node *root)
{
    if (root->kind != NODE_SCALAR || yaml_scalar_type(root) != SCALAR_NULL)
        return true;
    if (!root->is_doubtful)
        fail_empty(r);
    return false;
}

/* Goes on behind the root. False when reading fails there: then it is not known what
 * belongs to the root. */
static bool finish_document(struct reading *r, struct node *root)
{
    next_event(r); /* the end of the document */
    if (r->event.type == YAML_DOCUMENT_END_EVENT)
        next_event(r);
    if (r->event.type == YAML_DOCUMENT_START_EVENT) {
        diag_error(r->diag, CHECK_DOCUMENTS, event_span(r),
                   "a second document starts here; a spec is one document");
        doubt_mapping(r, root);
    }
    return r->event.type != YAML_NO_EVENT;
}

static struct node *read_document(struct reading *r)
{
    next_event(r); /* the start of the stream */
    if (r->event.type == YAML_STREAM_START_EVENT)
        next_event(r);
    if (r->event.type == YAML_STREAM_END_EVENT)
        fail_empty(r);
    if (r->event.type != YAML_DOCUMENT_START_EVENT)
        return NULL;
    next_event(r);
    struct node *root = read_node(r, 1);
    if (!root || !is_content(r, root) || !finish_document(r, root))
        return NULL;
    return root;
}

bool yaml_read(const struct source *source, struct node **root, struct arena *arena,
               struct diag *diag)
{
    if (!encoding_check(source, diag))
        return false;
    struct reading r = {
        .source = source, .arena = arena, .diag = diag, .anchors = {.arena = arena}};
    if (!yaml_parser_initialize(&r.parser))
        arena_exhausted();
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)source->text.at,
                                 source->text.len);
    *root = read_document(&r);
    yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return *root && r.n_merged <= YAML_MERGED_MAX && diag->n_errors <= DIAG_MAX;
}
