/* What holds for every path that a generated matcher is given. */
#ifndef TESTS_MATCH_CHECK_H
#define TESTS_MATCH_CHECK_H

/* Gives `path`, which ends with a NUL, to all matchers of krt_program; ends the program
 * where an answer is not one that tables.h allows. Returns how many of them found a
 * route.
 */
int match_check(const unsigned char *path);

#endif
