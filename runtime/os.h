/* The process's dealings with the system: time, files, the wish to stop. */
#ifndef KRT_OS_H
#define KRT_OS_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets `error` for a system call that failed with `code` (errno or GetLastError()):
 * "cannot OPERATION OBJECT: SYMBOL (CODE): what to do". Returns the kind. */
int krt_os_error(struct krt_error *error, long code, const char *operation,
                 const char *object);

/* The kind of failure that a system code stands for. */
enum krt_err krt_os_error_kind(long code);

/* Milliseconds and microseconds of a clock that never goes back. */
int64_t krt_os_now_ms(void);
int64_t krt_os_now_us(void);

/* Seconds and milliseconds since 1970-01-01 UTC. */
int64_t krt_os_unix_seconds(void);
int64_t krt_os_unix_ms(void);

void krt_os_sleep_ms(int ms);

unsigned long krt_os_pid(void);

/* Fills `bytes` with randomness that nobody can foretell; false when the system has
 * none to give. */
bool krt_os_random(void *bytes, size_t len);

/* The value of an environment variable in UTF-8, or NULL. What it points to stays. */
const char *krt_os_variable(const char *name);

/* The processors that this process may run on, at least 1. */
int krt_os_processors(void);

/* Calls stop(context, signal) from a signal handler or another thread when the user
 * asks the process to end (Ctrl+C, SIGTERM, closing the console or terminal); `signal`
 * is the system's number of it, 0 on Windows. The second request ends the process at
 * once with code 1, after kill_all(context), if that is not NULL; on Linux, where some
 * signal a process and then its group, one that comes KRT_STOP_AGAIN_MS after the
 * first. SIGPIPE is ignored from here on. */
enum { KRT_STOP_AGAIN_MS = 100 };
void krt_os_on_stop(void (*stop)(void *context, int signal),
                    void (*kill_all)(void *context), void *context);

/* Gives back the memory that only the start of the process has used. */
void krt_os_started(void);

/* Says that everything asked for by a stop request is done. When this returns, stop()
 * is not running and will not be called again. A Windows console that is being closed
 * has waited for this. */
void krt_os_stopped(void);

/* The process's streams for people and scripts. */
enum krt_std { KRT_STDOUT, KRT_STDERR };

/* From here on a write to a pipe whose reader has gone fails; it does not end the
 * process. */
void krt_os_ignore_sigpipe(void);

/* Writes all of `data`, unbuffered, and waits for a reader if need be. 0, or
 * KRT_ERR_SYSTEM when the stream takes no more. */
int krt_os_print(enum krt_std stream, const void *data, size_t len);

/* Writes a file so that readers see the old content or all of the new, never a part.
 * Paths are UTF-8. */
int krt_os_write_file(const char *path, const void *data, size_t len,
                      struct krt_error *error);

/* A file that grows at its end, while others may read, move or remove it. */
struct krt_os_output {
    const char *name; /* for messages */
    intptr_t handle;  /* the system's */
};

/* Makes the file at `path` anew or, with `appends`, keeps what is in it; for the
 * current user alone if it was not there. `path` outlives `output`. */
int krt_os_output_open(struct krt_os_output *output, const char *path, bool appends,
                       struct krt_error *error);

/* Appends all of `data`, by one call of the system if that takes it all. From then on
 * the system has it, however the process ends. */
int krt_os_output_write(struct krt_os_output *output, const void *data, size_t len,
                        struct krt_error *error);

/* Reports what could not be written, if the system tells that late. */
int krt_os_output_close(struct krt_os_output *output, struct krt_error *error);

/* Removes a file if it is there. */
void krt_os_remove_file(const char *path);

/* A file, or standard input, that is read from where it stands to its end. */
struct krt_os_input {
    const char *name;  /* for messages */
    intptr_t handle;   /* the system's */
    bool knows_length; /* a pipe, for one, does not */
    uint64_t len;      /* of what is to be read, if it is known */
};

/* Opens the file at `path`, "-" for standard input. `path` outlives `input`. */
int krt_os_input_open(struct krt_os_input *input, const char *path,
                      struct krt_error *error);

/* Reads 1 to `cap` bytes and stores their number in *n; 0 at the end. */
int krt_os_input_read(struct krt_os_input *input, void *buffer, size_t cap, size_t *n,
                      struct krt_error *error);

void krt_os_input_close(struct krt_os_input *input);

#endif
