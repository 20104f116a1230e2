#include "log.h"
#include "os.h"
#include "text.h"

#include <string.h>

static const char *const names[] = {
    [KRT_LOG_NONE] = "none",
    [KRT_LOG_ERROR] = "error",
    [KRT_LOG_INFO] = "info",
    [KRT_LOG_DEBUG] = "debug",
};

/* Lines that standard error did not take. */
static unsigned long n_left_out;

static void put_start(struct krt_buffer *line, const struct krt_log *log,
                      enum krt_log_level level)
{
    krt_put_text(line, log->program);
    krt_put_text(line, ": ");
    krt_put_text(line, names[level]);
    krt_put_text(line, ": ");
}

static void tell_left_out(const struct krt_log *log)
{
    char storage[256];
    struct krt_buffer line = KRT_BUFFER(storage);
    put_start(&line, log, KRT_LOG_ERROR);
    krt_put_number(&line, n_left_out, 1);
    krt_put_text(&line, " lines were left out, as nobody read them\n");
    n_left_out = 0;
    krt_os_print(KRT_STDERR, line.data, line.len);
}

void krt_log(const struct krt_log *log, enum krt_log_level level, const char *text)
{
    char storage[1024];
    struct krt_buffer line = {storage, 0, sizeof storage - 1};
    if (level > log->level)
        return;
    if (!krt_os_can_print(KRT_STDERR)) {
        n_left_out++;
        return;
    }
    if (n_left_out > 0)
        tell_left_out(log);
    put_start(&line, log, level);
    krt_put_text(&line, text);
    line.cap++; /* the room that was kept for the line's end */
    krt_put_text(&line, "\n");
    krt_os_print(KRT_STDERR, line.data, line.len);
}

int krt_log_level_find(const char *name)
{
    for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}
