#include "date.h"

#include <string.h>

/* A form of a date and where its parts are, behind the day of the week. */
struct form {
    char pattern[28]; /* 0 a digit, * any character, _ a digit or a blank */
    unsigned char day;
    unsigned char month;
    unsigned char year;
    unsigned char n_year_digits;
    unsigned char time;
};

static const struct form forms[] = {
    {", 00 *** 0000 00:00:00 GMT", 2, 5, 9, 4, 14}, /* IMF-fixdate */
    {", 00-***-00 00:00:00 GMT", 2, 5, 9, 2, 12},   /* RFC 850 */
    {" *** _0 00:00:00 0000", 5, 1, 17, 4, 8},      /* asctime() */
};

struct moment {
    int year;
    int month; /* 0 is January */
    int day;
    int hour;
    int minute;
    int second;
};

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool fits(const char *text, const char *pattern)
{
    for (; *pattern; pattern++, text++) {
        bool is_fit = *text == *pattern;
        if (*pattern == '0' || *pattern == '_')
            is_fit = is_digit(*text) || (*pattern == '_' && *text == ' ');
        if (!is_fit && *pattern != '*')
            return false;
    }
    return true;
}

/* RFC 850 writes the day of the week out, the others do not. */
static bool is_weekday(const char *text, size_t len, bool is_long)
{
    static const char names[][sizeof "Wednesday"] = {
        "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (len == (is_long ? strlen(names[i]) : 3) && memcmp(text, names[i], len) == 0)
            return true;
    return false;
}

/* A blank counts as 0. */
static int number_at(const char *text, int n_digits)
{
    int number = 0;
    for (; n_digits > 0; n_digits--, text++)
        number = 10 * number + (*text == ' ' ? 0 : *text - '0');
    return number;
}

/* 12 for what is no month. */
static int month_at(const char *text)
{
    int month = 0;
    while (month < 12 && memcmp(text, months + 3 * month, 3) != 0)
        month++;
    return month;
}

/* The latest year with these last two digits that is at most 50 years ahead. */
static int whole_year(int year, int64_t now)
{
    const int64_t seconds_a_year = 31556952;
    int latest = (int)(1970 + now / seconds_a_year) + 50;
    return latest - (latest - year) % 100;
}

static int month_len(int year, int month)
{
    static const char lens[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return lens[month] + (month == 1 && is_leap);
}

/* A leap second may be meant. */
static bool is_possible(const struct moment *at)
{
    return at->year > 0 && at->month < 12 && at->day > 0 &&
           at->day <= month_len(at->year, at->month) && at->hour < 24 &&
           at->minute < 60 && at->second <= 60;
}

/* Days are counted in years that start in March, so that the leap day is their last. */
static int64_t to_unix(const struct moment *at)
{
    int year = at->year - (at->month < 2);
    int month = (at->month + 10) % 12;
    int64_t days = 365 * (int64_t)year + year / 4 - year / 100 + year / 400 +
                   (153 * month + 2) / 5 + at->day - 1 - 719468;
    return days * 86400 + at->hour * 3600 + at->minute * 60 + at->second;
}

/* Reads a text of the form that `form` has behind the day of the week. */
static struct moment read_moment(const char *text, const struct form *form, int64_t now)
{
    const char *time = text + form->time;
    struct moment at = {
        .year = number_at(text + form->year, form->n_year_digits),
        .month = month_at(text + form->month),
        .day = number_at(text + form->day, 2),
        .hour = number_at(time, 2),
        .minute = number_at(time + 3, 2),
        .second = number_at(time + 6, 2),
    };
    if (form->n_year_digits == 2)
        at.year = whole_year(at.year, now);
    return at;
}

bool krt_date_read(const void *text, size_t len, int64_t now, int64_t *unix_seconds)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct form *form = &forms[i];
        size_t rest_len = strlen(form->pattern);
        size_t start = len > rest_len ? len - rest_len : 0;
        const char *rest = (const char *)text + start;
        if (!is_weekday(text, start, form->n_year_digits == 2) ||
            !fits(rest, form->pattern))
            continue;
        struct moment at = read_moment(rest, form, now);
        if (is_possible(&at))
            *unix_seconds = to_unix(&at);
        return is_possible(&at);
    }
    return false;
}

/* ---- Writing ---- */

/* By counting in 400-year eras that start on the first of March, so that the leap day
 * is the last of its year. */
static struct moment from_unix(int64_t unix_seconds)
{
    int64_t days = unix_seconds / 86400;
    int second_of_day = (int)(unix_seconds % 86400);
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) /
        365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    bool is_next_year = march_month >= 10;
    return (struct moment){
        .year = (int)(year_of_era + era * 400) + is_next_year,
        .month = (int)(is_next_year ? march_month - 10 : march_month + 2),
        .day = (int)(day_of_year - (153 * march_month + 2) / 5) + 1,
        .hour = second_of_day / 3600,
        .minute = second_of_day / 60 % 60,
        .second = second_of_day % 60,
    };
}

/* A number and what follows it. */
static void put_part(struct krt_buffer *out, int number, int width, const char *after)
{
    krt_put_number(out, (uint64_t)number, width);
    krt_put_text(out, after);
}

static void put_time(struct krt_buffer *out, const struct moment *at)
{
    put_part(out, at->hour, 2, ":");
    put_part(out, at->minute, 2, ":");
    put_part(out, at->second, 2, "");
}

void krt_put_date(struct krt_buffer *out, int64_t unix_seconds)
{
    static const char weekdays[] = "SunMonTueWedThuFriSat";
    struct moment at = from_unix(unix_seconds);
    krt_put(out, weekdays + 3 * ((unix_seconds / 86400 + 4) % 7), 3);
    krt_put_text(out, ", ");
    put_part(out, at.day, 2, " ");
    krt_put(out, months + 3 * at.month, 3);
    krt_put_text(out, " ");
    put_part(out, at.year, 4, " ");
    put_time(out, &at);
    krt_put_text(out, " GMT");
}

void krt_put_timestamp(struct krt_buffer *out, int64_t unix_ms)
{
    struct moment at = from_unix(unix_ms / 1000);
    put_part(out, at.year, 4, "-");
    put_part(out, at.month + 1, 2, "-");
    put_part(out, at.day, 2, "T");
    put_time(out, &at);
    krt_put_text(out, ".");
    put_part(out, (int)(unix_ms % 1000), 3, "Z");
}
