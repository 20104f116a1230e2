/* The journal of a run: what requests came, in the order in which they were answered.
 * The last of them are in memory, all of them in a file if one is wanted. Every entry
 * is there, and in the file, before the first byte of its response is sent; of one that
 * is streamed, before the last. */
#ifndef KRT_JOURNAL_H
#define KRT_JOURNAL_H

#include "error.h"
#include "journal_line.h"
#include "log.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes of entries in memory, however few these are. */
enum { KRT_JOURNAL_ROOM = 64 * 1024 * 1024 };

/* One request and its answer. */
struct krt_journal_entry {
    uint64_t number; /* from 1, without gaps */
    int route;       /* that answered, an index into the program's; or KRT_NO_ROUTE */
    int nearest;     /* the route that it came nearest to, of a miss; or KRT_NO_ROUTE */
    int status;
    bool is_invalid; /* see struct krt_answer */
    /* For people: "GET /usrs: 404, ..." with the reason of a refusal. Visible ASCII. */
    const char *summary;
    const char *line; /* as in the file: one JSON object and a line feed */
};

struct krt_journal;

/* Starts a journal of `program`, in the file at `path` (UTF-8; made anew), if that is
 * not NULL. What goes wrong later is told to `log`. All three outlive the journal. 0,
 * or the failure in `error`. */
int krt_journal_open(struct krt_journal **journal, const struct krt_program *program,
                     const char *path, struct krt_log *log, struct krt_error *error);

/* Keeps a piece of a request's body, up to program->journal.body bytes in all. There is
 * one recording for each connection, all 0 at first. */
void krt_journal_record(const struct krt_journal *journal,
                        struct krt_recording *recording, struct krt_slice piece);
void krt_recording_free(struct krt_recording *recording);

/* Adds an entry. `us` are the microseconds that the answer took. Empties `recording`.
 * From any thread. When memory runs out, the entry is not kept in memory, and its line
 * in the file says no more than that. */
void krt_journal_add(struct krt_journal *journal, const struct krt_answer *answer,
                     const struct krt_identity *identity, int64_t us,
                     struct krt_recording *recording);

/* The entries in memory, the oldest first; valid until another is added. Nobody may add
 * meanwhile. */
size_t krt_journal_count(const struct krt_journal *journal);
const struct krt_journal_entry *krt_journal_entry(const struct krt_journal *journal,
                                                  size_t index);

/* Closes the file. 0, or the failure in `error`: also that an entry could not be
 * written or kept before. Frees the journal in any case, NULL too. */
int krt_journal_close(struct krt_journal *journal, struct krt_error *error);

#endif
