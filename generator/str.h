/* Text: slices that own nothing, and buffers that grow in an arena. */
#ifndef KRGEN_STR_H
#define KRGEN_STR_H

#include "arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#define KRGEN_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define KRGEN_PRINTF(text, first)
#endif

/* Bytes that live elsewhere: in the source, the arena or a literal. */
struct str {
    const char *at;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* Arguments for the printf conversion %.*s. */
#define STR_ARG(s) (int)(s).len, (s).at

struct str str_from(const char *text);
bool str_equal(struct str a, struct str b);

/* The same without regard to ASCII case. */
bool str_equal_fold(struct str a, struct str b);

/* The bytes at the start of `text` that may be in a token of HTTP (RFC 9110 section
 * 5.6.2). */
size_t token_len(struct str text);
bool str_has_prefix(struct str s, struct str prefix);

/* Byte order, shorter first among equals; the sign of memcmp(). */
int str_compare(struct str a, struct str b);

/* The same without regard to ASCII case. */
int str_compare_fold(struct str a, struct str b);

/* The bytes from `start` up to, not including, `end`. */
struct str str_slice(struct str s, size_t start, size_t end);

/* What follows the last `c`; all of `s` where there is none. */
struct str str_after_last(struct str s, char c);

/* A NUL-terminated copy in the arena. */
const char *str_z(struct arena *arena, struct str s);

/* A growing text in an arena. A buffer is made by buf_init(). */
struct buf {
    struct arena *arena;
    char *at;
    size_t len;
    size_t cap;
};

void buf_init(struct buf *buf, struct arena *arena);

/* Makes room for `len` more bytes, in one piece where that is much. */
void buf_reserve(struct buf *buf, size_t len);
void buf_put(struct buf *buf, struct str s);
void buf_putc(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) KRGEN_PRINTF(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list args) KRGEN_PRINTF(2, 0);

/* What was written so far; valid until the next write. */
struct str buf_str(const struct buf *buf);

#endif
