/*
 * stack.c - the sip thread: opens the ports, sorts requests and commands.
 *
 * Knows sofia's root and agent; not what a registration or a dialog is.
 */
#include "sip/stack.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "sip/accept.h"
#include "sip/challenge.h"
#include "sip/dialin.h"
#include "sip/dialog.h"
#include "sip/dialout.h"
#include "sip/keepalive.h"
#include "sip/listen.h"
#include "sip/reoffer.h"
#include "sip/saved.h"
#include "sip/stray.h"

enum {
    TICK_MS = 250,
    OPTIONS_PER_SECOND = 200,
    NONCES_IN_USE = 16384,
};

void stack_tell(struct stack *s, const struct sip_event *e)
{
    mailbox_post(s->events, e);
}

void stack_dialog_gone(struct stack *s)
{
    if (s->stopping && s->dialogs.count == 0 && list_empty(&s->lingering))
        su_root_break(s->root);
}

void stack_contact(const struct stack *s, const char *transport, char *out, size_t size)
{
    bool tls = strcmp(transport, "tls") == 0;
    bool udp = strcmp(transport, "udp") == 0;

    (void)snprintf(out, size, "<sip:carillon@%s:%u%s%s>", s->set.host,
                   (unsigned)(tls ? s->set.tls_port : s->set.port),
                   udp ? "" : ";transport=", udp ? "" : transport);
}

/* irq: NULL when there is no transaction; msg is the one just delivered then. */
static bool source_of(struct stack *s, nta_incoming_t *irq, msg_t *msg, struct addr *a, char *out,
                      size_t size)
{
    tport_t *tp = nta_incoming_transport(s->agent, irq, msg);
    const char *transport = tp != NULL ? tport_name(tp)->tpn_proto : NULL;
    char text[ADDR_TEXT_SIZE];
    bool known = msg != NULL && transport != NULL;

    if (known) {
        const su_sockaddr_t *from = msg_addr(msg);

        memset(a, 0, sizeof(*a));
        if (from->su_family == AF_INET6)
            a->in6 = from->su_sin6;
        else
            a->in = from->su_sin;
        (void)snprintf(out, size, "%s:%s", transport, addr_text(a, text));
    }
    if (tp != NULL)
        tport_unref(tp);
    return known;
}

bool stack_source(struct stack *s, nta_incoming_t *irq, struct addr *a, char *out, size_t size)
{
    msg_t *msg = nta_incoming_getrequest(irq);
    bool known = source_of(s, irq, msg, a, out, size);

    if (msg != NULL)
        msg_destroy(msg);
    return known;
}

bool stack_user(const url_t *url, char *out, size_t size)
{
    if (url->url_user == NULL || strlen(url->url_user) >= size)
        return false;
    (void)url_unescape(out, url->url_user);
    return true;
}

bool stack_route(const char *source, char *out, size_t size)
{
    static const char *const transports[] = {"udp", "tcp", "tls"};
    struct addr a;
    char text[ADDR_TEXT_SIZE];

    for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
        if (!str_starts(source, transports[i]) || source[3] != ':')
            continue;
        if (addr_read(&a, source + 4, true, NULL) != ERR_OK || addr_port(&a) == 0)
            return false;
        (void)snprintf(out, size, "sip:%s;transport=%s", addr_text(&a, text), transports[i]);
        return true;
    }
    return false;
}

void stack_unquote(char *out, size_t size, const char *display)
{
    bool quoted = *display == '"';
    size_t n = 0;

    for (display += quoted; *display != '\0' && n + 1 < size; display++) {
        if (quoted && *display == '"')
            break;
        if (quoted && *display == '\\' && display[1] != '\0')
            display++;
        if ((unsigned char)*display >= ' ' && *display != 127)
            out[n++] = *display;
    }
    out[n] = '\0';
}

int stack_refuse_method(nta_incoming_t *irq, const sip_t *sip)
{
    sip_method_t m = sip->sip_request->rq_method;
    bool known = m != sip_method_unknown && m != sip_method_refer;

    if (m == sip_method_ack)
        return 481; /* nothing goes back */
    (void)nta_incoming_treply(irq, known ? 405 : 501, NULL, SIPTAG_ALLOW_STR(STACK_ALLOW),
                              SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
    return 501;
}

bool stack_refuse_content(nta_incoming_t *irq, const sip_t *sip)
{
    su_home_t home[SU_HOME_AUTO_SIZE(256)];
    const char *type = sip->sip_content_type != NULL ? sip->sip_content_type->c_type : NULL;
    bool refused = true;

    su_home_auto(home, sizeof(home));
    if (nta_check_required(irq, sip, sip_supported_make(home, "timer"), TAG_END()) != 0)
        ; /* 420 has been sent */
    else if (sip->sip_payload != NULL && sip->sip_payload->pl_len > 0 &&
             (type == NULL || !str_eq_nocase(type, "application/sdp")))
        (void)nta_incoming_treply(irq, SIP_415_UNSUPPORTED_MEDIA,
                                  SIPTAG_ACCEPT_STR("application/sdp"), TAG_END());
    else
        refused = false;
    su_home_deinit(home);
    return refused;
}

/* Answered without asking who: phones and monitors probe with it. A flood is not. */
static bool too_many_options(struct stack *s)
{
    int64_t second = clock_real_us() / 1000000;

    if (second != s->options_second) {
        s->options_second = second;
        s->options_count = 0;
    }
    return ++s->options_count > OPTIONS_PER_SECOND;
}

static bool is_sent_by(const sip_via_t *v, const sip_via_t *own)
{
    bool tls = str_eq_nocase(v->v_protocol, sip_transport_tls);
    const char *usual = tls ? SIPS_DEFAULT_SERV : SIP_DEFAULT_SERV;

    return str_eq_nocase(v->v_host, own->v_host) &&
           str_eq(v->v_port != NULL ? v->v_port : usual, own->v_port != NULL ? own->v_port : usual);
}

/* Has it been here before? Who passes a request on puts a Via above ours; the topmost is of who
 * sent it, and behind a NAT that may well be an address of ours (RFC 3261 section 16.3). */
static bool is_loop(const struct stack *s, const sip_t *sip)
{
    for (const sip_via_t *v = sip->sip_via->v_next; v != NULL; v = v->v_next) {
        for (const sip_via_t *own = nta_agent_via(s->agent); own != NULL; own = own->v_next) {
            if (is_sent_by(v, own))
                return true;
        }
    }
    return false;
}

/* What is not for us, outside any dialog: a status, or 0. Max-Forwards says nothing to us: we are
 * where a request ends, and pass none on. */
static int refuse_outside(const struct stack *s, const sip_t *sip)
{
    sip_method_t m = sip->sip_request->rq_method;
    enum url_type_e type = (enum url_type_e)(unsigned char)sip->sip_request->rq_url->url_type;

    if (type != url_sip && type != url_sips)
        return 416;
    if (is_loop(s, sip))
        return 482;
    if (m == sip_method_options || m == sip_method_register)
        return 0;
    if (m == sip_method_unknown || m == sip_method_refer)
        return 501;
    if (sip->sip_to->a_tag != NULL || m == sip_method_cancel || m == sip_method_bye)
        return 481;
    return m == sip_method_invite ? 0 : 405;
}

/* Without a transaction: nothing is kept for strangers. Takes msg. */
static void reply_outside(struct stack *s, msg_t *msg, int status)
{
    (void)nta_msg_treply(s->agent, msg, status, sip_status_phrase(status),
                         SIPTAG_ALLOW_STR(STACK_ALLOW),
                         TAG_IF(status == 200, SIPTAG_ACCEPT_STR("application/sdp")),
                         TAG_IF(status == 200, SIPTAG_SUPPORTED_STR("timer")),
                         SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
}

static void serve(struct stack *s, msg_t *msg, sip_t *sip, const struct sip_account *account)
{
    nta_incoming_t *irq = nta_incoming_create(s->agent, NULL, msg, sip, TAG_END());
    int status;

    if (irq == NULL)
        return;
    if (sip->sip_request->rq_method == sip_method_register)
        status = registrar_on_register(s, irq, sip, account);
    else
        status = dialin_on_invite(s, irq, sip, account);
    if (status == 0)
        return; /* the dialog has it */
    if (nta_incoming_status(irq) < 200)
        (void)nta_incoming_treply(irq, status, NULL, SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
    nta_incoming_destroy(irq);
}

/* REGISTER and INVITE are served to those whose password is right. Takes msg. */
static void who_is_it(struct stack *s, msg_t *msg, sip_t *sip, const struct visitor *v)
{
    const struct sip_account *account = NULL;

    switch (challenge_check(s, sip, v, &account)) {
    case CHALLENGE_GOOD:
        serve(s, msg, sip, account);
        break;
    case CHALLENGE_STALE:
        challenge_reply(s, msg, v, true);
        break;
    case CHALLENGE_WRONG:
        challenge_reply(s, msg, v, false);
        break;
    case CHALLENGE_TOO_MANY:
        limit_refuse_try(s, v, msg, account);
        break;
    }
}

static bool read_visitor(struct stack *s, msg_t *msg, struct visitor *v)
{
    bool known = source_of(s, NULL, msg, &v->at, v->source, sizeof(v->source));

    v->certain = known && !str_starts(v->source, "udp:");
    return known;
}

int stack_on_message(void *stack, nta_agent_t *agent, msg_t *msg, sip_t *sip)
{
    struct stack *s = stack;
    struct visitor v;
    sip_method_t m;
    int status;

    if (!read_visitor(s, msg, &v)) {
        nta_msg_discard(agent, msg);
        return 0;
    }
    if (sip->sip_request == NULL) {
        if (!dialout_ack_again(s, sip))
            stray_on_response(s, sip, v.source);
        nta_msg_discard(agent, msg);
        return 0;
    }
    m = sip->sip_request->rq_method;
    if (m == sip_method_ack) {
        nta_msg_discard(agent, msg);
        return 0;
    }
    if (!limit_admit(s, &v, msg))
        return 0;
    if (m == sip_method_options && too_many_options(s)) {
        nta_msg_discard(agent, msg);
        return 0;
    }
    status = refuse_outside(s, sip);
    if (status == 0 && m == sip_method_options)
        status = 200;
    if (status != 0) {
        reply_outside(s, msg, status);
        return 0;
    }
    who_is_it(s, msg, sip, &v);
    return 0;
}

static void on_tick(su_root_magic_t *magic, su_timer_t *timer, void *arg)
{
    struct stack *s = arg;

    (void)magic;
    (void)timer;
    dialog_sweep(s);
    dialog_confirm_late(s);
    if (++s->ticks % (1000 / TICK_MS) != 0)
        return;
    registrar_expire(s, clock_mono_ms());
    accept_sweep(s);
    keepalive_send(s, s->ticks / (1000 / TICK_MS));
}

static int on_commands(su_root_magic_t *magic, su_wait_t *wait, void *arg)
{
    struct stack *s = arg;

    (void)magic;
    (void)wait;
    (void)mailbox_drain(s->commands);
    return 0;
}

static void on_library_log(void *stream, char const *fmt, va_list args)
{
    char line[200];

    (void)stream;
    (void)vsnprintf(line, sizeof(line), fmt, args);
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] != '\0')
        log_line(LOG_DEBUG, "sip", NULL, "sofia: %s", line);
}

/* The library takes the time of day for its timers: somebody sets it, and transactions end early or
 * never. It has a hook for tests, which no header declares. */
extern void (*_su_time)(su_time_t *t);

static void on_library_time(su_time_t *t)
{
    int64_t us = clock_real_us();

    t->tv_sec = (unsigned long)(us / 1000000) + SU_TIME_EPOCH;
    t->tv_usec = (unsigned long)(us % 1000000);
}

enum err stack_open(struct stack *s, struct fail *f)
{
    enum err e;

    (void)su_init();
    _su_time = on_library_time;
    su_log_redirect(su_log_default, on_library_log, NULL);
    su_log_soft_set_level(su_log_default, 1);
    s->root = su_root_create(NULL);
    if (s->root == NULL)
        return err_set(f, ERR_INTERNAL, "SIP has no event loop");
    (void)su_root_threading(s->root, 0);
    limit_set(&s->limits, &s->set.limits);
    accept_watch(s);
    e = listen_open(s, f);
    if (e != ERR_OK)
        return e;
    s->outside = nta_leg_tcreate(s->agent, NULL, NULL, NTATAG_NO_DIALOG(1),
                                 URLTAG_URL("sip:nobody@carillon.invalid"), TAG_END());
    (void)su_wait_create(&s->wait, mailbox_fd(s->commands), SU_WAIT_IN);
    s->watch = su_root_register(s->root, &s->wait, on_commands, s, 0);
    s->tick = su_timer_create(su_root_task(s->root), TICK_MS);
    if (s->outside == NULL || s->watch < 0 || s->tick == NULL ||
        su_timer_set_for_ever(s->tick, on_tick, s) < 0)
        return err_set(f, ERR_INTERNAL, "SIP cannot start its timers");
    nonce_init(&s->nonces, (int64_t)s->set.nonce_life_s * 1000, NONCES_IN_USE);
    s->next_leg = 2;
    return ERR_OK;
}

void stack_run(struct stack *s)
{
    su_root_run(s->root);
}

void stack_close(struct stack *s)
{
    dialog_clear(s);
    registrar_clear(s);
    account_clear(&s->accounts);
    nonce_clear(&s->nonces);
    accept_forget(s);
    limit_clear(&s->limits);
    su_timer_destroy(s->tick);
    su_timer_destroy(s->stop_timer);
    nta_leg_destroy(s->outside);
    nta_agent_destroy(s->agent);
    if (s->watch > 0)
        (void)su_root_deregister(s->root, s->watch);
    su_root_destroy(s->root);
    su_deinit();
}

static void on_stop_timer(su_root_magic_t *magic, su_timer_t *timer, void *arg)
{
    struct stack *s = arg;

    (void)magic;
    (void)timer;
    su_root_break(s->root);
}

static void do_accounts(struct stack *s, const struct command *c)
{
    account_replace(&s->accounts, c->gift);
    registrar_prune(s);
}

static void do_limits(struct stack *s, const struct command *c)
{
    limit_set(&s->limits, c->gift);
    (void)mem_free(c->gift);
}

static void do_restore(struct stack *s, const struct command *c)
{
    registrar_restore(s, c->gift);
    (void)mem_free(c->gift);
}

static void do_invite(struct stack *s, const struct command *c)
{
    struct sip_invite *i = c->gift;

    dialout_invite(s, c->leg, i);
    (void)mem_free(i->sdp);
    (void)mem_free(i);
}

static void do_ring(struct stack *s, const struct command *c)
{
    struct dialog *d = dialog_find(s, c->leg);

    if (d != NULL)
        dialin_ring(d);
}

static void do_answer(struct stack *s, const struct command *c)
{
    struct dialog *d = dialog_find(s, c->leg);

    if (d != NULL)
        dialin_answer(d, c->gift);
    (void)mem_free(c->gift);
}

static void do_refuse(struct stack *s, const struct command *c)
{
    struct dialog *d = dialog_find(s, c->leg);

    if (d != NULL)
        dialin_refuse(d, c->status);
}

static void do_modify_reply(struct stack *s, const struct command *c)
{
    struct dialog *d = dialog_find(s, c->leg);

    if (d != NULL)
        reoffer_reply(d, c->gift, c->status);
    (void)mem_free(c->gift);
}

static void do_hangup(struct stack *s, const struct command *c)
{
    struct dialog *d = dialog_find(s, c->leg);

    if (d != NULL)
        dialog_hangup(d, c->status);
}

static void do_confirm(struct stack *s, const struct command *c)
{
    struct dialog *d = dialog_find(s, c->leg);

    if (d != NULL)
        dialog_confirm(d);
}

static void do_free_dialog(struct stack *s, const struct command *c)
{
    saved_free(s, c->gift);
    (void)mem_free(c->gift);
}

/* BYE, CANCEL and refusals go out; the root ends when all are answered, or after a while. */
static void do_stop(struct stack *s, const struct command *c)
{
    size_t at = 0;
    struct dialog *d;
    struct list all = {0};

    s->stopping = true;
    while ((d = map_next(&s->dialogs, &at)) != NULL)
        list_push(&all, &d->node); /* only those that are over use the node */
    while (!list_empty(&all)) {
        d = LIST_OF(list_pop(&all), struct dialog, node);
        dialog_hangup(d, 503);
    }
    /* A timer of 0 ms is an assertion in sofia. */
    s->stop_timer = su_timer_create(su_root_task(s->root), c->status > 0 ? c->status : 1);
    if (s->stop_timer == NULL || su_timer_set(s->stop_timer, on_stop_timer, s) < 0)
        su_root_break(s->root);
    stack_dialog_gone(s);
}

void stack_command(void *msg, void *arg)
{
    static void (*const carry_out[COMMAND_COUNT])(struct stack * s, const struct command *c) = {
        [COMMAND_ACCOUNTS] = do_accounts,
        [COMMAND_LIMITS] = do_limits,
        [COMMAND_RESTORE] = do_restore,
        [COMMAND_INVITE] = do_invite,
        [COMMAND_RING] = do_ring,
        [COMMAND_ANSWER] = do_answer,
        [COMMAND_REFUSE] = do_refuse,
        [COMMAND_MODIFY_REPLY] = do_modify_reply,
        [COMMAND_HANGUP] = do_hangup,
        [COMMAND_CONFIRM] = do_confirm,
        [COMMAND_FREE_DIALOG] = do_free_dialog,
        [COMMAND_STOP] = do_stop,
    };
    const struct command *c = msg;

    carry_out[c->kind](arg, c);
}
