#include "run.h"

#include "net.h"

#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 1 };

struct client {
    struct run *run;
    struct link *link;
    bool is_waiting;      /* for a connection */
    bool is_done;         /* no request is left for it */
    size_t n_outstanding; /* answers */
    uint64_t asked_at;
    struct counter counter;
};

struct run {
    const struct run_options *options;
    struct expected *expected;
    struct run_result *result;
    struct net *net;
    struct client *clients;
    char *batch; /* `depth` requests */
    uint64_t left;
    size_t n_waiting;
    size_t n_active; /* clients that wait for a connection or an answer */
    bool is_over;
    uint64_t last_answer_at;
    uint64_t retry_at;
};

/* ---- Asking ---- */

/* How many requests the client is to make next. */
static size_t take_requests(struct run *run)
{
    size_t n =
        run->left < run->options->depth ? (size_t)run->left : run->options->depth;
    run->left -= n;
    return n;
}

static void ask(struct client *client)
{
    link_send(client->link, client->run->batch,
              client->n_outstanding * client->run->options->request_len);
}

static void try_connect(struct client *client)
{
    struct run *run = client->run;
    enum link_result result = link_open(client->link);
    client->is_waiting = result != LINK_OPEN;
    if (result == LINK_OPEN) {
        memset(&client->counter, 0, offsetof(struct counter, head));
        ask(client);
        return;
    }
    run->n_waiting++;
    if (result == LINK_BUSY)
        run->result->n_retries++;
    else
        run->result->n_unconnected++;
}

/* Makes the next requests, on a new connection if need be. */
static void begin(struct client *client, uint64_t now, bool is_connected)
{
    struct run *run = client->run;
    client->n_outstanding = run->is_over ? 0 : take_requests(run);
    client->asked_at = now;
    client->is_done = client->n_outstanding == 0;
    if (client->is_done)
        run->n_active--;
    else if (is_connected)
        ask(client);
    else
        try_connect(client);
}

/* All answers are there. */
static void go_on(struct client *client, uint64_t now)
{
    bool is_kept = client->run->options->is_kept;
    if (!is_kept)
        link_close(client->link);
    begin(client, now, is_kept);
}

/* ---- What the net reports ---- */

static void give_up(struct client *client, uint64_t *count)
{
    link_close(client->link);
    if (client->is_done)
        return;
    if (client->n_outstanding > 0) /* else the server did not want the whole request */
        (*count)++;
    begin(client, net_now(), false);
}

static void received(void *owner, const char *data, size_t len)
{
    struct client *client = owner;
    struct run *run = client->run;
    uint64_t now = net_now();
    size_t n = counter_read(&client->counter, run->expected, data, len);
    if (client->counter.is_malformed || n > client->n_outstanding) {
        give_up(client, &run->result->n_malformed);
        return;
    }
    if (n == 0)
        return;
    histogram_add(&run->result->latency, now - client->asked_at, n);
    run->result->n_answers += n;
    run->last_answer_at = now;
    client->n_outstanding -= n;
    if (client->n_outstanding == 0 && !link_is_sending(client->link))
        go_on(client, now);
}

static void sent(void *owner)
{
    struct client *client = owner;
    if (client->n_outstanding == 0 && !client->is_done)
        go_on(client, net_now());
}

static void ended(void *owner)
{
    struct client *client = owner;
    give_up(client, &client->run->result->n_unanswered);
}

static const struct net_events events = {received, sent, ended};

/* ---- The run ---- */

static void retry_waiting(struct run *run, uint64_t now)
{
    if (run->n_waiting == 0 || now < run->retry_at)
        return;
    run->retry_at = now + RETRY_MS * 1000000;
    run->n_waiting = 0;
    for (size_t i = 0; i < run->options->clients; i++)
        if (run->clients[i].is_waiting)
            try_connect(&run->clients[i]);
}

static void run_clients(struct run *run)
{
    const struct run_options *options = run->options;
    uint64_t start = net_now();
    uint64_t now = start;
    run->last_answer_at = start;
    run->n_active = options->clients;
    for (size_t i = 0; i < options->clients; i++)
        begin(&run->clients[i], net_now(), false);
    while (run->n_active > 0 && (!options->time_ns || now - start < options->time_ns)) {
        net_wait(run->net, run->n_waiting > 0 ? RETRY_MS : 10);
        now = net_now();
        retry_waiting(run, now);
        if (now - run->last_answer_at > options->patience_ns) {
            run->result->is_stalled = true;
            break;
        }
    }
    run->is_over = true;
    run->result->ns = now - start;
}

static bool prepare(struct run *run)
{
    const struct run_options *options = run->options;
    run->left = options->requests ? options->requests : UINT64_MAX;
    run->net = net_new(options->endpoint, &events);
    run->clients = calloc(options->clients, sizeof *run->clients);
    run->batch = malloc(options->depth * options->request_len);
    if (!run->net || !run->clients || !run->batch)
        return false;
    for (size_t i = 0; i < options->depth; i++)
        memcpy(run->batch + i * options->request_len, options->request,
               options->request_len);
    for (size_t i = 0; i < options->clients; i++) {
        struct client *client = &run->clients[i];
        client->run = run;
        client->link = link_new(run->net, client);
        if (!client->link)
            return false;
    }
    return true;
}

struct run *run_new(const struct run_options *options, struct expected *expected,
                    struct run_result *result)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return NULL;
    run->options = options;
    run->expected = expected;
    run->result = result;
    if (!prepare(run)) {
        run_free(run);
        return NULL;
    }
    run_clients(run);
    return run;
}

void run_free(struct run *run)
{
    if (run->net)
        net_free(run->net);
    free(run->clients);
    free(run->batch);
    free(run);
}
