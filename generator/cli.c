#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int usage_error(const char *problem, const char *subject)
{
    fprintf(stderr, "krgen: %s%s; try 'krgen --help'\n", problem, subject);
    return EXIT_USAGE;
}

int environment_error(const struct buf *problem)
{
    fprintf(stderr, "krgen: %.*s\n", STR_ARG(buf_str(problem)));
    return EXIT_ENVIRONMENT;
}

int print_text(const struct buf *text)
{
    if (text->len > 0)
        fwrite(text->at, 1, text->len, stdout);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_OK;
    fprintf(stderr, "krgen: cannot write to standard output: %s\n", strerror(errno));
    return EXIT_ENVIRONMENT;
}
