#include "duration.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 1000000 };

bool krt_duration_read(const char *text, int64_t *ms)
{
    static const struct {
        const char *unit;
        long ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    long value = strtol(text, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) == 0 && value <= VALUE_MAX) {
            *ms = (int64_t)value * units[i].ms;
            return true;
        }
    }
    return false;
}
