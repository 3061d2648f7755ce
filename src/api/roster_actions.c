/*
 * roster_actions.c - what is done to participants and shows in the roster: mutes, hold music,
 * recording status, screens, metadata. The control thread.
 */
#include "api/body.h"
#include "api/operations.h"
#include "api/participants.h"
#include "api/reply.h"
#include "base/mem.h"
#include "base/obj.h"
#include "core/aside.h"
#include "core/control.h"
#include "core/errand.h"
#include "core/roster.h"
#include "model/shape.h"

/* The end of an action that is done when it is answered. */
static void done(struct ask *a, struct live_call *lc, const struct type *type,
                 const char *client_context, struct arena *arena)
{
    operations_reply(a, lc, errand_at_once(lc, type, client_context, arena));
}

/* Call and participant of the path, and the body's context; false: answered. */
static bool begin(struct ask *a, const struct type *action, struct live_call **lc, struct party **p,
                  struct arena *arena, const char **context)
{
    struct fail f;

    *lc = participants_call(a, &f);
    *p = *lc == NULL         ? NULL
         : a->ids[1] != NULL ? participants_find(*lc, a->ids[1], &f)
                             : (*lc)->party;
    if (*p != NULL)
        return operations_read_context(a, action, arena, context);
    reply_fail(a, &f);
    return false;
}

/* Mute and unmute, of the own call (itself) or of a participant. */
static void set_mute(struct ask *a, const struct type *action, bool itself, bool muted)
{
    const struct type *type =
        muted ? &graph_mute_participant_operation_type : &graph_unmute_participant_operation_type;
    struct live_call *lc;
    struct party *p;
    struct arena arena = {0};
    const char *context;

    if (!begin(a, action, &lc, &p, &arena, &context))
        return;
    if (itself)
        p->who.muted_itself = muted;
    if (!itself || !muted) /* who unmutes itself lifts what others have said, as in Teams */
        p->who.muted_by_others = muted;
    party_sound(p);
    roster_changed(p);
    done(a, lc, type, context, &arena);
}

void roster_mute_self(struct ask *a)
{
    set_mute(a, &graph_mute_action_type, true, true);
}

void roster_unmute_self(struct ask *a)
{
    set_mute(a, &graph_unmute_action_type, true, false);
}

void roster_mute(struct ask *a)
{
    set_mute(a, &graph_mute_action_type, false, true);
}

void roster_unmute(struct ask *a)
{
    set_mute(a, &graph_unmute_action_type, false, false);
}

static void mute_one(struct party *p, bool muted)
{
    if (p->who.muted_by_others == muted)
        return;
    p->who.muted_by_others = muted;
    party_sound(p);
    roster_changed(p);
}

/* Nothing is done unless all of them are there. */
static enum err mute_these(struct live_call *lc, const struct texts *ids, bool muted,
                           struct fail *f)
{
    struct id id;

    for (size_t i = 0; i < ids->count; i++)
        if (!id_read_text(&id, ids->items[i]) || participants_find(lc, id.text, f) == NULL)
            return err_set(f, ERR_NOT_FOUND, "'participants[%zu]' is not in the call.", i);
    for (size_t i = 0; i < ids->count; i++) {
        (void)id_read_text(&id, ids->items[i]);
        mute_one(participants_find(lc, id.text, f), muted);
    }
    return ERR_OK;
}

/* Without a list everybody but the application itself. */
static void mute_others(struct live_call *lc, bool muted)
{
    LIST_EACH(n, &lc->conversation->parties)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (p != lc->party && p->who.state == PARTICIPANT_IN)
            mute_one(p, muted);
    }
}

static void set_mute_all(struct ask *a, bool muted)
{
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    struct graph_mute_all_action body;
    struct arena arena = {0};
    struct operation *o;
    enum err e;

    if (lc == NULL) {
        reply_fail(a, &f);
        return;
    }
    e = body_read(a, &graph_mute_all_action_type, &body, &arena, true, &f);
    if (e == ERR_OK && body.participants.count != 0)
        e = mute_these(lc, &body.participants, muted, &f);
    else if (e == ERR_OK)
        mute_others(lc, muted);
    if (e != ERR_OK) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    o = errand_at_once(lc, &graph_mute_participants_operation_type, body.client_context, &arena);
    o->ids = body.participants;
    operations_reply(a, lc, o);
}

void roster_mute_all(struct ask *a)
{
    set_mute_all(a, true);
}

void roster_unmute_all(struct ask *a)
{
    set_mute_all(a, false);
}

/* The seed era's; today's root serves it too. */
void roster_metadata(struct ask *a)
{
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    struct graph_update_metadata_action body;
    struct arena arena = {0};

    if (lc == NULL ||
        body_read(a, &graph_update_metadata_action_type, &body, &arena, false, &f) != ERR_OK) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    participant_set_metadata(&lc->party->who, body.metadata);
    roster_changed(lc->party);
    operations_reply_later(
        a, lc, errand_at_once(lc, &graph_comms_operation_type, body.client_context, &arena));
}

static enum err read_recording(struct ask *a, struct graph_update_recording_status_action *body,
                               struct arena *arena, struct fail *f)
{
    enum err e = role_check(a->caller.roles, ROLE(ACCESS_MEDIA), "updateRecordingStatus", f);

    if (e == ERR_OK)
        e = body_read(a, &graph_update_recording_status_action_type, body, arena, false, f);
    return e;
}

void roster_recording(struct ask *a)
{
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    struct graph_update_recording_status_action body = {0};
    struct arena arena = {0};

    if (lc == NULL || read_recording(a, &body, &arena, &f) != ERR_OK) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    lc->party->who.recording = body.status;
    roster_changed(lc->party);
    done(a, lc, &graph_update_recording_status_operation_type, body.client_context, &arena);
}

/* Shared screens pass by this server; who shares one is in the roster. */
static enum err read_sharing(struct ask *a, const struct live_call *lc,
                             struct graph_change_screen_sharing_role_action *body,
                             struct arena *arena, struct fail *f)
{
    enum err e;

    if (!shape_is_app_hosted(lc->call->graph))
        return err_set(f, ERR_MEDIA_KIND, "The application does not host the media of this call.");
    e = role_check(a->caller.roles, ROLE(ACCESS_MEDIA), "changeScreenSharingRole", f);
    if (e == ERR_OK)
        e = body_read(a, &graph_change_screen_sharing_role_action_type, body, arena, false, f);
    return e;
}

void roster_sharing(struct ask *a)
{
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    struct graph_change_screen_sharing_role_action body = {0};
    struct arena arena = {0};

    if (lc == NULL || read_sharing(a, lc, &body, &arena, &f) != ERR_OK) {
        reply_fail(a, &f);
    } else {
        party_share(lc->party, (enum graph_screen_sharing_role)body.role);
        reply_empty(a, 202, NULL);
    }
    arena_clear(&arena);
}

/* --- hold music, the large gallery: what runs, and ends with a notice --- */

struct holding {
    struct live_call *lc;
    struct operation *o;
};

static void set_hold(struct party *p, bool on)
{
    if (p->who.on_hold == on)
        return;
    p->who.on_hold = on;
    party_sound(p);
    roster_changed(p);
}

/* How an operation ends whose music does not sound. */
static struct ending no_music(enum err why)
{
    if (why == ERR_CONFLICT)
        return (struct ending){.code = 400, .subcode = 8508};
    if (why == ERR_BUSY)
        return (struct ending){.code = 500, .subcode = 9999};
    return (struct ending){.code = 400, .subcode = why == ERR_MEDIA_KIND ? 8535 : 8536};
}

/* The music sounds, or cannot be had: then nobody is on hold. Who stopped it has seen to that. */
static void on_music(struct party *p, enum err why, void *arg)
{
    struct holding *h = arg;
    const struct ending no = no_music(why);

    if (why == ERR_OK) {
        errand_done(h->lc, h->o);
    } else {
        if (why != ERR_CONFLICT)
            set_hold(p, false);
        errand_failed(h->lc, h->o, &no);
    }
    (void)obj_unref(h->o);
    (void)obj_unref(h->lc);
    (void)mem_free(h);
}

static void play_music(struct live_call *lc, struct party *p, const struct graph_media_prompt *m,
                       struct operation *o)
{
    struct sound_place place = {.tenant = lc->call->tenant.text,
                                .application = lc->call->application.text,
                                .uri = "builtin:hold"};
    struct holding *h = mem_new(sizeof(*h));

    if (m != NULL) {
        place.uri = m->media_info->uri;
        place.resource_id = m->media_info->resource_id;
    }
    h->lc = obj_ref(lc);
    h->o = obj_ref(o);
    aside_play(p, &place, 0, on_music, h);
}

static struct operation *new_errand(struct live_call *lc, const struct type *type,
                                    const char *context, struct arena *arena, struct fail *f)
{
    struct operation *o = operation_new_errand(type, arena);

    o->client_context = context;
    (void)obj_ref(o);
    if (errand_add(lc, o, f) == ERR_OK)
        return o;
    (void)obj_unref(o);
    return NULL;
}

/* An action whose operation ends as soon as it is answered: `act` does it, just before. */
static void act_and_end(struct ask *a, const struct type *action, const struct type *type,
                        void (*act)(struct party *))
{
    struct live_call *lc;
    struct party *p;
    struct arena arena = {0};
    const char *context;
    struct operation *o;
    struct fail f;

    if (!begin(a, action, &lc, &p, &arena, &context))
        return;
    o = new_errand(lc, type, context, &arena, &f);
    if (o == NULL) {
        reply_fail(a, &f);
        return;
    }
    act(p);
    operations_reply_later(a, lc, o);
    errand_done(lc, o);
    (void)obj_unref(o);
}

/* There is no video here: that it is wanted is kept, and seen at /_/conversations/{id}. */
static void want_large_gallery(struct party *p)
{
    p->conversation->has_large_gallery = true;
}

void roster_large_gallery(struct ask *a)
{
    act_and_end(a, &graph_add_large_gallery_view_action_type,
                &graph_add_large_gallery_view_operation_type, want_large_gallery);
}

void roster_hold(struct ask *a)
{
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    struct party *p = lc != NULL ? participants_find(lc, a->ids[1], &f) : NULL;
    struct graph_start_hold_music_action body;
    struct arena arena = {0};
    struct operation *o = NULL;

    if (p != NULL && (p->leg == NULL || p->who.state != PARTICIPANT_IN)) {
        (void)err_set(&f, ERR_CALL_KIND, "Only a person who is in can be put on hold.");
        p = NULL;
    }
    if (p != NULL &&
        body_read(a, &graph_start_hold_music_action_type, &body, &arena, true, &f) == ERR_OK)
        o = new_errand(lc, &graph_start_hold_music_operation_type, body.client_context, &arena, &f);
    if (o == NULL) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    set_hold(p, true);
    play_music(lc, p, (const struct graph_media_prompt *)body.custom_prompt, o);
    operations_reply_later(a, lc, o);
    (void)obj_unref(o);
}

static void stop_music(struct party *p)
{
    if (!p->who.on_hold)
        return;
    aside_stop(p);
    set_hold(p, false);
}

void roster_unhold(struct ask *a)
{
    act_and_end(a, &graph_stop_hold_music_action_type, &graph_stop_hold_music_operation_type,
                stop_music);
}
