#include "hostile.h"

#include "crew.h"
#include "os.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 300000, UPLOAD_MAX = 200000 };

static const struct request get_short = {.answer = SHORT_BODY};
static const struct request get_large = {.answer = LARGE};

static struct request any_upload(struct client *client)
{
    return (struct request){
        .answer = SHORT_BODY,
        .upload = 1 + random_below(client, UPLOAD_MAX),
        .is_chunked = random_below(client, 2),
    };
}

static struct request any_request(struct client *client)
{
    if (random_below(client, 3) == 0)
        return any_upload(client);
    return random_below(client, 3) == 0 ? get_large : get_short;
}

/* ---- What clients do ---- */

static void leave_before_a_byte(struct client *client)
{
    (void)client;
}

static void leave_within_a_head(struct client *client)
{
    char head[REQUEST_HEAD_MAX];
    struct request request = any_request(client);
    size_t len = exchange_put_head(head, &request);
    wire_send(client->exchange.wire, head, 1 + random_below(client, len - 1),
              PATIENCE_MS);
}

static void leave_within_a_body(struct client *client)
{
    struct request request = any_upload(client);
    exchange_ask_part(&client->exchange, &request,
                      random_below(client, request.upload));
}

static void leave_before_the_answer(struct client *client)
{
    struct request request = any_request(client);
    exchange_ask(&client->exchange, &request);
}

static void leave_within_the_answer(struct client *client)
{
    exchange_ask(&client->exchange, &get_large);
    expect(
        exchange_read_part(&client->exchange, 200, LARGE, random_below(client, LARGE)),
        "reads a part of an answer");
}

static void leave_after_the_answer(struct client *client)
{
    struct request request = any_request(client);
    expect(exchange_whole(&client->exchange, &request), "asks once");
}

static void leave_a_kept_connection(struct client *client)
{
    for (size_t n = 2 + random_below(client, 6); n > 0; n--) {
        struct request request = any_request(client);
        expect(exchange_whole(&client->exchange, &request), "asks again");
    }
    if (random_below(client, 2))
        leave_within_a_head(client);
}

/* The requests fit into what any system keeps unread, so sending never waits for the
 * server to read, which may be waiting for us. */
static void leave_within_a_pipeline(struct client *client)
{
    size_t n_asked = 2 + random_below(client, 30);
    for (size_t i = 0; i < n_asked; i++)
        exchange_ask(&client->exchange, i % 7 == 6 ? &get_large : &get_short);
    size_t n_read = random_below(client, n_asked + 1);
    for (size_t i = 0; i < n_read; i++)
        expect(exchange_read(&client->exchange, i % 7 == 6 ? &get_large : &get_short),
               "asks ahead");
}

static void talk_nonsense(struct client *client)
{
    static const char nonsense[] = "\x01\x02\x03 no request\r\n\r\n";
    wire_send(client->exchange.wire, nonsense, sizeof nonsense - 1, PATIENCE_MS);
    if (random_below(client, 2))
        expect(exchange_read_part(&client->exchange, 400, 0, 0), "talks nonsense");
}

static const struct {
    const char *name;
    void (*play)(struct client *client);
} deeds[] = {
    {"before-a-byte", leave_before_a_byte},
    {"within-a-head", leave_within_a_head},
    {"within-a-body", leave_within_a_body},
    {"before-the-answer", leave_before_the_answer},
    {"within-the-answer", leave_within_the_answer},
    {"after-the-answer", leave_after_the_answer},
    {"kept", leave_a_kept_connection},
    {"pipelined", leave_within_a_pipeline},
    {"nonsense", talk_nonsense},
};

enum { N_DEEDS = sizeof deeds / sizeof *deeds };

/* ---- All at once ---- */

enum { DEEDS_MIN = 5 }; /* of each client, however slow the machine is */

struct mayhem {
    struct client *clients;
    int64_t end;
    atomic_ulong counts[N_DEEDS];
};

static void play_client(void *context, int i)
{
    struct mayhem *mayhem = context;
    struct client *client = &mayhem->clients[i];
    for (int n = 0; n < DEEDS_MIN || krt_os_now_ms() < mayhem->end; n++) {
        size_t deed = random_below(client, N_DEEDS);
        connect_for(client, deeds[deed].name);
        deeds[deed].play(client);
        exchange_close(&client->exchange);
        mayhem->counts[deed]++;
    }
}

void play_mayhem(const char *path, int n_clients, int seconds, unsigned long seed)
{
    struct mayhem mayhem = {
        .clients = clients_new(n_clients, path, seed),
        .end = krt_os_now_ms() + seconds * INT64_C(1000),
    };
    crew_wait(crew_start(n_clients, play_client, &mayhem));
    for (size_t i = 0; i < N_DEEDS; i++)
        printf("%s %lu\n", deeds[i].name, atomic_load(&mayhem.counts[i]));
    free(mayhem.clients);
}

/* ---- One that is going to be killed ---- */

enum { TIMES = 3, HUGE_BODY = 10 * 1024 * 1024 };

static void get_into_the_middle(struct client *client, int where)
{
    static const struct request huge = {.answer = HUGE_BODY};
    struct exchange *exchange = &client->exchange;
    struct request upload = any_upload(client);
    switch (where) {
    case 0:
        break;
    case 1:
        wire_send(exchange->wire, "GET /", 5, PATIENCE_MS);
        break;
    case 2:
        exchange_ask_part(exchange, &upload, upload.upload / 2);
        break;
    case 3:
        exchange_ask(exchange, &huge);
        break;
    case 4:
        exchange_ask(exchange, &huge);
        expect(exchange_read_part(exchange, 200, HUGE_BODY, HUGE_BODY / 2),
               "reads half");
        break;
    default:
        expect(exchange_whole(exchange, &get_short), "asks once");
    }
    wire_settle(exchange->wire, PATIENCE_MS);
}

void play_victim(const char *path, unsigned long seed)
{
    enum { PLACES = 6, N = TIMES * PLACES };
    struct client *clients = clients_new(N, path, seed);
    for (int i = 0; i < N; i++) {
        connect_for(&clients[i], "gets ready");
        get_into_the_middle(&clients[i], i % PLACES);
    }
    tell("ready");
    await_word();
    free(clients);
}
