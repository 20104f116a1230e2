#include "surroundings.h"

#include "os.h"
#include "thread.h"

#include <string.h>

/* ---- The clock ---- */

/* The answer's second is that in which its worker has last looked at the clock, which
 * may have gone on since, or have been set. */
struct krt_slice krt_get_now_ms(struct krt_render *render,
                                const struct krt_source *source)
{
    (void)source;
    int64_t first = render->exchange->unix_seconds * 1000;
    int64_t now = krt_os_unix_ms();
    if (now < first)
        now = first;
    return krt_render_number(render, (uint64_t)(now > first + 999 ? first + 999 : now));
}

/* ---- Randomness ---- */

enum {
    UUID_BYTES = 16,
    UUID_LEN = 36,
    STOCK = 64 * UUID_BYTES, /* random bytes that the system is asked for at once */
};

/* What is left of the bytes that the system gave, shared by all workers. */
static struct {
    struct krt_mutex mutex;
    unsigned char bytes[STOCK];
    size_t left;
} stock = {.mutex = KRT_MUTEX_INIT};

static bool draw(unsigned char *bytes)
{
    krt_lock(&stock.mutex);
    if (stock.left == 0 && krt_os_random(stock.bytes, STOCK))
        stock.left = STOCK;
    bool has_some = stock.left > 0;
    if (has_some) {
        stock.left -= UUID_BYTES;
        memcpy(bytes, stock.bytes + stock.left, UUID_BYTES);
    }
    krt_unlock(&stock.mutex);
    return has_some;
}

static void write_uuid(const unsigned char *bytes, unsigned char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = (unsigned char)digits[bytes[i] >> 4];
        *out++ = (unsigned char)digits[bytes[i] & 15];
    }
}

struct krt_slice krt_get_uuid(struct krt_render *render,
                              const struct krt_source *source)
{
    (void)source;
    unsigned char bytes[UUID_BYTES];
    unsigned char *out = krt_arena_take(render->exchange->arena, UUID_LEN);
    if (!out || !draw(bytes)) {
        render->has_failed = true;
        return (struct krt_slice){NULL, 0};
    }
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); /* the version */
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); /* the variant */
    write_uuid(bytes, out);
    return (struct krt_slice){out, UUID_LEN};
}

/* ---- The environment ---- */

void krt_environment_load(const struct krt_environment *environment)
{
    for (size_t i = 0; i < environment->n; i++)
        environment->values[i] = krt_os_variable(environment->names[i]);
}

struct krt_slice krt_get_environment(struct krt_render *render,
                                     const struct krt_source *source)
{
    const struct krt_environment *environment = render->exchange->program->environment;
    const char *value = environment->values[source->index];
    return (struct krt_slice){(const unsigned char *)value, value ? strlen(value) : 0};
}
