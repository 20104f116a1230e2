/* What handlers do that may wait: jobs of the pool. */
#ifndef KRT_HANDLER_H
#define KRT_HANDLER_H

#include "exchange.h"

/* The exchange whose job it is. */
struct krt_exchange *krt__exchange_of(struct krt_job *job);

/* Has the pool run `run` with the exchange's job, which ends in
 * krt__exchange_release(). */
void krt__exchange_submit(struct krt_exchange *exchange,
                          void (*run)(struct krt_job *job));

#endif
