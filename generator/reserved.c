#include "reserved.h"

#include <stddef.h>

static const char *const keywords[] = {
    /* C */
    "auto", "bool", "break", "case", "char", "const", "constexpr", "continue",
    "default", "do", "double", "else", "enum", "extern", "false", "float", "for",
    "goto", "if", "inline", "int", "long", "nullptr", "register", "restrict", "return",
    "short", "signed", "sizeof", "static", "static_assert", "struct", "switch",
    "thread_local", "true", "typedef", "typeof", "typeof_unqual", "union", "unsigned",
    "void", "volatile", "while", "alignas", "alignof", "asm",
    /* C++ */
    "and", "and_eq", "bitand", "bitor", "catch", "char16_t", "char32_t", "char8_t",
    "class", "co_await", "co_return", "co_yield", "compl", "concept", "const_cast",
    "consteval", "constinit", "decltype", "delete", "dynamic_cast", "explicit",
    "export", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
    "operator", "or", "or_eq", "private", "protected", "public", "reinterpret_cast",
    "requires", "static_cast", "template", "this", "throw", "try", "typeid", "typename",
    "using", "virtual", "wchar_t", "xor", "xor_eq",
    /* Macros: of GNU C, of the standard headers, of <windows.h> */
    "linux", "unix", "i386", "NULL", "EOF", "BUFSIZ", "RAND_MAX", "SIGINT", "SIGTERM",
    "assert", "errno", "complex", "offsetof", "setjmp", "stdin", "stdout", "stderr",
    "far", "near", "small", "hyper", "interface", "IN", "OUT", "OPTIONAL", "CONST",
    "VOID", "TRUE", "FALSE", "ERROR", "DELETE", "min", "max"};

static const char *const library[] = {
    /* C11 section 7, without what only threads and wide characters need */
    "abort", "abs", "acos", "asctime", "asin", "atan", "atexit", "atof", "atoi", "atol",
    "atoll", "bsearch", "calloc", "cbrt", "ceil", "clearerr", "clock", "cos", "ctime",
    "difftime", "div", "erf", "exit", "exp", "fabs", "fclose", "feof", "ferror",
    "fflush", "fgetc", "fgetpos", "fgets", "floor", "fma", "fmax", "fmin", "fmod",
    "fopen", "fprintf", "fputc", "fputs", "fread", "free", "freopen", "frexp", "fscanf",
    "fseek", "fsetpos", "ftell", "fwrite", "getc", "getchar", "getenv", "gets",
    "gmtime", "hypot", "isalnum", "isalpha", "isblank", "iscntrl", "isdigit", "isgraph",
    "islower", "isprint", "ispunct", "isspace", "isupper", "isxdigit", "labs", "ldexp",
    "ldiv", "llabs", "lldiv", "localeconv", "localtime", "log", "log10", "log2",
    "longjmp", "lrint", "lround", "malloc", "mblen", "mbstowcs", "mbtowc", "memchr",
    "memcmp", "memcpy", "memmove", "memset", "mktime", "modf", "nan", "perror", "pow",
    "printf", "putc", "putchar", "puts", "qsort", "raise", "rand", "realloc", "remove",
    "rename", "rewind", "rint", "round", "scanf", "setbuf", "setlocale", "setvbuf",
    "signal", "sin", "snprintf", "sprintf", "sqrt", "srand", "sscanf", "strcat",
    "strchr", "strcmp", "strcoll", "strcpy", "strcspn", "strerror", "strftime",
    "strlen", "strncat", "strncmp", "strncpy", "strpbrk", "strrchr", "strspn", "strstr",
    "strtod", "strtof", "strtok", "strtol", "strtold", "strtoll", "strtoul", "strtoull",
    "strxfrm", "system", "tan", "tgamma", "thrd_create", "time", "tmpfile", "tmpnam",
    "tolower", "toupper", "trunc", "ungetc", "vfprintf", "vprintf", "vsnprintf",
    "vsprintf", "wcslen", "wcstombs", "wctomb",
    /* POSIX and Linux */
    "accept", "accept4", "access", "alarm", "bind", "chdir", "chmod", "chown",
    "clock_gettime", "close", "closedir", "connect", "creat", "daemon", "dup", "dup2",
    "environ", "dl_iterate_phdr", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_pwait", "epoll_wait", "eventfd", "execv", "execve", "execvp", "execvpe",
    "fchmod", "fchown", "fcntl", "fdopen", "fileno", "flock", "fork", "fstat", "fsync",
    "ftruncate", "getaddrinfo", "getcwd", "getegid", "geteuid", "getgid", "getgrnam",
    "getgrnam_r", "getrlimit", "getline", "getopt", "getpgid", "getpgrp", "getpid",
    "getppid", "getpwuid", "getrandom", "getsockopt", "gettimeofday", "getuid", "index",
    "ioctl", "isatty", "kill", "lchown", "link", "listen", "lockf", "lseek", "lstat",
    "madvise", "mkdir", "mkdtemp", "mkfifo", "mkstemp", "mmap", "mprotect", "munmap",
    "nanosleep", "nice", "open", "opendir", "openat", "optarg", "pause", "pclose",
    "pipe", "pipe2", "poll", "popen", "prctl", "pread", "pwrite", "random", "read",
    "readdir", "readlink", "readv", "realpath", "recv", "recvfrom", "recvmsg", "rindex",
    "rmdir", "sched_getaffinity", "sched_yield", "select", "send", "sendfile",
    "sendmsg", "sendto", "setenv", "setgid", "setpgid", "setrlimit", "setsockopt",
    "setuid", "shutdown", "sigaction", "sigaddset", "sigdelset", "sigemptyset",
    "sigfillset", "sigismember", "sigprocmask", "sleep", "socket", "socketpair", "stat",
    "strdup", "strndup", "strsignal", "symlink", "sync", "sysconf", "syslog",
    "tcgetpgrp", "tcsetpgrp", "times", "truncate", "ttyname", "tzset", "umask", "uname",
    "unlink", "unsetenv", "usleep", "utime", "wait", "waitid", "waitpid", "write",
    "writev"};

static bool is_in(struct str name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_equal(name, str_from(words[i])))
            return true;
    return false;
}

bool reserved_is_keyword(struct str name)
{
    return is_in(name, keywords, sizeof keywords / sizeof *keywords);
}

bool reserved_is_library(struct str name)
{
    return str_has_prefix(name, STR("pthread_")) ||
           is_in(name, library, sizeof library / sizeof *library);
}
