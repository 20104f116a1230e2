/* Request heads: each case arrives whole, split at every byte and byte by byte, always
 * with its last byte (and the NUL that belongs to the contract) at the end of the
 * readable memory. */
#include "delivery.h"
#include "head.h"
#include "unit.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* ---- Heads that are refused ---- */

struct refusal {
    const char *name;
    struct text text;
    int status;
};

#define LINE "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define FIELD(field) BYTES(LINE HOST field "\r\n\r\n")

static const struct refusal refusals[] = {
    /* Lines (RFC 9112 section 2.2). */
    {"bare LF after the request line", BYTES("GET / HTTP/1.1\n" HOST "\r\n"), 400},
    {"bare LF after a field", BYTES(LINE "Host: a\n\r\n"), 400},
    {"bare LF as the last line", BYTES(LINE HOST "\n"), 400},
    {"bare LF first", BYTES("\n" LINE HOST "\r\n"), 400},
    {"bare LF inside a value", FIELD("A: b\nC: d"), 400},
    {"bare CR inside a value", FIELD("A: b\rc"), 400},
    {"bare CR inside a name", FIELD("A\rb: c"), 400},
    {"bare CR in the request line", BYTES("GET /\r HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"CR CR LF after the request line", BYTES("GET / HTTP/1.1\r\r\n" HOST "\r\n"), 400},
    {"CR CR LF after a field", FIELD("A: b\r"), 400},
    {"CR before a request line", BYTES("\r" LINE HOST "\r\n"), 400},
    {"CR alone as the last line", BYTES(LINE HOST "\rX\r\n"), 400},
    {"NUL in the target", BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"NUL in the method", BYTES("G\0T / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"NUL in the version", BYTES("GET / HTTP/1.1\0\r\n" HOST "\r\n"), 400},
    {"NUL in a value", FIELD("A: b\0c"), 400},
    {"NUL in a name", FIELD("A\0: c"), 400},
    {"NUL first", BYTES("\0" LINE HOST "\r\n"), 400},
    {"obs-fold with a blank", FIELD("A: b\r\n c"), 400},
    {"obs-fold with a tab", FIELD("A: b\r\n\tc"), 400},
    {"obs-fold that is empty", FIELD("A: b\r\n "), 400},
    {"blank before the first field", BYTES(LINE " " HOST "\r\n"), 400},

    /* Request lines (RFC 9112 section 3). */
    {"no method", BYTES(" / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"method that is no token", BYTES("G(T / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"no target", BYTES("GET  HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"method only", BYTES("GET\r\n" HOST "\r\n"), 400},
    {"two blanks before the target", BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"two blanks before the version", BYTES("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"blank behind the version", BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400},
    {"blank before the method", BYTES(" GET / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"tab for a blank", BYTES("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"blank in the target", BYTES("GET /a b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"target without slash", BYTES("GET a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"target of a query only", BYTES("GET ?a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"fragment", BYTES("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"fragment in the query", BYTES("GET /a?b#c HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"tab in the target", BYTES("GET /a\tb HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"control in the target", BYTES("GET /a\x01 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"escape in the target", BYTES("GET /\x1b[m HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"DEL in the target", BYTES("GET /a\x7f HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"raw UTF-8 in the target", BYTES("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"raw 0x80 in the query", BYTES("GET /?\x80 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"raw 0xff in the target", BYTES("GET /\xff HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"asterisk with more", BYTES("OPTIONS *a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"asterisk with a query", BYTES("OPTIONS *?a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"authority-form", BYTES("CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n"), 400},

    /* Versions (RFC 9112 section 2.3). */
    {"HTTP/0.9 without version", BYTES("GET /\r\n"), 400},
    {"HTTP/0.9", BYTES("GET / HTTP/0.9\r\n" HOST "\r\n"), 505},
    {"HTTP/1.2", BYTES("GET / HTTP/1.2\r\n" HOST "\r\n"), 505},
    {"HTTP/1.9", BYTES("GET / HTTP/1.9\r\n" HOST "\r\n"), 505},
    {"HTTP/2.0", BYTES("GET / HTTP/2.0\r\n" HOST "\r\n"), 505},
    {"HTTP/2.0 with an absolute target",
     BYTES("GET http://a/ HTTP/2.0\r\n" HOST "\r\n"), 505},
    {"HTTP/2.0 with an asterisk", BYTES("OPTIONS * HTTP/2.0\r\n" HOST "\r\n"), 505},
    {"HTTP/2 preface", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
    {"lower-case version", BYTES("GET / http/1.1\r\n" HOST "\r\n"), 400},
    {"mixed-case version", BYTES("GET / Http/1.1\r\n" HOST "\r\n"), 400},
    {"version of one digit", BYTES("GET / HTTP/1\r\n" HOST "\r\n"), 400},
    {"version of three digits", BYTES("GET / HTTP/1.10\r\n" HOST "\r\n"), 400},
    {"version with zeros", BYTES("GET / HTTP/01.1\r\n" HOST "\r\n"), 400},
    {"version with a comma", BYTES("GET / HTTP/1,1\r\n" HOST "\r\n"), 400},
    {"another protocol", BYTES("GET / HTCPCP/1.0\r\n" HOST "\r\n"), 400},
    {"TLS", BYTES("\x16\x03\x01\x02\n"), 400},

    /* Field names (RFC 9112 section 5). */
    {"space before the colon", FIELD("A : b"), 400},
    {"tab before the colon", FIELD("A\t: b"), 400},
    {"space before Host's colon", BYTES(LINE "Host : a\r\n\r\n"), 400},
    {"space before Content-Length's colon", FIELD("Content-Length : 3"), 400},
    {"empty name", FIELD(": b"), 400},
    {"no colon", FIELD("A"), 400},
    {"name with a blank", FIELD("A b: c"), 400},
    {"name with a parenthesis", FIELD("A(: c"), 400},
    {"name with a slash", FIELD("A/B: c"), 400},
    {"name with a quote", FIELD("\"A\": c"), 400},
    {"name in UTF-8", FIELD("\xc3\xa4: c"), 400},
    {"name with a control", FIELD("A\x01: c"), 400},
    {"name with DEL", FIELD("A\x7f: c"), 400},

    /* Field values (RFC 9110 section 5.5). */
    {"value with a control", FIELD("A: b\x01"), 400},
    {"value with a bell", FIELD("A: \x07"), 400},
    {"value with an escape", FIELD("A: b\x1b[m"), 400},
    {"value with DEL", FIELD("A: b\x7f"), 400},
    {"value with a vertical tab", FIELD("A: b\vc"), 400},
    {"value with a form feed", FIELD("A: b\fc"), 400},

    /* Host (RFC 9112 section 3.2). */
    {"no Host", BYTES(LINE "\r\n"), 400},
    {"no Host but a like name", BYTES(LINE "Hosts: a\r\nX-Host: a\r\n\r\n"), 400},
    {"two Hosts", FIELD("Host: a"), 400},
    {"two Hosts, the second empty", FIELD("Host:"), 400},
    {"two Hosts in HTTP/1.0", BYTES("GET / HTTP/1.0\r\n" HOST "host: b\r\n\r\n"), 400},
    {"Host with a blank", BYTES(LINE "Host: a b\r\n\r\n"), 400},
    {"Host list", BYTES(LINE "Host: a, b\r\n\r\n"), 400},
    {"Host with user", BYTES(LINE "Host: u@a\r\n\r\n"), 400},
    {"Host with path", BYTES(LINE "Host: a/b\r\n\r\n"), 400},
    {"Host with scheme", BYTES(LINE "Host: http://a\r\n\r\n"), 400},
    {"Host with a word for a port", BYTES(LINE "Host: a:http\r\n\r\n"), 400},
    {"Host with two ports", BYTES(LINE "Host: a:1:2\r\n\r\n"), 400},
    {"Host with a port only", BYTES(LINE "Host: :80\r\n\r\n"), 400},
    {"Host with half an address", BYTES(LINE "Host: [::1\r\n\r\n"), 400},
    {"Host with an empty address", BYTES(LINE "Host: []\r\n\r\n"), 400},
    {"Host with a named address", BYTES(LINE "Host: [g]\r\n\r\n"), 400},
    {"Host with a broken escape", BYTES(LINE "Host: a%2\r\n\r\n"), 400},
    {"Host with a false escape", BYTES(LINE "Host: a%zz\r\n\r\n"), 400},
    {"Host in UTF-8", BYTES(LINE "Host: \xc3\xa4\r\n\r\n"), 400},
    {"Host with a backslash", BYTES(LINE "Host: a\\b\r\n\r\n"), 400},

    /* Absolute-form (RFC 9112 section 3.2.2). */
    {"authority that disagrees", BYTES("GET http://b/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"authority with another port", BYTES("GET http://a:80/ HTTP/1.1\r\n" HOST "\r\n"),
     400},
    {"authority with a longer name", BYTES("GET http://ab/ HTTP/1.1\r\n" HOST "\r\n"),
     400},
    {"authority beside an empty Host", BYTES("GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n"),
     400},
    {"authority without Host", BYTES("GET http://a/ HTTP/1.1\r\n\r\n"), 400},
    {"empty authority", BYTES("GET http:///a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"authority with user", BYTES("GET http://u@a/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"authority with a port only", BYTES("GET http://:80/ HTTP/1.1\r\n" HOST "\r\n"),
     400},
    {"one slash behind the scheme", BYTES("GET http:/a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"another scheme", BYTES("GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"fragment in an absolute target",
     BYTES("GET http://a/#b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {"raw byte in an absolute target",
     BYTES("GET http://a/\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), 400},

    /* Content-Length (RFC 9112 section 6.3). */
    {"Content-Length empty", FIELD("Content-Length:"), 400},
    {"Content-Length blank", FIELD("Content-Length:  "), 400},
    {"Content-Length signed", FIELD("Content-Length: +3"), 400},
    {"Content-Length negative", FIELD("Content-Length: -3"), 400},
    {"Content-Length in hex", FIELD("Content-Length: 0x3"), 400},
    {"Content-Length with a fraction", FIELD("Content-Length: 3.0"), 400},
    {"Content-Length with an inner blank", FIELD("Content-Length: 1 2"), 400},
    {"Content-Length with a letter", FIELD("Content-Length: 3a"), 400},
    {"Content-Length quoted", FIELD("Content-Length: \"3\""), 400},
    {"Content-Length list", FIELD("Content-Length: 3, 3"), 400},
    {"Content-Length in UTF-8", FIELD("Content-Length: \xef\xbc\x93"), 400},
    {"Content-Length 2^64", FIELD("Content-Length: 18446744073709551616"), 400},
    {"Content-Length 10 * 2^64", FIELD("Content-Length: 184467440737095516150"), 400},
    {"Content-Length far over",
     FIELD("Content-Length: 99999999999999999999999999999999"), 400},
    {"Content-Length twice", FIELD("Content-Length: 3\r\nContent-Length: 3"), 400},
    {"Content-Length differing", FIELD("Content-Length: 3\r\ncontent-length: 4"), 400},
    {"Content-Length 0 twice", FIELD("Content-Length: 0\r\nContent-Length: 0"), 400},

    /* Transfer-Encoding (RFC 9112 section 6.1). */
    {"coding that is unknown", FIELD("Transfer-Encoding: br"), 400},
    {"coding that was one once", FIELD("Transfer-Encoding: identity"), 400},
    {"no coding", FIELD("Transfer-Encoding:"), 400},
    {"chunked over another coding", FIELD("Transfer-Encoding: gzip, chunked"), 501},
    {"chunked over another coding, on two lines",
     FIELD("Transfer-Encoding: gzip;a=b\r\nTransfer-Encoding: chunked"), 501},
    {"chunked over a coding with parameters",
     FIELD("Transfer-Encoding: x ; a = b;c=\"\\\"d, \" , chunked"), 501},
    {"chunked not last", FIELD("Transfer-Encoding: chunked, gzip"), 400},
    {"chunked not last, on two lines",
     FIELD("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"), 400},
    {"chunked twice", FIELD("Transfer-Encoding: chunked, chunked"), 400},
    {"chunked twice, on two lines",
     FIELD("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
    {"chunked twice over another coding",
     FIELD("Transfer-Encoding: gzip, chunked, chunked"), 400},
    {"chunked with a parameter", FIELD("Transfer-Encoding: chunked;a=b"), 400},
    {"chunked behind an empty element", FIELD("Transfer-Encoding: , chunked"), 400},
    {"chunked before an empty element", FIELD("Transfer-Encoding: chunked,"), 400},
    {"chunked and an empty line of codings",
     FIELD("Transfer-Encoding: chunked\r\nTransfer-Encoding:"), 400},
    {"chunked quoted", FIELD("Transfer-Encoding: \"chunked\""), 400},
    {"chunked with a vertical tab", FIELD("Transfer-Encoding: \vchunked"), 400},
    {"chunked with more", FIELD("Transfer-Encoding: chunked x"), 400},
    {"codings without a comma", FIELD("Transfer-Encoding: gzip chunked"), 400},
    {"coding with half a parameter", FIELD("Transfer-Encoding: gzip;a, chunked"), 400},
    {"coding with an open quote", FIELD("Transfer-Encoding: gzip;a=\"b, chunked"), 400},
    {"Transfer-Encoding before Content-Length",
     FIELD("Transfer-Encoding: chunked\r\nContent-Length: 3"), 400},
    {"Transfer-Encoding after Content-Length",
     FIELD("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400},
    {"Transfer-Encoding beside Content-Length 0",
     FIELD("Content-Length: 0\r\nTransfer-Encoding: chunked"), 400},
    {"Transfer-Encoding in HTTP/1.0",
     BYTES("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
    {"Transfer-Encoding with a space before its colon",
     FIELD("Transfer-Encoding : chunked"), 400},

    /* Expect and Connection (RFC 9110 sections 10.1.1 and 7.6.1). */
    {"Expect unknown", FIELD("Expect: 200-ok"), 417},
    {"Expect empty", FIELD("Expect:"), 417},
    {"Expect with more", FIELD("Expect: 100-continue, x"), 417},
    {"Expect with less", FIELD("Expect: 100-continu"), 417},
    {"Connection without a comma", FIELD("Connection: close keep-alive"), 400},
    {"Connection with a parameter", FIELD("Connection: close;a=b"), 400},
    {"Connection quoted", FIELD("Connection: \"close\""), 400},
    {"Connection in UTF-8", FIELD("Connection: \xc3\xa4"), 400},
};

/* A prefix may be refused early, but then as the whole is. */
static void check_refused_prefixes(const struct refusal *refusal)
{
    struct krt_head head;
    for (size_t len = 0; len < refusal->text.len; len++) {
        struct text prefix = {refusal->text.at, len};
        int result = delivery_read(&head, prefix, len, len);
        if (result != KRT_HEAD_PARTIAL)
            delivery_check(refusal->name, "prefix of", len, result, refusal->status);
    }
}

static void test_refusals_do_not_depend_on_delivery(void **state)
{
    (void)state;
    struct krt_head head;
    for (size_t i = 0; i < LENGTH(refusals); i++) {
        const struct refusal *refusal = &refusals[i];
        struct text text = refusal->text;
        delivery_check(refusal->name, "whole", text.len,
                       delivery_read(&head, text, text.len, 1), refusal->status);
        delivery_check(refusal->name, "pieces of", 1, delivery_read(&head, text, 1, 1),
                       refusal->status);
        for (size_t at = 1; at < text.len; at++)
            delivery_check(refusal->name, "split at", at,
                           delivery_read(&head, text, at, text.len), refusal->status);
        check_refused_prefixes(refusal);
    }
}

/* ---- Heads that are taken ---- */

struct accepted {
    const char *name;
    struct text text;
    size_t rest; /* bytes behind the head */
    /* What is found, by default GET and / with the host a. */
    const char *method;
    const char *target;
    const char *path; /* "" for none */
    bool is_path_odd; /* not plain */
    const char *authority;
    const char *host; /* "-" for none */
    size_t n_fields;  /* by default 1 */
    bool is_http_1_0;
    bool has_content_length;
    bool wants_close;
    bool wants_keep_alive;
    bool expects_continue;
    enum krt_coding coding;
    uint64_t content_length;
};

static const struct accepted accepted[] = {
    {"least", BYTES(LINE HOST "\r\n"), .rest = 0},
    {"a following request is not looked at", BYTES(LINE HOST "\r\n\x01\n\r\n"),
     .rest = 4},
    {"one empty line first", BYTES("\r\n" LINE HOST "\r\n"), .rest = 0},
    {"three empty lines first", BYTES("\r\n\r\n\r\n" LINE HOST "\r\n"), .rest = 0},
    {"method of one letter", BYTES("X / HTTP/1.1\r\n" HOST "\r\n"), .method = "X"},
    {"method of all token characters",
     BYTES("!#$%&'*+-.^_`|~09azAZ / HTTP/1.1\r\n" HOST "\r\n"),
     .method = "!#$%&'*+-.^_`|~09azAZ"},
    {"method in lower case", BYTES("get / HTTP/1.1\r\n" HOST "\r\n"), .method = "get"},

    {"path", BYTES("GET /a/b%20c//d HTTP/1.1\r\n" HOST "\r\n"), .target = "/a/b%20c//d",
     .path = "/a/b%20c//d", .is_path_odd = true},
    {"path of all characters",
     BYTES("GET /!\"$%&'()*+,-./09:;<=>@AZ[\\]^_`az{|}~ HTTP/1.1\r\n" HOST "\r\n"),
     .target = "/!\"$%&'()*+,-./09:;<=>@AZ[\\]^_`az{|}~",
     .path = "/!\"$%&'()*+,-./09:;<=>@AZ[\\]^_`az{|}~", .is_path_odd = true},
    {"query", BYTES("GET /a?b=c&d=/?e HTTP/1.1\r\n" HOST "\r\n"),
     .target = "/a?b=c&d=/?e", .path = "/a"},
    {"query empty", BYTES("GET /? HTTP/1.1\r\n" HOST "\r\n"), .target = "/?"},
    {"absolute-form", BYTES("GET http://a/b HTTP/1.1\r\n" HOST "\r\n"),
     .target = "http://a/b", .path = "/b", .authority = "a"},
    {"absolute-form with a query", BYTES("GET http://a/b?c HTTP/1.1\r\n" HOST "\r\n"),
     .target = "http://a/b?c", .path = "/b", .authority = "a"},
    {"absolute-form without path", BYTES("GET http://a HTTP/1.1\r\n" HOST "\r\n"),
     .target = "http://a", .authority = "a"},
    {"absolute-form without path but a query",
     BYTES("GET http://a?b/c HTTP/1.1\r\n" HOST "\r\n"), .target = "http://a?b/c",
     .authority = "a"},
    {"absolute-form with https", BYTES("GET hTTps://a/ HTTP/1.1\r\n" HOST "\r\n"),
     .target = "hTTps://a/", .authority = "a"},
    {"absolute-form with a port",
     BYTES("GET http://a:80/ HTTP/1.1\r\nHost: a:80\r\n\r\n"), .target = "http://a:80/",
     .authority = "a:80", .host = "a:80"},
    {"absolute-form, Host in other case",
     BYTES("GET http://Ab/ HTTP/1.1\r\nHost: aB\r\n\r\n"), .target = "http://Ab/",
     .authority = "Ab", .host = "aB"},
    {"absolute-form in HTTP/1.0 without Host", BYTES("GET http://a/ HTTP/1.0\r\n\r\n"),
     .target = "http://a/", .authority = "a", .host = "-", .is_http_1_0 = true},
    {"asterisk", BYTES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), .method = "OPTIONS",
     .target = "*", .path = ""},
    {"asterisk with another method", BYTES("GET * HTTP/1.1\r\n" HOST "\r\n"),
     .target = "*", .path = ""},
    {"HTTP/1.0", BYTES("GET / HTTP/1.0\r\n\r\n"), .host = "-", .is_http_1_0 = true},
    {"HTTP/1.0 with Host", BYTES("GET / HTTP/1.0\r\n" HOST "\r\n"),
     .is_http_1_0 = true},

    {"Host empty", BYTES(LINE "Host:\r\n\r\n"), .host = ""},
    {"Host of blanks", BYTES(LINE "Host: \t \r\n\r\n"), .host = ""},
    {"Host with a port", BYTES(LINE "Host: localhost:8080\r\n\r\n"),
     .host = "localhost:8080"},
    {"Host with an empty port", BYTES(LINE "Host: a:\r\n\r\n"), .host = "a:"},
    {"Host with an address", BYTES(LINE "Host: [::1.2.3.4]:80\r\n\r\n"),
     .host = "[::1.2.3.4]:80"},
    {"Host with an escape", BYTES(LINE "Host: a%2Fb\r\n\r\n"), .host = "a%2Fb"},
    {"Host in capitals without a blank", BYTES(LINE "HOST:a\r\n\r\n"), .rest = 0},
    {"Host within blanks", BYTES(LINE "host:\t a \t\r\n\r\n"), .rest = 0},

    {"empty value", FIELD("A:"), .n_fields = 2},
    {"name of all token characters", FIELD("!#$%&'*+-.^_`|~09azAZ: b"), .n_fields = 2},
    {"value with tabs and colons", FIELD("A: b\tc: d"), .n_fields = 2},
    {"value in UTF-8", FIELD("A: \xc3\xa4\xff\x80"), .n_fields = 2},
    {"names that only start alike", FIELD("Hos: b\r\nExpects: c\r\nContent-Lengt: x"),
     .n_fields = 4},

    {"Content-Length", FIELD("Content-Length: 42"), .n_fields = 2,
     .has_content_length = true, .content_length = 42},
    {"Content-Length 0", FIELD("content-length:0"), .n_fields = 2,
     .has_content_length = true},
    {"Content-Length with zeros", FIELD("Content-Length: \t0007 "), .n_fields = 2,
     .has_content_length = true, .content_length = 7},
    {"Content-Length 2^64 - 1", FIELD("Content-Length: 18446744073709551615"),
     .n_fields = 2, .has_content_length = true, .content_length = UINT64_MAX},
    {"Content-Length in HTTP/1.0", BYTES("GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n"),
     .host = "-", .is_http_1_0 = true, .has_content_length = true, .content_length = 1},

    {"chunked", FIELD("Transfer-Encoding: chunked"), .n_fields = 2,
     .coding = KRT_CODING_CHUNKED},
    {"chunked in other case", FIELD("TRANSFER-ENCODING:\tCHUNKED "), .n_fields = 2,
     .coding = KRT_CODING_CHUNKED},

    {"Expect", FIELD("Expect: 100-continue"), .n_fields = 2, .expects_continue = true},
    {"Expect in other case", FIELD("expect:100-CONTINUE "), .n_fields = 2,
     .expects_continue = true},
    {"Connection close", FIELD("Connection: close"), .n_fields = 2,
     .wants_close = true},
    {"Connection keep-alive", FIELD("Connection: Keep-Alive"), .n_fields = 2,
     .wants_keep_alive = true},
    {"Connection list", FIELD("Connection: te,\t, ,CLOSE , keep-alive"), .n_fields = 2,
     .wants_close = true, .wants_keep_alive = true},
    {"Connection list that ends in blanks", FIELD("Connection: close ,\t "),
     .n_fields = 2, .wants_close = true},
    {"Connection twice", FIELD("Connection: x\r\nConnection: close"), .n_fields = 3,
     .wants_close = true},
    {"Connection empty", FIELD("Connection:"), .n_fields = 2},
    {"Connection with words that only look like it",
     FIELD("Connection: closed, xclose, close-x, keep-alives"), .n_fields = 2},
};

static void check_slice(const char *name, const char *what, struct krt_slice slice,
                        const char *expected)
{
    size_t len = strlen(expected);
    if (slice.len != len || (len > 0 && memcmp(slice.at, expected, len) != 0))
        fail_msg("%s: %s is '%.*s', not '%s'", name, what, (int)slice.len,
                 (const char *)slice.at, expected);
}

static const char *or_default(const char *text, const char *by_default)
{
    return text ? text : by_default;
}

static void check_flag(const char *name, const char *what, bool flag, bool expected)
{
    if (flag != expected)
        fail_msg("%s: %s is %d", name, what, flag);
}

static void check_head(const struct accepted *expected, const struct krt_head *head)
{
    const char *name = expected->name;
    const char *host = or_default(expected->host, "a");
    assert_int_equal(head->len, expected->text.len - expected->rest);
    assert_int_equal(head->n_fields,
                     expected->n_fields
                         ? expected->n_fields
                         : strcmp(host, "-") != 0 || expected->has_content_length);
    check_slice(name, "method", head->method, or_default(expected->method, "GET"));
    check_slice(name, "target", head->target, or_default(expected->target, "/"));
    check_slice(name, "authority", head->authority,
                or_default(expected->authority, ""));
    check_slice(name, "path", head->path, or_default(expected->path, "/"));
    check_flag(name, "is_path_plain", head->is_path_plain, !expected->is_path_odd);
    check_flag(name, "has_host", head->has_host, strcmp(host, "-") != 0);
    if (head->has_host)
        check_slice(name, "host", head->host, host);
    check_flag(name, "has_request_line", head->has_request_line, true);
    check_flag(name, "is_http_1_0", head->is_http_1_0, expected->is_http_1_0);
    check_flag(name, "has_content_length", head->has_content_length,
               expected->has_content_length);
    check_flag(name, "wants_close", head->wants_close, expected->wants_close);
    check_flag(name, "wants_keep_alive", head->wants_keep_alive,
               expected->wants_keep_alive);
    check_flag(name, "expects_continue", head->expects_continue,
               expected->expects_continue);
    assert_int_equal(head->coding, expected->coding);
    assert_true(head->content_length == expected->content_length);
}

static void check_accepted(const struct accepted *expected, const char *how,
                           size_t first, size_t rest)
{
    struct krt_head head;
    int result = delivery_read(&head, expected->text, first, rest);
    delivery_check(expected->name, how, first, result, KRT_HEAD_COMPLETE);
    check_head(expected, &head);
}

static void test_accepted_heads_do_not_depend_on_delivery(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(accepted); i++) {
        size_t len = accepted[i].text.len;
        check_accepted(&accepted[i], "whole", len, len);
        check_accepted(&accepted[i], "pieces of", 1, 1);
        for (size_t at = 1; at < len; at++)
            check_accepted(&accepted[i], "split at", at, len);
    }
}

/* ---- Plain paths ---- */

/* What the lexer decides by its automaton, by looking at each segment. */
static bool is_plain(const char *path)
{
    if (strchr(path, '%'))
        return false;
    while (*path == '/') {
        size_t len = strcspn(path + 1, "/");
        if ((len == 1 && path[1] == '.') ||
            (len == 2 && strncmp(path + 1, "..", 2) == 0))
            return false;
        path += 1 + len;
    }
    return true;
}

static void check_target(const char *target, const char *path)
{
    char storage[128];
    char name[64];
    int len =
        snprintf(storage, sizeof storage, "GET %s HTTP/1.1\r\n" HOST "\r\n", target);
    struct text text = {storage, (size_t)len};
    struct krt_head head;
    snprintf(name, sizeof name, "target %s", target);
    delivery_check(name, "whole", text.len,
                   delivery_read(&head, text, text.len, text.len), KRT_HEAD_COMPLETE);
    check_slice(name, "target", head.target, target);
    check_slice(name, "path", head.path, path);
    check_flag(name, "is_path_plain", head.is_path_plain, is_plain(path));
}

/* The same path in every form of a target that has one. */
static void check_targets(const char *path)
{
    static const char *const queries[] = {"", "?", "?/./%", "?a/../b"};
    char target[64];
    for (size_t i = 0; i < LENGTH(queries); i++) {
        snprintf(target, sizeof target, "%s%s", path, queries[i]);
        check_target(target, path);
        snprintf(target, sizeof target, "http://a%s%s", path, queries[i]);
        check_target(target, path);
        snprintf(target, sizeof target, "http://a%s", queries[i]);
        check_target(target, "/");
    }
}

static void test_path_is_plain_without_escapes_and_dot_segments(void **state)
{
    (void)state;
    static const char letters[] = "/.%a";
    enum { LEN_MAX = 7 };
    for (size_t len = 0; len < LEN_MAX; len++) {
        for (size_t code = 0; code < (size_t)1 << (2 * len); code++) {
            char path[LEN_MAX + 1] = "/";
            for (size_t i = 0; i < len; i++)
                path[1 + i] = letters[code >> (2 * i) & 3];
            check_targets(path);
        }
    }
}

static void test_prefixes_of_accepted_heads_are_partial(void **state)
{
    (void)state;
    struct krt_head head;
    for (size_t i = 0; i < LENGTH(accepted); i++) {
        for (size_t len = 0; len < accepted[i].text.len - accepted[i].rest; len++) {
            struct text prefix = {accepted[i].text.at, len};
            delivery_check(accepted[i].name, "prefix of", len,
                           delivery_read(&head, prefix, len, len), KRT_HEAD_PARTIAL);
        }
    }
}

/* ---- Values that are kept ---- */

static const char *const kept_names[KRT_N_KEPT] = {
    [KRT_FIELD_ACCEPT_ENCODING] = "Accept-Encoding",
    [KRT_FIELD_IF_MATCH] = "If-Match",
    [KRT_FIELD_IF_MODIFIED_SINCE] = "If-Modified-Since",
    [KRT_FIELD_IF_NONE_MATCH] = "If-None-Match",
    [KRT_FIELD_IF_RANGE] = "If-Range",
    [KRT_FIELD_IF_UNMODIFIED_SINCE] = "If-Unmodified-Since",
    [KRT_FIELD_RANGE] = "Range",
};

/* Checks that the lines of `field` have the values in `expected`, joined by '|'. */
static void check_values(const struct krt_head *head, enum krt_field field,
                         const char *expected)
{
    char found[256] = "";
    struct krt_slice value = {NULL, 0};
    size_t len = 0;
    while (krt_head_next(head, field, &value))
        len += (size_t)snprintf(found + len, sizeof found - len, "%.*s|",
                                (int)value.len, (const char *)value.at);
    assert_string_equal(found, expected);
    assert_int_equal(krt_head_has(head, field), *expected != '\0');
}

static void test_values_of_each_kept_field_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < KRT_N_KEPT; i++) {
        char line[256];
        struct krt_head head;
        int len = snprintf(line, sizeof line,
                           LINE HOST "%s: a \r\nX: y\r\n%s:\r\n%s:\tb, c\r\n\r\n",
                           kept_names[i], kept_names[i], kept_names[i]);
        struct text text = {line, (size_t)len};
        assert_int_equal(delivery_read(&head, text, text.len, 1), KRT_HEAD_COMPLETE);
        for (size_t j = 0; j < KRT_N_KEPT; j++)
            check_values(&head, (enum krt_field)j, i == j ? "a||b, c|" : "");
    }
}

static void test_next_head_has_no_values_of_the_last(void **state)
{
    (void)state;
    static const struct text with = FIELD("Range: bytes=0-1\r\nIf-Range: x");
    static const struct text without = BYTES(LINE HOST "\r\n");
    struct krt_head head;
    assert_int_equal(delivery_read(&head, with, with.len, 1), KRT_HEAD_COMPLETE);
    check_values(&head, KRT_FIELD_RANGE, "bytes=0-1|");
    check_values(&head, KRT_FIELD_IF_RANGE, "x|");
    assert_int_equal(delivery_read(&head, without, without.len, 1), KRT_HEAD_COMPLETE);
    check_values(&head, KRT_FIELD_RANGE, "");
    check_values(&head, KRT_FIELD_IF_RANGE, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals_do_not_depend_on_delivery),
        cmocka_unit_test(test_accepted_heads_do_not_depend_on_delivery),
        cmocka_unit_test(test_path_is_plain_without_escapes_and_dot_segments),
        cmocka_unit_test(test_prefixes_of_accepted_heads_are_partial),
        cmocka_unit_test(test_values_of_each_kept_field_are_found),
        cmocka_unit_test(test_next_head_has_no_values_of_the_last),
    };
    return cmocka_run_group_tests(tests, delivery_init, delivery_deinit);
}
