/* A text that grows as it is put together, for what is told once: at the end of a run.
 */
#ifndef KRT_DOCUMENT_H
#define KRT_DOCUMENT_H

#include "text.h"

#include <stddef.h>
#include <stdint.h>

/* All 0 at first; krt_document_free() gives its memory back. When memory runs out, what
 * does not fit any more is left out. */
struct krt_document {
    struct krt_buffer text;
};

/* The text, with room for `len` bytes more. */
struct krt_buffer *krt_document_room(struct krt_document *document, size_t len);

void krt_document_put(struct krt_document *document, const char *text);
void krt_document_number(struct krt_document *document, uint64_t number);

/* The whole text, with a NUL behind it. Valid until more is put. */
const char *krt_document_end(struct krt_document *document);

void krt_document_free(struct krt_document *document);

#endif
