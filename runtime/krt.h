/* For the authors of handlers: C functions that answer routes of a spec. krgen writes
 * their prototypes and the structs of their parameters to NAME.h, which includes this
 * file; the functions are the user's.
 *
 * A handler answers one request of one exchange. It runs on the thread that serves its
 * client and must not wait for anything, as others are served by the same thread; where
 * the spec says `blocking: true` it runs on a thread for such handlers and may wait.
 * All that it gets, and what it takes by krt_take(), is valid until the exchange ends:
 * until it has returned anything but KRT_LATER, and the response is sent. An exchange
 * may end without a word to its handler in the middle of a body that is streamed to it,
 * when the client leaves, lets limits.body-timeout pass, sends chunks that are none or
 * more than limits.body, when memory runs out, and when the server stops; and in the
 * middle of one that it streams, when the client leaves or takes nothing for
 * limits.write-timeout, and when the server stops. So what an exchange needs belongs
 * into memory of krt_take(), which is given back in any case.
 *
 * When the server stops, exchanges have `limits.drain` to end. Handlers that are not
 * done by then, KRT_LATER or blocking, keep their exchanges: all that is declared here
 * can still be called and does no harm, but nobody gets the response, the shutdown
 * function is not called, and the process ends without waiting for them. */
#ifndef KRT_H
#define KRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KRT_VERSION "0.1.0"

/* Changes with every incompatible change of what generated code and handlers see of the
 * runtime; generated code checks it. */
#define KRT_ABI 7

/* A text or bytes that somebody else owns, without a NUL at their end. `at` is NULL
 * where there is none. */
struct krt_str {
    const char *at;
    size_t len;
};

/* One request and the response to it. */
struct krt_exchange;

/* What a handler returns. Any other number is as good as KRT_FAILED, and told in the
 * log. A function that takes the pieces of a streamed body returns the same for each:
 * KRT_DONE when it wants the next, and KRT_FAILED to answer with 500 and to close the
 * connection, as the rest of the body is not read. */
enum {
    KRT_DONE = 0,    /* the response is as the handler has set it */
    KRT_LATER = 1,   /* krt_finish() will be called, or has been */
    KRT_FAILED = -1, /* 500, and a line in the log */
};

/* ---- The request. None of these functions takes memory ---- */

/* The method (RFC 9110 section 9): "GET", or "HEAD" where the route answers GET. */
struct krt_str krt_request_method(const struct krt_exchange *exchange);

/* The path, decoded and without dot segments, and the query as the client wrote it,
 * without its '?'; `at` is NULL without one (RFC 3986 sections 3.3 and 3.4). */
struct krt_str krt_request_path(const struct krt_exchange *exchange);
struct krt_str krt_request_query(const struct krt_exchange *exchange);

/* The value of the first field line called `name`, in any case, and that of the first
 * cookie called `name`, in just that case; false where there is none. */
bool krt_request_header(const struct krt_exchange *exchange, const char *name,
                        struct krt_str *value);
bool krt_request_cookie(const struct krt_exchange *exchange, const char *name,
                        struct krt_str *value);

/* The whole body, of at most limits.body bytes; empty where there is none, and in
 * handlers that are `streamed`. */
struct krt_str krt_request_body(const struct krt_exchange *exchange);

/* Who sent the request. It decides nothing: a process may have handed its connection
 * on, and its number may be another's by now. */
struct krt_peer {
    unsigned long pid; /* 0 if not known */
    const char *user;  /* Linux: its uid; Windows: our user's name, or another's SID; ""
                          if not known */
};
struct krt_peer krt_request_peer(struct krt_exchange *exchange);

/* ---- The response. Without any of these calls it is 200 without a body ---- */

/* Sets the status, 200 to 599. With 204, 205 and 304 no body is sent. */
void krt_respond_status(struct krt_exchange *exchange, int status);

/* Adds a field; both texts are copied. Content-Type is set with the body, and
 * Content-Length, Transfer-Encoding, TE, Trailer, Upgrade, Connection, Keep-Alive and
 * Date are the server's; these, a
 * name that is no token and a value with control characters fail the exchange, as does
 * a lack of memory, or a head of more than 8 KiB: it ends in 500 with a line in the
 * log, whatever the handler returns. */
void krt_respond_header(struct krt_exchange *exchange, const char *name,
                        const char *value);

/* Sets the body and its media type, a text that is static or in memory of krt_take();
 * NULL for none. The first copies the body; to the second applies what does to the
 * media type. The last call counts. */
void krt_respond(struct krt_exchange *exchange, const char *media_type,
                 const void *body, size_t len);
void krt_respond_static(struct krt_exchange *exchange, const char *media_type,
                        const void *body, size_t len);

/* Writes the next piece of a body to `room`, which has `cap` bytes, at least 1024.
 * Returns how many, 0 at the end of the body, KRT_FAILED to break the connection off.
 * Runs where the handler ran: that of a blocking one may wait for what it writes, which
 * is then sent before it is called again, any other must have it at hand. Not called
 * again after either end, nor at all for HEAD or when the client has left. */
typedef long (*krt_body_fn)(struct krt_exchange *exchange, void *context, char *room,
                            size_t cap);

/* Makes the body what `next` writes, call by call, as the client takes it: a chunked
 * one (RFC 9112 section 7.1), or to HTTP/1.0 one that ends with the connection.
 * `context` is for `next` alone. */
void krt_respond_stream(struct krt_exchange *exchange, const char *media_type,
                        krt_body_fn next, void *context);

/* ---- Memory and time ---- */

/* Memory for anything, zeroed and aligned for it; freed when the exchange has ended.
 * NULL when there is none; then the exchange fails, whatever the handler returns. The
 * first 3 KiB of an exchange, bodies that are copied included, cost next to nothing. */
void *krt_take(struct krt_exchange *exchange, size_t size);

/* What the server's init function has made. Handlers of several threads share it; what
 * is changed in it needs a lock. */
void *krt_server_data(const struct krt_exchange *exchange);

/* Ends an exchange whose handler has returned or will return KRT_LATER, with `result`
 * as a handler returns it, but for KRT_LATER. From any thread, once for each handler or
 * function that takes a piece; what that returns besides is of no effect, and the
 * exchange does not end before it has returned. Until then one thread at a time may use
 * the exchange; whoever has called this and is not in such a function may do so no
 * more, as the exchange may have ended before this returns. A second call is a mistake:
 * the connection may have another exchange by then, which it would end, or be gone. */
void krt_finish(struct krt_exchange *exchange, int result);

#ifdef __cplusplus
}
#endif

#endif
