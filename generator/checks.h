/* Every check that a spec can fail: its stable name and what it asks for.
 *
 * X(identifier, name, after, meaning). The name stands in brackets behind each message.
 * `after` holds the prerequisites: where one of these checks has failed on the same
 * subject, a route or the whole spec, this one stays silent, so that no message is the
 * consequence of another; a check among its own prerequisites is told once. checks.md
 * explains each check for `krgen explain`. */
#ifndef KRGEN_CHECKS_H
#define KRGEN_CHECKS_H

#include <stdint.h>

/* The check as an element of a set, which has room for the first 64 of them. */
#define BIT(check) (UINT64_C(1) << CHECK_##check)
#define EVERY_CHECK UINT64_MAX

/* A template was read as far as its values need it, then its values are known, then
 * the route can be compared with others. */
#define AFTER_TEMPLATE                                                                 \
    (BIT(TEMPLATE) | BIT(OPTIONAL) | BIT(CATCH_ALL) | BIT(CONSTRAINT) |                \
     BIT(CONSTRAINT_ARGUMENT) | BIT(REGEX))
#define AFTER_VALUES (AFTER_TEMPLATE | BIT(NO_VALUE) | BIT(COMPLEX))
#define AFTER_NAMES (AFTER_TEMPLATE | BIT(PARAMETER_NAME) | BIT(ROUTE_KEY))
#define AFTER_ROUTE (AFTER_VALUES | BIT(PARAMETER_NAME) | BIT(METHOD) | BIT(ROUTE_KEY))

#define CHECKS(X)                                                                      \
    X(ENCODING, "encoding", 0, "a spec is UTF-8 text")                                 \
    X(SYNTAX, "yaml-syntax", 0, "a spec is well-formed YAML")                          \
    X(TRAP, "yaml-trap", 0, "a text with { } , or # in a flow mapping is quoted")      \
    X(EMPTY, "empty-spec", 0, "a spec holds one mapping")                              \
    X(DOCUMENTS, "several-documents", 0, "a spec is a single YAML document")           \
    X(TAG, "yaml-tag", 0, "YAML tags have no meaning in a spec")                       \
    X(ALIAS, "unknown-alias", 0, "an alias names an anchor that stands before it")     \
    X(DEPTH, "too-deep", 0, "a spec nests at most 64 levels")                          \
    X(DUPLICATE_KEY, "duplicate-key", 0, "a key stands once in its mapping")           \
    X(MERGE, "merge-key", 0, "a merge key (<<) takes mappings")                        \
    X(UNKNOWN_KEY, "unknown-key", 0, "every key is part of the language")              \
    X(UNSUPPORTED, "not-supported-yet", 0, "the language has it, this krgen does not") \
    X(TYPE, "wrong-type", 0, "every value has the kind that its key asks for")         \
    X(VALUE, "unknown-value", 0, "a value is one of those that its key takes")         \
    X(UNIT, "unit", 0, "a size or a duration is a whole number and a unit")            \
    X(MISSING_KEY, "missing-key", 0, "required keys are present")                      \
    X(VERSION, "language-version", 0, "krgen names the language version, 1")           \
    X(NAME, "program-name", 0, "a program's name is a portable file name")             \
    X(PIPE_NAME, "pipe-name", 0, "a pipe's name is valid on every system")             \
    X(LIMIT, "limit", 0, "a limit is within its bounds")                               \
    X(LIMITS_CONFLICT, "limits-conflict",                                              \
      BIT(LIMIT) | BIT(UNIT) | BIT(TYPE) | BIT(UNKNOWN_KEY),                           \
      "no limit exceeds another one that it is part of")                               \
    X(ACCESS_CONFLICT, "access-conflict", 0,                                           \
      "one key of 'access' says who may connect")                                      \
    X(ALLOW, "allow", 0, "an entry of 'allow' is a group or a SID, and stands once")   \
    X(SID, "sid", 0, "a SID is well-formed")                                           \
    X(SDDL, "sddl", 0, "a security descriptor is one that a pipe can have")            \
    X(SDDL_OPEN, "sddl-open", 0, "a security descriptor keeps anybody out")            \
    X(ACCESS_WIDE, "access-wide", 0, "warning: not everybody should be let in")        \
    X(ACCESS_RIGHTS, "access-rights", 0,                                               \
      "warning: who may connect should not take over the pipe")                        \
    X(HANDLER_FILE, "handler-file", 0,                                                 \
      "a file of handlers is a source of C or C++ that exists")                        \
    X(NO_ROUTES, "no-routes", 0, "a server has at least one route")                    \
    X(ROUTE_KEY, "route-key", 0, "a route's key is METHOD /template")                  \
    X(METHOD, "method", 0, "a method is an HTTP token in capitals")                    \
    X(TEMPLATE, "route-template", 0, "a route template is well-formed")                \
    X(PARAMETER_NAME, "parameter-name", 0,                                             \
      "a parameter has a name of letters, digits and '_'")                             \
    X(DUPLICATE_PARAMETER, "duplicate-parameter", 0,                                   \
      "a parameter stands once in its template")                                       \
    X(OPTIONAL, "optional-parameter", 0, "what may be absent stands at the end")       \
    X(CATCH_ALL, "catch-all", 0, "a catch-all is the last segment, alone")             \
    X(CONSTRAINT, "unknown-constraint", 0, "every constraint is part of the language") \
    X(CONSTRAINT_ARGUMENT, "constraint-argument", 0,                                   \
      "a constraint has the argument that it needs")                                   \
    X(REGEX, "regex", 0, "a regex is one that an automaton can decide")                \
    X(NO_VALUE, "no-value", AFTER_TEMPLATE, "some value satisfies all constraints")    \
    X(COMPLEX, "too-complex", AFTER_TEMPLATE,                                          \
      "constraints fit an automaton of bounded size")                                  \
    X(DEFAULT_VALUE, "default-value", AFTER_VALUES,                                    \
      "a default satisfies the constraints")                                           \
    X(DUPLICATE_ROUTE, "duplicate-route", AFTER_ROUTE,                                 \
      "no two routes match the same requests")                                         \
    X(AMBIGUOUS, "ambiguous-route", AFTER_ROUTE,                                       \
      "of routes that match one path, one is more specific")                           \
    X(UNREACHABLE, "unreachable-route",                                                \
      AFTER_ROUTE | BIT(DUPLICATE_ROUTE) | BIT(AMBIGUOUS) | BIT(UNREACHABLE),          \
      "every route is the best for some path")                                         \
    X(BODY_CONFLICT, "body-conflict", 0, "a response has at most one body")            \
    X(BODY_FORBIDDEN, "body-forbidden", BIT(STATUS),                                   \
      "a 204, 205 or 304 response has no body")                                        \
    X(STATUS, "status", 0, "a status is a number from 200 to 599")                     \
    X(HEADER_NAME, "header-name", 0, "a header's name is an HTTP token")               \
    X(HEADER_VALUE, "header-value", 0, "a header value has no control characters")     \
    X(HEADER_RESERVED, "header-reserved", 0, "framing headers are the server's own")   \
    X(DUPLICATE_HEADER, "duplicate-header", 0, "a header stands once in its response") \
    X(VALIDATOR, "validator", BIT(HEADER_VALUE),                                       \
      "an ETag is an entity tag, Last-Modified a date")                                \
    X(EXPRESSION, "expression", 0, "an expression is well-formed")                     \
    X(VARIABLE, "unknown-variable", AFTER_NAMES,                                       \
      "a variable is one that the route can provide")                                  \
    X(EXPRESSION_TYPE, "expression-type", AFTER_NAMES | BIT(VARIABLE),                 \
      "all that an expression in json can be has one type")                            \
    X(EXPRESSION_PLACE, "expression-place", AFTER_NAMES | BIT(VARIABLE),               \
      "a value stands where it cannot become more than a value")                       \
    X(MEDIA_TYPE, "media-type", 0, "a type is a media type such as text/csv")          \
    X(HEADERS_SIZE, "headers-size", 0, "the headers of a response stay below 8 KiB")   \
    X(BASE64, "base64", 0, "base64 is padded and has the standard alphabet")           \
    X(REDIRECT, "redirect", 0, "a redirect leads to a URL or a path")                  \
    X(FILE, "file", 0, "a file is there, and within the folder of the spec")           \
    X(DIR, "dir", AFTER_TEMPLATE,                                                      \
      "a folder has files, and its route chooses one of them")                         \
    X(JSON_NUMBER, "json-number", 0, "a number in json is one that JSON can write")    \
    X(JSON_KEY, "json-key", 0, "a key in json is a string")                            \
    X(JSON_SIZE, "json-size", 0, "a json body stays below 16 MiB")                     \
    X(SIZE, "spec-size", 0, "all responses together stay below 64 MiB")                \
    X(HANDLER_NAME, "handler-name", 0,                                                 \
      "a handler is a C function that nothing else is called like")                    \
    X(HANDLER_RESPONSE, "handler-response", 0,                                         \
      "a handler sets status and headers itself")                                      \
    X(HANDLER_PARAMETERS, "handler-parameters",                                        \
      AFTER_ROUTE | BIT(DUPLICATE_PARAMETER) | BIT(DEFAULT_VALUE),                     \
      "all routes of a handler give it the same parameters")                           \
    X(EXPECT, "expect", 0, "an expectation is a number of calls or a range of them")   \
    X(REDACT, "redact", 0, "an entry of 'redact' is a header's name, and stands once")

enum check {
#define CHECK_ID(id, name, after, meaning) CHECK_##id,
    CHECKS(CHECK_ID)
#undef CHECK_ID
        N_CHECKS
};

#endif
