#include "sid.h"
#include "ascii.h"

#include <stddef.h>
#include <stdint.h>

enum { SUB_AUTHORITIES_MAX = 15 };

/* The letters of Microsoft's SDDL, in alphabetical order; a SID without numbers starts
 * with those of a domain or a machine. */
static const struct {
    const char *letters;
    const char *sid;
} aliases[] = {
    {"AA", "S-1-5-32-579"},
    {"AC", "S-1-15-2-1"},
    {"AN", "S-1-5-7"},
    {"AO", "S-1-5-32-548"},
    {"AP", NULL},
    {"AS", "S-1-18-1"},
    {"AU", "S-1-5-11"},
    {"BA", "S-1-5-32-544"},
    {"BG", "S-1-5-32-546"},
    {"BO", "S-1-5-32-551"},
    {"BU", "S-1-5-32-545"},
    {"CA", NULL},
    {"CD", "S-1-5-32-574"},
    {"CG", "S-1-3-1"},
    {"CN", NULL},
    {"CO", "S-1-3-0"},
    {"CY", "S-1-5-32-569"},
    {"DA", NULL},
    {"DC", NULL},
    {"DD", NULL},
    {"DG", NULL},
    {"DU", NULL},
    {"EA", NULL},
    {"ED", "S-1-5-9"},
    {"EK", NULL},
    {"ER", "S-1-5-32-573"},
    {"ES", "S-1-5-32-576"},
    {"HA", "S-1-5-32-578"},
    {"HI", "S-1-16-12288"},
    {"HO", "S-1-5-32-584"},
    {"IS", "S-1-5-32-568"},
    {"IU", "S-1-5-4"},
    {"KA", NULL},
    {"LA", NULL},
    {"LG", NULL},
    {"LS", "S-1-5-19"},
    {"LU", "S-1-5-32-559"},
    {"LW", "S-1-16-4096"},
    {"ME", "S-1-16-8192"},
    {"MP", "S-1-16-8448"},
    {"MS", "S-1-5-32-577"},
    {"MU", "S-1-5-32-558"},
    {"NO", "S-1-5-32-556"},
    {"NS", "S-1-5-20"},
    {"NU", "S-1-5-2"},
    {"OW", "S-1-3-4"},
    {"PA", NULL},
    {"PO", "S-1-5-32-550"},
    {"PS", "S-1-5-10"},
    {"PU", "S-1-5-32-547"},
    {"RA", "S-1-5-32-575"},
    {"RC", "S-1-5-12"},
    {"RD", "S-1-5-32-555"},
    {"RE", "S-1-5-32-552"},
    {"RM", "S-1-5-32-580"},
    {"RO", NULL},
    {"RS", NULL},
    {"RU", "S-1-5-32-554"},
    {"SA", NULL},
    {"SI", "S-1-16-16384"},
    {"SO", "S-1-5-32-549"},
    {"SS", "S-1-18-2"},
    {"SU", "S-1-5-6"},
    {"SY", "S-1-5-18"},
    {"UD", "S-1-5-84-0-0-0-0-0"},
    {"WD", "S-1-1-0"},
    {"WR", "S-1-5-33"},
};

bool sid_is_meant(struct str text)
{
    return text.len > 2 && (text.at[0] == 'S' || text.at[0] == 's') &&
           text.at[1] == '-' && is_digit(text.at[2]);
}

/* The end of the number at `at`; `at` where there is none, or one over 32 bits. */
static size_t skip_number(struct str text, size_t at)
{
    size_t end = at;
    uint64_t value = 0;
    while (end < text.len && is_digit(text.at[end]) && value <= UINT32_MAX)
        value = 10 * value + (uint64_t)(text.at[end++] - '0');
    return value <= UINT32_MAX ? end : at;
}

const char *sid_find_fault(struct str text)
{
    int n = 0;
    if (!str_has_prefix(text, STR("S-1-")))
        return "does not start with S-1-";
    for (size_t at = 4;; at++, n++) {
        size_t end = skip_number(text, at);
        if (end == at)
            return "is not made of numbers of 32 bits, joined by '-'";
        at = end;
        if (at == text.len)
            break;
        if (text.at[at] != '-')
            return "is not made of numbers of 32 bits, joined by '-'";
    }
    if (n == 0)
        return "has one number only behind S-1-";
    return n > SUB_AUTHORITIES_MAX ? "has more than 16 numbers behind S-1-" : NULL;
}

bool sid_read(struct str text, struct str *sid)
{
    *sid = text;
    if (sid_is_meant(text))
        return true;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (!str_equal(text, str_from(aliases[i].letters)))
            continue;
        if (aliases[i].sid)
            *sid = str_from(aliases[i].sid);
        return true;
    }
    return false;
}
