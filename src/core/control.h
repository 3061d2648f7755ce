/*
 * control.h - the only room that knows everyone: turns what happened into an
 * event, asks model/ what it means, carries out the effects in order.
 *
 * One per server, on the control thread; everything below answers to it by
 * mailbox. A failed effect is an event (BROKEN), posted, never told from inside:
 * the state must never move while it is moving.
 */
#ifndef CORE_CONTROL_H
#define CORE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/live.h"
#include "core/settings.h"

struct appmedia;
struct client;
struct deliver;
struct files;
struct guard;
struct identity;
struct keys;
struct loop;
struct meetings;
struct store;
struct tail;

/* What main/ has opened; control uses, main/ closes. */
struct drivers {
    struct loop *loop;
    const struct directory *directory;
    struct identity *identity;
    struct keys *keys;
    struct store *store;
    struct client *client;
    const struct guard *guard; /* of client */
    struct deliver *deliver;
    struct media *media;
    struct appmedia *appmedia;
    struct files *files;
    struct sip *sip;
};

struct control {
    struct settings settings;
    struct drivers with;
    struct live live;
    struct meetings *meetings;
    struct tail *tail;
    struct map sounds;     /* core/sound.c */
    struct map asides;     /* core/aside.c: by play */
    struct map recordings; /* core/record.c: by number */
    int64_t recordings_pruned_ms;
    size_t sound_bytes;
    struct map replays;       /* core/replay.c */
    struct list replays_aged; /* oldest first */
    size_t replay_bytes;
    int64_t notice_number; /* the last one given */
    struct list unsaved;   /* core/owed.c: notices in memory alone, oldest first */
    int64_t unsaved_lost;  /* since the disk failed: there were too many */
    struct list orphans;   /* core/parked.c */
    int64_t began_ms;      /* by clock_mono_ms() */
    struct timer housekeeping;
    bool is_durable;
    bool is_stopping;
    uint64_t session_ids; /* of SDP */
    char *bearer;         /* the last one that webhook/ was given */
};

struct control *control_new(const struct settings *s, const struct drivers *with);
/* The drivers must have been stopped. NULL is fine. */
void control_free(struct control *ctl);

/* Tells a call what happened and carries out what follows. ERR_CONFLICT: refused by the table,
 * nothing has changed. */
enum err control_tell(struct live_call *lc, enum call_event ev, const struct ending *why,
                      struct fail *f);

/* The same from the next turn of the loop on: for what is found out inside an effect. */
void control_post(struct live_call *lc, enum call_event ev, const struct ending *why);

/* Tells a leg what happened and carries out what follows. */
void control_leg(struct live_leg *leg, enum leg_event ev);

/* The application keeps the call alive: its 45 minutes begin anew. */
void control_keep_alive(struct live_call *lc);

/* Gives the bot of a call its port in the call's room, if it has none. False: the media threads
 * take no more. */
NODISCARD bool control_connect_bot(struct live_call *lc);

/* Tells a leg's port what was agreed with the other side; relock: after a re-INVITE. When the media
 * thread cannot take it, the call ends as BROKEN. */
void control_set_peer(struct live_leg *leg, bool relock);

/* Drivers' doors, for main/: arg is the control. */
void control_on_sip(const struct sip_event *e, void *arg);
void control_on_media(const struct media_event *e, void *arg);
void control_on_health(bool durable, const char *why, void *arg);
const struct deliver_hooks *control_deliver_hooks(struct control *ctl);

/* Ends every call and every phone's; what comes after is taken. */
void control_end_all(struct control *ctl);

/* The same, and new calls are refused (SIGTERM); control_is_quiet() says when all have ended. */
void control_stop(struct control *ctl);
bool control_is_quiet(const struct control *ctl);

/* Tells h once everything that was decided so far is on disk (ok), or cannot be. */
typedef void control_safe_h(bool ok, void *arg);
void control_when_safe(struct control *ctl, control_safe_h *h, void *arg);

/* Is new work taken? ERR_BUSY with the reason otherwise. */
NODISCARD enum err control_is_open(const struct control *ctl, struct fail *f);

#endif
