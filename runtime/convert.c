#include "convert.h"

#include <string.h>

struct krt_slice krt_path_value(const struct krt_exchange *exchange, size_t index)
{
    struct krt_slice value = exchange->values[index];
    const char *instead = exchange->route->parameters[index].default_value;
    if (value.at || !instead)
        return value;
    return (struct krt_slice){(const unsigned char *)instead, strlen(instead)};
}

struct krt_slice krt_query_value(const struct krt_exchange *exchange, size_t index)
{
    return exchange->query_values[index];
}

struct krt_str krt_to_str(struct krt_slice value)
{
    return (struct krt_str){(const char *)value.at, value.len};
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* Counts downwards, because the negative numbers are one more. */
int64_t krt_to_int64(struct krt_slice value)
{
    bool is_negative = value.len > 0 && value.at[0] == '-';
    int64_t number = 0;
    for (size_t i = 0; i < value.len; i++)
        if (is_digit(value.at[i]))
            number = number * 10 - (value.at[i] - '0');
    return is_negative ? number : -number;
}

int32_t krt_to_int32(struct krt_slice value)
{
    return (int32_t)krt_to_int64(value);
}

bool krt_to_bool(struct krt_slice value)
{
    return value.len > 0 && (value.at[0] == 't' || value.at[0] == 'T');
}
