#include "core/live.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/party.h"
#include "store/rows.h"

static void conversation_free(void *p)
{
    struct conversation *c = p;

    (void)mem_free(c->thread);
    (void)mem_free(c->message);
    (void)mem_free(c->place);
}

struct conversation *live_conversation_new(struct control *ctl, enum conversation_kind kind,
                                           const struct id *tenant)
{
    struct conversation *c = obj_new("conversation", sizeof(*c), conversation_free);

    c->control = ctl;
    c->id = id_new();
    c->kind = kind;
    c->tenant = *tenant;
    c->created_ms = clock_wall_ms();
    (void)map_put(&ctl->live.conversations, c->id.text, c);
    return c;
}

/* No real thread id has a line break in it: the parts cannot be mixed up. */
static char *place_of(const char *tenant, const char *thread, const char *message)
{
    return str_printf("%s\n%s\n%s", tenant, thread, message);
}

void live_conversation_place(struct conversation *c, const char *thread, const char *message)
{
    c->thread = str_dup(thread);
    c->message = str_dup(message);
    c->place = place_of(c->tenant.text, thread, message);
    (void)map_put(&c->control->live.places, c->place, c);
}

struct conversation *live_conversation_at(const struct control *ctl, const char *tenant,
                                          const char *thread, const char *message)
{
    char *place = place_of(tenant, thread, message);
    struct conversation *c = map_find(&ctl->live.places, place);

    (void)mem_free(place);
    return c;
}

void live_conversation_unplace(struct conversation *c)
{
    if (c->place != NULL && map_find(&c->control->live.places, c->place) == c)
        (void)map_del(&c->control->live.places, c->place);
}

static void drop_parties(struct list *l)
{
    struct list_node *n;

    while ((n = list_pop(l)) != NULL)
        party_drop(LIST_OF(n, struct party, in_conversation));
}

void live_conversation_check(struct conversation *c)
{
    struct control *ctl = c->control;

    if (!list_empty(&c->legs) || !list_empty(&c->calls))
        return;
    timer_stop(&c->census_timer);
    timer_stop(&c->alone_timer);
    drop_parties(&c->parties);
    drop_parties(&c->departed);
    if (c->room != 0)
        media_room_remove(ctl->with.media, c->room);
    (void)map_del(&ctl->live.conversations, c->id.text);
    live_conversation_unplace(c);
    (void)obj_unref(c);
}

uint32_t live_room(struct conversation *c)
{
    if (c->room == 0)
        c->room = media_room_new(c->control->with.media);
    return c->room;
}

struct live_call *live_call_find(const struct control *ctl, const char *id)
{
    return map_find(&ctl->live.calls, id);
}

struct live_call *live_dying_find(const struct control *ctl, const char *id)
{
    return map_find(&ctl->live.dying, id);
}

struct conversation *live_conversation_find(const struct control *ctl, const char *id)
{
    return map_find(&ctl->live.conversations, id);
}

static void leg_free(void *p)
{
    struct live_leg *leg = p;

    (void)mem_free(leg->binding);
    (void)mem_free(leg->dialog);
    (void)mem_free(leg->answer);
    (void)mem_free(leg->stats);
    (void)obj_unref(leg->party);
}

struct live_leg *live_leg_new(struct control *ctl, enum leg_kind kind, uint64_t number,
                              struct conversation *conversation, struct live_call *call)
{
    struct live_leg *leg = obj_new("leg", sizeof(*leg), leg_free);

    leg->control = ctl;
    leg->kind = kind;
    leg->number = number;
    leg->conversation = conversation;
    leg->call = call;
    leg->local.session_id = leg->local.session_version = ++ctl->session_ids;
    if (number != 0)
        (void)map_put_num(&ctl->live.legs, number, leg);
    list_push(&conversation->legs, &leg->in_conversation);
    if (call != NULL)
        list_push(&call->legs, &leg->in_call);
    return leg;
}

void live_leg_drop(struct live_leg *leg)
{
    struct control *ctl = leg->control;

    timer_stop(&leg->timer);
    if (leg->dialog_is_saved)
        store_del_dialog(ctl->with.store, (int64_t)leg->number);
    list_remove(&leg->in_party);
    if (leg->number != 0)
        (void)map_del_num(&ctl->live.legs, leg->number);
    if (leg->in_conversation.in != NULL) {
        list_remove(&leg->in_conversation);
        live_conversation_check(leg->conversation);
    }
    leg->conversation = NULL;
    if (leg->call == NULL && (leg->port == 0 || leg->port_is_gone))
        (void)obj_unref(leg); /* a leg of a call is freed with its call */
}

void live_leg_detach(struct live_leg *leg)
{
    list_remove(&leg->in_call);
    leg->call = NULL;
}

void live_leg_port(struct live_leg *leg, uint32_t port)
{
    leg->port = port;
    if (port != 0)
        (void)map_put_num(&leg->control->live.ports, port, leg);
}

struct live_application *live_application_get(struct control *ctl, const char *id)
{
    struct live_application *a = map_find(&ctl->live.applications, id);

    if (a == NULL) {
        a = mem_new(sizeof(*a));
        (void)str_copy(a->id, sizeof(a->id), id);
        (void)map_put(&ctl->live.applications, a->id, a);
    }
    return a;
}

struct live_phones *live_phones_find(const struct control *ctl, const char *user)
{
    return map_find(&ctl->live.bindings, user);
}

static void clear_phones(struct map *m)
{
    size_t at = 0;

    for (struct live_phones *p; (p = map_next(m, &at)) != NULL;) {
        struct list_node *n;

        while ((n = list_pop(&p->phones)) != NULL)
            (void)mem_free(LIST_OF(n, struct live_phone, node));
        (void)map_del(m, p->user);
        (void)mem_free(p);
    }
    map_clear(m);
}

void live_clear(struct control *ctl)
{
    struct live *l = &ctl->live;
    size_t at = 0;

    for (struct live_application *a; (a = map_next(&l->applications, &at)) != NULL;) {
        (void)map_del(&l->applications, a->id);
        (void)mem_free(a);
    }
    clear_phones(&l->bindings);
    map_clear(&l->applications);
    map_clear(&l->calls);
    map_clear(&l->dying);
    map_clear(&l->legs);
    map_clear(&l->ports);
    map_clear(&l->bot_ports);
    map_clear(&l->streams);
    map_clear(&l->conversations);
    map_clear(&l->places);
}
