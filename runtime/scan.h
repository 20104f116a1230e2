/* Scanning of request heads, 16 bytes in a step: by vectors where the compiler says
 * that every machine it compiles for has them, else by words. All of it is inline, as
 * one file uses it, where calls would take as long as what they do. Nothing outside of
 * what is given is read. */
#ifndef KRT_SCAN_H
#define KRT_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes looked at in one step, and those that are marked at once. */
enum { KRT_STEP = 16, KRT_BLOCK = 4 * KRT_STEP };

/* The bytes that may not stand in a field value (RFC 9110 section 5.5): the controls
 * other than HTAB, and DEL. What is marked are the starts of runs of bytes that are not
 * printable ASCII, which vectors tell with two operations; nearly all of them are the
 * ends of lines. A block is marked before the first run is asked for, so that the
 * processor need not wait for the end of a line to look for that of the next. */
struct krt_stops {
    const unsigned char *start; /* of what may be read */
    const unsigned char *end;
    const unsigned char *block; /* marked last */
    const unsigned char *next;  /* not marked yet */
    uint64_t marks; /* a bit for each start in the block, less those passed */
};

static inline bool krt_is_stop(unsigned char c)
{
    return (c < ' ' && c != '\t') || c == 0x7f;
}

static inline bool krt_is_printable(unsigned char c)
{
    return c >= ' ' && c < 0x7f;
}

/* A bit for each byte that is not printable; at most KRT_BLOCK bytes. */
static inline uint64_t krt_mark_bytes(const unsigned char *at, size_t len)
{
    uint64_t marks = 0;
    for (size_t i = 0; i < len; i++)
        marks |= (uint64_t)!krt_is_printable(at[i]) << i;
    return marks;
}

/* The index of the lowest bit that is set in `marks`, which is not 0: by a de Bruijn
 * sequence, as C11 has no word for it; compilers make one instruction of this form. */
static inline unsigned krt_lowest_bit(uint64_t marks)
{
    static const unsigned char index[] = {
        0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28,
        62, 5,  39, 46, 44, 42, 22, 9,  24, 35, 59, 56, 49, 18, 29, 11,
        63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21, 23, 58, 17, 10,
        51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12};
    return index[((marks & (0 - marks)) * 0x022fdd63cc95386dU) >> 58];
}

/* ---- Steps ----
 *
 * krt_mark_step() has a bit for each byte of a step that is not printable ASCII,
 * krt_mark_others() for each that is neither a letter nor a digit nor a hyphen, of
 * which nearly all names of fields are made. */

#if defined(__SSE2__) || defined(_M_X64)

#include <emmintrin.h>

static inline __m128i krt_load(const unsigned char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* The highest bit of each byte says that it is not among the `n` from `first` on. */
static inline __m128i krt_out_of_range(__m128i bytes, char first, char n)
{
    __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    return _mm_adds_epu8(offset, _mm_set1_epi8((char)(0x80 - n)));
}

static inline uint64_t krt_mark_step(const unsigned char *at)
{
    /* Of the numbers with a sign that follow them only '!' to DEL are over ' '. */
    __m128i following = _mm_add_epi8(krt_load(at), _mm_set1_epi8(1));
    return (unsigned)_mm_movemask_epi8(_mm_subs_epi8(following, _mm_set1_epi8('!')));
}

static inline unsigned krt_mark_others(const unsigned char *at)
{
    __m128i bytes = krt_load(at);
    __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i letters = krt_out_of_range(lower, 'a', 26);
    __m128i digits = krt_out_of_range(bytes, '0', 10);
    __m128i hyphens = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
    __m128i others = _mm_andnot_si128(hyphens, _mm_and_si128(letters, digits));
    return (unsigned)_mm_movemask_epi8(others);
}

#elif defined(__ARM_NEON) && defined(__aarch64__)

#include <arm_neon.h>

/* A bit for each byte that is all ones instead of all zeros. */
static inline unsigned krt_to_bits(uint8x16_t bytes)
{
    static const unsigned char bits[KRT_STEP] = {1, 2, 4, 8, 16, 32, 64, 128,
                                                 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t marks = vandq_u8(bytes, vld1q_u8(bits));
    unsigned low = vaddv_u8(vget_low_u8(marks));
    unsigned high = vaddv_u8(vget_high_u8(marks));
    return low | high << 8;
}

/* Which bytes are among the `n` from `first` on. */
static inline uint8x16_t krt_in_range(uint8x16_t bytes, unsigned char first,
                                      unsigned char n)
{
    return vcltq_u8(vsubq_u8(bytes, vdupq_n_u8(first)), vdupq_n_u8(n));
}

static inline uint64_t krt_mark_step(const unsigned char *at)
{
    return krt_to_bits(vmvnq_u8(krt_in_range(vld1q_u8(at), ' ', 0x7f - ' ')));
}

static inline unsigned krt_mark_others(const unsigned char *at)
{
    uint8x16_t bytes = vld1q_u8(at);
    uint8x16_t letters = krt_in_range(vorrq_u8(bytes, vdupq_n_u8(0x20)), 'a', 26);
    uint8x16_t digits = krt_in_range(bytes, '0', 10);
    uint8x16_t hyphens = vceqq_u8(bytes, vdupq_n_u8('-'));
    return krt_to_bits(vmvnq_u8(vorrq_u8(vorrq_u8(letters, digits), hyphens)));
}

#else

/* Not 0 if there may be a byte in the word at `at` that is not printable. */
static inline uint64_t krt_test_word(const unsigned char *at)
{
    const uint64_t ones = UINT64_MAX / 0xff;
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return (bytes | (bytes - ones * ' ') | (bytes + ones)) & ones * 0x80;
}

static inline uint64_t krt_mark_step(const unsigned char *at)
{
    bool may_stop = (krt_test_word(at) | krt_test_word(at + KRT_STEP / 2)) != 0;
    return may_stop ? krt_mark_bytes(at, KRT_STEP) : 0;
}

/* Bytes one by one are the lexers' business: none is vouched for. */
static inline unsigned krt_mark_others(const unsigned char *at)
{
    (void)at;
    return 0xffff;
}

#endif

/* ---- Stops ---- */

static inline uint64_t krt_mark_block(const unsigned char *at)
{
    uint64_t low = krt_mark_step(at) | krt_mark_step(at + KRT_STEP) << KRT_STEP;
    at += 2 * KRT_STEP;
    uint64_t high = krt_mark_step(at) | krt_mark_step(at + KRT_STEP) << KRT_STEP;
    return low | high << 2 * KRT_STEP;
}

/* Marks the last `len` bytes, less than a block. The last step looks once more at bytes
 * before, unless so few may be read. */
static inline uint64_t krt_mark_rest(const struct krt_stops *stops, size_t len)
{
    const unsigned char *at = stops->next;
    uint64_t marks = 0;
    size_t i = 0;
    if (stops->end - stops->start < KRT_STEP)
        return krt_mark_bytes(at, len);
    for (; len - i >= KRT_STEP; i += KRT_STEP)
        marks |= krt_mark_step(at + i) << i;
    size_t rest = len - i;
    if (rest == 0)
        return marks;
    return marks | krt_mark_step(stops->end - KRT_STEP) >> (KRT_STEP - rest) << i;
}

static inline void krt_mark_next(struct krt_stops *stops)
{
    size_t len = (size_t)(stops->end - stops->next);
    if (len < KRT_BLOCK) {
        stops->marks = krt_mark_rest(stops, len);
    } else {
        stops->marks = krt_mark_block(stops->next);
        len = KRT_BLOCK;
    }
    stops->marks &= ~(stops->marks << 1);
    stops->block = stops->next;
    stops->next += len;
}

/* Starts at `at`; all of [start, end] may be read, and a stop is at `end`. */
static inline void krt_stops_init(struct krt_stops *stops, const unsigned char *start,
                                  const unsigned char *at, const unsigned char *end)
{
    *stops = (struct krt_stops){start, end, at, at, 0};
}

/* The start of the first run at `from` or behind it, which is passed, or `end`. */
static inline const unsigned char *krt_find_run(struct krt_stops *stops,
                                                const unsigned char *from)
{
    const unsigned char *at;
    do {
        while (stops->marks == 0) {
            if (stops->next == stops->end)
                return stops->end;
            krt_mark_next(stops);
        }
        at = stops->block + krt_lowest_bit(stops->marks);
        stops->marks &= stops->marks - 1;
    } while (at < from);
    return at;
}

/* Finds the first stop at `from` or behind it, which may be the one at `end`. `from` is
 * behind all stops that were found before, and not inside of a run. */
static inline const unsigned char *krt_stops_find(struct krt_stops *stops,
                                                  const unsigned char *from)
{
    for (;;) {
        const unsigned char *at = krt_find_run(stops, from);
        if (*at == '\r')
            return at; /* as nearly always */
        while (!krt_is_stop(*at) && !krt_is_printable(*at))
            at++;
        if (krt_is_stop(*at))
            return at;
    }
}

/* ---- Names ---- */

/* The first byte from `at` on that is not a letter, a digit or a hyphen, or one before,
 * where that cannot be told quickly. */
static inline const unsigned char *krt_skip_plain(const unsigned char *at,
                                                  const unsigned char *end)
{
    while (end - at >= KRT_STEP) {
        unsigned others = krt_mark_others(at);
        if (others)
            return at + krt_lowest_bit(others);
        at += KRT_STEP;
    }
    return at;
}

#endif
