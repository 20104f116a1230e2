#include "log_answer.h"

#include "account.h"
#include "problem.h"

/* The most bytes of the reason of a miss; see KRT_REASON_MAX. */
enum { REASON_LEN = 1100 };

static struct krt_account begin(const struct krt_log *log, enum krt_log_level level,
                                char storage[KRT_LOG_LINE_MAX],
                                const struct krt_answer *answer)
{
    struct krt_account account = {.line = {storage, 0, KRT_LOG_LINE_MAX},
                                  .is_json = log->format == KRT_LOG_JSON};
    krt_log_begin(log, &account.line, level);
    krt_account_number(&account, KRT_PAIR("", ",\"status\":"),
                       (uint64_t)answer->status);
    return account;
}

static void log_access(struct krt_log *log, const struct krt_program *program,
                       const struct krt_answer *answer,
                       const struct krt_identity *identity, int64_t us)
{
    char storage[KRT_LOG_LINE_MAX];
    struct krt_account account = begin(log, KRT_LOG_DEBUG, storage, answer);
    const struct krt_verdict *verdict = answer->verdict;
    krt_account_number(&account, KRT_PAIR(" ", ",\"bytes\":"), answer->body_len);
    krt_account_word(&account, KRT_PAIR(" ", ""));
    krt_account_request(&account, answer);
    if (verdict && verdict->route != KRT_NO_ROUTE)
        krt_account_route(&account, &program->routes[verdict->route], verdict->values);
    krt_account_number(&account, KRT_PAIR(" in ", ",\"us\":"), (uint64_t)us);
    krt_account_word(&account, KRT_PAIR(" us", ""));
    krt_account_peer(&account, identity);
    krt_log_end(log, &account.line);
}

static void log_miss(struct krt_log *log, const struct krt_program *program,
                     const struct krt_answer *answer)
{
    char storage[KRT_LOG_LINE_MAX];
    char reason_storage[KRT_REASON_MAX];
    struct krt_buffer reason = KRT_BUFFER(reason_storage);
    struct krt_account account = begin(log, KRT_LOG_INFO, storage, answer);
    krt_account_word(&account, KRT_PAIR(" ", ""));
    krt_account_request(&account, answer);
    krt_put_reason(&reason, program, answer->verdict);
    krt_account_text(&account, KRT_PAIR(": ", ",\"message\":"), krt_end_text(&reason),
                     REASON_LEN);
    krt_log_end(log, &account.line);
}

void krt_log_answer(struct krt_log *log, const struct krt_program *program,
                    const struct krt_answer *answer,
                    const struct krt_identity *identity, int64_t us)
{
    if (log->level >= KRT_LOG_DEBUG)
        log_access(log, program, answer, identity, us);
    if (log->level >= KRT_LOG_INFO && krt_is_missed(answer))
        log_miss(log, program, answer);
}
