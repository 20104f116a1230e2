/* Scanning of text for the bytes that end it, a vector or a word at a time. */
#ifndef KRT_SCAN_H
#define KRT_SCAN_H

/* Finds the first byte from `at` on that may not stand in a field value (RFC 9110
 * section 5.5): a control other than HTAB, or DEL. Returns `end` if there is none.
 * Reads nothing outside of [at, end). */
const unsigned char *krt_find_field_end(const unsigned char *at,
                                        const unsigned char *end);

#endif
