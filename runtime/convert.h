/* Values of parameters as the types that handlers get. Each function takes a value that
 * satisfies the constraint in question, or an absent one, which is 0, false or an empty
 * text. None depends on the locale. */
#ifndef KRT_CONVERT_H
#define KRT_CONVERT_H

#include "exchange.h"
#include "krt.h"
#include "tables.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parameter at `index` of the path, and of the query: the value, the default in its
 * place, or `at` is NULL. */
struct krt_slice krt_path_value(const struct krt_exchange *exchange, size_t index);
struct krt_slice krt_query_value(const struct krt_exchange *exchange, size_t index);

struct krt_str krt_to_str(struct krt_slice value);

/* `int` and `long`, or an integer within bounds. */
int32_t krt_to_int32(struct krt_slice value);
int64_t krt_to_int64(struct krt_slice value);

bool krt_to_bool(struct krt_slice value);

/* The nearest double; infinity where the value is too large for one. */
double krt_to_double(struct krt_slice value);

#endif
