/* Security descriptors in the language that Windows has for them, SDDL:
 *
 *   O:BAG:SYD:P(A;;GA;;;SY)(A;;0x12019b;;;BA)S:(ML;;NW;;;LW)
 *
 * Of it, what means something on a pipe. */
#ifndef KRGEN_SDDL_H
#define KRGEN_SDDL_H

#include "fields.h"
#include "model.h"
#include "str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SDDL_MAX = 3000 }; /* bytes of a descriptor in a spec */

/* Who has rights: as written, and in the form of sid_read(). */
struct principal {
    struct located source; /* without a source where there is none */
    struct str sid;
};

/* An entry of an access control list: "(A;;GA;;;SY)". */
struct ace {
    struct located source; /* without its parentheses */
    bool grants;           /* it allows something on the pipe itself */
    uint32_t mask;         /* what */
    struct located rights; /* the same as written */
    struct principal principal;
};

struct acl {
    struct located source;  /* from "D:" on; without a source where there is none */
    bool is_protected;      /* the flags P, */
    bool is_auto_requested; /* AR */
    bool is_auto_inherited; /* and AI */
    struct ace *aces;
    size_t n_aces;
};

struct sddl {
    struct principal owner;
    struct principal group;
    struct acl dacl;
    struct acl sacl;
};

/* Reads `text`. NULL after an error. */
const struct sddl *sddl_read(struct reader *r, struct located text);

/* Appends the descriptor as a server can use it: protected, and with all rights for the
 * user `<user>` that it runs as, who is its owner where it names none. `more` is put
 * behind the entries of the DACL. */
void sddl_put(const struct sddl *sddl, struct str more, struct buf *out);

#endif
