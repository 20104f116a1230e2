/* How io_linux.c takes its name, the socket's file, and gives it up. */
#define _GNU_SOURCE

#include "io_pair.h"
#include "os.h"
#include "place.h"
#include "socket_client.h"
#include "text.h"
#include "unit.h"
#include "user_only.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct krt_io_config config = {
    .instances = 16, .connections = 4, .access = &user_only, .workers = 1};

static struct krt_io *open_io(const struct place *place)
{
    struct krt_error error;
    struct krt_io *io;
    assert_int_equal(krt_io_open(&io, &place->endpoint, &config, &error), KRT_OK);
    return io;
}

static void check_refused(const struct place *place, int kind, const char *text)
{
    struct krt_error error;
    struct krt_io *io = NULL;
    assert_int_equal(krt_io_open(&io, &place->endpoint, &config, &error), kind);
    assert_null(io);
    assert_int_equal(error.kind, kind);
    if (!strstr(error.text, text))
        fail_msg("'%s' does not say '%s'", error.text, text);
}

static void check_serves(const struct place *place, struct krt_io *io)
{
    int client = client_open(&place->endpoint);
    krt_stream_close(pair_accept(io));
    client_check_end(client);
    close(client);
}

static bool exists(const struct place *place, const char *suffix)
{
    char path[sizeof place->endpoint.path + 8];
    struct krt_buffer out = KRT_BUFFER(path);
    struct stat status;
    krt_put_text(&out, place->endpoint.path);
    krt_put_text(&out, suffix);
    return lstat(krt_end_text(&out), &status) == 0;
}

struct lock_path {
    char text[KRT_ENDPOINT_MAX + 8];
};

static struct lock_path lock_path(const struct place *place)
{
    struct lock_path path;
    struct krt_buffer out = KRT_BUFFER(path.text);
    krt_put_text(&out, place->endpoint.path);
    krt_put_text(&out, "~lock");
    krt_end_text(&out);
    return path;
}

/* Leaves a socket's file behind as a server does that was killed. */
static void make_stale(const struct place *place)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct krt_buffer path = KRT_BUFFER(address.sun_path);
    krt_put_text(&path, place->endpoint.path);
    krt_end_text(&path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd);
    assert_true(exists(place, ""));
}

static void make_file(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

/* ---- Taking ---- */

static void test_only_the_user_may_connect(void **state)
{
    const struct place *place = *state;
    struct stat status;
    mode_t before = umask(0);
    struct krt_io *io = open_io(place);
    umask(before);
    assert_int_equal(lstat(place->endpoint.path, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_false(exists(place, "~lock"));
    krt_io_free(io);
}

static void test_clients_can_connect_at_once(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = open_io(place);
    check_serves(place, io);
    krt_io_free(io);
}

static void test_file_of_a_dead_server_is_replaced(void **state)
{
    const struct place *place = *state;
    make_stale(place);
    struct krt_io *io = open_io(place);
    check_serves(place, io);
    krt_io_free(io);
    assert_false(exists(place, ""));
}

static void test_live_server_keeps_its_name(void **state)
{
    const struct place *place = *state;
    char expected[80];
    struct krt_io *io = open_io(place);
    snprintf(expected, sizeof expected, "pipe name in use: process %lu serves ",
             krt_os_pid());
    check_refused(place, KRT_ERR_IN_USE, expected);
    check_refused(place, KRT_ERR_IN_USE, place->endpoint.path);
    for (int i = 0; i < 2; i++) /* the probes are clients that leave */
        krt_stream_close(pair_accept(io));
    check_serves(place, io);
    krt_io_free(io);
    assert_false(exists(place, "~lock"));
}

static void test_foreign_file_is_left_alone(void **state)
{
    const struct place *place = *state;
    make_file(place->endpoint.path);
    check_refused(place, KRT_ERR_IN_USE, "is not a socket of this user");
    assert_true(exists(place, ""));
    assert_int_equal(unlink(place->endpoint.path), 0);
    assert_int_equal(mkdir(place->endpoint.path, 0700), 0);
    check_refused(place, KRT_ERR_IN_USE, "is not a socket of this user");
    assert_int_equal(rmdir(place->endpoint.path), 0);
    assert_int_equal(symlink("elsewhere", place->endpoint.path), 0);
    check_refused(place, KRT_ERR_IN_USE, "is not a socket of this user");
    assert_int_equal(unlink(place->endpoint.path), 0);
    assert_false(exists(place, "~lock"));
}

/* Somebody's link where the lock goes must not be followed. */
static void test_link_for_a_lock_is_refused(void **state)
{
    const struct place *place = *state;
    struct lock_path path = lock_path(place);
    assert_int_equal(symlink("elsewhere", path.text), 0);
    check_refused(place, KRT_ERR_DENIED, "a symbolic link lies in its place");
    assert_int_equal(unlink(path.text), 0);
    assert_false(exists(place, ""));
}

static void test_lacking_folder_is_told(void **state)
{
    struct place place = *(const struct place *)*state;
    struct krt_error error;
    assert_int_equal(krt_endpoint_parse(&place.endpoint, "/no/such/folder", &error),
                     KRT_OK);
    check_refused(&place, KRT_ERR_SYSTEM, "that folder does not exist");
}

struct starter {
    const struct place *place;
    struct krt_io *io;
    struct krt_error error;
    int result;
};

static void *start(void *context)
{
    struct starter *starter = context;
    starter->result =
        krt_io_open(&starter->io, &starter->place->endpoint, &config, &starter->error);
    return NULL;
}

/* A starter judges what lies in its way only while nobody else does. */
static void test_starter_waits_for_its_turn(void **state)
{
    const struct place *place = *state;
    struct starter starter = {.place = place};
    struct lock_path path = lock_path(place);
    pthread_t thread;
    int lock = open(path.text, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(pthread_create(&thread, NULL, start, &starter), 0);
    for (int i = 0; i < 10; i++) {
        krt_os_sleep_ms(5);
        assert_false(exists(place, ""));
    }
    assert_int_equal(unlink(path.text), 0); /* as the one whose turn it was does */
    close(lock);
    pthread_join(thread, NULL);
    assert_int_equal(starter.result, KRT_OK);
    assert_false(exists(place, "~lock"));
    krt_io_free(starter.io);
}

/* Servers that start at once on a stale file: one gets the name, and it serves. */
static void test_starters_do_not_share_a_name(void **state)
{
    enum { ROUNDS = 20, STARTERS = 4 };
    const struct place *place = *state;
    for (int round = 0; round < ROUNDS; round++) {
        struct starter starters[STARTERS];
        pthread_t threads[STARTERS];
        struct krt_io *io = NULL;
        make_stale(place);
        for (int i = 0; i < STARTERS; i++) {
            starters[i] = (struct starter){.place = place};
            assert_int_equal(pthread_create(&threads[i], NULL, start, &starters[i]), 0);
        }
        for (int i = 0; i < STARTERS; i++) {
            pthread_join(threads[i], NULL);
            if (starters[i].result != KRT_OK) {
                assert_int_equal(starters[i].result, KRT_ERR_IN_USE);
                continue;
            }
            assert_null(io);
            io = starters[i].io;
        }
        assert_non_null(io);
        assert_true(exists(place, ""));
        assert_false(exists(place, "~lock"));
        krt_io_free(io);
        assert_false(exists(place, ""));
    }
}

/* ---- Giving up ---- */

static void test_file_is_removed_at_the_end(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = open_io(place);
    krt_io_free(io);
    assert_false(exists(place, ""));
    io = open_io(place);
    krt_io_stop(io);
    assert_false(exists(place, ""));
    krt_io_free(io);
}

static void test_file_of_another_is_not_removed(void **state)
{
    const struct place *place = *state;
    struct krt_io *io = open_io(place);
    assert_int_equal(unlink(place->endpoint.path), 0);
    make_file(place->endpoint.path);
    krt_io_free(io);
    assert_true(exists(place, ""));
    assert_int_equal(unlink(place->endpoint.path), 0);
}

static void test_successor_keeps_the_name(void **state)
{
    const struct place *place = *state;
    struct krt_io *first = open_io(place);
    krt_io_stop(first);
    struct krt_io *second = open_io(place);
    krt_io_free(first);
    check_serves(place, second);
    krt_io_free(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_init, place_deinit)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_only_the_user_may_connect),
        TEST(test_clients_can_connect_at_once),
        TEST(test_file_of_a_dead_server_is_replaced),
        TEST(test_live_server_keeps_its_name),
        TEST(test_foreign_file_is_left_alone),
        TEST(test_link_for_a_lock_is_refused),
        TEST(test_lacking_folder_is_told),
        TEST(test_starter_waits_for_its_turn),
        TEST(test_starters_do_not_share_a_name),
        TEST(test_file_is_removed_at_the_end),
        TEST(test_file_of_another_is_not_removed),
        TEST(test_successor_keeps_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
