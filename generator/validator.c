#include "validator.h"

#include "date.h"

#include <stddef.h>

bool validator_is_etag(struct str text)
{
    size_t start = str_has_prefix(text, STR("W/")) ? 2 : 0;
    if (text.len < start + 2 || text.at[start] != '"' || text.at[text.len - 1] != '"')
        return false;
    for (size_t i = start + 1; i + 1 < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= ' ' || c == '"' || c == 0x7F)
            return false;
    }
    return true;
}

bool validator_read_date(struct str text, int64_t *unix_seconds)
{
    return text.len == KRT_DATE_LEN &&
           krt_date_read(text.at, text.len, 0, unix_seconds);
}
