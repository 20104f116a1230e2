#include "io_script.h"

#include "os.h"
#include "sample.h"
#include "unit.h"

#include <stdlib.h>

enum {
    BYTES_MAX = 2 * 1024 * 1024, /* kept of what a client receives */
    LOG_MAX = 16 * 1024,
    FILE_MAX = 1024 * 1024,
    OPERATION_MAX = 64 * 1024,
    WAITS_MAX = 10 * 1000 * 1000, /* then the server runs in circles */
};

/* The other end of a connection. It outlives the stream. */
struct client {
    struct krt_stream *stream; /* NULL before the connect and after the close */
    bool has_connected;
    bool is_waiting; /* for room */
    bool has_finished;
    bool is_broken;
    bool is_holding;
    bool has_ended;   /* the server called krt_stream_end_output() */
    const char *race; /* see RACE() */
    char *sent;       /* to the server and not read yet */
    size_t sent_len;
    char *received;
    size_t received_len;
};

struct krt_stream {
    struct krt_io *io;
    struct client *client;
    void *owner;
    bool was_read;       /* and so can be identified, */
    bool was_identified; /* but once */
    bool is_pending;
    bool is_posted; /* which was not delivered yet */
    enum krt_io_op op;
    unsigned char *buffer; /* of a read */
    const void *data;      /* of a write */
    void *copy;            /* of that data, as much as one operation moves */
    size_t len;
};

struct krt_io {
    const struct script *script;
    const struct script_step *step; /* the next */
    struct client clients[SCRIPT_CLIENTS];
    int n_streams;
    bool has_stopped;
    bool was_woken;
    long passing; /* milliseconds of a PASS() that are left */
    size_t n_waits;
    struct krt_completion ready[SCRIPT_CLIENTS + 8];
    size_t n_ready;
};

/* ---- The system ---- */

static int64_t now;
static char log_text[LOG_MAX + 1];
static size_t log_len;

int64_t krt_os_now_ms(void)
{
    return now;
}

void krt_os_started(void)
{
}

int64_t krt_os_now_us(void)
{
    return now * 1000;
}

int64_t krt_os_unix_seconds(void)
{
    return SAMPLE_TIME + now / 1000;
}

int64_t krt_os_unix_ms(void)
{
    return SAMPLE_TIME * INT64_C(1000) + now;
}

int krt_os_print(enum krt_std stream, const void *data, size_t len)
{
    assert_int_equal(stream, KRT_STDERR);
    assert_true(log_len + len <= LOG_MAX);
    memcpy(log_text + log_len, data, len);
    log_len += len;
    log_text[log_len] = '\0';
    return KRT_OK;
}

static char file_text[FILE_MAX + 1];
static size_t file_len;
static size_t file_room;

int krt_os_output_open(struct krt_os_output *output, const char *path, bool appends,
                       struct krt_error *error)
{
    (void)appends;
    (void)error;
    *output = (struct krt_os_output){.name = path};
    file_len = 0;
    file_text[0] = '\0';
    file_room = FILE_MAX;
    return KRT_OK;
}

int krt_os_output_write(struct krt_os_output *output, const void *data, size_t len,
                        struct krt_error *error)
{
    if (len > file_room - file_len)
        return krt_error_set(error, KRT_ERR_SYSTEM, "cannot write %s", output->name);
    memcpy(file_text + file_len, data, len);
    file_len += len;
    file_text[file_len] = '\0';
    return KRT_OK;
}

int krt_os_output_close(struct krt_os_output *output, struct krt_error *error)
{
    (void)output;
    (void)error;
    return KRT_OK;
}

const char *io_script_file(void)
{
    return file_text;
}

void io_script_fill_disk(void)
{
    file_room = file_len;
}

/* ---- Completions ---- */

static void deliver(struct krt_io *io, struct krt_completion completion)
{
    assert_true(io->n_ready < sizeof io->ready / sizeof *io->ready);
    io->ready[io->n_ready++] = completion;
}

static size_t at_most(size_t n, size_t max)
{
    return max > 0 && n > max ? max : n;
}

static size_t written_len(const struct krt_stream *stream)
{
    return at_most(stream->len, stream->io->script->write_max);
}

static void complete(struct krt_stream *stream, int error, size_t n)
{
    stream->is_pending = false;
    if (stream->op == KRT_IO_WRITE) {
        assert_memory_equal(stream->data, stream->copy, written_len(stream));
        free(stream->copy);
        stream->copy = NULL;
    }
    deliver(stream->io, (struct krt_completion){stream->op, stream, error, n});
}

static void complete_read(struct krt_stream *stream)
{
    struct client *client = stream->client;
    size_t n = at_most(stream->len, stream->io->script->read_max);
    n = at_most(client->sent_len, n);
    memcpy(stream->buffer, client->sent, n);
    memmove(client->sent, client->sent + n, client->sent_len - n);
    client->sent_len -= n;
    stream->was_read = true;
    complete(stream, KRT_OK, n);
}

static void complete_write(struct krt_stream *stream)
{
    struct client *client = stream->client;
    size_t n = written_len(stream);
    assert_true(client->received_len + n <= BYTES_MAX);
    memcpy(client->received + client->received_len, stream->data, n);
    client->received_len += n;
    client->received[client->received_len] = '\0';
    complete(stream, KRT_OK, n);
}

/* Completes what can be completed by now. */
static void pump(struct krt_stream *stream)
{
    const struct client *client = stream->client;
    if (!stream->is_pending)
        return;
    bool is_read = stream->op == KRT_IO_READ;
    bool is_over = is_read && client->has_finished && client->sent_len == 0;
    if (client->is_broken || is_over)
        complete(stream, KRT_ERR_CLOSED, 0);
    else if (is_read && client->sent_len > 0)
        complete_read(stream);
    else if (!is_read && !client->is_holding)
        complete_write(stream);
}

static void pump_all(struct krt_io *io)
{
    for (size_t i = 0; i < SCRIPT_CLIENTS; i++)
        if (io->clients[i].stream)
            pump(io->clients[i].stream);
}

/* ---- The script ---- */

static void send_text(struct client *client, const char *text)
{
    size_t len = strlen(text);
    client->sent = realloc(client->sent, client->sent_len + len + 1);
    assert_non_null(client->sent);
    memcpy(client->sent + client->sent_len, text, len);
    client->sent_len += len;
}

static void accept_client(struct krt_io *io, struct client *client)
{
    struct krt_stream *stream = calloc(1, sizeof *stream);
    assert_non_null(stream);
    client->stream = stream;
    client->is_waiting = false;
    stream->io = io;
    stream->client = client;
    io->n_streams++;
    deliver(io, (struct krt_completion){KRT_IO_ACCEPT, stream, KRT_OK, 0});
}

static struct client *find_waiting(struct krt_io *io)
{
    for (size_t i = 0; i < SCRIPT_CLIENTS; i++)
        if (io->clients[i].is_waiting)
            return &io->clients[i];
    return NULL;
}

static void tell_of_waiting(struct krt_io *io)
{
    deliver(io, (struct krt_completion){KRT_IO_ACCEPT, NULL, KRT_ERR_BUSY, 0});
}

static void connect_client(struct krt_io *io, struct client *client)
{
    assert_false(client->has_connected);
    client->has_connected = true;
    client->received = calloc(1, BYTES_MAX + 1);
    assert_non_null(client->received);
    if (io->n_streams < io->script->connections) {
        accept_client(io, client);
        return;
    }
    if (!find_waiting(io))
        tell_of_waiting(io);
    client->is_waiting = true;
}

/* There is room for a client that waits. */
static void accept_waiting(struct krt_io *io)
{
    struct client *client = find_waiting(io);
    if (!client)
        return;
    accept_client(io, client);
    if (find_waiting(io))
        tell_of_waiting(io);
}

static void expect(const struct krt_io *io, struct client *client, const char *text)
{
    if (strcmp(client->received, text) != 0)
        fail_msg("step %td: client %td received '%.700s', not '%.700s'",
                 io->step - io->script->steps, client - io->clients, client->received,
                 text);
    client->received_len = 0;
    client->received[0] = '\0';
}

static void expect_log(const char *text)
{
    assert_string_equal(log_text, text);
    log_len = 0;
    log_text[0] = '\0';
}

static void expect_state(const struct krt_io *io, const struct client *client,
                         bool is_open, bool has_ended)
{
    if ((client->stream != NULL) != is_open || client->has_ended != has_ended)
        fail_msg("step %td: client %td is %s, its input %s",
                 io->step - io->script->steps, client - io->clients,
                 client->stream ? "open" : "closed",
                 client->has_ended ? "has ended" : "goes on");
}

/* Plays a step that only looks; false if it is another. */
static bool play_expectation(struct krt_io *io, const struct script_step *step)
{
    struct client *client = &io->clients[step->client];
    switch (step->act) {
    case SCRIPT_EXPECT:
        expect(io, client, step->text);
        return true;
    case SCRIPT_EXPECT_LENGTH:
        assert_int_equal(client->received_len, step->number);
        client->received_len = 0;
        client->received[0] = '\0';
        return true;
    case SCRIPT_EXPECT_OPEN:
        expect_state(io, client, true, false);
        return true;
    case SCRIPT_EXPECT_ENDED:
        expect_state(io, client, true, true);
        return true;
    case SCRIPT_EXPECT_CLOSED:
        expect_state(io, client, false, client->has_ended);
        return true;
    case SCRIPT_EXPECT_LOG:
        expect_log(step->text);
        return true;
    default:
        return false;
    }
}

static void play_client(struct krt_io *io, const struct script_step *step)
{
    struct client *client = &io->clients[step->client];
    switch (step->act) {
    case SCRIPT_CONNECT:
        connect_client(io, client);
        break;
    case SCRIPT_SEND:
        send_text(client, step->text);
        break;
    case SCRIPT_FINISH:
        client->has_finished = true;
        break;
    case SCRIPT_BREAK:
        client->is_broken = true;
        break;
    case SCRIPT_HOLD:
    case SCRIPT_RESUME:
        client->is_holding = step->act == SCRIPT_HOLD;
        break;
    case SCRIPT_RACE:
        client->race = step->text;
        break;
    default:
        fail_msg("a step of an unknown kind: %d", (int)step->act);
    }
}

static void play(struct krt_io *io, const struct script_step *step)
{
    switch (step->act) {
    case SCRIPT_PASS:
        io->passing = step->number;
        break;
    case SCRIPT_TROUBLE:
        deliver(io, (struct krt_completion){KRT_IO_ACCEPT, NULL, (int)step->number, 0});
        break;
    case SCRIPT_WAKE:
        krt_io_wake(io);
        break;
    case SCRIPT_STOP:
        io->script->stop(io->script->context);
        break;
    case SCRIPT_CALL:
        step->call();
        break;
    default:
        if (!play_expectation(io, step))
            play_client(io, step);
    }
}

/* ---- io.h ---- */

struct krt_io *io_script_open(const struct script *script)
{
    struct krt_io *io = calloc(1, sizeof *io);
    assert_non_null(io);
    io->script = script;
    io->step = script->steps;
    now = 0;
    log_len = 0;
    log_text[0] = '\0';
    return io;
}

bool io_script_has_stopped(const struct krt_io *io)
{
    return io->has_stopped;
}

/* Lets time pass, for a PASS() or at the script's end; true when the wait is over. */
static bool pass(struct krt_io *io, int timeout_ms)
{
    bool is_over = io->step->act == SCRIPT_OVER && io->passing == 0;
    if (is_over && timeout_ms < 0)
        fail_msg("the script is over and the server waits for ever");
    if (is_over)
        io->passing = timeout_ms;
    if (timeout_ms >= 0 && timeout_ms <= io->passing) {
        now += timeout_ms;
        io->passing -= timeout_ms;
        return true;
    }
    now += io->passing;
    io->passing = 0;
    return false;
}

/* Plays on until there is something to deliver; false on timeout. */
static bool play_on(struct krt_io *io, int timeout_ms)
{
    pump_all(io);
    while (io->n_ready == 0 && !io->was_woken) {
        if (io->passing > 0 || io->step->act == SCRIPT_OVER) {
            int64_t before = now;
            if (pass(io, timeout_ms))
                return false;
            if (timeout_ms >= 0)
                timeout_ms -= (int)(now - before);
            continue;
        }
        play(io, io->step);
        io->step++;
        pump_all(io);
    }
    return true;
}

size_t krt_io_wait(struct krt_io *io, int worker, struct krt_completion *completions,
                   size_t cap, int timeout_ms)
{
    size_t n = 0;
    assert_int_equal(worker, 0);
    assert_true(io->n_waits++ < WAITS_MAX);
    assert_true(cap > 0);
    if (!play_on(io, timeout_ms))
        return 0;
    if (io->was_woken)
        completions[n++] = (struct krt_completion){.op = KRT_IO_WAKE};
    io->was_woken = false;
    size_t room = at_most(cap, io->script->batch_max) - n;
    size_t n_taken = io->n_ready < room ? io->n_ready : room;
    memcpy(completions + n, io->ready, n_taken * sizeof *completions);
    for (size_t i = n; i < n + n_taken; i++)
        if (completions[i].op == KRT_IO_POST)
            completions[i].stream->is_posted = false;
    io->n_ready -= n_taken;
    memmove(io->ready, io->ready + n_taken, io->n_ready * sizeof *io->ready);
    return n + n_taken;
}

void krt_stream_post(struct krt_stream *stream)
{
    assert_false(stream->is_pending || stream->is_posted);
    stream->is_posted = true;
    deliver(stream->io, (struct krt_completion){KRT_IO_POST, stream, KRT_OK, 0});
}

void krt_io_wake(struct krt_io *io)
{
    io->was_woken = true;
}

void krt_io_stop(struct krt_io *io)
{
    assert_false(io->has_stopped);
    io->has_stopped = true;
    for (size_t i = 0; i < SCRIPT_CLIENTS; i++)
        io->clients[i].is_waiting = false;
}

bool krt_io_is_idle(struct krt_io *io)
{
    return io->n_streams == 0;
}

void krt_io_free(struct krt_io *io)
{
    assert_int_equal(io->n_streams, 0);
    for (; io->step->act != SCRIPT_OVER; io->step++)
        if (!play_expectation(io, io->step))
            fail_msg("the server returned before step %td",
                     io->step - io->script->steps);
    for (size_t i = 0; i < SCRIPT_CLIENTS; i++) {
        free(io->clients[i].sent);
        free(io->clients[i].received);
    }
    free(io);
}

void krt_stream_set_owner(struct krt_stream *stream, void *owner)
{
    stream->owner = owner;
}

void *krt_stream_owner(const struct krt_stream *stream)
{
    return stream->owner;
}

/* All clients are one. */
void krt_stream_identify(struct krt_stream *stream, struct krt_identity *identity)
{
    assert_true(stream->was_read && !stream->was_identified);
    stream->was_identified = true;
    *identity = (struct krt_identity){.pid = 7, .user = "anna"};
}

static void start(struct krt_stream *stream, enum krt_io_op op, size_t len)
{
    assert_false(stream->is_pending || stream->is_posted);
    assert_in_range(len, 1, OPERATION_MAX);
    stream->is_pending = true;
    stream->op = op;
    stream->len = len;
}

/* What the buffer held is not the server's any more. */
void krt_stream_read(struct krt_stream *stream, void *buffer, size_t len)
{
    start(stream, KRT_IO_READ, len);
    stream->buffer = buffer;
    memset(buffer, 0xdd, len);
}

void krt_stream_write(struct krt_stream *stream, const void *data, size_t len)
{
    start(stream, KRT_IO_WRITE, len);
    assert_false(stream->client->has_ended);
    if (stream->io->script->writing)
        stream->io->script->writing(data, len);
    stream->data = data;
    stream->copy = malloc(written_len(stream));
    assert_non_null(stream->copy);
    memcpy(stream->copy, data, written_len(stream));
}

void krt_stream_cancel(struct krt_stream *stream)
{
    struct client *client = stream->client;
    if (!stream->is_pending)
        return;
    const char *race = client->race;
    client->race = NULL;
    if (!race) {
        complete(stream, KRT_ERR_ABORTED, 0);
    } else if (stream->op == KRT_IO_WRITE) {
        complete_write(stream);
    } else {
        send_text(client, race);
        complete_read(stream);
    }
}

size_t krt_stream_read_last(struct krt_stream *stream, void *buffer, size_t cap)
{
    struct client *client = stream->client;
    size_t n = at_most(client->sent_len, cap);
    assert_false(stream->is_pending || stream->is_posted);
    if (n > 0)
        memcpy(buffer, client->sent, n);
    client->sent_len -= n;
    client->has_finished = true;
    return n;
}

void krt_stream_end_output(struct krt_stream *stream)
{
    assert_false(stream->client->has_ended);
    stream->client->has_ended = true;
}

void krt_stream_close(struct krt_stream *stream)
{
    assert_false(stream->is_pending || stream->is_posted);
    struct krt_io *io = stream->io;
    stream->client->stream = NULL;
    io->n_streams--;
    free(stream);
    accept_waiting(io);
}
