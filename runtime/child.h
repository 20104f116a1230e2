/* The command that a server runs, and all that it starts in turn: its tree. A process
 * has at most one. child_linux.c, child_windows.c.
 *
 * Linux: the command leads a process group, which is the tree: who leaves the group (by
 * setsid(), as daemons do) leaves the tree. When the server is killed, only the command
 * itself dies with it. The signals that the server handles or ignores are the system's
 * defaults to the command, but for a SIGHUP that was ignored before, as by nohup(1).
 * Where the server has the foreground of the terminal that is its standard input, and
 * writes to no pipe, whose reader may need it, the command's group gets it until it
 * ends; when the command stops, so does the server.
 *
 * Windows: the tree is a job object, which nobody leaves, and which ends with the last
 * handle to it, that is, with the server however that ends. The command shares the
 * server's console and with it Ctrl+C. It inherits the standard handles and no others.
 *
 * Standard streams and folder are the server's, the environment but for a few
 * variables. */
#ifndef KRT_CHILD_H
#define KRT_CHILD_H

#include "error.h"

#include <stddef.h>

/* A variable that the command's environment has instead of one of the same name. */
struct krt_variable {
    const char *name;
    const char *value; /* NULL: the command has none */
};

enum { KRT_VARIABLES_MAX = 8 };

/* Starts argv[0] with the arguments up to a NULL; at most KRT_VARIABLES_MAX variables.
 * From the process's first thread, with whose end the command dies. 0, also where the
 * system refuses to make it a tree; then error->text says so, and is empty otherwise.
 *
 * Else, with nothing left running: KRT_ERR_ABSENT if there is no such command,
 * KRT_ERR_NO_MEMORY if the system has no process to give, and any other kind if what is
 * there cannot be run.
 *
 * A name without a slash is looked for on PATH; on Windows with the endings of PATHEXT,
 * and not in the current folder. What .cmd and .bat files are given passes cmd.exe
 * unchanged, see command_line.h. */
int krt_child_start(char *const *argv, const struct krt_variable *variables,
                    size_t n_variables, struct krt_error *error);

/* Waits for the command to end and then ends what is left of its tree. Returns its exit
 * code, on Linux 128 + N where signal N has ended it. Once, from any thread. The
 * process's own end gives back what the system keeps of the command; until then its
 * number is no other's, and the next two stay without harm. */
int krt_child_wait(void);

/* Passes on the signal that asked the server to stop; on Windows the console has done
 * that. From any thread or signal handler. */
void krt_child_forward(int signal);

/* Ends the whole tree at once, so that krt_child_wait() returns. From any thread or
 * signal handler. */
void krt_child_kill(void);

#endif
