#include "core/phones.h"

#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "store/rows.h"

static struct live_phones *phones_of(struct control *ctl, const char *user)
{
    struct live_phones *p = live_phones_find(ctl, user);

    if (p == NULL) {
        p = mem_new(sizeof(*p));
        (void)str_copy(p->user, sizeof(p->user), user);
        (void)map_put(&ctl->live.bindings, p->user, p);
    }
    return p;
}

static struct live_phone *find(struct live_phones *phones, const char *contact)
{
    LIST_EACH(n, &phones->phones)
    {
        struct live_phone *p = LIST_OF(n, struct live_phone, node);

        if (str_eq(p->binding.contact, contact))
            return p;
    }
    return NULL;
}

static void keep(struct control *ctl, const struct sip_binding *b, bool restored)
{
    struct live_phones *phones = phones_of(ctl, b->user);
    struct live_phone *p = find(phones, b->contact);

    if (p == NULL) {
        p = mem_new(sizeof(*p));
        list_push(&phones->phones, &p->node);
        count_add(COUNT_SIP_BINDINGS, 1);
    }
    p->binding = *b;
    p->restored = restored;
}

void phones_bound(struct control *ctl, const struct sip_binding *b)
{
    keep(ctl, b, false);
    store_put_binding(ctl->with.store, &(struct binding_row){
                                           .user = b->user,
                                           .contact = b->contact,
                                           .received = b->received,
                                           .instance = b->instance[0] != '\0' ? b->instance : NULL,
                                           .call_id = b->call_id,
                                           .cseq = b->cseq,
                                           .expires_ms = b->expires_ms,
                                       });
    log_line(LOG_INFO, "core", NULL, "phone of %s is at %s by %s", b->user, b->contact,
             b->received);
}

void phones_unbound(struct control *ctl, const struct sip_binding *b)
{
    struct live_phones *phones = live_phones_find(ctl, b->user);
    struct live_phone *p = phones != NULL ? find(phones, b->contact) : NULL;

    store_del_binding(ctl->with.store, b->user, b->contact);
    if (p == NULL)
        return;
    list_remove(&p->node);
    (void)mem_free(p);
    count_add(COUNT_SIP_BINDINGS, -1);
    log_line(LOG_INFO, "core", NULL, "phone of %s is no more at %s", b->user, b->contact);
}

void phones_restore(struct control *ctl, const struct sip_binding *b)
{
    keep(ctl, b, true);
    sip_restore(ctl->with.sip, b);
}

void phones_accounts(struct control *ctl)
{
    const struct directory_config *all = directory_all(ctl->with.directory);
    struct sip_account *list = mem_array(all->users.count, sizeof(*list));
    size_t n = 0;

    for (size_t i = 0; i < all->users.count; i++) {
        const struct user *u = all->users.items[i];

        if (u->sip == NULL || u->ha1_md5 == NULL)
            continue;
        list[n++] = (struct sip_account){.user = u->id,
                                         .name = u->sip,
                                         .display = u->name,
                                         .ha1_md5 = u->ha1_md5,
                                         .ha1_sha256 = u->ha1_sha256};
    }
    sip_accounts(ctl->with.sip, list, n);
    (void)mem_free(list);
}
