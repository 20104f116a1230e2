/* Where Windows enters a generated server. */
#include "tables.h"
#include "windows_api.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>

int wmain(int argc, wchar_t **wide_argv);

/* The C library would turn every LF into CR LF, and Ctrl+Z into the end of a file. */
static void set_binary(FILE *stream)
{
    _setmode(_fileno(stream), _O_BINARY);
}

int wmain(int argc, wchar_t **wide_argv)
{
    char **argv = calloc((size_t)argc + 1, sizeof *argv);
    if (!argv)
        return 1;
    for (int i = 0; i < argc; i++) {
        argv[i] = krt__to_utf8(wide_argv[i]);
        if (!argv[i])
            return 1;
    }
    set_binary(stdin);
    set_binary(stdout);
    set_binary(stderr);
    return krt_main(&krt_program, argc, argv);
}
