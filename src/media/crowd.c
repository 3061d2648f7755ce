/*
 * crowd.c - whose voices are in the main mix. Pure.
 */
#include "media/crowd.h"

#include "media/port.h"

bool crowd_counts(const struct port *p)
{
    return p->kind != PORT_BOT && p->kind != PORT_STREAM && port_wants_main(p);
}

static double score(const struct port *p)
{
    return p->loudness * (p->sounded && !p->crowded ? 4 : 1);
}

/* Puts p among the best, loudest first, if it is. */
static size_t rank(struct port *best[CROWD_VOICES], size_t n, struct port *p)
{
    size_t at = n;

    while (at > 0 && score(best[at - 1]) < score(p))
        at--;
    if (at == CROWD_VOICES)
        return n;
    if (n < CROWD_VOICES)
        n++;
    for (size_t i = n - 1; i > at; i--)
        best[i] = best[i - 1];
    best[at] = p;
    return n;
}

static void set_all(const struct list *ports, bool crowded)
{
    LIST_EACH(node, ports)
    LIST_OF(node, struct port, in_room)->crowded = crowded;
}

bool crowd_choose(const struct list *ports, size_t voices, bool was)
{
    struct port *best[CROWD_VOICES];
    size_t n = 0;

    if (voices <= CROWD_VOICES) {
        if (was)
            set_all(ports, false);
        return false;
    }
    LIST_EACH(node, ports)
    {
        struct port *p = LIST_OF(node, struct port, in_room);

        if (crowd_counts(p))
            n = rank(best, n, p);
    }
    LIST_EACH(node, ports)
    {
        struct port *p = LIST_OF(node, struct port, in_room);

        p->crowded = crowd_counts(p);
    }
    for (size_t i = 0; i < n; i++)
        best[i]->crowded = false;
    return true;
}
