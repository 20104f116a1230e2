/* io_windows.c with real pipes and several workers: threads that each wait with a
 * number of their own, as a server's do. */
#include "pipes.h"

#include <stdatomic.h>

enum { WORKERS = 4, CONNECTIONS = 12, CLIENTS = 16, TALKS = 12, ROUNDS = 12 };

/* A connection as its workers see it. */
struct talk {
    atomic_bool is_taken; /* by a worker */
    size_t n;
    char buffer[64];
};

/* Echoes with several workers until it is asked to stop. */
struct service {
    struct krt_io *io;
    bool is_posting; /* a thread of the system's posts before each answer */
    atomic_int n_posts;
    atomic_bool stop;
    atomic_bool has_stopped;
    atomic_int n_open;
    atomic_int most_open;
    atomic_int n_accepts;
    atomic_int n_ends;
    atomic_int n_surplus_news;
    atomic_llong n_read;
    atomic_llong n_written;
    atomic_int n_served[WORKERS];
};

struct worker {
    struct service *service;
    int number;
    HANDLE thread;
};

static void end_talk(struct service *service, struct krt_stream *stream,
                     struct talk *talk)
{
    free(talk);
    atomic_fetch_add(&service->n_ends, 1);
    atomic_fetch_sub(&service->n_open, 1);
    krt_stream_close(stream);
}

static struct talk *begin_talk(struct service *service, struct krt_stream *stream)
{
    struct talk *talk = calloc(1, sizeof *talk);
    CHECK(talk);
    CHECK(!krt_stream_owner(stream));
    krt_stream_set_owner(stream, talk);
    int n_open = atomic_fetch_add(&service->n_open, 1) + 1;
    CHECK(n_open <= CONNECTIONS);
    if (n_open > atomic_load(&service->most_open))
        atomic_store(&service->most_open, n_open);
    atomic_fetch_add(&service->n_accepts, 1);
    return talk;
}

static DWORD WINAPI post(void *stream)
{
    krt_stream_post(stream);
    return 0;
}

static void serve(struct service *service, const struct krt_completion *completion)
{
    struct krt_stream *stream = completion->stream;
    if (completion->op == KRT_IO_WAKE)
        return;
    if (!stream) {
        CHECK_INT(completion->error, KRT_ERR_BUSY);
        atomic_fetch_add(&service->n_surplus_news, 1);
        return;
    }
    bool is_new = completion->op == KRT_IO_ACCEPT;
    struct talk *talk = is_new ? begin_talk(service, stream) : krt_stream_owner(stream);
    CHECK(!atomic_exchange(&talk->is_taken, true)); /* nobody else has it */
    if (completion->error) {
        CHECK_INT(completion->error, KRT_ERR_CLOSED);
        end_talk(service, stream, talk);
        return;
    }
    if (completion->op == KRT_IO_READ) {
        atomic_fetch_add(&service->n_read, (long long)completion->n);
        talk->n = completion->n;
        atomic_store(&talk->is_taken, false);
        if (service->is_posting)
            CHECK(QueueUserWorkItem(post, stream, WT_EXECUTEDEFAULT));
        else
            krt_stream_write(stream, talk->buffer, talk->n);
        return;
    }
    if (completion->op == KRT_IO_POST) {
        CHECK_INT(completion->n, 0);
        atomic_fetch_add(&service->n_posts, 1);
        atomic_store(&talk->is_taken, false);
        krt_stream_write(stream, talk->buffer, talk->n);
        return;
    }
    if (completion->op == KRT_IO_WRITE) {
        CHECK_INT(completion->n, talk->n);
        atomic_fetch_add(&service->n_written, (long long)completion->n);
    }
    atomic_store(&talk->is_taken, false);
    krt_stream_read(stream, talk->buffer, sizeof talk->buffer);
}

static DWORD WINAPI run_worker(void *context)
{
    struct worker *worker = context;
    struct service *service = worker->service;
    struct krt_completion completions[5];
    while (!krt_io_is_idle(service->io)) {
        size_t n = krt_io_wait(service->io, worker->number, completions, 5, -1);
        for (size_t i = 0; i < n; i++)
            serve(service, &completions[i]);
        atomic_fetch_add(&service->n_served[worker->number], (int)n);
        if (atomic_load(&service->stop) &&
            !atomic_exchange(&service->has_stopped, true))
            krt_io_stop(service->io);
    }
    krt_io_wake(service->io);
    return 0;
}

static void start_workers(struct worker workers[WORKERS], struct service *service)
{
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.service = service, .number = i};
        workers[i].thread = CreateThread(NULL, 0, run_worker, &workers[i], 0, NULL);
        CHECK(workers[i].thread);
    }
}

static void join(HANDLE thread)
{
    CHECK_INT(WaitForSingleObject(thread, 6 * PATIENCE_MS), WAIT_OBJECT_0);
    CloseHandle(thread);
}

static void stop_workers(struct worker workers[WORKERS], struct service *service)
{
    atomic_store(&service->stop, true);
    krt_io_wake(service->io);
    for (int i = 0; i < WORKERS; i++)
        join(workers[i].thread);
    krt_io_free(service->io);
}

struct visitor {
    int number;
    int n_talks;
    long long n_echoed;
    HANDLE thread;
};

static HANDLE open_when_free(void)
{
    HANDLE client = try_open();
    while (client == INVALID_HANDLE_VALUE) {
        CHECK_INT(GetLastError(), ERROR_PIPE_BUSY);
        Sleep(2);
        client = try_open();
    }
    return client;
}

static DWORD WINAPI visit(void *context)
{
    struct visitor *visitor = context;
    for (int talk = 0; talk < visitor->n_talks; talk++) {
        HANDLE client = open_when_free();
        for (int round = 0; round < ROUNDS; round++) {
            int sent[3] = {visitor->number, talk, round};
            int received[3];
            client_write(client, sent, sizeof sent);
            client_read(client, received, sizeof received);
            CHECK(memcmp(sent, received, sizeof sent) == 0);
            visitor->n_echoed += (long long)sizeof sent;
        }
        CloseHandle(client);
    }
    return 0;
}

static void check_service(bool is_posting)
{
    static struct visitor visitors[CLIENTS];
    struct service service = {.io = open_io_for(4, CONNECTIONS, WORKERS),
                              .is_posting = is_posting};
    struct worker workers[WORKERS];
    long long n_echoed = 0;
    int n_busy = 0;
    start_workers(workers, &service);
    for (int i = 0; i < CLIENTS; i++) {
        visitors[i] = (struct visitor){.number = i, .n_talks = TALKS};
        visitors[i].thread = CreateThread(NULL, 0, visit, &visitors[i], 0, NULL);
    }
    for (int i = 0; i < CLIENTS; i++) {
        join(visitors[i].thread);
        n_echoed += visitors[i].n_echoed;
    }
    stop_workers(workers, &service);
    CHECK_INT(n_echoed, CLIENTS * TALKS * ROUNDS * 12);
    CHECK_INT(service.n_read, n_echoed);
    CHECK_INT(service.n_written, n_echoed);
    CHECK_INT(service.n_accepts, CLIENTS * TALKS);
    CHECK_INT(service.n_ends, CLIENTS * TALKS);
    CHECK_INT(service.n_open, 0);
    for (int i = 0; i < WORKERS; i++)
        n_busy += service.n_served[i] > 0;
    CHECK(n_busy >= 2);
    CHECK(service.most_open >= 2);
    CHECK_INT(service.n_posts, is_posting ? CLIENTS * TALKS * ROUNDS : 0);
}

static void test_every_request_is_answered(void)
{
    check_service(false);
}

/* Any thread may post, and each post comes once, to one worker. */
static void test_posts_reach_whichever_worker(void)
{
    check_service(true);
}

static void test_post_is_an_operation_of_its_own(void)
{
    struct krt_io *io = open_io(1, 1);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    krt_stream_post(stream);
    CHECK_INT(next_on(io, KRT_IO_POST, stream, 0), 0);
    check_quiet(io, 50);
    client_write(client, "ab", 2);
    next_read(io, stream, "ab");
    krt_stream_post(stream);
    CHECK_INT(next_on(io, KRT_IO_POST, stream, 0), 0);
    next_write(io, stream, "cd");
    check_client_reads(client, "cd");
    CloseHandle(client);
    next_end(io, stream);
    krt_io_free(io);
}

/* Clients that wait for room get it from whichever worker closes. */
static void test_surplus_clients_are_served_in_turn(void)
{
    enum { N = 8 };
    static struct visitor visitors[N];
    struct service service = {.io = open_io_for(2, 1, WORKERS)};
    struct worker workers[WORKERS];
    start_workers(workers, &service);
    HANDLE first = client_open();
    client_write(first, "a", 1);
    check_client_reads(first, "a");
    HANDLE second = client_open();
    while (atomic_load(&service.n_surplus_news) == 0)
        Sleep(1);
    for (int i = 0; i < N; i++) {
        visitors[i] = (struct visitor){.number = i, .n_talks = 3};
        visitors[i].thread = CreateThread(NULL, 0, visit, &visitors[i], 0, NULL);
    }
    CloseHandle(first);
    client_write(second, "b", 1);
    check_client_reads(second, "b");
    CloseHandle(second);
    for (int i = 0; i < N; i++)
        join(visitors[i].thread);
    stop_workers(workers, &service);
    CHECK_INT(service.n_accepts, 2 + 3 * N);
    CHECK_INT(service.most_open, 1);
}

/* Comes and goes until the pipe is gone; what was written is answered or cut off. */
static DWORD WINAPI storm(void *context)
{
    atomic_bool *has_ended = context;
    while (!atomic_load(has_ended)) {
        DWORD n;
        char byte;
        HANDLE client = try_open();
        if (client == INVALID_HANDLE_VALUE)
            continue;
        if (WriteFile(client, "x", 1, &n, NULL) && ReadFile(client, &byte, 1, &n, NULL))
            CHECK_INT(byte, 'x');
        CloseHandle(client);
    }
    return 0;
}

static void test_stop_during_a_storm(void)
{
    enum { N = 6 };
    int before = 0;
    for (int round = 0; round < 8; round++) {
        struct service service = {.io = open_io_for(4, CONNECTIONS, WORKERS)};
        struct worker workers[WORKERS];
        HANDLE threads[N];
        atomic_bool has_ended = false;
        start_workers(workers, &service);
        for (int i = 0; i < N; i++)
            threads[i] = CreateThread(NULL, 0, storm, &has_ended, 0, NULL);
        while (atomic_load(&service.n_ends) < 10 * round)
            Sleep(1);
        stop_workers(workers, &service);
        check_refused(ERROR_FILE_NOT_FOUND);
        atomic_store(&has_ended, true);
        for (int i = 0; i < N; i++)
            join(threads[i]);
        CHECK_INT(service.n_accepts, service.n_ends);
        if (round == 1)
            before = check_count_handles();
    }
    CHECK_INT(check_count_handles(), before);
}

/* Who leaves wakes the others, so one wake and one stop end all. */
static void test_one_wake_ends_all_workers(void)
{
    for (int round = 0; round < 30; round++) {
        struct service service = {.io = open_io_for(1, 2, WORKERS)};
        struct worker workers[WORKERS];
        start_workers(workers, &service);
        if (round % 2)
            Sleep(1);
        stop_workers(workers, &service);
    }
}

struct waiter {
    struct krt_io *io;
    int number;
    atomic_int *n_woken;
    atomic_bool *has_ended;
};

static DWORD WINAPI wait_for_wakes(void *context)
{
    struct waiter *waiter = context;
    struct krt_completion completion;
    for (;;) {
        CHECK_INT(krt_io_wait(waiter->io, waiter->number, &completion, 1, -1), 1);
        CHECK_INT(completion.op, KRT_IO_WAKE);
        atomic_fetch_add(waiter->n_woken, 1);
        if (atomic_load(waiter->has_ended)) {
            krt_io_wake(waiter->io);
            return 0;
        }
    }
}

/* Each call is heard by some worker, after it; never by more workers than calls. */
static void test_every_wake_is_heard(void)
{
    enum { WAKES = 300 };
    struct krt_io *io = open_io_for(1, 2, WORKERS);
    struct waiter waiters[WORKERS];
    HANDLE threads[WORKERS];
    atomic_int n_woken = 0;
    atomic_bool has_ended = false;
    for (int i = 0; i < WORKERS; i++) {
        waiters[i] = (struct waiter){io, i, &n_woken, &has_ended};
        threads[i] = CreateThread(NULL, 0, wait_for_wakes, &waiters[i], 0, NULL);
    }
    for (int i = 0; i < WAKES; i++) {
        int before = atomic_load(&n_woken);
        CHECK_INT(before, i);
        krt_io_wake(io);
        while (atomic_load(&n_woken) == before)
            Sleep(0);
    }
    atomic_store(&has_ended, true);
    krt_io_wake(io);
    for (int i = 0; i < WORKERS; i++)
        join(threads[i]);
    krt_io_free(io);
}

static DWORD WINAPI cancel_soon(void *stream)
{
    Sleep(20);
    krt_stream_cancel(stream);
    return 0;
}

/* The worker that waits is another than the one that started the read. */
static void test_cancel_from_another_thread(void)
{
    struct krt_io *io = open_io_for(2, 4, 2);
    HANDLE client = client_open();
    struct krt_stream *stream = next_accept(io);
    struct krt_completion completion;
    char byte;
    for (int i = 0; i < 3; i++) {
        krt_stream_read(stream, &byte, 1);
        HANDLE thread = CreateThread(NULL, 0, cancel_soon, stream, 0, NULL);
        CHECK_INT(krt_io_wait(io, 1, &completion, 1, -1), 1);
        CHECK_INT(completion.op, KRT_IO_READ);
        CHECK_INT(completion.error, KRT_ERR_ABORTED);
        CHECK(completion.stream == stream);
        join(thread);
    }
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

/* What one worker has taken and not looked at yet would wait for it. */
static void test_a_worker_takes_no_more_than_it_serves(void)
{
    struct krt_io *io = open_io_for(4, 8, 2);
    struct krt_completion completions[8];
    HANDLE clients[3];
    for (int i = 0; i < 3; i++)
        clients[i] = client_open();
    for (int i = 0; i < 3; i++) {
        CHECK_INT(krt_io_wait(io, i % 2, completions, 8, PATIENCE_MS), 1);
        CHECK_INT(completions[0].op, KRT_IO_ACCEPT);
        krt_stream_close(completions[0].stream);
        CloseHandle(clients[i]);
    }
    krt_io_free(io);
}

/* What is ready is its worker's own: the one that got the stream last. */
static void test_what_is_ready_stays_with_its_worker(void)
{
    struct krt_io *io = open_io_for(2, 4, 2);
    struct krt_completion completion;
    HANDLE client = client_open();
    CHECK_INT(krt_io_wait(io, 1, &completion, 1, PATIENCE_MS), 1);
    struct krt_stream *stream = completion.stream;
    krt_stream_write(stream, "x", 1);
    CHECK_INT(krt_io_wait(io, 0, &completion, 1, 20), 0);
    CHECK_INT(krt_io_wait(io, 1, &completion, 1, PATIENCE_MS), 1);
    CHECK_INT(completion.op, KRT_IO_WRITE);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(void)
{
    static const struct check_case cases[] = {
        CASE(test_every_request_is_answered),
        CASE(test_posts_reach_whichever_worker),
        CASE(test_post_is_an_operation_of_its_own),
        CASE(test_surplus_clients_are_served_in_turn),
        CASE(test_stop_during_a_storm),
        CASE(test_one_wake_ends_all_workers),
        CASE(test_every_wake_is_heard),
        CASE(test_cancel_from_another_thread),
        CASE(test_a_worker_takes_no_more_than_it_serves),
        CASE(test_what_is_ready_stays_with_its_worker),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
