#include "play.h"

#include "wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECEIVED_MAX = 2 * 1024 * 1024,
    LABEL_MAX = 64,
    PROBLEM_MAX = 200,
    SHOWN_MAX = 160,       /* bytes of an unexpected answer */
    FAILURES_PER_CASE = 3, /* then its other variants are not played */
    CLOSING_MAX = 40,      /* connections whose end is still to come */
    LONG_LEAST = 1024,     /* bytes of a piece that is not cut at every one of them */
    EDGE = 64,             /* bytes at a long piece's start and end, all of them cuts */
    INSIDE = 24,           /* cuts between them */
};

/* How a case is sent. */
struct variant {
    char label[LABEL_MAX];
    size_t step;      /* whose bytes are cut, from... */
    size_t first;     /* ...here on into pieces... */
    size_t piece;     /* ...of this length; 0 for no cut */
    bool is_led;      /* a probe stands before it */
    bool is_chased;   /* a probe stands behind it */
    size_t n_repeats; /* of all of it, in one piece */
};

/* One connection while a variant is played on it. */
struct talk {
    struct wire *wire;
    struct test_case *test;
    struct variant variant;
    size_t len; /* of what was received and not yet read */
};

struct player {
    struct player_options options;
    struct talk closing[CLOSING_MAX];
    size_t n_closing;
    size_t first_closing;
    size_t n_cases;
    size_t n_failed_cases;
    size_t n_variants;
    size_t n_failures;
    char received[RECEIVED_MAX];
};

/* The request whose answer proves that a connection, or the server, still works. */
static char probe_request[] = "GET /hello HTTP/1.1\r\nHost: probe\r\n\r\n";
static char probe_body[] = "hello";
static const struct expectation probe_answer = {
    .statuses = {200},
    .n_statuses = 1,
    .has_body = true,
    .body = {.data = probe_body, .len = sizeof probe_body - 1},
};

struct player *player_new(const struct player_options *options)
{
    struct player *player = calloc(1, sizeof *player);
    if (player)
        player->options = *options;
    return player;
}

void player_free(struct player *player)
{
    free(player);
}

/* ---- Failures ---- */

static void show_bytes(const char *data, size_t len)
{
    putchar('"');
    for (size_t i = 0; i < len && i < SHOWN_MAX; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == '\r')
            fputs("\\r", stdout);
        else if (c == '\n')
            fputs("\\n", stdout);
        else if (c < ' ' || c > '~')
            printf("\\x%02x", c);
        else
            putchar(c);
    }
    printf(len > SHOWN_MAX ? "...\" (%zu bytes)\n" : "\"\n", len);
}

/* Always false, as the value of what has failed. What was received and not read is
 * shown with the problem. */
static bool fail(struct player *player, const struct talk *talk, const char *problem)
{
    struct test_case *test = talk->test;
    player->n_failures++;
    player->n_failed_cases += test->n_failures++ == 0;
    if (player->n_failures > player->options.shown_max)
        return false;
    printf("%s:%d: %s (%s) [%s]: %s\n", test->file, test->line, test->name, test->rfc,
           talk->variant.label, problem);
    if (talk->len > 0) {
        printf("    received: ");
        show_bytes(player->received, talk->len);
    }
    fflush(stdout);
    return false;
}

/* ---- Answers ---- */

static void drop_received(struct player *player, struct talk *talk, size_t len)
{
    talk->len -= len;
    memmove(player->received, player->received + len, talk->len);
}

/* Receives until an answer is whole. Gives NULL, or what was in the way. */
static const char *receive_answer(struct player *player, struct talk *talk,
                                  bool is_to_head, struct answer *answer)
{
    for (;;) {
        const char *problem;
        size_t n;
        enum answer_result result =
            answer_read(answer, player->received, talk->len, is_to_head, &problem);
        if (result != ANSWER_PARTIAL)
            return problem;
        if (talk->len == RECEIVED_MAX)
            return "an answer without an end";
        enum wire_result received =
            wire_receive(talk->wire, player->received + talk->len,
                         RECEIVED_MAX - talk->len, &n, player->options.patience_ms);
        if (received == WIRE_ENDED)
            return talk->len ? "closed within an answer" : "closed without an answer";
        if (received == WIRE_LATE)
            return talk->len ? "the answer does not end" : "no answer";
        talk->len += n;
    }
}

/* Whether the answer's Connection says what becomes of the connection. */
static const char *check_persistence(const struct answer *answer, bool closes)
{
    const struct span *connection = answer_field(answer, "Connection");
    bool says_close = connection && span_is(*connection, "close");
    if (closes && !says_close)
        return "the answer lacks Connection: close";
    return says_close && !closes ? "the answer has Connection: close" : NULL;
}

static bool fail_expected(struct player *player, const struct talk *talk,
                          const struct expectation *expected, const char *problem)
{
    char text[PROBLEM_MAX];
    snprintf(text, sizeof text, "%s, expected %d", problem, expected->statuses[0]);
    return fail(player, talk, text);
}

/* Receives the answers of one list. The last of them closes if `closes` says so. */
static bool receive_answers(struct player *player, struct talk *talk,
                            const struct expectation *expected, size_t n, bool closes)
{
    for (size_t i = 0; i < n; i++) {
        struct answer answer;
        char differs[PROBLEM_MAX];
        const char *problem =
            receive_answer(player, talk, expected[i].is_to_head, &answer);
        if (problem)
            return fail_expected(player, talk, &expected[i], problem);
        if (expected[i].is_optional && !expectation_has(&expected[i], answer.status))
            continue; /* it belongs to the next */
        if (expectation_differs(&expected[i], &answer, differs, sizeof differs))
            return fail(player, talk, differs);
        problem = check_persistence(&answer, closes && i + 1 == n);
        if (problem)
            return fail(player, talk, problem);
        drop_received(player, talk, answer.len);
    }
    return true;
}

/* ---- Sending ---- */

static bool has_settled(struct player *player, struct talk *talk)
{
    if (wire_settle(talk->wire, player->options.patience_ms) != WIRE_LATE)
        return true;
    return fail(player, talk, "the server does not read");
}

/* Sends in pieces that the server reads one by one. A server that has refused the first
 * of them may be gone before the last, which the answers show. */
static bool send_pieces(struct player *player, struct talk *talk,
                        const struct bytes *bytes, size_t first, size_t piece)
{
    size_t at = 0;
    size_t next = first;
    while (at < bytes->len) {
        size_t len = next < bytes->len - at ? next : bytes->len - at;
        if (wire_send(talk->wire, bytes->data + at, len, player->options.patience_ms) !=
            WIRE_OK)
            return true;
        at += len;
        next = piece;
        if (at < bytes->len && !has_settled(player, talk))
            return false;
    }
    return true;
}

static void append_probe(struct bytes *bytes)
{
    bytes_append(bytes, probe_request, sizeof probe_request - 1);
}

static bool send_step(struct player *player, struct talk *talk, size_t index)
{
    const struct variant *variant = &talk->variant;
    const struct bytes *sent = &talk->test->steps[index].sent;
    if (variant->piece > 0 && variant->step == index)
        return send_pieces(player, talk, sent, variant->first, variant->piece);
    struct bytes all = {0};
    if (variant->is_led && index == 0)
        append_probe(&all);
    for (size_t i = 0; i < variant->n_repeats; i++)
        bytes_append(&all, sent->data, sent->len);
    if (variant->is_chased && index + 1 == talk->test->n_steps)
        append_probe(&all);
    wire_send(talk->wire, all.data, all.len, player->options.patience_ms);
    bytes_free(&all);
    return true;
}

/* ---- Connections ---- */

/* The connection ends, and nothing comes before. */
static void await_end(struct player *player, struct talk *talk)
{
    size_t n;
    enum wire_result result = wire_receive(talk->wire, player->received, RECEIVED_MAX,
                                           &n, player->options.patience_ms);
    talk->len = result == WIRE_OK ? n : 0;
    if (result == WIRE_OK)
        fail(player, talk, "something behind the last answer");
    else if (result == WIRE_LATE)
        fail(player, talk, "the connection was not closed");
    wire_close(talk->wire);
}

static void await_first_end(struct player *player)
{
    await_end(player, &player->closing[player->first_closing]);
    player->first_closing = (player->first_closing + 1) % CLOSING_MAX;
    player->n_closing--;
}

/* A pipe's server can only end a connection some time after its last answer, so others
 * are played meanwhile. The probe must not be answered. */
static void leave_closing(struct player *player, const struct talk *talk)
{
    wire_send(talk->wire, probe_request, sizeof probe_request - 1,
              player->options.patience_ms);
    if (player->n_closing == CLOSING_MAX)
        await_first_end(player);
    player->closing[(player->first_closing + player->n_closing++) % CLOSING_MAX] =
        *talk;
}

static bool probe(struct player *player, struct talk *talk)
{
    wire_send(talk->wire, probe_request, sizeof probe_request - 1,
              player->options.patience_ms);
    return receive_answers(player, talk, &probe_answer, 1, false) &&
           (talk->len == 0 ||
            fail(player, talk, "something behind the probe's answer"));
}

/* Whether the server still answers others. */
static void probe_anew(struct player *player, struct test_case *test)
{
    struct talk talk = {.test = test, .variant = {.label = "another client"}};
    talk.wire = wire_open(player->options.path, player->options.patience_ms);
    if (talk.wire)
        probe(player, &talk);
    else
        fail(player, &talk, "cannot connect");
    wire_close(talk.wire);
}

/* Everything up to the last answer. */
static bool converse(struct player *player, struct talk *talk)
{
    struct test_case *test = talk->test;
    const struct variant *variant = &talk->variant;
    for (size_t i = 0; i < test->n_steps; i++) {
        const struct step *step = &test->steps[i];
        bool closes = test->closes && i + 1 == test->n_steps;
        if (!send_step(player, talk, i))
            return false;
        if (variant->is_led && i == 0 &&
            !receive_answers(player, talk, &probe_answer, 1, false))
            return false;
        for (size_t n = 0; n < variant->n_repeats; n++)
            if (!receive_answers(player, talk, step->answers, step->n_answers, closes))
                return false;
    }
    return true;
}

static void play_variant(struct player *player, struct test_case *test,
                         const struct variant *variant)
{
    struct talk talk = {.test = test, .variant = *variant};
    if (test->n_failures >= FAILURES_PER_CASE)
        return;
    if (variant->n_repeats == 0)
        talk.variant.n_repeats = 1;
    player->n_variants++;
    talk.wire = wire_open(player->options.path, player->options.patience_ms);
    if (!talk.wire) {
        fail(player, &talk, "cannot connect");
        return;
    }
    bool is_fine = converse(player, &talk);
    if (is_fine && talk.len > 0 && test->closes)
        is_fine = fail(player, &talk, "something behind the last answer");
    if (is_fine && test->closes) {
        leave_closing(player, &talk);
        return;
    }
    if (is_fine && variant->is_chased)
        is_fine = receive_answers(player, &talk, &probe_answer, 1, false);
    if (is_fine)
        probe(player, &talk);
    wire_close(talk.wire);
}

/* ---- Variants ---- */

/* Whether a cut before byte `at` is made: at every byte, in a long piece at those near
 * its start and end and few between. Where cuts are thinned out, they are others in
 * each case. */
static bool is_cut(const struct player *player, struct test_case *test,
                   const struct bytes *bytes, size_t at)
{
    size_t thin = player->options.thin;
    bool is_inside = at > EDGE && at + EDGE < bytes->len;
    if (bytes->len >= LONG_LEAST && is_inside)
        return at % (bytes->len / INSIDE * thin) == 0;
    return (at + (size_t)test->line) % thin == 0;
}

static void play_cuts(struct player *player, struct test_case *test, size_t step)
{
    const struct bytes *sent = &test->steps[step].sent;
    struct variant variant = {.step = step};
    for (size_t at = 1; at < sent->len; at++) {
        if (!is_cut(player, test, sent, at))
            continue;
        snprintf(variant.label, LABEL_MAX, "cut at %zu of %zu", at, sent->len);
        variant.first = at;
        variant.piece = sent->len - at;
        play_variant(player, test, &variant);
    }
    if (player->n_cases % player->options.thin != 0)
        return;
    bool is_long = sent->len >= LONG_LEAST;
    variant.first = variant.piece = is_long ? sent->len / INSIDE + 1 : 1;
    snprintf(variant.label, LABEL_MAX, is_long ? "pieces of %zu" : "byte by byte",
             variant.piece);
    play_variant(player, test, &variant);
}

/* Whether the case is a request that can stand twice in one piece. */
static bool is_repeatable(struct test_case *test)
{
    return !test->closes && test->n_steps == 1;
}

void player_play(struct player *player, struct test_case *test)
{
    player->n_cases++;
    if (player->options.traces)
        fprintf(stderr, "%s:%d: %s\n", test->file, test->line, test->name);
    play_variant(player, test, &(struct variant){.label = "whole"});
    if (test->n_failures > 0)
        return;
    play_variant(player, test,
                 &(struct variant){.label = "behind another", .is_led = true});
    play_variant(player, test,
                 &(struct variant){.label = "before another", .is_chased = true});
    if (is_repeatable(test))
        play_variant(player, test, &(struct variant){.label = "twice", .n_repeats = 2});
    for (size_t step = 0; step < test->n_steps; step++)
        play_cuts(player, test, step);
    if (test->closes)
        probe_anew(player, test);
}

bool player_finish(struct player *player)
{
    while (player->n_closing > 0)
        await_first_end(player);
    if (player->n_failures > player->options.shown_max)
        printf("... and %zu more\n", player->n_failures - player->options.shown_max);
    printf("%zu cases in %zu variants, %zu cases failed\n", player->n_cases,
           player->n_variants, player->n_failed_cases);
    return player->n_failures == 0;
}

bool player_ask_field(struct player *player, const char *path, const char *name,
                      struct bytes *bytes)
{
    static struct test_case asking = {.name = "asking", .file = "play", .rfc = ""};
    struct talk talk = {.test = &asking};
    struct answer answer;
    char request[300];
    int len =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    talk.wire = wire_open(player->options.path, player->options.patience_ms);
    if (!talk.wire)
        return false;
    wire_send(talk.wire, request, (size_t)len, player->options.patience_ms);
    const char *problem = receive_answer(player, &talk, false, &answer);
    const struct span *value = problem ? NULL : answer_field(&answer, name);
    if (value)
        bytes_append(bytes, value->at, value->len);
    wire_close(talk.wire);
    return value != NULL;
}
