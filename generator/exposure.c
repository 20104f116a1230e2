#include "exposure.h"
#include "rights.h"
#include "sddl.h"
#include "sid.h"

#include <stdbool.h>

/* Those who cannot be told one by one. */
static const struct crowd {
    const char *sid;
    const char *who;
    bool has_apps; /* not people */
} crowds[] = {
    {"S-1-1-0", "everybody", false},
    {"S-1-2-0", "every user who is logged on", false},
    {"S-1-5-2", "everybody who logs on over the network", false},
    {"S-1-5-4", "every user who is logged on", false},
    {"S-1-5-7", "clients without a name", false},
    {"S-1-5-11", "every user of this machine", false},
    {"S-1-5-32-545", "every user of this machine", false},
    {"S-1-5-32-546", "guests", false},
    {"S-1-15-2-1", "every app in an AppContainer", true},
    {"S-1-15-2-2", "every app in an AppContainer", true},
    {"DG", "guests", false},
    {"DU", "every user of the domain", false},
    {"LG", "guests", false},
};

static const struct crowd *find_crowd(struct str sid)
{
    for (size_t i = 0; i < sizeof crowds / sizeof *crowds; i++)
        if (str_equal(sid, str_from(crowds[i].sid)))
            return &crowds[i];
    return NULL;
}

/* Who can do anything in any case: the system, administrators, and the owner. */
static bool is_trusted(struct str sid)
{
    static const char *const trusted[] = {"S-1-5-18", "S-1-5-32-544", "S-1-3-4", NULL};
    for (const char *const *one = trusted; *one; one++)
        if (str_equal(sid, str_from(*one)))
            return true;
    return false;
}

static void check_crowd(const struct located *source, struct str sid, struct diag *diag)
{
    const struct crowd *crowd = find_crowd(sid);
    if (!crowd)
        return;
    struct diagnostic *warning =
        diag_warning(diag, CHECK_ACCESS_WIDE, source->span, "'%.*s' lets %s connect",
                     STR_ARG(source->text), crowd->who);
    diag_hint(diag, warning,
              crowd->has_apps ? "name the SIDs of the apps that need it"
                              : "name the groups that need it");
}

static void check_rights(const struct ace *ace, struct diag *diag)
{
    bool can_create = (ace->mask & RIGHT_CREATE_INSTANCE) != 0;
    bool can_change = (ace->mask & (RIGHT_WRITE_DAC | RIGHT_WRITE_OWNER)) != 0;
    if (is_trusted(ace->principal.sid) || (!can_create && !can_change))
        return;
    struct diagnostic *warning = diag_warning(
        diag, CHECK_ACCESS_RIGHTS, ace->rights.span, "'%.*s' lets '%.*s' %s%s%s",
        STR_ARG(ace->rights.text), STR_ARG(ace->principal.source.text),
        can_create ? "answer in the server's place" : "",
        can_create && can_change ? " and " : "",
        can_change ? "change who may connect" : "");
    diag_hint(diag, warning, "write " RIGHTS_CLIENT ", which reads and writes");
}

static void check_owner(const struct principal *owner, struct diag *diag)
{
    if (!owner->source.span.source || is_trusted(owner->sid))
        return;
    struct diagnostic *warning = diag_warning(
        diag, CHECK_ACCESS_RIGHTS, owner->source.span,
        "the owner '%.*s' may change who may connect", STR_ARG(owner->source.text));
    diag_hint(diag, warning, "without 'O:' the server's user is the owner");
}

static void check_sddl(const struct sddl *sddl, struct diag *diag)
{
    check_owner(&sddl->owner, diag);
    for (size_t i = 0; i < sddl->dacl.n_aces; i++) {
        const struct ace *ace = &sddl->dacl.aces[i];
        if (!ace->grants || ace->mask == 0)
            continue;
        check_crowd(&ace->principal.source, ace->principal.sid, diag);
        check_rights(ace, diag);
    }
}

void check_exposure(const struct spec *spec, struct diag *diag)
{
    const struct access *access = &spec->access;
    if (access->level == ACCESS_LOCAL_USERS) {
        struct diagnostic *warning =
            diag_warning(diag, CHECK_ACCESS_WIDE, access->level_span,
                         "'local-users' lets every user of this machine connect");
        diag_hint(diag, warning, "name the groups that need it in 'allow'");
    }
    for (size_t i = 0; i < access->n_allowed; i++)
        check_crowd(&access->allowed[i], access->allowed[i].text, diag);
    if (access->sddl)
        check_sddl(access->sddl, diag);
}
