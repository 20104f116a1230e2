#include "member.h"
#include "ascii.h"
#include "constraint.h"
#include "ident.h"
#include "reserved.h"

/* ---- Types ---- */

static bool has_constraint(const struct parameter *parameter, struct str name)
{
    for (size_t i = 0; i < parameter->n_constraints; i++)
        if (str_equal(parameter->constraint_list[i].source.text, name))
            return true;
    return false;
}

static bool is_integer(const struct parameter *parameter)
{
    for (size_t i = 0; i < parameter->n_constraints; i++)
        if (parameter->constraint_list[i].is_number)
            return true;
    return false;
}

enum member_type member_type_of(const struct parameter *parameter)
{
    if (has_constraint(parameter, STR("int")))
        return MEMBER_INT32;
    if (is_integer(parameter))
        return MEMBER_INT64;
    if (has_constraint(parameter, STR("bool")))
        return MEMBER_BOOL;
    return has_constraint(parameter, STR("double")) ? MEMBER_DOUBLE : MEMBER_STR;
}

const char *member_type_name(enum member_type type)
{
    static const char *const names[] = {
        [MEMBER_STR] = "struct krt_str", [MEMBER_INT32] = "int32_t",
        [MEMBER_INT64] = "int64_t",      [MEMBER_BOOL] = "bool",
        [MEMBER_DOUBLE] = "double",
    };
    return names[type];
}

/* ---- Names ---- */

/* `name` with '_' in place of what C does not take; one of C's own words, or a digit in
 * front, gets one more. */
static struct str identifier(struct arena *arena, struct str name)
{
    struct buf out;
    buf_init(&out, arena);
    if (name.len == 0 || is_digit(name.at[0]))
        buf_putc(&out, '_');
    for (size_t i = 0; i < name.len; i++)
        buf_putc(&out,
                 is_letter(name.at[i]) || is_digit(name.at[i]) ? name.at[i] : '_');
    if (reserved_is_keyword(buf_str(&out)))
        buf_putc(&out, '_');
    return buf_str(&out);
}

static void add(struct members *members, struct idents *names,
                const struct parameter *parameter, bool is_of_query, size_t index)
{
    struct str wanted = identifier(names->given.arena, parameter->name.text);
    members->items[members->n++] = (struct member){
        .parameter = parameter->name.text,
        .is_of_query = is_of_query,
        .index = index,
        .type = member_type_of(parameter),
        .name = ident_unique(names, wanted),
    };
}

static void add_presence(struct member *member, struct idents *names,
                         const struct parameter *parameter)
{
    struct buf wanted;
    if (!parameter->may_be_absent || parameter->has_default)
        return;
    buf_init(&wanted, names->given.arena);
    buf_printf(&wanted, "has_%s", member->name);
    member->has_name = ident_unique(names, buf_str(&wanted));
}

void members_of(const struct route *route, struct members *members, struct arena *arena)
{
    const struct template *template = &route->template;
    struct idents names = {.given = {.arena = arena}};
    size_t n = template->n_parameters + route->n_query;
    *members = (struct members){arena_array(arena, n, sizeof *members->items), 0};
    for (size_t i = 0; i < template->n_parameters; i++)
        add(members, &names, template->parameters[i], false, i);
    for (size_t i = 0; i < route->n_query; i++)
        add(members, &names, route->query[i], true, i);
    for (size_t i = 0; i < n; i++) {
        struct member *member = &members->items[i];
        add_presence(member, &names,
                     member->is_of_query ? route->query[member->index]
                                         : template->parameters[member->index]);
    }
}
