#include "exchange.h"

#include "pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_MAX = 32 * 1024 };

const char *outcome_text(enum outcome outcome)
{
    static const char *const texts[] = {
        [OUTCOME_OK] = "answered",
        [OUTCOME_UNANSWERED] = "the connection ended before the answer",
        [OUTCOME_CUT] = "the connection ended within the answer",
        [OUTCOME_WRONG] = "not the answer that was expected",
        [OUTCOME_LATE] = "nothing happened for minutes",
    };
    return texts[outcome];
}

bool exchange_open(struct exchange *exchange, const char *path, int ms)
{
    exchange->len = 0;
    exchange->wire = wire_open(path, ms);
    return exchange->wire;
}

void exchange_close(struct exchange *exchange)
{
    wire_close(exchange->wire);
    exchange->wire = NULL;
}

/* ---- Requests ---- */

size_t exchange_put_head(char text[REQUEST_HEAD_MAX], const struct request *request)
{
    unsigned long answer = (unsigned long)request->answer;
    unsigned long upload = (unsigned long)request->upload;
    int len;
    if (upload == 0)
        len = snprintf(text, REQUEST_HEAD_MAX, "GET /%lu HTTP/1.1\r\nHost: a\r\n\r\n",
                       answer);
    else if (request->is_chunked)
        len = snprintf(text, REQUEST_HEAD_MAX,
                       "POST /upload HTTP/1.1\r\nHost: a\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n");
    else
        len = snprintf(text, REQUEST_HEAD_MAX,
                       "POST /upload HTTP/1.1\r\nHost: a\r\n"
                       "Content-Length: %lu\r\n\r\n",
                       upload);
    return (size_t)len;
}

static bool send_all(struct exchange *exchange, const void *data, size_t len)
{
    return wire_send(exchange->wire, data, len, PATIENCE_MS) == WIRE_OK;
}

static bool send_piece(struct exchange *exchange, bool is_chunk, size_t at, size_t len)
{
    char piece[16 + PIECE_MAX + 2];
    int start = is_chunk ? snprintf(piece, 16, "%lx\r\n", (unsigned long)len) : 0;
    pattern_put(piece + start, at, len);
    len += (size_t)start;
    if (is_chunk) {
        memcpy(piece + len, "\r\n", 2);
        len += 2;
    }
    return send_all(exchange, piece, len);
}

bool exchange_ask_part(struct exchange *exchange, const struct request *request,
                       size_t n)
{
    char head[REQUEST_HEAD_MAX];
    if (!send_all(exchange, head, exchange_put_head(head, request)))
        return false;
    for (size_t at = 0, len; at < n; at += len) {
        len = n - at < PIECE_MAX ? n - at : PIECE_MAX;
        if (!send_piece(exchange, request->is_chunked, at, len))
            return false;
    }
    return !request->is_chunked || n < request->upload ||
           send_all(exchange, "0\r\n\r\n", 5);
}

bool exchange_ask(struct exchange *exchange, const struct request *request)
{
    return exchange_ask_part(exchange, request, request->upload);
}

/* ---- Answers ---- */

/* Receives more, where `ended` is what the connection's end would mean. */
static enum outcome receive(struct exchange *exchange, enum outcome ended)
{
    size_t n;
    size_t room = sizeof exchange->input - exchange->len;
    if (room == 0)
        return OUTCOME_WRONG;
    switch (wire_receive(exchange->wire, exchange->input + exchange->len, room, &n,
                         PATIENCE_MS)) {
    case WIRE_OK:
        exchange->len += n;
        return OUTCOME_OK;
    case WIRE_ENDED:
        return ended;
    default:
        return OUTCOME_LATE;
    }
}

static void drop(struct exchange *exchange, size_t n)
{
    exchange->len -= n;
    memmove(exchange->input, exchange->input + n, exchange->len);
}

/* The bytes of a head at the front of the input; 0 when it is not whole. */
static size_t head_len(const struct exchange *exchange)
{
    for (size_t i = 4; i <= exchange->len; i++)
        if (memcmp(exchange->input + i - 4, "\r\n\r\n", 4) == 0)
            return i;
    return 0;
}

/* Whether the head at the front of the input, which becomes text, has this status line
 * and tells this length. */
static bool is_head(struct exchange *exchange, size_t len, int status, size_t body)
{
    static const char version[] = "HTTP/1.1 ";
    static const char field[] = "\r\nContent-Length: ";
    char *head = exchange->input;
    head[len - 1] = '\0';
    const char *length = strstr(head, field);
    return strncmp(head, version, sizeof version - 1) == 0 &&
           atoi(head + sizeof version - 1) == status && length &&
           strtoull(length + sizeof field - 1, NULL, 10) == body;
}

static enum outcome read_head(struct exchange *exchange, int status, size_t body)
{
    size_t len = head_len(exchange);
    while (len == 0) {
        enum outcome ended = exchange->len == 0 ? OUTCOME_UNANSWERED : OUTCOME_CUT;
        enum outcome outcome = receive(exchange, ended);
        if (outcome)
            return outcome;
        len = head_len(exchange);
    }
    if (!is_head(exchange, len, status, body))
        return OUTCOME_WRONG;
    drop(exchange, len);
    return OUTCOME_OK;
}

static enum outcome read_body(struct exchange *exchange, size_t n)
{
    for (size_t at = 0, len; at < n; at += len) {
        if (exchange->len == 0) {
            enum outcome outcome = receive(exchange, OUTCOME_CUT);
            if (outcome)
                return outcome;
        }
        len = exchange->len < n - at ? exchange->len : n - at;
        if (!pattern_is(exchange->input, at, len))
            return OUTCOME_WRONG;
        drop(exchange, len);
    }
    return OUTCOME_OK;
}

enum outcome exchange_read_part(struct exchange *exchange, int status, size_t body,
                                size_t n)
{
    enum outcome outcome = read_head(exchange, status, body);
    return outcome ? outcome : read_body(exchange, n);
}

enum outcome exchange_read(struct exchange *exchange, const struct request *request)
{
    return exchange_read_part(exchange, 200, request->answer, request->answer);
}

enum outcome exchange_whole(struct exchange *exchange, const struct request *request)
{
    exchange_ask(exchange, request); /* where it fails, the answer tells why */
    return exchange_read(exchange, request);
}

bool exchange_ends(struct exchange *exchange)
{
    return exchange->len == 0 && receive(exchange, OUTCOME_CUT) == OUTCOME_CUT;
}
