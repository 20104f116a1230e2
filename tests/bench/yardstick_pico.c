/* picohttpparser, which is no part of this project: bench_http.js is told where it is.
 */
#include "yardstick.h"

#include <picohttpparser.h>

enum { HEADERS_MAX = 100 };

static struct phr_chunked_decoder decoder;

static size_t parse(const unsigned char *input, size_t len)
{
    struct phr_header headers[HEADERS_MAX];
    size_t n_headers = HEADERS_MAX;
    const char *method, *path;
    size_t method_len, path_len;
    int version;
    int result = phr_parse_request((const char *)input, len, &method, &method_len,
                                   &path, &path_len, &version, headers, &n_headers, 0);
    return result > 0 ? (size_t)result : 0;
}

static void start(void)
{
    decoder = (struct phr_chunked_decoder){.consume_trailer = 1};
}

static bool decode(unsigned char *piece, size_t len)
{
    return phr_decode_chunked(&decoder, (char *)piece, &len) == -2;
}

static const struct yardstick pico = {parse, start, decode};

const struct yardstick *const yardstick = &pico;
