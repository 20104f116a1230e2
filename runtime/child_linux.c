#define _GNU_SOURCE

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct krt_code codes[] = {
    {ENOENT, "ENOENT", KRT_ERR_ABSENT,
     "there is no such command; is it installed, is its folder on PATH, and if it is a "
     "script, does its first line name a program that is there?"},
    {ENOTDIR, "ENOTDIR", KRT_ERR_ABSENT, "a part of this path is not a folder"},
    {EACCES, "EACCES", KRT_ERR_DENIED,
     "it is no file that this user may execute; try chmod +x, or name the program that "
     "is to read it"},
    {EPERM, "EPERM", KRT_ERR_DENIED, "the system does not let this user run it"},
    {ENOEXEC, "ENOEXEC", KRT_ERR_INVALID, "it is no program for this machine"},
    {E2BIG, "E2BIG", KRT_ERR_INVALID,
     "its arguments and the environment are more than the system passes on"},
    {ETXTBSY, "ETXTBSY", KRT_ERR_BUSY, "another process is writing to it"},
    {ELOOP, "ELOOP", KRT_ERR_INVALID, "its links lead in a circle"},
    {ENAMETOOLONG, "ENAMETOOLONG", KRT_ERR_INVALID, "the name is too long"},
    {EAGAIN, "EAGAIN", KRT_ERR_NO_MEMORY, "this user has too many processes"},
    {ENOMEM, "ENOMEM", KRT_ERR_NO_MEMORY, "the system is out of memory"},
    {EMFILE, "EMFILE", KRT_ERR_NO_MEMORY, "this process has too many open files"},
    {ENFILE, "ENFILE", KRT_ERR_NO_MEMORY, "the system has too many open files"},
};

static pid_t command;     /* leads the process group of the same number */
static bool has_terminal; /* and the command is to have it */

/* ---- The environment ---- */

static bool is_variable(const char *entry, const char *name)
{
    size_t len = strlen(name);
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static bool is_replaced(const char *entry, const struct krt_variable *variables,
                        size_t n)
{
    size_t i = 0;
    while (i < n && !is_variable(entry, variables[i].name))
        i++;
    return i < n;
}

/* "NAME=VALUE" on the heap, NULL when memory ran out. */
static char *make_entry(const struct krt_variable *variable)
{
    size_t name_len = strlen(variable->name);
    size_t value_len = strlen(variable->value);
    char *entry = malloc(name_len + value_len + 2);
    if (!entry)
        return NULL;
    memcpy(entry, variable->name, name_len);
    entry[name_len] = '=';
    memcpy(entry + name_len + 1, variable->value, value_len + 1);
    return entry;
}

struct environment {
    char **entries; /* ended by a NULL; those of `made` and the process's own */
    char *made[KRT_VARIABLES_MAX];
    size_t n_made;
};

static void release_environment(struct environment *environment)
{
    while (environment->n_made > 0)
        free(environment->made[--environment->n_made]);
    free(environment->entries);
}

static bool make_entries(struct environment *environment,
                         const struct krt_variable *variables, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *entry = variables[i].value ? make_entry(&variables[i]) : NULL;
        if (entry)
            environment->made[environment->n_made++] = entry;
        else if (variables[i].value)
            return false;
    }
    return true;
}

static bool make_environment(struct environment *environment,
                             const struct krt_variable *variables, size_t n)
{
    size_t n_own = 0;
    *environment = (struct environment){.n_made = 0};
    while (environ[n_own])
        n_own++;
    environment->entries = calloc(n_own + n + 1, sizeof *environment->entries);
    if (!environment->entries || !make_entries(environment, variables, n)) {
        release_environment(environment);
        return false;
    }
    char **end = environment->entries;
    for (size_t i = 0; i < n_own; i++)
        if (!is_replaced(environ[i], variables, n))
            *end++ = environ[i];
    memcpy(end, environment->made, environment->n_made * sizeof *end);
    return true;
}

/* ---- The terminal ---- */

static bool is_pipe(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* Whoever is at the other end of a pipe is of our job and may need the terminal, too.
 */
static bool is_terminal_ours(void)
{
    return isatty(STDIN_FILENO) && !is_pipe(STDOUT_FILENO) && !is_pipe(STDERR_FILENO);
}

/* The foreground may be given by who has it, or by who blocks or ignores SIGTTOU: the
 * command does before its start, and the server from then on. */
static void take_terminal_back(void)
{
    if (has_terminal && tcgetpgrp(STDIN_FILENO) == command)
        tcsetpgrp(STDIN_FILENO, getpgrp());
}

/* Stops the process group of the server as the terminal would have done. Only a signal
 * that is the thread's own is sure to stop it right here; and it stops nobody whom no
 * shell is there to wake. */
static void stop_own_group(void)
{
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    void (*before)(int) = signal(SIGTSTP, SIG_IGN);
    kill(0, SIGTSTP); /* the others */
    signal(SIGTSTP, before);
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
    raise(SIGTSTP);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
}

/* The shell that started us waits for us, not for the command: it learns of Ctrl+Z only
 * when we stop, too, and what it says to us later is meant for the command. */
static void stop_with_command(void)
{
    take_terminal_back();
    stop_own_group();
    if (tcgetpgrp(STDIN_FILENO) == getpgrp())
        tcsetpgrp(STDIN_FILENO, command);
    kill(-command, SIGCONT);
}

/* ---- The start ---- */

struct start {
    char *const *argv;
    char *const *environment;
    pid_t parent;
    sigset_t mask; /* as it was before all were blocked */
    int report;    /* takes errno when the command cannot be run */
};

/* Handlers would run in the copy of the process, too, and what is ignored stays so.
 * SIGHUP is handled only where it was not ignored, see krt_os_on_stop(). */
static void reset_signals(const struct start *start)
{
    static const int handled[] = {SIGINT, SIGTERM, SIGPIPE, SIGCHLD, SIGTTOU};
    struct sigaction action;
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        signal(handled[i], SIG_DFL);
    if (sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        signal(SIGHUP, SIG_DFL);
    sigprocmask(SIG_SETMASK, &start->mask, NULL);
}

/* In the new process, of which other threads' locks are copies that nobody opens: only
 * what signal handlers may call. */
static _Noreturn void become_command(const struct start *start)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start->parent) /* it has died before this could be asked for */
        _exit(1);
    setpgid(0, 0);
    if (has_terminal && tcgetpgrp(STDIN_FILENO) == getpgid(start->parent))
        tcsetpgrp(STDIN_FILENO, getpid());
    reset_signals(start);
    execvpe(start->argv[0], start->argv, start->environment);
    int code = errno;
    while (write(start->report, &code, sizeof code) < 0 && errno == EINTR)
        ;
    _exit(1);
}

/* What the new process reports: 0 when its end of the pipe has closed because it runs
 * the command, else errno. */
static int await_start(int report)
{
    int code = 0;
    ssize_t n;
    do
        n = read(report, &code, sizeof code);
    while (n < 0 && errno == EINTR);
    return n == sizeof code ? code : 0;
}

/* 0 or errno. All signals are blocked. */
static int start_process(struct start *start)
{
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0)
        return errno;
    start->report = report[1];
    pid_t pid = fork();
    int code = errno;
    if (pid == 0)
        become_command(start);
    close(report[1]);
    if (pid > 0) {
        setpgid(pid, pid); /* whichever comes first */
        command = pid;
        code = await_start(report[0]);
    }
    close(report[0]);
    if (pid > 0 && code != 0) {
        take_terminal_back();
        waitpid(pid, NULL, 0);
    }
    return code;
}

/* A handler that ran in the copy of the process would take it for the original. */
static int start_blocked(struct start *start)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &start->mask);
    int code = start_process(start);
    pthread_sigmask(SIG_SETMASK, &start->mask, NULL);
    return code;
}

int krt_child_start(char *const *argv, const struct krt_variable *variables, size_t n,
                    struct krt_error *error)
{
    struct environment environment;
    struct start start = {.argv = argv, .parent = getpid()};
    int code = ENOMEM;
    error->text[0] = '\0';
    has_terminal = is_terminal_ours();
    signal(SIGTTOU, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* if it were ignored, there would be no exit code */
    if (make_environment(&environment, variables, n)) {
        start.environment = environment.entries;
        code = start_blocked(&start);
        release_environment(&environment);
    }
    if (code == 0)
        return KRT_OK;
    return krt_error_from_code(error, codes, sizeof codes / sizeof *codes, code, "run",
                               argv[0]);
}

/* ---- The end ---- */

/* Leaves the ended command as it is: its number must stay taken. False when its end is
 * lost, as somebody else in the process has waited for it. */
static bool wait_for_end(siginfo_t *info)
{
    int events = has_terminal ? WEXITED | WSTOPPED : WEXITED;
    while (waitid(P_PID, (id_t)command, info, events | WNOWAIT) == 0) {
        if (info->si_code != CLD_STOPPED)
            return true;
        info->si_pid =
            0; /* as it stays if the command goes on, or has ended, meanwhile */
        if (waitid(P_PID, (id_t)command, info, WSTOPPED | WNOHANG) == 0 &&
            info->si_pid == command)
            stop_with_command();
    }
    return false;
}

int krt_child_wait(void)
{
    siginfo_t info;
    if (!wait_for_end(&info))
        return 1;
    krt_child_kill();
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void krt_child_forward(int signal)
{
    kill(-command, signal);
}

void krt_child_kill(void)
{
    kill(-command, SIGKILL);
    take_terminal_back();
}
