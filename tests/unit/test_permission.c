#include "unit.h"

#include "permission.h"

static void test_sids_are_told_from_groups(void **state)
{
    (void)state;
    assert_true(krt_is_sid("S-1-5-32-544"));
    assert_false(krt_is_sid("S-team"));
    assert_false(krt_is_sid("docker"));
    assert_false(krt_is_sid(""));
}

/* What Linux makes of a spec; SIDs are no groups there. */
static void test_audience_is_the_truth(void **state)
{
    (void)state;
    static const struct {
        enum krt_access_level level;
        const char *allowed[5];
        size_t n_allowed;
        const char *text;
    } cases[] = {
        {KRT_ACCESS_USER, {NULL}, 0, "this user only"},
        {KRT_ACCESS_SDDL, {NULL}, 0, "this user only"},
        {KRT_ACCESS_ADMINS, {NULL}, 0, "this user and root"},
        {KRT_ACCESS_LOCAL_USERS, {NULL}, 0, "all users of this machine"},
        {KRT_ACCESS_LOCAL_USERS, {"a"}, 1, "all users of this machine"},
        {KRT_ACCESS_USER, {"S-1-1-0"}, 1, "this user only"},
        {KRT_ACCESS_USER, {"S-1-1-0", "a"}, 2, "this user and the group a"},
        {KRT_ACCESS_SDDL, {"a", "b"}, 2, "this user and the groups a, b"},
        {KRT_ACCESS_ADMINS,
         {"a", "b", "c"},
         3,
         "this user and root and the groups a, b, c"},
        {KRT_ACCESS_USER,
         {"a", "b", "S-1-1-0", "c", "d"},
         5,
         "this user and the groups a, b, c, ..."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char storage[KRT_AUDIENCE_MAX];
        struct krt_buffer out = KRT_BUFFER(storage);
        krt_put_audience(&out, &(struct krt_access){.level = cases[i].level,
                                                    .allowed = cases[i].allowed,
                                                    .n_allowed = cases[i].n_allowed});
        expect_text(cases[i].text, krt_end_text(&out), cases[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sids_are_told_from_groups),
        cmocka_unit_test(test_audience_is_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
