/* What clients of sample_program say and hear, at SAMPLE_TIME. */
#ifndef TESTS_SAMPLE_TEXT_H
#define TESTS_SAMPLE_TEXT_H

#include "sample.h"

#define HOST " HTTP/1.1\r\nHost: a\r\n"
#define GET_HELLO "GET /hello" HOST "\r\n"
#define GET_HUGE "GET /huge" HOST "\r\n"
#define POST_3 "POST /hello" HOST "Content-Length: 3\r\n\r\n"

/* The end of a response head, and that of one that closes. */
#define DATE(time) "Date: Sun, 06 Nov 1994 " time " GMT\r\n"
#define CLOSE_FIELD "Connection: close\r\n"
#define END DATE("08:49:37") "\r\n"
#define END_CLOSE_AT(time) DATE(time) CLOSE_FIELD "\r\n"
#define END_CLOSE END_CLOSE_AT("08:49:37")
#define END_KEEP DATE("08:49:37") "Connection: keep-alive\r\n\r\n"

#define HELLO_AT(time) SAMPLE_HELLO_HEAD DATE(time) "\r\n" SAMPLE_HELLO_BODY
#define HELLO SAMPLE_HELLO_HEAD END SAMPLE_HELLO_BODY
#define HELLO_CLOSE SAMPLE_HELLO_HEAD END_CLOSE SAMPLE_HELLO_BODY
#define MADE SAMPLE_MAKE_HEAD END SAMPLE_MAKE_BODY
#define MADE_CLOSE SAMPLE_MAKE_HEAD END_CLOSE SAMPLE_MAKE_BODY

/* Responses without a body of their own. */
#define STATUS(line) "HTTP/1.1 " line "\r\nContent-Length: 0\r\n"
#define NOT_FOUND STATUS("404 Not Found") END
#define REJECTED(line) STATUS(line) END_CLOSE
#define TIMEOUT_AT(time) STATUS("408 Request Timeout") END_CLOSE_AT(time)

/* The length of the whole answer to GET_HUGE. */
enum { HUGE_LEN = sizeof(SAMPLE_HUGE_HEAD END) - 1 + SAMPLE_HUGE_LEN };

#endif
