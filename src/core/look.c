#include "core/look.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/obj.h"
#include "core/control.h"
#include "core/hosted.h"
#include "core/owed.h"
#include "core/party.h"
#include "store/rows.h"

enum { LOOK_LEGS = 12 };

struct look_media {
    struct live_call *lc;
    look_h *h;
    void *arg;
    size_t asked;
    struct media_stats stats[LOOK_LEGS];
    size_t count;
};

static void write_time(struct writer *w, const char *key, int64_t ms)
{
    char at[CLOCK_TEXT_SIZE];

    if (ms == 0)
        writer_null(w, key);
    else
        writer_text(w, key, clock_text(ms, at));
}

/* X(member, JSON name): the counters of a port. */
#define STATS(X)                            \
    X(packets_received, "packetsReceived")  \
    X(packets_sent, "packetsSent")          \
    X(bytes_received, "bytesReceived")      \
    X(bytes_sent, "bytesSent")              \
    X(expected, "packetsExpected")          \
    X(lost, "packetsLost")                  \
    X(duplicates, "duplicates")             \
    X(reordered, "reordered")               \
    X(late, "late")                         \
    X(concealed, "framesConcealed")         \
    X(dropped_source, "droppedOfStrangers") \
    X(dropped_form, "droppedMalformed")     \
    X(ssrc_changes, "ssrcChanges")

/* What media/ does not know is negative there, and null here. */
static double known(double value)
{
    return value < 0 ? NAN : value;
}

static void write_stats(struct writer *w, const struct media_stats *s)
{
    writer_int(w, "port", s->port);
    writer_text(w, "codec", s->rtp ? s->codec : NULL);
    writer_real(w, "levelInDb", s->level_in_db);
    writer_real(w, "levelOutDb", s->level_out_db);
    if (!s->rtp)
        return;
#define X(member, name) writer_int(w, name, (int64_t)s->member);
    STATS(X)
#undef X
    writer_real(w, "jitterMs", s->jitter_ms);
    writer_real(w, "bufferMs", s->buffer_ms);
    writer_real(w, "roundTripMs", known(s->round_trip_ms));
    writer_real(w, "theirLoss", known(s->their_loss));
    writer_real(w, "theirJitterMs", known(s->their_jitter_ms));
    writer_int(w, "ssrcIn", s->ssrc_in);
    writer_int(w, "ssrcOut", s->ssrc_out);
    writer_text(w, "sendingTo", s->remote);
    writer_text(w, "heardFrom", s->heard_from[0] != '\0' ? s->heard_from : NULL);
}

static const struct media_stats *stats_of(const struct live_leg *leg, const struct look_media *m)
{
    for (size_t i = 0; m != NULL && i < m->count; i++)
        if (m->stats[i].port == leg->port)
            return &m->stats[i];
    return leg->stats;
}

static void write_leg(struct writer *w, const struct live_leg *leg)
{
    writer_object(w, NULL);
    writer_int(w, "leg", (int64_t)leg->number);
    writer_text(w, "kind", leg_kind_name(leg->kind));
    writer_text(w, "state", leg_state_name(leg->state));
    writer_text(w, "participantId", leg->party != NULL ? leg->party->who.id.text : NULL);
    writer_text(w, "user", leg->user != NULL ? leg->user->id : NULL);
    writer_text(w, "contact", leg->binding != NULL ? leg->binding->contact : NULL);
    writer_text(w, "received", leg->binding != NULL ? leg->binding->received : NULL);
    writer_int(w, "port", leg->port);
    if (leg->status != 0)
        writer_int(w, "sipStatus", leg->status);
    if (leg->state == LEG_IS_GONE)
        writer_text(w, "cause", sip_cause_name(leg->cause));
    writer_end(w);
}

static void write_transitions(struct writer *w, const struct call *c)
{
    unsigned first =
        c->transition_count > CALL_TRANSITIONS ? c->transition_count - CALL_TRANSITIONS : 0;

    writer_list(w, "transitions");
    for (unsigned i = first; i < c->transition_count; i++) {
        const struct transition *t = &c->transitions[i % CALL_TRANSITIONS];

        writer_object(w, NULL);
        write_time(w, "at", t->at_ms);
        writer_text(w, "from", call_state_name(t->from));
        writer_text(w, "event", call_event_name(t->event));
        writer_text(w, "to", call_state_name(t->to));
        writer_text(w, "cause", t->cause != END_NONE ? end_name(t->cause) : NULL);
        writer_end(w);
    }
    writer_end(w);
}

static void write_operations(struct writer *w, const struct list *l)
{
    LIST_EACH(n, l)
    {
        const struct operation *o = LIST_OF(n, struct operation, node);

        writer_object(w, NULL);
        writer_text(w, "id", o->id.text);
        writer_text(w, "type", o->type->name);
        writer_text(w, "status", operation_status(o));
        writer_end(w);
    }
}

static void write_head(struct writer *w, const struct live_call *lc)
{
    const struct call *c = lc->call;

    writer_text(w, "id", c->id.text);
    writer_text(w, "state", call_state_name(c->state));
    writer_text(w, "tenantId", c->tenant.text);
    writer_text(w, "applicationId", c->application.text);
    writer_text(w, "application", lc->application != NULL ? lc->application->name : NULL);
    writer_text(w, "callbackUri", c->graph->callback_uri);
    write_time(w, "createdAt", c->created_ms);
}

static void write_conversation_of(struct writer *w, const struct live_call *lc)
{
    bool is_known = !lc->is_recovered;

    writer_object(w, "conversation");
    writer_text(w, "id", is_known ? lc->conversation_id.text : NULL);
    writer_text(w, "kind", is_known ? conversation_kind_name(lc->conversation_kind) : NULL);
    writer_end(w);
}

/* Code 0: the phone's own, and a restart forgot it. */
static void write_ending(struct writer *w, const struct ending *e)
{
    if (e->why == END_NONE)
        return;
    writer_object(w, "ending");
    writer_text(w, "cause", end_name(e->why));
    if (e->code != 0)
        writer_int(w, "code", e->code);
    else
        writer_null(w, "code");
    writer_int(w, "subcode", e->subcode);
    writer_end(w);
}

void look_call(const struct live_call *lc, struct writer *w, const struct look_media *media)
{
    const struct call *c = lc->call;
    const struct live_leg *heard = NULL;

    writer_object(w, NULL);
    write_head(w, lc);
    write_time(w, "establishedAt", c->established_ms);
    writer_text(w, "callChainId", c->chain_id);
    if (lc->is_recovered)
        writer_bool(w, "recovered", true);
    write_conversation_of(w, lc);
    writer_list(w, "legs");
    LIST_EACH(n, &lc->legs)
    {
        const struct live_leg *leg = LIST_OF(n, struct live_leg, in_call);

        write_leg(w, leg);
        if (leg->was_up)
            heard = leg;
    }
    writer_end(w);
    writer_object(w, "media");
    if (heard != NULL && stats_of(heard, media) != NULL)
        write_stats(w, stats_of(heard, media));
    writer_end(w);
    if (lc->hosted != NULL)
        hosted_write(lc, w, "stream");
    if (lc->device_quality != NULL)
        writer_raw(w, "deviceQuality", lc->device_quality, strlen(lc->device_quality));
    write_ending(w, &c->ending);
    write_transitions(w, c);
    writer_list(w, "operations");
    write_operations(w, &lc->finished);
    write_operations(w, &lc->line);
    writer_end(w);
    owed_look(lc, w);
    writer_end(w);
}

void look_calls(const struct control *ctl, struct writer *w)
{
    const struct map *maps[] = {&ctl->live.calls, &ctl->live.dying};

    writer_object(w, NULL);
    writer_list(w, "value");
    for (size_t i = 0; i < 2; i++) {
        size_t at = 0;

        for (const struct live_call *lc; (lc = map_next(maps[i], &at)) != NULL;) {
            writer_object(w, NULL);
            write_head(w, lc);
            writer_int(w, "ageSeconds", (clock_wall_ms() - lc->call->created_ms) / 1000);
            writer_end(w);
        }
    }
    writer_end(w);
    writer_end(w);
}

static void write_party(struct writer *w, const struct party *p)
{
    const struct participant *who = &p->who;
    bool person = participant_is_person(who);

    writer_object(w, NULL);
    writer_text(w, "id", who->id.text);
    writer_text(w, "state", participant_state_name(who->state));
    writer_text(w, "kind",
                leg_kind_name(p->leg != NULL ? p->leg->kind
                              : person       ? LEG_SIP
                                             : LEG_BOT));
    writer_text(w,
                person                     ? "userId"
                : who->kind == PARTY_GUEST ? "guestId"
                                           : "applicationId",
                who->identity);
    writer_text(w, "displayName", who->name);
    writer_text(w, "call", p->call != NULL ? p->call->call->id.text : NULL);
    writer_text(w, "leg", p->leg != NULL ? leg_state_name(p->leg->state) : NULL);
    writer_int(w, "port", party_port(p));
    writer_int(w, "sourceId", who->source_id);
    writer_bool(w, "isMuted", participant_is_muted(who));
    writer_end(w);
}

/* A leg that is nobody's: the echo's, and whose phone called it. */
static void write_lone_leg(struct writer *w, const struct live_leg *leg)
{
    writer_object(w, NULL);
    writer_text(w, "kind", leg_kind_name(leg->kind));
    writer_text(w, "userId", leg->user != NULL ? leg->user->id : NULL);
    writer_text(w, "state", leg_state_name(leg->state));
    writer_end(w);
}

void look_conversation(const struct conversation *c, struct writer *w)
{
    writer_object(w, NULL);
    writer_text(w, "id", c->id.text);
    writer_text(w, "kind", conversation_kind_name(c->kind));
    writer_text(w, "tenantId", c->tenant.text);
    write_time(w, "createdAt", c->created_ms);
    writer_text(w, "threadId", c->thread);
    writer_text(w, "messageId", c->message);
    writer_int(w, "rosterSequence", c->sequence);
    writer_bool(w, "largeGalleryView", c->has_large_gallery);
    writer_list(w, "participants");
    LIST_EACH(n, &c->parties)
    write_party(w, LIST_OF(n, struct party, in_conversation));
    LIST_EACH(n, &c->legs)
    if (LIST_OF(n, struct live_leg, in_conversation)->party == NULL)
        write_lone_leg(w, LIST_OF(n, struct live_leg, in_conversation));
    writer_end(w);
    writer_end(w);
}

void look_conversations(const struct control *ctl, struct writer *w)
{
    size_t at = 0;

    writer_object(w, NULL);
    writer_list(w, "value");
    for (const struct conversation *c; (c = map_next(&ctl->live.conversations, &at)) != NULL;)
        look_conversation(c, w);
    writer_end(w);
    writer_end(w);
}

static void finish(struct look_media *m)
{
    struct buf text = {0};
    struct writer w;

    writer_init(&w, &text);
    look_call(m->lc, &w, m);
    m->h(text.data, text.len, m->arg);
    buf_clear(&text);
    (void)obj_unref(m->lc);
    (void)mem_free(m);
}

static void on_stats(const struct media_stats *s, void *arg)
{
    struct look_media *m = arg;

    if (s != NULL && m->count < LOOK_LEGS)
        m->stats[m->count++] = *s;
    if (--m->asked == 0)
        finish(m);
}

void look_ask(struct live_call *lc, look_h *h, void *arg)
{
    struct look_media *m = mem_new(sizeof(*m));

    m->lc = obj_ref(lc);
    m->h = h;
    m->arg = arg;
    m->asked = 1; /* ours, so that an answer from inside cannot finish too early */
    LIST_EACH(n, &lc->legs)
    {
        const struct live_leg *leg = LIST_OF(n, struct live_leg, in_call);

        if (leg->port == 0 || leg->port_is_leaving)
            continue;
        m->asked++;
        media_ask_stats(lc->control->with.media, leg->port, on_stats, m);
    }
    on_stats(NULL, m);
}

struct look_back {
    look_h *h;
    void *arg;
};

static void on_life(const char *life, void *arg)
{
    struct look_back *b = arg;

    b->h(life, life != NULL ? strlen(life) : 0, b->arg);
    (void)mem_free(b);
}

void look_ended(struct control *ctl, const char *id, look_h *h, void *arg)
{
    struct look_back *b = mem_new(sizeof(*b));

    b->h = h;
    b->arg = arg;
    store_ask_ended_call(ctl->with.store, id, on_life, b);
}
