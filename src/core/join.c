#include "core/join.h"

#include "base/log.h"
#include "base/str.h"
#include "core/control.h"
#include "core/gathering.h"
#include "core/meetings.h"
#include "core/party.h"

enum entry_guests join_guests(const struct control *ctl, const char *tenant)
{
    const struct tenant *t = directory_tenant(ctl->with.directory, tenant);

    return entry_guests_of(t != NULL ? t->guests : NULL);
}

static enum err check_guest(struct control *ctl, const struct create_request *r,
                            const struct place *at, struct fail *f)
{
    const struct graph_identity *guest = r->graph->source->identity->guest;

    if (guest->id == NULL || guest->id[0] == '\0')
        return err_set(f, ERR_BAD_REQUEST, "'source.identity.guest.id' is missing.");
    if (guest->display_name == NULL || guest->display_name[0] == '\0')
        return err_set(f, ERR_BAD_REQUEST,
                       "'source.identity.guest.displayName' is missing: the others see it.");
    if (join_guests(ctl, r->tenant) == ENTRY_GUESTS_REFUSE)
        return err_set(f, ERR_MEETING_LOCKED, "This tenant lets no guests into its meetings.");
    if (at->conversation != NULL &&
        party_find_identity(at->conversation, PARTY_GUEST, guest->id) != NULL)
        return err_set(f, ERR_CONFLICT, "A guest of this id is in the meeting already.");
    return ERR_OK;
}

/* Whom it rings comes too. */
static enum err check_room(const struct control *ctl, const struct create_request *r,
                           const struct place *at, struct fail *f)
{
    size_t there = at->conversation != NULL ? at->conversation->parties.count : 0;
    size_t more = 1 + r->graph->targets.count;

    if (there + more <= (size_t)ctl->settings.participants_per_meeting)
        return ERR_OK;
    return err_set(f, ERR_TOO_MANY, "This meeting has %zu participants; %zu more are over %d.",
                   there, more, ctl->settings.participants_per_meeting);
}

enum err join_check(struct control *ctl, const struct create_request *r, enum shape shape,
                    struct place *out, struct fail *f)
{
    enum err e = coordinates_find(ctl, r, out, f);

    if (e == ERR_OK && shape == SHAPE_JOIN_AS_GUEST)
        e = check_guest(ctl, r, out, f);
    if (e == ERR_OK)
        e = check_room(ctl, r, out, f);
    return e;
}

enum err join_judge(struct party *p, struct entry_question *q, struct fail *f)
{
    const struct conversation *c = p->conversation;
    const struct meeting *m = coordinates_meeting(c);

    q->guests = join_guests(c->control, c->tenant.text);
    if (m != NULL) {
        q->scope = entry_scope_of((enum graph_lobby_scope)m->lobby_scope);
        q->dial_in_free = m->is_dial_in_let_in.value;
    }
    switch (entry_judge(q)) {
    case ENTRY_IN:
        return party_tell(p, PARTICIPANT_EV_ENTER, NULL, f);
    case ENTRY_WAIT:
        return party_tell(p, PARTICIPANT_EV_WAIT, NULL, f);
    case ENTRY_REFUSED:
        break;
    }
    return err_set(f, ERR_MEETING_LOCKED, "This tenant lets no guests into its meetings.");
}

void join_begin(struct live_call *lc)
{
    const struct ending why = ending_of(END_REMOVED, 0);
    struct entry_question q = {.is_own = lc->party->who.kind == PARTY_APPLICATION};
    struct fail f;

    if (lc->conversation->kind == CONVERSATION_GROUP)
        q.is_invited = q.is_own; /* made on the spot: who knows the way belongs there */
    if (join_judge(lc->party, &q, &f) != ERR_OK)
        (void)control_tell(lc, CALL_EV_REMOVED, &why, NULL); /* the directory changed meanwhile */
}

enum err join_admit(struct party *p, struct fail *f)
{
    return party_tell(p, PARTICIPANT_EV_ADMIT, NULL, f);
}

enum err join_deny(struct party *p, struct fail *f)
{
    const struct ending why = ending_of(END_REMOVED, 0);

    return party_tell(p, PARTICIPANT_EV_DENY, &why, f);
}

void join_on_meeting_ended(struct control *ctl, struct meeting *m)
{
    struct conversation *c = live_conversation_at(ctl, m->tenant.text, m->thread, m->message);

    if (c != NULL)
        (void)gathering_tell(c, CONVERSATION_EV_CLOSED, NULL);
}
