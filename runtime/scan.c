/* A block is what is looked at in one step: a vector where the compiler says that every
 * machine it compiles for has them, else a word. */
#include "scan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static bool is_end(unsigned char c)
{
    return (c < ' ' && c != '\t') || c == 0x7f;
}

static const unsigned char *find_in_bytes(const unsigned char *at,
                                          const unsigned char *end)
{
    while (at < end && !is_end(*at))
        at++;
    return at;
}

#if defined(__SSE2__) || defined(_M_X64)

#include <emmintrin.h>

enum { BLOCK = 16 };

/* The index of the lowest bit that is set, by a de Bruijn sequence. */
static unsigned lowest_bit(unsigned mask)
{
    static const unsigned char index[] = {0,  1, 2, 5,  3,  9, 6,  11,
                                          15, 4, 8, 10, 14, 7, 13, 12};
    return index[((mask & (0U - mask)) * 0x09afU & 0xffffU) >> 12];
}

/* The index of the first end in a block, or BLOCK. */
static size_t find_in_block(const unsigned char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
    __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    __m128i ends = _mm_or_si128(_mm_andnot_si128(tab, low), del);
    unsigned mask = (unsigned)_mm_movemask_epi8(ends);
    return mask ? lowest_bit(mask) : BLOCK;
}

#elif defined(__ARM_NEON) && defined(__aarch64__)

#include <arm_neon.h>

enum { BLOCK = 16 };

static size_t find_in_block(const unsigned char *at)
{
    uint8x16_t bytes = vld1q_u8(at);
    uint8x16_t low = vcltq_u8(bytes, vdupq_n_u8(' '));
    uint8x16_t tab = vceqq_u8(bytes, vdupq_n_u8('\t'));
    uint8x16_t del = vceqq_u8(bytes, vdupq_n_u8(0x7f));
    uint8x16_t ends = vorrq_u8(vbicq_u8(low, tab), del);
    if (vmaxvq_u8(ends) == 0)
        return BLOCK;
    return (size_t)(find_in_bytes(at, at + BLOCK) - at);
}

#else

enum { BLOCK = sizeof(uint64_t) };

static size_t find_in_block(const unsigned char *at)
{
    const uint64_t ones = UINT64_MAX / 0xff;
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    uint64_t del = bytes ^ ones * 0x7f;
    uint64_t marks = ((bytes - ones * ' ') & ~bytes) | ((del - ones) & ~del);
    if ((marks & ones * 0x80) == 0)
        return BLOCK;
    return (size_t)(find_in_bytes(at, at + BLOCK) - at);
}

#endif

const unsigned char *krt_find_field_end(const unsigned char *at,
                                        const unsigned char *end)
{
    if (end - at < BLOCK)
        return find_in_bytes(at, end);
    const unsigned char *last = end - BLOCK;
    for (; at < last; at += BLOCK) {
        size_t found = find_in_block(at);
        if (found < BLOCK)
            return at + found;
    }
    /* The last block overlaps the one before, in which there was no end. */
    return last + find_in_block(last);
}
