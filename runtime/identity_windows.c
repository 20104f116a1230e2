/* Who is at the other end of a pipe. */
#include "io_windows.h"

#include <sddl.h>
#include <string.h>

void krt__learn_self(struct krt__self *self)
{
    union krt__user user;
    wchar_t name[KRT_USER_MAX];
    DWORD len = KRT_USER_MAX;
    if (krt__own_user(&user) != 0)
        return;
    CopySid(sizeof self->room, &self->sid, user.token.User.Sid);
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
    union krt__user user;
    HANDLE token;
    ULONG pid;
    *identity = (struct krt_identity){0};
    if (GetNamedPipeClientProcessId(stream->handle, &pid))
        identity->pid = pid;
    if (!open_client_token(stream->handle, &token))
        return;
    if (krt__user_of(token, &user) == 0)
        name_user(identity->user, user.token.User.Sid, &stream->io->self);
    CloseHandle(token);
}
