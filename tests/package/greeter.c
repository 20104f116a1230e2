#include "greetings.h"

#include "names.h"

#include <stdio.h>

int greet(struct krt_exchange *exchange, const struct greet_params *params)
{
    char text[300];
    int len = snprintf(text, sizeof text, "Hello %.*s, I am %s", (int)params->name.len,
                       params->name.at, my_name());
    krt_respond(exchange, "text/plain", text,
                len < (int)sizeof text ? (size_t)len : sizeof text - 1);
    return KRT_DONE;
}
