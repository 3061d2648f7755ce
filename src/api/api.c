#include "api/api.h"

#include "base/mem.h"

struct api *api_new(const struct api_settings *s, struct loop *l, struct control *ctl,
                    struct identity *identity)
{
    struct api *a = mem_new(sizeof(*a));

    a->settings = *s;
    a->loop = l;
    a->control = ctl;
    a->identity = identity;
    a->inbox = inbox_new(l);
    return a;
}

void api_free(struct api *a)
{
    if (a == NULL)
        return;
    inbox_free(a->inbox);
    (void)mem_free(a);
}
