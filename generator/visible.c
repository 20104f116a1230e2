#include "visible.h"
#include "utf8.h"

struct glyph {
    struct str bytes;
    size_t width;
};

static struct glyph glyph_at(struct str text, size_t at)
{
    uint32_t code = 0;
    size_t len = utf8_decode(text, at, &code);
    struct str bytes = str_slice(text, at, at + (len > 0 ? len : 1));
    if (len == 1 && bytes.at[0] == '\t')
        return (struct glyph){STR(" "), 1};
    if (len == 0 || utf8_is_control(code))
        return (struct glyph){STR("?"), 1};
    return (struct glyph){bytes, utf8_width(code)};
}

/* The offset behind the character at `at`. */
static size_t skip_glyph(struct str text, size_t at)
{
    uint32_t code = 0;
    size_t len = utf8_decode(text, at, &code);
    return at + (len > 0 ? len : 1);
}

void visible_put(struct buf *out, struct str text)
{
    for (size_t at = 0; at < text.len; at = skip_glyph(text, at))
        buf_put(out, glyph_at(text, at).bytes);
}

size_t visible_width(struct str text)
{
    size_t width = 0;
    for (size_t at = 0; at < text.len; at = skip_glyph(text, at))
        width += glyph_at(text, at).width;
    return width;
}

size_t visible_fit(struct str text, size_t at, size_t columns)
{
    for (size_t width = 0; at < text.len; at = skip_glyph(text, at)) {
        width += glyph_at(text, at).width;
        if (width > columns)
            break;
    }
    return at;
}
