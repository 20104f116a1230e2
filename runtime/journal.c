#include "journal.h"

#include "account.h"
#include "date.h"
#include "os.h"
#include "text.h"
#include "thread.h"

#include <stdlib.h>
#include <string.h>

/* Room for the start of a line, which is put when its number is known. */
enum { START_MAX = 80 };

/* An entry and its texts: the line right behind the room for its start, and the
 * summary. */
struct page {
    struct krt_journal_entry entry;
    size_t size;     /* of all of it */
    size_t line_len; /* behind the start */
    char text[];
};

struct krt_journal {
    const struct krt_program *program;
    const char *path; /* NULL where there is no file */
    struct krt_log *log;
    struct krt_mutex lock; /* over all that follows */
    struct krt_os_output file;
    bool is_written; /* the file, up to now */
    struct krt_error failure;
    uint64_t n_added;
    uint64_t n_lost; /* for want of memory */
    size_t bytes;    /* of all pages */
    size_t first;
    size_t n_pages;
    struct page *pages[]; /* a ring */
};

/* ---- Bodies ---- */

static void make_room(struct krt_recording *recording, size_t needed, size_t max)
{
    size_t cap = 2 * recording->cap < needed ? needed : 2 * recording->cap;
    if (cap > max)
        cap = max;
    if (needed <= recording->cap)
        return;
    unsigned char *data = realloc(recording->data, cap);
    if (!data)
        return;
    recording->data = data;
    recording->cap = cap;
}

/* What there is no memory for counts as cut off. */
void krt_journal_record(const struct krt_journal *journal,
                        struct krt_recording *recording, struct krt_slice piece)
{
    size_t max = journal->program->journal.body;
    bool is_whole = recording->len == recording->received;
    size_t len = piece.len < max - recording->len ? piece.len : max - recording->len;
    recording->received += piece.len;
    if (!is_whole || len == 0)
        return;
    make_room(recording, recording->len + len, max);
    if (len > recording->cap - recording->len)
        len = recording->cap - recording->len;
    if (len > 0)
        memcpy(recording->data + recording->len, piece.at, len);
    recording->len += len;
}

void krt_recording_free(struct krt_recording *recording)
{
    free(recording->data);
    *recording = (struct krt_recording){0};
}

/* ---- Pages ---- */

static void describe(struct krt_journal_entry *entry, const struct krt_answer *answer)
{
    const struct krt_verdict *verdict = answer->verdict;
    *entry = (struct krt_journal_entry){
        .route = verdict ? verdict->route : KRT_NO_ROUTE,
        .nearest = krt_is_missed(answer) ? verdict->near.route : KRT_NO_ROUTE,
        .status = answer->status,
        .is_invalid = answer->is_invalid,
    };
}

/* NULL when memory ran out. */
static struct page *page_new(const struct krt_journal_facts *facts)
{
    size_t cap = START_MAX + krt_journal_line_max(facts) + 1 + KRT_SUMMARY_MAX;
    struct page *page = malloc(sizeof *page + cap);
    if (!page)
        return NULL;
    struct krt_buffer text = {page->text + START_MAX, 0, cap - START_MAX};
    describe(&page->entry, facts->answer);
    krt_put_journal_line(&text, facts);
    page->line_len = text.len;
    krt_put(&text, "", 1);
    text = (struct krt_buffer){text.data + text.len, 0, KRT_SUMMARY_MAX};
    krt_put_summary(&text, facts);
    krt_end_text(&text);
    page->size = sizeof *page + START_MAX + page->line_len + 1 + text.len + 1;
    struct page *fitting = realloc(page, page->size);
    return fitting ? fitting : page;
}

static void put_start(struct krt_buffer *start, uint64_t number)
{
    krt_put_text(start, "{\"number\":");
    krt_put_number(start, number, 1);
    krt_put_text(start, ",\"time\":\"");
    krt_put_timestamp(start, krt_os_unix_ms());
    krt_put_text(start, "\"");
}

/* Puts the start right before the rest of the line, and sets the pointers. */
static void number_page(struct page *page, uint64_t number)
{
    char storage[START_MAX];
    struct krt_buffer start = KRT_BUFFER(storage);
    char *rest = page->text + START_MAX;
    put_start(&start, number);
    memcpy(rest - start.len, start.data, start.len);
    page->line_len += start.len;
    page->entry.number = number;
    page->entry.line = rest - start.len;
    page->entry.summary = rest + page->line_len - start.len + 1;
}

static void drop_oldest(struct krt_journal *journal)
{
    struct page *page = journal->pages[journal->first];
    journal->first = (journal->first + 1) % journal->program->journal.entries;
    journal->n_pages--;
    journal->bytes -= page->size;
    free(page);
}

static void keep(struct krt_journal *journal, struct page *page)
{
    size_t cap = journal->program->journal.entries;
    while (journal->n_pages == cap ||
           (journal->n_pages > 0 && journal->bytes + page->size > KRT_JOURNAL_ROOM))
        drop_oldest(journal);
    journal->pages[(journal->first + journal->n_pages) % cap] = page;
    journal->n_pages++;
    journal->bytes += page->size;
}

/* ---- The file ---- */

/* After a failure the file stays as it is: it would have a gap. */
static void write_line(struct krt_journal *journal, const char *line, size_t len)
{
    if (!journal->is_written ||
        krt_os_output_write(&journal->file, line, len, &journal->failure) == KRT_OK)
        return;
    journal->is_written = false;
    krt_log(journal->log, KRT_LOG_ERROR, journal->failure.text);
}

/* ---- The journal ---- */

int krt_journal_open(struct krt_journal **journal, const struct krt_program *program,
                     const char *path, struct krt_log *log, struct krt_error *error)
{
    size_t cap = program->journal.entries;
    struct krt_journal *made = calloc(1, sizeof *made + cap * sizeof *made->pages);
    if (!made)
        return krt_error_set(error, KRT_ERR_NO_MEMORY,
                             "out of memory: the journal is to have %lu entries",
                             (unsigned long)cap);
    made->program = program;
    made->log = log;
    made->path = path;
    made->lock = (struct krt_mutex)KRT_MUTEX_INIT;
    int result = path ? krt_os_output_open(&made->file, path, false, error) : KRT_OK;
    if (result != KRT_OK) {
        free(made);
        return error->kind = KRT_ERR_SYSTEM; /* the pipe is not what is denied */
    }
    made->is_written = path != NULL;
    *journal = made;
    return KRT_OK;
}

static void add_page(struct krt_journal *journal, struct page *page)
{
    number_page(page, ++journal->n_added);
    write_line(journal, page->entry.line, page->line_len);
    keep(journal, page);
}

/* The number at least is in the file. */
static void add_lost(struct krt_journal *journal, int status)
{
    char storage[START_MAX + 64];
    struct krt_buffer line = KRT_BUFFER(storage);
    put_start(&line, ++journal->n_added);
    krt_put_text(&line, ",\"status\":");
    krt_put_number(&line, (uint64_t)status, 1);
    krt_put_text(&line, ",\"lost\":\"out of memory\"}\n");
    write_line(journal, line.data, line.len);
    if (journal->n_lost++ == 0)
        krt_log(journal->log, KRT_LOG_ERROR,
                "a request is not in the journal: out of memory");
}

void krt_journal_add(struct krt_journal *journal, const struct krt_answer *answer,
                     const struct krt_identity *identity, int64_t us,
                     struct krt_recording *recording)
{
    const struct krt_journal_facts facts = {journal->program, answer, identity, us,
                                            recording};
    struct page *page = page_new(&facts);
    krt_lock(&journal->lock);
    if (page)
        add_page(journal, page);
    else
        add_lost(journal, answer->status);
    krt_unlock(&journal->lock);
    krt_recording_free(recording);
}

size_t krt_journal_count(const struct krt_journal *journal)
{
    return journal->n_pages;
}

const struct krt_journal_entry *krt_journal_entry(const struct krt_journal *journal,
                                                  size_t index)
{
    size_t cap = journal->program->journal.entries;
    return &journal->pages[(journal->first + index) % cap]->entry;
}

/* What was wrong, the earliest first. */
static int end_file(struct krt_journal *journal, struct krt_error *error)
{
    struct krt_error closing;
    int closed = krt_os_output_close(&journal->file, &closing);
    if (!journal->is_written)
        *error = journal->failure;
    else if (closed != KRT_OK)
        *error = closing;
    return journal->is_written ? closed : (int)journal->failure.kind;
}

int krt_journal_close(struct krt_journal *journal, struct krt_error *error)
{
    if (!journal)
        return KRT_OK;
    int result = journal->path ? end_file(journal, error) : KRT_OK;
    if (result == KRT_OK && journal->n_lost > 0)
        result = krt_error_set(error, KRT_ERR_NO_MEMORY,
                               "%lu requests are not in the journal: out of memory",
                               (unsigned long)journal->n_lost);
    while (journal->n_pages > 0)
        drop_oldest(journal);
    free(journal);
    return result;
}
