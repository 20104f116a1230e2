#define _GNU_SOURCE

#include "os.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct krt_code codes[] = {
    {ENOENT, "ENOENT", KRT_ERR_ABSENT,
     "no server listens on this pipe; is it running, and is the name right?"},
    {ECONNREFUSED, "ECONNREFUSED", KRT_ERR_ABSENT,
     "no server listens on this pipe any more; start it again"},
    {ENOTSOCK, "ENOTSOCK", KRT_ERR_ABSENT, "this is not a socket"},
    {EACCES, "EACCES", KRT_ERR_DENIED, "only the user who runs the server may do this"},
    {EPERM, "EPERM", KRT_ERR_DENIED, "the system does not allow this user to"},
    {EPIPE, "EPIPE", KRT_ERR_CLOSED, "the server closed the connection"},
    {ECONNRESET, "ECONNRESET", KRT_ERR_CLOSED, "the server broke the connection"},
    {EMFILE, "EMFILE", KRT_ERR_NO_MEMORY, "this process has too many open files"},
    {ENFILE, "ENFILE", KRT_ERR_NO_MEMORY, "the system has too many open files"},
    {ENOMEM, "ENOMEM", KRT_ERR_NO_MEMORY, "the system is out of memory"},
    {ENOBUFS, "ENOBUFS", KRT_ERR_NO_MEMORY, "the system is out of memory"},
    {ENOSPC, "ENOSPC", KRT_ERR_SYSTEM, "the disk is full"},
    {ENOTDIR, "ENOTDIR", KRT_ERR_SYSTEM, "a part of this path is not a folder"},
    {EISDIR, "EISDIR", KRT_ERR_SYSTEM, "this is a folder"},
    {EFBIG, "EFBIG", KRT_ERR_SYSTEM, "the file would be larger than is allowed"},
    {EIO, "EIO", KRT_ERR_SYSTEM, "the device has failed"},
    {EROFS, "EROFS", KRT_ERR_SYSTEM, "the file system is read-only"},
};

enum { N_CODES = sizeof codes / sizeof *codes };

int krt_os_error(struct krt_error *error, long code, const char *operation,
                 const char *object)
{
    return krt_error_from_code(error, codes, N_CODES, code, operation, object);
}

enum krt_err krt_os_error_kind(long code)
{
    return krt_error_kind(codes, N_CODES, code);
}

int64_t krt_os_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t krt_os_now_ms(void)
{
    return krt_os_now_us() / 1000;
}

int64_t krt_os_unix_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t krt_os_unix_seconds(void)
{
    return krt_os_unix_ms() / 1000;
}

void krt_os_sleep_ms(int ms)
{
    struct timespec duration = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&duration, NULL);
}

bool krt_os_random(void *bytes, size_t len)
{
    unsigned char *at = bytes;
    while (len > 0) {
        ssize_t n = getrandom(at, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

const char *krt_os_variable(const char *name)
{
    return getenv(name);
}

unsigned long krt_os_pid(void)
{
    return (unsigned long)getpid();
}

int krt_os_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/* Pages of a segment that is never written are those of the file: dropped, they come
 * back when they are used. Loading and linking alone have touched most of the C
 * library. */
static int drop_segments(struct dl_phdr_info *object, size_t size, void *page_size)
{
    uintptr_t mask = *(const uintptr_t *)page_size - 1;
    (void)size;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
            continue;
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        uintptr_t end = start + segment->p_memsz;
        start &= ~mask;
        madvise((void *)start, (end - start + mask) & ~mask, MADV_DONTNEED);
    }
    return 0;
}

void krt_os_started(void)
{
    uintptr_t page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(drop_segments, &page_size);
}

static void (*stop_function)(void *context, int signal);
static void (*kill_function)(void *context);
static void *stop_context;

/* Whoever asks a process and then its group has asked once. */
static bool is_repeated(void)
{
    static _Atomic int64_t first_ms;
    int64_t first = 0;
    int64_t now = krt_os_now_ms();
    return !atomic_compare_exchange_strong(&first_ms, &first, now) &&
           now - first >= KRT_STOP_AGAIN_MS;
}

static void on_signal(int number)
{
    int saved = errno;
    if (is_repeated()) {
        if (kill_function)
            kill_function(stop_context);
        _exit(1);
    }
    stop_function(stop_context, number);
    errno = saved;
}

/* A terminal that goes away ends the server, unless nohup(1) said otherwise. */
static bool is_ignored(int number)
{
    struct sigaction action;
    return number == SIGHUP && sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_IGN;
}

static void handle_stop_signals(void (*handler)(int number))
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!is_ignored(signals[i]))
            sigaction(signals[i], &action, NULL);
}

void krt_os_ignore_sigpipe(void)
{
    signal(SIGPIPE, SIG_IGN);
}

void krt_os_on_stop(void (*stop)(void *context, int signal),
                    void (*kill_all)(void *context), void *context)
{
    stop_function = stop;
    kill_function = kill_all;
    stop_context = context;
    handle_stop_signals(on_signal);
    krt_os_ignore_sigpipe();
}

/* From here on a signal ends the process at once, as there is nothing left to finish.
 */
void krt_os_stopped(void)
{
    handle_stop_signals(SIG_DFL);
}

static int descriptor(enum krt_std stream)
{
    return stream == KRT_STDOUT ? STDOUT_FILENO : STDERR_FILENO;
}

/* Writes all of `data`; false, with errno, if that cannot be. */
static bool write_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    /* Another process may have made what we share with it not wait. */
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EAGAIN)
            poll(&room, 1, -1);
        else if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

int krt_os_print(enum krt_std stream, const void *data, size_t len)
{
    return write_all(descriptor(stream), data, len) ? KRT_OK : KRT_ERR_SYSTEM;
}

static int file_error(struct krt_error *error, const char *operation, const char *path)
{
    int code = errno;
    if (code == ENOENT)
        return krt_error_set(error, KRT_ERR_SYSTEM,
                             "cannot %s %s: ENOENT (%d): no such file or folder",
                             operation, path, code);
    if (code == EACCES)
        return krt_error_set(error, KRT_ERR_DENIED,
                             "cannot %s %s: EACCES (%d): permission denied", operation,
                             path, code);
    return krt_os_error(error, code, operation, path);
}

/* As a file that is made anew would have it, or as the one that is there has it. */
static mode_t mode_of(const char *path)
{
    struct stat status;
    if (stat(path, &status) == 0)
        return status.st_mode & 0777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* What is no file, such as /dev/stdout, is written to where it is. */
static int write_device(const char *path, const void *data, size_t len,
                        struct krt_error *error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_whole = fd >= 0 && write_all(fd, data, len);
    int result = is_whole ? KRT_OK : file_error(error, "write", path);
    if (fd >= 0)
        close(fd);
    return result;
}

static bool is_device(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

int krt_os_write_file(const char *path, const void *data, size_t len,
                      struct krt_error *error)
{
    char temporary[4096];
    if (is_device(path))
        return write_device(path, data, len, error);
    struct krt_buffer name = KRT_BUFFER(temporary);
    krt_put_text(&name, path);
    krt_put_text(&name, ".XXXXXX");
    if (name.len == name.cap)
        return krt_error_set(error, KRT_ERR_INVALID, "the path of a file is too long");
    krt_end_text(&name);
    int fd = mkstemp(temporary);
    if (fd < 0)
        return file_error(error, "write", path);
    bool is_whole = write_all(fd, data, len) && fchmod(fd, mode_of(path)) == 0;
    is_whole = close(fd) == 0 && is_whole;
    if (is_whole && rename(temporary, path) == 0)
        return KRT_OK;
    int result = file_error(error, "write", path);
    unlink(temporary);
    return result;
}

int krt_os_output_open(struct krt_os_output *output, const char *path, bool appends,
                       struct krt_error *error)
{
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (appends ? 0 : O_TRUNC);
    int fd = open(path, flags, S_IRUSR | S_IWUSR);
    *output = (struct krt_os_output){path, fd};
    return fd < 0 ? file_error(error, "write", path) : KRT_OK;
}

int krt_os_output_write(struct krt_os_output *output, const void *data, size_t len,
                        struct krt_error *error)
{
    return write_all((int)output->handle, data, len)
               ? KRT_OK
               : file_error(error, "write", output->name);
}

int krt_os_output_close(struct krt_os_output *output, struct krt_error *error)
{
    return close((int)output->handle) == 0 ? KRT_OK
                                           : file_error(error, "write", output->name);
}

void krt_os_remove_file(const char *path)
{
    if (is_device(path))
        return;
    unlink(path);
}

/* Sets the length, if there is one to know. False, with errno, for what is no file. */
static bool measure(struct krt_os_input *input)
{
    struct stat status;
    int fd = (int)input->handle;
    if (fstat(fd, &status) != 0)
        return false;
    errno = EISDIR;
    if (S_ISDIR(status.st_mode))
        return false;
    off_t at = S_ISREG(status.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
    input->knows_length = at >= 0;
    if (at >= 0 && at < status.st_size)
        input->len = (uint64_t)(status.st_size - at);
    return true;
}

int krt_os_input_open(struct krt_os_input *input, const char *path,
                      struct krt_error *error)
{
    bool is_stdin = strcmp(path, "-") == 0;
    *input = (struct krt_os_input){.name = is_stdin ? "standard input" : path};
    input->handle = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (input->handle < 0)
        return file_error(error, "read", input->name);
    if (measure(input))
        return KRT_OK;
    int result = file_error(error, "read", input->name);
    krt_os_input_close(input);
    return result;
}

int krt_os_input_read(struct krt_os_input *input, void *buffer, size_t cap, size_t *n,
                      struct krt_error *error)
{
    ssize_t received;
    do
        received = read((int)input->handle, buffer, cap);
    while (received < 0 && errno == EINTR);
    if (received < 0)
        return file_error(error, "read", input->name);
    *n = (size_t)received;
    return KRT_OK;
}

void krt_os_input_close(struct krt_os_input *input)
{
    if (input->handle > STDERR_FILENO)
        close((int)input->handle);
}
