/* Collecting. Only the first DIAG_MAX errors by position are kept, so that a hopeless
 * spec costs no more than a hopeful one. */
#include "diagnostic.h"
#include "utf8.h"
#include "visible.h"

#include <stdarg.h>
#include <string.h>

enum {
    TEXT_MAX = 400,      /* bytes of a message; longer ones lose their middle */
    SILENCES_MAX = 1000, /* each error is held against all of them */
};

/* A place where errors of some checks are consequences. */
struct silence {
    struct span span;
    uint64_t checks;
};

static const struct {
    const char *name;
    const char *meaning;
    uint64_t after;
} checks[] = {
#define CHECK_ROW(id, name, after, meaning) {name, meaning, after},
    CHECKS(CHECK_ROW)
#undef CHECK_ROW
};

_Static_assert(N_CHECKS <= 64, "a set of checks is 64 bits wide");

const char *check_name(enum check check)
{
    return checks[check].name;
}

const char *check_meaning(enum check check)
{
    return checks[check].meaning;
}

/* The text without its middle, if it is long: messages may quote a value of any size.
 */
static struct str shorten(struct arena *arena, struct str text)
{
    if (text.len <= TEXT_MAX)
        return text;
    size_t head = TEXT_MAX / 2;
    size_t tail = text.len - TEXT_MAX / 2;
    while (!utf8_is_start(text.at[head]))
        head--;
    while (tail < text.len && !utf8_is_start(text.at[tail]))
        tail++;
    struct buf buf;
    buf_init(&buf, arena);
    buf_put(&buf, str_slice(text, 0, head));
    buf_put(&buf, STR("..."));
    buf_put(&buf, str_slice(text, tail, text.len));
    return buf_str(&buf);
}

static KRGEN_PRINTF(2, 0) struct str
    format_text(struct arena *arena, const char *format, va_list args)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_vprintf(&buf, format, args);
    return shorten(arena, buf_str(&buf));
}

size_t diagnostics_kept(const struct diag *diag)
{
    return diag->n_errors < DIAG_MAX ? diag->n_errors : DIAG_MAX;
}

void diagnostics_put_rest(const struct diag *diag, size_t n_shown, const char *fate,
                          struct buf *out)
{
    if (diag->n_errors <= n_shown)
        return;
    size_t n = diag->n_errors - n_shown;
    visible_put(out, str_from(diag->errors[0]->span.source->path));
    buf_printf(out, ": %zu more error%s %s\n", n, n == 1 ? "" : "s", fate);
}

/* ---- Consequences ---- */

bool diag_may_check(const struct diag *diag, size_t subject, enum check check)
{
    return subject >= diag->n_failed ||
           (diag->failed[subject] & checks[check].after) == 0;
}

static void remember_failure(struct diag *diag, enum check check)
{
    if (diag->subject >= diag->n_failed) {
        size_t n = 2 * diag->subject + 1;
        uint64_t *failed = arena_array(diag->arena, n, sizeof *failed);
        if (diag->n_failed > 0)
            memcpy(failed, diag->failed, diag->n_failed * sizeof *failed);
        diag->failed = failed;
        diag->n_failed = n;
    }
    diag->failed[diag->subject] |= UINT64_C(1) << check;
}

void diag_silence(struct diag *diag, struct span span, uint64_t set)
{
    if (diag->n_errors > DIAG_MAX || diag->n_silences == SILENCES_MAX)
        return;
    diag->silences = arena_grow(diag->arena, diag->silences, diag->n_silences,
                                sizeof *diag->silences);
    diag->silences[diag->n_silences++] = (struct silence){span, set};
}

static bool is_silenced(const struct diag *diag, enum check check, struct span span)
{
    for (size_t i = 0; i < diag->n_silences; i++) {
        const struct silence *silence = &diag->silences[i];
        if ((silence->checks >> check & 1) != 0 && silence->span.start <= span.start &&
            span.end <= silence->span.end)
            return true;
    }
    return false;
}

/* ---- Errors ---- */

static bool is_too_late(const struct diag *diag, struct span span)
{
    return diag->n_errors >= DIAG_MAX &&
           span.start >= diag->errors[DIAG_MAX - 1]->span.start;
}

/* An aliased node is read once for each of its places, but it is wrong only once. */
static bool is_repeated(const struct diag *diag, const struct diagnostic *error)
{
    for (size_t i = 0; i < diagnostics_kept(diag); i++) {
        const struct diagnostic *other = diag->errors[i];
        if (other->span.start == error->span.start && other->check == error->check &&
            str_equal(other->text, error->text))
            return true;
    }
    return false;
}

static void insert(struct diag *diag, struct diagnostic *error)
{
    size_t i = diagnostics_kept(diag);
    if (i == DIAG_MAX)
        i--;
    for (; i > 0 && diag->errors[i - 1]->span.start > error->span.start; i--)
        diag->errors[i] = diag->errors[i - 1];
    diag->errors[i] = error;
    diag->n_errors++;
}

/* Stands for every error that is not shown. */
static struct diagnostic *dropped(struct diag *diag)
{
    struct diagnostic *error = arena_alloc(diag->arena, sizeof *error);
    error->is_dropped = true;
    return error;
}

struct diagnostic *diag_error(struct diag *diag, enum check check, struct span span,
                              const char *format, ...)
{
    bool is_free = diag_may_check(diag, diag->subject, check);
    remember_failure(diag, check);
    if (!is_free)
        return dropped(diag);
    if (is_too_late(diag, span)) {
        diag->n_errors++;
        return dropped(diag);
    }
    if (is_silenced(diag, check, span))
        return dropped(diag);
    if (!diag->errors)
        diag->errors = arena_array(diag->arena, DIAG_MAX, sizeof *diag->errors);
    struct diagnostic *error = arena_alloc(diag->arena, sizeof *error);
    error->check = check;
    error->span = span;
    va_list args;
    va_start(args, format);
    error->text = format_text(diag->arena, format, args);
    va_end(args);
    if (is_repeated(diag, error))
        return dropped(diag);
    insert(diag, error);
    return error;
}

void diag_note(struct diag *diag, struct diagnostic *error, struct span span,
               const char *format, ...)
{
    if (error->is_dropped)
        return;
    struct note *note = arena_alloc(diag->arena, sizeof *note);
    note->span = span;
    va_list args;
    va_start(args, format);
    note->text = format_text(diag->arena, format, args);
    va_end(args);
    struct note **last = &error->notes;
    while (*last)
        last = &(*last)->next;
    *last = note;
}

void diag_hint(struct diag *diag, struct diagnostic *error, const char *format, ...)
{
    if (error->is_dropped)
        return;
    va_list args;
    va_start(args, format);
    error->hint = format_text(diag->arena, format, args);
    va_end(args);
}
