/* os_windows.c and endpoint_windows.c. Given the argument "stop" or "linger", waits for
 * Ctrl+C and says so, for stop.sh. */
#include "check.h"
#include "endpoint.h"
#include "os.h"
#include "windows_api.h"

#include <stdbool.h>

static struct krt_error error;

static void test_endpoint_of_a_name(void)
{
    struct krt_endpoint endpoint;
    CHECK_INT(krt_endpoint_resolve(&endpoint, "kestrun.demo.pipe", &error), 0);
    CHECK_TEXT(endpoint.path, "\\\\.\\pipe\\kestrun.demo.pipe");
    CHECK_TEXT(endpoint.url, "npipe:////./pipe/kestrun.demo.pipe");
    CHECK_INT(krt_endpoint_resolve(&endpoint, "a\\b", &error), KRT_ERR_INVALID);
    CHECK_TEXT(error.text,
               "pipe name 'a\\b' may hold only letters, digits, '.', '_' and '-'");
}

static void test_endpoint_in_every_spelling(void)
{
    static const struct {
        const char *text, *path, *url;
    } rows[] = {
        {"x", "\\\\.\\pipe\\x", "npipe:////./pipe/x"},
        {"\\\\.\\pipe\\x", "\\\\.\\pipe\\x", "npipe:////./pipe/x"},
        {"\\\\?\\pipe\\x", "\\\\.\\pipe\\x", "npipe:////./pipe/x"},
        {"\\\\.\\PIPE\\X", "\\\\.\\pipe\\X", "npipe:////./pipe/X"},
        {"//./pipe/x", "\\\\.\\pipe\\x", "npipe:////./pipe/x"},
        {"npipe:////./pipe/x", "\\\\.\\pipe\\x", "npipe:////./pipe/x"},
        {"npipe://./pipe/x", "\\\\.\\pipe\\x", "npipe:////./pipe/x"},
        {"sql\\query", "\\\\.\\pipe\\sql\\query", "npipe:////./pipe/sql\\query"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct krt_endpoint endpoint;
        CHECK_INT(krt_endpoint_parse(&endpoint, rows[i].text, &error), 0);
        CHECK_TEXT(endpoint.path, rows[i].path);
        CHECK_TEXT(endpoint.url, rows[i].url);
    }
}

static void test_endpoint_that_is_no_local_pipe(void)
{
    static const char *const rows[] = {
        "", "\\\\.\\pipe\\", "\\\\server\\pipe\\x", "/tmp/x.sock", "unix:/tmp/x.sock",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct krt_endpoint endpoint;
        CHECK_INT(krt_endpoint_parse(&endpoint, rows[i], &error), KRT_ERR_INVALID);
    }
}

static void test_endpoint_has_a_longest_name(void)
{
    struct krt_endpoint endpoint;
    char name[249];
    memset(name, 'a', sizeof name);
    name[247] = 0;
    CHECK_INT(krt_endpoint_parse(&endpoint, name, &error), 0);
    CHECK_INT(strlen(endpoint.path), 256);
    CHECK_INT(strlen(endpoint.url), 17 + 247);
    name[247] = 'a';
    name[248] = 0;
    CHECK_INT(krt_endpoint_parse(&endpoint, name, &error), KRT_ERR_INVALID);
}

/* A path in the temporary folder whose name only Unicode can spell. */
static const char *scratch_path(void)
{
    static char path[600];
    wchar_t folder[260];
    CHECK(GetTempPathW(260, folder));
    char *utf8 = krt__to_utf8(folder);
    snprintf(path, sizeof path, "%skrgen-\xc3\xa9\xe2\x82\xac-%lu.txt", utf8,
             krt_os_pid());
    free(utf8);
    return path;
}

/* Reads the file by `piece` bytes at a time. */
static void check_content_by(const char *path, const char *content, size_t piece)
{
    struct krt_os_input input;
    char data[100];
    size_t len = 0, n = 1;
    CHECK_INT(krt_os_input_open(&input, path, &error), 0);
    CHECK_TEXT(input.name, path);
    CHECK(input.knows_length);
    CHECK_INT(input.len, strlen(content));
    while (n > 0) {
        CHECK_INT(krt_os_input_read(&input, data + len, piece, &n, &error), 0);
        len += n;
    }
    krt_os_input_close(&input);
    CHECK_INT(len, strlen(content));
    CHECK(memcmp(data, content, len) == 0);
}

static void check_content(const char *path, const char *content)
{
    check_content_by(path, content, 1);
    check_content_by(path, content, 50);
}

static void test_file_is_written_replaced_and_removed(void)
{
    const char *path = scratch_path();
    CHECK_INT(krt_os_write_file(path, "one\n", 4, &error), 0);
    check_content(path, "one\n");
    CHECK_INT(krt_os_write_file(path, "", 0, &error), 0);
    check_content(path, "");
    CHECK_INT(krt_os_write_file(path, "two", 3, &error), 0);
    check_content(path, "two");
    wchar_t *wide = krt__to_utf16(path);
    CHECK(wcschr(wide, 0x20ac));
    CHECK(GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES);
    krt_os_remove_file(path);
    krt_os_remove_file(path);
    CHECK(GetFileAttributesW(wide) == INVALID_FILE_ATTRIBUTES);
    free(wide);
}

static void test_file_failures_name_the_file(void)
{
    struct krt_os_input input;
    char text[800];
    const char *path = scratch_path();
    CHECK_INT(krt_os_input_open(&input, path, &error), KRT_ERR_ABSENT);
    snprintf(text, sizeof text,
             "cannot read %s: ERROR_FILE_NOT_FOUND (2): there is no such file or pipe",
             path);
    CHECK_TEXT(error.text, text);
    CHECK_INT(krt_os_write_file("Z:\\no\\such\\folder\\f", "x", 1, &error),
              KRT_ERR_ABSENT);
    CHECK_TEXT(error.text, "cannot write Z:\\no\\such\\folder\\f: "
                           "ERROR_PATH_NOT_FOUND (3): there is no such folder");
}

/* Standard input, of which a part may be read already, and a pipe as such. */
static void test_standard_input_has_a_length_if_it_is_a_file(void)
{
    const char *path = scratch_path();
    struct krt_os_input input;
    HANDLE saved = GetStdHandle(STD_INPUT_HANDLE);
    HANDLE from, to;
    char data[10];
    size_t n;
    CHECK_INT(krt_os_write_file(path, "abcdef", 6, &error), 0);
    wchar_t *wide = krt__to_utf16(path);
    HANDLE file =
        CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(SetFilePointer(file, 2, NULL, FILE_BEGIN) == 2);
    SetStdHandle(STD_INPUT_HANDLE, file);
    CHECK_INT(krt_os_input_open(&input, "-", &error), 0);
    CHECK_TEXT(input.name, "standard input");
    CHECK(input.knows_length);
    CHECK_INT(input.len, 4);
    CHECK_INT(krt_os_input_read(&input, data, sizeof data, &n, &error), 0);
    CHECK_INT(n, 4);
    krt_os_input_close(&input);
    CHECK(CloseHandle(file));
    CHECK(CreatePipe(&from, &to, NULL, 0));
    SetStdHandle(STD_INPUT_HANDLE, from);
    CHECK_INT(krt_os_input_open(&input, "-", &error), 0);
    CHECK(!input.knows_length);
    CloseHandle(to);
    CHECK_INT(krt_os_input_read(&input, data, sizeof data, &n, &error), 0);
    CHECK_INT(n, 0);
    CloseHandle(from);
    SetStdHandle(STD_INPUT_HANDLE, saved);
    krt_os_remove_file(path);
    free(wide);
}

static void test_clocks_go(void)
{
    int64_t start = krt_os_now_ms();
    int64_t start_us = krt_os_now_us();
    krt_os_sleep_ms(50);
    int64_t elapsed_us = krt_os_now_us() - start_us;
    CHECK(krt_os_now_ms() - start >= 30);
    CHECK(elapsed_us >= 30000 && elapsed_us < 3600 * INT64_C(1000000));
    CHECK(krt_os_unix_seconds() > 1700000000);
    CHECK_INT(krt_os_pid(), GetCurrentProcessId());
}

/* As many as the process may use, which is not all there are. */
static void test_processors_are_counted(void)
{
    DWORD_PTR ours, all;
    CHECK(GetProcessAffinityMask(GetCurrentProcess(), &ours, &all));
    int n = 0;
    for (size_t i = 0; i < 8 * sizeof ours; i++)
        n += (int)(ours >> i & 1);
    CHECK(n >= 1);
    CHECK_INT(krt_os_processors(), n);
    CHECK(SetProcessAffinityMask(GetCurrentProcess(), ours & (~ours + 1)));
    CHECK_INT(krt_os_processors(), 1);
    CHECK(SetProcessAffinityMask(GetCurrentProcess(), ours));
}

static void test_text_survives_both_conversions(void)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    wchar_t *wide = krt__to_utf16(text);
    char *narrow = krt__to_utf8(wide);
    CHECK_TEXT(narrow, text);
    free(narrow);
    free(wide);
}

static void set_event(void *event, int signal)
{
    CHECK_INT(signal, 0);
    SetEvent(event);
}

/* Waits for the first request; a second, if there is one within five seconds, ends the
 * process with code 1. */
static int wait_for_stop(bool lingers)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    krt_os_on_stop(set_event, NULL, event);
    printf("waiting\n");
    fflush(stdout);
    if (WaitForSingleObject(event, 20000) != WAIT_OBJECT_0)
        return 2;
    printf("stopping\n");
    fflush(stdout);
    if (lingers)
        Sleep(20000);
    krt_os_stopped();
    return 3;
}

#define CASE(name)                                                                     \
    {                                                                                  \
#name, name                                                                    \
    }

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(test_endpoint_of_a_name),
        CASE(test_endpoint_in_every_spelling),
        CASE(test_endpoint_that_is_no_local_pipe),
        CASE(test_endpoint_has_a_longest_name),
        CASE(test_file_is_written_replaced_and_removed),
        CASE(test_file_failures_name_the_file),
        CASE(test_standard_input_has_a_length_if_it_is_a_file),
        CASE(test_clocks_go),
        CASE(test_processors_are_counted),
        CASE(test_text_survives_both_conversions),
    };
    if (argc == 2)
        return wait_for_stop(strcmp(argv[1], "linger") == 0);
    return check_run(cases, sizeof cases / sizeof *cases);
}
