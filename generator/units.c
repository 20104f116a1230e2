#include "units.h"
#include "ascii.h"

#include <limits.h>
#include <string.h>

static const struct unit no_units[] = {{"", 1, " "}, {NULL, 0, NULL}};

const struct scale numbers = {
    .noun = "a number",
    .description = "a number",
    .units = no_units,
};

const struct scale counts = {
    .noun = "a number",
    .description = "a number or a range",
    .units = no_units,
};

const struct scale sizes = {
    .noun = "a size",
    .description = "a size such as 8KiB",
    .units =
        (const struct unit[]){
            {"B", 1, " byte bytes "},
            {"KiB", 1024, " k kb ki "},
            {"MiB", 1024 * 1024, " m mb mi "},
            {NULL, 0, NULL},
        },
};

const struct scale durations = {
    .noun = "a duration",
    .description = "a duration such as 30s",
    .needs_unit = true,
    .units =
        (const struct unit[]){
            {"ms", 1, " msec millisecond milliseconds "},
            {"s", 1000, " sec secs second seconds "},
            {"m", 60 * 1000, " min mins minute minutes "},
            {"h", 60 * 60 * 1000, " hr hour hours "},
            {NULL, 0, NULL},
        },
};

const struct scale ages = {
    .noun = "a duration",
    .description = "a duration such as 1h",
    .needs_unit = true,
    .units =
        (const struct unit[]){
            {"s", 1, " sec secs second seconds "},
            {"m", 60, " min mins minute minutes "},
            {"h", 60 * 60, " hr hour hours "},
            {NULL, 0, NULL},
        },
};

/* The digits at the start of `text`; none where needless zeros stand before them. */
static size_t number_len(struct str text)
{
    size_t len = 0;
    while (len < text.len && is_digit(text.at[len]))
        len++;
    return len > 1 && text.at[0] == '0' ? 0 : len;
}

static const struct unit *find_unit(const struct scale *scale, struct str name)
{
    for (const struct unit *unit = scale->units; unit->name; unit++)
        if (str_equal(name, str_from(unit->name)))
            return unit;
    return NULL;
}

static int times(struct str digits, int factor)
{
    int value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digits.at[i] - '0';
        if (value > (INT_MAX - digit) / 10)
            return INT_MAX;
        value = 10 * value + digit;
    }
    return value > INT_MAX / factor ? INT_MAX : value * factor;
}

bool units_read(const struct scale *scale, struct str text, int *value)
{
    size_t len = number_len(text);
    struct str number = str_slice(text, 0, len);
    const struct unit *unit = find_unit(scale, str_slice(text, len, text.len));
    if (len == text.len && (!scale->needs_unit || str_equal(number, STR("0"))))
        unit = scale->units;
    if (len == 0 || !unit)
        return false;
    *value = times(number, unit->factor);
    return true;
}

void units_put(const struct scale *scale, int value, struct buf *out)
{
    const struct unit *best = scale->units;
    for (const struct unit *unit = best; unit->name; unit++)
        if (value % unit->factor == 0)
            best = unit;
    buf_printf(out, "%d%s", value / best->factor, value > 0 ? best->name : "");
}

void units_put_names(const struct scale *scale, const char *comma, const char *last,
                     struct buf *out)
{
    for (const struct unit *unit = scale->units; unit->name; unit++) {
        const char *joint = unit[1].name ? comma : last;
        buf_printf(out, "%s%s", unit > scale->units ? joint : "", unit->name);
    }
}

/* Whether `word` is one of `list`, in either case. */
static bool is_listed(const char *list, struct str word)
{
    for (const char *at = list; at[1] != '\0'; at += 1 + strcspn(at + 1, " "))
        if (str_equal_fold(word, (struct str){at + 1, strcspn(at + 1, " ")}))
            return true;
    return false;
}

/* The unit that `name` is a mistake for, or NULL. */
static const struct unit *find_meant(const struct scale *scale, struct str name)
{
    for (const struct unit *unit = scale->units; unit->name; unit++)
        if (str_equal_fold(name, str_from(unit->name)) ||
            is_listed(unit->mistakes, name))
            return unit;
    return NULL;
}

void units_put_advice(const struct scale *scale, struct str text, struct buf *out)
{
    size_t len = number_len(text);
    size_t end = len;
    while (end < text.len && text.at[end] == ' ')
        end++;
    const struct unit *unit = find_meant(scale, str_slice(text, end, text.len));
    struct str number = str_slice(text, 0, len);
    if (len > 0 && unit) {
        buf_printf(out, "%.*s%s", STR_ARG(number), unit->name);
        return;
    }
    buf_put(out, len > 0 && len == text.len ? number : STR("a whole number"));
    buf_put(out, STR(" followed by "));
    units_put_names(scale, ", ", " or ", out);
}
