#include "error.h"

#include <stdarg.h>
#include <stdio.h>

int krt_error_set(struct krt_error *error, enum krt_err kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->kind = kind;
    return kind;
}

static const struct krt_code *find_code(const struct krt_code *codes, size_t n_codes,
                                        long code)
{
    for (size_t i = 0; i < n_codes; i++)
        if (codes[i].code == code)
            return &codes[i];
    return NULL;
}

enum krt_err krt_error_kind(const struct krt_code *codes, size_t n_codes, long code)
{
    const struct krt_code *row = find_code(codes, n_codes, code);
    return row ? row->kind : KRT_ERR_SYSTEM;
}

int krt_error_from_code(struct krt_error *error, const struct krt_code *codes,
                        size_t n_codes, long code, const char *operation,
                        const char *object)
{
    const struct krt_code *row = find_code(codes, n_codes, code);
    if (!row)
        return krt_error_set(error, KRT_ERR_SYSTEM, "cannot %s %s: system error %ld",
                             operation, object, code);
    const char *separator = row->advice ? ": " : "";
    const char *advice = row->advice ? row->advice : "";
    return krt_error_set(error, row->kind, "cannot %s %s: %s (%ld)%s%s", operation,
                         object, row->symbol, code, separator, advice);
}
