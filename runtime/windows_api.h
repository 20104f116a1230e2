/* Windows' own header, set up once, and the text conversion that its calls need. */
#ifndef KRT_WINDOWS_API_H
#define KRT_WINDOWS_API_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* UTF-8 as UTF-16 and back, into memory that the caller frees. What is no text becomes
 * U+FFFD. NULL when memory ran out. */
wchar_t *krt__to_utf16(const char *text);
char *krt__to_utf8(const wchar_t *text);

#endif
