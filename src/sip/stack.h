/*
 * stack.h - the sip thread: its root, its agent, and what it owns.
 *
 * One per process in practice. Everything that hangs on struct stack belongs to
 * the sip thread; the control thread speaks through `commands` and hears through
 * `events` (command.h).
 */
#ifndef SIP_STACK_H
#define SIP_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "sip/account.h"
#include "sip/command.h"
#include "sip/limit.h"
#include "sip/link.h"
#include "sip/nonce.h"
#include "sip/own_tag.h"
#include "sip/registrar.h"
#include "sip/sip.h"
#include "sip/sofia.h"

struct mailbox;

/* What we take; anything else is 405 or 501. REFER is 501 until it is built. */
#define STACK_ALLOW "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REGISTER"
#define STACK_AGENT "Carillon"

enum {
    STACK_INCOMING_MAX = 2000, /* unfinished and standing calls of phones; above: 503 */
    STACK_MIN_SE_S = 90,       /* RFC 4028 section 5 */
    STACK_END_MS = 2000,       /* how long ENDED may wait for the answer to BYE or CANCEL */
};

struct stack_settings { /* copies, made before the thread starts */
    char host[80];      /* what Contact and From say */
    char listen_ip[64];
    uint16_t port;
    bool tls;
    uint16_t tls_port;
    char tls_ip[64];
    char tls_folder[512];
    char realm[128];
    bool md5;
    bool sha256;
    int min_expires_s;
    int max_expires_s;
    int contacts_per_user;
    int session_expires_s;
    int nonce_life_s;
    struct sip_limits limits; /* of the start */
    uint8_t tag_key[OWN_TAG_KEY_BYTES];
};

struct stack {
    struct stack_settings set;
    struct mailbox *commands; /* to this thread */
    struct mailbox *events;   /* to the control thread */
    su_root_t *root;
    nta_agent_t *agent;
    nta_leg_t *outside; /* for our requests outside any dialog */
    su_wait_t wait;
    int watch;
    su_timer_t *tick;       /* once a second: expiry */
    su_timer_t *stop_timer; /* the end of patience at sip_stop() */
    struct account_table accounts;
    struct registrar registrar;
    struct nonce_table nonces;
    struct limits limits;
    struct link_table links;
    struct map dialogs;    /* by leg */
    struct list lingering; /* told as ended, transactions not over */
    struct list gone;      /* nothing left but their memory */
    struct list unsaved;   /* dialogs in UNACKED and TAKEN, the oldest first */
    size_t incoming_count; /* dialogs that phones began */
    uint64_t next_leg;     /* even; the control side makes odd ones */
    bool stopping;
    unsigned ticks;
    int64_t options_second; /* the second that options_count counts for */
    int options_count;
    int64_t strays_second; /* the same for stray.c */
    int strays_count;
};

/* Opens the ports and takes requests; in the sip thread. */
NODISCARD enum err stack_open(struct stack *s, struct fail *f);

/* Runs until COMMAND_STOP has been carried out. */
void stack_run(struct stack *s);

/* Ends what stack_open() began. */
void stack_close(struct stack *s);

/* Requests outside any dialog, and stray responses: the nta_message_f of the agent. */
int stack_on_message(void *stack, nta_agent_t *agent, msg_t *msg, sip_t *sip);

/* Carries out one command (a mailbox_h). */
void stack_command(void *msg, void *arg);

/* Posts an event to the control thread. */
void stack_tell(struct stack *s, const struct sip_event *e);

/* Called when a dialog is forgotten: a stopping stack with none left ends. */
void stack_dialog_gone(struct stack *s);

/* 405, or 501 for REFER and what we have never heard of; returns what a leg callback returns. */
int stack_refuse_method(nta_incoming_t *irq, const sip_t *sip);

/* Answers a request whose body or Require we cannot serve (415, 420); false when we can. */
bool stack_refuse_content(nta_incoming_t *irq, const sip_t *sip);

/* A display name without its quotes and without controls; cut to size. */
void stack_unquote(char *out, size_t size, const char *display);

/* Our Contact for a transport ("udp", "tcp", "tls"): "<sip:carillon@host:port;transport=tcp>". */
void stack_contact(const struct stack *s, const char *transport, char *out, size_t size);

/* The user part of an address, unescaped once; false when it has none, or too long a one. */
bool stack_user(const url_t *url, char *out, size_t size);

/* "udp:192.0.2.1:5060": where a request came from, as observed. Sets addr too. */
bool stack_source(struct stack *s, nta_incoming_t *irq, struct addr *a, char *out, size_t size);

/* "sip:192.0.2.1:5060;transport=udp" of such a text; false when it is none. */
bool stack_route(const char *source, char *out, size_t size);

#endif
