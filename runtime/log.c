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

void krt_log(const struct krt_log *log, enum krt_log_level level, const char *text)
{
    char storage[1024];
    struct krt_buffer line = {storage, 0, sizeof storage - 1};
    if (level > log->level)
        return;
    krt_put_text(&line, log->program);
    krt_put_text(&line, ": ");
    krt_put_text(&line, names[level]);
    krt_put_text(&line, ": ");
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
