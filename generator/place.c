#include "place.h"

#include "ascii.h"

#include <string.h>

void json_place_pass(struct json_place *place, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (place->is_escaped)
            place->is_escaped = false;
        else if (c == '\\' && place->is_in_string)
            place->is_escaped = true;
        else if (c == '"')
            place->is_in_string = !place->is_in_string;
    }
}

static struct str name_at(struct str text, size_t at)
{
    size_t end = at;
    while (end < text.len && (is_letter(text.at[end]) || is_digit(text.at[end])))
        end++;
    return str_slice(text, at, end);
}

static bool is_raw(struct str name)
{
    return str_equal_fold(name, STR("script")) || str_equal_fold(name, STR("style"));
}

static void pass_in_tag(struct markup_place *place, char c)
{
    if (place->quote != 0) {
        place->quote = c == place->quote ? '\0' : place->quote;
    } else if (c == '"' || c == '\'') {
        place->quote = c;
    } else if (c == '>') {
        place->is_in_tag = false;
        place->raw = is_raw(place->name) ? place->name : (struct str){0};
    }
}

/* Behind a '<' a tag begins with a letter, or ends the raw element that is open. */
static void begin_tag(struct markup_place *place, struct str text, size_t at)
{
    bool is_end = at < text.len && text.at[at] == '/';
    struct str name = name_at(text, at + is_end);
    if (place->raw.len > 0 && !(is_end && str_equal_fold(name, place->raw)))
        return;
    place->is_in_tag = name.len > 0 && is_letter(name.at[0]);
    place->name = is_end ? (struct str){0} : name;
}

void markup_place_pass(struct markup_place *place, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (place->is_in_tag)
            pass_in_tag(place, text.at[i]);
        else if (text.at[i] == '<')
            begin_tag(place, text, i + 1);
    }
}
