/* start_stop PIPE ROUNDS GROWTH: a server in this process that is opened, asked,
 * stopped and freed again and again. What the process holds must not grow, but for so
 * many KiB that its C library keeps.
 *
 * Exit: 0 it did not, 1 something failed, 2 usage. */
#include "crew.h"
#include "exchange.h"
#include "io.h"
#include "log.h"
#include "os.h"
#include "server.h"
#include "soak_program.h"
#include "vitals.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS_BEFORE = 20, WORKERS = 2 };

static void fail(const char *problem)
{
    fprintf(stderr, "start_stop: %s\n", problem);
    exit(1);
}

static void serve(void *server, int i)
{
    (void)i;
    krt_server_run(server);
}

/* One client is answered, one says nothing, one leaves; two are there at the stop. */
static void come(struct exchange clients[3], const char *path)
{
    static const struct request request = {.answer = SHORT_BODY};
    for (int i = 0; i < 3; i++)
        if (!exchange_open(&clients[i], path, PATIENCE_MS))
            fail("cannot connect");
    exchange_close(&clients[2]);
    enum outcome outcome = exchange_whole(&clients[0], &request);
    if (outcome)
        fail(outcome_text(outcome));
}

static void play_round(const struct krt_program *program,
                       const struct krt_endpoint *endpoint)
{
    static struct exchange clients[3];
    static struct krt_log log = {.program = "start_stop", .level = KRT_LOG_ERROR};
    const struct krt_io_config config = {
        .instances = program->limits.instances,
        .connections = program->limits.connections,
        .access = &program->access,
        .workers = WORKERS,
    };
    struct krt_error error;
    struct krt_io *io;
    if (krt_io_open(&io, endpoint, &config, &error) != KRT_OK)
        fail(error.text);
    struct krt_server server = {
        .program = program, .io = io, .log = &log, .workers = WORKERS};
    struct crew *crew = crew_start(1, serve, &server);
    come(clients, endpoint->path);
    krt_server_stop(&server);
    crew_wait(crew);
    krt_io_stop(io);
    krt_io_free(io);
    for (int i = 0; i < 2; i++) {
        if (!exchange_ends(&clients[i]))
            fail("a connection did not end");
        exchange_close(&clients[i]);
    }
}

static struct vitals look(void)
{
    struct vitals vitals;
    if (!vitals_take(&vitals, krt_os_pid()))
        fail("cannot count what this process holds");
    return vitals;
}

/* A thread that was waited for may take a moment to vanish. */
static struct vitals look_again(const struct vitals *before)
{
    int64_t end = krt_os_now_ms() + PATIENCE_MS;
    struct vitals vitals = look();
    while ((vitals.handles > before->handles || vitals.threads > before->threads) &&
           krt_os_now_ms() < end) {
        krt_os_sleep_ms(10);
        vitals = look();
    }
    return vitals;
}

static void check(const struct vitals *before, const struct vitals *after, long growth)
{
    printf("handles %ld, then %ld; threads %ld, then %ld; KiB %ld, then %ld\n",
           before->handles, after->handles, before->threads, after->threads,
           before->memory, after->memory);
    fflush(stdout);
    if (after->handles > before->handles)
        fail("handles were left behind");
    if (after->threads > before->threads)
        fail("threads were left behind");
    if (after->memory > before->memory + growth)
        fail("memory was left behind");
}

int main(int argc, char **argv)
{
    struct krt_program program = soak_program(SHORT_BODY);
    struct krt_endpoint endpoint;
    struct krt_error error;
    if (argc != 4 || krt_endpoint_resolve(&endpoint, argv[1], &error) != KRT_OK) {
        fprintf(stderr, "usage: start_stop PIPE ROUNDS GROWTH\n");
        return 2;
    }
    for (int i = 0; i < ROUNDS_BEFORE; i++)
        play_round(&program, &endpoint);
    struct vitals before = look();
    for (int i = atoi(argv[2]); i > 0; i--)
        play_round(&program, &endpoint);
    struct vitals after = look_again(&before);
    check(&before, &after, atol(argv[3]));
    return 0;
}
