#include "access.h"

#include "cut.h"
#include "problem.h"

#include <string.h>

/* The most bytes of a text in a line. */
enum { METHOD_LEN = 40, TARGET_LEN = 240, ROUTE_LEN = 240, VALUE_LEN = 96 };

static void put_request(struct krt_buffer *buffer, const struct krt_answer *answer)
{
    krt_put_cut(buffer, answer->method.at, answer->method.len, METHOD_LEN);
    krt_put_text(buffer, " ");
    krt_put_cut(buffer, answer->target.at, answer->target.len, TARGET_LEN);
}

/* " NAME=VALUE", nothing when the value is absent and has no default. */
static void put_value(struct krt_buffer *buffer, const struct krt_parameter *parameter,
                      struct krt_slice value)
{
    const char *by_default = parameter->default_value;
    if (!value.at && by_default)
        value =
            (struct krt_slice){(const unsigned char *)by_default, strlen(by_default)};
    if (!value.at)
        return;
    krt_put_text(buffer, " ");
    krt_put_text(buffer, parameter->name);
    krt_put_text(buffer, "=");
    krt_put_encoded(buffer, value.at, value.len, VALUE_LEN);
}

static void put_route(struct krt_buffer *buffer, const struct krt_program *program,
                      const struct krt_verdict *verdict)
{
    const struct krt_route *route = &program->routes[verdict->route];
    krt_put_text(buffer, " -> ");
    krt_put_cut(buffer, route->name, strlen(route->name), ROUTE_LEN);
    for (size_t i = 0; i < route->n_parameters; i++)
        put_value(buffer, &route->parameters[i], verdict->values[i]);
}

void krt_put_access(struct krt_buffer *buffer, const struct krt_program *program,
                    const struct krt_answer *answer)
{
    krt_put_number(buffer, (unsigned long)answer->status, 3);
    krt_put_text(buffer, " ");
    krt_put_number(buffer, (unsigned long)answer->body_len, 1);
    krt_put_text(buffer, " ");
    put_request(buffer, answer);
    if (answer->verdict && answer->verdict->route != KRT_NO_ROUTE)
        put_route(buffer, program, answer->verdict);
}

void krt_put_miss(struct krt_buffer *buffer, const struct krt_program *program,
                  const struct krt_answer *answer)
{
    krt_put_number(buffer, (unsigned long)answer->status, 3);
    krt_put_text(buffer, " ");
    put_request(buffer, answer);
    krt_put_text(buffer, ": ");
    krt_put_reason(buffer, program, answer->verdict);
}
