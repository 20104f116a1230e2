/* Rights of a security descriptor, as SDDL writes them. */
#ifndef KRGEN_RIGHTS_H
#define KRGEN_RIGHTS_H

#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of an access mask that matter on a pipe. */
enum {
    RIGHT_CREATE_INSTANCE = 0x4,
    RIGHT_WRITE_DAC = 0x40000,
    RIGHT_WRITE_OWNER = 0x80000,
};

/* What a client needs that reads and writes. */
#define RIGHTS_CLIENT "0x12019b"

/* Reads `text`, pairs of letters such as GRGW, or a number such as 0x12019b, into an
 * access mask whose generic rights are those of a pipe. False where a part has no
 * meaning; the bytes [*start, *end) are that part. */
bool rights_read(struct str text, uint32_t *mask, size_t *start, size_t *end);

/* The same for what a mandatory label forbids: NR, NW and NX, or a number. */
bool rights_read_label(struct str text, size_t *start, size_t *end);

#endif
