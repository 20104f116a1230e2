/* An interval is divided where the bounds of a digit depend on those before it, which
 * leaves at most two pieces per digit. */
#include "number.h"

#include <assert.h>

static const struct regex *digit(struct arena *arena, uint64_t first, uint64_t last)
{
    return regex_chars(
        arena, charset_range(arena, '0' + (uint32_t)first, '0' + (uint32_t)last));
}

/* A digit from `first` to `last`, then `rest`. */
static const struct regex *lead(struct arena *arena, uint64_t first, uint64_t last,
                                const struct regex *rest)
{
    const struct regex *items[] = {digit(arena, first, last), rest};
    return regex_sequence(arena, items, 2);
}

static const struct regex *digits(struct arena *arena, int min, int max)
{
    return regex_repeat(arena, digit(arena, 0, 9), min, max);
}

/* The numbers from `low` to `high` as exactly `n` digits, the first worth `unit`. */
static const struct regex *fixed(struct arena *arena, uint64_t low, uint64_t high,
                                 uint64_t unit, int n)
{
    if (n == 0)
        return regex_sequence(arena, NULL, 0);
    uint64_t first = low / unit;
    uint64_t last = high / unit;
    bool is_low_cut = low % unit != 0;
    bool is_high_cut = high % unit != unit - 1;
    if (first == last && (is_low_cut || is_high_cut))
        return lead(arena, first, last,
                    fixed(arena, low % unit, high % unit, unit / 10, n - 1));
    const struct regex *pieces[3];
    size_t n_pieces = 0;
    if (is_low_cut)
        pieces[n_pieces++] = lead(arena, first, first,
                                  fixed(arena, low % unit, unit - 1, unit / 10, n - 1));
    if (first + is_low_cut <= last - is_high_cut)
        pieces[n_pieces++] = lead(arena, first + is_low_cut, last - is_high_cut,
                                  digits(arena, n - 1, n - 1));
    if (is_high_cut)
        pieces[n_pieces++] =
            lead(arena, last, last, fixed(arena, 0, high % unit, unit / 10, n - 1));
    return regex_choice(arena, pieces, n_pieces);
}

/* All numbers of `min` to `max` digits; 0 is one of one digit. */
static const struct regex *complete(struct arena *arena, uint64_t low, int min, int max)
{
    if (low > 0 || min > 1)
        return lead(arena, 1, 9, digits(arena, min - 1, max - 1));
    if (max == 1)
        return digit(arena, 0, 9);
    const struct regex *pieces[] = {
        digit(arena, 0, 9),
        lead(arena, 1, 9, digits(arena, 1, max - 1)),
    };
    return regex_choice(arena, pieces, 2);
}

static const struct regex *magnitudes(struct arena *arena, uint64_t low, uint64_t high)
{
    const struct regex *zero = digit(arena, 0, 0);
    if (high == 0)
        return regex_repeat(arena, zero, 1, NUMBER_ZEROS_MAX + 1);
    const struct regex *none = regex_choice(arena, NULL, 0);
    const struct regex *below = none; /* numbers of the lengths of the bounds */
    const struct regex *above = none;
    int min = 0; /* lengths whose numbers are all in the interval */
    int max = 0;
    uint64_t unit = 1;
    for (int n = 1; unit <= high; n++, unit *= 10) {
        uint64_t bottom = n > 1 ? unit : low > 0;
        uint64_t top = unit * 10 - 1;
        if (top < low)
            continue;
        if (low <= bottom && high >= top) {
            min = min > 0 ? min : n;
            max = n;
        } else {
            const struct regex *piece = fixed(arena, low > bottom ? low : bottom,
                                              high < top ? high : top, unit, n);
            *(low > bottom ? &below : &above) = piece;
        }
    }
    const struct regex *pieces[] = {
        below,
        max > 0 ? complete(arena, low, min, max) : none,
        above,
    };
    const struct regex *items[] = {
        regex_repeat(arena, zero, 0, NUMBER_ZEROS_MAX),
        regex_choice(arena, pieces, 3),
    };
    return regex_sequence(arena, items, 2);
}

/* Those magnitudes behind one of the signs, or behind none where '+' is one of them. */
static const struct regex *with_sign(struct arena *arena, const char *signs,
                                     uint64_t low, uint64_t high)
{
    const struct regex *sign = regex_chars(arena, charset_of(arena, signs));
    const struct regex *items[] = {
        regex_repeat(arena, sign, signs[0] == '-', 1),
        magnitudes(arena, low, high),
    };
    return regex_sequence(arena, items, 2);
}

static uint64_t magnitude(int64_t number)
{
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

const struct regex *number_language(struct arena *arena, int64_t least, int64_t most)
{
    assert(least <= most);
    uint64_t low = magnitude(least);
    uint64_t high = magnitude(most);
    if (least > 0)
        return with_sign(arena, "+", low, high);
    if (most < 0)
        return with_sign(arena, "-", high, low);
    if (low == high)
        return with_sign(arena, "+-", 0, low);
    const char *sign = low > high ? "-" : "+"; /* of the larger side */
    uint64_t common = low < high ? low : high;
    uint64_t largest = low > high ? low : high;
    const struct regex *pieces[] = {
        with_sign(arena, "+-", 0, common),
        with_sign(arena, sign, common + 1, largest),
    };
    if (common == 0) {
        pieces[0] = with_sign(arena, sign, 0, largest);
        pieces[1] = with_sign(arena, low > high ? "+" : "-", 0, 0);
    }
    return regex_choice(arena, pieces, 2);
}
