#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

void *mem_new(size_t size)
{
    return must(calloc(1, size != 0 ? size : 1));
}

void *mem_array(size_t n, size_t size)
{
    return must(calloc(n != 0 ? n : 1, size));
}

void *mem_grow(void *p, size_t size)
{
    return must(realloc(p, size != 0 ? size : 1));
}

void *mem_dup(const void *p, size_t n)
{
    return memcpy(must(malloc(n != 0 ? n : 1)), p, n);
}

void *mem_free(void *p)
{
    free(p);
    return NULL;
}
