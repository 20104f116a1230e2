/* An answered request as the line of a journal: the members of one JSON object.
 * Sans-I/O.
 */
#ifndef KRT_JOURNAL_LINE_H
#define KRT_JOURNAL_LINE_H

#include "conn.h"
#include "io.h"
#include "tables.h"
#include "text.h"

#include <stddef.h>
#include <stdint.h>

/* The start of a request's body. */
struct krt_recording {
    unsigned char *data; /* NULL, or of malloc() */
    size_t len;          /* of what is kept of it */
    size_t cap;
    uint64_t received; /* of all of it */
};

/* All that is told of a request. */
struct krt_journal_facts {
    const struct krt_program *program;
    const struct krt_answer *answer;
    const struct krt_identity *identity;
    int64_t us; /* that the answer took */
    const struct krt_recording *recording;
};

/* The room that krt_put_journal_line() needs at most for these facts. */
size_t krt_journal_line_max(const struct krt_journal_facts *facts);

/* Puts what follows the number and the time, from the comma on, up to the end of the
 * object and a line feed. */
void krt_put_journal_line(struct krt_buffer *line,
                          const struct krt_journal_facts *facts);

/* The room for a summary and its NUL. */
enum { KRT_SUMMARY_MAX = 1536 };

/* Puts the request, its status and why it was refused, if it was, in visible ASCII. */
void krt_put_summary(struct krt_buffer *summary, const struct krt_journal_facts *facts);

#endif
