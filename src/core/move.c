#include "core/move.h"

#include "base/log.h"
#include "base/obj.h"
#include "core/control.h"
#include "core/gathering.h"
#include "core/party.h"
#include "core/retarget.h"

/* The port goes first: it is all that can fail. */
static bool move_port(const struct live_leg *leg, struct conversation *to)
{
    struct media *m = leg->control->with.media;

    if (to->room == 0)
        to->room = media_room_new_beside(m, leg->conversation->room);
    return to->room != 0 && media_port_move(m, leg->port, to->room);
}

static void move_leg(struct live_leg *leg, struct party *to)
{
    struct party *from = leg->party;

    if (leg->call != NULL)
        live_leg_detach(leg);
    list_remove(&leg->in_conversation);
    leg->conversation = to->conversation;
    list_push(&to->conversation->legs, &leg->in_conversation);
    leg->party = obj_ref(to);
    to->leg = leg;
    to->who.holds = leg->state == LEG_IS_HELD;
    from->leg = NULL;
    (void)obj_unref(from);
}

bool move_party(struct party *from, struct party *to)
{
    const struct ending why = ending_of(END_PEER_HUNG_UP, 0);
    struct conversation *old = from->conversation;
    struct live_leg *leg = from->leg;

    if (leg == NULL || leg->port_is_leaving || from->who.state != PARTICIPANT_IN ||
        !move_port(leg, to->conversation))
        return false;
    log_line(LOG_INFO, "core", old->id.text, "a person goes over to %s", to->conversation->id.text);
    (void)obj_ref(from);
    (void)obj_ref(old);
    move_leg(leg, to);
    (void)party_tell(to, PARTICIPANT_EV_ENTER, NULL, NULL);
    party_sound(to);
    if (old->kind == CONVERSATION_P2P && !retarget_left(old))
        gathering_partner(old, CALL_EV_LEFT, &why);
    (void)party_tell(from, PARTICIPANT_EV_LEAVE, &why, NULL);
    (void)obj_unref(old);
    (void)obj_unref(from);
    return true;
}
