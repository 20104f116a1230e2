/* Fuzzes one connection. The input is a list of operations:
 *
 *   r LOW HIGH BYTES  LOW + 256 * HIGH bytes have been read
 *   s LOW HIGH        that many bytes of the output, and one, have been written
 *   S                 all output has been written
 *   t N               N * 100 milliseconds pass
 *   e                 a read is given up
 *   l                 the peer is lost
 *   q                 the server stops
 *   p                 from now on a slash at a path's end is redirected
 *   x                 from now on 404 and 405 are explained
 *
 * What the connection does not want is skipped, and so is any other byte. The output is
 * read as a client reads it: it must be a sequence of whole responses, each with the
 * length that its head says, and nothing may follow one that closes. Where only reads
 * and writes took part, the same input in one piece must lead to the same output. */
#include "conn.h"
#include "cut.h"
#include "exchange.h"
#include "log_answer.h"
#include "os.h"
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPORTS = 1024, HEAD_MAX = KRT_REPLY_ROOM };

/* What a client knows of the output so far. */
struct reader {
    char head[HEAD_MAX + 1];
    size_t head_len;
    size_t body_left;
    bool has_closed;      /* a response has said so */
    size_t lens[REPORTS]; /* of the bodies that were reported, a ring */
    size_t n_reported;
    size_t n_read;  /* final responses */
    uint64_t sum;   /* over all bytes of the output */
    uint64_t taken; /* over the pieces of bodies */
};

struct run {
    const uint8_t *at;
    size_t left;
    struct krt_service service;
    struct krt_conn *conn;
    void *storage;
    struct reader reader;
    struct krt_moment now;
    uint8_t *received;
    size_t received_len;
    bool is_undisturbed; /* nothing but reads and writes took part */
};

/* Holds in every build. */
static void require(bool is_true, const char *what)
{
    if (is_true)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

static uint64_t add(uint64_t sum, const void *data, size_t len)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ at[i]) * 1099511628211u;
    return sum;
}

/* ---- The client's side ---- */

/* A line of text is visible ASCII. */
static void check_text(const char *line, size_t len)
{
    for (size_t i = 0; i + 1 < len; i++)
        require(line[i] >= ' ' && line[i] < 0x7f, "a line is visible");
}

/* A line of JSON is one object of UTF-8 without control characters, whose strings
 * end. */
static void check_json(const char *line, size_t len)
{
    bool is_in_string = false;
    const unsigned char *at = (const unsigned char *)line;
    const unsigned char *end = at + len - 1;
    for (size_t step; at < end; at += step) {
        step = krt_character_len(at, (size_t)(end - at));
        require(step > 0, "a line is UTF-8");
        require(*at >= ' ' && *at != 0x7f, "a line has no control characters");
        if (*at == '"')
            is_in_string = !is_in_string;
        else if (*at == '\\')
            step = 2;
    }
    require(at == end && !is_in_string && end[-1] == '}', "an object ends");
}

int krt_os_print(enum krt_std stream, const void *data, size_t len)
{
    const char *line = data;
    (void)stream;
    require(len > 0 && len < KRT_LOG_LINE_MAX, "a line has room");
    require(memchr(line, '\n', len) == line + len - 1, "a line is one");
    if (line[0] == '{')
        check_json(line, len);
    else
        check_text(line, len);
    return KRT_OK;
}

int64_t krt_os_unix_ms(void)
{
    return SAMPLE_TIME * INT64_C(1000);
}

int64_t krt_os_now_ms(void)
{
    return 0;
}

static void check_lines(const struct krt_answer *answer)
{
    static struct krt_log log = {.program = "sample", .level = KRT_LOG_DEBUG};
    static const struct krt_identity nobody;
    for (int format = KRT_LOG_TEXT; format <= KRT_LOG_JSON; format++) {
        log.format = (enum krt_log_format)format;
        krt_log_answer(&log, &sample_program, answer, &nobody, 0);
    }
}

/* Values are text without NUL, of one segment unless it is a catch-all's. */
static void check_values(const struct krt_verdict *verdict)
{
    const struct krt_route *route = &sample_program.routes[verdict->route];
    for (size_t i = 0; i < route->n_parameters; i++) {
        struct krt_slice value = verdict->values[i];
        require(value.at || value.len == 0, "an absent value is empty");
        if (!value.at || verdict->route == SAMPLE_TREE)
            continue;
        require(value.len > 0, "a value is not empty");
        require(!memchr(value.at, '/', value.len), "a value is of one segment");
        require(!memchr(value.at, '\0', value.len), "a value has no NUL");
    }
}

static void on_answered(void *context, struct krt_conn *conn,
                        const struct krt_answer *answer)
{
    (void)conn;
    struct reader *reader = context;
    check_lines(answer);
    if (answer->verdict && answer->verdict->route != KRT_NO_ROUTE)
        check_values(answer->verdict);
    reader->lens[reader->n_reported++ % REPORTS] = answer->body_len;
    require(reader->n_reported - reader->n_read < REPORTS, "few answers are waiting");
    require(answer->status >= 200 && answer->status < 600, "an answer has a status");
    require(answer->method.len <= sample_program.limits.request_line,
            "a method lies in the input");
}

static int on_body(struct krt_exchange *exchange, const void *data,
                   struct krt_str piece)
{
    const struct krt_head *head = exchange->head;
    struct reader *reader = exchange->conn->service->context;
    (void)data;
    require(piece.len > 0, "a piece has bytes");
    require(head->has_content_length || head->coding == KRT_CODING_CHUNKED,
            "a body was announced");
    reader->taken = add(reader->taken, piece.at, piece.len);
    return KRT_DONE;
}

static int on_answer(struct krt_exchange *exchange, const void *data)
{
    (void)data;
    exchange->response = &exchange->route->response;
    return KRT_DONE;
}

/* The sample, but every other route takes its bodies. */
static const struct krt_program *fuzzed_program(void)
{
    static struct krt_route routes[SAMPLE_N_ROUTES];
    static struct krt_program program;
    memcpy(routes, sample_program.routes, sizeof routes);
    for (size_t i = 1; i < SAMPLE_N_ROUTES; i += 2) {
        routes[i].answer = on_answer;
        routes[i].take = on_body;
    }
    program = sample_program;
    program.routes = routes;
    program.begin = krt_begin_exchange;
    return &program;
}

/* A response tells its own length, whatever the server knows of it: only those that
 * have none, or have it for HEAD, may differ (RFC 9112 section 6.3). */
static void check_length(const char *head, size_t body_len)
{
    static const char field[] = "\r\nContent-Length: ";
    const char *length = strstr(head, field);
    int status = atoi(head + sizeof "HTTP/1.1 " - 1);
    if (status == 204 || status == 304) {
        require(!length && body_len == 0, "it has no body");
        return;
    }
    require(length != NULL, "it has a length");
    require(!strstr(length + 1, field), "it has one length");
    size_t len = strtoul(length + sizeof field - 1, NULL, 10);
    require(body_len == len || body_len == 0, "it has the length that it says");
}

static void end_head(struct reader *reader)
{
    reader->head[reader->head_len] = '\0';
    bool is_interim = strncmp(reader->head, "HTTP/1.1 1", 10) == 0;
    reader->head_len = 0;
    reader->has_closed = strstr(reader->head, "\r\nConnection: close\r\n") != NULL;
    if (is_interim)
        return;
    const char *location = strstr(reader->head, "\r\nLocation: /");
    if (location)
        require(!strchr("/\\", location[sizeof "\r\nLocation: /" - 1]),
                "a redirect stays on this host");
    require(reader->n_read < reader->n_reported, "each response was reported");
    reader->body_left = reader->lens[reader->n_read++ % REPORTS];
    check_length(reader->head, reader->body_left);
}

static void read_head_byte(struct reader *reader, char byte)
{
    static const char start[] = "HTTP/1.1 ";
    size_t at = reader->head_len;
    require(!reader->has_closed, "nothing follows a response that closes");
    require(at < HEAD_MAX, "a response head has an end");
    require(at >= sizeof start - 1 || byte == start[at], "a response starts as one");
    reader->head[reader->head_len++] = byte;
    if (at >= 3 && memcmp(reader->head + at - 3, "\r\n\r\n", 4) == 0)
        end_head(reader);
}

static void read_output(struct reader *reader, const char *data, size_t len)
{
    reader->sum = add(reader->sum, data, len);
    while (len > 0) {
        if (reader->body_left > 0) {
            size_t n = len < reader->body_left ? len : reader->body_left;
            reader->body_left -= n;
            data += n;
            len -= n;
        } else {
            read_head_byte(reader, *data++);
            len--;
        }
    }
}

/* ---- The operations ---- */

static uint8_t take(struct run *run)
{
    if (run->left == 0)
        return 0;
    run->left--;
    return *run->at++;
}

static size_t take_length(struct run *run)
{
    size_t low = take(run);
    return low + 256 * (size_t)take(run);
}

static bool wants_input(const struct run *run)
{
    enum krt_want want = krt_conn_want(run->conn);
    return want == KRT_WANT_READ || want == KRT_WANT_DRAIN;
}

/* Reads up to `len` bytes of what is left, as long as they are wanted; returns the
 * number of those that were not. */
static size_t feed(struct run *run, size_t len)
{
    size_t space;
    while (len > 0 && wants_input(run)) {
        void *to = krt_conn_space(run->conn, &space);
        require(space >= 1 && space <= KRT_READ_MAX, "a read has room");
        size_t n = len < space ? len : space;
        memcpy(to, run->at, n);
        memcpy(run->received + run->received_len, run->at, n);
        run->received_len += n;
        run->at += n;
        run->left -= n;
        len -= n;
        krt_conn_received(run->conn, n, &run->now);
    }
    return len;
}

static void receive(struct run *run)
{
    size_t len = take_length(run);
    size_t rest = feed(run, len < run->left ? len : run->left);
    run->at += rest;
    run->left -= rest;
}

static void send_some(struct run *run, size_t max)
{
    if (krt_conn_want(run->conn) != KRT_WANT_WRITE)
        return;
    struct krt_bytes bytes = krt_conn_output(run->conn);
    size_t n = bytes.len < max ? bytes.len : max;
    require(bytes.len >= 1 && bytes.len <= KRT_WRITE_MAX, "a write has bytes");
    read_output(&run->reader, bytes.data, n);
    krt_conn_sent(run->conn, n, &run->now);
}

static void send_all(struct run *run)
{
    while (krt_conn_want(run->conn) == KRT_WANT_WRITE)
        send_some(run, SIZE_MAX);
    require(run->reader.head_len == 0 && run->reader.body_left == 0,
            "all output ends with a whole response");
    require(run->reader.n_read == run->reader.n_reported, "each answer was written");
}

static void lose(struct run *run)
{
    krt_conn_lost(run->conn);
    require(krt_conn_want(run->conn) == KRT_WANT_CLOSE, "a lost connection closes");
}

static void operate(struct run *run)
{
    uint8_t operation = take(run);
    run->is_undisturbed &= operation == '\0' || !strchr("telqpx", operation);
    switch (operation) {
    case 'r':
        receive(run);
        break;
    case 's':
        send_some(run, take_length(run) + 1);
        break;
    case 'S':
        send_all(run);
        break;
    case 't':
        run->now.ms += 100 * (int64_t)take(run);
        break;
    case 'e':
        if (wants_input(run))
            krt_conn_expired(run->conn, &run->now);
        break;
    case 'l':
        lose(run);
        break;
    case 'q':
        run->now.is_stopping = true;
        break;
    case 'p':
        run->service.program = &sample_redirecting;
        break;
    case 'x':
        run->service.explain = true;
        break;
    default:
        break;
    }
}

static void check(const struct run *run)
{
    enum krt_want want = krt_conn_want(run->conn);
    require(krt_conn_deadline(run->conn) <= run->now.ms + sample_program.limits.idle_ms,
            "a deadline is near");
    if (krt_conn_is_idle(run->conn))
        require(want == KRT_WANT_READ, "an idle connection waits for a request");
    if (want == KRT_WANT_CLOSE)
        require(!krt_conn_is_idle(run->conn), "a closing connection is not idle");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void begin(struct run *run, const uint8_t *data, size_t len)
{
    *run = (struct run){.at = data, .left = len, .now.ms = 1, .is_undisturbed = true};
    run->service = (struct krt_service){.program = fuzzed_program(),
                                        .limits = &sample_program.limits,
                                        .answered = on_answered,
                                        .context = &run->reader};
    run->conn = malloc(sizeof *run->conn);
    run->storage = malloc(krt_conn_storage(run->service.limits));
    run->received = malloc(len + 1);
    require(run->conn && run->storage && run->received, "there is memory");
    krt_date_update(&run->now.date, SAMPLE_TIME);
    krt_conn_init(run->conn, &run->service, run->storage, &run->now);
}

static void end(struct run *run)
{
    free(run->received);
    free(run->storage);
    free(run->conn);
}

/* Whether clients may see how the input was divided: who waits for a 100 does. */
static bool depends_on_delivery(const struct run *run)
{
    for (size_t i = 0; i + 6 <= run->received_len; i++)
        if ((run->received[i] | 0x20) == 'e' && (run->received[i + 1] | 0x20) == 'x' &&
            (run->received[i + 5] | 0x20) == 't')
            return true;
    return !run->is_undisturbed;
}

/* Reads what `first` has received as one piece. */
static void repeat(const struct run *first)
{
    static struct run run;
    begin(&run, first->received, first->received_len);
    while (run.left > 0 && krt_conn_want(run.conn) != KRT_WANT_CLOSE) {
        feed(&run, run.left);
        send_all(&run);
    }
    require(run.reader.n_reported == first->reader.n_reported, "as many answers again");
    require(run.reader.sum == first->reader.sum, "the same output again");
    require(run.reader.taken == first->reader.taken, "the same bodies again");
    end(&run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct run run;
    begin(&run, data, len);
    while (run.left > 0 && krt_conn_want(run.conn) != KRT_WANT_CLOSE) {
        operate(&run);
        check(&run);
    }
    if (krt_conn_want(run.conn) == KRT_WANT_WRITE)
        send_all(&run);
    if (!depends_on_delivery(&run))
        repeat(&run);
    end(&run);
    return 0;
}
