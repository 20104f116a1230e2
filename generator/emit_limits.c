#include "emit_limits.h"
#include "emitter.h"

void emit_limits(const void *context, struct buf *out)
{
    static const struct {
        const char *mark;
        int unit;
    } marks[N_LIMITS] = {
        [LIMIT_REQUEST_LINE] = {"request_line", 1024},
        [LIMIT_HEAD] = {"head", 1024},
        [LIMIT_FIELDS] = {"fields", 1},
        [LIMIT_BODY] = {"body", 1024},
        [LIMIT_CONNECTIONS] = {"connections", 1},
        [LIMIT_INSTANCES] = {"instances", 1},
        [LIMIT_HEAD_TIMEOUT] = {"head_ms", 1000},
        [LIMIT_BODY_TIMEOUT] = {"body_ms", 1000},
        [LIMIT_IDLE] = {"idle_ms", 1000},
        [LIMIT_WRITE_TIMEOUT] = {"write_ms", 1000},
        [LIMIT_DRAIN] = {"drain_ms", 1000},
    };
    const struct emitter *emitter = context;
    const struct limit *limits = emitter->plan->spec->limits;
    struct tmpl_value values[N_LIMITS];
    for (size_t i = 0; i < N_LIMITS; i++)
        values[i] = (struct tmpl_value){
            marks[i].mark, emitter_product(emitter, limits[i].value, marks[i].unit)};
    emitter_render(emitter, "limits.c.tmpl", &(struct marks){values, N_LIMITS, NULL, 0},
                   out);
}
