/* A small program as krgen would emit it, written by hand, and what it answers with. */
#ifndef TESTS_SAMPLE_H
#define TESTS_SAMPLE_H

#include "tables.h"

/* Routes, in the order of sample_program.routes. HEAD goes where GET goes. */
enum {
    SAMPLE_HELLO, /* GET /hello: a short text */
    SAMPLE_MAKE,  /* POST /hello: 201 */
    SAMPLE_LARGE, /* GET /large: more than KRT_OUTPUT_SIZE */
    SAMPLE_HUGE,  /* GET /huge: several times KRT_WRITE_MAX */
    SAMPLE_EMPTY, /* GET /empty: 204 */
    SAMPLE_GONE,  /* DELETE /gone: 410 without body */
    /* All of these are GET and answer with SAMPLE_SHORT. */
    SAMPLE_USER,   /* /users/{id:int}, of digits only */
    SAMPLE_POSTS,  /* /posts/{year:int=2024}/{slug?} */
    SAMPLE_FILE,   /* /files/{name}.{ext?} */
    SAMPLE_TREE,   /* /tree/{*path} */
    SAMPLE_FOLDER, /* /folder/ */
    SAMPLE_ANY,    /* /any/{first}/{last}/ */
    SAMPLE_PAGES, /* GET /pages: SAMPLE_PAGES_LEN bytes with validators, and "zipped" */
    SAMPLE_N_ROUTES,
};

enum {
    SAMPLE_LARGE_LEN = 40 * 1024,
    SAMPLE_HUGE_LEN = 200 * 1024,
    SAMPLE_PAGES_LEN = 60 * 1024
};

extern const struct krt_program sample_program;

/* The same with KRT_TRAILING_SLASH_REDIRECT. */
extern const struct krt_program sample_redirecting;

/* The same with a response for paths that no route has, SAMPLE_LOST_HEAD and its body.
 */
extern const struct krt_program sample_unmatched;

/* Fills the large bodies; to be called before they are looked at. */
void sample_init(void);

/* Heads of the responses, without Date, Connection and the empty line. */
#define SAMPLE_HELLO_HEAD                                                              \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"                   \
    "Content-Length: 21\r\n"
#define SAMPLE_HELLO_BODY "Hello over named pipe"
#define SAMPLE_MAKE_HEAD "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n"
#define SAMPLE_MAKE_BODY "made"
#define SAMPLE_LARGE_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 40960\r\n"
#define SAMPLE_HUGE_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 204800\r\n"
#define SAMPLE_EMPTY_HEAD "HTTP/1.1 204 No Content\r\n"
#define SAMPLE_GONE_HEAD "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n"
/* The fields of a 304 are those from Last-Modified to ETag. */
#define SAMPLE_PAGES_HEAD(length, tag)                                                 \
    "HTTP/1.1 200 OK\r\nContent-Length: " length "\r\n"                                \
    "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nETag: " tag "\r\n"                \
    "Accept-Ranges: bytes\r\nContent-Type: text/plain\r\n"
#define SAMPLE_SHORT_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
#define SAMPLE_SHORT_BODY "ok"
#define SAMPLE_LOST_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n"
#define SAMPLE_LOST_BODY "lost"

/* The time of the tests, the example of RFC 9110 section 5.6.7. */
#define SAMPLE_TIME 784111777

#endif
