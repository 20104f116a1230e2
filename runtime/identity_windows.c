/* Who is at the other end of a pipe. */
#include "io_windows.h"

#include <sddl.h>
#include <string.h>

/* The user of a token, as a SID that is part of `information`. */
union token_user {
    TOKEN_USER user;
    char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
};

static bool get_user(HANDLE token, union token_user *information)
{
    DWORD len;
    return GetTokenInformation(token, TokenUser, information, sizeof *information,
                               &len);
}

void krt__learn_self(struct krt__self *self)
{
    union token_user information;
    wchar_t name[KRT_USER_MAX];
    DWORD len = KRT_USER_MAX;
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return;
    if (get_user(token, &information))
        CopySid(sizeof self->room, &self->sid, information.user.User.Sid);
    CloseHandle(token);
    if (!GetUserNameW(name, &len) ||
        !WideCharToMultiByte(CP_UTF8, 0, name, -1, self->user, sizeof self->user, NULL,
                             NULL))
        self->user[0] = '\0';
}

/* The token of the client who wrote what was read last. Only this process's own rights
 * count for opening it (OpenAsSelf), and nothing else is done in the client's name. A
 * thread that cannot become itself again must not go on. */
static bool open_client_token(HANDLE pipe, HANDLE *token)
{
    HANDLE thread = GetCurrentThread();
    if (!ImpersonateNamedPipeClient(pipe))
        return false;
    BOOL is_open = OpenThreadToken(thread, TOKEN_QUERY, TRUE, token);
    if (!RevertToSelf())
        TerminateProcess(GetCurrentProcess(), 1);
    return is_open;
}

static void put_user(char *user, const char *text)
{
    size_t len = strlen(text);
    if (len < KRT_USER_MAX)
        memcpy(user, text, len + 1);
}

/* No name is looked up but our own: another's may be known to a server far away only.
 */
static void name_user(char *user, PSID sid, struct krt__self *self)
{
    char *text;
    if (self->user[0] && IsValidSid(&self->sid) && EqualSid(sid, &self->sid)) {
        put_user(user, self->user);
    } else if (ConvertSidToStringSidA(sid, &text)) {
        put_user(user, text);
        LocalFree(text);
    }
}

void krt_stream_identify(struct krt_stream *stream, struct krt_identity *identity)
{
    union token_user information;
    HANDLE token;
    ULONG pid;
    *identity = (struct krt_identity){0};
    if (GetNamedPipeClientProcessId(stream->handle, &pid))
        identity->pid = pid;
    if (!open_client_token(stream->handle, &token))
        return;
    if (get_user(token, &information))
        name_user(identity->user, information.user.User.Sid, &stream->io->self);
    CloseHandle(token);
}
