#include "main/lan.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "base/addr.h"
#include "base/str.h"
#include "crypto/hash.h"

enum { PASSWORD_LETTERS = 12 };

/* Letters that nobody mistakes for others when he types them off a screen; 32 of them, so that
 * five bits of a random byte choose one without favour. */
static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789x";

static bool is_of_network(const struct ifaddrs *i)
{
    struct addr at;

    if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_UP) == 0)
        return false;
    (void)memcpy(&at, i->ifa_addr, sizeof(at.in));
    return addr_class(&at) == ADDR_PRIVATE || addr_class(&at) == ADDR_PUBLIC;
}

static bool find_address(char out[ADDR_TEXT_SIZE])
{
    struct ifaddrs *all = NULL;
    bool found = false;

    if (getifaddrs(&all) != 0)
        return false;
    for (const struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next) {
        struct addr at;

        if (!is_of_network(i))
            continue;
        (void)memset(&at, 0, sizeof(at));
        (void)memcpy(&at, i->ifa_addr, sizeof(at.in));
        (void)addr_ip_text(&at, out);
        found = true;
    }
    freeifaddrs(all);
    return found;
}

/* "ADDRESS:PORT" with another address; the port stays. */
static enum err move(const char **listen, const char *ip, struct arena *a, struct fail *f)
{
    struct addr at;
    enum err e = addr_read(&at, *listen, true, f);

    if (e == ERR_OK)
        *listen = arena_printf(a, "%s:%u", ip, (unsigned)addr_port(&at));
    return e;
}

static const char *new_password(struct arena *a)
{
    uint8_t bytes[PASSWORD_LETTERS];
    char text[PASSWORD_LETTERS + 1];

    hash_random(bytes, sizeof(bytes));
    for (int i = 0; i < PASSWORD_LETTERS; i++)
        text[i] = letters[bytes[i] % 32];
    text[PASSWORD_LETTERS] = '\0';
    return arena_dup(a, text);
}

static const char *new_passwords(struct config *c, struct arena *a)
{
    struct buf help = {0};
    const char *text;

    buf_printf(&help, "Type into a phone of this network (new passwords at each start):\n\n");
    for (size_t i = 0; i < c->directory.users.count; i++) {
        struct user *u = c->directory.users.items[i];

        if (u->sip == NULL || u->password == NULL)
            continue;
        u->password = new_password(a);
        buf_printf(&help, "  server %s   user %-8s password %s\n", c->sip.listen, u->sip,
                   u->password);
    }
    text = arena_dup(a, help.data);
    buf_clear(&help);
    return text;
}

enum err lan_apply(struct config *c, const char *wanted, struct arena *a, const char **help,
                   struct fail *f)
{
    char ip[ADDR_TEXT_SIZE];
    struct addr check;
    enum err e;

    if (!str_eq(wanted, "auto"))
        (void)str_copy(ip, sizeof(ip), wanted);
    else if (!find_address(ip))
        return err_set(f, ERR_BAD_REQUEST,
                       "--lan: this machine has no IPv4 address in a network; name one");
    if (!addr_read_ip(&check, ip, strlen(ip), 0) || addr_is_v6(&check))
        return err_set(f, ERR_BAD_REQUEST, "--lan: '%s' is not an IPv4 address", ip);
    e = move(&c->sip.listen, ip, a, f);
    if (e == ERR_OK)
        e = move(&c->sip.tls, ip, a, f);
    c->media.address = arena_dup(a, ip);
    *help = config_is_dev(c) ? new_passwords(c, a) : "";
    return e;
}
