#include "delivery.h"

#include "guard.h"
#include "unit.h"

enum { CAP = 96 * 1024 };

const struct krt_limits delivery_limits = {
    .request_line = DELIVERY_LINE_MAX,
    .head = DELIVERY_HEAD_MAX,
    .fields = DELIVERY_FIELDS_MAX,
};

static struct guard guard;

int delivery_init(void **state)
{
    (void)state;
    guard_init(&guard, CAP);
    return 0;
}

int delivery_deinit(void **state)
{
    (void)state;
    guard_deinit(&guard);
    return 0;
}

int delivery_read(struct krt_head *head, struct text text, size_t first, size_t rest)
{
    unsigned char *input = guard_end(&guard, text.len + 1);
    size_t len = 0;
    size_t piece = first;
    int result = KRT_HEAD_PARTIAL;
    krt_head_init(head);
    while (result == KRT_HEAD_PARTIAL && len < text.len) {
        size_t n = piece < text.len - len ? piece : text.len - len;
        memcpy(input + len, text.at + len, n);
        len += n;
        input[len] = '\0';
        result = krt_head_read(head, &delivery_limits, input, len);
        piece = rest;
    }
    return result;
}

void delivery_check(const char *name, const char *how, size_t at, int result,
                    int expected)
{
    if (result != expected)
        fail_msg("%s, %s %zu: expected %d, got %d", name, how, at, expected, result);
}
