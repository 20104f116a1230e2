/* The files around the loop against faked system calls: the name and its descriptor,
 * identities, dialling, the console. */
#include "dial.h"
#include "fakes.h"

static const char live_5[] =
    "ERROR_ACCESS_DENIED (5): another server has this pipe; stop it or choose another "
    "name";
static const char live_231[] =
    "ERROR_PIPE_BUSY (231): another server has this pipe; stop it or choose another "
    "name";

static char expected_text[512];

/* krt_io_open() fails with `kind` and "cannot OPERATION OBJECT: `rest`". */
static void check_failure(enum krt_err kind, const char *operation, const char *object,
                          const char *rest)
{
    struct krt_io_config config = {
        .instances = 16, .connections = 40, .workers = 1, .access = &user_only};
    struct krt_error error;
    struct krt_io *io;
    CHECK_INT(krt_io_open(&io, &endpoint, &config, &error), kind);
    CHECK_INT(error.kind, kind);
    snprintf(expected_text, sizeof expected_text, "cannot %s %s: %s", operation, object,
             rest);
    CHECK_TEXT(error.text, expected_text);
}

/* The same, the object being the pipe. */
static void check_open_fails(enum krt_err kind, const char *operation, const char *rest)
{
    check_failure(kind, operation, endpoint.path, rest);
}

static void test_pipe_is_created_as_designed(void)
{
    begin();
    struct krt_io *io = open_io(16, 40);
    DWORD base = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
    CHECK_INT(seen.create.n_calls, 16);
    CHECK_INT(seen.open_mode[0], base | FILE_FLAG_FIRST_PIPE_INSTANCE);
    for (int i = 1; i < 16; i++)
        CHECK_INT(seen.open_mode[i], base);
    CHECK_INT(seen.pipe_mode, PIPE_REJECT_REMOTE_CLIENTS); /* the rest of it is 0 */
    CHECK_INT(seen.max_instances, 255);
    CHECK_INT(seen.out_quota, 65536);
    CHECK_INT(seen.in_quota, 65536);
    CHECK_INT(seen.default_timeout, 0);
    CHECK_INT(seen.inherits, FALSE);
    check_path(seen.created_path);
    check_quiet(io, 10);
    krt_io_free(io);
    CHECK_INT(seen.n_disconnects, 0);
}

static void test_descriptor_names_user_and_system_only(void)
{
    begin();
    krt_io_free(open_io(1, 1));
    const char *sid = seen.sddl + 2;
    size_t len = strcspn(sid, "D");
    CHECK(memcmp(seen.sddl, "O:S-1-5-", 8) == 0);
    snprintf(expected_text, sizeof expected_text, "O:%.*sD:P(A;;GA;;;%.*s)(A;;GA;;;SY)",
             (int)len, sid, (int)len, sid);
    CHECK_TEXT(seen.sddl, expected_text);
}

static void test_without_descriptor_there_is_no_server(void)
{
    begin();
    script(&seen.descriptor, 1, ERROR_INVALID_SID);
    check_failure(
        KRT_ERR_SYSTEM, "make a security descriptor of", "the spec's access",
        "ERROR_INVALID_SID (1337): a SID in it means nothing on this machine");
    CHECK_INT(seen.create.n_calls, 0);
}

static void test_descriptor_that_cannot_be_had_is_told(void)
{
    begin();
    script(&seen.create, 1, ERROR_INVALID_OWNER);
    check_open_fails(KRT_ERR_DENIED, "create",
                     "ERROR_INVALID_OWNER (1307): the current user may not give a pipe "
                     "the owner that the spec's access names");
    CHECK_INT(seen.create.n_calls, 1);
}

/* What tells a live server from the remains of a dead one. */
static void test_name_of_a_live_server_is_in_use_at_once(void)
{
    static const struct {
        DWORD create_code, open_code;
    } rows[] = {
        {ERROR_ACCESS_DENIED, ERROR_PIPE_BUSY},
        {ERROR_ACCESS_DENIED, ERROR_ACCESS_DENIED},
        {ERROR_PIPE_BUSY, ERROR_PIPE_BUSY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        script(&seen.create, 1, rows[i].create_code);
        script(&seen.open, 1, rows[i].open_code);
        check_open_fails(KRT_ERR_IN_USE, "create",
                         rows[i].create_code == ERROR_PIPE_BUSY ? live_231 : live_5);
        check_path(seen.opened_path);
        CHECK_INT(seen.open.n_calls, 1);
        CHECK_INT(seen.create.n_calls, 1);
        CHECK_INT(seen.server_pid.n_calls, 0);
        CHECK_INT(seen.now, 1000000);
    }
}

static void test_probe_of_a_taken_name_gives_no_rights_away(void)
{
    begin();
    script(&seen.create, 1, ERROR_ACCESS_DENIED);
    script(&seen.open, 1, ERROR_PIPE_BUSY);
    check_open_fails(KRT_ERR_IN_USE, "create", live_5);
    CHECK_INT(seen.access, FILE_READ_ATTRIBUTES);
    CHECK_INT(seen.flags, SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION);
}

/* The probe reaches the owner, who tells its number, or not. */
static void test_owner_of_a_taken_name_is_told(void)
{
    begin();
    struct krt_io *owner = open_io(2, 4);
    struct krt_endpoint taken = endpoint;
    static const DWORD pids[] = {1234, NONE};
    for (int i = 0; i < 2; i++) {
        int n_handles = check_count_handles();
        seen.create = seen.server_pid = (struct script){0};
        script(&seen.create, 1, ERROR_ACCESS_DENIED);
        script(&seen.server_pid, 1, pids[i]);
        endpoint = taken;
        check_open_fails(KRT_ERR_IN_USE, "create",
                         pids[i] == NONE ? live_5
                                         : "ERROR_ACCESS_DENIED (5): process 1234 has "
                                           "this pipe; stop it or choose another name");
        CHECK_INT(check_count_handles(), n_handles);
    }
    seen.create = (struct script){0};
    krt_io_free(owner);
}

/* The name is gone when it is asked about, or a client of the dead server holds it:
 * then it cannot be opened either. */
static void test_name_of_a_dead_server_is_waited_for(void)
{
    begin();
    script(&seen.create, 5, ERROR_ACCESS_DENIED);
    script(&seen.open, 5, ERROR_FILE_NOT_FOUND);
    struct krt_io *io = open_io(2, 4);
    CHECK_INT(seen.now, 1000500);
    CHECK_INT(seen.open.n_calls, 5);
    for (int i = 0; i <= 5; i++)
        CHECK(seen.open_mode[i] & FILE_FLAG_FIRST_PIPE_INSTANCE);
    CHECK(!(seen.open_mode[6] & FILE_FLAG_FIRST_PIPE_INSTANCE));
    krt_io_free(io);
}

static void test_name_of_a_dead_server_is_given_up(void)
{
    begin();
    script(&seen.create, SCRIPT_MAX, ERROR_PIPE_BUSY);
    script(&seen.open, SCRIPT_MAX, ERROR_FILE_NOT_FOUND);
    check_open_fails(KRT_ERR_IN_USE, "create",
                     "ERROR_PIPE_BUSY (231): a client of a server that ended still "
                     "holds the pipe; end that client");
    CHECK(seen.now >= 1002500 && seen.now <= 1003500);
}

static void test_new_owner_of_a_dead_name_ends_the_wait(void)
{
    begin();
    script(&seen.create, 3, ERROR_ACCESS_DENIED);
    script(&seen.open, 2, ERROR_FILE_NOT_FOUND);
    script(&seen.open, 1, ERROR_PIPE_BUSY);
    check_open_fails(KRT_ERR_IN_USE, "create", live_5);
    CHECK_INT(seen.create.n_calls, 3);
}

static void test_other_failures_to_create_are_told_at_once(void)
{
    begin();
    script(&seen.create, 1, ERROR_NO_SYSTEM_RESOURCES);
    check_open_fails(KRT_ERR_NO_MEMORY, "create", "ERROR_NO_SYSTEM_RESOURCES (1450)");
    begin();
    script(&seen.create, 1, 4242);
    check_open_fails(KRT_ERR_SYSTEM, "create", "system error 4242");
    begin();
    script(&seen.associate, 1, REAL);
    script(&seen.associate, 1, ERROR_NOT_ENOUGH_MEMORY);
    int n_handles = check_count_handles();
    check_open_fails(KRT_ERR_NO_MEMORY, "create", "ERROR_NOT_ENOUGH_MEMORY (8)");
    CHECK_INT(check_count_handles(), n_handles);
    CHECK_INT(seen.open.n_calls, 0);
}

/* A stream that has read a word of its client. */
static struct krt_stream *greet(struct krt_io *io, HANDLE client)
{
    struct krt_stream *stream = next_accept(io);
    char buffer[8];
    client_write(client, "hello");
    krt_stream_read(stream, buffer, sizeof buffer);
    CHECK_INT(next_on(io, KRT_IO_READ, stream, 0), 5);
    seen.calls[0] = '\0';
    return stream;
}

/* What is done in the client's name is over before anything else is, and what fails on
 * the way leaves the client without a name. */
static void test_identity_is_asked_for_as_designed(void)
{
    static const char sid[] = "S-1-5-21-1111-2222-3333-1001";
    static const struct {
        const char *foreign_sid;
        DWORD pid, impersonate, open_token, revert, user_name;
        unsigned long expected_pid;
        const char *expected_user, *calls;
    } rows[] = {
        {NULL, 77, REAL, REAL, REAL, REAL, 77, "J\303\266rg",
         "impersonate token revert user "},
        {sid, 77, REAL, REAL, REAL, REAL, 77, sid, "impersonate token revert user "},
        {sid, NONE, REAL, REAL, REAL, NONE, 0, sid, "impersonate token revert user "},
        {NULL, 77, NONE, REAL, REAL, REAL, 77, "", "impersonate "},
        {NULL, 77, REAL, NONE, REAL, REAL, 77, "", "impersonate token revert "},
        {NULL, 77, REAL, REAL, NONE, REAL, 77, NULL,
         "impersonate token revert terminate user "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin();
        script(&seen.user_name, 1, rows[i].user_name);
        struct krt_io *io = open_io(1, 4);
        HANDLE client = client_open();
        struct krt_stream *stream = greet(io, client);
        int n_handles = check_count_handles();
        struct krt_identity identity;
        seen.foreign_sid = rows[i].foreign_sid;
        script(&seen.client_pid, 1, rows[i].pid);
        script(&seen.impersonate, 1, rows[i].impersonate);
        script(&seen.open_token, 1, rows[i].open_token);
        script(&seen.revert, 1, rows[i].revert);
        krt_stream_identify(stream, &identity);
        CHECK_TEXT(seen.calls, rows[i].calls);
        CHECK_INT(identity.pid, rows[i].expected_pid);
        if (rows[i].expected_user)
            CHECK_TEXT(identity.user, rows[i].expected_user);
        CHECK_INT(check_count_handles(), n_handles);
        krt_stream_close(stream);
        CloseHandle(client);
        krt_io_free(io);
    }
}

/* Without a name of our own, our user's clients are called by their SID, too. */
static void test_user_without_a_name_has_a_sid(void)
{
    begin();
    script(&seen.user_name, 1, NONE);
    struct krt_io *io = open_io(1, 4);
    HANDLE client = client_open();
    struct krt_stream *stream = greet(io, client);
    struct krt_identity identity;
    krt_stream_identify(stream, &identity);
    CHECK(memcmp(identity.user, "S-1-5-", 6) == 0);
    CHECK(strncmp(identity.user, seen.sddl + 2, strlen(identity.user)) == 0);
    krt_stream_close(stream);
    CloseHandle(client);
    krt_io_free(io);
}

static void check_dial_fails(int64_t patience, enum krt_err kind, const char *rest)
{
    struct krt_error error;
    struct krt_link *link;
    CHECK_INT(krt_dial(&link, &endpoint, seen.now + patience, &error), kind);
    snprintf(expected_text, sizeof expected_text, "cannot open %s: %s", endpoint.path,
             rest);
    CHECK_TEXT(error.text, expected_text);
}

static void test_dial_opens_as_designed(void)
{
    begin();
    script(&seen.open, 1, ERROR_FILE_NOT_FOUND);
    check_dial_fails(5000, KRT_ERR_ABSENT,
                     "ERROR_FILE_NOT_FOUND (2): no server listens on this pipe; is it "
                     "running, and is the name right?");
    check_path(seen.opened_path);
    CHECK_INT(seen.access, GENERIC_READ | GENERIC_WRITE);
    CHECK_INT(seen.share, 0);
    CHECK_INT(seen.disposition, OPEN_EXISTING);
    CHECK_INT(seen.flags,
              FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION);
    CHECK_INT(seen.open.n_calls, 1);
}

static void test_dial_does_not_repeat_a_denied_open(void)
{
    begin();
    script(&seen.open, 1, ERROR_ACCESS_DENIED);
    check_dial_fails(5000, KRT_ERR_DENIED,
                     "ERROR_ACCESS_DENIED (5): the server does not let this user in; "
                     "run both as the same user");
    CHECK_INT(seen.open.n_calls, 1);
}

static void test_dial_waits_for_a_busy_server(void)
{
    begin();
    script(&seen.open, SCRIPT_MAX, ERROR_PIPE_BUSY);
    check_dial_fails(100, KRT_ERR_BUSY,
                     "ERROR_PIPE_BUSY (231): the server has no free connection; try "
                     "again, or end other clients");
    CHECK(seen.now >= 1000100 && seen.now < 1000110);
    CHECK_INT(seen.shortest_sleep, 5);
    CHECK_INT(seen.longest_sleep, 10);
    begin();
    script(&seen.open, 3, ERROR_PIPE_BUSY);
    script(&seen.open, 1, ERROR_FILE_NOT_FOUND);
    check_dial_fails(100, KRT_ERR_ABSENT,
                     "ERROR_FILE_NOT_FOUND (2): no server listens on this pipe; is it "
                     "running, and is the name right?");
}

static LONG n_stops;

static void count_stop(void *context, int signal)
{
    CHECK_INT(signal, 0);
    InterlockedIncrement(context);
}

static DWORD WINAPI close_console(void *context)
{
    (void)context;
    return (DWORD)seen.on_event(CTRL_CLOSE_EVENT);
}

/* The system ends the process when the handler of this event returns. */
static void test_closing_console_waits_for_the_server(void)
{
    begin();
    krt_os_stopped();
    krt_os_on_stop(count_stop, NULL, &n_stops);
    CHECK(seen.on_event(CTRL_BREAK_EVENT));
    CHECK_INT(n_stops, 1);
    HANDLE thread = CreateThread(NULL, 0, close_console, NULL, 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 60), WAIT_TIMEOUT);
    krt_os_stopped();
    CHECK_INT(WaitForSingleObject(thread, 4000), WAIT_OBJECT_0);
    CHECK_INT(n_stops, 1);
    CloseHandle(thread);
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(void)
{
    static const struct check_case cases[] = {
        CASE(test_pipe_is_created_as_designed),
        CASE(test_descriptor_names_user_and_system_only),
        CASE(test_without_descriptor_there_is_no_server),
        CASE(test_descriptor_that_cannot_be_had_is_told),
        CASE(test_name_of_a_live_server_is_in_use_at_once),
        CASE(test_probe_of_a_taken_name_gives_no_rights_away),
        CASE(test_owner_of_a_taken_name_is_told),
        CASE(test_name_of_a_dead_server_is_waited_for),
        CASE(test_name_of_a_dead_server_is_given_up),
        CASE(test_new_owner_of_a_dead_name_ends_the_wait),
        CASE(test_other_failures_to_create_are_told_at_once),
        CASE(test_identity_is_asked_for_as_designed),
        CASE(test_user_without_a_name_has_a_sid),
        CASE(test_dial_opens_as_designed),
        CASE(test_dial_does_not_repeat_a_denied_open),
        CASE(test_dial_waits_for_a_busy_server),
        CASE(test_closing_console_waits_for_the_server),
    };
    return check_run(cases, sizeof cases / sizeof *cases);
}
