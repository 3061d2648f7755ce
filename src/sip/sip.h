/*
 * sip.h - phones and trunks over SIP (RFC 3261), on a thread of their own.
 *
 * The control thread gives commands and is told events; both cross by mailbox,
 * by value, with gifts. A dialog is known by its leg: a number that the control
 * thread gave it (outgoing) or that comes with SIP_EV_INCOMING, never reused.
 * This room knows phones, bindings, dialogs and SDP as text. It does not know
 * what a call, a bot or a conversation is. Commands for a leg that is gone are
 * dropped. All functions here: the control thread.
 */
#ifndef SIP_SIP_H
#define SIP_SIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "sip/own_tag.h"

struct loop;
struct sip;

/* A phone's account, as the registrar needs it. */
struct sip_account {
    const char *user;       /* directory id */
    const char *name;       /* SIP name: the user part of its address and the digest username */
    const char *display;    /* for From when it is rung about */
    const char *ha1_md5;    /* hex */
    const char *ha1_sha256; /* hex */
};

/* How often one address may ask for something outside of calls, a minute (sip/limit.h). */
struct sip_limits {
    int registers;
    int invites;
    int others;   /* OPTIONS, and what is not for us */
    int failures; /* wrong passwords */
};

struct sip_settings {
    const char *listen;     /* "127.0.0.1:5060", UDP and TCP; port 0: chosen */
    const char *listen_tls; /* "127.0.0.1:5061", or NULL: no TLS */
    const char *tls_folder; /* agent.pem, cafile.pem */
    const char *advertise;  /* IP for Contact and Via when it differs, or NULL */
    const char *realm;
    const char *digest;    /* "md5", "sha256" or "both" */
    int min_expires_s;     /* 60 */
    int max_expires_s;     /* 3600 */
    int contacts_per_user; /* 10 */
    int session_expires_s; /* 1800, Min-SE 90 (RFC 4028) */
    int nonce_life_s;      /* 300 */
    struct sip_limits limits;
    const uint8_t *tag_key; /* OWN_TAG_KEY_BYTES, the same over restarts: what was rung before a
                               crash and answers after it is known again. NULL: it is not */
};

/* A registered phone: where it is and how to get there. */
struct sip_binding {
    char user[40];     /* directory id */
    char contact[256]; /* the Contact's URI, as the phone said it */
    char received[80]; /* "udp:192.0.2.1:5060": the observed source, the way back */
    char instance[96]; /* +sip.instance, or "" */
    char call_id[128]; /* of the REGISTER */
    int64_t cseq;
    int64_t expires_ms; /* wall */
};

enum sip_event_kind {
    SIP_EV_BOUND,    /* a phone has registered or refreshed: `binding` */
    SIP_EV_UNBOUND,  /* it is gone or has expired: `binding` */
    SIP_EV_INCOMING, /* an authenticated INVITE: `leg` (new), `incoming`, `dialog`; sip_* answers it
                      */
    SIP_EV_RINGING,  /* 180 or 183 to our INVITE: `status` */
    SIP_EV_ANSWERED, /* 200 to our INVITE: `sdp`, `dialog`; sip_confirm() is due */
    SIP_EV_CONFIRMED, /* the ACK to our 200 has come: `sdp` when it answered our late offer, else
                         NULL */
    SIP_EV_OFFER, /* re-INVITE or UPDATE with an offer; sip_modify_reply() is due: `sdp` (NULL: asks
                     us to offer) */
    SIP_EV_KEY,   /* INFO with a DTMF digit: `key`, `key_ms` */
    SIP_EV_ENDED, /* the leg is over, told exactly once a leg, last: `status`, `cause` */
};

/* Why a leg ended. X(NAME, word) */
#define SIP_CAUSES(X)                                                              \
    X(REFUSED, "refused")         /* a final answer to our INVITE: status */       \
    X(CANCELLED, "cancelled")     /* our CANCEL, or theirs */                      \
    X(BYE_SENT, "bye-sent")       /* our BYE was answered, or gave up after 2 s */ \
    X(BYE_RECEIVED, "bye")        /* they hung up */                               \
    X(NO_ACK, "no-ack")           /* our 200 was never ACKed */                    \
    X(TRANSPORT, "transport")     /* no way there: refused, reset, unresolvable */ \
    X(NO_ANSWER, "no-answer")     /* 408: silence */                               \
    X(EXPIRED, "session-expired") /* RFC 4028: no refresh came */                  \
    X(REJECTED, "rejected")       /* sip_refuse() was sent */

enum sip_cause {
#define X(name, text) SIP_CAUSE_##name,
    SIP_CAUSES(X)
#undef X
};
const char *sip_cause_name(enum sip_cause c);

/* Who calls and whom. */
struct sip_incoming {
    char user[40]; /* directory id of the authenticated caller */
    char from_name[128];
    char to[256];       /* user part of the request URI, unescaped once */
    struct addr source; /* where the INVITE came from */
    char *sdp;          /* gift: the offer, or NULL (late offer) */
    bool info_keys;     /* Allow or Accept names INFO with application/dtmf-relay; a hint */
};

struct sip_event {
    enum sip_event_kind kind;
    uint64_t leg;
    int status;
    enum sip_cause cause;
    char key; /* '0'-'9', '*', '#', 'A'-'D' */
    int key_ms;
    struct addr source;            /* where the peer's signalling comes from, when known */
    char *sdp;                     /* gift: mem_free() */
    char *dialog;                  /* gift: mem_free(); JSON, for sip_free_dialog() */
    struct sip_binding *binding;   /* gift: mem_free() */
    struct sip_incoming *incoming; /* gift: sip_incoming_free() */
};
void sip_incoming_free(struct sip_incoming *in);

/* Called in the control thread; the gifts in e are the handler's to free. */
typedef void sip_event_h(const struct sip_event *e, void *arg);

/* Starts the thread and binds; the real addresses are in sip_address() and sip_tls_address(). */
NODISCARD enum err sip_start(struct loop *l, const struct sip_settings *s, sip_event_h *h,
                             void *arg, struct sip **out, struct fail *f);
const char *sip_address(const struct sip *s);     /* "127.0.0.1:5060" */
const char *sip_tls_address(const struct sip *s); /* or NULL */
/* Ends what is left (BYE, CANCEL; at most wait_ms), stops the thread. NULL is fine. */
void sip_stop(struct sip *s, int wait_ms);

/* Replaces all accounts (texts are copied). Bindings of users that are gone end. */
void sip_accounts(struct sip *s, const struct sip_account *list, size_t count);
/* Other limits from now on; what was counted under one that changes is forgotten. */
void sip_set_limits(struct sip *s, const struct sip_limits *limits);
/* A binding of before the restart. */
void sip_restore(struct sip *s, const struct sip_binding *b);

/* Where an INVITE goes and what it says. */
struct sip_invite {
    struct sip_binding to; /* contact and received decide the way */
    char from_user[128];   /* user part of From */
    char from_display[128];
    char call_id[64]; /* of the call, as X-Carillon-Call; the SIP Call-ID is sip's own */
    char *sdp;        /* gift: the offer */
};
void sip_invite(struct sip *s, uint64_t leg, const struct sip_invite *i);

/* A new leg number, for sip_invite(). */
uint64_t sip_leg_new(struct sip *s);

/* Answers an incoming leg: 180; 200 with an answer (or an offer, when it had none); a refusal
 * (status 400-699). The sdp is copied. */
void sip_ring(struct sip *s, uint64_t leg);
void sip_answer(struct sip *s, uint64_t leg, const char *sdp);
void sip_refuse(struct sip *s, uint64_t leg, int status);

/* Answers SIP_EV_OFFER: 200 with the sdp, or a refusal when sdp is NULL. */
void sip_modify_reply(struct sip *s, uint64_t leg, const char *sdp, int status);

/* Ends a leg as it stands: CANCEL, BYE or a refusal (status, for an incoming one that is not
 * answered: 480, 486, 603...). SIP_EV_ENDED follows in any case, after 2 s at the latest for BYE.
 */
void sip_hangup(struct sip *s, uint64_t leg, int status);

/* The leg's dialog is on disk, so that after a crash its phone can be freed: now the phone may be
 * in the call. Our ACK to its 200 goes out, or our 200 of sip_answer(); after 1 s they do in any
 * case. */
void sip_confirm(struct sip *s, uint64_t leg);
/* Sends a BYE within a dialog that was written down before a crash. */
void sip_free_dialog(struct sip *s, const char *dialog);

#endif
