/* Who may connect to a Unix socket: its file's mode and group, and the credentials of
 * real clients. Other users than this one take root. */
#define _GNU_SOURCE

#include "io.h"
#include "io_pair.h"
#include "place.h"
#include "socket_client.h"
#include "text.h"
#include "unit.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SKIPPED = 77,
    STRANGER = 54321, /* a user and a group that own nothing */
    LISTED_MAX = 100, /* groups of a client */
};

/* What becomes of a client. */
enum fate { SERVED, TURNED_AWAY, KEPT_OUT };

static gid_t group_id(const char *name)
{
    const struct group *group = getgrnam(name);
    assert_non_null(group);
    return group->gr_gid;
}

static struct krt_io *open_io(const struct place *place,
                              const struct krt_access *access)
{
    struct krt_io_config config = {
        .instances = 4, .connections = 4, .access = access, .workers = 1};
    struct krt_error error;
    struct krt_io *io;
    if (krt_io_open(&io, &place->endpoint, &config, &error) != KRT_OK)
        fail_msg("%s", error.text);
    return io;
}

static void check_refused(const struct place *place, const struct krt_access *access,
                          int kind, const char *text)
{
    struct krt_io_config config = {
        .instances = 4, .connections = 4, .access = access, .workers = 1};
    struct krt_error error;
    struct krt_io *io = NULL;
    struct stat status;
    assert_int_equal(krt_io_open(&io, &place->endpoint, &config, &error), kind);
    assert_null(io);
    if (!strstr(error.text, text))
        fail_msg("'%s' does not say '%s'", error.text, text);
    assert_int_equal(lstat(place->endpoint.path, &status), -1);
}

static void check_file(const struct place *place, mode_t mode, gid_t group)
{
    struct stat status;
    assert_int_equal(lstat(place->endpoint.path, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 07777, mode);
    assert_int_equal(status.st_gid, group);
}

/* ---- Files ---- */

static const struct file_case {
    const char *name;
    enum krt_access_level level;
    const char *allowed[4];
    size_t n_allowed;
    mode_t mode;
    const char *group; /* NULL: this process's */
} files[] = {
    {"user", KRT_ACCESS_USER, {NULL}, 0, 0600, NULL},
    {"admins", KRT_ACCESS_ADMINS, {NULL}, 0, 0600, NULL},
    {"sddl", KRT_ACCESS_SDDL, {NULL}, 0, 0600, NULL},
    {"local users", KRT_ACCESS_LOCAL_USERS, {NULL}, 0, 0666, NULL},
    {"SIDs only", KRT_ACCESS_USER, {"S-1-1-0", "S-1-5-11"}, 2, 0600, NULL},
};

static const struct file_case root_files[] = {
    {"a group", KRT_ACCESS_USER, {"daemon"}, 1, 0660, "daemon"},
    {"a group and a SID", KRT_ACCESS_ADMINS, {"S-1-1-0", "bin"}, 2, 0660, "bin"},
    {"a group and sddl", KRT_ACCESS_SDDL, {"bin"}, 1, 0660, "bin"},
    {"two groups", KRT_ACCESS_USER, {"daemon", "bin"}, 2, 0666, NULL},
    {"local users and a group", KRT_ACCESS_LOCAL_USERS, {"daemon"}, 1, 0666, NULL},
};

/* Whatever the process's own mask is. */
static void check_files(const struct place *place, const struct file_case *cases,
                        size_t n)
{
    static const mode_t masks[] = {0, 022, 077, 0777};
    for (size_t i = 0; i < n; i++) {
        const struct krt_access access = {.level = cases[i].level,
                                          .sddl = "",
                                          .allowed = cases[i].allowed,
                                          .n_allowed = cases[i].n_allowed};
        gid_t group = cases[i].group ? group_id(cases[i].group) : getegid();
        for (size_t j = 0; j < sizeof masks / sizeof *masks; j++) {
            mode_t before = umask(masks[j]);
            struct krt_io *io = open_io(place, &access);
            expect_size(cases[i].name, umask(before), masks[j]);
            check_file(place, cases[i].mode, group);
            krt_io_free(io);
        }
    }
}

static void test_file_has_the_mode_of_its_level(void **state)
{
    check_files(*state, files, sizeof files / sizeof *files);
}

static void test_file_is_given_to_its_group(void **state)
{
    check_files(*state, root_files, sizeof root_files / sizeof *root_files);
}

static void test_lacking_group_is_told(void **state)
{
    static const char *const allowed[] = {"S-1-5-11", "krgen-no-such-group"};
    static const struct krt_access access = {
        .sddl = "", .allowed = allowed, .n_allowed = 2};
    check_refused(*state, &access, KRT_ERR_SYSTEM, "'krgen-no-such-group'");
}

/* ---- Clients ---- */

struct client {
    uid_t user;
    gid_t group;
    gid_t listed[LISTED_MAX]; /* its further groups */
    size_t n_listed;
};

/* Connects as `client` and ends with what becomes of it; in a process of its own. */
static void be_client(const struct place *place, const struct client *client)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct krt_buffer path = KRT_BUFFER(address.sun_path);
    char byte;
    krt_put_text(&path, place->endpoint.path);
    krt_end_text(&path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (setgroups(client->n_listed, client->listed) != 0 ||
        setresgid(client->group, client->group, client->group) != 0 ||
        setresuid(client->user, client->user, client->user) != 0)
        _exit(100);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        _exit(errno == EACCES ? KEPT_OUT : 101);
    ssize_t n = recv(fd, &byte, 1, 0);
    _exit(n == 1 ? SERVED : TURNED_AWAY);
}

/* Serves until the client's process has ended. */
static enum fate client_fate(const struct place *place, struct krt_io *io,
                             const struct client *client)
{
    int status;
    pid_t child = fork();
    if (child == 0 && seteuid(0) == 0)
        be_client(place, client);
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct krt_completion completion;
        if (krt_io_wait(io, 0, &completion, 1, 5) == 0)
            continue;
        assert_int_equal(completion.op, KRT_IO_ACCEPT);
        pair_check_write(io, completion.stream, "x");
        krt_stream_close(completion.stream);
    }
    assert_true(WIFEXITED(status));
    return (enum fate)WEXITSTATUS(status);
}

static const struct {
    const char *name;
    enum krt_access_level level;
    const char *allowed[3];
    size_t n_allowed;
    uid_t user;
    const char *group;  /* the client's own; NULL: none that matters */
    const char *listed; /* one of its further groups */
    mode_t widened;     /* the file's mode, set by somebody, or 0 */
    enum fate fate;
} clients[] = {
    {"user: root", KRT_ACCESS_USER, {NULL}, 0, 0, NULL, NULL, 0, SERVED},
    {"user: another", KRT_ACCESS_USER, {NULL}, 0, STRANGER, NULL, NULL, 0, KEPT_OUT},
    {"user: wide file",
     KRT_ACCESS_USER,
     {NULL},
     0,
     STRANGER,
     NULL,
     NULL,
     0666,
     TURNED_AWAY},
    {"admins: another",
     KRT_ACCESS_ADMINS,
     {NULL},
     0,
     STRANGER,
     NULL,
     NULL,
     0666,
     TURNED_AWAY},
    {"sddl: another",
     KRT_ACCESS_SDDL,
     {NULL},
     0,
     STRANGER,
     NULL,
     NULL,
     0666,
     TURNED_AWAY},
    {"SID: another",
     KRT_ACCESS_USER,
     {"S-1-1-0"},
     1,
     STRANGER,
     NULL,
     NULL,
     0666,
     TURNED_AWAY},
    {"all: another",
     KRT_ACCESS_LOCAL_USERS,
     {NULL},
     0,
     STRANGER,
     NULL,
     NULL,
     0,
     SERVED},
    {"all with a group: another",
     KRT_ACCESS_LOCAL_USERS,
     {"bin"},
     1,
     STRANGER,
     NULL,
     NULL,
     0,
     SERVED},
    {"group: no member",
     KRT_ACCESS_USER,
     {"bin"},
     1,
     STRANGER,
     "daemon",
     "users",
     0,
     KEPT_OUT},
    {"group: no member, wide file",
     KRT_ACCESS_USER,
     {"bin"},
     1,
     STRANGER,
     "daemon",
     "users",
     0666,
     TURNED_AWAY},
    {"group: its own", KRT_ACCESS_USER, {"bin"}, 1, STRANGER, "bin", NULL, 0, SERVED},
    {"group: a further one",
     KRT_ACCESS_USER,
     {"nogroup"},
     1,
     STRANGER,
     "daemon",
     "nogroup",
     0,
     SERVED},
    {"group: root", KRT_ACCESS_USER, {"bin"}, 1, 0, NULL, NULL, 0, SERVED},
    {"groups: no member",
     KRT_ACCESS_ADMINS,
     {"bin", "daemon"},
     2,
     STRANGER,
     NULL,
     "users",
     0,
     TURNED_AWAY},
    {"groups: no groups",
     KRT_ACCESS_ADMINS,
     {"bin", "daemon"},
     2,
     STRANGER,
     NULL,
     NULL,
     0,
     TURNED_AWAY},
    {"groups: its own",
     KRT_ACCESS_ADMINS,
     {"bin", "daemon"},
     2,
     STRANGER,
     "daemon",
     NULL,
     0,
     SERVED},
    {"groups: a further one",
     KRT_ACCESS_SDDL,
     {"bin", "nogroup"},
     2,
     STRANGER,
     NULL,
     "nogroup",
     0,
     SERVED},
};

/* Where the `listed` group has a high number, it is the last of many: the system sorts
 * them. */
static void test_clients_are_told_apart(void **state)
{
    const struct place *place = *state;
    assert_int_equal(chmod(place->folder, 0755), 0);
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
        const struct krt_access access = {.level = clients[i].level,
                                          .sddl = "",
                                          .allowed = clients[i].allowed,
                                          .n_allowed = clients[i].n_allowed};
        struct client client = {.user = clients[i].user, .group = STRANGER};
        if (clients[i].group)
            client.group = group_id(clients[i].group);
        if (clients[i].listed) {
            for (gid_t n = 0; n + 1 < LISTED_MAX; n++)
                client.listed[client.n_listed++] = STRANGER + 1 + n;
            client.listed[client.n_listed++] = group_id(clients[i].listed);
        }
        struct krt_io *io = open_io(place, &access);
        if (clients[i].widened)
            assert_int_equal(chmod(place->endpoint.path, clients[i].widened), 0);
        expect_size(clients[i].name, client_fate(place, io, &client), clients[i].fate);
        krt_io_free(io);
    }
}

/* A server that is not root's. */
static void test_own_user_is_served(void **state)
{
    const struct place *place = *state;
    static const struct krt_access access = {.sddl = ""};
    static const struct {
        uid_t user;
        enum fate fate;
    } cases[] = {{STRANGER, SERVED}, {0, SERVED}, {STRANGER + 1, TURNED_AWAY}};
    assert_int_equal(chown(place->folder, STRANGER, STRANGER), 0);
    assert_int_equal(chmod(place->folder, 0755), 0);
    assert_int_equal(seteuid(STRANGER), 0);
    struct krt_io *io = open_io(place, &access);
    assert_int_equal(chmod(place->endpoint.path, 0666), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client client = {.user = cases[i].user, .group = STRANGER};
        assert_int_equal(client_fate(place, io, &client), cases[i].fate);
    }
    krt_io_free(io);
    assert_int_equal(seteuid(0), 0);
}

/* Only members may give a file to a group. */
static void test_group_of_others_is_told(void **state)
{
    const struct place *place = *state;
    static const char *const allowed[] = {"bin"};
    static const struct krt_access access = {
        .sddl = "", .allowed = allowed, .n_allowed = 1};
    assert_int_equal(chown(place->folder, STRANGER, STRANGER), 0);
    assert_int_equal(seteuid(STRANGER), 0);
    check_refused(place, &access, KRT_ERR_DENIED, "group 'bin'");
    assert_int_equal(seteuid(0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_init, place_deinit)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_file_has_the_mode_of_its_level),
        TEST(test_lacking_group_is_told),
    };
    static const struct CMUnitTest root_tests[] = {
        TEST(test_file_is_given_to_its_group),
        TEST(test_clients_are_told_apart),
        TEST(test_own_user_is_served),
        TEST(test_group_of_others_is_told),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    if (result != 0)
        return result;
    if (geteuid() == 0)
        return cmocka_run_group_tests(root_tests, NULL, NULL);
    printf("skipped: the rest takes root, to be other users\n");
    return SKIPPED;
}
