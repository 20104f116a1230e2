/* load [OPTION...] ENDPOINT PATH | load [OPTION...] --request FILE ENDPOINT
 *
 * Clients, all on one thread, that make GET requests for PATH, or those in FILE, of the
 * server that listens on the socket or pipe ENDPOINT. Each makes its next request when
 * it has the answer to the one before, and each answer's status and length are checked.
 *
 *   --clients N          1 unless given
 *   --depth N            requests that are sent together, before their answers; 1
 *   --new-connections    a connection for each request instead of one for each client
 *   --seconds S          for how long, and
 *   --requests N         how many at all; 10 seconds without either
 *   --status N           of each answer; 200
 *   --length N           of each body; without it as long as the first
 *   --patience S         without any answer, then it is given up; 30
 *   --hold               keeps the connections until standard input ends
 *   --save FILE          puts an answer there as it arrived, if it was short
 *
 * Prints one line of JSON; times are in microseconds, `retries` counts connects to a
 * busy server. Exit: 0 all answers were right · 1 not, or there was none · 2 usage. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_MAX = 1024, EXIT_USAGE = 2 };

struct arguments {
    struct run_options run;
    struct expected expected;
    const char *path;
    const char *request_file;
    const char *save_file;
    bool holds;
};

/* ---- Arguments ---- */

static bool read_count(const char *word, uint64_t *count)
{
    char *end;
    *count = strtoull(word, &end, 10);
    return *word >= '0' && *word <= '9' && !*end;
}

static bool read_size(const char *word, size_t *size)
{
    uint64_t count;
    bool is_count = read_count(word, &count) && count > 0 && count <= 1000000;
    *size = (size_t)count;
    return is_count;
}

static bool read_time(const char *word, uint64_t *ns)
{
    char *end;
    double seconds = strtod(word, &end);
    *ns = (uint64_t)(seconds * 1e9);
    return end != word && !*end && seconds > 0 && seconds < 1e9;
}

static bool read_status(const char *word, int *status)
{
    *status = atoi(word);
    return *status >= 200 && *status <= 999;
}

static bool read_value(struct arguments *arguments, const char *name, const char *value)
{
    struct run_options *run = &arguments->run;
    if (strcmp(name, "--clients") == 0)
        return read_size(value, &run->clients);
    if (strcmp(name, "--depth") == 0)
        return read_size(value, &run->depth);
    if (strcmp(name, "--seconds") == 0)
        return read_time(value, &run->time_ns);
    if (strcmp(name, "--patience") == 0)
        return read_time(value, &run->patience_ns);
    if (strcmp(name, "--requests") == 0)
        return read_count(value, &run->requests) && run->requests > 0;
    if (strcmp(name, "--status") == 0)
        return read_status(value, &arguments->expected.status);
    if (strcmp(name, "--request") == 0)
        return (arguments->request_file = value) != NULL;
    if (strcmp(name, "--save") == 0)
        return (arguments->save_file = value) != NULL;
    if (strcmp(name, "--length") != 0)
        return false;
    arguments->expected.has_length = true;
    return read_count(value, &arguments->expected.length);
}

static bool read_arguments(struct arguments *arguments, char **argv)
{
    struct run_options *run = &arguments->run;
    *run = (struct run_options){
        .clients = 1, .depth = 1, .patience_ns = 30 * 1000000000ULL, .is_kept = true};
    arguments->expected.status = 200;
    for (argv++; *argv && strncmp(*argv, "--", 2) == 0; argv++) {
        if (strcmp(*argv, "--new-connections") == 0)
            run->is_kept = false;
        else if (strcmp(*argv, "--hold") == 0)
            arguments->holds = true;
        else if (!argv[1] || !read_value(arguments, argv[0], argv[1]))
            return false;
        else
            argv++;
    }
    if (!run->requests && !run->time_ns)
        run->time_ns = 10 * 1000000000ULL;
    run->endpoint = *argv ? *argv++ : NULL;
    if (!arguments->request_file)
        arguments->path = *argv ? *argv++ : NULL;
    return run->endpoint && !*argv && (arguments->path || arguments->request_file) &&
           (run->is_kept || run->depth == 1);
}

/* ---- The request ---- */

static char *make_request(const struct arguments *arguments, size_t *len)
{
    char *request = malloc(REQUEST_MAX);
    const char *close = arguments->run.is_kept ? "" : "Connection: close\r\n";
    if (!request)
        return NULL;
    *len = (size_t)snprintf(request, REQUEST_MAX,
                            "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
                            arguments->path, close);
    return *len < REQUEST_MAX ? request : NULL;
}

static char *read_request(const char *name, size_t *len)
{
    char *request = NULL;
    size_t cap = 0;
    FILE *file = fopen(name, "rb");
    for (*len = 0; file && *len == cap;) {
        char *grown = realloc(request, cap = 2 * cap + REQUEST_MAX);
        if (!grown)
            return NULL;
        request = grown;
        *len += fread(request + *len, 1, cap - *len, file);
    }
    if (file)
        fclose(file);
    return *len > 0 ? request : NULL;
}

/* ---- The report ---- */

static double microseconds(const struct run_result *result, unsigned thousandths)
{
    return (double)histogram_percentile(&result->latency, thousandths) / 1e3;
}

static void report(const struct run_result *result, const struct expected *expected)
{
    double seconds = (double)result->ns / 1e9;
    printf("{\"requests\": %llu, \"seconds\": %.6f, \"rate\": %.1f, \"p50\": %.1f, "
           "\"p99\": %.1f, \"p99.9\": %.1f, \"max\": %.1f, ",
           (unsigned long long)result->n_answers, seconds,
           seconds > 0 ? (double)result->n_answers / seconds : 0,
           microseconds(result, 50000), microseconds(result, 99000),
           microseconds(result, 99900), (double)result->latency.max / 1e3);
    printf("\"wrong_status\": %llu, \"wrong_length\": %llu, \"malformed\": %llu, "
           "\"unanswered\": %llu, \"unconnected\": %llu, \"stalled\": %s, "
           "\"retries\": %llu}\n",
           (unsigned long long)expected->n_wrong_status,
           (unsigned long long)expected->n_wrong_length,
           (unsigned long long)result->n_malformed,
           (unsigned long long)result->n_unanswered,
           (unsigned long long)result->n_unconnected,
           result->is_stalled ? "true" : "false",
           (unsigned long long)result->n_retries);
    fflush(stdout);
}

static bool is_fine(const struct run_result *result, const struct expected *expected)
{
    return result->n_answers > 0 && expected->n_wrong_status == 0 &&
           expected->n_wrong_length == 0 && result->n_malformed == 0 &&
           result->n_unanswered == 0 && result->n_unconnected == 0 &&
           !result->is_stalled;
}

static bool save(const char *name, const struct expected *expected)
{
    FILE *file = fopen(name, "wb");
    size_t n = file ? fwrite(expected->sample, 1, expected->sample_len, file) : 0;
    return file && fclose(file) == 0 && n > 0;
}

static void wait_for_end_of_input(void)
{
    int c;
    do
        c = getchar();
    while (c != EOF);
}

static int fail(int status, const char *message)
{
    fprintf(stderr, "load: %s\n", message);
    return status;
}

int main(int argc, char **argv)
{
    static struct arguments arguments;
    static struct run_result result;
    (void)argc;
    if (!read_arguments(&arguments, argv))
        return fail(EXIT_USAGE, "usage: load [OPTION...] ENDPOINT PATH; see load.c");
    size_t *len = &arguments.run.request_len;
    char *request = arguments.request_file ? read_request(arguments.request_file, len)
                                           : make_request(&arguments, len);
    if (!request)
        return fail(EXIT_USAGE, "no request, or too long a path");
    arguments.run.request = request;
    struct run *run = run_new(&arguments.run, &arguments.expected, &result);
    if (!run)
        return fail(EXIT_FAILURE, "no means: memory, or too long an endpoint");
    report(&result, &arguments.expected);
    if (arguments.save_file && !save(arguments.save_file, &arguments.expected))
        return fail(EXIT_FAILURE, "no answer could be saved");
    if (arguments.holds)
        wait_for_end_of_input();
    run_free(run);
    free(request);
    return is_fine(&result, &arguments.expected) ? EXIT_SUCCESS : EXIT_FAILURE;
}
