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

struct constraint;
struct dfa;
struct regex;

/* A value that a template takes from the path, or a route from the query. One of the
 * query may hold any text, like a catch-all, and counts as one. */
struct parameter {
    struct located name;
    struct located constraints; /* as written, "int:range(1,99)"; empty without any */
    bool is_catch_all;
    bool may_be_absent; /* {x?} and {x=v}, and every catch-all of a template */
    bool has_default;   /* {x=v} */
    struct located default_value; /* in place of an absent value */
    const struct constraint *constraint_list;
    size_t n_constraints;
    const struct regex *language; /* of its values; set by values_build() */
    const struct dfa *dfa;        /* likewise */
};

/* A piece of a segment: a literal text, or a parameter where there is one. */
struct part {
    struct str literal; /* decoded UTF-8 */
    struct parameter *parameter;
    const struct dfa *dfa; /* of its text; set by values_build() in mixed segments */
};

/* ASP.NET's order of specificity, which decides segment by segment. */
enum segment_rank {
    RANK_LITERAL = 1,
    RANK_CONSTRAINED, /* a parameter with constraints, or several parts */
    RANK_PARAMETER,
    RANK_CONSTRAINED_CATCH_ALL,
    RANK_CATCH_ALL,
};

/* What stands between two slashes of a template. "/" has one segment, an empty literal;
 * so has what follows a trailing slash. */
struct segment {
    struct span span;
    enum segment_rank rank;
    struct part *parts; /* one, except in mixed segments; none in an empty one */
    size_t n_parts;
    bool has_optional_end; /* its last two parts, '.' and a parameter, may be absent */
    struct str shape;      /* equal shapes match alike; set by values_build() */
    const struct dfa *dfa; /* of its text, for a catch-all with slashes; likewise */
    bool needs_division;   /* no marks of re2c divide it; likewise */
};

struct template
{
    struct located source; /* as written, from the first '/' */
    struct segment *segments;
    size_t n_segments;
    struct parameter **parameters; /* from left to right */
    size_t n_parameters;
};

/* What a value of a response is, beyond its text. */
enum value_type {
    VALUE_TEXT,
    VALUE_INTEGER,
    VALUE_NUMBER,
    VALUE_BOOLEAN,
};

/* What stands between two '??' of an expression. */
struct operand {
    struct located source; /* as written: path.id, 'none', 1 */
    bool is_literal;       /* else the name of a variable */
    enum value_type type;  /* of a literal, */
    struct str value;      /* and the literal without quotes */
};

enum filter {
    FILTER_URL,
    FILTER_HTML,
    FILTER_JSON,
};

/* {{path.id ?? 0 | url}}: the first operand that is there, filtered. */
struct expression {
    struct span span;
    struct operand *operands; /* at least one */
    size_t n_operands;
    enum filter *filters; /* in their order */
    size_t n_filters;
    bool is_value; /* all of a string in JSON, which it replaces with its quotes */
};

/* The expressions of a text, and the places in it where their values go. */
struct insert {
    size_t at;
    const struct expression *expression;
};

struct inserts {
    struct insert *list;
    size_t n;
};

/* How values of expressions are escaped in a body. */
enum escaping {
    ESCAPING_NONE,      /* not at all */
    ESCAPING_JSON,      /* a string in JSON that krgen writes, */
    ESCAPING_JSON_TEXT, /* or in JSON that the user has written */
    ESCAPING_MARKUP,    /* HTML or XML */
};

struct header {
    struct located name;
    struct located value; /* without expressions */
    struct inserts inserts;
    bool is_default; /* one of spec->defaults that the response does not set itself */
};

struct disk_file;

/* The files that a route's catch-all chooses from. */
struct directory {
    const struct disk_file *files; /* by the bytes of their names */
    size_t n_files;
    struct str index; /* the name of what stands for its folder; empty: nothing does */
};

/* The C function that answers in place of a body. */
struct handler {
    struct located name; /* empty without one */
    bool is_blocking;    /* it may wait */
    bool is_streamed;    /* another function takes the request's body in pieces */
};

struct response {
    struct handler handler;
    int status;
    struct span status_span; /* of the response where no status is given */
    struct header *headers;
    size_t n_headers;
    bool has_body; /* a body key is present */
    struct span body_span;
    struct str body;           /* without expressions */
    struct inserts inserts;    /* in the body */
    enum escaping escaping;    /* the body, for these */
    struct located media_type; /* of the body; empty without one */
    bool omits_etag;           /* of krgen, and with it conditions and ranges */
    bool omits_gzip;
    const struct directory *directory; /* has the bodies; NULL without one */
    bool is_download;                  /* each file of it is to be saved */
    bool has_delay;
    int delay_min_ms; /* before it is sent, and */
    int delay_max_ms; /* the most where it varies */
};

/* How many calls of a route a run is to see. */
struct expectation {
    bool is_given;
    struct span span;
    int min;
    int max; /* INT_MAX: no limit */
};

struct route {
    struct span span;        /* of the key, or of the list item's path */
    struct located *methods; /* at least one, each once */
    size_t n_methods;
    struct template template;
    bool has_query;           /* `query` is there: no other parameters are in scope */
    struct parameter **query; /* the parameters of the query, in the spec's order */
    size_t n_query;
    struct expectation expectation;
    struct response response;
};

/* What becomes of a path that differs from a route's in a slash at its end. */
enum trailing_slash {
    TRAILING_SLASH_STRICT,   /* it is another path */
    TRAILING_SLASH_IGNORE,   /* one slash more than the template is passed over */
    TRAILING_SLASH_REDIRECT, /* the client is sent to the route's form */
};

struct matching {
    bool ignore_case; /* of ASCII letters, anywhere in templates */
    enum trailing_slash trailing_slash;
};

/* What clients may ask of the server, in the order in which people are told. */
enum limit_name {
    LIMIT_REQUEST_LINE, /* bytes */
    LIMIT_HEAD,         /* bytes */
    LIMIT_FIELDS,
    LIMIT_BODY, /* bytes */
    LIMIT_CONNECTIONS,
    LIMIT_INSTANCES,
    LIMIT_HEAD_TIMEOUT, /* milliseconds, as all that follow */
    LIMIT_BODY_TIMEOUT,
    LIMIT_IDLE,
    LIMIT_WRITE_TIMEOUT,
    LIMIT_DRAIN,
    N_LIMITS
};

struct limit {
    const char *name;
    int value;
    struct located source; /* as written; without a source where it is the default */
};

/* What is kept of the requests of a run. */
struct journal {
    int entries;
    int body;                 /* bytes of each */
    struct located *redacted; /* names of headers, as written */
    size_t n_redacted;
};

/* Who may connect, besides those who may in any case. */
enum access_level {
    ACCESS_USER, /* nobody */
    ACCESS_ADMINS,
    ACCESS_LOCAL_USERS,
    ACCESS_SDDL, /* whom the descriptor names */
};

struct sddl;

struct access {
    enum access_level level;
    struct span level_span;  /* without a source where it is the default */
    const struct sddl *sddl; /* NULL at other levels, and after an error */
    struct located *allowed; /* groups by name, and SIDs in numbers */
    size_t n_allowed;
};

/* A source file of the user's, C or C++. */
struct handler_file {
    struct located name; /* as written: relative to the spec's folder */
    const char *path;    /* to open it by */
    bool is_cxx;
};

/* The functions of the user. */
struct handlers {
    bool is_given; /* the key is there, perhaps misspelt */
    struct handler_file *files;
    size_t n_files;
    struct located init; /* names of functions; empty without one */
    struct located shutdown;
};

struct spec {
    const struct source *source;
    struct located name; /* the file's stem, with an empty span, where none is given */
    struct located pipe;
    struct matching matching;
    struct access access;
    struct handlers handlers;
    int workers; /* threads that serve; 0: half of the processors */
    struct limit limits[N_LIMITS];
    struct journal journal;
    bool has_date;            /* responses carry Date */
    struct response defaults; /* headers and delay, which the routes have got already */
    struct route *routes;     /* in the order of the spec */
    size_t n_routes;
    struct span routes_span;
    struct route *unmatched; /* answers where no route does, without methods and
                                template of its own; NULL: the server itself does */
    struct str *paths; /* of the files and folders that were read, in this order */
    size_t n_paths;
};

#endif
