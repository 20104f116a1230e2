/* What a generated server hands to the runtime: data only, all of it constant.
 *
 * krgen emits one `const struct krt_program krt_program`; entry_linux.c and
 * entry_windows.c start it. Everything a pointer here points to is static. */
#ifndef KRT_TABLES_H
#define KRT_TABLES_H

#include "krt.h"

/* Bytes that somebody else owns. */
struct krt_bytes {
    const void *data;
    size_t len;
};

/* A string literal as a struct krt_bytes initialiser, without its NUL. */
#define KRT_LITERAL(text)                                                              \
    {                                                                                  \
        (text), sizeof(text) - 1                                                       \
    }

/* Bytes of a connection's memory, valid until it moves. */
struct krt_slice {
    const unsigned char *at;
    size_t len;
};

/* What krgen lets a spec have, so that every Allow field fits a response head: methods
 * in all, HEAD included, and characters of one. */
enum { KRT_METHODS_MAX = 64, KRT_METHOD_NAME_MAX = 32 };

/* The longest response head (status line and fields, without Date, Connection and
 * the empty line) that krgen lets a spec have, in bytes. */
#define KRT_RESPONSE_HEAD_MAX 8192

/* A body in one form, plain or compressed, and the head of the response that carries it
 * whole. The fields of the head are in an order of which parts can be taken for other
 * responses: after the status line and Content-Length come those that a 304 repeats
 * (RFC 9110 section 15.4.5), then the others, then Content-Type. */
struct krt_representation {
    struct krt_bytes head;   /* status line and fields, each with its CRLF */
    struct krt_bytes body;   /* sent with any method but HEAD */
    unsigned short kept_at;  /* in the head, where the fields of a 304 start */
    unsigned short kept_end; /* and end */
    unsigned short type_at;  /* where Content-Type starts, or the head ends */
    const char *etag; /* as in the field; NULL: conditions and Range are ignored */
};

/* The longest boundary (RFC 2046 section 5.1.1). */
enum { KRT_BOUNDARY_MAX = 70 };

/* A response whose every byte was known at generation (RFC 9112 section 4). */
struct krt_response {
    int status;
    struct krt_representation plain;
    const struct krt_representation *gzip; /* NULL where it would not be smaller */
    /* Stands between the parts that several ranges ask for, and in no body; NULL: Range
     * is ignored. */
    const char *boundary;
    bool has_last_modified;
    int64_t last_modified; /* in Unix seconds */
};

/* A parameter of a route's template. */
struct krt_parameter {
    const char *name;
    const char *constraints; /* as written: "int:range(1,99)"; NULL without any */
    /* Whether `value` satisfies them, which a NUL ends, or a '/' where the parameter is
     * no catch-all; NULL without any. */
    bool (*accepts)(const unsigned char *value);
    const char *default_value; /* in place of an absent value; NULL without one */
};

/* Marks in krt_route.pattern; every other byte stands for itself. */
enum {
    KRT_PATTERN_VALUE = 1, /* a parameter: one or more bytes other than '/' */
    KRT_PATTERN_REST = 2,  /* a catch-all: any bytes, to the end */
    KRT_PATTERN_END = 3,   /* the segment, or the path at its end, may end here */
};

struct krt_conn;
struct krt_exchange;

/* Answers a request at run time, and takes a piece of its body; see exchange.h. */
typedef int (*krt_answer_fn)(struct krt_exchange *exchange, const void *data);
typedef int (*krt_take_fn)(struct krt_exchange *exchange, const void *data,
                           struct krt_str piece);

/* A parameter of the query. `accepts` takes any text up to a NUL. */
struct krt_query_parameter {
    struct krt_parameter parameter;
    bool is_required;
};

/* What a route asks of the query of its requests. */
struct krt_query {
    /* Reads the query of the request to exchange->query_values. False where it is not
     * as it must be; then exchange->made says so. */
    bool (*read)(struct krt_exchange *exchange, const struct krt_query *query);
    const struct krt_query_parameter *parameters; /* in the order of the spec */
    size_t n_parameters;
};

/* How many calls of a route a run is to see. */
struct krt_expectation {
    int line; /* in the spec, 1-based */
    unsigned min;
    unsigned max; /* KRT_CALLS_ANY: no limit */
};

enum { KRT_CALLS_ANY = 2147483647 };

/* One route of the spec. */
struct krt_route {
    const char *name;    /* as written: "GET,POST /users/{id:int}" */
    const char *pattern; /* its template, without names and constraints */
    const struct krt_parameter *parameters; /* from left to right */
    size_t n_parameters;
    int line;                      /* in the spec, 1-based */
    bool keeps_body;               /* the answer needs all of the request's body */
    const struct krt_query *query; /* read before any answer; NULL without */
    /* What answers with `answer_data`, static data of its own kind; NULL: `response`
     * does, as it is. */
    krt_answer_fn answer;
    const void *answer_data;
    /* Whether there is nothing that `values`, those of `path`, name, which makes a
     * request one for an unknown path; NULL: it never is. */
    bool (*lacks)(const struct krt_route *route, struct krt_slice path,
                  const struct krt_slice *values);
    /* Is given each piece of a request's body as it arrives, with `answer_data`, before
     * the answer is made; NULL: the body is kept or dropped. */
    krt_take_fn take;
    /* The answer is given so many milliseconds after the request has come; a random
     * number of them where the two differ. */
    int delay_min_ms;
    int delay_max_ms;
    const struct krt_expectation *expected; /* NULL where any number will do */
    struct krt_response response;
};

/* A handler of the user, the `answer_data` of krt_answer_handler(). Its route keeps the
 * body or, where the handler is streamed, has krt_take_handler() take it. */
struct krt_handler {
    /* Generated: gives the user's function its parameters. */
    int (*call)(struct krt_exchange *exchange);
    /* Likewise, for each piece of a streamed body; or NULL. */
    int (*take)(struct krt_exchange *exchange, struct krt_str piece);
    bool is_blocking; /* both run on threads where they may wait; see `blocking` of the
                         program */
};

int krt_answer_handler(struct krt_exchange *exchange, const void *handler);
int krt_take_handler(struct krt_exchange *exchange, const void *handler,
                     struct krt_str piece);

/* Begins an exchange where the route that was found needs one. */
void krt_begin_exchange(struct krt_conn *conn);

/* The threads of blocking handlers; see pool.h. */
struct krt_pool;
extern const struct krt_pool krt_pool;

/* The most parameters that a route has. */
enum { KRT_PARAMETERS_MAX = 32 };

/* Answers of krt_method_fn that are not an index into krt_program.methods. */
enum {
    KRT_METHOD_UNUSED = -1,  /* defined by HTTP, used by no route */
    KRT_METHOD_UNKNOWN = -2, /* neither HTTP nor the spec knows it */
};

/* The answer of krt_match_fn when no route matches. */
enum { KRT_NO_ROUTE = -1 };

/* Reads the method at `line`, the first byte of a request line, up to its space.
 * Stops at the first byte that cannot continue a method, so the line must hold one
 * (RFC 9112 section 3). */
typedef int (*krt_method_fn)(const unsigned char *line);

/* Finds the route of `path`, which is decoded, starts with '/' and ends with a NUL.
 * Returns an index into krt_program.routes or KRT_NO_ROUTE. Of a route that is found
 * the values of its parameters are in `values`, each a slice of the path, or NULL where
 * it is absent; `values` has room for KRT_PARAMETERS_MAX and may be written to in any
 * case. */
typedef int (*krt_match_fn)(const unsigned char *path, struct krt_slice *values);

/* The value between two marks that a matcher set, both NULL where it is absent. */
static inline struct krt_slice krt_value(const unsigned char *at,
                                         const unsigned char *end)
{
    return (struct krt_slice){at, at ? (size_t)(end - at) : 0};
}

/* A method that some route of the spec answers. HEAD is among them where GET is. */
struct krt_method {
    const char *name;
    krt_match_fn match;
};

/* What becomes of a path that differs from a route's in a slash at its end. */
enum krt_trailing_slash {
    KRT_TRAILING_SLASH_STRICT,   /* it is another path */
    KRT_TRAILING_SLASH_IGNORE,   /* the matchers pass over one */
    KRT_TRAILING_SLASH_REDIRECT, /* 308 to the other form, where that has a route */
};

/* How much clients may ask of the server: of each the most that is allowed. */
struct krt_limits {
    size_t request_line; /* bytes, its CRLF included; more are 414 */
    size_t head;         /* bytes, request line and empty line included; else 431 */
    int fields;          /* field lines; more are 431 */
    uint64_t body;       /* bytes, with their framing where chunked; more are 413 */
    int connections; /* served at once, 1 to 10000; for one more an idle one yields */
    int instances;   /* of the pipe, armed ahead; 1 to 254 */
    int head_ms;     /* milliseconds from the first byte of a head to its end, */
    int body_ms;     /* between two pieces of a body, */
    int idle_ms;     /* between two requests, */
    int write_ms;    /* for one write, */
    int drain_ms;    /* for what a rejected client still sends, or a stop */
};

/* Who may connect besides the server's own user, who always may, as may the system and
 * on Linux root. */
enum krt_access_level {
    KRT_ACCESS_USER, /* nobody else */
    KRT_ACCESS_ADMINS,
    KRT_ACCESS_LOCAL_USERS,
    KRT_ACCESS_SDDL, /* on Windows, whom the descriptor names */
};

/* The most entries that krt_access.allowed has. */
enum { KRT_ALLOWED_MAX = 64 };

struct krt_access {
    enum krt_access_level level;
    /* The pipe's security descriptor in Windows' language of that name, in which the
     * server puts its user's SID for each <user>, and entries for `allowed` in place of
     * <allowed>. */
    const char *sddl;
    /* Who may connect as well: groups by name, which must exist, and SIDs ("S-1-..."),
     * which mean something on Windows only. */
    const char *const *allowed;
    size_t n_allowed;
};

/* The environment variables that answers hold. */
struct krt_environment {
    /* Sets the values. Runs before the server does. */
    void (*load)(const struct krt_environment *environment);
    const char *const *names;
    const char **values; /* in UTF-8; NULL where there is no such variable */
    size_t n;
};

/* What is kept of the requests of a run. */
struct krt_journal_limits {
    size_t entries; /* in memory, at least 1; older ones are dropped */
    size_t body;    /* bytes of each body */
    /* The names of fields whose values are not shown, in lower case. */
    const char *const *redacted;
    size_t n_redacted;
};

struct krt_program {
    const char *name; /* the executable's name in messages */
    const char *spec; /* the spec's path as krgen was given it, if it is relative and
                         goes nowhere up; else its file name. With '/' on all systems */
    const char *pipe; /* short name, valid by krt_pipe_name_check() */
    const struct krt_route *routes;
    size_t n_routes;
    const struct krt_route *unmatched; /* answers in place of a 404; or NULL */
    const struct krt_method *methods;  /* in alphabetical order */
    size_t n_methods;
    krt_method_fn find_method;
    /* krt_begin_exchange() where a route has a query, an answer or a delay; NULL where
     * all answers are responses that are given at once. */
    void (*begin)(struct krt_conn *conn);
    const struct krt_pool *blocking; /* &krt_pool where a handler is; else NULL */
    /* The user's, or NULL: called before clients can connect, a number other than 0
     * ending the program, and when the last exchange has ended. */
    int (*init)(void **data);
    void (*shutdown)(void *data);
    enum krt_trailing_slash trailing_slash;
    bool has_date; /* responses carry Date (RFC 9110 section 6.6.1) */
    struct krt_limits limits;
    struct krt_access access;
    struct krt_journal_limits journal;
    int workers; /* threads that serve; 0: half of the processors */
    const struct krt_environment *environment; /* NULL where no answer holds any */
};

/* The program that was generated. */
extern const struct krt_program krt_program;

/* Runs `program` by its command line (arguments in UTF-8) and returns the process's
 * exit code: 0, 1 runtime error, 2 usage, 3 pipe name in use or denied. */
int krt_main(const struct krt_program *program, int argc, char **argv);

#endif
