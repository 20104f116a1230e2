#include "alarm.h"

#include <stdbool.h>

static bool is_earlier(const struct krt_alarm *a, const struct krt_alarm *b)
{
    return atomic_load_explicit(&a->at, memory_order_relaxed) <
           atomic_load_explicit(&b->at, memory_order_relaxed);
}

static void put(struct krt_alarms *alarms, struct krt_alarm *alarm, size_t place)
{
    alarms->heap[place] = alarm;
    alarm->place = place;
}

static void rise(struct krt_alarms *alarms, struct krt_alarm *alarm)
{
    size_t place = alarm->place;
    while (place > 0 && is_earlier(alarm, alarms->heap[(place - 1) / 2])) {
        put(alarms, alarms->heap[(place - 1) / 2], place);
        place = (place - 1) / 2;
    }
    put(alarms, alarm, place);
}

static void sink(struct krt_alarms *alarms, struct krt_alarm *alarm)
{
    size_t place = alarm->place;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child + 1 < alarms->n &&
            is_earlier(alarms->heap[child + 1], alarms->heap[child]))
            child++;
        if (child >= alarms->n || !is_earlier(alarms->heap[child], alarm))
            break;
        put(alarms, alarms->heap[child], place);
        place = child;
    }
    put(alarms, alarm, place);
}

void krt_alarms_set(struct krt_alarms *alarms, struct krt_alarm *alarm, int64_t at)
{
    atomic_store(&alarm->at, at);
    rise(alarms, alarm);
    sink(alarms, alarm);
}

void krt_alarms_add(struct krt_alarms *alarms, struct krt_alarm *alarm, int64_t at)
{
    put(alarms, alarm, alarms->n++);
    krt_alarms_set(alarms, alarm, at);
}

void krt_alarms_remove(struct krt_alarms *alarms, struct krt_alarm *alarm)
{
    struct krt_alarm *last = alarms->heap[--alarms->n];
    if (last == alarm)
        return;
    put(alarms, last, alarm->place);
    rise(alarms, last);
    sink(alarms, last);
}

int64_t krt_alarms_next(const struct krt_alarms *alarms)
{
    return alarms->n > 0 ? atomic_load(&alarms->heap[0]->at) : INT64_MAX;
}
