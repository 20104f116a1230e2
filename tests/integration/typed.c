/* The handlers of typed.yaml. */
#include "typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <time.h>
#endif

/* What a streamed upload has got so far; kept by the name of its parameter struct. */
struct upload {
    const struct upload_params *params;
    unsigned long len;
    unsigned long sum;
};

enum { UPLOADS_MAX = 16 };

struct data {
    struct upload uploads[UPLOADS_MAX];
};

int typed_open(void **data)
{
    *data = calloc(1, sizeof(struct data));
    return *data ? KRT_DONE : KRT_FAILED;
}

void typed_close(void *data)
{
    fputs("typed: closed\n", stderr);
    free(data);
}

static int answer(struct krt_exchange *exchange, const char *text)
{
    krt_respond(exchange, "text/plain", text, strlen(text));
    return KRT_DONE;
}

int numbers(struct krt_exchange *exchange, const struct numbers_params *params)
{
    char text[100];
    sprintf(text, "%ld %lld %lld", (long)params->a, (long long)params->b,
            (long long)params->c);
    return answer(exchange, text);
}

int others(struct krt_exchange *exchange, const struct others_params *params)
{
    char text[300];
    sprintf(text, "%d %.17g %.*s %.*s", params->a, params->b, (int)params->c.len,
            params->c.at, (int)params->d.len, params->d.at);
    return answer(exchange, text);
}

int optional(struct krt_exchange *exchange, const struct optional_params *params)
{
    char text[40];
    sprintf(text, "%d %ld", params->has_page, (long)params->page);
    return answer(exchange, text);
}

int defaulted(struct krt_exchange *exchange, const struct defaulted_params *params)
{
    char text[40];
    sprintf(text, "%ld", (long)params->page);
    return answer(exchange, text);
}

int search(struct krt_exchange *exchange, const struct search_params *params)
{
    char text[300];
    sprintf(text, "%.*s '%.*s' %ld %d '%.*s'", (int)params->in.len, params->in.at,
            (int)params->q.len, params->q.at, (long)params->page,
            params->has_exact ? params->exact : -1, (int)params->in_2.len,
            params->has_in_2 ? params->in_2.at : "");
    return answer(exchange, text);
}

int file(struct krt_exchange *exchange, const struct file_params *params)
{
    char text[300];
    sprintf(text, "%d '%.*s'", params->has_path, (int)params->path.len,
            params->path.at ? params->path.at : "");
    return answer(exchange, text);
}

int swapped(struct krt_exchange *exchange, const struct swapped_params *params)
{
    char text[300];
    sprintf(text, "%ld %.*s", (long)params->a, (int)params->b.len, params->b.at);
    return answer(exchange, text);
}

int slow(struct krt_exchange *exchange, const struct slow_params *params)
{
#ifdef _WIN32
    Sleep((DWORD)params->ms);
#else
    struct timespec time = {params->ms / 1000, params->ms % 1000 * 1000000L};
    nanosleep(&time, NULL);
#endif
    return answer(exchange, "waited");
}

int echo(struct krt_exchange *exchange, const struct echo_params *params)
{
    struct krt_str body = krt_request_body(exchange);
    (void)params;
    krt_respond(exchange, "application/octet-stream", body.at, body.len);
    return KRT_DONE;
}

/* One upload has the same parameters from its first piece to its end. */
static struct upload *find(struct krt_exchange *exchange,
                           const struct upload_params *params)
{
    struct data *data = krt_server_data(exchange);
    for (int i = 0; i < UPLOADS_MAX; i++)
        if (data->uploads[i].params == params)
            return &data->uploads[i];
    return NULL;
}

int upload_take(struct krt_exchange *exchange, const struct upload_params *params,
                struct krt_str piece)
{
    struct data *data = krt_server_data(exchange);
    struct upload *upload = find(exchange, params);
    for (int i = 0; i < UPLOADS_MAX && !upload; i++)
        if (!data->uploads[i].params)
            upload = &data->uploads[i];
    if (!upload)
        return KRT_FAILED;
    upload->params = params;
    upload->len += (unsigned long)piece.len;
    for (size_t i = 0; i < piece.len; i++)
        upload->sum += (unsigned char)piece.at[i];
    return KRT_DONE;
}

int upload(struct krt_exchange *exchange, const struct upload_params *params)
{
    struct upload *upload = find(exchange, params);
    struct upload got = upload ? *upload : (struct upload){NULL, 0, 0};
    char text[200];
    if (upload)
        memset(upload, 0, sizeof *upload);
    sprintf(text, "%.*s %lu %lu", (int)params->name.len, params->name.at, got.len,
            got.sum);
    return answer(exchange, text);
}

int fail(struct krt_exchange *exchange, const struct fail_params *params)
{
    (void)exchange;
    return params->with;
}
