/* Who may connect to a pipe: its security descriptor, read back through a client's
 * handle, since Wine lets in whom the descriptor keeps out. */
#include "check.h"
#include "io.h"
#include "os.h"
#include "permission.h"
#include "permission_windows.h"
#include "user_only.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdbool.h>

enum { ACES_MAX = 8, CLIENT_RIGHTS = 0x12019B };

#define OWN "O:<user>D:P(A;;GA;;;<user>)(A;;GA;;;SY)"

/* An expected entry; a SID that is NULL is the user's own. */
struct entry {
    BYTE type;
    const char *sid;
    DWORD mask; /* as the system keeps it */
};

static const struct access_case {
    const char *name;
    struct krt_access access;
    const char *owner; /* NULL: the user */
    struct entry entries[ACES_MAX];
} cases[] = {
    {"user",
     {.sddl = OWN},
     NULL,
     {{0, NULL, FILE_ALL_ACCESS}, {0, "S-1-5-18", FILE_ALL_ACCESS}}},
    {"admins",
     {.level = KRT_ACCESS_ADMINS, .sddl = OWN "(A;;0x12019b;;;BA)"},
     NULL,
     {{0, NULL, FILE_ALL_ACCESS},
      {0, "S-1-5-18", FILE_ALL_ACCESS},
      {0, "S-1-5-32-544", CLIENT_RIGHTS}}},
    {"local users",
     {.level = KRT_ACCESS_LOCAL_USERS, .sddl = OWN "(A;;0x12019b;;;AU)"},
     NULL,
     {{0, NULL, FILE_ALL_ACCESS},
      {0, "S-1-5-18", FILE_ALL_ACCESS},
      {0, "S-1-5-11", CLIENT_RIGHTS}}},
    {"allowed",
     {.sddl = OWN "<allowed>",
      .allowed =
          (const char *const[]){"S-1-15-2-1", "Users", "S-1-5-21-4294967295-1-2-3"},
      .n_allowed = 3},
     NULL,
     {{0, NULL, FILE_ALL_ACCESS},
      {0, "S-1-5-18", FILE_ALL_ACCESS},
      {0, "S-1-15-2-1", CLIENT_RIGHTS},
      {0, "S-1-5-32-545", CLIENT_RIGHTS},
      {0, "S-1-5-21-4294967295-1-2-3", CLIENT_RIGHTS}}},
    {"sddl",
     {.level = KRT_ACCESS_SDDL,
      .sddl = "O:BAG:SYD:PAI(A;;GA;;;<user>)(D;;GA;;;BG)(A;;FR;;;LS)<allowed>",
      .allowed = (const char *const[]){"S-1-5-32-559"},
      .n_allowed = 1},
     "S-1-5-32-544",
     {{0, NULL, FILE_ALL_ACCESS},
      {ACCESS_DENIED_ACE_TYPE, "S-1-5-32-546", FILE_ALL_ACCESS},
      {0, "S-1-5-19", FILE_GENERIC_READ},
      {0, "S-1-5-32-559", CLIENT_RIGHTS}}},
};

static struct krt_endpoint endpoint;

static int try_open(const struct krt_access *access, struct krt_io **io,
                    struct krt_error *error)
{
    static int n_names;
    struct krt_io_config config = {
        .instances = 2, .connections = 4, .workers = 1, .access = access};
    char name[KRT_PIPE_NAME_MAX];
    snprintf(name, sizeof name, "krgen.access.%lu.%d", krt_os_pid(), ++n_names);
    CHECK_INT(krt_endpoint_resolve(&endpoint, name, error), 0);
    return krt_io_open(io, &endpoint, &config, error);
}

static HANDLE client_open(void)
{
    wchar_t path[KRT_ENDPOINT_MAX];
    for (size_t i = 0; i < KRT_ENDPOINT_MAX; i++)
        path[i] = (wchar_t)endpoint.path[i];
    HANDLE client = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                OPEN_EXISTING, 0, NULL);
    CHECK(client != INVALID_HANDLE_VALUE);
    return client;
}

/* The text of this process's user's SID. */
static const char *user_sid(void)
{
    static char *text;
    union {
        TOKEN_USER user;
        char room[256];
    } me;
    HANDLE token;
    DWORD len;
    if (text)
        return text;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    CHECK(GetTokenInformation(token, TokenUser, &me, sizeof me, &len));
    CHECK(ConvertSidToStringSidA(me.user.User.Sid, &text));
    CloseHandle(token);
    return text;
}

static void check_sid(PSID sid, const char *expected)
{
    char *text;
    CHECK(ConvertSidToStringSidA(sid, &text));
    CHECK_TEXT(text, expected ? expected : user_sid());
    LocalFree(text);
}

/* Generic rights may be kept as they were given. */
static DWORD mapped(DWORD mask)
{
    return mask & GENERIC_ALL ? FILE_ALL_ACCESS : mask;
}

static void check_dacl(ACL *acl, const struct access_case *expected)
{
    DWORD n = 0;
    CHECK(acl);
    while (n < ACES_MAX && expected->entries[n].mask)
        n++;
    CHECK_INT(acl->AceCount, n);
    for (DWORD i = 0; i < n; i++) {
        void *entry;
        CHECK(GetAce(acl, i, &entry));
        ACCESS_ALLOWED_ACE *ace = entry;
        CHECK_INT(ace->Header.AceType, expected->entries[i].type);
        CHECK_INT(ace->Header.AceFlags, 0);
        CHECK_INT(mapped(ace->Mask), expected->entries[i].mask);
        check_sid(&ace->SidStart, expected->entries[i].sid);
    }
}

static void check_case(const struct access_case *expected)
{
    struct krt_io *io;
    struct krt_error error;
    PSECURITY_DESCRIPTOR descriptor;
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision;
    PSID owner;
    ACL *acl;
    if (try_open(&expected->access, &io, &error) != 0)
        printf("%s: %s\n", expected->name, error.text);
    HANDLE client = client_open();
    CHECK_INT(GetSecurityInfo(client, SE_KERNEL_OBJECT,
                              OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                              &owner, NULL, &acl, NULL, &descriptor),
              0);
    check_sid(owner, expected->owner);
    check_dacl(acl, expected);
    CHECK(GetSecurityDescriptorControl(descriptor, &control, &revision));
    CHECK(control & SE_DACL_PROTECTED);
    LocalFree(descriptor);
    CloseHandle(client);
    krt_io_free(io);
}

static void test_descriptor_is_that_of_the_access(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        printf("  %s\n", cases[i].name);
        check_case(&cases[i]);
    }
}

static void test_label_is_part_of_the_descriptor(void)
{
    static const struct krt_access access = {
        .level = KRT_ACCESS_SDDL, .sddl = "O:<user>D:P(A;;GA;;;<user>)S:(ML;;NW;;;LW)"};
    SECURITY_ATTRIBUTES security = {0};
    struct krt_error error;
    BOOL is_present, is_default;
    ACL *acl;
    void *entry;
    CHECK_INT(krt_permission_init(&security, &access, &error), 0);
    CHECK_INT(security.bInheritHandle, FALSE);
    CHECK(GetSecurityDescriptorSacl(security.lpSecurityDescriptor, &is_present, &acl,
                                    &is_default));
    CHECK(is_present && acl);
    CHECK_INT(acl->AceCount, 1);
    CHECK(GetAce(acl, 0, &entry));
    SYSTEM_MANDATORY_LABEL_ACE *ace = entry;
    CHECK_INT(ace->Header.AceType, SYSTEM_MANDATORY_LABEL_ACE_TYPE);
    CHECK_INT(ace->Mask, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
    check_sid(&ace->SidStart, "S-1-16-4096");
    LocalFree(security.lpSecurityDescriptor);
}

static void check_refused(const struct krt_access *access, int kind, const char *text)
{
    struct krt_io *io = NULL;
    struct krt_error error;
    CHECK_INT(try_open(access, &io, &error), kind);
    CHECK(!io);
    if (!strstr(error.text, text))
        printf("%s\n", error.text);
    CHECK(strstr(error.text, text));
    wchar_t path[KRT_ENDPOINT_MAX];
    for (size_t i = 0; i < KRT_ENDPOINT_MAX; i++)
        path[i] = (wchar_t)endpoint.path[i];
    CHECK(!WaitNamedPipeW(path, 1));
    CHECK_INT(GetLastError(), ERROR_FILE_NOT_FOUND);
}

static void test_lacking_group_is_told(void)
{
    static const char *const allowed[] = {"Users", "krgen no such group"};
    static const struct krt_access access = {
        .sddl = OWN "<allowed>", .allowed = allowed, .n_allowed = 2};
    int before = check_count_handles();
    check_refused(&access, KRT_ERR_SYSTEM, "'krgen no such group'");
    CHECK_INT(check_count_handles(), before);
}

static void test_user_is_no_group(void)
{
    char name[256];
    DWORD len = sizeof name;
    CHECK(GetUserNameA(name, &len));
    const char *const allowed[] = {name};
    const struct krt_access access = {
        .sddl = OWN "<allowed>", .allowed = allowed, .n_allowed = 1};
    check_refused(&access, KRT_ERR_SYSTEM, name);
}

static void test_descriptor_that_is_none_is_told(void)
{
    static const struct krt_access access = {.level = KRT_ACCESS_SDDL,
                                             .sddl = "O:<user>D:P(A;;QQ;;;<user>)"};
    check_refused(&access, krt_os_error_kind(ERROR_INVALID_ACL), "security descriptor");
}

static void test_audience_is_the_truth(void)
{
    static const char *const one[] = {"S-1-15-2-1"};
    static const char *const four[] = {"a", "S-1-15-2-1", "b", "c"};
    static const struct {
        struct krt_access access;
        const char *text;
    } audiences[] = {
        {{.level = KRT_ACCESS_USER}, "this user only"},
        {{.level = KRT_ACCESS_ADMINS}, "this user and administrators"},
        {{.level = KRT_ACCESS_LOCAL_USERS}, "all users of this machine"},
        {{.level = KRT_ACCESS_SDDL}, "this user and whom the spec's sddl allows"},
        {{.allowed = one, .n_allowed = 1}, "this user and the group S-1-15-2-1"},
        {{.level = KRT_ACCESS_ADMINS, .allowed = four, .n_allowed = 4},
         "this user and administrators and the groups a, S-1-15-2-1, b, ..."},
    };
    for (size_t i = 0; i < sizeof audiences / sizeof *audiences; i++) {
        char storage[KRT_AUDIENCE_MAX];
        struct krt_buffer out = KRT_BUFFER(storage);
        krt_put_audience(&out, &audiences[i].access);
        CHECK_TEXT(krt_end_text(&out), audiences[i].text);
    }
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(void)
{
    static const struct check_case tests[] = {
        CASE(test_descriptor_is_that_of_the_access),
        CASE(test_label_is_part_of_the_descriptor),
        CASE(test_lacking_group_is_told),
        CASE(test_user_is_no_group),
        CASE(test_descriptor_that_is_none_is_told),
        CASE(test_audience_is_the_truth),
    };
    return check_run(tests, sizeof tests / sizeof *tests);
}
