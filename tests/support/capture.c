#define _GNU_SOURCE

#include "capture.h"

#include "unit.h"

#include <unistd.h>

void capture_start(struct capture *capture, FILE *stream)
{
    capture->stream = stream;
    capture->file = tmpfile();
    assert_non_null(capture->file);
    fflush(stream);
    capture->saved = dup(fileno(stream));
    assert_true(dup2(fileno(capture->file), fileno(stream)) >= 0);
}

void capture_end(struct capture *capture)
{
    fflush(capture->stream);
    dup2(capture->saved, fileno(capture->stream));
    close(capture->saved);
    rewind(capture->file);
    size_t len = fread(capture->text, 1, sizeof capture->text - 1, capture->file);
    capture->text[len] = '\0';
    fclose(capture->file);
}
