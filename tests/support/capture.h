/* What the process itself prints on a stream, for tests that look at it. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include <stdio.h>

/* A stream of the process, turned into a file for a while. */
struct capture {
    FILE *stream;
    FILE *file;
    int saved;
    char text[4096]; /* after the end */
};

void capture_start(struct capture *capture, FILE *stream);
void capture_end(struct capture *capture);

#endif
