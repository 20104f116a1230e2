/* The commands that read specs. Each takes the words behind its name and returns the
 * exit code. */
#ifndef KRGEN_COMMANDS_H
#define KRGEN_COMMANDS_H

#include <stddef.h>

/* krgen SPEC... -o DIR */
int compile_command(size_t n, char **words);

/* krgen check SPEC... */
int check_command(size_t n, char **words);

/* krgen routes SPEC */
int routes_command(size_t n, char **words);

/* krgen handlers SPEC */
int handlers_command(size_t n, char **words);

#endif
