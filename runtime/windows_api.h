/* Windows' own header, set up once, and what its calls need again and again. */
#ifndef KRT_WINDOWS_API_H
#define KRT_WINDOWS_API_H

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* UTF-8 as UTF-16 and back, into memory that the caller frees. What is no text becomes
 * U+FFFD. NULL when memory ran out. */
wchar_t *krt__to_utf16(const char *text);
char *krt__to_utf8(const wchar_t *text);

/* The user of a token. The SID is part of it. */
union krt__user {
    TOKEN_USER token;
    char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
};

/* Asks the system for the user of `token`, and for the one that the process runs as:
 * the user, not the owner, as the owner of what an elevated process makes is
 * Administrators, to which the same user does not always belong. 0, or a Windows code.
 */
DWORD krt__user_of(HANDLE token, union krt__user *user);
DWORD krt__own_user(union krt__user *user);

#endif
