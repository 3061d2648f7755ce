#include "core/lobby.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "core/aside.h"
#include "core/control.h"
#include "core/coordinates.h"
#include "core/incoming.h"
#include "core/party.h"
#include "model/entry.h"
#include "model/meeting.h"

enum { TRIES = 3 };

void lobby_keep(struct party *p)
{
    if (p->leg == NULL)
        return;
    (void)media_port_apart(p->conversation->control->with.media, party_port(p), true);
    if (p->who.state == PARTICIPANT_LOBBY)
        aside_builtin(p, "wait", 0);
    else
        aside_builtin(p, "passcode", 1);
}

void lobby_leave(struct party *p)
{
    aside_stop(p);
}

static void judge(struct party *p)
{
    const struct ending why = ending_of(END_REMOVED, 0);
    const struct meeting *m = coordinates_meeting(p->conversation);

    if (m == NULL || m->passcode == NULL || entry_keys_spell(p->typed, m->passcode)) {
        incoming_judge(p);
        return;
    }
    p->typed[0] = '\0';
    p->tries++;
    log_line(LOG_INFO, "core", party_log_id(p), "a wrong passcode was typed, try %d of %d",
             p->tries, TRIES);
    if (p->tries >= TRIES)
        (void)party_tell(p, PARTICIPANT_EV_OVERDUE, &why, NULL);
    else
        aside_builtin(p, "wrong", 1);
}

void lobby_key(struct party *p, char key)
{
    size_t n = strlen(p->typed);

    if (p->who.state != PARTICIPANT_ASKED)
        return;
    if (key == '#') {
        judge(p);
        return;
    }
    if (key == '*') {
        p->typed[0] = '\0'; /* begins anew */
        return;
    }
    if (n + 2 > sizeof(p->typed)) {
        p->typed[0] = '?'; /* longer than any passcode: now it is none */
        return;
    }
    p->typed[n] = key;
    p->typed[n + 1] = '\0';
}
