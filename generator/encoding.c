/* Text that YAML admits and that people see the same way as libyaml: it ends lines at
 * U+0085, U+2028 and U+2029, editors do not. */
#include "encoding.h"
#include "utf8.h"

#include <stdint.h>

enum {
    NEXT_LINE = 0x85,
    LINE_SEPARATOR = 0x2028,
    PARAGRAPH_SEPARATOR = 0x2029,
    BYTE_ORDER_MARK = 0xFEFF,
};

/* UTF-16 starts with its byte order mark, or, as ASCII text, with a NUL. */
static bool is_utf16(struct str text)
{
    if (text.len < 2)
        return false;
    unsigned a = (unsigned char)text.at[0];
    unsigned b = (unsigned char)text.at[1];
    if ((a == 0xFF && b == 0xFE) || (a == 0xFE && b == 0xFF))
        return true;
    return text.len >= 4 && ((a == 0) != (b == 0)) && (text.at[2] == 0) == (a == 0) &&
           (text.at[3] == 0) == (b == 0);
}

static bool is_control(uint32_t code)
{
    if (code < 0x20)
        return code != '\t' && code != '\n' && code != '\r';
    return (code >= 0x7F && code <= 0x9F) || code == 0xFFFE || code == 0xFFFF;
}

/* What is wrong with a character, or NULL. */
static const char *find_fault(uint32_t code)
{
    if (code == NEXT_LINE || code == LINE_SEPARATOR || code == PARAGRAPH_SEPARATOR)
        return "line break";
    if (code == BYTE_ORDER_MARK)
        return "byte order mark";
    return is_control(code) ? "control character" : NULL;
}

static bool fail_character(const struct source *source, size_t at, size_t len,
                           struct diag *diag)
{
    struct span span = {source, at, at + len};
    uint32_t code = 0;
    if (utf8_decode(source->text, at, &code) == 0) {
        diag_error(diag, CHECK_ENCODING, span,
                   "byte 0x%02X is not UTF-8 here; save the spec as UTF-8",
                   (unsigned char)source->text.at[at]);
        return false;
    }
    unsigned number = (unsigned)code;
    struct diagnostic *error =
        diag_error(diag, CHECK_ENCODING, span, "%s U+%04X in the text of a spec",
                   find_fault(code), number);
    diag_hint(diag, error, "write it as \\%c%0*X in a double-quoted string",
              number < 0x100 ? 'x' : 'u', number < 0x100 ? 2 : 4, number);
    return false;
}

bool encoding_check(const struct source *source, struct diag *diag)
{
    struct str text = source->text;
    if (is_utf16(text)) {
        diag_error(diag, CHECK_ENCODING, (struct span){source, 0, 0},
                   "the spec is UTF-16; save it as UTF-8");
        return false;
    }
    for (size_t at = 0; at < text.len;) {
        uint32_t code = 0;
        size_t len = utf8_decode(text, at, &code);
        if (len == 0 || find_fault(code))
            return fail_character(source, at, len > 0 ? len : 1, diag);
        at += len;
    }
    return true;
}
