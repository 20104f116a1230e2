/* Any bytes as a spec: the front phases must end, in time, without a fault of memory,
 * and say no exactly when they have shown an error.
 *
 *   clang -fsanitize=fuzzer,address,undefined ... && fuzz_spec -max_len=4096 corpus */
#include "arena.h"
#include "check.h"
#include "diag.h"
#include "model.h"
#include "read.h"
#include "source.h"
#include "str.h"
#include "yaml.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct source source;
    struct node *root;
    struct spec spec;
    struct diag diag = {.arena = &arena};
    source_init(&source, "fuzz.yaml", (struct str){(const char *)data, size}, &arena);
    bool is_fine = yaml_read(&source, &root, &arena, &diag) &&
                   read_spec(root, &spec, &arena, &diag) && check_spec(&spec, &diag);
    struct buf out;
    buf_init(&out, &arena);
    diag_render(&diag, &out);
    if (is_fine == (diag.n_errors > 0) || is_fine != (out.len == 0))
        abort();
    for (size_t i = 0; i < out.len; i++)
        if ((unsigned char)out.at[i] < 0x20 && out.at[i] != '\n')
            abort();
    arena_free(&arena);
    return 0;
}
