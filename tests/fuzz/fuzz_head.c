/* Fuzzes the reading of request heads against a slow model. The input is five bytes and
 * what a client sends:
 *
 *   LINE          the limit of the request line, in bytes
 *   HEAD          that of the head, in bytes: HEAD + 256 * (FIELDS % 4)
 *   FIELDS        that of the fields: FIELDS / 4
 *   LOW HIGH      LOW + 256 * HIGH bytes arrive first
 *
 * However they arrive, all or some of them, model and lexers must agree. */
#include "head_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Holds in every build. */
static void require(bool is_true, const char *what)
{
    if (is_true)
        return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

/* ---- Contents ---- */

static void check_slice(struct krt_slice actual, struct krt_slice expected,
                        const char *what)
{
    require(actual.len == expected.len &&
                (actual.len == 0 || memcmp(actual.at, expected.at, actual.len) == 0),
            what);
}

static void check_request_line(const struct krt_head *actual,
                               const struct krt_head *expected)
{
    require(actual->has_request_line == expected->has_request_line, "request line");
    if (!actual->has_request_line)
        return;
    require(actual->is_http_1_0 == expected->is_http_1_0, "version");
    check_slice(actual->method, expected->method, "method");
    check_slice(actual->target, expected->target, "target");
    check_slice(actual->authority, expected->authority, "authority");
    check_slice(actual->path, expected->path, "path");
    require(actual->is_path_plain == expected->is_path_plain, "plain path");
}

static void check_fields(const struct krt_head *actual, const struct krt_head *expected)
{
    require(actual->n_fields == expected->n_fields, "number of fields");
    require(actual->has_host == expected->has_host, "presence of a host");
    if (actual->has_host)
        check_slice(actual->host, expected->host, "host");
    require(actual->has_content_length == expected->has_content_length,
            "presence of a length");
    require(actual->content_length == expected->content_length, "length");
    require(actual->wants_close == expected->wants_close, "close");
    require(actual->wants_keep_alive == expected->wants_keep_alive, "keep-alive");
    require(actual->expects_continue == expected->expects_continue, "100-continue");
    require(actual->coding == expected->coding, "coding");
}

static void check_values(const struct krt_head *head, const struct head_model *model,
                         enum krt_field field)
{
    struct krt_slice value = {NULL, 0};
    size_t n = 0;
    for (size_t i = 0; i < model->n_kept; i++) {
        if (model->kept[i].field != field)
            continue;
        n++;
        require(krt_head_next(head, field, &value), "a value is found");
        check_slice(value, model->kept[i].value, "value");
    }
    struct krt_slice last = value;
    require(krt_head_has(head, field) == (n > 0), "presence of a field");
    require(!krt_head_next(head, field, &value), "values have an end");
    require(value.at == last.at && value.len == last.len, "the last value stays");
}

static void check(const struct krt_head *head, const struct head_model *model,
                  int result)
{
    if (!head_model_allows(model, result)) {
        fprintf(stderr, "broken: result %d; by the model %d\n", result,
                model->results[0]);
        abort();
    }
    if (result == KRT_HEAD_COMPLETE || result == KRT_HEAD_PARTIAL)
        check_request_line(head, &model->head);
    if (result != KRT_HEAD_COMPLETE)
        return;
    require(head->len == model->head.len, "end of the head");
    check_fields(head, &model->head);
    for (int i = 0; i < KRT_N_KEPT; i++)
        check_values(head, model, (enum krt_field)i);
}

/* ---- Deliveries ---- */

struct input {
    struct krt_limits limits;
    const uint8_t *at;
    size_t len;
};

/* As much memory as the contract asks for. What has not come yet is LFs, so that who
 * looks at it sees lines end. */
static unsigned char *allocate(size_t len)
{
    unsigned char *memory = malloc(len + 1);
    require(memory != NULL, "there is memory");
    memset(memory, '\n', len + 1);
    return memory;
}

/* Delivers `first` bytes and then pieces of `rest`, which is not 0. */
static void check_in_pieces(const struct input *input, const struct head_model *model,
                            size_t first, size_t rest)
{
    unsigned char *memory = allocate(input->len);
    struct krt_head head;
    size_t len = 0;
    size_t piece = first;
    int result;
    krt_head_init(&head);
    do {
        size_t left = input->len - len;
        size_t n = piece < left ? piece : left;
        memcpy(memory + len, input->at + len, n);
        len += n;
        memory[len] = '\0';
        result = krt_head_read(&head, &input->limits, memory, len);
        piece = rest;
    } while (result == KRT_HEAD_PARTIAL && len < input->len);
    check(&head, model, result);
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < SETTINGS)
        return 0;
    struct input whole = {.limits = {.request_line = data[0],
                                     .head = data[1] + 256U * (data[2] % 4U),
                                     .fields = data[2] / 4},
                          .at = data + SETTINGS,
                          .len = len - SETTINGS};
    struct input start = whole;
    start.len = (data[3] + 256U * data[4]) % (whole.len + 1);
    static struct head_model model;
    head_model_read(&model, &whole.limits, whole.at, whole.len);
    check_in_pieces(&whole, &model, whole.len, 1);
    check_in_pieces(&whole, &model, 1, 1);
    check_in_pieces(&whole, &model, start.len, whole.len);
    head_model_read(&model, &start.limits, start.at, start.len);
    check_in_pieces(&start, &model, start.len, 1);
    return 0;
}
