#define _POSIX_C_SOURCE 200809L

#include "process.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The files that stand in for a program's standard streams. Files, not pipes: nothing
 * can block on them. */
struct streams {
    FILE *in;
    FILE *out;
    FILE *err; /* the same as `out` where both go to one buffer */
};

static bool open_streams(struct streams *streams, struct str input,
                         const struct process_result *result)
{
    streams->in = tmpfile();
    streams->out = tmpfile();
    streams->err = result->err == result->out ? streams->out : tmpfile();
    return streams->in && streams->out && streams->err &&
           fwrite(input.at, 1, input.len, streams->in) == input.len &&
           fflush(streams->in) == 0 && fseek(streams->in, 0, SEEK_SET) == 0;
}

static void close_streams(const struct streams *streams)
{
    if (streams->in)
        fclose(streams->in);
    if (streams->out)
        fclose(streams->out);
    if (streams->err && streams->err != streams->out)
        fclose(streams->err);
}

static int spawn(const char *const *arguments, const struct streams *streams,
                 pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    union {
        const char *const *in;
        char *const *out;
    } borrowed = {.in = arguments}; /* posix_spawnp() only reads them */
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0)
        return code;
    posix_spawn_file_actions_adddup2(&actions, fileno(streams->in), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(streams->out), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fileno(streams->err), STDERR_FILENO);
    code = posix_spawnp(pid, arguments[0], &actions, NULL, borrowed.out, environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void read_back(FILE *file, struct buf *out)
{
    char piece[16 * 1024];
    size_t n;
    rewind(file);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        buf_put(out, (struct str){piece, n});
}

bool process_run(const char *const *arguments, struct str input,
                 struct process_result *result, struct buf *problem)
{
    struct streams streams = {0};
    pid_t pid;
    int code = open_streams(&streams, input, result) ? 0 : errno;
    if (code == 0)
        code = spawn(arguments, &streams, &pid);
    if (code == 0) {
        result->exit_code = wait_for(pid);
        read_back(streams.out, result->out);
        if (streams.err != streams.out)
            read_back(streams.err, result->err);
    } else {
        buf_printf(problem, "cannot run %s: %s", arguments[0], strerror(code));
    }
    close_streams(&streams);
    return code == 0;
}

unsigned process_parallelism(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

bool process_exists(const char *name)
{
    char path[4096];
    const char *folders = getenv("PATH");
    while (folders && *folders) {
        size_t len = strcspn(folders, ":");
        int n = snprintf(path, sizeof path, "%.*s/%s", (int)len, folders, name);
        if (n > 0 && (size_t)n < sizeof path && access(path, X_OK) == 0)
            return true;
        folders += len + (folders[len] == ':');
    }
    return false;
}
