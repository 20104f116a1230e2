/* What commands of servers do in the tests, see tests/integration/lib/errand.js, and:
 *
 *   ended CODE PROGRAM ARG...  runs the program, says with which code it has ended, and
 *                              ends with 0 if that is it; the arguments need no quotes
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

int wmain(int argc, wchar_t **argv);

static void print_hexadecimal(FILE *to, const wchar_t *argument)
{
    char text[8192];
    int len =
        WideCharToMultiByte(CP_UTF8, 0, argument, -1, text, sizeof text, NULL, NULL);
    for (int i = 0; i < len - 1; i++)
        fprintf(to, "%02x", (unsigned char)text[i]);
    fprintf(to, "\n");
}

static int print(FILE *to, int argc, wchar_t **argv)
{
    for (int i = 0; to && i < argc; i++)
        print_hexadecimal(to, argv[i]);
    return to ? fclose(to) : 1;
}

static int copy(void)
{
    char data[4096];
    size_t n;
    unsigned long len = 0;
    while ((n = fread(data, 1, sizeof data, stdin)) > 0) {
        fwrite(data, 1, n, stdout);
        len += (unsigned long)n;
    }
    fprintf(stderr, "%lu\n", len);
    return 0;
}

static int sit(void)
{
    SetConsoleCtrlHandler(NULL, TRUE);
    printf("sitting\n");
    fflush(stdout);
    Sleep(INFINITE);
    return 0;
}

/* Starts `program sit MARK` and waits until it says that it does. */
static int start_sitting(const wchar_t *program, const wchar_t *mark)
{
    wchar_t line[1000];
    char data[100];
    DWORD n;
    HANDLE from, to;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    PROCESS_INFORMATION process;
    if (!CreatePipe(&from, &to, &inherited, 0))
        return 1;
    STARTUPINFOW start = {.cb = sizeof start,
                          .dwFlags = STARTF_USESTDHANDLES,
                          .hStdOutput = to,
                          .hStdError = GetStdHandle(STD_ERROR_HANDLE)};
    _snwprintf(line, sizeof line / sizeof *line, L"\"%ls\" sit %ls", program, mark);
    if (!CreateProcessW(program, line, NULL, NULL, TRUE, 0, NULL, NULL, &start,
                        &process))
        return 1;
    return ReadFile(from, data, sizeof data, &n, NULL) ? 0 : 1;
}

static int ended(wchar_t **argv)
{
    intptr_t code = _wspawnv(_P_WAIT, argv[1], (const wchar_t *const *)(argv + 1));
    fprintf(stderr, "ended with %lu\n", (unsigned long)code);
    return (DWORD)code == wcstoul(argv[0], NULL, 10) ? 0 : 1;
}

static int run(const wchar_t *program, const wchar_t *verb, int argc, wchar_t **argv)
{
    if (wcscmp(verb, L"print") == 0)
        return print(stdout, argc, argv);
    if (wcscmp(verb, L"copy") == 0)
        return copy();
    if (argc < 1)
        return 2;
    if (wcscmp(verb, L"print-to") == 0)
        return print(_wfopen(argv[0], L"wb"), argc - 1, argv + 1);
    if (wcscmp(verb, L"exit") == 0)
        return (int)wcstoul(argv[0], NULL, 10);
    if (wcscmp(verb, L"ended") == 0)
        return ended(argv);
    if (wcscmp(verb, L"sit") == 0)
        return sit();
    int failure = start_sitting(program, argv[0]);
    if (failure || wcscmp(verb, L"leave") == 0)
        return failure ? 1 : 5;
    return sit();
}

int wmain(int argc, wchar_t **argv)
{
    wchar_t program[MAX_PATH];
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    GetModuleFileNameW(NULL, program, MAX_PATH);
    return argc < 2 ? 2 : run(program, argv[1], argc - 2, argv + 2);
}
