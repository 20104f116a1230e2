#include "log.h"

#include "cut.h"
#include "date.h"
#include "os.h"
#include "tables.h"

#include <stdlib.h>
#include <string.h>

/* Without pointers, which a loader would have to put right. */
static const char levels[][sizeof "error"] = {
    [KRT_LOG_NONE] = "none",
    [KRT_LOG_ERROR] = "error",
    [KRT_LOG_INFO] = "info",
    [KRT_LOG_DEBUG] = "debug",
};

static const char formats[][sizeof "text"] = {
    [KRT_LOG_TEXT] = "text",
    [KRT_LOG_JSON] = "json",
};

/* The most bytes of a text in a line. */
enum { PROGRAM_LEN = 100, MESSAGE_LEN = 1600 };

/* The most bytes written at once: as many as a pipe takes whole, so that lines of
 * several processes do not mix there (POSIX: PIPE_BUF). */
enum { BATCH = 4096 };

/* ---- Lines ---- */

static const char *line_end(const struct krt_log *log)
{
    return log->format == KRT_LOG_JSON ? "}\n" : "\n";
}

static void put_json_start(struct krt_buffer *line, const struct krt_log *log,
                           const char *level)
{
    krt_put_text(line, "{\"time\":\"");
    krt_put_timestamp(line, krt_os_unix_ms());
    krt_put_text(line, "\",\"level\":\"");
    krt_put_text(line, level);
    krt_put_text(line, "\",\"program\":");
    krt_put_json(line, log->program, strlen(log->program), PROGRAM_LEN);
}

static void put_text_start(struct krt_buffer *line, const struct krt_log *log,
                           enum krt_log_level level)
{
    krt_put_cut(line, log->program, strlen(log->program), PROGRAM_LEN);
    krt_put_text(line, ": ");
    if (level == KRT_LOG_NONE)
        return;
    krt_put_text(line, levels[level]);
    krt_put_text(line, ": ");
}

void krt_log_begin(const struct krt_log *log, struct krt_buffer *line,
                   enum krt_log_level level)
{
    line->cap -= strlen(line_end(log));
    if (log->format == KRT_LOG_JSON)
        put_json_start(line, log, level == KRT_LOG_NONE ? "fatal" : levels[level]);
    else
        put_text_start(line, log, level);
}

static void end_line(const struct krt_log *log, struct krt_buffer *line)
{
    line->cap += strlen(line_end(log));
    krt_put_text(line, line_end(log));
}

static void put_message(const struct krt_log *log, struct krt_buffer *line,
                        enum krt_log_level level, const char *text)
{
    krt_log_begin(log, line, level);
    if (log->format == KRT_LOG_JSON) {
        krt_put_text(line, ",\"message\":");
        krt_put_json(line, text, strlen(text), MESSAGE_LEN);
    } else {
        krt_put_cut(line, text, strlen(text), SIZE_MAX);
    }
    end_line(log, line);
}

/* ---- The thread ---- */

static void wait_for_lines(struct krt_log *log)
{
    while (log->len == 0 && !log->is_closing) {
        log->is_waiting = true;
        krt_condition_wait(&log->changed, &log->mutex, -1);
    }
    log->is_waiting = false;
}

/* Becomes the first line of the filling half, which is empty. */
static void tell_left_out(struct krt_log *log)
{
    char storage[64];
    struct krt_buffer text = KRT_BUFFER(storage);
    struct krt_buffer line = {log->halves[log->filling], 0, log->room};
    krt_put_number(&text, log->n_left_out, 1);
    krt_put_text(&text, " lines were left out, as nobody read them");
    put_message(log, &line, KRT_LOG_ERROR, krt_end_text(&text));
    log->len = line.len;
    log->n_left_out = 0;
}

/* What has gathered; from now on the other half is filled. */
static struct krt_bytes take_lines(struct krt_log *log)
{
    struct krt_bytes lines = {log->halves[log->filling], log->len};
    log->filling = !log->filling;
    log->len = 0;
    if (log->n_left_out > 0)
        tell_left_out(log);
    return lines;
}

static size_t batch_len(const char *lines, size_t len)
{
    if (len <= BATCH)
        return len;
    len = BATCH;
    while (lines[len - 1] != '\n')
        len--;
    return len;
}

/* Without the mutex. A standard error that takes no more is no reason to stop. */
static void write_lines(struct krt_log *log, struct krt_bytes lines)
{
    const char *at = lines.data;
    const char *end = at + lines.len;
    while (at < end) {
        size_t len = batch_len(at, (size_t)(end - at));
        krt_os_print(KRT_STDERR, at, len);
        at += len;
        krt_lock(&log->mutex);
        log->n_written++;
        if (log->is_closing)
            krt_condition_signal(&log->changed);
        krt_unlock(&log->mutex);
    }
}

static void run(void *context)
{
    struct krt_log *log = context;
    krt_lock(&log->mutex);
    for (;;) {
        wait_for_lines(log);
        if (log->len == 0)
            break;
        struct krt_bytes lines = take_lines(log);
        krt_unlock(&log->mutex);
        write_lines(log, lines);
        krt_lock(&log->mutex);
    }
    log->has_ended = true;
    krt_condition_signal(&log->changed);
    krt_unlock(&log->mutex);
}

/* ---- The others ---- */

void krt_log_open(struct krt_log *log)
{
    log->mutex = (struct krt_mutex)KRT_MUTEX_INIT;
    log->changed = (struct krt_condition)KRT_CONDITION_INIT;
    if (log->level == KRT_LOG_NONE)
        return;
    log->room = log->level == KRT_LOG_DEBUG ? KRT_LOG_DEBUG_ROOM : KRT_LOG_ROOM;
    char *both = malloc(2 * log->room);
    if (!both)
        return;
    log->halves[0] = both;
    log->halves[1] = both + log->room;
    log->is_open = krt_thread_start(&log->thread, run, log) == KRT_OK;
    if (!log->is_open)
        free(both);
}

void krt_log_close(struct krt_log *log)
{
    if (!log->is_open)
        return;
    krt_lock(&log->mutex);
    log->is_closing = true;
    krt_condition_signal(&log->changed);
    unsigned seen = log->n_written;
    int64_t now = krt_os_now_ms();
    int64_t end = now + KRT_LOG_PATIENCE_MS;
    while (!log->has_ended && now < end) {
        krt_condition_wait(&log->changed, &log->mutex, (int)(end - now));
        now = krt_os_now_ms();
        if (log->n_written != seen)
            end = now + KRT_LOG_PATIENCE_MS;
        seen = log->n_written;
    }
    log->is_open = !log->has_ended;
    krt_unlock(&log->mutex);
    if (!log->is_open) {
        krt_thread_join(&log->thread);
        free(log->halves[0]);
    }
}

static void gather(struct krt_log *log, const struct krt_buffer *line)
{
    krt_lock(&log->mutex);
    bool wakes = log->is_waiting;
    log->is_waiting = false;
    if (log->n_left_out > 0 || line->len > log->room - log->len) {
        log->n_left_out++;
    } else {
        memcpy(log->halves[log->filling] + log->len, line->data, line->len);
        log->len += line->len;
    }
    krt_unlock(&log->mutex);
    if (wakes)
        krt_condition_signal(&log->changed);
}

static void write_line(struct krt_log *log, const struct krt_buffer *line)
{
    if (log->is_open)
        gather(log, line);
    else
        krt_os_print(KRT_STDERR, line->data, line->len);
}

void krt_log_end(struct krt_log *log, struct krt_buffer *line)
{
    end_line(log, line);
    write_line(log, line);
}

void krt_log(struct krt_log *log, enum krt_log_level level, const char *text)
{
    char storage[KRT_LOG_LINE_MAX];
    struct krt_buffer line = KRT_BUFFER(storage);
    if (level > log->level)
        return;
    put_message(log, &line, level, text);
    write_line(log, &line);
}

/* ---- Names ---- */

int krt_log_level_find(const char *name)
{
    int level = KRT_LOG_DEBUG;
    while (level >= 0 && strcmp(name, levels[level]) != 0)
        level--;
    return level;
}

int krt_log_format_find(const char *name)
{
    int format = KRT_LOG_JSON;
    while (format >= 0 && strcmp(name, formats[format]) != 0)
        format--;
    return format;
}
