/* The file that a command's name means on Windows. */
#ifndef KRT_SEARCH_WINDOWS_H
#define KRT_SEARCH_WINDOWS_H

#include <wchar.h>

/* Finds it by cmd.exe's rules: a name with an ending is tried as it is, and then each
 * with the endings of PATHEXT; a name without slash, backslash or colon in the folders
 * of PATH, one after the other. Unlike cmd.exe's, the search leaves out the current
 * folder: .\NAME says that it is meant. What a path names without being any of these is
 * found, too, a folder for one, so that it can be told what is wrong with it.
 *
 * The full path, on the heap; else NULL, and *code is Windows'. */
wchar_t *krt__find_command(const wchar_t *name, unsigned long *code);

#endif
