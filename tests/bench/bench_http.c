/* Measures the HTTP core of one generated program, with which it is linked, from memory
 * to memory.
 *
 *   bench_http time SECONDS           prints what it finds, see report()
 *   bench_http once INPUT LOOP PASSES runs one loop, to be counted from outside
 *
 * First every answer is checked. The loops, each over one input, the requests of which
 * follow each other on one connection:
 *
 *   core   a connection: the bytes are copied to where it reads, parsed, framed and
 *          routed, and its answers taken
 *   parse  the runtime's lexers alone: heads, and bodies in the chunked coding
 *   other  the same by the yardstick
 *   copy   the copying that is part of `core`
 *
 * The input "handled" is "small" on a connection where a handler answers each route,
 * with the body that is the route's own. */
#include "chunked.h"
#include "conn.h"
#include "exchange.h"
#include "yardstick.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BATCH_MS = 10,
    PIPELINED = 16,
    CHUNK = 16 * 1024,
    CHUNKED_LEN = 1024 * 1024, /* bytes of data */
    PIECE = 16 * 1024,         /* what a decoder is given at once */
};

static void fail(const char *what, const char *subject)
{
    fprintf(stderr, "bench_http: %s%s\n", what, subject);
    exit(1);
}

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        fail("out of memory", "");
    return memory;
}

/* ---- Input ---- */

struct input {
    const char *name;
    unsigned char *data; /* a NUL follows it */
    size_t len;
    size_t n_requests;
    bool is_chunked;
    bool is_handled;
};

static const char small[] = "GET /users HTTP/1.1\r\nHost: localhost\r\n\r\n";

static const char browser[] =
    "GET /repos/octo-org/hello-world/issues/1347/comments?per_page=50 HTTP/1.1\r\n"
    "Host: localhost\r\n"
    "Connection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
    "like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
    "image/webp,*/*;q=0.8\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Referer: http://localhost/repos/octo-org/hello-world/issues\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0f6c2b1e9d8a47c3b5e1f0a2c4d6e8f0; theme=dark; "
    "last_seen=1718000000;"
    " layout=wide\r\n"
    "\r\n";

static const char upload[] =
    "POST /gists HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

/* The same JSON, once as the spec has it and once with two values of the path. */
static const char fixed_json[] =
    "GET /fixed/octo-org/1347 HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char made_json[] =
    "GET /made/octo-org/1347 HTTP/1.1\r\nHost: localhost\r\n\r\n";

enum { N_INPUTS = 7 };

static struct input inputs[N_INPUTS];

static struct input repeat(const char *name, const char *request, size_t n)
{
    size_t len = strlen(request);
    unsigned char *data = allocate(n * len + 1);
    for (size_t i = 0; i < n; i++)
        memcpy(data + i * len, request, len);
    return (struct input){name, data, n * len, n, false, false};
}

static struct input make_upload(const char *name)
{
    char *data = allocate(sizeof upload + 2 * CHUNKED_LEN);
    size_t len = (size_t)sprintf(data, "%s", upload);
    for (size_t left = CHUNKED_LEN; left > 0; left -= CHUNK) {
        len += (size_t)sprintf(data + len, "%x\r\n", CHUNK);
        memset(data + len, 'a', CHUNK);
        len += CHUNK;
        len += (size_t)sprintf(data + len, "\r\n");
    }
    len += (size_t)sprintf(data + len, "0\r\n\r\n");
    return (struct input){name, (unsigned char *)data, len, 1, true, false};
}

static void make_inputs(void)
{
    inputs[0] = repeat("small", small, 1);
    inputs[1] = repeat("browser", browser, 1);
    inputs[2] = repeat("pipelined", small, PIPELINED);
    inputs[3] = make_upload("chunked");
    inputs[4] = repeat("handled", small, 1);
    inputs[4].is_handled = true;
    inputs[5] = repeat("fixed", fixed_json, 1);
    inputs[6] = repeat("made", made_json, 1);
}

/* ---- The connection ---- */

static struct krt_limits limits;
static struct krt_moment now = {.ms = 1, .unix_seconds = 1}; /* it does not pass */
static struct krt_conn *conns[2];                            /* by is_handled */
static struct krt_conn *conn; /* of the input that is measured */

static struct krt_conn *open_conn(const struct krt_program *program)
{
    struct krt_service *service = allocate(sizeof *service);
    struct krt_conn *opened = allocate(sizeof *opened);
    *service = (struct krt_service){.program = program, .limits = &limits};
    krt_conn_init(opened, service, allocate(krt_conn_storage(&limits)), &now);
    return opened;
}

static int handle(struct krt_exchange *exchange)
{
    struct krt_bytes body = exchange->route->response.plain.body;
    krt_respond(exchange, "text/plain; charset=utf-8", body.data, body.len);
    return KRT_DONE;
}

/* The program with a handler for each route. */
static const struct krt_program *handled_program(void)
{
    static const struct krt_handler handler = {.call = handle};
    struct krt_program *program = allocate(sizeof *program);
    struct krt_route *routes = allocate(krt_program.n_routes * sizeof *routes);
    for (size_t i = 0; i < krt_program.n_routes; i++) {
        routes[i] = krt_program.routes[i];
        routes[i].answer = krt_answer_handler;
        routes[i].answer_data = &handler;
        routes[i].keeps_body = true;
    }
    *program = krt_program;
    program->routes = routes;
    program->begin = krt_begin_exchange;
    return program;
}

static void open_conns(void)
{
    limits = krt_program.limits;
    limits.body = 2 * CHUNKED_LEN;
    krt_date_update(&now.date, now.unix_seconds);
    conns[false] = open_conn(&krt_program);
    conns[true] = open_conn(handled_program());
}

static size_t conn_size(void)
{
    return sizeof *conn + krt_conn_storage(&limits);
}

/* Lets the connection read once; returns how much that was. */
static size_t give(const unsigned char *data, size_t len)
{
    size_t space;
    void *to = krt_conn_space(conn, &space);
    size_t n = len < space ? len : space;
    memcpy(to, data, n);
    krt_conn_received(conn, n, &now);
    return n;
}

/* ---- The loops ---- */

typedef uintptr_t (*loop_fn)(const struct input *input);

/* Each returns something that depends on all it did, so that nothing is left out; the
 * length of the output or what was read. */
uintptr_t loop_core(const struct input *input);
uintptr_t loop_parse(const struct input *input);
uintptr_t loop_other(const struct input *input);
uintptr_t loop_copy(const struct input *input);

uintptr_t loop_core(const struct input *input)
{
    uintptr_t sum = 0;
    size_t given = 0;
    conn = conns[input->is_handled];
    for (;;) {
        enum krt_want want = krt_conn_want(conn);
        if (want == KRT_WANT_WRITE) {
            size_t len = krt_conn_output(conn).len;
            krt_conn_sent(conn, len, &now);
            sum += len;
        } else if (want == KRT_WANT_READ && given < input->len) {
            given += give(input->data + given, input->len - given);
        } else {
            return sum;
        }
    }
}

static struct krt_chunked chunked;

static bool decode(unsigned char *piece, size_t len)
{
    size_t at = 0;
    int result;
    do {
        size_t read = len - at;
        struct krt_slice data;
        result = krt_chunked_read(&chunked, piece + at, &read, &data);
        at += read;
    } while (result == KRT_CHUNKED_DATA);
    return result == KRT_CHUNKED_MORE;
}

/* Decodes a body that arrives in pieces; returns the bytes that were read. */
static size_t decode_pieces(bool (*decode_piece)(unsigned char *, size_t),
                            const unsigned char *at, size_t len)
{
    static unsigned char piece[PIECE];
    size_t read = 0;
    bool wants_more = true;
    while (wants_more && read < len) {
        size_t n = len - read < PIECE ? len - read : PIECE;
        memcpy(piece, at + read, n);
        wants_more = decode_piece(piece, n);
        read += n;
    }
    return read;
}

uintptr_t loop_parse(const struct input *input)
{
    size_t at = 0;
    while (at < input->len) {
        struct krt_head head;
        krt_head_init(&head);
        krt_head_read(&head, &limits, input->data + at, input->len - at);
        at += head.len;
        if (!input->is_chunked)
            continue;
        krt_chunked_init(&chunked, limits.body, limits.head, limits.fields);
        at += decode_pieces(decode, input->data + at, input->len - at);
    }
    return at;
}

uintptr_t loop_other(const struct input *input)
{
    size_t at = 0;
    while (at < input->len) {
        at += yardstick->parse(input->data + at, input->len - at);
        if (!input->is_chunked)
            continue;
        yardstick->start();
        at += decode_pieces(yardstick->decode, input->data + at, input->len - at);
    }
    return at;
}

uintptr_t loop_copy(const struct input *input)
{
    static unsigned char copy[PIECE];
    uintptr_t sum = 0;
    for (size_t at = 0; at < input->len; at += PIECE) {
        size_t left = input->len - at;
        memcpy(copy, input->data + at, left < PIECE ? left : PIECE);
        sum += copy[0];
    }
    return sum;
}

static const struct loop {
    const char *name;
    loop_fn run;
} loops[] = {
    {"core", loop_core},
    {"parse", loop_parse},
    {"other", loop_other},
    {"copy", loop_copy},
};

enum { N_LOOPS = sizeof loops / sizeof *loops };

static bool can_run(const struct loop *loop)
{
    return loop->run != loop_other || yardstick;
}

/* What the loops return goes here, and what they are is read from here. */
static volatile uintptr_t result;
static volatile loop_fn current;

/* ---- Checking ---- */

/* Whether the output, which nothing was yet written of, starts with a success. */
static bool is_success(struct krt_bytes output)
{
    static const char start[] = "HTTP/1.1 2";
    return output.len >= sizeof start &&
           memcmp(output.data, start, sizeof start - 1) == 0;
}

/* All requests are answered alike, so the first answer's length tells their number. */
static void check_core(const struct input *input)
{
    size_t given = 0;
    conn = conns[input->is_handled];
    while (krt_conn_want(conn) == KRT_WANT_READ && given < input->len)
        given += give(input->data + given, input->len - given);
    if (krt_conn_want(conn) != KRT_WANT_WRITE || !is_success(krt_conn_output(conn)))
        fail("no success for ", input->name);
    struct input none = {input->name, NULL, 0, 0, false, input->is_handled};
    size_t len = loop_core(&none);
    if (given < input->len || !krt_conn_is_idle(conn) || len % input->n_requests != 0)
        fail("not every request is answered of ", input->name);
}

static void check_all(void)
{
    for (size_t i = 0; i < N_INPUTS; i++) {
        check_core(&inputs[i]);
        if (loop_parse(&inputs[i]) != inputs[i].len)
            fail("the lexers do not read ", inputs[i].name);
        if (yardstick && loop_other(&inputs[i]) != inputs[i].len)
            fail("the yardstick does not read ", inputs[i].name);
    }
}

/* ---- Measuring ---- */

static double now_ns(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double run(const struct loop *loop, const struct input *input, size_t passes)
{
    double start = now_ns();
    current = loop->run;
    for (size_t i = 0; i < passes; i++)
        result += current(input);
    return now_ns() - start;
}

/* Cycles in a nanosecond: each step of a xorshift is six operations that wait for each
 * other, a cycle each. Counters would say more, but few virtual machines have them. */
static double measure_clock(void)
{
    enum { STEPS = 1000000 };
    uint64_t x = 88172645463325252U;
    double start = now_ns();
    for (int i = 0; i < STEPS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    double time = now_ns() - start;
    result += (uintptr_t)x;
    return 6.0 * STEPS / time;
}

/* What a loop takes for an input, in nanoseconds. */
struct figure {
    size_t passes; /* in a batch */
    double best; /* of many batches, so that what else the machine does counts least */
};

static void measure(struct figure *figure, const struct loop *loop,
                    const struct input *input)
{
    if (!can_run(loop))
        return;
    if (figure->passes == 0)
        figure->passes = (size_t)(BATCH_MS * 1e6 / (run(loop, input, 1) + 1)) + 1;
    double time = run(loop, input, figure->passes) / (double)figure->passes;
    if (figure->best == 0 || time < figure->best)
        figure->best = time;
}

/* "conn BYTES", "clock CYCLES" in a nanosecond, and for every input "input NAME BYTES"
 * and for every loop that can run "loop NAME LOOP NANOSECONDS". */
static void report(struct figure figures[N_INPUTS][N_LOOPS], double clock)
{
    printf("conn %zu\nclock %.3f\n", conn_size(), clock);
    for (size_t i = 0; i < N_INPUTS; i++) {
        printf("input %s %zu\n", inputs[i].name, inputs[i].len);
        for (size_t j = 0; j < N_LOOPS; j++)
            if (can_run(&loops[j]))
                printf("loop %s %s %.2f\n", inputs[i].name, loops[j].name,
                       figures[i][j].best);
    }
}

/* Round after round, so that all have their share of quiet times. */
static int measure_all(double seconds)
{
    struct figure figures[N_INPUTS][N_LOOPS] = {{{0, 0}}};
    double clock = 0;
    double end = now_ns() + seconds * 1e9;
    do {
        double one = measure_clock();
        clock = one > clock ? one : clock;
        for (size_t i = 0; i < N_INPUTS; i++)
            for (size_t j = 0; j < N_LOOPS; j++)
                measure(&figures[i][j], &loops[j], &inputs[i]);
    } while (now_ns() < end);
    report(figures, clock);
    return 0;
}

static int run_once(const char *input, const char *loop, size_t passes)
{
    for (size_t i = 0; i < N_INPUTS; i++) {
        for (size_t j = 0; j < N_LOOPS; j++) {
            if (strcmp(inputs[i].name, input) != 0 || strcmp(loops[j].name, loop) != 0)
                continue;
            if (!can_run(&loops[j]))
                return 1;
            run(&loops[j], &inputs[i], passes);
            return 0;
        }
    }
    fail("unknown input or loop ", loop);
    return 1;
}

int main(int argc, char **argv)
{
    bool is_timed = argc == 3 && strcmp(argv[1], "time") == 0;
    if (!is_timed && !(argc == 5 && strcmp(argv[1], "once") == 0))
        fail("usage: bench_http time SECONDS | once INPUT LOOP PASSES", "");
    make_inputs();
    open_conns();
    check_all();
    return is_timed ? measure_all(atof(argv[2]))
                    : run_once(argv[2], argv[3], (size_t)atol(argv[4]));
}
