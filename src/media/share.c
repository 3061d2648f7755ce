/*
 * share.c - who gets whose payload. The room's media thread.
 */
#include "media/share.h"

#include "media/port.h"
#include "media/rtp_leg.h"

static struct encoder *encoder_of(struct port *p)
{
    return &p->leg->encoder;
}

static void follow(struct port *p, struct port *lead)
{
    p->lead = lead;
    list_push(&lead->followers, &p->in_followers);
}

/* The first of the others leads now, from where its lead was. */
static void bequeath(struct port *p)
{
    struct list *leads = p->in_leads.in;
    struct list_node *n = list_pop(&p->followers);
    struct port *heir;

    list_remove(&p->in_leads);
    if (n == NULL)
        return;
    heir = LIST_OF(n, struct port, in_followers);
    encoder_copy(encoder_of(heir), encoder_of(p));
    list_push(leads, &heir->in_leads);
    for (; n != NULL; n = list_pop(&p->followers))
        follow(LIST_OF(n, struct port, in_followers), heir);
}

void share_leave(struct port *p)
{
    struct port *lead = p->lead;

    if (lead == NULL)
        return;
    list_remove(&p->in_followers);
    p->lead = NULL;
    p->alone = SHARE_ALONE_TICKS;
    if (lead == p)
        bequeath(p);
    else
        encoder_copy(encoder_of(p), encoder_of(lead));
}

static struct port *find_lead(const struct list *leads, struct port *p)
{
    LIST_EACH(n, leads)
    {
        struct port *lead = LIST_OF(n, struct port, in_leads);

        if (lead->hears.open == p->hears.open && encoder_same(encoder_of(lead), encoder_of(p)))
            return lead;
    }
    return NULL;
}

static bool may_follow(struct port *p, struct port *lead, size_t waiting)
{
    return p->alone <= 0 || waiting >= SHARE_WAITING ||
           (encoder_rests(encoder_of(p)) && encoder_rests(encoder_of(lead)));
}

void share_join(struct list *leads, struct port *p, size_t *waiting)
{
    struct port *lead;

    if (p->lead != NULL)
        return;
    lead = find_lead(leads, p);
    if (lead == NULL) {
        list_push(leads, &p->in_leads);
        follow(p, p);
    } else if (may_follow(p, lead, *waiting)) {
        follow(p, lead);
    } else {
        p->alone--;
        ++*waiting;
    }
}
