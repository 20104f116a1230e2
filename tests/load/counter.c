#include "counter.h"

#include <stdlib.h>
#include <string.h>

/* ---- Heads ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_status(struct counter *counter)
{
    static const char version[] = "HTTP/1.1 ";
    const char *at = counter->head + sizeof version - 1;
    if (counter->head_len < sizeof version + 3 ||
        memcmp(counter->head, version, sizeof version - 1) != 0)
        return false;
    if (!is_digit(at[0]) || !is_digit(at[1]) || !is_digit(at[2]))
        return false;
    counter->status = (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    return true;
}

/* Whether the field at `at` is called `name`, which is in lower case. */
static bool is_named(const char *at, const char *name)
{
    for (; *name; name++, at++)
        if ((*at >= 'A' && *at <= 'Z' ? *at + ('a' - 'A') : *at) != *name)
            return false;
    return *at == ':';
}

static bool read_length(struct counter *counter)
{
    static const char name[] = "content-length";
    const char *line = strstr(counter->head, "\r\n") + 2;
    for (; *line != '\r'; line = strstr(line, "\r\n") + 2) {
        if (!is_named(line, name))
            continue;
        const char *digits = line + sizeof name;
        while (*digits == ' ')
            digits++;
        char *end;
        counter->length = strtoull(digits, &end, 10);
        return is_digit(*digits) && *end == '\r';
    }
    return false;
}

/* The head is whole; a NUL takes the place of its last byte. */
static void read_head(struct counter *counter)
{
    counter->head[counter->head_len - 1] = '\0';
    bool is_answer = read_status(counter);
    bool is_interim = is_answer && counter->status / 100 == 1;
    counter->is_malformed = !is_answer || (!is_interim && !read_length(counter));
    counter->is_in_body = !is_interim;
    counter->body_left = counter->length;
    counter->head_len = 0;
}

/* Takes bytes up to the head's end; returns how many. */
static size_t take_head(struct counter *counter, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (counter->head_len == COUNTER_HEAD_MAX || !data[i]) {
            counter->is_malformed = true;
            return i;
        }
        counter->head[counter->head_len++] = data[i];
        const char *end = counter->head + counter->head_len;
        if (counter->head_len >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0) {
            read_head(counter);
            return i + 1;
        }
    }
    return len;
}

/* ---- Answers ---- */

static size_t take_body(struct counter *counter, size_t len)
{
    size_t n = counter->body_left < len ? (size_t)counter->body_left : len;
    counter->body_left -= n;
    return n;
}

/* Returns whether the answer that has ended is right. */
static bool judge(const struct counter *counter, struct expected *expected)
{
    if (counter->status != expected->status) {
        expected->n_wrong_status++;
        return false;
    }
    if (!expected->has_length)
        expected->length = counter->length;
    expected->has_length = true;
    if (counter->length == expected->length)
        return true;
    expected->n_wrong_length++;
    return false;
}

static void remember(struct expected *expected, const char *answer, size_t len)
{
    if (len > COUNTER_SAMPLE_MAX)
        return;
    memcpy(expected->sample, answer, len);
    expected->sample_len = len;
}

static bool is_sample(const struct expected *expected, const char *data, size_t len)
{
    size_t sample_len = expected->sample_len;
    return sample_len > 0 && len >= sample_len &&
           memcmp(data, expected->sample, sample_len) == 0;
}

/* Takes the rest of an answer, or what there is of it. *is_whole becomes true at its
 * end. */
static size_t take_answer(struct counter *counter, struct expected *expected,
                          const char *data, size_t len, bool *is_whole)
{
    bool is_from_start = !counter->is_in_body && counter->head_len == 0;
    size_t n = 0;
    while (!counter->is_in_body && !counter->is_malformed && n < len)
        n += take_head(counter, data + n, len - n);
    if (!counter->is_in_body || counter->is_malformed)
        return n;
    n += take_body(counter, len - n);
    if (counter->body_left > 0)
        return n;
    counter->is_in_body = false;
    *is_whole = true;
    if (judge(counter, expected) && is_from_start)
        remember(expected, data, n);
    return n;
}

size_t counter_read(struct counter *counter, struct expected *expected,
                    const char *data, size_t len)
{
    size_t n_answers = 0;
    while (len > 0 && !counter->is_malformed) {
        bool is_at_start = !counter->is_in_body && counter->head_len == 0;
        bool is_whole = is_at_start && is_sample(expected, data, len);
        size_t n = is_whole ? expected->sample_len
                            : take_answer(counter, expected, data, len, &is_whole);
        n_answers += is_whole;
        data += n;
        len -= n;
    }
    return n_answers;
}
