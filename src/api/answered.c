#include "api/answered.h"

#include "api/reply.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "core/create.h"

struct answered {
    struct control *control;
    char call[ID_SIZE];
    struct ask *ask; /* of answered_accept(), until it is answered */
};

struct answered *answered_new(struct control *ctl, const char *call)
{
    struct answered *d = mem_new(sizeof(*d));

    d->control = ctl;
    (void)str_copy(d->call, sizeof(d->call), call);
    return d;
}

void answered_sent(bool sent, void *arg)
{
    struct answered *d = arg;

    (void)sent;
    create_answered(d->control, d->call);
    (void)mem_free(d);
}

static void on_safe(bool ok, void *arg)
{
    struct answered *d = arg;

    (void)ok; /* as with a hang-up: the phone has heard of it, and notices go on from memory */
    reply_accepted(d->ask, answered_sent, d);
}

void answered_accept(struct ask *a, const char *call)
{
    struct answered *d = answered_new(a->api->control, call);

    d->ask = a;
    control_when_safe(d->control, on_safe, d);
}
