/* Measures the matchers of one generated program, with which it is linked.
 *
 *   bench_match LINES time SECONDS     prints "NAME NANOSECONDS" for each loop
 *   bench_match LINES once LOOP PASSES runs one loop, to be counted from outside
 *
 * LINES is a file of lines "ROUTE METHOD PATH": the line of the spec with the route
 * that must be found. First every answer is checked. The loops, each over all lines:
 *
 *   match  the method and the route of a request line, with the values
 *   head   the same behind the runtime's own lexer, which reads the line from a head
 *   trie   the same as `match` by a search at run time, as a yardstick
 *   bytes  a look at every byte of the request line, as another one */
#include "head.h"
#include "tables.h"
#include "trie.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_MAX = 4096, BATCH_MS = 2 };

static const char head_end[] = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct request {
    unsigned char *line; /* its path ends with a NUL */
    unsigned char *path; /* in it */
    unsigned char *head; /* the same line with a head around it */
    size_t head_len;     /* all of that */
    size_t line_len;     /* of the request line, without CRLF */
    int spec_line;       /* of the route */
};

static struct request *requests;
static size_t n_requests;
static struct trie **tries; /* by method */
static bool has_tries = true;

static void fail(const char *what, const char *subject)
{
    fprintf(stderr, "bench_match: %s%s\n", what, subject);
    exit(1);
}

static void *allocate(void *old, size_t size)
{
    void *memory = realloc(old, size);
    if (!memory)
        fail("out of memory", "");
    return memory;
}

/* ---- Input ---- */

static unsigned char *join(const char *text, const char *end)
{
    size_t len = strlen(text) + strlen(end) + 1;
    char *joined = allocate(NULL, len);
    snprintf(joined, len, "%s%s", text, end);
    return (unsigned char *)joined;
}

static void add_request(char *text)
{
    char *line = strchr(text, ' ');
    struct request *request;
    text[strcspn(text, "\n")] = '\0';
    if (!line || !strchr(line + 1, ' '))
        fail("not a line: ", text);
    line++;
    requests = allocate(requests, (n_requests + 1) * sizeof *requests);
    request = &requests[n_requests++];
    request->spec_line = atoi(text);
    request->line = join(line, "");
    request->path = request->line + (strchr(line, ' ') + 1 - line);
    request->head = join(line, head_end);
    request->head_len = strlen(line) + strlen(head_end);
    request->line_len = strlen(line) + strlen(" HTTP/1.1");
}

static void read_requests(const char *name)
{
    char text[LINE_MAX];
    FILE *file = fopen(name, "r");
    if (!file)
        fail("cannot open ", name);
    while (fgets(text, sizeof text, file))
        add_request(text);
    fclose(file);
    if (n_requests == 0)
        fail("no lines in ", name);
}

static void build_tries(void)
{
    tries = allocate(NULL, krt_program.n_methods * sizeof *tries);
    for (size_t i = 0; i < krt_program.n_methods; i++) {
        tries[i] = trie_build(&krt_program, krt_program.methods[i].name);
        has_tries = has_tries && tries[i];
    }
}

/* ---- The loops ---- */

/* Something that depends on every result, so that none can be left out. */
static uintptr_t sum_up(int route, const struct krt_slice *values)
{
    return (uintptr_t)route + values[0].len;
}

uintptr_t loop_match(void);
uintptr_t loop_head(void);
uintptr_t loop_trie(void);
uintptr_t loop_bytes(void);

uintptr_t loop_match(void)
{
    struct krt_slice values[KRT_PARAMETERS_MAX] = {{NULL, 0}};
    uintptr_t sum = 0;
    for (size_t i = 0; i < n_requests; i++) {
        int method = krt_program.find_method(requests[i].line);
        int route = krt_program.methods[method].match(requests[i].path, values);
        sum += sum_up(route, values);
    }
    return sum;
}

uintptr_t loop_head(void)
{
    struct krt_slice values[KRT_PARAMETERS_MAX] = {{NULL, 0}};
    uintptr_t sum = 0;
    for (size_t i = 0; i < n_requests; i++) {
        unsigned char *input = requests[i].head;
        struct krt_head head;
        krt_head_init(&head);
        krt_head_read(&head, &krt_program.limits, input, requests[i].head_len);
        unsigned char *path = input + (head.path.at - input);
        unsigned char end = path[head.path.len];
        path[head.path.len] = '\0';
        int method = krt_program.find_method(input);
        sum += sum_up(krt_program.methods[method].match(path, values), values);
        path[head.path.len] = end;
    }
    return sum;
}

uintptr_t loop_trie(void)
{
    struct krt_slice values[KRT_PARAMETERS_MAX] = {{NULL, 0}};
    uintptr_t sum = 0;
    for (size_t i = 0; i < n_requests; i++) {
        int method = krt_program.find_method(requests[i].line);
        sum += sum_up(trie_find(tries[method], requests[i].path, values), values);
    }
    return sum;
}

uintptr_t loop_bytes(void)
{
    uintptr_t sum = 0;
    for (size_t i = 0; i < n_requests; i++) {
        const unsigned char *at = requests[i].head;
        const unsigned char *end = at + requests[i].line_len;
        unsigned hash = 2166136261U;
        for (; at < end; at++)
            hash = (hash ^ *at) * 16777619U;
        sum += hash;
    }
    return sum;
}

typedef uintptr_t (*loop_fn)(void);

static const struct loop {
    const char *name;
    loop_fn run;
} loops[] = {
    {"match", loop_match},
    {"head", loop_head},
    {"trie", loop_trie},
    {"bytes", loop_bytes},
};

enum { N_LOOPS = sizeof loops / sizeof *loops };

/* What the loops return goes here, and what they are is read from here. */
static volatile uintptr_t result;
static volatile loop_fn current;

/* ---- Checking ---- */

static void check_values(const struct request *request, int route,
                         const struct krt_slice *values, const struct krt_slice *same)
{
    size_t len = strlen((const char *)request->path);
    for (size_t i = 0; i < krt_program.routes[route].n_parameters; i++) {
        if (values[i].at && (values[i].at < request->path ||
                             values[i].at + values[i].len > request->path + len))
            fail("a value is not in ", (const char *)request->path);
        if (same && (same[i].at != values[i].at || same[i].len != values[i].len))
            fail("the trie finds other values in ", (const char *)request->path);
    }
}

static void check(const struct request *request)
{
    struct krt_slice values[KRT_PARAMETERS_MAX] = {{NULL, 0}};
    struct krt_slice same[KRT_PARAMETERS_MAX] = {{NULL, 0}};
    int method = krt_program.find_method(request->line);
    if (method < 0)
        fail("no method in ", (const char *)request->line);
    int route = krt_program.methods[method].match(request->path, values);
    if (route < 0 || krt_program.routes[route].line != request->spec_line)
        fail("another route is found for ", (const char *)request->line);
    if (has_tries && trie_find(tries[method], request->path, same) != route)
        fail("the trie finds another route for ", (const char *)request->line);
    check_values(request, route, values, has_tries ? same : NULL);
}

static void check_all(void)
{
    for (size_t i = 0; i < n_requests; i++)
        check(&requests[i]);
}

/* ---- Measuring ---- */

static double now(void)
{
    struct timespec time;
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double run(const struct loop *loop, size_t passes)
{
    double start = now();
    current = loop->run;
    for (size_t i = 0; i < passes; i++)
        result += current();
    return now() - start;
}

/* Nanoseconds for each line: the best of many batches, so that what else the machine
 * does counts least. */
static double measure(const struct loop *loop, double seconds)
{
    double one = run(loop, 1);
    size_t passes = (size_t)(BATCH_MS * 1e6 / (one + 1)) + 1;
    double end = now() + seconds * 1e9;
    double best = one * (double)passes;
    do {
        double time = run(loop, passes);
        best = time < best ? time : best;
    } while (now() < end);
    return best / (double)(passes * n_requests);
}

static bool can_run(const struct loop *loop)
{
    return loop->run != loop_trie || has_tries;
}

static int measure_all(double seconds)
{
    for (size_t i = 0; i < N_LOOPS; i++)
        if (can_run(&loops[i]))
            printf("%s %.2f\n", loops[i].name, measure(&loops[i], seconds));
    return 0;
}

static int run_once(const char *name, size_t passes)
{
    for (size_t i = 0; i < N_LOOPS; i++) {
        if (strcmp(loops[i].name, name) != 0)
            continue;
        if (!can_run(&loops[i]))
            return 1;
        run(&loops[i], passes);
        return 0;
    }
    fail("unknown loop ", name);
    return 1;
}

int main(int argc, char **argv)
{
    bool is_timed = argc == 4 && strcmp(argv[2], "time") == 0;
    if (!is_timed && !(argc == 5 && strcmp(argv[2], "once") == 0))
        fail("usage: bench_match LINES time SECONDS | LINES once LOOP PASSES", "");
    read_requests(argv[1]);
    build_tries();
    check_all();
    return is_timed ? measure_all(atof(argv[3]))
                    : run_once(argv[3], (size_t)atol(argv[4]));
}
