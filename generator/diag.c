/* Collecting. Only the first DIAG_MAX of a kind by position are kept, so that a
 * hopeless spec costs no more than a hopeful one. */
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

/* The elements of an array of `n` of which the first are kept. */
static size_t kept(size_t n)
{
    return n < DIAG_MAX ? n : DIAG_MAX;
}

struct diagnostic **diagnostics_kept(const struct diag *diag, size_t *n)
{
    size_t n_errors = kept(diag->n_errors);
    size_t n_warnings = kept(diag->n_warnings);
    struct diagnostic **all = arena_array(diag->arena, 2 * DIAG_MAX, sizeof *all);
    *n = 0;
    for (size_t i = 0, j = 0; i < n_errors || j < n_warnings;) {
        bool is_error = j == n_warnings ||
                        (i < n_errors &&
                         diag->errors[i]->span.start <= diag->warnings[j]->span.start);
        all[(*n)++] = is_error ? diag->errors[i++] : diag->warnings[j++];
    }
    return all;
}

const char *diagnostic_severity(const struct diagnostic *diagnostic)
{
    return diagnostic->is_warning ? "warning" : "error";
}

static void put_rest(const struct diagnostic *first, size_t n, const char *fate,
                     struct buf *out)
{
    visible_put(out, str_from(first->span.source->path));
    buf_printf(out, ": %zu more %s%s %s\n", n, diagnostic_severity(first),
               n == 1 ? "" : "s", fate);
}

void diagnostics_put_rest(const struct diag *diag, size_t n_shown, const char *fate,
                          struct buf *out)
{
    if (diag->n_errors > n_shown)
        put_rest(diag->errors[0], diag->n_errors - n_shown, fate, out);
    if (diag->n_warnings > n_shown)
        put_rest(diag->warnings[0], diag->n_warnings - n_shown, fate, out);
}

/* ---- Consequences ---- */

/* The check as a set; those that no set has are none. */
static uint64_t set_of(enum check check)
{
    return check < 64 ? UINT64_C(1) << check : 0;
}

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
    diag->failed[diag->subject] |= set_of(check);
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
        bool is_meant =
            silence->checks == EVERY_CHECK || (silence->checks & set_of(check)) != 0;
        if (is_meant && silence->span.start <= span.start &&
            span.end <= silence->span.end)
            return true;
    }
    return false;
}

/* ---- Errors and warnings ---- */

/* The diagnostics of one kind in a collection. */
struct kind {
    struct diagnostic ***list;
    size_t *n;
};

static struct kind kind_of(struct diag *diag, bool is_warning)
{
    return is_warning ? (struct kind){&diag->warnings, &diag->n_warnings}
                      : (struct kind){&diag->errors, &diag->n_errors};
}

static bool is_too_late(struct kind kind, struct span span)
{
    return *kind.n >= DIAG_MAX && span.start >= (*kind.list)[DIAG_MAX - 1]->span.start;
}

/* An aliased node is read once for each of its places, but it is wrong only once. */
static bool is_repeated(struct kind kind, const struct diagnostic *diagnostic)
{
    for (size_t i = 0; i < kept(*kind.n); i++) {
        const struct diagnostic *other = (*kind.list)[i];
        if (other->span.start == diagnostic->span.start &&
            other->check == diagnostic->check &&
            str_equal(other->text, diagnostic->text))
            return true;
    }
    return false;
}

static void insert(struct kind kind, struct diagnostic *diagnostic)
{
    struct diagnostic **list = *kind.list;
    size_t i = kept(*kind.n);
    if (i == DIAG_MAX)
        i--;
    for (; i > 0 && list[i - 1]->span.start > diagnostic->span.start; i--)
        list[i] = list[i - 1];
    list[i] = diagnostic;
    ++*kind.n;
}

/* Stands for every diagnostic that is not shown. */
static struct diagnostic *dropped(struct diag *diag)
{
    struct diagnostic *diagnostic = arena_alloc(diag->arena, sizeof *diagnostic);
    diagnostic->is_dropped = true;
    return diagnostic;
}

/* Adds `made`, whose text is still to come from `format`. */
static KRGEN_PRINTF(3, 0) struct diagnostic *add(struct diag *diag,
                                                 struct diagnostic made,
                                                 const char *format, va_list args)
{
    struct kind kind = kind_of(diag, made.is_warning);
    if (!diag_may_check(diag, diag->subject, made.check))
        return dropped(diag);
    if (is_too_late(kind, made.span)) {
        ++*kind.n;
        return dropped(diag);
    }
    if (is_silenced(diag, made.check, made.span))
        return dropped(diag);
    if (!*kind.list)
        *kind.list = arena_array(diag->arena, DIAG_MAX, sizeof **kind.list);
    struct diagnostic *diagnostic = arena_alloc(diag->arena, sizeof *diagnostic);
    *diagnostic = made;
    diagnostic->text = format_text(diag->arena, format, args);
    if (is_repeated(kind, diagnostic))
        return dropped(diag);
    insert(kind, diagnostic);
    return diagnostic;
}

struct diagnostic *diag_error(struct diag *diag, enum check check, struct span span,
                              const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diagnostic *error =
        add(diag, (struct diagnostic){.check = check, .span = span}, format, args);
    va_end(args);
    remember_failure(diag, check);
    return error;
}

struct diagnostic *diag_warning(struct diag *diag, enum check check, struct span span,
                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct diagnostic *warning =
        add(diag,
            (struct diagnostic){
                .check = check, .span = span, .is_warning = !diag->warnings_are_errors},
            format, args);
    va_end(args);
    return warning;
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
