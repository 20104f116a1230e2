#define _GNU_SOURCE

#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void guard_init(struct guard *guard, size_t cap)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    guard->size = (cap + page - 1) / page * page;
    guard->memory = mmap(NULL, guard->size + page, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guard->memory == MAP_FAILED ||
        mprotect(guard->memory + guard->size, page, PROT_NONE) != 0) {
        perror("guard_init");
        exit(1);
    }
}

void guard_deinit(struct guard *guard)
{
    munmap(guard->memory, guard->size + (size_t)sysconf(_SC_PAGESIZE));
}

unsigned char *guard_end(const struct guard *guard, size_t len)
{
    memset(guard->memory, 0xa5, guard->size - len);
    return guard->memory + guard->size - len;
}
