#include "base/obj.h"

#include <assert.h>

#include "base/list.h"
#include "base/mem.h"

struct obj {
    struct list_node node;
    const char *type;
    obj_free_h *on_free;
    unsigned refs;
    max_align_t data[];
};

static _Thread_local struct list all;
static _Thread_local size_t count;

static struct obj *header(void *p)
{
    return (struct obj *)(void *)((char *)p - offsetof(struct obj, data));
}

void *obj_new(const char *type, size_t size, obj_free_h *on_free)
{
    struct obj *o = mem_new(sizeof(*o) + size);

    o->type = type;
    o->on_free = on_free;
    o->refs = 1;
    list_push(&all, &o->node);
    count++;
    return o->data;
}

void *obj_ref(void *p)
{
    if (p != NULL) {
        assert(header(p)->refs != 0);
        header(p)->refs++;
    }
    return p;
}

void *obj_unref(void *p)
{
    struct obj *o;

    if (p == NULL)
        return NULL;
    o = header(p);
    assert(o->refs != 0);
    if (--o->refs != 0)
        return NULL;
    if (o->on_free != NULL)
        o->on_free(p);
    assert(o->refs == 0); /* a destructor must not resurrect its object */
    list_remove(&o->node);
    count--;
    return mem_free(o);
}

size_t obj_count(void)
{
    return count;
}

size_t obj_report(FILE *out)
{
    size_t n = 0;

    LIST_EACH(node, &all)
    {
        const struct obj *o = LIST_OF(node, struct obj, node);

        (void)fprintf(out, "still alive: %s %p refs=%u\n", o->type, (const void *)o->data, o->refs);
        n++;
    }
    return n;
}
