/* The matchers of match.yaml on paths that end, with their NUL, at memory that may not
 * be read: every prefix of many paths, and each byte of them replaced by every other.
 */
#include "guard.h"
#include "match_check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const paths[] = {
    "/",
    "/users/",
    "/users/-0002147483648",
    "/users/2147483648",
    "/users/01234567-89ab-cdef-0123-456789ABCDEF",
    "/users/{01234567-89ab-cdef-0123-456789ABCDEF}/",
    "/users/0123456789abcdef0123456789ABCDEF",
    "/users/300/2024-02-29T23:59:59.1234567+14:00",
    "/users/+20/1900-02-28 00:00Z/",
    "/users/me/42",
    "/Gr\xc3\xbc\xc3\x9f"
    "e/\xe6\x97\xa5\xe6\x9c\xac/{x}",
    "/a b/\xf0\x9f\x98\x80\xc3\xa9x\xe6\x97\xa5",
    "/versions/v1.-22-Final",
    "/versions/v1.2.3-x-y",
    "/files/archive.tar.gz",
    "/files/.profile.",
    "/files/folder/a.b.tar.gz",
    "/static/css/site.min.css",
    "/static/a.b/c//",
    "/numbers/9223372036854775807/-12.50/.5e-10/False",
    "/numbers/-9223372036854775808/+.5/1.E+3/TRUE/",
    "/words/abcabc12\xc3\xa9"
    "99",
    "/words/a./text",
    "/words/abcd../TEXT",
    "/deep/1/2/3/4/5/",
    "/deep/1/2/x-a-b-c/d/e/f",
    "/\xf4\x8f\xbf\xbf/007",
    "/any/0/1/2",
};

/* Whether some matcher takes the whole path. */
static bool check_prefixes(const struct guard *guard, const char *path)
{
    int n_found = 0;
    for (size_t len = 0; len <= strlen(path); len++) {
        unsigned char *copy = guard_end(guard, len + 1);
        memcpy(copy, path, len);
        copy[len] = '\0';
        n_found = match_check(copy);
    }
    return n_found > 0;
}

static void check_bytes(const struct guard *guard, const char *path)
{
    size_t len = strlen(path);
    unsigned char *copy = guard_end(guard, len + 1);
    memcpy(copy, path, len + 1);
    for (size_t i = 0; i < len; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            copy[i] = (unsigned char)byte;
            match_check(copy);
        }
        copy[i] = (unsigned char)path[i];
    }
}

int main(void)
{
    int n_failed = 0;
    struct guard guard;
    guard_init(&guard, 4096);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        if (!check_prefixes(&guard, paths[i])) {
            printf("no route for %s\n", paths[i]);
            n_failed++;
        }
        check_bytes(&guard, paths[i]);
    }
    guard_deinit(&guard);
    return n_failed > 0;
}
