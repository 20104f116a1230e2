/* Log lines on standard error: "PROGRAM: LEVEL: text". */
#ifndef KRT_LOG_H
#define KRT_LOG_H

enum krt_log_level {
    KRT_LOG_NONE,
    KRT_LOG_ERROR,
    KRT_LOG_INFO,
    KRT_LOG_DEBUG,
};

struct krt_log {
    const char *program;
    enum krt_log_level level; /* the most talkative level that is written */
};

/* Writes one line if `level` is wanted; a long text is cut. Never waits for the reader
 * of standard error where the system tells that it would have to: then the line is left
 * out, and later their number told. From one thread. */
void krt_log(const struct krt_log *log, enum krt_log_level level, const char *text);

/* The level called `name` ("none", "error", "info", "debug"), or -1. */
int krt_log_level_find(const char *name);

#endif
