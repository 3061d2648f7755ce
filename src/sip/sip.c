/*
 * sip.c - the control thread's side: commands out, events in.
 *
 * The control thread. Does nothing itself: everything is a message to the sip thread.
 */
#include "sip/sip.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "crypto/tls_mend.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/worker.h"
#include "sip/account.h"
#include "sip/stack.h"

struct sip {
    struct loop *loop;
    struct worker *worker;
    struct stack stack; /* the sip thread's, from sip_start() until sip_stop() */
    struct mailbox *started;
    sip_event_h *on_event;
    void *arg;
    uint64_t next_leg; /* odd */
    char address[96];
    char tls_address[96];
};

struct start_report {
    struct sip *sip;
    enum err err;
    struct fail fail;
    enum err *err_out;
    struct fail *fail_out;
};

const char *sip_cause_name(enum sip_cause c)
{
    static const char *const names[] = {
#define X(name, text) [SIP_CAUSE_##name] = (text),
        SIP_CAUSES(X)
#undef X
    };

    return names[c];
}

void sip_incoming_free(struct sip_incoming *in)
{
    if (in == NULL)
        return;
    (void)mem_free(in->sdp);
    (void)mem_free(in);
}

static void on_event(void *msg, void *arg)
{
    struct sip *s = arg;

    s->on_event(msg, s->arg);
}

static void on_started(void *msg, void *arg)
{
    struct start_report *to = arg;
    const struct start_report *r = msg;

    to->err = r->err;
    to->fail = r->fail;
}

/* The thread: what it owns is made and unmade in it. */
static void run(void *arg)
{
    struct sip *s = arg;
    struct start_report r = {.sip = s};

    tls_mend_this_thread();
    r.err = stack_open(&s->stack, &r.fail);
    mailbox_post(s->started, &r);
    if (r.err == ERR_OK)
        stack_run(&s->stack);
    stack_close(&s->stack);
}

static enum err read_address(const char *text, char *ip, size_t size, uint16_t *port,
                             struct fail *f)
{
    struct addr a;
    char buf[ADDR_TEXT_SIZE];
    enum err e = addr_read(&a, text, true, f);

    if (e != ERR_OK)
        return e;
    (void)str_copy(ip, size, addr_ip_text(&a, buf));
    *port = addr_port(&a);
    return ERR_OK;
}

static void host_text(const char *ip, char *out, size_t size)
{
    bool v6 = strchr(ip, ':') != NULL;

    (void)snprintf(out, size, "%s%s%s", v6 ? "[" : "", ip, v6 ? "]" : "");
}

static bool is_any(const char *ip)
{
    return str_eq(ip, "0.0.0.0") || str_eq(ip, "::");
}

static enum err copy_settings(struct stack_settings *to, const struct sip_settings *from,
                              struct fail *f)
{
    enum err e = read_address(from->listen, to->listen_ip, sizeof(to->listen_ip), &to->port, f);

    if (e != ERR_OK)
        return e;
    to->tls = from->listen_tls != NULL;
    if (to->tls)
        e = read_address(from->listen_tls, to->tls_ip, sizeof(to->tls_ip), &to->tls_port, f);
    if (e != ERR_OK)
        return e;
    host_text(from->advertise != NULL ? from->advertise : to->listen_ip, to->host,
              sizeof(to->host));
    (void)str_copy(to->tls_folder, sizeof(to->tls_folder),
                   from->tls_folder != NULL ? from->tls_folder : "");
    (void)str_copy(to->realm, sizeof(to->realm), from->realm);
    if (from->advertise == NULL && is_any(to->listen_ip))
        return err_set(f, ERR_BAD_REQUEST,
                       "SIP listens on every address: say which one phones shall see");
    to->md5 = !str_eq(from->digest, "sha256");
    to->sha256 = !str_eq(from->digest, "md5");
    to->min_expires_s = from->min_expires_s;
    to->max_expires_s = from->max_expires_s;
    to->contacts_per_user = from->contacts_per_user;
    to->session_expires_s = from->session_expires_s;
    to->nonce_life_s = from->nonce_life_s;
    to->limits = from->limits;
    if (from->tag_key != NULL)
        memcpy(to->tag_key, from->tag_key, sizeof(to->tag_key));
    else
        hash_random(to->tag_key, sizeof(to->tag_key));
    return ERR_OK;
}

static void real_addresses(struct sip *s)
{
    char host[80];

    host_text(s->stack.set.listen_ip, host, sizeof(host));
    (void)snprintf(s->address, sizeof(s->address), "%s:%u", host, (unsigned)s->stack.set.port);
    if (!s->stack.set.tls)
        return;
    host_text(s->stack.set.tls_ip, host, sizeof(host));
    (void)snprintf(s->tls_address, sizeof(s->tls_address), "%s:%u", host,
                   (unsigned)s->stack.set.tls_port);
}

static void free_all(struct sip *s)
{
    worker_join(s->worker);
    mailbox_free(s->stack.commands);
    mailbox_free(s->stack.events);
    mailbox_free(s->started);
    (void)mem_free(s);
}

enum err sip_start(struct loop *l, const struct sip_settings *settings, sip_event_h *h, void *arg,
                   struct sip **out, struct fail *f)
{
    struct sip *s = mem_new(sizeof(*s));
    struct start_report r = {0};
    enum err e = copy_settings(&s->stack.set, settings, f);

    *out = NULL;
    if (e != ERR_OK) {
        (void)mem_free(s);
        return e;
    }
    s->loop = l;
    s->on_event = h;
    s->arg = arg;
    s->next_leg = 1;
    s->stack.commands = mailbox_new(NULL, sizeof(struct command), stack_command, &s->stack);
    s->stack.events = mailbox_new(l, sizeof(struct sip_event), on_event, s);
    s->started = mailbox_new(NULL, sizeof(struct start_report), on_started, &r);
    s->worker = worker_start("sip", run, s);
    while (mailbox_wait(s->started, -1) == 0)
        ;
    if (r.err != ERR_OK) {
        free_all(s);
        return err_set(f, r.err, "%s", r.fail.text);
    }
    real_addresses(s);
    *out = s;
    return ERR_OK;
}

const char *sip_address(const struct sip *s)
{
    return s->address;
}

const char *sip_tls_address(const struct sip *s)
{
    return s->tls_address[0] != '\0' ? s->tls_address : NULL;
}

static void post(struct sip *s, const struct command *c)
{
    assert(loop_is_mine(s->loop));
    mailbox_post(s->stack.commands, c);
}

void sip_stop(struct sip *s, int wait_ms)
{
    struct command c = {.kind = COMMAND_STOP, .status = wait_ms};

    if (s == NULL)
        return;
    mailbox_post(s->stack.commands, &c);
    free_all(s);
}

void sip_accounts(struct sip *s, const struct sip_account *list, size_t count)
{
    struct command c = {.kind = COMMAND_ACCOUNTS};

    c.gift = account_copy(list, count);
    post(s, &c);
}

void sip_set_limits(struct sip *s, const struct sip_limits *limits)
{
    struct command c = {.kind = COMMAND_LIMITS};

    c.gift = mem_dup(limits, sizeof(*limits));
    post(s, &c);
}

void sip_restore(struct sip *s, const struct sip_binding *b)
{
    struct command c = {.kind = COMMAND_RESTORE};

    c.gift = mem_dup(b, sizeof(*b));
    post(s, &c);
}

uint64_t sip_leg_new(struct sip *s)
{
    uint64_t leg = s->next_leg;

    s->next_leg += 2; /* the sip thread numbers with even ones */
    return leg;
}

void sip_invite(struct sip *s, uint64_t leg, const struct sip_invite *i)
{
    struct command c = {.kind = COMMAND_INVITE, .leg = leg};

    c.gift = mem_dup(i, sizeof(*i));
    post(s, &c);
}

void sip_ring(struct sip *s, uint64_t leg)
{
    struct command c = {.kind = COMMAND_RING, .leg = leg};

    post(s, &c);
}

void sip_answer(struct sip *s, uint64_t leg, const char *sdp)
{
    struct command c = {.kind = COMMAND_ANSWER, .leg = leg};

    c.gift = str_dup(sdp);
    post(s, &c);
}

void sip_refuse(struct sip *s, uint64_t leg, int status)
{
    struct command c = {.kind = COMMAND_REFUSE, .leg = leg, .status = status};

    post(s, &c);
}

void sip_modify_reply(struct sip *s, uint64_t leg, const char *sdp, int status)
{
    struct command c = {.kind = COMMAND_MODIFY_REPLY, .leg = leg, .status = status};

    c.gift = str_dup(sdp);
    post(s, &c);
}

void sip_hangup(struct sip *s, uint64_t leg, int status)
{
    struct command c = {.kind = COMMAND_HANGUP, .leg = leg, .status = status};

    post(s, &c);
}

void sip_confirm(struct sip *s, uint64_t leg)
{
    struct command c = {.kind = COMMAND_CONFIRM, .leg = leg};

    post(s, &c);
}

void sip_free_dialog(struct sip *s, const char *dialog)
{
    struct command c = {.kind = COMMAND_FREE_DIALOG};

    c.gift = str_dup(dialog);
    post(s, &c);
}
