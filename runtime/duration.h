/* Durations as people write them: "500ms", "30s", "10m", "1h". */
#ifndef KRT_DURATION_H
#define KRT_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* Reads a whole number of at most 1000000 and its unit, ms, s, m or h. False, with
 * *ms untouched, where `text` is something else. */
bool krt_duration_read(const char *text, int64_t *ms);

#endif
