/* Security descriptors: what is read comes out as a server can use it. */
#include "unit.h"

#include "excerpt.h"
#include "sddl.h"

#define OWN "(A;;GA;;;<user>)"
#define MORE "<more>"

static void test_descriptors_are_completed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"D:", "O:<user>D:P" OWN MORE},
        {"D:P", "O:<user>D:P" OWN MORE},
        {"D:PARAI", "O:<user>D:PARAI" OWN MORE},
        {"D:AIP", "O:<user>D:PAI" OWN MORE},
        {"D:(A;;GR;;;BA)", "O:<user>D:P" OWN "(A;;GR;;;BA)" MORE},
        {"O:BAG:SYD:P(A;;GR;;;BA)", "O:BAG:SYD:P" OWN "(A;;GR;;;BA)" MORE},
        {"O:S-1-5-32-544G:S-1-5-18D:", "O:S-1-5-32-544G:S-1-5-18D:P" OWN MORE},
        {"G:DUD:", "O:<user>G:DUD:P" OWN MORE},
        {"G:DAD:P(A;;GR;;;DA)O:DA", "O:DAG:DAD:P" OWN "(A;;GR;;;DA)" MORE},
        {"D:PS:", "O:<user>D:P" OWN MORE},
        {"D:PS:(ML;;NW;;;LW)", "O:<user>D:P" OWN MORE "S:(ML;;NW;;;LW)"},
        {"S:PAI(ML;OICI;NWNR;;;S-1-16-4096)D:",
         "O:<user>D:P" OWN MORE "S:PAI(ML;OICI;NWNR;;;S-1-16-4096)"},
        {"D:(D;;0x1;;;WD)(A;OICINPIOID;FRFX;;;S-1-5-11)",
         "O:<user>D:P" OWN "(D;;0x1;;;WD)(A;OICINPIOID;FRFX;;;S-1-5-11)" MORE},
        {" \tO:SY\n D:P \n (A;;GR;;;BA) (A;;GR;;;BU)\n",
         "O:SYD:P" OWN "(A;;GR;;;BA)(A;;GR;;;BU)" MORE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct excerpt excerpt;
        struct buf out;
        excerpt_init(&excerpt, str_from(cases[i].text));
        const struct sddl *sddl = sddl_read(&excerpt.reader, excerpt.text);
        expect_text(cases[i].text, excerpt_faults(&excerpt), "");
        expect_true(cases[i].text, sddl != NULL);
        buf_init(&out, &excerpt.arena);
        sddl_put(sddl, STR(MORE), &out);
        expect_text(cases[i].text, str_z(&excerpt.arena, buf_str(&out)),
                    cases[i].expected);
        excerpt_deinit(&excerpt);
    }
}

static void test_entries_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool grants;
        uint32_t mask;
        const char *sid;
    } cases[] = {
        {"D:(A;;GR;;;WD)", true, 0x120089, "S-1-1-0"},
        {"D:(A;OI;0x4;;;S-1-5-7)", true, 0x4, "S-1-5-7"},
        {"D:(D;;GA;;;BU)", false, 0x1F01FF, "S-1-5-32-545"},
        {"D:(A;OIIO;GA;;;DU)", false, 0x1F01FF, "DU"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct excerpt excerpt;
        excerpt_init(&excerpt, str_from(cases[i].text));
        const struct sddl *sddl = sddl_read(&excerpt.reader, excerpt.text);
        expect_true(cases[i].text, sddl && sddl->dacl.n_aces == 1);
        const struct ace *ace = &sddl->dacl.aces[0];
        expect_true(cases[i].text, ace->grants == cases[i].grants);
        expect_size(cases[i].text, ace->mask, cases[i].mask);
        expect_true(cases[i].text,
                    str_equal(ace->principal.sid, str_from(cases[i].sid)));
        excerpt_deinit(&excerpt);
    }
}

#define RIGHTS_HINT " write pairs of letters such as GRGW, or a number such as 0x12019b"
#define FIELDS_HINT " write (type;flags;rights;;;SID)"

static const struct {
    const char *text;
    const char *fault;
} faults[] = {
    {"", "1: error: a descriptor without 'D:' lets everybody do everything [sddl-open] "
         "^ 'D:' without entries keeps others out"},
    {"O:SY", "1: error: a descriptor without 'D:' lets everybody do everything "
             "[sddl-open] ^~~~ 'D:' without entries keeps others out"},
    {"D:NO_ACCESS_CONTROL",
     "3: error: 'NO_ACCESS_CONTROL' lets everybody do everything "
     "[sddl-open] ^~~~~~~~~~~~~~~~~ 'D:' without entries keeps "
     "others out"},
    {"D:PNO_ACCESS_CONTROL(A;;GR;;;BA)",
     "4: error: 'NO_ACCESS_CONTROL' lets everybody do everything [sddl-open] "
     "^~~~~~~~~~~~~~~~~ 'D:' without entries keeps others out"},
    {"D", "1: error: a part of a descriptor must start here [sddl] ^ its parts are O:, "
          "G:, D: and S:"},
    {"X:D:", "1: error: a part of a descriptor must start here [sddl] ^ its parts are "
             "O:, G:, D: and S:"},
    {"D:)", "3: error: a part of a descriptor must start here [sddl] ^ its parts are "
            "O:, G:, D: and S:"},
    {"D:(A;;GR;;;BA)x",
     "15: error: a part of a descriptor must start here [sddl] ^ its "
     "parts are O:, G:, D: and S:"},
    {"d:P", "1: error: a part of a descriptor must start here [sddl] ^ its parts are "
            "O:, G:, D: and S:"},
    {"D:PX", "4: error: 'X' is no flag of a list [sddl] ^"},
    {"D:S:D:", "5: error: 'D:' stands here a second time [sddl] ^~"},
    {"D:(A;;GR;;;BA", "3: error: ')' is missing [sddl] ^"},
    {"D:()", "3: error: an entry has six fields, this one has 1 [sddl] ^~" FIELDS_HINT},
    {"D:(A;;GR;;BA)", "3: error: an entry has six fields, this one has 5 [sddl] "
                      "^~~~~~~~~~~" FIELDS_HINT},
    {"D:(A;;GR;;;BA;)", "3: error: an entry has six fields, this one has 7 [sddl] "
                        "^~~~~~~~~~~~~" FIELDS_HINT},
    {"D:(Q;;GR;;;BA)", "4: error: 'Q' is no type of an entry [sddl] ^"},
    {"D:(a;;GR;;;BA)", "4: error: 'a' is no type of an entry [sddl] ^"},
    {"D:(XA;;GR;;;BA;(a==(1)))(A;;GQ;;;BA)",
     "4: error: 'XA' has a condition; a pipe's entries are unconditional here [sddl] "
     "^~ "
     "29: error: 'GQ' is no right [sddl] ^~" RIGHTS_HINT},
    {"D:(ML;;NW;;;LW)", "4: error: 'ML' is a label, which belongs into 'S:' [sddl] ^~"},
    {"D:S:(A;;GR;;;BA)",
     "6: error: 'A' is about access, which belongs into 'D:' [sddl] ^"},
    {"D:(A;C;GR;;;BA)", "6: error: 'C' is no flag of an entry [sddl] ^"},
    {"D:(A;OISA;GR;;;BA)", "8: error: 'SA' is no flag of an entry [sddl] ^~"},
    {"D:(A;;GRG;;;BA)", "9: error: 'G' is no right [sddl] ^" RIGHTS_HINT},
    {"D:(A;;;;;BA)", "7: error: rights are missing [sddl] ^" RIGHTS_HINT},
    {"D:(A;;0x;;;BA)", "7: error: '0x' is no right [sddl] ^~" RIGHTS_HINT},
    {"D:(A;;GR;x;;BA)", "10: error: 'x' names an object, which a pipe has not [sddl] ^"},
    {"D:(A;;GR;;y;BA)",
     "11: error: 'y' names an object, which a pipe has not [sddl] ^"},
    {"D:(A;;GR;;;)", "12: error: a SID is missing [sid] ^"},
    {"D:(A;;GR;;;B)", "12: error: 'B' is no SID [sid] ^ write one such as S-1-5-32-544 "
                      "or two letters such as BA"},
    {"D:(A;;GR;;;S-1-5)", "12: error: 'S-1-5' has one number only behind S-1- [sid] "
                          "^~~~~"},
    {"O:D:", "3: error: a SID is missing [sid] ^"},
    {"O:BAG:XXD:",
     "7: error: 'XX' is no SID [sid] ^~ write one such as S-1-5-32-544 or "
     "two letters such as BA"},
    {"D:S:(ML;;GR;;;LW)",
     "10: error: 'GR' is no right [sddl] ^~ a label has NW, NR or NX"},
    {"D:S:(ML;;NW;;;BA)",
     "15: error: 'BA' is no integrity level [sddl] ^~ write LW, ME, "
     "MP, HI or SI"},
    {"D:(A;XX;GQ;o;;ZZ)",
     "6: error: 'XX' is no flag of an entry [sddl] ^~ "
     "9: error: 'GQ' is no right [sddl] ^~" RIGHTS_HINT " "
     "12: error: 'o' names an object, which a pipe has not [sddl] ^ "
     "15: error: 'ZZ' is no SID [sid] ^~ write one such as S-1-5-32-544 or two letters "
     "such as BA"},
};

static void test_faults_are_found_where_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct excerpt excerpt;
        excerpt_init(&excerpt, str_from(faults[i].text));
        expect_true(faults[i].text, !sddl_read(&excerpt.reader, excerpt.text));
        expect_text(faults[i].text, excerpt_faults(&excerpt), faults[i].fault);
        excerpt_deinit(&excerpt);
    }
}

static void test_length_is_bounded(void **state)
{
    (void)state;
    for (size_t len = SDDL_MAX; len <= SDDL_MAX + 1; len++) {
        struct excerpt excerpt;
        struct arena arena = {0};
        struct buf text;
        buf_init(&text, &arena);
        buf_put(&text, STR("D:P"));
        while (text.len < len)
            buf_putc(&text, ' ');
        excerpt_init(&excerpt, buf_str(&text));
        const struct sddl *sddl = sddl_read(&excerpt.reader, excerpt.text);
        assert_true((sddl != NULL) == (len == SDDL_MAX));
        excerpt_deinit(&excerpt);
        arena_free(&arena);
    }
}

static unsigned next_random(uint32_t *seed, unsigned n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (unsigned)(*seed >> 16) % n;
}

/* Appends the descriptor with a user in place of each "<user>". */
static void put_with_user(const struct sddl *sddl, struct buf *out)
{
    struct buf put;
    buf_init(&put, out->arena);
    sddl_put(sddl, STR(""), &put);
    for (size_t i = 0; i < put.len; i++) {
        bool is_user = put.at[i] == '<';
        buf_put(out, is_user ? STR("SY") : str_slice(buf_str(&put), i, i + 1));
        i += is_user ? strlen("user>") : 0;
    }
}

/* What is put from a descriptor is one, with the server's own entry. */
static void check_put(const struct sddl *sddl, struct arena *arena)
{
    struct buf text;
    struct excerpt excerpt;
    buf_init(&text, arena);
    put_with_user(sddl, &text);
    excerpt_init(&excerpt, buf_str(&text));
    const struct sddl *again = sddl_read(&excerpt.reader, excerpt.text);
    assert_non_null(again);
    assert_int_equal(again->dacl.n_aces, sddl->dacl.n_aces + 1);
    assert_true(again->dacl.is_protected);
    excerpt_deinit(&excerpt);
}

/* Whatever the pieces are, reading ends with a descriptor or with faults. */
static void test_any_text_is_read_or_refused(void **state)
{
    (void)state;
    static const char *const pieces[] = {"O:",
                                         "G:",
                                         "D:",
                                         "D:P",
                                         "S:",
                                         "(",
                                         ")",
                                         ";",
                                         "P",
                                         "A;;GR;;;BA",
                                         "(A;;FA;;;WD)",
                                         "ML",
                                         "NW",
                                         "0x12",
                                         "BA",
                                         "S-1-",
                                         "5-18",
                                         " ",
                                         ":",
                                         "AI",
                                         "x",
                                         "LW",
                                         ";;;",
                                         "(A;",
                                         "GRGW",
                                         "S",
                                         "\n",
                                         "OI",
                                         "G:SY",
                                         "O:BA",
                                         "S:AR",
                                         "(ML;;NW;;;LW)"};
    enum { N = sizeof pieces / sizeof *pieces };
    uint32_t seed = 5;
    int n_read = 0;
    for (int round = 0; round < 20000; round++) {
        struct arena arena = {0};
        struct excerpt excerpt;
        struct buf text;
        buf_init(&text, &arena);
        buf_put(&text, next_random(&seed, 2) ? STR("D:") : STR(""));
        for (unsigned n = next_random(&seed, 8); n > 0; n--)
            buf_put(&text, str_from(pieces[next_random(&seed, N)]));
        excerpt_init(&excerpt, buf_str(&text));
        const struct sddl *sddl = sddl_read(&excerpt.reader, excerpt.text);
        assert_true((excerpt.diag.n_errors == 0) == (sddl != NULL));
        excerpt_faults(&excerpt);
        n_read += sddl != NULL;
        if (sddl)
            check_put(sddl, &arena);
        excerpt_deinit(&excerpt);
        arena_free(&arena);
    }
    assert_true(n_read > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors_are_completed),
        cmocka_unit_test(test_entries_are_understood),
        cmocka_unit_test(test_faults_are_found_where_they_are),
        cmocka_unit_test(test_length_is_bounded),
        cmocka_unit_test(test_any_text_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
