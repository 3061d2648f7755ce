/*
 * routing_groups.c - audio routing groups of a call: who is heard by some only. The control thread.
 */
#include "api/body.h"
#include "api/odata.h"
#include "api/participants.h"
#include "api/reply.h"
#include "api/whose.h"
#include "core/routing.h"

static const char *context_of(const struct ask *a, const struct live_call *lc)
{
    return arena_printf(&a->http->arena, "calls('%s')/audioRoutingGroups", lc->call->id.text);
}

static struct texts texts_of(const struct id *ids, size_t count, struct arena *a)
{
    struct texts out = {.items = arena_new(a, (count + 1) * sizeof(*out.items)), .count = count};

    for (size_t i = 0; i < count; i++)
        out.items[i] = ids[i].text;
    return out;
}

/* context: its "@odata.context", NULL in a list; only: see struct write_how. */
static void write_group(struct ask *a, const struct routing_group *g, const char *context,
                        const char *const *only, struct writer *w)
{
    const struct graph_audio_routing_group page = {
        .odata = {.type = &graph_audio_routing_group_type},
        .odata_context = context,
        .id = g->id.text,
        .routing_mode = g->mode,
        .sources = texts_of(g->sources, g->source_count, &a->http->arena),
        .receivers = texts_of(g->receivers, g->receiver_count, &a->http->arena),
    };
    const struct write_how how = {.nulls = true, .v1 = a->v1, .only = only};

    fields_write(w, NULL, &graph_audio_routing_group_type, &page, &how);
}

static void reply_group(struct ask *a, const struct routing_group *g, const char *const *only)
{
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    write_group(a, g, body_context(a, context_of(a, g->owner)), only, &w);
    reply_buf(a, 200, &body, NULL);
}

void groups_list(struct ask *a)
{
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    static const char *const options[] = {NULL};
    struct buf body = {0};
    struct writer w;

    if (lc == NULL || odata_check(a, options, &f) != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_text(&w, "@odata.context", body_collection(a, context_of(a, lc)));
    writer_list(&w, "value");
    LIST_EACH(n, &lc->conversation->groups)
    {
        const struct routing_group *g = LIST_OF(n, struct routing_group, node);

        if (g->owner == lc)
            write_group(a, g, NULL, NULL, &w);
    }
    writer_end(&w);
    writer_end(&w);
    reply_buf(a, 200, &body, NULL);
}

void groups_create(struct ask *a)
{
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    struct graph_audio_routing_group body;
    struct routing_group *g = NULL;

    if (lc != NULL &&
        body_read(a, &graph_audio_routing_group_type, &body, &a->http->arena, false, &f) == ERR_OK)
        g = routing_add(lc,
                        &(struct routing_wish){.mode = body.routing_mode,
                                               .sources = &body.sources,
                                               .receivers = &body.receivers},
                        &f);
    if (g != NULL)
        reply_group(a, g, NULL); /* Graph says 200 here, not 201 */
    else
        reply_fail(a, &f);
}

/* The group of the path; NULL: answered. */
static struct routing_group *find(struct ask *a)
{
    struct fail f;
    const struct live_call *lc = participants_call(a, &f);
    struct routing_group *g = lc != NULL ? routing_find(lc, a->ids[1]) : NULL;

    if (lc == NULL)
        reply_fail(a, &f);
    else if (g == NULL)
        reply_error(a, ERR_NOT_FOUND);
    return g;
}

void groups_get(struct ask *a)
{
    const struct routing_group *g = find(a);
    const char *const *only;
    struct fail f;

    if (g == NULL)
        return;
    if (odata_single(a, &graph_audio_routing_group_type, &only, &f) != ERR_OK)
        reply_fail(a, &f);
    else
        reply_group(a, g, only);
}

void groups_change(struct ask *a)
{
    struct routing_group *g = find(a);
    struct graph_audio_routing_group body;
    struct texts sources, receivers;
    struct fail f;

    if (g == NULL)
        return;
    if (body_read(a, &graph_audio_routing_group_change_type, &body, &a->http->arena, false, &f) !=
        ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    sources = texts_of(g->sources, g->source_count, &a->http->arena);
    receivers = texts_of(g->receivers, g->receiver_count, &a->http->arena);
    if (routing_change(g,
                       &(struct routing_wish){
                           .mode = body.routing_mode != 0 ? body.routing_mode : g->mode,
                           .sources = body.sources.count != 0 ? &body.sources : &sources,
                           .receivers = body.receivers.count != 0 ? &body.receivers : &receivers,
                       },
                       &f) == ERR_OK)
        reply_group(a, g, NULL);
    else
        reply_fail(a, &f);
}

void groups_delete(struct ask *a)
{
    struct routing_group *g = find(a);

    if (g == NULL)
        return;
    routing_remove(g);
    reply_empty(a, 204, NULL);
}
