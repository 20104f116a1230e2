/* Decoding after RFC 3629 and the display width of characters. */
#include "utf8.h"

bool utf8_is_start(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

/* The length that a first byte announces and, in *code, its share of the character. */
static size_t announced_len(unsigned char first, uint32_t *code)
{
    if (first < 0x80) {
        *code = first;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        *code = first & 0x1F;
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        *code = first & 0x0F;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *code = first & 0x07;
        return 4;
    }
    return 0;
}

size_t utf8_decode(struct str s, size_t at, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t value = 0;
    size_t len = announced_len((unsigned char)s.at[at], &value);
    if (len == 0 || len > s.len - at)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (utf8_is_start(s.at[at + i]))
            return 0;
        value = value << 6 | ((unsigned char)s.at[at + i] & 0x3F);
    }
    bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < least[len] || value > 0x10FFFF || is_surrogate)
        return 0;
    *code = value;
    return len;
}

struct range {
    uint32_t first;
    uint32_t last;
};

static bool is_in(uint32_t code, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

size_t utf8_width(uint32_t code)
{
    static const struct range combining[] = {
        {0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
    static const struct range wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xAC00, 0xD7A3},
        {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
        {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    if (code < 0x300)
        return 1;
    if (is_in(code, combining, sizeof combining / sizeof *combining))
        return 0;
    return is_in(code, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

bool utf8_is_control(uint32_t code)
{
    static const struct range controls[] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0x200E, 0x200F}, {0x2028, 0x202E},
        {0x2066, 0x2069}, {0xFEFF, 0xFEFF}, {0xFFFE, 0xFFFF}};
    return is_in(code, controls, sizeof controls / sizeof *controls);
}
