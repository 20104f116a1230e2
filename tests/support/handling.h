/* Programs whose routes a test has written, as krgen would emit them. */
#ifndef TESTS_HANDLING_H
#define TESTS_HANDLING_H

#include "tables.h"

#include <stddef.h>

/* A program of `routes`, each of which answers GET, HEAD and POST for the path that its
 * pattern is. Its limits are those of the sample. One at a time, as they share what
 * matches. */
struct krt_program handling_program(const struct krt_route *routes, size_t n_routes);

/* A route to a handler: its path, and the struct krt_handler. The body is kept. */
#define HANDLED(path, its_handler)                                                     \
    {                                                                                  \
        .name = "GET " path, .pattern = (path), .line = 15, .keeps_body = true,        \
        .answer = krt_answer_handler, .answer_data = (its_handler)                     \
    }

/* The same where the handler takes the body. */
#define STREAMED(path, its_handler)                                                    \
    {                                                                                  \
        .name = "GET " path, .pattern = (path), .line = 15, .take = krt_take_handler,  \
        .answer = krt_answer_handler, .answer_data = (its_handler)                     \
    }

/* The response of a static route with `n`, the length of `text`. */
#define SAYS(text, n)                                                                  \
    .response = {                                                                      \
        .status = 200,                                                                 \
        .plain = {.head = KRT_LITERAL("HTTP/1.1 200 OK\r\nContent-Length: " n "\r\n"), \
                  .body = KRT_LITERAL(text)}}

#endif
