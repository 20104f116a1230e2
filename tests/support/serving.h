/* A server, of sample_program for the most part, on scripted transport. */
#ifndef TESTS_SERVING_H
#define TESTS_SERVING_H

#include "io_script.h"
#include "lifetime.h"
#include "log.h"
#include "tables.h"

/* Runs `steps` with whole operations and with operations that move single bytes; what
 * clients see must not change. Errors are logged. */
void serving_run(const struct script_step *steps);

/* The same with another level for the log. */
void serving_run_at(const struct script_step *steps, enum krt_log_level level);

/* The same with another program, and with a journal if that has entries. */
void serving_run_program(const struct krt_program *program,
                         const struct script_step *steps);

/* The same with a server that ends as `lifetime` says, because of `end`. */
void serving_run_lifetime(struct krt_lifetime lifetime, const struct script_step *steps,
                          enum krt_end end);

/* Runs one script, whose stop() is set here. */
void serving_run_once(const struct script *script, enum krt_log_level level);
void serving_run_program_once(const struct krt_program *program,
                              const struct script *script);

#endif
