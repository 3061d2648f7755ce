#include "api/api.h"

#include "base/mem.h"
#include "base/rate.h"
#include "core/control.h"
#include "core/tail.h"

enum { ADDRESSES = 10000 }; /* whose failures are remembered */

struct api *api_new(const struct api_settings *s, struct loop *l, struct control *ctl,
                    struct identity *identity)
{
    struct api *a = mem_new(sizeof(*a));

    a->settings = *s;
    a->loop = l;
    a->control = ctl;
    a->identity = identity;
    a->inbox = inbox_new(l);
    a->documents = documents_new();
    a->failures = rate_new(s->failures_per_minute, s->failures_per_minute, ADDRESSES);
    a->tokens = rate_new(s->tokens_per_minute, s->tokens_per_minute, ADDRESSES);
    return a;
}

void api_free(struct api *a)
{
    if (a == NULL)
        return;
    inbox_free(a->inbox);
    documents_free(a->documents);
    tail_release(a->control->tail); /* who waits is answered while there is an api to do it */
    rate_free(a->failures);
    rate_free(a->tokens);
    (void)mem_free(a);
}

static void set_rate(struct rate **r, int *per_minute, int wanted)
{
    if (*per_minute == wanted)
        return;
    *per_minute = wanted;
    rate_free(*r);
    *r = rate_new(wanted, wanted, ADDRESSES);
}

void api_set_limits(struct api *a, int failures_per_minute, int tokens_per_minute)
{
    set_rate(&a->failures, &a->settings.failures_per_minute, failures_per_minute);
    set_rate(&a->tokens, &a->settings.tokens_per_minute, tokens_per_minute);
}
