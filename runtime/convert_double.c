/* In a file of its own: what strtod() brings along on Windows cannot be left out of a
 * program by its linker, so only servers that need this have it. */
#include "convert.h"

#include <stdlib.h>

enum {
    /* Digits that decide which double is nearest: of more, only whether one is not 0.
     */
    DIGITS_MAX = 800,
    EXPONENT_MAX = 100000, /* any larger one makes 0 or infinity of what there is */
    NUMBER_MAX = DIGITS_MAX + 16,
};

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal number without a point: digits times a power of ten. */
struct decimal {
    bool is_negative;
    char digits[NUMBER_MAX];
    size_t n_digits;
    int exponent;
};

static void put_digit(struct decimal *decimal, char digit, bool is_fraction)
{
    bool is_leading = decimal->n_digits == 0 && digit == '0';
    bool is_kept = !is_leading && decimal->n_digits < DIGITS_MAX;
    if (is_kept)
        decimal->digits[decimal->n_digits++] = digit;
    else if (!is_leading && digit != '0')
        decimal->digits[DIGITS_MAX - 1] = '1'; /* it is more than what is kept */
    decimal->exponent += (is_kept || is_leading ? 0 : 1) - (is_fraction ? 1 : 0);
}

static int read_exponent(struct krt_slice text)
{
    bool is_negative = text.len > 0 && text.at[0] == '-';
    int exponent = 0;
    for (size_t i = 0; i < text.len; i++)
        if (is_digit(text.at[i]) && exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (text.at[i] - '0');
    return is_negative ? -exponent : exponent;
}

static void read_decimal(struct krt_slice value, struct decimal *decimal)
{
    bool is_fraction = false;
    *decimal = (struct decimal){.is_negative = value.len > 0 && value.at[0] == '-'};
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = value.at[i];
        if (c == 'e' || c == 'E') {
            decimal->exponent +=
                read_exponent((struct krt_slice){value.at + i + 1, value.len - i - 1});
            return;
        }
        is_fraction = is_fraction || c == '.';
        if (is_digit(c))
            put_digit(decimal, (char)c, is_fraction);
    }
}

/* Appends "e-12". */
static void put_exponent(struct decimal *decimal)
{
    char reversed[12];
    size_t n = 0;
    unsigned rest = (unsigned)abs(decimal->exponent);
    char *at = decimal->digits + decimal->n_digits;
    do {
        reversed[n++] = (char)('0' + rest % 10);
    } while ((rest /= 10) > 0);
    *at++ = 'e';
    *at++ = decimal->exponent < 0 ? '-' : '+';
    while (n > 0)
        *at++ = reversed[--n];
    *at = '\0';
}

/* strtod() takes the locale's decimal point, so it is given none. */
double krt_to_double(struct krt_slice value)
{
    struct decimal decimal;
    read_decimal(value, &decimal);
    if (decimal.n_digits == 0)
        return decimal.is_negative ? -0.0 : 0.0;
    put_exponent(&decimal);
    double number = strtod(decimal.digits, NULL);
    return decimal.is_negative ? -number : number;
}
