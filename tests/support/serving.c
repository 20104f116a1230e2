#include "serving.h"

#include "sample.h"
#include "server.h"
#include "unit.h"

static void run_once(const struct krt_program *program, const struct script *script,
                     enum krt_log_level level)
{
    struct krt_log log = {.program = "sample", .level = level};
    struct krt_server server = {.program = program, .log = &log, .workers = 1};
    struct script with_stop = *script;
    with_stop.stop = krt_server_stop;
    with_stop.context = &server;
    with_stop.connections = program->limits.connections;
    server.io = io_script_open(&with_stop);
    assert_int_equal(krt_server_run(&server), KRT_OK);
    assert_true(io_script_has_stopped(server.io));
    krt_io_free(server.io);
}

void serving_run_once(const struct script *script, enum krt_log_level level)
{
    run_once(&sample_program, script, level);
}

void serving_run_program_once(const struct krt_program *program,
                              const struct script *script)
{
    run_once(program, script, KRT_LOG_ERROR);
}

static void run_ways(const struct krt_program *program, const struct script_step *steps,
                     enum krt_log_level level)
{
    static const struct script ways[] = {
        {.read_max = 0},
        {.read_max = 1},
        {.write_max = 1},
        {.read_max = 1, .write_max = 1, .batch_max = 1},
        {.read_max = 5, .write_max = 1000, .batch_max = 2},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct script script = ways[i];
        script.steps = steps;
        run_once(program, &script, level);
    }
}

void serving_run_at(const struct script_step *steps, enum krt_log_level level)
{
    run_ways(&sample_program, steps, level);
}

void serving_run_program(const struct krt_program *program,
                         const struct script_step *steps)
{
    run_ways(program, steps, KRT_LOG_ERROR);
}

void serving_run(const struct script_step *steps)
{
    serving_run_at(steps, KRT_LOG_ERROR);
}
