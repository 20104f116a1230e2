/* A server like those that krgen makes, but with bodies that would take a compiler too
 * long. GET /N is answered with N bytes of the pattern, N being 24, 300000, or 2, 10 or
 * 64 MiB in bytes, and POST /upload with its first 24 bytes. */
#ifndef SOAK_PROGRAM_H
#define SOAK_PROGRAM_H

#include "tables.h"

#include <stddef.h>

/* Fills the first `n` bytes of the bodies, which all copies share, and returns the
 * program. Its limits are such that no client is given up because the machine is slow.
 */
struct krt_program soak_program(size_t n);

#endif
