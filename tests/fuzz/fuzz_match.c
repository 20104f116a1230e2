/* Any bytes as a path for the matchers of match.yaml: they stay within it, and what
 * they find is as tables.h says. */
#include "match_check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = memchr(data, '\0', size);
    size_t len = nul ? (size_t)(nul - data) : size;
    unsigned char *path = malloc(len + 1);
    if (!path)
        return 0;
    memcpy(path, data, len);
    path[len] = '\0';
    match_check(path);
    free(path);
    return 0;
}
