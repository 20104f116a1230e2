#include "sddl.h"
#include "rights.h"
#include "scan.h"
#include "sid.h"

#include <string.h>

enum { ACE_FIELDS = 6 };

enum ace_field {
    FIELD_TYPE,
    FIELD_FLAGS,
    FIELD_RIGHTS,
    FIELD_OBJECT,
    FIELD_INHERITED_OBJECT,
    FIELD_SID,
};

/* An entry while it is read. */
struct draft {
    struct scan *scan;
    bool is_label; /* it stands in "S:" */
    size_t start;  /* of the entry, behind its '(' */
    size_t end;
    size_t starts[ACE_FIELDS];
    size_t ends[ACE_FIELDS];
    struct ace *ace;
};

static struct located field_of(const struct draft *draft, enum ace_field field)
{
    return scan_part(draft->scan, draft->starts[field], draft->ends[field]);
}

static struct diagnostic *fail_field(struct draft *draft, enum check check,
                                     enum ace_field field, const char *problem)
{
    struct located text = field_of(draft, field);
    return scan_fail(draft->scan, check, draft->starts[field], draft->ends[field],
                     "'%.*s' %s", STR_ARG(text.text), problem);
}

/* ---- Words ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static void skip_space(struct scan *s)
{
    while (is_space(scan_char(s, s->at)))
        s->at++;
}

/* The end of the word at s->at: of a SID or flags, behind which a list of entries
 * starts, or another part with its letter and ':'. */
static size_t word_end(const struct scan *s)
{
    size_t end = s->at;
    while (end < s->source.text.len && !is_space(scan_char(s, end)) &&
           !strchr("():;", scan_char(s, end)))
        end++;
    return scan_char(s, end) == ':' && end > s->at ? end - 1 : end;
}

/* Reads the bytes [start, end) as a SID; false after an error. */
static bool read_principal(struct scan *s, size_t start, size_t end,
                           struct principal *principal)
{
    struct located source = scan_part(s, start, end);
    const char *fault = NULL;
    if (!sid_read(source.text, &principal->sid))
        fault = "is no SID";
    else if (sid_is_meant(source.text))
        fault = sid_find_fault(source.text);
    principal->source = source;
    if (!fault)
        return true;
    if (source.text.len == 0) {
        scan_fail(s, CHECK_SID, start, end, "a SID is missing");
        return false;
    }
    struct diagnostic *error =
        scan_fail(s, CHECK_SID, start, end, "'%.*s' %s", STR_ARG(source.text), fault);
    if (!sid_is_meant(source.text))
        diag_hint(s->reader->diag, error,
                  "write one such as S-1-5-32-544 or two letters such as BA");
    return false;
}

/* ---- Entries ---- */

/* Why an entry of a type that Windows knows has no place on a pipe, or NULL. */
static const char *find_type_fault(struct str type)
{
    static const struct {
        const char *type;
        const char *fault;
    } faults[] = {
        {"AU", "is for audits, which take a privilege"},
        {"AL", "is for alarms, which do not exist"},
        {"OA", "is for objects of a directory; write A"},
        {"OD", "is for objects of a directory; write D"},
        {"OU", "is for objects of a directory"},
        {"OL", "is for objects of a directory"},
        {"XA", "has a condition; a pipe's entries are unconditional here"},
        {"XD", "has a condition; a pipe's entries are unconditional here"},
        {"XU", "has a condition; a pipe's entries are unconditional here"},
        {"ZA", "has a condition; a pipe's entries are unconditional here"},
        {"RA", "is for attributes of resources"},
        {"SP", "is for central policies of file servers"},
        {"TL", "is for the trust of processes"},
        {"FL", "is for filters of access"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (str_equal(type, str_from(faults[i].type)))
            return faults[i].fault;
    return "is no type of an entry";
}

static bool read_type(struct draft *draft)
{
    struct str type = field_of(draft, FIELD_TYPE).text;
    bool is_label = str_equal(type, STR("ML"));
    bool is_allow = str_equal(type, STR("A"));
    draft->ace->grants = is_allow;
    if (!is_label && !is_allow && !str_equal(type, STR("D")))
        fail_field(draft, CHECK_SDDL, FIELD_TYPE, find_type_fault(type));
    else if (is_label != draft->is_label)
        fail_field(draft, CHECK_SDDL, FIELD_TYPE,
                   is_label ? "is a label, which belongs into 'S:'"
                            : "is about access, which belongs into 'D:'");
    else
        return true;
    return false;
}

/* What is inherited only says nothing about the pipe itself. */
static bool read_flags(struct draft *draft)
{
    struct str flags = field_of(draft, FIELD_FLAGS).text;
    for (size_t at = 0; at < flags.len; at += 2) {
        size_t end = at + 2 < flags.len ? at + 2 : flags.len;
        struct str flag = str_slice(flags, at, end);
        static const char *const known[] = {"CI", "OI", "NP", "IO", "ID", NULL};
        const char *const *one = known;
        while (*one && !str_equal(flag, str_from(*one)))
            one++;
        if (!*one) {
            size_t start = draft->starts[FIELD_FLAGS];
            scan_fail(draft->scan, CHECK_SDDL, start + at, start + end,
                      "'%.*s' is no flag of an entry", STR_ARG(flag));
            return false;
        }
        if (str_equal(flag, STR("IO")))
            draft->ace->grants = false;
    }
    return true;
}

static bool read_rights(struct draft *draft)
{
    struct located text = field_of(draft, FIELD_RIGHTS);
    size_t first = draft->starts[FIELD_RIGHTS];
    size_t start;
    size_t end;
    bool is_good = draft->is_label
                       ? rights_read_label(text.text, &start, &end)
                       : rights_read(text.text, &draft->ace->mask, &start, &end);
    draft->ace->rights = text;
    if (is_good)
        return true;
    struct str part = str_slice(text.text, start, end);
    struct diagnostic *error =
        text.text.len == 0
            ? scan_fail(draft->scan, CHECK_SDDL, first, first, "rights are missing")
            : scan_fail(draft->scan, CHECK_SDDL, first + start, first + end,
                        "'%.*s' is no right", STR_ARG(part));
    if (draft->is_label)
        diag_hint(draft->scan->reader->diag, error, "a label has NW, NR or NX");
    else
        diag_hint(draft->scan->reader->diag, error,
                  "write pairs of letters such as GRGW, or a number such "
                  "as " RIGHTS_CLIENT);
    return false;
}

static bool read_objects(struct draft *draft)
{
    for (enum ace_field i = FIELD_OBJECT; i <= FIELD_INHERITED_OBJECT; i++) {
        if (draft->starts[i] == draft->ends[i])
            continue;
        fail_field(draft, CHECK_SDDL, i, "names an object, which a pipe has not");
        return false;
    }
    return true;
}

static bool read_sid(struct draft *draft)
{
    struct principal *principal = &draft->ace->principal;
    if (!read_principal(draft->scan, draft->starts[FIELD_SID], draft->ends[FIELD_SID],
                        principal))
        return false;
    if (!draft->is_label || str_has_prefix(principal->sid, STR("S-1-16-")))
        return true;
    struct diagnostic *error =
        fail_field(draft, CHECK_SDDL, FIELD_SID, "is no integrity level");
    diag_hint(draft->scan->reader->diag, error, "write LW, ME, MP, HI or SI");
    return false;
}

/* Finds the fields of the entry; a type with other ones has its own message. */
static bool split_fields(struct draft *draft)
{
    struct scan *s = draft->scan;
    size_t n = 0;
    for (size_t at = draft->start; at <= draft->end; at++, n++) {
        size_t end = scan_find(s, at, ';');
        end = end < draft->end ? end : draft->end;
        if (n < ACE_FIELDS) {
            draft->starts[n] = at;
            draft->ends[n] = end;
        }
        at = end;
    }
    if (n > 1 && !read_type(draft))
        return false;
    if (n == ACE_FIELDS)
        return true;
    struct diagnostic *error =
        scan_fail(s, CHECK_SDDL, draft->start - 1, draft->end + 1,
                  "an entry has six fields, this one has %zu", n);
    diag_hint(s->reader->diag, error, "write (type;flags;rights;;;SID)");
    return false;
}

/* The ')' that belongs to the '(' at `open`, or the text's end. */
static size_t find_close(const struct scan *s, size_t open)
{
    int depth = 0;
    size_t at = open;
    for (; at < s->source.text.len; at++) {
        depth += scan_char(s, at) == '(';
        depth -= scan_char(s, at) == ')';
        if (depth == 0)
            break;
    }
    return at;
}

static bool read_ace(struct scan *s, bool is_label, struct acl *acl)
{
    size_t close = find_close(s, s->at);
    if (close == s->source.text.len) {
        scan_fail(s, CHECK_SDDL, s->at, s->at + 1, "')' is missing");
        s->at = close;
        return false;
    }
    acl->aces = arena_grow(s->reader->arena, acl->aces, acl->n_aces, sizeof *acl->aces);
    struct draft draft = {.scan = s,
                          .is_label = is_label,
                          .start = s->at + 1,
                          .end = close,
                          .ace = &acl->aces[acl->n_aces++]};
    *draft.ace = (struct ace){.source = scan_part(s, draft.start, draft.end)};
    s->at = close + 1;
    if (!split_fields(&draft))
        return false;
    bool is_fine = read_flags(&draft);
    is_fine = read_rights(&draft) && is_fine;
    is_fine = read_objects(&draft) && is_fine;
    return read_sid(&draft) && is_fine;
}

/* ---- Lists of entries ---- */

static bool take(struct scan *s, size_t end, struct str word)
{
    struct str rest = str_slice(s->source.text, s->at, end);
    if (!str_has_prefix(rest, word))
        return false;
    s->at += word.len;
    return true;
}

static bool fail_open(struct scan *s, size_t start, size_t end, const char *problem)
{
    struct diagnostic *error = scan_fail(s, CHECK_SDDL_OPEN, start, end,
                                         "%s lets everybody do everything", problem);
    diag_hint(s->reader->diag, error, "'D:' without entries keeps others out");
    return false;
}

static bool read_acl_flags(struct scan *s, struct acl *acl)
{
    size_t end = word_end(s);
    while (s->at < end) {
        size_t start = s->at;
        if (take(s, end, STR("NO_ACCESS_CONTROL")))
            return fail_open(s, start, s->at, "'NO_ACCESS_CONTROL'");
        if (take(s, end, STR("AR")))
            acl->is_auto_requested = true;
        else if (take(s, end, STR("AI")))
            acl->is_auto_inherited = true;
        else if (take(s, end, STR("P")))
            acl->is_protected = true;
        else {
            struct str word = str_slice(s->source.text, s->at, end);
            scan_fail(s, CHECK_SDDL, s->at, end, "'%.*s' is no flag of a list",
                      STR_ARG(word));
            s->at = end;
            return false;
        }
    }
    return true;
}

static bool read_acl(struct scan *s, bool is_sacl, struct acl *acl)
{
    bool is_fine = read_acl_flags(s, acl);
    for (skip_space(s); scan_char(s, s->at) == '('; skip_space(s))
        is_fine = read_ace(s, is_sacl, acl) && is_fine;
    return is_fine;
}

/* ---- The descriptor ---- */

static struct located *find_part(struct sddl *sddl, char letter)
{
    switch (letter) {
    case 'O':
        return &sddl->owner.source;
    case 'G':
        return &sddl->group.source;
    case 'D':
        return &sddl->dacl.source;
    case 'S':
        return &sddl->sacl.source;
    default:
        return NULL;
    }
}

static bool read_owner(struct scan *s, struct principal *principal)
{
    size_t start = s->at;
    s->at = word_end(s);
    return read_principal(s, start, s->at, principal);
}

static bool fail_part(struct scan *s)
{
    struct diagnostic *error = scan_fail(s, CHECK_SDDL, s->at, s->at + 1,
                                         "a part of a descriptor must start here");
    diag_hint(s->reader->diag, error, "its parts are O:, G:, D: and S:");
    s->at = s->source.text.len;
    return false;
}

/* Reads the part at s->at; false after an error. */
static bool read_part(struct scan *s, struct sddl *sddl)
{
    char letter = scan_char(s, s->at);
    struct located *part =
        scan_char(s, s->at + 1) == ':' ? find_part(sddl, letter) : NULL;
    if (!part)
        return fail_part(s);
    bool is_second = part->span.source;
    if (is_second)
        scan_fail(s, CHECK_SDDL, s->at, s->at + 2, "'%c:' stands here a second time",
                  letter);
    *part = scan_part(s, s->at, s->at + 2);
    s->at += 2;
    bool is_fine;
    if (letter == 'D' || letter == 'S')
        is_fine = read_acl(s, letter == 'S', letter == 'S' ? &sddl->sacl : &sddl->dacl);
    else
        is_fine = read_owner(s, letter == 'O' ? &sddl->owner : &sddl->group);
    return is_fine && !is_second;
}

const struct sddl *sddl_read(struct reader *r, struct located text)
{
    struct scan s = {.reader = r, .source = text};
    struct sddl *sddl = arena_alloc(r->arena, sizeof *sddl);
    bool is_fine = true;
    if (text.text.len > SDDL_MAX) {
        scan_fail(&s, CHECK_SDDL, 0, text.text.len,
                  "a descriptor has at most %d characters", SDDL_MAX);
        return NULL;
    }
    for (skip_space(&s); s.at < text.text.len; skip_space(&s))
        is_fine = read_part(&s, sddl) && is_fine;
    if (is_fine && !sddl->dacl.source.span.source)
        is_fine = fail_open(&s, 0, text.text.len, "a descriptor without 'D:'");
    return is_fine ? sddl : NULL;
}

static void put_aces(const struct acl *acl, struct buf *out)
{
    for (size_t i = 0; i < acl->n_aces; i++)
        buf_printf(out, "(%.*s)", STR_ARG(acl->aces[i].source.text));
}

static void put_flags(const struct acl *acl, struct buf *out)
{
    buf_put(out, acl->is_auto_requested ? STR("AR") : STR(""));
    buf_put(out, acl->is_auto_inherited ? STR("AI") : STR(""));
}

/* The server's own entry comes first, so that none that forbids keeps it from making
 * instances. */
void sddl_put(const struct sddl *sddl, struct str more, struct buf *out)
{
    const struct principal *owner = &sddl->owner;
    buf_printf(out, "O:%.*s",
               STR_ARG(owner->source.span.source ? owner->source.text : STR("<user>")));
    if (sddl->group.source.span.source)
        buf_printf(out, "G:%.*s", STR_ARG(sddl->group.source.text));
    buf_put(out, STR("D:P"));
    put_flags(&sddl->dacl, out);
    buf_put(out, STR("(A;;GA;;;<user>)"));
    put_aces(&sddl->dacl, out);
    buf_put(out, more);
    if (sddl->sacl.n_aces == 0)
        return;
    buf_put(out, sddl->sacl.is_protected ? STR("S:P") : STR("S:"));
    put_flags(&sddl->sacl, out);
    put_aces(&sddl->sacl, out);
}
