/* The limits of request heads: what is exactly as large as allowed is taken, one byte
 * or one field more is refused, however it arrives. */
#include "delivery.h"
#include "head.h"
#include "text.h"
#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define HOST "Host: a\r\n"

struct limit {
    const char *name;
    size_t empty_lines;
    size_t line;   /* bytes of the request line, 0 for the shortest */
    size_t fields; /* with Host */
    size_t head;   /* bytes up to its end, 0 for no more than the rest takes */
    int status;
};

static const struct limit limits[] = {
    {"request line at its limit", 0, DELIVERY_LINE_MAX, 1, 0, 0},
    {"request line over its limit", 0, DELIVERY_LINE_MAX + 1, 1, 0, 414},
    {"request line far over its limit", 0, 20000, 1, 0, 414},
    {"request line over the head's limit", 0, DELIVERY_HEAD_MAX + 1, 1, 0, 414},
    {"request line at its limit after empty lines", 3, DELIVERY_LINE_MAX, 1, 0, 0},
    {"request line over its limit after empty lines", 3, DELIVERY_LINE_MAX + 1, 1, 0,
     414},
    {"fields at their limit", 0, 0, DELIVERY_FIELDS_MAX, 0, 0},
    {"fields over their limit", 0, 0, DELIVERY_FIELDS_MAX + 1, 0, 431},
    {"head at its limit", 0, 0, 2, DELIVERY_HEAD_MAX, 0},
    {"head over its limit", 0, 0, 2, DELIVERY_HEAD_MAX + 1, 431},
    {"head far over its limit", 0, 0, 2, DELIVERY_HEAD_MAX + 9000, 431},
    {"head at its limit with empty lines", 7, 0, 2, DELIVERY_HEAD_MAX, 0},
    {"head over its limit with empty lines", 7, 0, 2, DELIVERY_HEAD_MAX + 1, 431},
    {"all limits at once", 1, DELIVERY_LINE_MAX, DELIVERY_FIELDS_MAX, DELIVERY_HEAD_MAX,
     0},
    {"nothing but empty lines", DELIVERY_HEAD_MAX, 0, 1, 0, 414},
};

static void put_letters(struct krt_buffer *out, size_t end)
{
    while (out->len < end)
        krt_put_text(out, "a");
}

/* Builds the head that `limit` describes; the last field fills it up. */
static struct text build(const struct limit *limit, struct krt_buffer out)
{
    for (size_t i = 0; i < limit->empty_lines; i++)
        krt_put_text(&out, "\r\n");
    size_t line_end = out.len + limit->line;
    krt_put_text(&out, "GET /");
    put_letters(&out, line_end - strlen(" HTTP/1.1\r\n"));
    krt_put_text(&out, " HTTP/1.1\r\n" HOST);
    for (size_t i = 2; i < limit->fields; i++)
        krt_put_text(&out, "a:b\r\n");
    if (limit->fields > 1) {
        krt_put_text(&out, "b:");
        put_letters(&out, limit->head - strlen("\r\n\r\n"));
        krt_put_text(&out, "\r\n");
    }
    krt_put_text(&out, "\r\n");
    return (struct text){out.data, out.len};
}

/* Splits near the limits; a valid head is partial before its end. */
static void check_limit(const struct limit *limit, struct text text)
{
    static const size_t near[] = {1, DELIVERY_LINE_MAX, DELIVERY_HEAD_MAX};
    struct krt_head head;
    delivery_check(limit->name, "whole", text.len,
                   delivery_read(&head, text, text.len, 1), limit->status);
    delivery_check(limit->name, "pieces of", 1, delivery_read(&head, text, 1, 1),
                   limit->status);
    for (size_t i = 0; i < LENGTH(near); i++) {
        for (size_t at = near[i] - (near[i] > 1); at <= near[i] + 2; at++) {
            delivery_check(limit->name, "split at", at,
                           delivery_read(&head, text, at, text.len), limit->status);
            struct text prefix = {text.at, at < text.len ? at : text.len - 1};
            if (limit->status == 0)
                delivery_check(limit->name, "prefix of", prefix.len,
                               delivery_read(&head, prefix, prefix.len, 1),
                               KRT_HEAD_PARTIAL);
        }
    }
}

static void test_limits_are_exact(void **state)
{
    (void)state;
    static char storage[2 * DELIVERY_HEAD_MAX + 1024];
    for (size_t i = 0; i < LENGTH(limits); i++) {
        struct limit limit = limits[i];
        if (limit.line == 0)
            limit.line = strlen("GET / HTTP/1.1\r\n");
        if (limit.head == 0)
            limit.head = strlen("\r\n\r\n");
        struct text text = build(&limit, (struct krt_buffer)KRT_BUFFER(storage));
        if (limits[i].head > 0)
            assert_int_equal(text.len, limits[i].head);
        check_limit(&limit, text);
    }
}

/* Lines that never end are refused as soon as they cannot fit. */
static void test_endless_lines_are_refused_at_the_limit(void **state)
{
    (void)state;
    static const char start[] = "GET / HTTP/1.1\r\n" HOST;
    static char storage[DELIVERY_HEAD_MAX];
    static const struct {
        const char *name;
        size_t start_len;
        size_t len;
        int status;
    } cases[] = {
        {"request line below its limit", 0, DELIVERY_LINE_MAX - 1, KRT_HEAD_PARTIAL},
        {"request line at its limit", 0, DELIVERY_LINE_MAX, 414},
        {"field below the head's limit", sizeof start - 1, DELIVERY_HEAD_MAX - 1,
         KRT_HEAD_PARTIAL},
        {"field at the head's limit", sizeof start - 1, DELIVERY_HEAD_MAX, 431},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct krt_head head;
        struct text text = {storage, cases[i].len};
        memset(storage, 'a', sizeof storage);
        memcpy(storage, start, cases[i].start_len);
        delivery_check(cases[i].name, "pieces of", 1, delivery_read(&head, text, 1, 1),
                       cases[i].status);
        delivery_check(cases[i].name, "whole", text.len,
                       delivery_read(&head, text, text.len, 1), cases[i].status);
    }
}

/* However long it is, and whether or not it has come to an end. */
static void test_garbage_is_refused_by_its_first_byte(void **state)
{
    (void)state;
    static char storage[2 * DELIVERY_HEAD_MAX];
    static const size_t lens[] = {1,
                                  DELIVERY_LINE_MAX,
                                  DELIVERY_LINE_MAX + 1,
                                  DELIVERY_HEAD_MAX,
                                  DELIVERY_HEAD_MAX + 1,
                                  sizeof storage};
    memset(storage, 'a', sizeof storage);
    storage[0] = '\x16';
    storage[sizeof storage - 1] = '\n';
    for (size_t i = 0; i < LENGTH(lens); i++) {
        struct krt_head head;
        struct text tail = {storage, lens[i]};
        delivery_check("garbage", "start of", lens[i],
                       delivery_read(&head, tail, lens[i], 1), 400);
        storage[lens[i] - 1] = lens[i] > 1 ? '\n' : storage[0];
        delivery_check("garbage", "line of", lens[i],
                       delivery_read(&head, tail, lens[i], 1), 400);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_are_exact),
        cmocka_unit_test(test_endless_lines_are_refused_at_the_limit),
        cmocka_unit_test(test_garbage_is_refused_by_its_first_byte),
    };
    return cmocka_run_group_tests(tests, delivery_init, delivery_deinit);
}
