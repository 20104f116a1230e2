#include "environment.h"

#include "os.h"

#include <string.h>

void krt_environment_load(const struct krt_environment *environment)
{
    for (size_t i = 0; i < environment->n; i++)
        environment->values[i] = krt_os_variable(environment->names[i]);
}

struct krt_slice krt_get_environment(struct krt_render *render,
                                     const struct krt_source *source)
{
    const struct krt_environment *environment = render->exchange->program->environment;
    const char *value = environment->values[source->index];
    return (struct krt_slice){(const unsigned char *)value, value ? strlen(value) : 0};
}
