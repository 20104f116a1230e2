/* The log on real pipes in place of standard error. The linker puts a clock of the
 * test's own in place of the system's, counts signals, and can refuse a thread. */
#define _GNU_SOURCE

#include "log.h"
#include "os.h"
#include "unit.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { TEXT_MAX = 8 * 1024 * 1024 };

/* ---- What the linker replaces ---- */

static atomic_bool is_frozen; /* the clock goes only as frozen_ms tells */
static _Atomic int64_t frozen_ms;
static atomic_long n_signals;
static bool has_no_threads;

int64_t __real_krt_os_now_ms(void);
int64_t __wrap_krt_os_now_ms(void);
int64_t __wrap_krt_os_unix_ms(void);
void __real_krt_condition_signal(struct krt_condition *condition);
void __wrap_krt_condition_signal(struct krt_condition *condition);
int __real_krt_thread_start(struct krt_thread *thread, void (*run)(void *),
                            void *context);
int __wrap_krt_thread_start(struct krt_thread *thread, void (*run)(void *),
                            void *context);

int64_t __wrap_krt_os_now_ms(void)
{
    return is_frozen ? frozen_ms : __real_krt_os_now_ms();
}

int64_t __wrap_krt_os_unix_ms(void)
{
    return INT64_C(784111777) * 1000 + 42;
}

void __wrap_krt_condition_signal(struct krt_condition *condition)
{
    n_signals++;
    __real_krt_condition_signal(condition);
}

int __wrap_krt_thread_start(struct krt_thread *thread, void (*run)(void *),
                            void *context)
{
    return has_no_threads ? KRT_ERR_NO_MEMORY
                          : __real_krt_thread_start(thread, run, context);
}

/* ---- Standard error ---- */

/* A pipe in place of standard error, until it is restored: checks that fail meanwhile
 * would say so to nobody. */
struct place {
    int saved;
    int read_end;
};

static char text[TEXT_MAX + 1]; /* what was read */
static size_t text_len;

static struct place redirect(int flags)
{
    int ends[2];
    assert_int_equal(pipe2(ends, flags), 0);
    struct place place = {dup(STDERR_FILENO), ends[0]};
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    text_len = 0;
    text[0] = '\0';
    return place;
}

/* The reader comes to an end from here on. */
static void restore(struct place *place)
{
    dup2(place->saved, STDERR_FILENO);
    close(place->saved);
}

/* Reads once; false at the end. */
static bool read_some(const struct place *place, size_t max)
{
    size_t room = TEXT_MAX - text_len;
    ssize_t n = read(place->read_end, text + text_len, max < room ? max : room);
    text_len += n > 0 ? (size_t)n : 0;
    text[text_len] = '\0';
    return n > 0;
}

static void read_rest(struct place *place)
{
    while (read_some(place, TEXT_MAX)) {
        /* until all writers are gone */
    }
    close(place->read_end);
}

static void read_until(const struct place *place, const char *what)
{
    while (!strstr(text, what) && read_some(place, TEXT_MAX)) {
        /* it is yet to come */
    }
}

static int pipe_fill(const struct place *place)
{
    int n = 0;
    ioctl(place->read_end, FIONREAD, &n);
    return n;
}

/* Empty lines, until no byte more fits. */
static void fill_pipe(void)
{
    static char lines[4096];
    memset(lines, '\n', sizeof lines);
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    while (write(STDERR_FILENO, lines, sizeof lines) > 0) {
        /* there was room */
    }
    fcntl(STDERR_FILENO, F_SETFL, 0);
}

static void pause_ms(int ms)
{
    poll(NULL, 0, ms);
}

static bool has_ended(struct krt_log *log)
{
    krt_lock(&log->mutex);
    bool has_ended = log->has_ended;
    krt_unlock(&log->mutex);
    return has_ended;
}

static void read_if_any(const struct place *place, size_t max)
{
    if (pipe_fill(place) > 0)
        read_some(place, max);
    else
        pause_ms(1);
}

/* ---- Lines ---- */

static void log_numbered(struct krt_log *log, int writer, int number)
{
    static const char tail[] = "................................";
    char line[120];
    snprintf(line, sizeof line, "writer %d line %d, which has some length%s", writer,
             number, tail + number * 7 % 32);
    krt_log(log, KRT_LOG_INFO, line);
}

static void start(struct krt_log *log, enum krt_log_level level,
                  enum krt_log_format format)
{
    log->program = "t";
    log->level = level;
    log->format = format;
    krt_log_open(log);
}

/* A log whose thread waits for a reader. */
static void start_stuck(struct krt_log *log)
{
    bool is_stuck = false;
    fill_pipe();
    start(log, KRT_LOG_INFO, KRT_LOG_TEXT);
    log_numbered(log, 8, 0);
    while (!is_stuck) {
        pause_ms(1);
        krt_lock(&log->mutex);
        is_stuck = log->len == 0; /* it was taken, and cannot have been written */
        krt_unlock(&log->mutex);
    }
}

/* What was read, taken apart. */
struct tally {
    int n_lines;
    int n_left_out; /* as told */
    int n_notices;
    int next[16];    /* of each writer, */
    int noticed[16]; /* and the notices when that was found out */
};

/* Every line is whole, and each writer's are in order: where some are left out, a
 * notice stands in their place. */
static struct tally count_lines(void)
{
    struct tally tally = {0};
    char *rest = text;
    for (char *line = strsep(&rest, "\n"); rest; line = strsep(&rest, "\n")) {
        int writer;
        int number;
        int end = 0;
        if (*line == '\0')
            continue;
        if (sscanf(line, "t: error: %d lines were left out, as nobody read them%n",
                   &number, &end) == 1 &&
            end > 0) {
            tally.n_left_out += number;
            tally.n_notices++;
            continue;
        }
        int n = sscanf(line, "t: info: writer %d line %d, which has some length%n",
                       &writer, &number, &end);
        if (n != 2 || end == 0 || line[end + (int)strspn(line + end, ".")])
            fail_msg("a torn line: '%s'", line);
        bool is_next = number == tally.next[writer];
        bool is_later = number > tally.next[writer];
        if (!is_next && !(is_later && tally.n_notices > tally.noticed[writer]))
            fail_msg("not in order: '%s'", line);
        tally.next[writer] = number + 1;
        tally.noticed[writer] = tally.n_notices;
        tally.n_lines++;
    }
    return tally;
}

static void *read_all(void *context)
{
    read_rest(context);
    return NULL;
}

/* Closes the log while everything is read. */
static void finish(struct krt_log *log, struct place *place)
{
    pthread_t reader;
    pthread_create(&reader, NULL, read_all, place);
    krt_log_close(log);
    restore(place);
    pthread_join(reader, NULL);
}

/* ---- Without readers in the way ---- */

static void test_lines_are_text(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    start(&log, KRT_LOG_INFO, KRT_LOG_TEXT);
    krt_log(&log, KRT_LOG_ERROR, "one");
    krt_log(&log, KRT_LOG_INFO, "two \"2\"");
    krt_log(&log, KRT_LOG_DEBUG, "not wanted");
    krt_log(&log, KRT_LOG_NONE, "the end");
    krt_log_close(&log);
    krt_log(&log, KRT_LOG_INFO, "at once");
    finish(&log, &place);
    assert_string_equal(text, "t: error: one\nt: info: two \"2\"\nt: the end\n"
                              "t: info: at once\n");
}

#define JSON_START(level)                                                              \
    "{\"time\":\"1994-11-06T08:49:37.042Z\",\"level\":\"" level                        \
    "\",\"program\":\"t\",\"message\":"

static void test_lines_are_json(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    start(&log, KRT_LOG_DEBUG, KRT_LOG_JSON);
    krt_log(&log, KRT_LOG_ERROR, "one");
    krt_log(&log, KRT_LOG_INFO, "two \"2\"\n");
    krt_log(&log, KRT_LOG_DEBUG, "\xff");
    krt_log(&log, KRT_LOG_NONE, "");
    finish(&log, &place);
    assert_string_equal(text, JSON_START("error") "\"one\"}\n" JSON_START("info") //
                        "\"two \\\"2\\\"\\u000A\"}\n" JSON_START("debug")         //
                        "\"\xef\xbf\xbd\"}\n" JSON_START("fatal") "\"\"}\n");
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    static char message[10000];
    memset(message, '"', sizeof message - 1);
    for (int format = KRT_LOG_TEXT; format <= KRT_LOG_JSON; format++) {
        static struct krt_log logs[2];
        struct krt_log *log = &logs[format];
        const char *end = format == KRT_LOG_JSON ? "\\\"...\"}\n" : "\"...\n";
        struct place place = redirect(0);
        start(log, KRT_LOG_INFO, (enum krt_log_format)format);
        krt_log(log, KRT_LOG_INFO, message);
        finish(log, &place);
        assert_true(text_len > 1000 && text_len <= KRT_LOG_LINE_MAX);
        assert_string_equal(text + text_len - strlen(end), end);
    }
}

static void test_what_ends_the_program_is_always_told(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    start(&log, KRT_LOG_NONE, KRT_LOG_TEXT);
    krt_log(&log, KRT_LOG_ERROR, "not wanted");
    krt_log(&log, KRT_LOG_NONE, "the end");
    finish(&log, &place);
    assert_string_equal(text, "t: the end\n");
}

static void test_without_thread_lines_are_written_at_once(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    has_no_threads = true;
    start(&log, KRT_LOG_INFO, KRT_LOG_TEXT);
    has_no_threads = false;
    krt_log(&log, KRT_LOG_INFO, "one");
    read_some(&place, TEXT_MAX);
    finish(&log, &place);
    assert_string_equal(text, "t: info: one\n");
}

static void test_names_are_found(void **state)
{
    (void)state;
    assert_int_equal(krt_log_level_find("none"), KRT_LOG_NONE);
    assert_int_equal(krt_log_level_find("debug"), KRT_LOG_DEBUG);
    assert_int_equal(krt_log_level_find("fatal"), -1);
    assert_int_equal(krt_log_format_find("text"), KRT_LOG_TEXT);
    assert_int_equal(krt_log_format_find("json"), KRT_LOG_JSON);
    assert_int_equal(krt_log_format_find(""), -1);
}

/* ---- Several writers ---- */

struct writer {
    struct krt_log *log;
    int number;
    int n_lines;
    pthread_t thread;
};

static void *write_all(void *context)
{
    const struct writer *writer = context;
    for (int i = 0; i < writer->n_lines; i++)
        log_numbered(writer->log, writer->number, i);
    return NULL;
}

static void write_at_once(struct krt_log *log, int n_lines)
{
    struct writer writers[8];
    for (int i = 0; i < 8; i++) {
        writers[i] = (struct writer){.log = log, .number = i, .n_lines = n_lines};
        pthread_create(&writers[i].thread, NULL, write_all, &writers[i]);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(writers[i].thread, NULL);
}

/* Fewer bytes than gather even if the thread does not come to write. */
static void test_nothing_is_lost_while_there_is_room(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        static struct krt_log logs[20];
        struct place place = redirect(0);
        start(&logs[i], KRT_LOG_INFO, KRT_LOG_TEXT);
        write_at_once(&logs[i], 45);
        finish(&logs[i], &place);
        struct tally tally = count_lines();
        assert_int_equal(tally.n_lines, 8 * 45);
        assert_int_equal(tally.n_left_out, 0);
    }
}

static void test_what_is_left_out_is_counted(void **state)
{
    (void)state;
    static struct krt_log log;
    pthread_t reader;
    struct place place = redirect(0);
    start(&log, KRT_LOG_INFO, KRT_LOG_TEXT);
    pthread_create(&reader, NULL, read_all, &place);
    write_at_once(&log, 10000);
    krt_log_close(&log);
    restore(&place);
    pthread_join(reader, NULL);
    struct tally tally = count_lines();
    assert_int_equal(tally.n_lines + tally.n_left_out, 8 * 10000);
}

/* ---- Readers in the way ---- */

static void test_nobody_waits_for_a_reader(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    start_stuck(&log);
    write_at_once(&log, 2000);
    read_until(&place, "left out"); /* is told without another line */
    log_numbered(&log, 0, 2000);
    finish(&log, &place);
    const char *notice = strstr(text, "left out");
    assert_non_null(notice);
    assert_ptr_equal(strstr(notice, " line "), strstr(text, " line 2000,"));
    struct tally tally = count_lines();
    assert_int_equal(tally.n_lines + tally.n_left_out, 1 + 8 * 2000 + 1);
    assert_int_equal(tally.n_notices, 1);
}

/* A packet is what was written at once. */
static void test_lines_are_written_in_batches(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(O_DIRECT);
    start(&log, KRT_LOG_INFO, KRT_LOG_TEXT);
    write_at_once(&log, 2000);
    size_t largest = 0;
    bool is_whole = true;
    while (!strstr(text, "left out")) {
        size_t before = text_len;
        read_some(&place, TEXT_MAX);
        size_t len = text_len - before;
        largest = len > largest ? len : largest;
        is_whole = is_whole && text[text_len - 1] == '\n';
    }
    finish(&log, &place);
    assert_non_null(strstr(text, "left out"));
    assert_true(is_whole);
    assert_true(largest > PIPE_BUF - 120);
}

static void test_a_busy_thread_is_not_woken(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    start_stuck(&log);
    long before = n_signals;
    for (int i = 0; i < 100; i++)
        log_numbered(&log, 0, i);
    long after = n_signals;
    finish(&log, &place);
    assert_int_equal(after - before, 0);
    assert_int_equal(count_lines().n_lines, 101);
}

static void test_close_gives_up_on_a_reader_that_does_not_read(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    start_stuck(&log);
    write_at_once(&log, 2000);
    int64_t start_ms = __real_krt_os_now_ms();
    krt_log_close(&log);
    int64_t ms = __real_krt_os_now_ms() - start_ms;
    krt_log(&log, KRT_LOG_NONE, "does not wait either");
    /* The thread is still there, for as long as the process is. */
    while (!has_ended(&log))
        read_if_any(&place, TEXT_MAX);
    krt_thread_join(&log.thread);
    restore(&place);
    read_rest(&place);
    assert_true(ms >= KRT_LOG_PATIENCE_MS);
    assert_non_null(strstr(text, "left out"));
}

/* One who reads, but seldom: each time nearly as late as can be. */
struct slow_reader {
    struct krt_log *log;
    struct place *place;
};

static unsigned progress(struct krt_log *log)
{
    krt_lock(&log->mutex);
    unsigned n = log->n_written + log->has_ended;
    krt_unlock(&log->mutex);
    return n;
}

static void *read_slowly(void *context)
{
    struct slow_reader *reader = context;
    while (!has_ended(reader->log)) {
        unsigned before = progress(reader->log);
        frozen_ms += KRT_LOG_PATIENCE_MS - 1;
        while (progress(reader->log) == before)
            read_if_any(reader->place, 4096);
    }
    return NULL;
}

static void test_close_waits_for_a_reader_that_reads(void **state)
{
    (void)state;
    static struct krt_log log;
    pthread_t thread;
    struct place place = redirect(0);
    struct slow_reader reader = {&log, &place};
    start_stuck(&log);
    write_at_once(&log, 500);
    is_frozen = true;
    pthread_create(&thread, NULL, read_slowly, &reader);
    krt_log_close(&log);
    bool is_closed = !log.is_open;
    is_frozen = false;
    pthread_join(thread, NULL);
    restore(&place);
    read_rest(&place);
    struct tally tally = count_lines();
    assert_true(is_closed);
    assert_int_equal(tally.n_lines + tally.n_left_out, 1 + 8 * 500);
}

static void test_standard_error_may_be_told_not_to_wait(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    fill_pipe();
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    start(&log, KRT_LOG_INFO, KRT_LOG_TEXT);
    for (int i = 0; i < 300; i++)
        log_numbered(&log, 0, i);
    finish(&log, &place);
    assert_int_equal(count_lines().n_lines, 300);
}

static void test_a_lost_reader_is_no_harm(void **state)
{
    (void)state;
    static struct krt_log log;
    struct place place = redirect(0);
    close(place.read_end);
    start(&log, KRT_LOG_INFO, KRT_LOG_TEXT);
    write_at_once(&log, 2000);
    krt_log_close(&log);
    bool is_closed = !log.is_open;
    restore(&place);
    assert_true(is_closed);
}

static void test_a_closed_standard_error_is_no_harm(void **state)
{
    (void)state;
    static struct krt_log log;
    int saved = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    start(&log, KRT_LOG_INFO, KRT_LOG_TEXT);
    write_at_once(&log, 2000);
    krt_log_close(&log);
    bool is_closed = !log.is_open;
    dup2(saved, STDERR_FILENO);
    close(saved);
    assert_true(is_closed);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_text),
        cmocka_unit_test(test_lines_are_json),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_what_ends_the_program_is_always_told),
        cmocka_unit_test(test_without_thread_lines_are_written_at_once),
        cmocka_unit_test(test_names_are_found),
        cmocka_unit_test(test_nothing_is_lost_while_there_is_room),
        cmocka_unit_test(test_what_is_left_out_is_counted),
        cmocka_unit_test(test_nobody_waits_for_a_reader),
        cmocka_unit_test(test_lines_are_written_in_batches),
        cmocka_unit_test(test_a_busy_thread_is_not_woken),
        cmocka_unit_test(test_close_gives_up_on_a_reader_that_does_not_read),
        cmocka_unit_test(test_close_waits_for_a_reader_that_reads),
        cmocka_unit_test(test_standard_error_may_be_told_not_to_wait),
        cmocka_unit_test(test_a_lost_reader_is_no_harm),
        cmocka_unit_test(test_a_closed_standard_error_is_no_harm),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
