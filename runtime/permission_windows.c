#include "permission_windows.h"
#include "os.h"
#include "permission.h"

#include <sddl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    SID_TEXT_MAX = 187, /* SECURITY_MAX_SID_STRING_CHARACTERS of newer headers */
    DOMAIN_MAX = 256,
};

/* What others may do: read and write. GENERIC_WRITE would hold
 * FILE_CREATE_PIPE_INSTANCE, by which they could answer in our place. */
#define ENTRY "(A;;0x12019b;;;"

static const char user_mark[] = "<user>";
static const char allowed_mark[] = "<allowed>";

void krt_put_audience(struct krt_buffer *out, const struct krt_access *access)
{
    static const char *const texts[] = {
        [KRT_ACCESS_USER] = "this user",
        [KRT_ACCESS_ADMINS] = "this user and administrators",
        [KRT_ACCESS_LOCAL_USERS] = "all users of this machine",
        [KRT_ACCESS_SDDL] = "this user and whom the spec's sddl allows",
    };
    krt_put_text(out, texts[access->level]);
    if (!krt__put_allowed(out, access, true) && access->level == KRT_ACCESS_USER)
        krt_put_text(out, " only");
}

/* Stores the SID of the user that the process runs as, in text that the caller frees
 * with LocalFree(). */
static DWORD find_user(char **text)
{
    union krt__user user;
    DWORD code = krt__own_user(&user);
    if (!code && !ConvertSidToStringSidA(user.token.User.Sid, text))
        code = GetLastError();
    return code;
}

/* The same for a group by its name. */
static DWORD find_group(const char *name, char **text)
{
    union {
        SID sid;
        char room[SECURITY_MAX_SID_SIZE];
    } found;
    wchar_t domain[DOMAIN_MAX];
    DWORD len = sizeof found, domain_len = DOMAIN_MAX, code = 0;
    SID_NAME_USE use;
    wchar_t *wide = krt__to_utf16(name);
    if (!wide)
        return ERROR_NOT_ENOUGH_MEMORY;
    if (!LookupAccountNameW(NULL, wide, &found.sid, &len, domain, &domain_len, &use))
        code = GetLastError();
    else if (use != SidTypeGroup && use != SidTypeAlias && use != SidTypeWellKnownGroup)
        code = ERROR_NONE_MAPPED;
    else if (!ConvertSidToStringSidA(&found.sid, text))
        code = GetLastError();
    free(wide);
    return code;
}

static int fail_group(const char *name, DWORD code, struct krt_error *error)
{
    if (code == ERROR_NONE_MAPPED)
        return krt_error_set(error, KRT_ERR_SYSTEM,
                             "the spec allows group '%s', which does not exist here; "
                             "make it, or change the spec's 'allow'",
                             name);
    return krt_os_error(error, (long)code, "look up group", name);
}

/* ---- The descriptor's text ---- */

/* Room for the text with all that is put into it. */
static size_t measure(const struct krt_access *access)
{
    size_t n = access->n_allowed;
    for (const char *at = access->sddl; (at = strchr(at, '<')); at++)
        n++;
    return strlen(access->sddl) + n * (SID_TEXT_MAX + sizeof ENTRY) + 1;
}

static int put_allowed(const struct krt_access *access, struct krt_buffer *out,
                       struct krt_error *error)
{
    for (size_t i = 0; i < access->n_allowed; i++) {
        const char *allowed = access->allowed[i];
        char *sid = NULL;
        DWORD code = krt_is_sid(allowed) ? 0 : find_group(allowed, &sid);
        if (code)
            return fail_group(allowed, code, error);
        krt_put_text(out, ENTRY);
        krt_put_text(out, sid ? sid : allowed);
        krt_put_text(out, ")");
        LocalFree(sid);
    }
    return KRT_OK;
}

static bool is_mark(const char *at, const char *mark)
{
    return strncmp(at, mark, strlen(mark)) == 0;
}

static int put_sddl(const struct krt_access *access, const char *user,
                    struct krt_buffer *out, struct krt_error *error)
{
    int result = KRT_OK;
    for (const char *at = access->sddl; *at && result == KRT_OK;) {
        if (is_mark(at, user_mark)) {
            krt_put_text(out, user);
            at += sizeof user_mark - 1;
        } else if (is_mark(at, allowed_mark)) {
            result = put_allowed(access, out, error);
            at += sizeof allowed_mark - 1;
        } else {
            krt_put(out, at++, 1);
        }
    }
    return result;
}

/* ---- The descriptor ---- */

static int convert(const char *sddl, SECURITY_ATTRIBUTES *security,
                   struct krt_error *error)
{
    security->nLength = sizeof *security;
    security->bInheritHandle = FALSE;
    if (ConvertStringSecurityDescriptorToSecurityDescriptorA(
            sddl, SDDL_REVISION_1, &security->lpSecurityDescriptor, NULL))
        return KRT_OK;
    return krt_os_error(error, (long)GetLastError(), "make a security descriptor of",
                        "the spec's access");
}

int krt_permission_init(SECURITY_ATTRIBUTES *security, const struct krt_access *access,
                        struct krt_error *error)
{
    char *user = NULL;
    struct krt_buffer text = {malloc(measure(access)), 0, measure(access)};
    DWORD code = text.data ? find_user(&user) : ERROR_NOT_ENOUGH_MEMORY;
    int result;
    if (code)
        result = krt_os_error(error, (long)code, "look up", "the current user");
    else
        result = put_sddl(access, user, &text, error);
    if (result == KRT_OK)
        result = convert(krt_end_text(&text), security, error);
    LocalFree(user);
    free(text.data);
    return result;
}
