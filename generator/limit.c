#include "limit.h"

enum { KIB = 1024, MIB = 1024 * KIB, SECOND = 1000, DAY = 24 * 60 * 60 * SECOND };

static void read_limit(struct reader *r, const struct pair *pair, void *out);

#define QUANTITY(what, least, most)                                                    \
    .type =                                                                            \
        &(const struct type){                                                          \
            .kind = (what), .min = (least), .max = (most), .check = CHECK_LIMIT},      \
    .read = read_limit
#define TIMEOUT QUANTITY(TYPE_DURATION, 10, DAY)

static const struct field limit_fields[] = {
    [LIMIT_REQUEST_LINE] =
        {.name = "request-line",
         .meaning = "Bytes of a request line, its line end included; more are 414",
         .fallback = "8KiB",
         QUANTITY(TYPE_SIZE, 64, 64 * KIB)},
    [LIMIT_HEAD] = {.name = "head",
                    .meaning = "Bytes of a request line and all fields; more are 431",
                    .fallback = "32KiB",
                    QUANTITY(TYPE_SIZE, 256, 256 * KIB)},
    [LIMIT_FIELDS] = {.name = "fields",
                      .meaning = "Fields of a request; more are 431",
                      .fallback = "100",
                      QUANTITY(TYPE_INTEGER, 1, 1000)},
    [LIMIT_BODY] =
        {.name = "body",
         .meaning = "Bytes of a request's body, chunk by chunk with what frames it; "
                    "more are 413",
         .fallback = "1MiB",
         QUANTITY(TYPE_SIZE, 0, 1024 * MIB)},
    [LIMIT_CONNECTIONS] = {.name = "connections",
                           .meaning = "Connections at once; more clients wait",
                           .fallback = "254",
                           QUANTITY(TYPE_INTEGER, 1, 10000)},
    [LIMIT_INSTANCES] =
        {.name = "instances",
         .meaning = "Instances of the pipe that wait for clients at once, on Linux the "
                    "length of the queue",
         .fallback = "16",
         QUANTITY(TYPE_INTEGER, 1, 254)},
    [LIMIT_HEAD_TIMEOUT] =
        {.name = "head-timeout",
         .meaning = "From the first byte of a request to the end of its head; then 408",
         .fallback = "30s",
         TIMEOUT},
    [LIMIT_BODY_TIMEOUT] = {.name = "body-timeout",
                            .meaning =
                                "Between two pieces of a request's body; then 408",
                            .fallback = "30s",
                            TIMEOUT},
    [LIMIT_IDLE] = {.name = "idle",
                    .meaning = "Between two requests of a connection; then it closes",
                    .fallback = "130s",
                    TIMEOUT},
    [LIMIT_WRITE_TIMEOUT] =
        {.name = "write-timeout",
         .meaning = "For a client to take a piece of a response; then it is cut off",
         .fallback = "30s",
         TIMEOUT},
    [LIMIT_DRAIN] = {.name = "drain",
                     .meaning = "For what a client still sends after its request was "
                                "refused, so that it sees the answer",
                     .fallback = "5s",
                     QUANTITY(TYPE_DURATION, 0, DAY)},
    [N_LIMITS] = {.name = NULL},
};

const struct type limits_type = {.kind = TYPE_FIELDS, .fields = limit_fields};

static void read_limit(struct reader *r, const struct pair *pair, void *out)
{
    (void)r;
    const struct field *field = find_field(limit_fields, pair->key->text);
    struct limit *limit = &((struct limit *)out)[field - limit_fields];
    limit->value = quantity_of(pair->value->text, field->type);
    limit->source = scalar_located(pair->value);
}

void limits_init(struct limit *limits)
{
    for (size_t i = 0; i < N_LIMITS; i++) {
        struct str fallback = str_from(limit_fields[i].fallback);
        limits[i] = (struct limit){
            .name = limit_fields[i].name,
            .value = quantity_of(fallback, limit_fields[i].type),
            .source = {.text = fallback},
        };
    }
}

static void follow(struct limit *part, const struct limit *whole)
{
    if (!part->source.span.source && part->value > whole->value) {
        part->value = whole->value;
        part->source.text = whole->source.text;
    }
}

void read_limits(struct reader *r, const struct pair *pair, struct limit *limits)
{
    read_fields(r, pair->value, limit_fields, limits);
    follow(&limits[LIMIT_REQUEST_LINE], &limits[LIMIT_HEAD]);
    follow(&limits[LIMIT_INSTANCES], &limits[LIMIT_CONNECTIONS]);
}
