/*
 * dialog.h - one leg as SIP sees it: a dialog and the transactions that are open in it.
 *
 *   CALLING -> (CANCELLING) -> UNACKED -> UP   our INVITE       (dialout.c)
 *   CALLED -> TAKEN -> ANSWERED -> UP          a phone's INVITE (dialin.c)
 *   UP -> ENDING -> OVER                       our BYE; a phone's BYE goes straight to OVER
 *
 * The control thread is told of the end once, when the state becomes OVER; what is
 * still open then (a BYE nobody answers, a 200 that crosses our CANCEL) is finished
 * alone, unseen. The sip thread only.
 */
#ifndef SIP_DIALOG_H
#define SIP_DIALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "sip/stack.h"

enum dialog_state {
    DIALOG_CALLING,    /* our INVITE is out */
    DIALOG_CANCELLING, /* and we do not want it any more; a 200 may cross */
    DIALOG_UNACKED,    /* their 200 is in; our ACK waits until the dialog is written down */
    DIALOG_CALLED,     /* a phone's INVITE is in, not answered */
    DIALOG_TAKEN,      /* our 200 is ready; it waits until the dialog is written down */
    DIALOG_ANSWERED,   /* our 200 is out, the ACK is not in */
    DIALOG_UP,
    DIALOG_ENDING, /* our BYE is out, or waits for the ACK */
    DIALOG_OVER,   /* the control thread has been told */
};

struct dialog {
    struct list_node node;    /* when OVER: in lingering or gone */
    struct list_node unsaved; /* when UNACKED or TAKEN: in the stack's list */
    int64_t unsaved_us;       /* and since when, by clock_real_us() */
    struct stack *stack;
    uint64_t leg;
    enum dialog_state state;
    bool from_phone;
    bool late_offer;     /* the INVITE that awaits its ACK had no offer */
    bool update_allowed; /* the peer's Allow names UPDATE */
    bool we_refresh;     /* RFC 4028 */
    bool wants_timer;    /* the INVITE being answered has "timer" in Supported */
    unsigned session_s;  /* 0: no session timer */
    nta_leg_t *nta;
    nta_outgoing_t *invite;  /* ours */
    nta_outgoing_t *bye;     /* ours, unanswered */
    nta_outgoing_t *refresh; /* ours, unanswered */
    nta_incoming_t *invited; /* theirs: the first INVITE or a re-INVITE, until its ACK */
    nta_incoming_t *update;  /* theirs, unanswered */
    su_timer_t *end_timer;
    su_timer_t *session_timer;
    enum sip_cause end_cause; /* what ENDING will be told as */
    int end_status;
    int last_status;   /* of the provisional responses to our INVITE */
    char call_id[64];  /* the call's, for the log; "" when unknown */
    char transport[8]; /* "udp", "tcp", "tls" */
    char route[128];   /* the way there: "sip:192.0.2.1:5060;transport=udp" */
    struct addr source;
    char *sdp_sent;    /* our last description */
    char *sdp_got;     /* the peer's last that was accepted */
    char *sdp_offered; /* the offer that waits for its answer */
};

/* A new dialog, in no state that does anything yet; source as in struct sip_binding. NULL when
 * source is none. */
struct dialog *dialog_new(struct stack *s, uint64_t leg, const char *source);

/* Where the peer's signalling comes from, as in struct sip_binding; false when it is none. */
bool dialog_set_source(struct dialog *d, const char *source);

/* Makes a new dialog one that nobody is told of: it is OVER and finishes alone. */
void dialog_quiet(struct dialog *d);

/* NULL when there is none, or when it is over. */
struct dialog *dialog_find(struct stack *s, uint64_t leg);

/* Tells with what is known of this leg filled in. */
void dialog_tell(struct dialog *d, struct sip_event *e);

/* The control thread's last word about this leg; afterwards d may be gone any time. */
void dialog_over(struct dialog *d, enum sip_cause cause, int status);

/* Sends BYE (or waits for the ACK that must come first); OVER follows. */
void dialog_bye(struct dialog *d, enum sip_cause cause, int status);

/* Ends a leg as it stands. */
void dialog_hangup(struct dialog *d, int status);

/* A phone is in a call from our ACK or our 200 on. After a crash we free it by what was written
 * down; or by the 200 that it repeats for want of an ACK, see stray.h. So the dialog waits in
 * `state` until it is on disk: the beginning and, with dialog_confirm(), the end of that wait. */
void dialog_wait_saved(struct dialog *d, enum dialog_state state);
void dialog_confirm(struct dialog *d);

/* The same for all that have waited for too long. */
void dialog_confirm_late(struct stack *s);

/* A transaction has ended: a dialog that is over and has none left goes. */
void dialog_settle(struct dialog *d);

/* Starts the wait of STACK_END_MS after which OVER is told in any case. */
void dialog_start_end(struct dialog *d, enum sip_cause cause, int status);

/* Requests inside the dialog: the nta_request_f of its leg. */
int dialog_on_request(void *dialog, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip);

/* Keeps a copy of a description: of ours (sdp_sent) or theirs (sdp_got). */
void dialog_keep_sdp(char **where, const char *sdp);

/* The SDP of a message as a new text, or NULL. */
char *dialog_sdp_of(const sip_t *sip);

/* Takes back a dialog that nobody has been told of. */
void dialog_forget(struct dialog *d);

/* Frees dialogs that have gone; not inside a callback of theirs. */
void dialog_sweep(struct stack *s);

/* Frees all; nothing is sent or told. */
void dialog_clear(struct stack *s);

#endif
