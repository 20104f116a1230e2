/* Files of handlers must exist; nothing of this one is compiled in the tests of what
 * krgen emits. */
#include "handlers.h"
