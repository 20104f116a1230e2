#include "names.h"

const char *my_name(void)
{
    return "krgen";
}
