/* What the log and the journal tell of an answered request: as members of a JSON object
 * or as words, put together by one code. */
#ifndef KRT_ACCOUNT_H
#define KRT_ACCOUNT_H

#include "conn.h"
#include "io.h"
#include "tables.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What follows the values in a line: the time and the peer. */
enum { KRT_ACCOUNT_TAIL = KRT_USER_MAX + 100 };

/* An account as it is put together. */
struct krt_account {
    struct krt_buffer line;
    bool is_json;
    bool is_whole; /* no text is cut; otherwise all but the values of parameters have
                      room in KRT_LOG_LINE_MAX, and values are left out for which there
                      is no more room */
};

/* What is said in words and what in JSON. */
#define KRT_PAIR(in_words, in_json) in_words "\0" in_json

void krt_account_word(struct krt_account *account, const char *pair);

/* A number and what is before it. */
void krt_account_number(struct krt_account *account, const char *before,
                        uint64_t number);

/* A text of at most `max` bytes and what is before it. */
void krt_account_text(struct krt_account *account, const char *before, const char *text,
                      size_t max);

/* The request: its method and its target, with the query apart in JSON. */
void krt_account_request(struct krt_account *account, const struct krt_answer *answer);

/* The route, with the values of its parameters. */
void krt_account_route(struct krt_account *account, const struct krt_route *route,
                       const struct krt_slice *values);

void krt_account_peer(struct krt_account *account, const struct krt_identity *identity);

/* Whether no route took the request, which is what krt_put_reason() explains. */
bool krt_is_missed(const struct krt_answer *answer);

#endif
