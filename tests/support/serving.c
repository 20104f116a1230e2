#include "serving.h"

#include "sample.h"
#include "server.h"
#include "unit.h"

/* `server` has what the test asks for beside the rest. */
static void run_server(struct krt_server server, const struct script *script,
                       enum krt_log_level level, enum krt_end end)
{
    const struct krt_program *program = server.program;
    struct krt_log log = {.program = "sample", .level = level};
    struct script with_stop = *script;
    server.log = &log;
    server.workers = 1;
    with_stop.stop = krt_server_stop;
    with_stop.context = &server;
    with_stop.connections = program->limits.connections;
    server.io = io_script_open(&with_stop);
    if (program->journal.entries > 0)
        assert_int_equal(
            krt_journal_open(&server.journal, program, "journal", &log, NULL), KRT_OK);
    assert_int_equal(krt_server_run(&server), KRT_OK);
    krt_journal_close(server.journal, &(struct krt_error){KRT_OK, ""});
    assert_true(io_script_has_stopped(server.io));
    assert_int_equal(server.lifetime.end, end);
    krt_io_free(server.io);
}

static void run_once(const struct krt_program *program, const struct script *script,
                     enum krt_log_level level)
{
    run_server((struct krt_server){.program = program}, script, level, KRT_END_ASKED);
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

static void run_ways(struct krt_server server, const struct script_step *steps,
                     enum krt_log_level level, enum krt_end end)
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
        run_server(server, &script, level, end);
    }
}

void serving_run_at(const struct script_step *steps, enum krt_log_level level)
{
    run_ways((struct krt_server){.program = &sample_program}, steps, level,
             KRT_END_ASKED);
}

void serving_run_program(const struct krt_program *program,
                         const struct script_step *steps)
{
    run_ways((struct krt_server){.program = program}, steps, KRT_LOG_ERROR,
             KRT_END_ASKED);
}

void serving_run_lifetime(struct krt_lifetime lifetime, const struct script_step *steps,
                          enum krt_end end)
{
    run_ways((struct krt_server){.program = &sample_program, .lifetime = lifetime},
             steps, KRT_LOG_ERROR, end);
}

void serving_run(const struct script_step *steps)
{
    serving_run_at(steps, KRT_LOG_ERROR);
}
