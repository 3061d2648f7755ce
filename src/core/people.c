#include "core/people.h"

#include "base/log.h"
#include "base/obj.h"
#include "core/caller.h"
#include "core/control.h"
#include "core/gathering.h"
#include "core/invite.h"
#include "core/party.h"

void people_call(struct control *ctl, const struct sip_event *e, const struct user *user,
                 const struct user *callee)
{
    struct conversation *c;
    struct id tenant;

    (void)id_read_text(&tenant, user->tenant);
    c = live_conversation_new(ctl, CONVERSATION_P2P, &tenant);
    if (caller_admit(c, e, user) == NULL)
        return;
    log_line(LOG_INFO, "core", c->id.text, "%s calls %s", user->sip, callee->sip);
    (void)invite(c, &(struct invitation){.user = callee->id, .from = user});
}

void people_rings(struct conversation *c)
{
    LIST_EACH(n, &c->legs)
    caller_ring(LIST_OF(n, struct live_leg, in_conversation));
}

void people_unreached(struct conversation *c, const struct ending *why)
{
    (void)obj_ref(c);
    LIST_EACH(n, &c->legs)
    caller_refuse(LIST_OF(n, struct live_leg, in_conversation), ending_sip_status(why));
    (void)obj_unref(c);
}

void people_part(struct conversation *c, const struct ending *why)
{
    (void)obj_ref(c);
    LIST_EACH(n, &c->parties)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (p->who.state == PARTICIPANT_INVITED)
            (void)party_tell(p, PARTICIPANT_EV_REMOVE, why, NULL);
    }
    gathering_hang_up(c);
    (void)obj_unref(c);
}
