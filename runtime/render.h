/* Answers that a spec writes with expressions: literal texts and values of the request
 * in turn. Sans-I/O. */
#ifndef KRT_RENDER_H
#define KRT_RENDER_H

#include "escape.h"
#include "exchange.h"

#include <stdbool.h>
#include <stddef.h>

/* The most bytes of one response; one that would have more is a 500. */
enum { KRT_RENDER_MAX = 64 * 1024 * 1024 };

/* One answer while it is made. */
struct krt_render {
    struct krt_exchange *exchange;
    struct krt_slice *values; /* of the sources before the current one */
    bool has_failed;
};

/* Where a value comes from. */
struct krt_source {
    /* Finds it; `at` is NULL where it is absent. What it points to is static, part of
     * the request or in the arena. Without memory sets render->has_failed. */
    struct krt_slice (*get)(struct krt_render *render, const struct krt_source *source);
    const char *text;     /* a name, or the value itself */
    size_t index;         /* of a value of the path or the query, or of a variable */
    size_t first;         /* a source before this one, */
    size_t second;        /* and another one */
    krt_escape_fn escape; /* of a filter */
};

/* A literal text, and the value that follows it. */
struct krt_op {
    struct krt_bytes literal;
    size_t source;        /* its index */
    krt_escape_fn escape; /* how it lands; NULL: no value follows */
};

/* The answer_data of krt_answer_template(). */
struct krt_template {
    int status;
    struct krt_bytes head;            /* status line and fields without expressions */
    const struct krt_source *sources; /* each is asked once for a response */
    size_t n_sources;
    const struct krt_op *fields; /* the others, each with its CRLF */
    size_t n_fields;
    const struct krt_op *body;
    size_t n_body;
};

/* A krt_answer_fn. A response over KRT_RENDER_MAX and a lack of memory make it fail. */
int krt_answer_template(struct krt_exchange *exchange, const void *data);

/* `number` in decimal, for functions that find values. */
struct krt_slice krt_render_number(struct krt_render *render, uint64_t number);

/* What krt_source.get can be. The text itself; a parameter of the path by its index, or
 * the text where it is absent; one of exchange->query_values; the first parameter of
 * the query called by the text, absent where it is malformed; a field and a cookie by
 * their names. */
struct krt_slice krt_get_text(struct krt_render *render,
                              const struct krt_source *source);
struct krt_slice krt_get_path_value(struct krt_render *render,
                                    const struct krt_source *source);
struct krt_slice krt_get_query_value(struct krt_render *render,
                                     const struct krt_source *source);
struct krt_slice krt_get_query(struct krt_render *render,
                               const struct krt_source *source);
struct krt_slice krt_get_header(struct krt_render *render,
                                const struct krt_source *source);
struct krt_slice krt_get_cookie(struct krt_render *render,
                                const struct krt_source *source);

/* The whole body, absent where it is empty; the method; the path, decoded. */
struct krt_slice krt_get_body(struct krt_render *render,
                              const struct krt_source *source);
struct krt_slice krt_get_method(struct krt_render *render,
                                const struct krt_source *source);
struct krt_slice krt_get_path(struct krt_render *render,
                              const struct krt_source *source);

/* The time as 2024-12-31T23:59:59Z. */
struct krt_slice krt_get_now(struct krt_render *render,
                             const struct krt_source *source);

/* 1 for the first response of the process that asks for it, 2 for the next. */
struct krt_slice krt_get_seq(struct krt_render *render,
                             const struct krt_source *source);

/* The value of source `first` or, where that is absent, of `second`; the value of
 * `first` as `escape` makes it, absent where it is absent and that makes nothing of it.
 */
struct krt_slice krt_get_either(struct krt_render *render,
                                const struct krt_source *source);
struct krt_slice krt_get_filtered(struct krt_render *render,
                                  const struct krt_source *source);

#endif
