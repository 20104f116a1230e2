/* ping_pong ENDPOINT REQUEST-LENGTH ANSWER-FILE
 *
 * The least that a server can do, to compare with: for each REQUEST-LENGTH bytes that a
 * client sends, whatever they are, it gets the bytes of ANSWER-FILE. Blocking calls, a
 * thread for each client, and nothing is parsed. Prints "ready" when clients can
 * connect; ends with standard input. */
#include "ping_pong.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_SIZE = 16 * 1024, ANSWERS_MAX = 64 };

static size_t request_len;
static size_t answer_len;
static char *answers; /* ANSWERS_MAX times the same */

static bool send_answers(struct channel *channel, size_t n)
{
    for (; n > ANSWERS_MAX; n -= ANSWERS_MAX)
        if (!channel_send(channel, answers, ANSWERS_MAX * answer_len))
            return false;
    return n == 0 || channel_send(channel, answers, n * answer_len);
}

void converse(struct channel *channel)
{
    char buffer[BUFFER_SIZE];
    size_t unanswered = 0;
    for (;;) {
        size_t n = channel_receive(channel, buffer, sizeof buffer);
        if (n == 0 || !send_answers(channel, (unanswered + n) / request_len))
            return;
        unanswered = (unanswered + n) % request_len;
    }
}

static bool read_answer(const char *name)
{
    static char answer[BUFFER_SIZE];
    FILE *file = fopen(name, "rb");
    if (!file)
        return false;
    answer_len = fread(answer, 1, sizeof answer, file);
    fclose(file);
    answers = malloc(ANSWERS_MAX * answer_len + 1);
    if (answer_len == 0 || !answers)
        return false;
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        memcpy(answers + i * answer_len, answer, answer_len);
    return true;
}

int main(int argc, char **argv)
{
    request_len = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    if (request_len == 0) {
        fprintf(stderr, "usage: ping_pong ENDPOINT REQUEST-LENGTH ANSWER-FILE\n");
        return 2;
    }
    if (!read_answer(argv[3]) || !listen_on(argv[1])) {
        fprintf(stderr, "ping_pong: cannot serve %s on %s\n", argv[3], argv[1]);
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    int c;
    do
        c = getchar();
    while (c != EOF);
    return 0;
}
