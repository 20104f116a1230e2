/* The journal of a run: what requests came, in the order in which they were answered.
 * The last of them are in memory, all of them in a file if one is wanted. Every entry
 * is there, and in the file, before the first byte of its response is sent; of one that
 * is streamed, before the last. */
#ifndef KRT_JOURNAL_H
#define KRT_JOURNAL_H

#include "conn.h"
#include "error.h"
#include "io.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One request and its answer. */
struct krt_journal_entry {
    uint64_t number; /* from 1 */
    int route;       /* that answered, an index into the program's; or KRT_NO_ROUTE */
    int nearest;     /* the route that it came nearest to, of a miss; or KRT_NO_ROUTE */
    int status;
    bool is_invalid; /* see struct krt_answer */
    /* For people: "GET /usrs: 404, ..." with the reason of a miss. Visible ASCII. */
    const char *summary;
    const char *line; /* as in the file: one JSON object and a line feed */
};

struct krt_journal;

/* Starts a journal of `program`, in the file at `path` (UTF-8; made anew), if that is
 * not NULL. 0, or the failure in `error`. */
int krt_journal_open(struct krt_journal **journal, const struct krt_program *program,
                     const char *path, struct krt_error *error);

/* A request's body as it arrives, of which the journal keeps program->journal.body
 * bytes: one for each connection, all 0 at first. */
struct krt_recording {
    unsigned char *data; /* NULL, or of malloc() */
    size_t len;
    uint64_t received; /* all of it */
};
void krt_journal_record(const struct krt_journal *journal,
                        struct krt_recording *recording, struct krt_slice piece);
void krt_recording_free(struct krt_recording *recording);

/* Adds an entry. `us` are the microseconds that the answer took. Empties `recording`.
 * From any thread. */
void krt_journal_add(struct krt_journal *journal, const struct krt_answer *answer,
                     const struct krt_identity *identity, int64_t us,
                     struct krt_recording *recording);

/* The entries in memory, the oldest first; valid until another is added. Nobody may add
 * meanwhile. */
size_t krt_journal_count(const struct krt_journal *journal);
const struct krt_journal_entry *krt_journal_entry(const struct krt_journal *journal,
                                                  size_t index);

/* Closes the file. 0, or the failure in `error`: also that an entry could not be
 * written before. Frees the journal in any case, NULL too. */
int krt_journal_close(struct krt_journal *journal, struct krt_error *error);

#endif
