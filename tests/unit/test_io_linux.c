/* io_linux.c on real sockets: what happens to the bytes. What happens to the socket's
 * file, and to waiting and limits, has tests of its own. */
#define _GNU_SOURCE

#include "io_pair.h"
#include "place.h"
#include "socket_client.h"
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

enum { OPERATION_MAX = 64 * 1024 };

/* ---- Reading and writing ---- */

static void test_bytes_go_both_ways(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[16];
    for (int i = 0; i < 3; i++) {
        client_send(pair.client, "hello", 5);
        pair_check_read(pair.io, pair.stream, "hello");
        pair_check_write(pair.io, pair.stream, "world!");
        client_receive(pair.client, buffer, 6);
        assert_memory_equal(buffer, "world!", 6);
    }
    pair_close(&pair);
}

static void test_read_waits_for_bytes(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[16];
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    pair_check_nothing(pair.io);
    client_send(pair.client, "a", 1);
    assert_int_equal(pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK), 1);
    pair_close(&pair);
}

static void test_bytes_beyond_the_buffer_stay(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[3];
    client_send(pair.client, "abcdefg", 7);
    for (size_t at = 0; at < 7; at += 3) {
        size_t left = 7 - at;
        krt_stream_read(pair.stream, buffer, sizeof buffer);
        assert_int_equal(pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK),
                         left < 3 ? left : 3);
        assert_memory_equal(buffer, &"abcdefg"[at], left < 3 ? left : 3);
    }
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    pair_check_nothing(pair.io);
    client_send(pair.client, "h", 1);
    pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK);
    assert_int_equal(buffer[0], 'h');
    pair_close(&pair);
}

static void fill_pattern(unsigned char *data, size_t len, size_t start)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (unsigned char)((start + i) % 251);
}

/* Writes until the system takes no more and a write is outstanding. Returns the bytes
 * taken. */
static size_t choke(struct pair *pair, unsigned char *data)
{
    size_t sent = 0;
    for (;;) {
        struct krt_completion completion;
        fill_pattern(data, OPERATION_MAX, sent);
        krt_stream_write(pair->stream, data, OPERATION_MAX);
        size_t n = krt_io_wait(pair->io, 0, &completion, 1, 0);
        if (n == 0)
            return sent;
        assert_int_equal(completion.error, KRT_OK);
        sent += completion.n;
    }
}

static void receive_pattern(int client, size_t len, size_t start)
{
    static unsigned char got[OPERATION_MAX];
    static unsigned char expected[OPERATION_MAX];
    while (len > 0) {
        size_t n = len < sizeof got ? len : sizeof got;
        client_receive(client, got, n);
        fill_pattern(expected, n, start);
        assert_memory_equal(got, expected, n);
        len -= n;
        start += n;
    }
}

static void test_write_waits_for_room(void **state)
{
    static unsigned char data[OPERATION_MAX];
    struct pair pair = pair_open(*state);
    size_t sent = choke(&pair, data);
    pair_check_nothing(pair.io);
    receive_pattern(pair.client, sent, 0);
    size_t more = pair_end(pair.io, pair.stream, KRT_IO_WRITE, KRT_OK);
    receive_pattern(pair.client, more, sent);
    pair_check_write(pair.io, pair.stream, "end");
    pair_close(&pair);
}

static void test_close_lets_what_was_written_arrive(void **state)
{
    static unsigned char data[OPERATION_MAX];
    struct pair pair = pair_open(*state);
    size_t sent = choke(&pair, data);
    krt_stream_cancel(pair.stream);
    pair_end(pair.io, pair.stream, KRT_IO_WRITE, KRT_ERR_ABORTED);
    krt_stream_close(pair.stream);
    receive_pattern(pair.client, sent, 0);
    client_check_end(pair.client);
    krt_io_free(pair.io);
    close(pair.client);
}

/* ---- Cancelling ---- */

static void test_cancelled_read_ends_and_loses_nothing(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[16];
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    krt_stream_cancel(pair.stream);
    krt_stream_cancel(pair.stream);
    pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_ERR_ABORTED);
    pair_check_nothing(pair.io);
    client_send(pair.client, "kept", 4);
    pair_check_read(pair.io, pair.stream, "kept");
    pair_close(&pair);
}

static void test_result_that_was_faster_wins(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[16];
    client_send(pair.client, "ab", 2);
    pair_check_read(pair.io, pair.stream, "ab");
    client_send(pair.client, "abc", 3);
    pair_check_nothing(pair.io); /* takes the edge, so that the read finds the bytes */
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    krt_stream_cancel(pair.stream);
    assert_int_equal(pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK), 3);
    pair_check_nothing(pair.io);
    pair_close(&pair);
}

static void test_cancel_without_operation_does_nothing(void **state)
{
    struct pair pair = pair_open(*state);
    krt_stream_cancel(pair.stream);
    pair_check_nothing(pair.io);
    client_send(pair.client, "a", 1);
    pair_check_read(pair.io, pair.stream, "a");
    pair_close(&pair);
}

/* ---- Peers that leave ---- */

static void test_client_that_leaves_at_once_is_seen(void **state)
{
    const struct place *place = *state;
    struct pair pair = {.io = pair_open_io(place, 4)};
    close(client_open(&place->endpoint));
    pair.client = -1;
    pair.stream = pair_accept(pair.io);
    pair_check_closed(pair.io, pair.stream);
    pair_check_closed(pair.io, pair.stream);
    pair_close(&pair);
}

static void test_close_ends_a_pending_read(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[16];
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    pair_check_nothing(pair.io);
    pair_close_client(&pair);
    pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_ERR_CLOSED);
    pair_close(&pair);
}

/* A Unix socket that is closed with unread data resets the connection. */
static void test_reset_ends_a_pending_read(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[16];
    pair_check_write(pair.io, pair.stream, "never read");
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    pair_check_nothing(pair.io);
    pair_close_client(&pair);
    pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_ERR_CLOSED);
    pair_close(&pair);
}

static void test_close_ends_a_pending_write(void **state)
{
    static unsigned char data[OPERATION_MAX];
    struct pair pair = pair_open(*state);
    choke(&pair, data);
    pair_close_client(&pair);
    pair_end(pair.io, pair.stream, KRT_IO_WRITE, KRT_ERR_CLOSED);
    pair_close(&pair);
}

static void test_write_to_nobody_fails(void **state)
{
    struct pair pair = pair_open(*state);
    pair_close_client(&pair);
    krt_stream_write(pair.stream, "a", 1);
    pair_end(pair.io, pair.stream, KRT_IO_WRITE, KRT_ERR_CLOSED);
    pair_close(&pair);
}

/* Bytes and end come as one event; the end makes no edge of its own. */
static void test_bytes_before_the_end_are_read(void **state)
{
    struct pair pair = pair_open(*state);
    pair_check_nothing(pair.io);
    client_send(pair.client, "last", 4);
    shutdown(pair.client, SHUT_WR);
    pair_check_read(pair.io, pair.stream, "last");
    pair_check_closed(pair.io, pair.stream);
    pair_check_write(pair.io, pair.stream, "answer");
    char buffer[6];
    client_receive(pair.client, buffer, sizeof buffer);
    pair_close(&pair);
}

static void test_bytes_before_the_end_are_read_by_a_pending_read(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[16];
    krt_stream_read(pair.stream, buffer, sizeof buffer);
    pair_check_nothing(pair.io);
    client_send(pair.client, "last", 4);
    pair_close_client(&pair);
    assert_int_equal(pair_end(pair.io, pair.stream, KRT_IO_READ, KRT_OK), 4);
    pair_check_closed(pair.io, pair.stream);
    pair_close(&pair);
}

static void test_bytes_and_end_may_precede_the_accept(void **state)
{
    const struct place *place = *state;
    struct pair pair = {.io = pair_open_io(place, 4), .client = -1};
    int client = client_open(&place->endpoint);
    client_send(client, "early", 5);
    close(client);
    pair.stream = pair_accept(pair.io);
    pair_check_read(pair.io, pair.stream, "early");
    pair_check_closed(pair.io, pair.stream);
    pair_close(&pair);
}

static void test_end_that_comes_later_is_seen(void **state)
{
    struct pair pair = pair_open(*state);
    client_send(pair.client, "last", 4);
    pair_check_read(pair.io, pair.stream, "last");
    pair_check_nothing(pair.io);
    shutdown(pair.client, SHUT_WR);
    pair_check_closed(pair.io, pair.stream);
    pair_close(&pair);
}

static void test_ended_output_leaves_the_input_open(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[3];
    pair_check_write(pair.io, pair.stream, "end");
    krt_stream_end_output(pair.stream);
    client_receive(pair.client, buffer, sizeof buffer);
    client_check_end(pair.client);
    client_send(pair.client, "more", 4);
    pair_check_read(pair.io, pair.stream, "more");
    pair_close(&pair);
}

/* What came before the last read is not lost, and what comes later fails, not vanishes.
 */
static void test_last_read_leaves_nothing_behind(void **state)
{
    struct pair pair = pair_open(*state);
    char buffer[8];
    assert_int_equal(krt_stream_read_last(pair.stream, buffer, sizeof buffer), 0);
    pair_close(&pair);
    pair = pair_open(*state);
    client_send(pair.client, "late", 4);
    assert_int_equal(krt_stream_read_last(pair.stream, buffer, sizeof buffer), 4);
    assert_memory_equal(buffer, "late", 4);
    assert_int_equal(send(pair.client, "x", 1, MSG_NOSIGNAL), -1);
    pair_check_write(pair.io, pair.stream, "answer");
    client_receive(pair.client, buffer, 6);
    pair_close(&pair);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_init, place_deinit)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_bytes_go_both_ways),
        TEST(test_read_waits_for_bytes),
        TEST(test_bytes_beyond_the_buffer_stay),
        TEST(test_write_waits_for_room),
        TEST(test_close_lets_what_was_written_arrive),
        TEST(test_cancelled_read_ends_and_loses_nothing),
        TEST(test_result_that_was_faster_wins),
        TEST(test_cancel_without_operation_does_nothing),
        TEST(test_client_that_leaves_at_once_is_seen),
        TEST(test_close_ends_a_pending_read),
        TEST(test_reset_ends_a_pending_read),
        TEST(test_close_ends_a_pending_write),
        TEST(test_write_to_nobody_fails),
        TEST(test_bytes_before_the_end_are_read),
        TEST(test_bytes_before_the_end_are_read_by_a_pending_read),
        TEST(test_bytes_and_end_may_precede_the_accept),
        TEST(test_end_that_comes_later_is_seen),
        TEST(test_last_read_leaves_nothing_behind),
        TEST(test_ended_output_leaves_the_input_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
