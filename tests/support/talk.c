#include "talk.h"

#include "sample.h"
#include "unit.h"

#include <stdlib.h>

enum { OUTPUT_CAP = 2 * 1024 * 1024 };

const struct krt_limits talk_limits = {
    .request_line = 8 * 1024,
    .head = 32 * 1024,
    .fields = 100,
    .body = 5000,
    .connections = 254,
    .instances = 16,
    .head_ms = 1000,
    .body_ms = 300,
    .idle_ms = 2000,
    .write_ms = 400,
    .drain_ms = 500,
};

void talk_init(struct talk *talk)
{
    *talk =
        (struct talk){.limits = talk_limits, .now = {.us = 1000 * 1000, .ms = 1000}};
    talk->service =
        (struct krt_service){.program = &sample_program, .limits = &talk->limits};
    talk->now.unix_seconds = SAMPLE_TIME;
    krt_date_update(&talk->now.date, SAMPLE_TIME);
    talk->conn = malloc(sizeof *talk->conn);
    talk->storage = malloc(krt_conn_storage(&talk->limits));
    talk->output = malloc(OUTPUT_CAP);
    assert_non_null(talk->conn);
    assert_non_null(talk->storage);
    assert_non_null(talk->output);
    memset(talk->storage, 0x5a, krt_conn_storage(&talk->limits));
    talk->output[0] = '\0';
    krt_conn_init(talk->conn, &talk->service, talk->storage, &talk->now);
}

void talk_deinit(struct talk *talk)
{
    free(talk->conn);
    free(talk->storage);
    free(talk->output);
}

static void keep(struct talk *talk, const void *data, size_t len)
{
    assert_true(talk->output_len + len < OUTPUT_CAP);
    memcpy(talk->output + talk->output_len, data, len);
    talk->output_len += len;
    talk->output[talk->output_len] = '\0';
}

enum krt_want talk_flush(struct talk *talk)
{
    enum krt_want want;
    while ((want = krt_conn_want(talk->conn)) == KRT_WANT_WRITE) {
        struct krt_bytes bytes = krt_conn_output(talk->conn);
        size_t n = bytes.len;
        assert_in_range(bytes.len, 1, KRT_WRITE_MAX);
        assert_false(krt_conn_is_idle(talk->conn));
        if (talk->sent_max > 0 && talk->sent_max < n)
            n = talk->sent_max;
        keep(talk, bytes.data, n);
        talk->n_writes++;
        krt_conn_sent(talk->conn, n, &talk->now);
    }
    return want;
}

static bool wants_input(enum krt_want want)
{
    return want == KRT_WANT_READ || want == KRT_WANT_DRAIN;
}

enum krt_want talk_hear(struct talk *talk, const char *data, size_t len, size_t piece)
{
    enum krt_want want = talk_flush(talk);
    while (len > 0 && wants_input(want)) {
        size_t n;
        void *space = krt_conn_space(talk->conn, &n);
        assert_in_range(n, 1, 64 * 1024);
        memset(space, 0xee, n);
        n = n < piece ? n : piece;
        n = n < len ? n : len;
        memcpy(space, data, n);
        krt_conn_received(talk->conn, n, &talk->now);
        data += n;
        len -= n;
        want = talk_flush(talk);
    }
    return want;
}

enum krt_want talk_say(struct talk *talk, const char *text)
{
    return talk_hear(talk, text, strlen(text), SIZE_MAX);
}

void talk_wait(struct talk *talk, int64_t ms)
{
    talk->now.ms += ms;
    talk->now.us += ms * 1000;
}

int64_t talk_deadline(const struct talk *talk)
{
    return krt_conn_deadline(talk->conn) - talk->now.ms;
}

void talk_check_output(struct talk *talk, const char *expected)
{
    assert_string_equal(talk->output, expected);
    talk->output_len = 0;
    talk->output[0] = '\0';
    talk->n_writes = 0;
}
