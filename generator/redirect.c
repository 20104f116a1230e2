#include "redirect.h"

#include "utf8.h"

#include <string.h>

bool redirect_has_status(int status)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (status == statuses[i])
            return true;
    return false;
}

static bool is_of_url(char c)
{
    return c > ' ' && c <= '~' && !strchr("\"<>\\^`{|}", c);
}

static const char *describe(unsigned char c)
{
    if (c == ' ')
        return "a blank";
    if (c < ' ' || c == 0x7F)
        return "a control character";
    return c < 0x80 ? "a character that no URL has" : "a character that is not ASCII";
}

static void fail_character(struct reader *r, struct located target, size_t at)
{
    uint32_t code;
    size_t len = utf8_decode(target.text, at, &code);
    struct buf escaped;
    buf_init(&escaped, r->arena);
    for (size_t i = 0; i < len; i++)
        buf_printf(&escaped, "%%%02X", (unsigned char)target.text.at[at + i]);
    struct diagnostic *error =
        diag_error(r->diag, CHECK_REDIRECT, located_part(target, at, at + len).span,
                   "the target of a redirect holds %s",
                   describe((unsigned char)target.text.at[at]));
    if (target.text.at[at] == '\\')
        diag_hint(r->diag, error, "write '/', or %%5C");
    else
        diag_hint(r->diag, error, "write %.*s", STR_ARG(buf_str(&escaped)));
}

void redirect_check(struct reader *r, struct located target)
{
    if (target.text.len == 0) {
        struct diagnostic *error = diag_error(r->diag, CHECK_REDIRECT, target.span,
                                              "a redirect leads nowhere");
        diag_hint(r->diag, error, "write a path such as /new, or a URL");
    }
    for (size_t i = 0; i < target.text.len; i++) {
        if (is_of_url(target.text.at[i]))
            continue;
        fail_character(r, target, i);
        diag_silence(r->diag, target.span, BIT(HEADER_VALUE));
        return;
    }
}
