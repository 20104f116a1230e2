#include "krt.h"

int main(int argc, char **argv)
{
    return krt_main(&krt_program, argc, argv);
}
