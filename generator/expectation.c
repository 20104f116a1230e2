#include "expectation.h"

#include "draft.h"

/* More calls than any run has, and far from what an int holds. */
enum { CALLS_MAX = 1000000000 };

const struct type expectation_calls = {
    .kind = TYPE_COUNT,
    .example = "write a number such as 3, or a range: 1..3, 2.. or ..4",
    .takes_range = true,
    .max = CALLS_MAX,
    .check = CHECK_EXPECT,
};

void read_expectation(struct reader *r, const struct pair *pair, void *out)
{
    const struct draft *draft = out;
    struct range calls = range_of(pair->value->text, &expectation_calls);
    (void)r;
    draft->route->expectation = (struct expectation){
        .is_given = true,
        .span = pair->value->span,
        .min = calls.min,
        .max = calls.max,
    };
}

void refuse_expectation(struct reader *r, const struct node *response)
{
    const struct pair *pair =
        response->kind == NODE_MAPPING ? yaml_find(response, "expect") : NULL;
    if (!pair)
        return;
    struct diagnostic *error =
        diag_error(r->diag, CHECK_EXPECT, pair->key->span,
                   "what answers where no route does has no calls to expect");
    diag_hint(r->diag, error, "with --strict, a run with such a request fails");
}
