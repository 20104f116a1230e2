/* hostile PATH MODE NUMBER...: see the table of modes.
 *
 * Exit: 0 all went as it must, 1 it did not, 2 usage. */
#include "hostile.h"

#include "crew.h"
#include "os.h"
#include "vitals.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct request get_short = {.answer = SHORT_BODY};
static const struct request get_large = {.answer = 300000};
static const struct request post_some = {.answer = SHORT_BODY, .upload = 3000};

/* ---- For all modes ---- */

/* splitmix64 */
size_t random_below(struct client *client, size_t n)
{
    uint64_t mixed = client->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((mixed ^ (mixed >> 31)) % n);
}

struct client *clients_new(int n, const char *path, unsigned long seed)
{
    struct client *clients = calloc((size_t)n, sizeof *clients);
    if (!clients)
        fail("starts", "out of memory");
    for (int i = 0; i < n; i++) {
        clients[i].path = path;
        clients[i].random = ((uint64_t)seed << 32) + (uint64_t)i;
    }
    return clients;
}

void fail(const char *deed, const char *problem)
{
    fprintf(stderr, "hostile: a client that %s: %s\n", deed, problem);
    fflush(NULL);
    _Exit(1);
}

void connect_for(struct client *client, const char *deed)
{
    if (!exchange_open(&client->exchange, client->path, PATIENCE_MS))
        fail(deed, "cannot connect");
}

void expect(enum outcome outcome, const char *deed)
{
    if (outcome)
        fail(deed, outcome_text(outcome));
}

void tell(const char *text)
{
    puts(text);
    fflush(stdout);
}

void await_word(void)
{
    int c;
    do
        c = getchar();
    while (c != EOF && c != '\n');
}

/* ---- cycles: connect, ask, close ---- */

struct cycles {
    struct client *clients;
    atomic_long left;
};

static void cycle(void *context, int i)
{
    struct cycles *cycles = context;
    struct client *client = &cycles->clients[i];
    while (atomic_fetch_sub(&cycles->left, 1) > 0) {
        connect_for(client, "comes and goes");
        expect(exchange_whole(&client->exchange, &get_short), "comes and goes");
        exchange_close(&client->exchange);
    }
}

static void play_cycles(const char *path, const long *numbers)
{
    int n_clients = (int)numbers[1];
    struct cycles cycles = {.clients = clients_new(n_clients, path, 0),
                            .left = numbers[0]};
    crew_wait(crew_start(n_clients, cycle, &cycles));
    free(cycles.clients);
}

static void play_mayhem_of(const char *path, const long *numbers)
{
    play_mayhem(path, (int)numbers[0], (int)numbers[1], (unsigned long)numbers[2]);
}

/* ---- crowd: more clients than connections, each of which is served in the end ---- */

enum { HESITATION_MS = 300 };

struct crowd {
    struct client *clients;
    int n;
    atomic_int n_served;
    atomic_long n_repeated;
};

/* A connection may end before the request began: it was idle, and another needed it. */
static enum outcome ask_hesitantly(struct client *client)
{
    char head[REQUEST_HEAD_MAX];
    size_t len = exchange_put_head(head, &get_short);
    size_t half = 1 + random_below(client, len - 1);
    wire_send(client->exchange.wire, head, half, PATIENCE_MS);
    krt_os_sleep_ms((int)random_below(client, HESITATION_MS));
    wire_send(client->exchange.wire, head + half, len - half, PATIENCE_MS);
    return exchange_read(&client->exchange, &get_short);
}

static void be_one_of_the_crowd(void *context, int i)
{
    struct crowd *crowd = context;
    struct client *client = &crowd->clients[i];
    connect_for(client, "is one of many");
    enum outcome outcome = ask_hesitantly(client);
    while (outcome == OUTCOME_UNANSWERED) {
        crowd->n_repeated++;
        exchange_close(&client->exchange);
        connect_for(client, "is one of many");
        outcome = ask_hesitantly(client);
    }
    expect(outcome, "is one of many");
    crowd->n_served++;
    while (crowd->n_served < crowd->n)
        krt_os_sleep_ms(100);
    exchange_close(&client->exchange);
}

static void play_crowd(const char *path, const long *numbers)
{
    int n = (int)numbers[0];
    struct crowd crowd = {
        .clients = clients_new(n, path, (unsigned long)numbers[1]),
        .n = n,
    };
    crew_wait(crew_start(n, be_one_of_the_crowd, &crowd));
    printf("served %d, repeated %ld\n", n, (long)crowd.n_repeated);
    free(crowd.clients);
}

/* ---- bodies: so many bytes down, up, and up in chunks ---- */

static void play_bodies(const char *path, const long *numbers)
{
    size_t size = (size_t)numbers[0];
    const struct request requests[] = {
        {.answer = size},
        {.answer = SHORT_BODY, .upload = size},
        {.answer = SHORT_BODY, .upload = size, .is_chunked = true},
    };
    static const char *const deeds[] = {"gets a large body", "sends one",
                                        "sends one in chunks"};
    struct client *client = clients_new(1, path, 0);
    connect_for(client, "wants large bodies");
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        expect(exchange_whole(&client->exchange, &requests[i]), deeds[i]);
    exchange_close(&client->exchange);
    free(client);
}

/* ---- deaf: asks for so many bytes and never reads ---- */

/* A byte that is never read can be sent as long as the server has not closed. */
static void await_end(struct client *client)
{
    while (wire_send(client->exchange.wire, "\n", 1, PATIENCE_MS) == WIRE_OK)
        krt_os_sleep_ms(20);
}

static void play_deaf(const char *path, const long *numbers)
{
    struct request request = {.answer = (size_t)numbers[0]};
    struct client *client = clients_new(1, path, 0);
    connect_for(client, "never reads");
    int64_t start = krt_os_now_ms();
    exchange_ask(&client->exchange, &request);
    tell("asked");
    await_end(client);
    printf("given up after %ld ms\n", (long)(krt_os_now_ms() - start));
    /* What was written before is there and right, but not all of it. */
    if (exchange_read(&client->exchange, &request) != OUTCOME_CUT)
        fail("never reads", "expected the beginning of an answer");
    exchange_close(&client->exchange);
    free(client);
}

static void play_victim_of(const char *path, const long *numbers)
{
    play_victim(path, (unsigned long)numbers[0]);
}

/* ---- arrive: how many get in at the first attempt ---- */

static void play_arrive(const char *path, const long *numbers)
{
    int n = (int)numbers[0];
    int n_in = 0;
    struct client *clients = clients_new(n, path, 0);
    while (n_in < n && exchange_open(&clients[n_in].exchange, path, 0)) {
        exchange_ask(&clients[n_in].exchange, &get_short);
        n_in++;
    }
    printf("in: %d\n", n_in);
    fflush(stdout);
    await_word();
    for (int i = 0; i < n_in; i++)
        exchange_close(&clients[i].exchange);
    free(clients);
}

/* ---- flight: requests that are complete when the server is told to stop ---- */

/* Each fits into what any system keeps unread, even if the server sleeps. */
static const struct request *in_flight(int i)
{
    static const struct request *const requests[] = {&get_short, &get_large,
                                                     &post_some};
    return requests[i % 3];
}

static void play_flight(const char *path, const long *numbers)
{
    int n = (int)numbers[0];
    bool are_kept = numbers[1] != 0;
    struct client *clients = clients_new(n, path, 0);
    for (int i = 0; i < n && are_kept; i++) {
        connect_for(&clients[i], "is in flight");
        expect(exchange_whole(&clients[i].exchange, &get_short), "asks in time");
    }
    tell("ready");
    await_word();
    for (int i = 0; i < n; i++) {
        if (!are_kept)
            connect_for(&clients[i], "is in flight");
        if (!exchange_ask(&clients[i].exchange, in_flight(i)))
            fail("is in flight", "cannot ask");
    }
    tell("sent");
    for (int i = 0; i < n; i++) {
        expect(exchange_read(&clients[i].exchange, in_flight(i)), "is in flight");
        if (!exchange_ends(&clients[i].exchange))
            fail("is in flight", "the connection did not end");
        exchange_close(&clients[i].exchange);
    }
    free(clients);
}

/* ---- storm: as many connections as can be made, until the server is gone ---- */

enum { STORM_IS_ON = 200 };

struct storm {
    struct client *clients;
    atomic_long n_answers;
    atomic_long n_unanswered;
};

/* Some requests on one connection; false when the server ended it. An answer that has
 * begun must be whole. */
static bool ask_in_the_storm(struct storm *storm, struct client *client)
{
    for (size_t n = 1 + random_below(client, 3); n > 0; n--) {
        const struct request *request =
            random_below(client, 4) == 0 ? &get_large : &get_short;
        enum outcome outcome = exchange_whole(&client->exchange, request);
        if (outcome == OUTCOME_UNANSWERED)
            return false;
        expect(outcome, "is in the storm");
        if (atomic_fetch_add(&storm->n_answers, 1) + 1 == STORM_IS_ON)
            tell("storm");
    }
    return true;
}

static void be_in_the_storm(void *context, int i)
{
    struct storm *storm = context;
    struct client *client = &storm->clients[i];
    while (exchange_open(&client->exchange, client->path, PATIENCE_MS)) {
        if (!ask_in_the_storm(storm, client))
            storm->n_unanswered++;
        exchange_close(&client->exchange);
    }
}

static void play_storm(const char *path, const long *numbers)
{
    int n = (int)numbers[0];
    struct storm storm = {.clients = clients_new(n, path, (unsigned long)numbers[1])};
    crew_wait(crew_start(n, be_in_the_storm, &storm));
    printf("answered %ld, unanswered %ld\n", (long)storm.n_answers,
           (long)storm.n_unanswered);
    free(storm.clients);
}

/* ---- vitals: of a process ---- */

static void tell_vitals(const char *path, const long *numbers)
{
    struct vitals vitals;
    (void)path;
    if (!vitals_take(&vitals, (unsigned long)numbers[0]))
        fail("looks", "no such process");
    printf("{\"handles\": %ld, \"threads\": %ld, \"memory\": %ld}\n", vitals.handles,
           vitals.threads, vitals.memory);
}

/* ---- Choosing ---- */

enum { NUMBERS_MAX = 3 };

static const struct mode {
    const char *name;
    void (*play)(const char *path, const long *numbers);
    int n_numbers;
    const char *usage;
} modes[] = {
    {"cycles", play_cycles, 2, "CYCLES CLIENTS"},
    {"mayhem", play_mayhem_of, 3, "CLIENTS SECONDS SEED"},
    {"crowd", play_crowd, 2, "CLIENTS SEED"},
    {"bodies", play_bodies, 1, "BYTES"},
    {"deaf", play_deaf, 1, "BYTES"},
    {"victim", play_victim_of, 1, "SEED"},
    {"arrive", play_arrive, 1, "CLIENTS"},
    {"flight", play_flight, 2, "CLIENTS ARE-KEPT"},
    {"storm", play_storm, 2, "CLIENTS SEED"},
    {"vitals", tell_vitals, 1, "PID"},
};

static int usage(void)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        fprintf(stderr, "usage: hostile PATH %s %s\n", modes[i].name, modes[i].usage);
    return 2;
}

int main(int argc, char **argv)
{
    long numbers[NUMBERS_MAX];
    for (size_t i = 0; argc > 2 && i < sizeof modes / sizeof *modes; i++) {
        const struct mode *mode = &modes[i];
        if (strcmp(argv[2], mode->name) != 0 || argc != 3 + mode->n_numbers)
            continue;
        for (int at = 0; at < mode->n_numbers; at++)
            numbers[at] = atol(argv[3 + at]);
        mode->play(argv[1], numbers);
        return 0;
    }
    return usage();
}
