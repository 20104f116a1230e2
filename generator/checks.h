/* Every check that a spec can fail: its stable name and what it asks for.
 *
 * X(identifier, name, meaning). The name stands in brackets behind each message. */
#ifndef KRGEN_CHECKS_H
#define KRGEN_CHECKS_H

#define CHECKS(X)                                                                      \
    X(ENCODING, "encoding", "a spec is UTF-8 text")                                    \
    X(SYNTAX, "yaml-syntax", "a spec is well-formed YAML")                             \
    X(EMPTY, "empty-spec", "a spec holds one mapping")                                 \
    X(DOCUMENTS, "several-documents", "a spec is a single YAML document")              \
    X(TAG, "yaml-tag", "YAML tags have no meaning in a spec")                          \
    X(ALIAS, "unknown-alias", "an alias names an anchor that stands before it")        \
    X(DEPTH, "too-deep", "a spec nests at most 64 levels")                             \
    X(DUPLICATE_KEY, "duplicate-key", "a key stands once in its mapping")              \
    X(MERGE, "merge-key", "a merge key (<<) takes mappings")                           \
    X(UNKNOWN_KEY, "unknown-key", "every key is part of the language")                 \
    X(UNSUPPORTED, "not-supported-yet", "the language has it, this krgen does not")    \
    X(TYPE, "wrong-type", "every value has the kind that its key asks for")            \
    X(MISSING_KEY, "missing-key", "required keys are present")                         \
    X(VERSION, "language-version", "krgen names the language version, 1")              \
    X(NAME, "program-name", "a program's name is a portable file name")                \
    X(PIPE_NAME, "pipe-name", "a pipe's name is valid on every system")                \
    X(NO_ROUTES, "no-routes", "a server has at least one route")                       \
    X(ROUTE_KEY, "route-key", "a route's key is METHOD /template")                     \
    X(METHOD, "method", "a method is an HTTP token in capitals")                       \
    X(TEMPLATE, "route-template", "a route template is well-formed")                   \
    X(DUPLICATE_ROUTE, "duplicate-route", "no two routes match the same requests")     \
    X(BODY_CONFLICT, "body-conflict", "a response has at most one body")               \
    X(BODY_FORBIDDEN, "body-forbidden", "a 204, 205 or 304 response has no body")      \
    X(STATUS, "status", "a status is a number from 200 to 599")                        \
    X(HEADER_NAME, "header-name", "a header's name is an HTTP token")                  \
    X(HEADER_VALUE, "header-value", "a header value has no control characters")        \
    X(HEADER_RESERVED, "header-reserved", "framing headers are the server's own")      \
    X(DUPLICATE_HEADER, "duplicate-header", "a header stands once in its response")    \
    X(MEDIA_TYPE, "media-type", "a type is a media type such as text/csv")             \
    X(HEADERS_SIZE, "headers-size", "the headers of a response stay below 8 KiB")      \
    X(JSON_NUMBER, "json-number", "a number in json is one that JSON can write")       \
    X(JSON_KEY, "json-key", "a key in json is a string")                               \
    X(JSON_SIZE, "json-size", "a json body stays below 16 MiB")                        \
    X(SIZE, "spec-size", "all responses together stay below 64 MiB")

enum check {
#define CHECK_ID(id, name, meaning) CHECK_##id,
    CHECKS(CHECK_ID)
#undef CHECK_ID
        N_CHECKS
};

#endif
