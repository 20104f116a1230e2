/* The meaning of a spec, without YAML and without C: made by read.c, judged by check.c,
 * immutable afterwards. Everything lives in the generator's arena. */
#ifndef KRGEN_MODEL_H
#define KRGEN_MODEL_H

#include "source.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>

/* A text of the spec and where it stands. */
struct located {
    struct str text;
    struct span span;
};

enum segment_kind {
    SEGMENT_LITERAL,
    SEGMENT_PARAMETER,
};

/* One part of a path between slashes. "/" has one segment, the empty literal; so has
 * what follows a trailing slash. */
struct segment {
    enum segment_kind kind;
    struct str text; /* the literal, or the parameter's name */
    struct span span;
};

struct template
{
    struct located source; /* as written, from the first '/' */
    struct segment *segments;
    size_t n_segments;
};

struct header {
    struct located name;
    struct located value;
};

struct response {
    int status;
    struct span status_span; /* of the response where no status is given */
    struct header *headers;
    size_t n_headers;
    bool has_body; /* a body key is present */
    struct span body_span;
    struct str body;
    struct located media_type; /* of the body; empty without one */
};

struct route {
    struct span span;        /* of the key, or of the list item's path */
    struct located *methods; /* at least one, each once */
    size_t n_methods;
    struct template template;
    struct response response;
};

struct spec {
    const struct source *source;
    struct located name; /* the file's stem, with an empty span, where none is given */
    struct located pipe;
    struct route *routes; /* in the order of the spec */
    size_t n_routes;
    struct span routes_span;
};

#endif
