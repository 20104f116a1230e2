/* The third implementation of io.h: a transport without a system, whose clients follow
 * a script. It also stands in for the clock, for standard error and for a file that is
 * written (krt_os_now_ms(), krt_os_unix_seconds(), krt_os_print(),
 * krt_os_output_open()), so a server runs on it without waiting.
 *
 * Whenever krt_io_wait() has nothing to deliver, it goes on in the script; at its end,
 * time passes until the server's next deadline. What io.h asks of its user is checked:
 * one operation at a time, 1 to 64 KiB, data left alone while they are written, nothing
 * outstanding at the close, all streams closed at the end. A breach fails the test. */
#ifndef TESTS_IO_SCRIPT_H
#define TESTS_IO_SCRIPT_H

#include "io.h"

#include <stdbool.h>
#include <stddef.h>

enum script_act {
    SCRIPT_OVER,
    SCRIPT_CONNECT,
    SCRIPT_SEND,
    SCRIPT_FINISH,
    SCRIPT_BREAK,
    SCRIPT_HOLD,
    SCRIPT_RESUME,
    SCRIPT_RACE,
    SCRIPT_PASS,
    SCRIPT_TROUBLE,
    SCRIPT_WAKE,
    SCRIPT_STOP,
    SCRIPT_CALL,
    SCRIPT_EXPECT,
    SCRIPT_EXPECT_LENGTH,
    SCRIPT_EXPECT_OPEN,
    SCRIPT_EXPECT_ENDED,
    SCRIPT_EXPECT_CLOSED,
    SCRIPT_EXPECT_LOG,
};

struct script_step {
    enum script_act act;
    int client; /* 0 to SCRIPT_CLIENTS - 1 */
    const char *text;
    long number;
    void (*call)(void);
};

enum { SCRIPT_CLIENTS = 8 };

/* What clients do. A connect after krt_io_stop() is one that was under way. */
#define CONNECT(who)                                                                   \
    {                                                                                  \
        .act = SCRIPT_CONNECT, .client = (who)                                         \
    }
#define SEND(who, what)                                                                \
    {                                                                                  \
        .act = SCRIPT_SEND, .client = (who), .text = (what)                            \
    }
/* Ends what it sends; the server sees that after all of it. */
#define FINISH(who)                                                                    \
    {                                                                                  \
        .act = SCRIPT_FINISH, .client = (who)                                          \
    }
/* Vanishes: the outstanding operation fails, and every later one. */
#define BREAK(who)                                                                     \
    {                                                                                  \
        .act = SCRIPT_BREAK, .client = (who)                                           \
    }
/* Takes nothing any more, and takes again. */
#define HOLD(who)                                                                      \
    {                                                                                  \
        .act = SCRIPT_HOLD, .client = (who)                                            \
    }
#define RESUME(who)                                                                    \
    {                                                                                  \
        .act = SCRIPT_RESUME, .client = (who)                                          \
    }
/* Makes the next cancel come too late: a read has brought `what`, a write is done. */
#define RACE(who, what)                                                                \
    {                                                                                  \
        .act = SCRIPT_RACE, .client = (who), .text = (what)                            \
    }

/* What the world does. */
#define PASS(ms)                                                                       \
    {                                                                                  \
        .act = SCRIPT_PASS, .number = (ms)                                             \
    }
#define TROUBLE(error)                                                                 \
    {                                                                                  \
        .act = SCRIPT_TROUBLE, .number = (error)                                       \
    }
#define WAKE()                                                                         \
    {                                                                                  \
        .act = SCRIPT_WAKE                                                             \
    }
#define STOP()                                                                         \
    {                                                                                  \
        .act = SCRIPT_STOP                                                             \
    }
#define CALL(function)                                                                 \
    {                                                                                  \
        .act = SCRIPT_CALL, .call = (function)                                         \
    }

/* What must have happened by now. Texts and lengths count from the last such step. */
#define EXPECT(who, what)                                                              \
    {                                                                                  \
        .act = SCRIPT_EXPECT, .client = (who), .text = (what)                          \
    }
#define EXPECT_LENGTH(who, n)                                                          \
    {                                                                                  \
        .act = SCRIPT_EXPECT_LENGTH, .client = (who), .number = (n)                    \
    }
#define EXPECT_OPEN(who)                                                               \
    {                                                                                  \
        .act = SCRIPT_EXPECT_OPEN, .client = (who)                                     \
    }
#define EXPECT_ENDED(who)                                                              \
    {                                                                                  \
        .act = SCRIPT_EXPECT_ENDED, .client = (who)                                    \
    }
#define EXPECT_CLOSED(who)                                                             \
    {                                                                                  \
        .act = SCRIPT_EXPECT_CLOSED, .client = (who)                                   \
    }
#define EXPECT_LOG(what)                                                               \
    {                                                                                  \
        .act = SCRIPT_EXPECT_LOG, .text = (what)                                       \
    }
#define OVER()                                                                         \
    {                                                                                  \
        .act = SCRIPT_OVER                                                             \
    }

struct script {
    const struct script_step *steps; /* up to an OVER() */
    size_t read_max;                 /* bytes that one operation moves; 0 for all */
    size_t write_max;
    size_t batch_max; /* completions that one wait delivers; 0 for all */
    int connections;  /* as struct krt_io_config has it */
    /* Is told what a write is to write before anything of it arrives; or NULL. */
    void (*writing)(const void *data, size_t len);
    void (*stop)(void *context); /* of STOP() */
    void *context;
};

/* Opens the transport at time 0, which is SAMPLE_TIME for the calendar. `script` is
 * borrowed until krt_io_free(), which plays the expectations that are left. */
struct krt_io *io_script_open(const struct script *script);

/* Whether krt_io_stop() was called. */
bool io_script_has_stopped(const struct krt_io *io);

/* The file that was opened by krt_os_output_open() last, which is kept in memory here.
 */
const char *io_script_file(void);

/* From here on it takes no more. */
void io_script_fill_disk(void);

#endif
