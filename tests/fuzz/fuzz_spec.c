/* Any bytes as a spec: the front phases must end, in time, without a fault of memory,
 * and say no exactly when they have shown an error. Warnings are shown, too.
 *
 *   clang -fsanitize=fuzzer,address,undefined ... && fuzz_spec -max_len=4096 corpus */
#include "arena.h"
#include "diag.h"
#include "model.h"
#include "phases.h"
#include "source.h"
#include "str.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was found, and nothing else, is shown, without a control character. */
static void judge(const struct diag *diag, struct arena *arena,
                  void (*render)(const struct diag *, struct buf *))
{
    struct buf out;
    buf_init(&out, arena);
    render(diag, &out);
    if ((diag->n_errors + diag->n_warnings > 0) != (out.len > 0))
        abort();
    for (size_t i = 0; i < out.len; i++)
        if ((unsigned char)out.at[i] < 0x20 && out.at[i] != '\n')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct source source;
    struct spec spec;
    struct diag diag = {.arena = &arena};
    /* In a folder that is not there: this machine's files are none of its business. */
    source_init(&source, "nowhere/fuzz.yaml", (struct str){(const char *)data, size},
                &arena);
    bool is_fine = phases_run(&source, &spec, &arena, &diag);
    if (is_fine == (diag.n_errors > 0))
        abort();
    judge(&diag, &arena, diag_render);
    judge(&diag, &arena, diag_render_json);
    judge(&diag, &arena, diag_render_github);
    arena_free(&arena);
    return 0;
}
