/* The log: lines on standard error, as text or as JSON, from any thread. Whoever logs
 * only puts lines into memory; a thread of the log's own writes them and alone waits
 * for whoever reads standard error. */
#ifndef KRT_LOG_H
#define KRT_LOG_H

#include "text.h"
#include "thread.h"

#include <stdbool.h>
#include <stddef.h>

enum krt_log_level {
    KRT_LOG_NONE, /* of a line: what ends the program, and is told at any level */
    KRT_LOG_ERROR,
    KRT_LOG_INFO,
    KRT_LOG_DEBUG,
};

enum krt_log_format {
    KRT_LOG_TEXT, /* PROGRAM: LEVEL: text */
    KRT_LOG_JSON, /* {"time":...,"level":...,"program":...,"message":...} */
};

enum {
    KRT_LOG_LINE_MAX = 2048,  /* bytes of a line, its end included */
    KRT_LOG_ROOM = 32 * 1024, /* bytes of lines that gather while others are written, */
    KRT_LOG_DEBUG_ROOM = 512 * 1024, /* and at debug, where each request has one */
    KRT_LOG_PATIENCE_MS = 2000,      /* see krt_log_close() */
};

/* A log that was not opened writes each line at once. */
struct krt_log {
    const char *program;
    enum krt_log_level level; /* the most talkative level that is written */
    enum krt_log_format format;
    /* The rest belongs to krt_log_open() and what follows. */
    bool is_open;
    bool is_waiting; /* the thread is, for lines */
    bool is_closing;
    bool has_ended;
    unsigned n_written;       /* times that standard error took something */
    unsigned long n_left_out; /* lines since the filling half was full */
    int filling; /* the half that takes lines, while the other is written */
    size_t len;  /* of what it holds */
    struct krt_condition changed;
    struct krt_mutex mutex; /* over all of these but is_open */
    struct krt_thread thread;
    char *halves[2];
    size_t room; /* of each */
};

/* Starts the thread of `log`, whose first members are set and whose others are 0. It
 * must have static storage: the thread may have to be left behind. Where there is no
 * thread to be had, the log stays as it is. */
void krt_log_open(struct krt_log *log);

/* Writes all lines that are left and ends the thread. Nobody may log meanwhile. When
 * standard error has taken nothing for KRT_LOG_PATIENCE_MS, gives up: the thread goes
 * on waiting until the process ends. Lines that come later are written at once, or, if
 * it gave up, not at all. */
void krt_log_close(struct krt_log *log);

/* Writes one line if `level` is wanted; a long text is cut. Never waits for the reader
 * of standard error while the log is open: if he is far behind, whole lines are left
 * out, and as soon as there is room their number is told in their place. */
void krt_log(struct krt_log *log, enum krt_log_level level, const char *text);

/* A line with members of its own, put together in `line`, which is empty and has room
 * for KRT_LOG_LINE_MAX bytes: its start, which in JSON leaves the object open, and its
 * end, for which room is kept. Whether the level is wanted is for the caller to ask. */
void krt_log_begin(const struct krt_log *log, struct krt_buffer *line,
                   enum krt_log_level level);
void krt_log_end(struct krt_log *log, struct krt_buffer *line);

/* The level called `name` ("none", "error", "info", "debug"), or -1. */
int krt_log_level_find(const char *name);

/* The format called `name` ("text", "json"), or -1. */
int krt_log_format_find(const char *name);

#endif
