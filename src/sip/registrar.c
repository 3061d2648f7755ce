/*
 * registrar.c - REGISTER: check everything, then change, then list what there is.
 *
 * The sip thread. A request changes either all bindings it names or none (RFC 3261
 * section 10.3). Does not store: the control thread hears of each change and does.
 */
#include "sip/registrar.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "sip/sip.h"
#include "sip/stack.h"

struct phones { /* of one user */
    char user[40];
    struct list list; /* struct phone, oldest first */
};

struct phone {
    struct list_node node;
    struct sip_binding b;
    int64_t until_ms; /* b.expires_ms by clock_mono_ms(): somebody may set the time of day */
};

/* One Contact of a REGISTER, checked. */
struct wish {
    struct sip_binding b;
    bool remove;
};

static void tell(struct stack *s, enum sip_event_kind kind, const struct sip_binding *b)
{
    struct sip_event e = {.kind = kind};

    e.binding = mem_dup(b, sizeof(*b));
    stack_tell(s, &e);
}

static void drop(struct stack *s, struct phone *p, bool say)
{
    if (say) {
        log_line(LOG_INFO, "sip", NULL, "phone of %s at %s is gone", p->b.user, p->b.received);
        tell(s, SIP_EV_UNBOUND, &p->b);
    }
    list_remove(&p->node);
    (void)mem_free(p);
}

static struct phones *phones_get(struct stack *s, const char *user)
{
    struct phones *all = map_find(&s->registrar.users, user);

    if (all != NULL)
        return all;
    all = mem_new(sizeof(*all));
    (void)str_copy(all->user, sizeof(all->user), user);
    (void)map_put(&s->registrar.users, all->user, all);
    return all;
}

/* The same URI, or the same device by +sip.instance (a phone that came back elsewhere). */
static struct phone *find(struct phones *all, const struct sip_binding *b)
{
    LIST_EACH(n, &all->list)
    {
        struct phone *p = LIST_OF(n, struct phone, node);

        if (str_eq(p->b.contact, b->contact) ||
            (b->instance[0] != '\0' && str_eq(p->b.instance, b->instance)))
            return p;
    }
    return NULL;
}

/* The same device is no more where it was (RFC 5626 section 6): the control thread, which knows
 * phones by their contacts, has to hear of it. */
static void leave_old_places(struct stack *s, struct phones *all, const struct sip_binding *b)
{
    if (b->instance[0] == '\0')
        return;
    LIST_EACH(n, &all->list)
    {
        struct phone *p = LIST_OF(n, struct phone, node);

        if (str_eq(p->b.instance, b->instance) && !str_eq(p->b.contact, b->contact))
            drop(s, p, true);
    }
}

static void keep(struct stack *s, struct phones *all, const struct sip_binding *b)
{
    struct phone *p;

    leave_old_places(s, all, b);
    p = find(all, b);
    if (p == NULL) {
        if (all->list.count >= (size_t)s->set.contacts_per_user)
            drop(s, LIST_OF(all->list.first, struct phone, node), true);
        p = mem_new(sizeof(*p));
        log_line(LOG_INFO, "sip", NULL, "phone of %s at %s is registered", b->user, b->received);
    } else {
        list_remove(&p->node);
    }
    p->b = *b;
    p->until_ms = clock_mono_ms() + b->expires_ms - clock_wall_ms();
    list_push(&all->list, &p->node);
    link_use(&s->links, b->received, clock_mono_ms());
}

/* RFC 3261 section 10.3 step 7: an older or repeated request of the same Call-ID changes nothing.
 */
static bool out_of_order(struct phones *all, const struct sip_binding *b)
{
    struct phone *p = find(all, b);

    return p != NULL && str_eq(p->b.call_id, b->call_id) && b->cseq <= p->b.cseq;
}

static bool contact_text(const sip_contact_t *c, char *out, size_t size)
{
    url_t url = *c->m_url;
    isize_t n;

    url.url_headers = NULL;
    if (url.url_type != url_sip && url.url_type != url_sips)
        return false;
    n = url_e(out, (isize_t)size, &url);
    return n > 0 && (size_t)n < size;
}

/* How long a contact asks to live, in seconds; the limits are not applied yet. */
static unsigned long asked_expires(const struct stack *s, const sip_t *sip, const sip_contact_t *c)
{
    int64_t n;

    if (c->m_expires != NULL)
        return str_number(c->m_expires, 0, UINT32_MAX, &n) ? (unsigned long)n
                                                           : (unsigned long)s->set.max_expires_s;
    if (sip->sip_expires != NULL)
        return sip->sip_expires->ex_delta;
    return (unsigned long)s->set.max_expires_s;
}

static int read_wish(struct stack *s, const sip_t *sip, const sip_contact_t *c, struct wish *w)
{
    unsigned long expires_s = asked_expires(s, sip, c);
    const char *instance = msg_header_find_param(c->m_common, "+sip.instance=");

    if (!contact_text(c, w->b.contact, sizeof(w->b.contact)) ||
        !str_copy(w->b.call_id, sizeof(w->b.call_id), sip->sip_call_id->i_id))
        return 400;
    if (instance != NULL && !str_copy(w->b.instance, sizeof(w->b.instance), instance))
        return 400;
    if (expires_s != 0 && expires_s < (unsigned long)s->set.min_expires_s)
        return 423;
    if (expires_s > (unsigned long)s->set.max_expires_s)
        expires_s = (unsigned long)s->set.max_expires_s;
    w->b.cseq = (int64_t)sip->sip_cseq->cs_seq;
    w->remove = expires_s == 0;
    w->b.expires_ms = clock_wall_ms() + (int64_t)expires_s * 1000;
    return 0;
}

/* Checks all contacts; returns a status, or 0 with *count wishes. */
static int read_wishes(struct stack *s, const sip_t *sip, struct phones *all, struct wish *wishes,
                       size_t *count)
{
    *count = 0;
    for (const sip_contact_t *c = sip->sip_contact; c != NULL; c = c->m_next) {
        struct wish *w = &wishes[*count];
        int status;

        if (*count == (size_t)s->set.contacts_per_user)
            return 403;
        status = read_wish(s, sip, c, w);
        if (status != 0)
            return status;
        (void)str_copy(w->b.user, sizeof(w->b.user), all->user);
        if (out_of_order(all, &w->b))
            return 500;
        ++*count;
    }
    return 0;
}

/* "Contact: *" takes all away; it must stand alone, with Expires: 0 (step 6). */
static int unbind_all(struct stack *s, const sip_t *sip, struct phones *all)
{
    if (sip->sip_contact->m_next != NULL || sip->sip_expires == NULL ||
        sip->sip_expires->ex_delta != 0 || sip->sip_expires->ex_time != 0)
        return 400;
    LIST_EACH(n, &all->list)
    {
        struct phone *p = LIST_OF(n, struct phone, node);

        if (str_eq(p->b.call_id, sip->sip_call_id->i_id) &&
            (int64_t)sip->sip_cseq->cs_seq <= p->b.cseq)
            return 500;
    }
    LIST_EACH(n, &all->list)
    {
        drop(s, LIST_OF(n, struct phone, node), true);
    }
    return 0;
}

static void carry_out(struct stack *s, struct phones *all, const struct wish *wishes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct wish *w = &wishes[i];
        struct phone *p;

        if (!w->remove) {
            keep(s, all, &w->b);
            tell(s, SIP_EV_BOUND, &w->b);
            continue;
        }
        p = find(all, &w->b);
        if (p != NULL)
            drop(s, p, true);
    }
}

static int change(struct stack *s, nta_incoming_t *irq, const sip_t *sip, struct phones *all)
{
    struct addr from;
    char received[80];
    struct wish *wishes;
    size_t count = 0;
    int status;

    if (sip->sip_contact == NULL)
        return 0; /* a question */
    if (sip->sip_contact->m_url->url_type == url_any)
        return unbind_all(s, sip, all);
    if (!stack_source(s, irq, &from, received, sizeof(received)))
        return 400;
    wishes = mem_array((size_t)s->set.contacts_per_user, sizeof(*wishes));
    status = read_wishes(s, sip, all, wishes, &count);
    for (size_t i = 0; i < count; i++)
        (void)str_copy(wishes[i].b.received, sizeof(wishes[i].b.received), received);
    if (status == 0)
        carry_out(s, all, wishes, count);
    (void)mem_free(wishes);
    return status;
}

/* All contacts with what is left of them (step 8). */
static void list_contacts(const struct phones *all, struct buf *out)
{
    int64_t now_ms = clock_mono_ms();

    LIST_EACH(n, &all->list)
    {
        const struct phone *p = LIST_OF(n, struct phone, node);
        int64_t left_s = (p->until_ms - now_ms + 999) / 1000;

        buf_printf(out, "%s<%s>;expires=%d", out->len > 0 ? ", " : "", p->b.contact,
                   (int)(left_s > 0 ? left_s : 0));
        if (p->b.instance[0] != '\0')
            buf_printf(out, ";+sip.instance=%s", p->b.instance);
    }
}

static void answer(struct stack *s, nta_incoming_t *irq, int status, const struct phones *all)
{
    struct buf contacts = {0};
    char min_expires[16];

    (void)snprintf(min_expires, sizeof(min_expires), "%d", s->set.min_expires_s);
    if (status == 0)
        list_contacts(all, &contacts);
    (void)nta_incoming_treply(
        irq, status == 0 ? 200 : status, NULL, SIPTAG_USER_AGENT_STR(STACK_AGENT),
        TAG_IF(contacts.len > 0, SIPTAG_CONTACT_STR(contacts.data)),
        TAG_IF(status == 423, SIPTAG_MIN_EXPIRES_STR(min_expires)), TAG_END());
    buf_clear(&contacts);
}

/* To names the user whose phones are meant: the one who has proved to be it. */
static bool is_own(const sip_t *sip, const struct sip_account *account)
{
    char name[128];

    return stack_user(sip->sip_to->a_url, name, sizeof(name)) && str_eq(name, account->name);
}

int registrar_on_register(struct stack *s, nta_incoming_t *irq, const sip_t *sip,
                          const struct sip_account *account)
{
    struct phones *all;

    if (!is_own(sip, account))
        return 403;
    all = phones_get(s, account->user);
    answer(s, irq, change(s, irq, sip, all), all);
    return 200;
}

void registrar_restore(struct stack *s, const struct sip_binding *b)
{
    char route[128];

    if (b->expires_ms > clock_wall_ms() && stack_route(b->received, route, sizeof(route)))
        keep(s, phones_get(s, b->user), b);
}

static void sweep(struct stack *s, struct phones *all, int64_t now_ms)
{
    LIST_EACH(n, &all->list)
    {
        struct phone *p = LIST_OF(n, struct phone, node);

        if (p->until_ms <= now_ms)
            drop(s, p, true);
    }
}

void registrar_expire(struct stack *s, int64_t now_ms)
{
    size_t at = 0;
    struct phones *all;

    while ((all = map_next(&s->registrar.users, &at)) != NULL) {
        sweep(s, all, now_ms);
        if (list_empty(&all->list)) {
            (void)map_del(&s->registrar.users, all->user);
            (void)mem_free(all);
        }
    }
}

void registrar_prune(struct stack *s)
{
    size_t at = 0;
    struct phones *all;

    while ((all = map_next(&s->registrar.users, &at)) != NULL) {
        if (account_has_user(&s->accounts, all->user))
            continue;
        sweep(s, all, INT64_MAX);
        (void)map_del(&s->registrar.users, all->user);
        (void)mem_free(all);
    }
}

bool registrar_is_at(const struct stack *s, const char *user, const char *source)
{
    const struct phones *all = map_find(&s->registrar.users, user);

    if (all == NULL)
        return false;
    LIST_EACH(n, &all->list)
    {
        if (str_eq(LIST_OF(n, struct phone, node)->b.received, source))
            return true;
    }
    return false;
}

void registrar_each(struct stack *s, registrar_phone_h *h, void *arg)
{
    size_t at = 0;
    struct phones *all;

    while ((all = map_next(&s->registrar.users, &at)) != NULL) {
        LIST_EACH(n, &all->list)
        {
            h(s, &LIST_OF(n, struct phone, node)->b, arg);
        }
    }
}

void registrar_clear(struct stack *s)
{
    size_t at = 0;
    struct phones *all;

    while ((all = map_next(&s->registrar.users, &at)) != NULL) {
        LIST_EACH(n, &all->list)
        {
            drop(s, LIST_OF(n, struct phone, node), false);
        }
        (void)mem_free(all);
    }
    map_clear(&s->registrar.users);
}
