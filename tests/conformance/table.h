/* Tables of conformance cases, plain text:
 *
 *   # a comment
 *   == the name of a case
 *   RFC 9112 6.3
 *   > POST /cart HTTP/1.1          sent: the text (escape.h) and a CRLF
 *   > Content-Length: 5
 *   >                              a CRLF
 *   >> hello                       sent: the text without an end
 *   < 200 "the cart" keep          expected: status, body, what becomes of the
 * connection Content-Type: text/plain*  a field's value, here only its start no
 * Location                a field that must not be there has "cart"                 a
 * piece of the body
 *
 * An answer is STATUS[|STATUS...][?] [head] ["BODY"] [keep|close]. '?' marks one that
 * may be left out, `head` one to HEAD. Each case's last answer says keep or close:
 * `close` wants `Connection: close`, then the end of the connection and nothing more;
 * `keep` wants the next request answered. What is to be sent after an answer stands
 * below it.
 */
#ifndef TABLE_H
#define TABLE_H

#include "answer.h"
#include "escape.h"

enum { STATUSES_MAX = 4, CHECKS_MAX = 8, ANSWERS_MAX = 12, STEPS_MAX = 4 };

enum check_kind { CHECK_FIELD, CHECK_NO_FIELD, CHECK_HAS };

struct check {
    enum check_kind kind;
    char *name;         /* of the field */
    struct bytes value; /* of the field, or what the body has */
};

struct expectation {
    int statuses[STATUSES_MAX];
    size_t n_statuses;
    bool is_optional;
    bool is_to_head;
    bool has_body;
    struct bytes body;
    struct check checks[CHECKS_MAX];
    size_t n_checks;
};

/* What is sent at once, and what must be answered before more is sent. */
struct step {
    struct bytes sent;
    struct expectation answers[ANSWERS_MAX];
    size_t n_answers;
};

struct test_case {
    char *name;
    char *rfc;
    const char *file;
    int line;
    struct step steps[STEPS_MAX];
    size_t n_steps;
    bool closes;
    size_t n_failures; /* while it was played */
};

struct table {
    struct test_case *cases;
    size_t n_cases;
    escape_fn word;
    void *word_context;
};

/* Adds the cases of a file, whose name the table borrows. False after a message about
 * what is wrong with it. */
bool table_read(struct table *table, const char *file);

void table_free(struct table *table);

/* Whether the status is one that is expected. */
bool expectation_has(const struct expectation *expected, int status);

/* Says in `problem`, which has room for `cap` characters, in what the answer is not
 * the expected one; false if it is. */
bool expectation_differs(const struct expectation *expected,
                         const struct answer *answer, char *problem, size_t cap);

#endif
