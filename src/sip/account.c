/*
 * account.c - the phones' accounts, replaced as a whole.
 *
 * The sip thread; account_copy() any. Does not know who is registered.
 */
#include "sip/account.h"

#include <string.h>

#include "base/mem.h"

static char *copy_text(char **at, const char *text)
{
    char *out = *at;
    size_t n = text != NULL ? strlen(text) : 0;

    memcpy(out, text != NULL ? text : "", n + 1);
    *at += n + 1;
    return out;
}

static size_t text_size(const char *text)
{
    return (text != NULL ? strlen(text) : 0) + 1;
}

struct command_accounts *account_copy(const struct sip_account *list, size_t count)
{
    size_t texts = 0;
    struct command_accounts *all;
    char *at;

    for (size_t i = 0; i < count; i++)
        texts += text_size(list[i].user) + text_size(list[i].name) + text_size(list[i].display) +
                 text_size(list[i].ha1_md5) + text_size(list[i].ha1_sha256);
    all = mem_new(sizeof(*all) + count * sizeof(all->list[0]) + texts);
    all->count = count;
    at = (char *)&all->list[count];
    for (size_t i = 0; i < count; i++) {
        all->list[i].user = copy_text(&at, list[i].user);
        all->list[i].name = copy_text(&at, list[i].name);
        all->list[i].display = copy_text(&at, list[i].display);
        all->list[i].ha1_md5 = copy_text(&at, list[i].ha1_md5);
        all->list[i].ha1_sha256 = copy_text(&at, list[i].ha1_sha256);
    }
    return all;
}

void account_clear(struct account_table *t)
{
    map_clear(&t->by_name);
    map_clear(&t->by_user);
    t->all = mem_free(t->all);
}

void account_replace(struct account_table *t, struct command_accounts *all)
{
    account_clear(t);
    t->all = all;
    for (size_t i = 0; i < all->count; i++) {
        (void)map_put(&t->by_name, all->list[i].name, &all->list[i]);
        (void)map_put(&t->by_user, all->list[i].user, &all->list[i]);
    }
}

const struct sip_account *account_find(const struct account_table *t, const char *name)
{
    return map_find(&t->by_name, name);
}

bool account_has_user(const struct account_table *t, const char *user)
{
    return map_find(&t->by_user, user) != NULL;
}
