#include "document.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP = 1024, NUMBER_MAX = 20 };

struct krt_buffer *krt_document_room(struct krt_document *document, size_t len)
{
    struct krt_buffer *text = &document->text;
    if (len < text->cap - text->len)
        return text;
    size_t cap = 2 * text->cap + FIRST_CAP + len;
    char *data = realloc(text->data, cap);
    if (data)
        *text = (struct krt_buffer){data, text->len, cap};
    return text;
}

void krt_document_put(struct krt_document *document, const char *text)
{
    krt_put_text(krt_document_room(document, strlen(text)), text);
}

void krt_document_number(struct krt_document *document, uint64_t number)
{
    krt_put_number(krt_document_room(document, NUMBER_MAX), number, 1);
}

const char *krt_document_end(struct krt_document *document)
{
    struct krt_buffer *text = krt_document_room(document, 0);
    return text->data ? krt_end_text(text) : "";
}

void krt_document_free(struct krt_document *document)
{
    free(document->text.data);
    *document = (struct krt_document){0};
}
