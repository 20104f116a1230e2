/* Bodies of which every byte tells its place: the numbers from 1000000 on, each
 * followed by a space. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum {
    PATTERN_MAX = 64 * 1024 * 1024,
    PATTERN_WORD = 8,
    PATTERN_FIRST = 1000000,
};

/* The word that holds the pattern's byte number `at`. */
static inline void pattern_word(char *word, size_t at)
{
    size_t number = PATTERN_FIRST + at / PATTERN_WORD;
    word[PATTERN_WORD - 1] = ' ';
    for (int i = PATTERN_WORD - 2; i >= 0; i--, number /= 10)
        word[i] = (char)('0' + number % 10);
}

/* Makes a word the next one. */
static inline void pattern_next(char *word)
{
    int i = PATTERN_WORD - 2;
    for (; word[i] == '9'; i--)
        word[i] = '0';
    word[i]++;
}

/* Writes the pattern's `len` bytes from number `at` on. */
static inline void pattern_put(char *data, size_t at, size_t len)
{
    char word[PATTERN_WORD];
    size_t start = at % PATTERN_WORD;
    pattern_word(word, at);
    while (len > 0) {
        size_t n = PATTERN_WORD - start < len ? PATTERN_WORD - start : len;
        memcpy(data, word + start, n);
        data += n;
        len -= n;
        start = 0;
        pattern_next(word);
    }
}

/* Whether `data` is that. */
static inline bool pattern_is(const char *data, size_t at, size_t len)
{
    char word[PATTERN_WORD];
    size_t start = at % PATTERN_WORD;
    pattern_word(word, at);
    while (len > 0) {
        size_t n = PATTERN_WORD - start < len ? PATTERN_WORD - start : len;
        if (memcmp(data, word + start, n) != 0)
            return false;
        data += n;
        len -= n;
        start = 0;
        pattern_next(word);
    }
    return true;
}

#endif
