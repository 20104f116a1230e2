#include "base64.h"

#include <string.h>

enum { PADDING = 64, SPACE = 65, STRANGE = 66, GROUP = 4 };

/* A text while it is decoded. */
struct decoding {
    unsigned char *out;
    size_t n_out;
    unsigned values[GROUP]; /* of the group that is not complete */
    size_t n_values;
    size_t n_padding;
    size_t last; /* where the last character with a value stands */
};

static unsigned value_of(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const char *found = c != '\0' ? strchr(alphabet, c) : NULL;
    if (found)
        return (unsigned)(found - alphabet);
    return c != '\0' && strchr(" \t\r\n", c) ? SPACE : STRANGE;
}

static bool fail(struct base64_fault *fault, size_t at, const char *message,
                 const char *hint)
{
    *fault = (struct base64_fault){message, hint, at};
    return false;
}

static bool fail_character(struct base64_fault *fault, struct str text, size_t at)
{
    bool is_of_urls = text.at[at] == '-' || text.at[at] == '_';
    return fail(fault, at, "is no character of base64",
                is_of_urls ? "write '+' for '-' and '/' for '_'" : NULL);
}

/* Puts the bytes of a group of which `n` characters have values. */
static void put_group(struct decoding *d, size_t n)
{
    unsigned bits =
        d->values[0] << 18 | d->values[1] << 12 | d->values[2] << 6 | d->values[3];
    for (size_t i = 0; i + 1 < n; i++)
        d->out[d->n_out++] = (unsigned char)(bits >> (16 - 8 * i));
    memset(d->values, 0, sizeof d->values);
    d->n_values = 0;
}

static bool take(struct decoding *d, struct str text, size_t at,
                 struct base64_fault *fault)
{
    unsigned value = value_of(text.at[at]);
    if (value == SPACE)
        return true;
    if (value == STRANGE)
        return fail_character(fault, text, at);
    if (value == PADDING) {
        d->n_padding++;
        if (d->n_values < 2 || d->n_values + d->n_padding > GROUP)
            return fail(fault, at, "is padding that belongs to nothing", NULL);
        return true;
    }
    if (d->n_padding > 0)
        return fail(fault, at, "stands behind the padding that ends base64", NULL);
    d->last = at;
    d->values[d->n_values++] = value;
    if (d->n_values == GROUP)
        put_group(d, GROUP);
    return true;
}

/* Section 3.5: the bits of the last character that belong to no byte are zero. */
static bool finish(struct decoding *d, struct str text, struct base64_fault *fault)
{
    static const unsigned stray[] = {0, 0, 0xF, 0x3};
    size_t n = d->n_values;
    if (n == 0)
        return true;
    if (n + d->n_padding < GROUP)
        return fail(fault, text.len, "ends amid a group of four characters",
                    n == 1   ? NULL
                    : n == 2 ? "pad it with '=='"
                             : "pad it with '='");
    if (d->values[n - 1] & stray[n])
        return fail(fault, d->last, "has bits that belong to no byte",
                    "was the end cut off?");
    put_group(d, n);
    return true;
}

bool base64_decode(struct str text, struct arena *arena, struct str *bytes,
                   struct base64_fault *fault)
{
    struct decoding d = {.out = arena_alloc(arena, text.len / GROUP * 3 + 3)};
    for (size_t i = 0; i < text.len; i++)
        if (!take(&d, text, i, fault))
            return false;
    if (!finish(&d, text, fault))
        return false;
    *bytes = (struct str){(const char *)d.out, d.n_out};
    return true;
}
