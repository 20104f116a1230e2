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

static void check_content(const char *path, const char *content)
{
    void *data;
    size_t len;
    CHECK_INT(krt_os_read_file(path, 100, &data, &len, &error), 0);
    CHECK_INT(len, strlen(content));
    CHECK(memcmp(data, content, len) == 0);
    free(data);
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
    void *data;
    size_t len;
    char text[800];
    const char *path = scratch_path();
    CHECK_INT(krt_os_read_file(path, 100, &data, &len, &error), KRT_ERR_ABSENT);
    snprintf(text, sizeof text,
             "cannot open %s: ERROR_FILE_NOT_FOUND (2): there is no such file or pipe",
             path);
    CHECK_TEXT(error.text, text);
    CHECK_INT(krt_os_write_file("Z:\\no\\such\\folder\\f", "x", 1, &error),
              KRT_ERR_ABSENT);
    CHECK_TEXT(error.text, "cannot write Z:\\no\\such\\folder\\f: "
                           "ERROR_PATH_NOT_FOUND (3): there is no such folder");
}

static void test_file_has_a_largest_size(void)
{
    static char content[20000];
    const char *path = scratch_path();
    void *data;
    size_t len;
    CHECK_INT(krt_os_write_file(path, content, sizeof content, &error), 0);
    CHECK_INT(krt_os_read_file(path, sizeof content, &data, &len, &error), 0);
    CHECK_INT(len, sizeof content);
    free(data);
    CHECK_INT(krt_os_read_file(path, sizeof content - 1, &data, &len, &error),
              KRT_ERR_INVALID);
    krt_os_remove_file(path);
}

static void test_clocks_go(void)
{
    int64_t start = krt_os_now_ms();
    krt_os_sleep_ms(50);
    CHECK(krt_os_now_ms() - start >= 30);
    CHECK(krt_os_unix_seconds() > 1700000000);
    CHECK_INT(krt_os_pid(), GetCurrentProcessId());
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

static void set_event(void *event)
{
    SetEvent(event);
}

/* Waits for the first request; a second, if there is one within five seconds, ends the
 * process with code 1. */
static int wait_for_stop(bool lingers)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    krt_os_on_stop(set_event, event);
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
        CASE(test_file_has_a_largest_size),
        CASE(test_clocks_go),
        CASE(test_text_survives_both_conversions),
    };
    if (argc == 2)
        return wait_for_stop(strcmp(argv[1], "linger") == 0);
    return check_run(cases, sizeof cases / sizeof *cases);
}
