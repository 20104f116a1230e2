#include "embed.h"

#include <string.h>

const struct embedded *embedded_find(const char *name)
{
    for (size_t i = 0; i < n_embedded; i++)
        if (strcmp(embedded[i].name, name) == 0)
            return &embedded[i];
    return NULL;
}

struct str embedded_text(const struct embedded *file)
{
    return (struct str){(const char *)file->data, file->len};
}
