#include "range.h"

#include <stdbool.h>
#include <stdint.h>

/* What is left of a field's value. */
struct text {
    const unsigned char *at;
    const unsigned char *end;
};

static bool take(struct text *text, unsigned char c)
{
    if (text->at == text->end || *text->at != c)
        return false;
    text->at++;
    return true;
}

static bool take_unit(struct text *text)
{
    for (const char *unit = "bytes"; *unit; unit++)
        if (!take(text, (unsigned char)*unit) &&
            !take(text, (unsigned char)(*unit & ~0x20)))
            return false;
    return take(text, '=');
}

static void skip_space(struct text *text)
{
    while (take(text, ' ') || take(text, '\t'))
        continue;
}

/* A position beyond SIZE_MAX is as good as SIZE_MAX. False without a digit. */
static bool take_number(struct text *text, size_t *number)
{
    const unsigned char *start = text->at;
    *number = 0;
    for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++) {
        size_t digit = (size_t)(*text->at - '0');
        bool fits = *number <= (SIZE_MAX - digit) / 10;
        *number = fits ? 10 * *number + digit : SIZE_MAX;
    }
    return text->at > start;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Reads one range; of length 0 if the body has no byte of it. False if malformed. */
static bool take_range(struct text *text, size_t body_len, struct krt_range *range)
{
    size_t first;
    size_t last;
    bool has_first = take_number(text, &first);
    if (!take(text, '-'))
        return false;
    bool has_last = take_number(text, &last);
    if (!has_first) {
        range->len = smaller(last, body_len);
        range->at = body_len - range->len;
        return has_last;
    }
    if (has_last && last < first)
        return false;
    range->at = first;
    range->len = 0;
    if (first < body_len)
        range->len =
            1 + smaller(has_last ? last - first : SIZE_MAX, body_len - first - 1);
    return true;
}

/* Skips what may separate the elements of a list (section 5.6.1); false at its end. */
static bool find_next(struct text *text)
{
    do
        skip_space(text);
    while (take(text, ','));
    return text->at < text->end;
}

int krt_ranges_read(struct krt_slice value, size_t body_len,
                    struct krt_range ranges[KRT_RANGES_MAX])
{
    struct text text = {value.at, value.at + value.len};
    size_t total = 0;
    int n_read = 0;
    int n = 0;
    if (!take_unit(&text))
        return KRT_RANGES_IGNORED;
    for (; find_next(&text); n_read++) {
        struct krt_range range;
        if (n_read == KRT_RANGES_MAX || !take_range(&text, body_len, &range))
            return KRT_RANGES_IGNORED;
        skip_space(&text);
        if (text.at < text.end && *text.at != ',')
            return KRT_RANGES_IGNORED;
        if (range.len > 0)
            ranges[n++] = range;
        total += range.len;
    }
    return n_read == 0 || total > body_len ? KRT_RANGES_IGNORED : n;
}
