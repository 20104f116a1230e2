/* Times at which something is due, the earliest first: a binary heap. Whoever shares
 * one locks it; only `at` may be read by others meanwhile. */
#ifndef KRT_ALARM_H
#define KRT_ALARM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct krt_alarm {
    _Atomic int64_t at; /* milliseconds of the caller's clock; INT64_MAX for never */
    size_t place;       /* in the heap */
};

struct krt_alarms {
    struct krt_alarm **heap; /* the caller's; has room for every alarm added */
    size_t n;
};

/* Adds an alarm that was not added yet. */
void krt_alarms_add(struct krt_alarms *alarms, struct krt_alarm *alarm, int64_t at);

/* Removes one that was. */
void krt_alarms_remove(struct krt_alarms *alarms, struct krt_alarm *alarm);

/* Moves one that was added to another time. */
void krt_alarms_set(struct krt_alarms *alarms, struct krt_alarm *alarm, int64_t at);

/* When the earliest is due; INT64_MAX if there is none. It is heap[0]. */
int64_t krt_alarms_next(const struct krt_alarms *alarms);

#endif
