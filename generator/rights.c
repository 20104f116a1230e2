#include "rights.h"
#include "ascii.h"

/* A pair of letters and what it stands for. */
struct right {
    const char *letters;
    uint32_t mask;
};

/* The last nine are the bits one by one, by their names in a directory: that is how
 * Windows prints a mask without a name. */
static const struct right rights[] = {
    {"GA", 0x1F01FF}, {"GR", 0x120089}, {"GW", 0x120116}, {"GX", 0x1200A0},
    {"FA", 0x1F01FF}, {"FR", 0x120089}, {"FW", 0x120116}, {"FX", 0x1200A0},
    {"RC", 0x20000},  {"SD", 0x10000},  {"WD", 0x40000},  {"WO", 0x80000},
    {"CC", 0x1},      {"DC", 0x2},      {"LC", 0x4},      {"SW", 0x8},
    {"RP", 0x10},     {"WP", 0x20},     {"DT", 0x40},     {"LO", 0x80},
    {"CR", 0x100},    {NULL, 0},
};

static const struct right label_rights[] = {
    {"NW", 0x1}, {"NR", 0x2}, {"NX", 0x4}, {NULL, 0}};

/* The generic rights of a mask in numbers. */
static const struct {
    uint32_t bit;
    uint32_t mask;
} generic[] = {
    {0x10000000, 0x1F01FF},
    {0x20000000, 0x1200A0},
    {0x40000000, 0x120116},
    {0x80000000, 0x120089},
};

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads 0x and one to eight digits. */
static bool read_number(struct str text, uint32_t *mask)
{
    *mask = 0;
    for (size_t i = 2; i < text.len; i++) {
        int digit = digit_value(text.at[i]);
        if (digit < 0)
            return false;
        *mask = *mask << 4 | (uint32_t)digit;
    }
    return text.len > 2 && text.len <= 10;
}

static bool read_pairs(struct str text, const struct right *table, uint32_t *mask,
                       size_t *start, size_t *end)
{
    *mask = 0;
    for (size_t at = 0; at < text.len; at = *end) {
        const struct right *right = table;
        *start = at;
        *end = at + 2 < text.len ? at + 2 : text.len;
        while (right->letters &&
               !str_equal(str_slice(text, at, *end), str_from(right->letters)))
            right++;
        if (!right->letters)
            return false;
        *mask |= right->mask;
    }
    return text.len > 0;
}

static bool read_mask(struct str text, const struct right *table, uint32_t *mask,
                      size_t *start, size_t *end)
{
    *start = 0;
    *end = text.len;
    if (str_has_prefix(text, STR("0x")) || str_has_prefix(text, STR("0X")))
        return read_number(text, mask);
    return read_pairs(text, table, mask, start, end);
}

bool rights_read(struct str text, uint32_t *mask, size_t *start, size_t *end)
{
    if (!read_mask(text, rights, mask, start, end))
        return false;
    for (size_t i = 0; i < sizeof generic / sizeof *generic; i++)
        if ((*mask & generic[i].bit) != 0)
            *mask |= generic[i].mask;
    return true;
}

bool rights_read_label(struct str text, size_t *start, size_t *end)
{
    uint32_t mask;
    if (!read_mask(text, label_rights, &mask, start, end))
        return false;
    *start = 0;
    *end = text.len;
    return mask != 0 && mask <= 0x7;
}
