/* soak_program as a program. The last argument may be --large, then bodies of more than
 * 1 MiB are filled, which takes a moment, or --strict, then a client has two seconds to
 * take a piece of an answer. The other arguments are those of every server. */
#include "pattern.h"
#include "soak_program.h"

#include <stdbool.h>
#include <string.h>

enum { SMALL = 1024 * 1024, STRICT_WRITE_MS = 2000 };

int main(int argc, char **argv)
{
    const char *last = argv[argc - 1];
    bool is_strict = strcmp(last, "--strict") == 0;
    bool is_large = is_strict || strcmp(last, "--large") == 0;
    struct krt_program program = soak_program(is_large ? PATTERN_MAX : SMALL);
    if (is_strict)
        program.limits.write_ms = STRICT_WRITE_MS;
    if (is_large)
        argv[--argc] = NULL;
    return krt_main(&program, argc, argv);
}
