#include "core/routing.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "core/party.h"

static enum err check_counts(const struct routing_wish *w, struct fail *f)
{
    size_t s = w->sources->count;
    size_t r = w->receivers->count;

    if (s == 0 || r == 0)
        return err_set(f, ERR_BAD_REQUEST, "'sources' and 'receivers' must have members.");
    if (w->mode == GRAPH_ROUTING_MODE_ONE_TO_ONE && (s != 1 || r != 1))
        return err_set(f, ERR_BAD_REQUEST,
                       "oneToOne has one source and one receiver; here are %zu and %zu.", s, r);
    if (w->mode == GRAPH_ROUTING_MODE_MULTICAST && s != 1)
        return err_set(f, ERR_BAD_REQUEST, "multicast has one source; here are %zu.", s);
    if (s + r > MEDIA_ROUTE_PORTS)
        return err_set(f, ERR_TOO_MANY, "A group has at most %d members.", MEDIA_ROUTE_PORTS);
    return ERR_OK;
}

/* The ids of people who are in the conversation; NULL when one of them is not. */
static struct id *read_ids(const struct conversation *c, const struct texts *from,
                           const char *field, struct fail *f)
{
    struct id *out = mem_array(from->count, sizeof(*out));

    for (size_t i = 0; i < from->count; i++) {
        const struct party *p =
            id_read_text(&out[i], from->items[i]) ? party_find(c, out[i].text) : NULL;

        if (p != NULL && p->who.state == PARTICIPANT_IN)
            continue;
        (void)err_set(f, ERR_NOT_FOUND, "'%s[%zu]' is not in the call.", field, i);
        return mem_free(out);
    }
    return out;
}

/* The ports of those who have one; returns how many. */
static size_t ports_of(const struct conversation *c, const struct id *ids, size_t count,
                       uint32_t out[MEDIA_ROUTE_PORTS])
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        const struct party *p = party_find(c, ids[i].text);

        if (p != NULL && party_port(p) != 0)
            out[n++] = party_port(p);
    }
    return n;
}

static void apply(const struct conversation *c, const struct routing_group *g)
{
    uint32_t sources[MEDIA_ROUTE_PORTS], receivers[MEDIA_ROUTE_PORTS];
    struct media_route r = {.sources = sources, .receivers = receivers};

    if (c->room == 0)
        return;
    r.source_count = ports_of(c, g->sources, g->source_count, sources);
    r.receiver_count = ports_of(c, g->receivers, g->receiver_count, receivers);
    if (!media_room_route(c->control->with.media, c->room, g->number, &r))
        log_line(LOG_ERROR, "core", c->id.text, "an audio routing group is not in force: %s",
                 "the media thread took no more");
}

/* Takes both lists over, or leaves the group as it was. */
static enum err fill(struct routing_group *g, const struct routing_wish *w, struct fail *f)
{
    const struct conversation *c = g->owner->conversation;
    struct id *sources = NULL, *receivers = NULL;
    enum err e = check_counts(w, f);

    if (e != ERR_OK)
        return e;
    sources = read_ids(c, w->sources, "sources", f);
    if (sources != NULL)
        receivers = read_ids(c, w->receivers, "receivers", f);
    if (receivers == NULL) {
        (void)mem_free(sources);
        return f->err;
    }
    (void)mem_free(g->sources);
    (void)mem_free(g->receivers);
    g->mode = w->mode;
    g->sources = sources;
    g->receivers = receivers;
    g->source_count = w->sources->count;
    g->receiver_count = w->receivers->count;
    apply(c, g);
    return ERR_OK;
}

static void group_free(struct routing_group *g)
{
    (void)mem_free(g->sources);
    (void)mem_free(g->receivers);
    (void)mem_free(g);
}

struct routing_group *routing_add(struct live_call *lc, const struct routing_wish *w,
                                  struct fail *f)
{
    struct conversation *c = lc->conversation;
    struct routing_group *g;

    if (c->groups.count >= MEDIA_ROUTE_GROUPS) {
        (void)err_set(f, ERR_TOO_MANY, "The conversation has %zu audio routing groups already.",
                      c->groups.count);
        return NULL;
    }
    g = mem_new(sizeof(*g));
    g->owner = lc;
    g->id = id_new();
    g->number = ++c->group_numbers;
    if (fill(g, w, f) != ERR_OK) {
        group_free(g);
        return NULL;
    }
    list_push(&c->groups, &g->node);
    return g;
}

enum err routing_change(struct routing_group *g, const struct routing_wish *w, struct fail *f)
{
    return fill(g, w, f);
}

void routing_remove(struct routing_group *g)
{
    const struct conversation *c = g->owner->conversation;

    g->source_count = 0; /* without sources there is none */
    apply(c, g);
    list_remove(&g->node);
    group_free(g);
}

struct routing_group *routing_find(const struct live_call *lc, const char *id)
{
    if (lc->conversation == NULL)
        return NULL;
    LIST_EACH(n, &lc->conversation->groups)
    {
        struct routing_group *g = LIST_OF(n, struct routing_group, node);

        if (g->owner == lc && str_eq(g->id.text, id))
            return g;
    }
    return NULL;
}

static bool take_out(struct id *ids, size_t *count, const struct id *id)
{
    size_t n = 0;

    for (size_t i = 0; i < *count; i++)
        if (!str_eq(ids[i].text, id->text))
            ids[n++] = ids[i];
    if (n == *count)
        return false;
    *count = n;
    return true;
}

void routing_left(const struct party *p)
{
    const struct conversation *c = p->conversation;

    LIST_EACH(n, &c->groups)
    {
        struct routing_group *g = LIST_OF(n, struct routing_group, node);
        bool was_source = take_out(g->sources, &g->source_count, &p->who.id);
        bool was_receiver = take_out(g->receivers, &g->receiver_count, &p->who.id);

        if (g->source_count == 0 || g->receiver_count == 0)
            routing_remove(g);
        else if (was_source || was_receiver)
            apply(c, g);
    }
}

void routing_end(const struct live_call *lc)
{
    if (lc->conversation == NULL)
        return;
    LIST_EACH(n, &lc->conversation->groups)
    {
        struct routing_group *g = LIST_OF(n, struct routing_group, node);

        if (g->owner == lc)
            routing_remove(g);
    }
}
