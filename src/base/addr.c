#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

bool addr_read_ip(struct addr *a, const char *ip, size_t len, uint16_t port)
{
    char text[ADDR_TEXT_SIZE];

    if (len == 0 || len >= sizeof(text))
        return false;
    (void)memcpy(text, ip, len);
    text[len] = '\0';
    (void)memset(a, 0, sizeof(*a));
    if (inet_pton(AF_INET, text, &a->in.sin_addr) == 1) {
        a->in.sin_family = AF_INET;
        a->in.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &a->in6.sin6_addr) == 1) {
        a->in6.sin6_family = AF_INET6;
        a->in6.sin6_port = htons(port);
        return true;
    }
    return false;
}

enum err addr_read(struct addr *a, const char *text, bool need_port, struct fail *f)
{
    const char *ip = text;
    const char *end = strrchr(text, ':');
    int64_t port = 0;
    size_t len;

    if (text[0] == '[') {
        const char *close = strchr(text, ']');

        if (close == NULL)
            return err_set(f, ERR_BAD_REQUEST, "'%s' is not an address", text);
        ip = text + 1;
        len = (size_t)(close - ip);
        end = close[1] == ':' ? close + 1 : NULL;
    } else {
        if (end != NULL && strchr(text, ':') != end)
            end = NULL; /* a bare IPv6 address */
        len = end != NULL ? (size_t)(end - text) : strlen(text);
    }
    if (end == NULL && need_port)
        return err_set(f, ERR_BAD_REQUEST, "'%s' has no port (want ADDRESS:PORT)", text);
    if (end != NULL && !str_number(end + 1, 0, 65535, &port))
        return err_set(f, ERR_BAD_REQUEST, "'%s' has no valid port", text);
    if (!addr_read_ip(a, ip, len, (uint16_t)port))
        return err_set(f, ERR_BAD_REQUEST, "'%s' is not an IP address", text);
    return ERR_OK;
}

bool addr_is_v6(const struct addr *a)
{
    return a->sa.sa_family == AF_INET6;
}

char *addr_ip_text(const struct addr *a, char out[ADDR_TEXT_SIZE])
{
    const void *ip =
        addr_is_v6(a) ? (const void *)&a->in6.sin6_addr : (const void *)&a->in.sin_addr;

    if (inet_ntop(a->sa.sa_family, ip, out, ADDR_TEXT_SIZE) == NULL)
        out[0] = '\0';
    return out;
}

char *addr_text(const struct addr *a, char out[ADDR_TEXT_SIZE])
{
    char ip[ADDR_TEXT_SIZE];

    (void)snprintf(out, ADDR_TEXT_SIZE, addr_is_v6(a) ? "[%.48s]:%u" : "%.48s:%u",
                   addr_ip_text(a, ip), (unsigned)addr_port(a));
    return out;
}

char *addr_net_text(const struct addr *a, char out[ADDR_TEXT_SIZE])
{
    struct addr net = *a;

    if (addr_is_v6(&net))
        memset(net.in6.sin6_addr.s6_addr + 8, 0, 8);
    return addr_ip_text(&net, out);
}

uint16_t addr_port(const struct addr *a)
{
    return ntohs(addr_is_v6(a) ? a->in6.sin6_port : a->in.sin_port);
}

void addr_set_port(struct addr *a, uint16_t port)
{
    if (addr_is_v6(a))
        a->in6.sin6_port = htons(port);
    else
        a->in.sin_port = htons(port);
}

socklen_t addr_len(const struct addr *a)
{
    return addr_is_v6(a) ? sizeof(a->in6) : sizeof(a->in);
}

bool addr_same_ip(const struct addr *a, const struct addr *b)
{
    if (a->sa.sa_family != b->sa.sa_family)
        return false;
    if (addr_is_v6(a))
        return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
    return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
}

bool addr_same(const struct addr *a, const struct addr *b)
{
    return addr_same_ip(a, b) && addr_port(a) == addr_port(b);
}

/* Ranges of the IANA special-purpose registry; the first that fits decides. */
static const struct {
    uint32_t net;
    int bits;
    enum addr_class is;
} ranges4[] = {
    {0x00000000, 8, ADDR_UNUSABLE},    /* 0.0.0.0/8 this network */
    {0x0a000000, 8, ADDR_PRIVATE},     /* 10/8 */
    {0x64400000, 10, ADDR_PRIVATE},    /* 100.64/10 carrier NAT */
    {0x7f000000, 8, ADDR_LOOPBACK},    /* 127/8 */
    {0xa9fe0000, 16, ADDR_LINK_LOCAL}, /* 169.254/16 */
    {0xac100000, 12, ADDR_PRIVATE},    /* 172.16/12 */
    {0xc0000000, 24, ADDR_UNUSABLE},   /* 192.0.0/24 protocol assignments */
    {0xc0000200, 24, ADDR_UNUSABLE},   /* 192.0.2/24 documentation */
    {0xc0a80000, 16, ADDR_PRIVATE},    /* 192.168/16 */
    {0xc6120000, 15, ADDR_UNUSABLE},   /* 198.18/15 benchmarking */
    {0xc6336400, 24, ADDR_UNUSABLE},   /* 198.51.100/24 documentation */
    {0xcb007100, 24, ADDR_UNUSABLE},   /* 203.0.113/24 documentation */
    {0xe0000000, 4, ADDR_MULTICAST},   /* 224/4 */
    {0xf0000000, 4, ADDR_UNUSABLE},    /* 240/4 reserved, broadcast */
};

static enum addr_class class4(uint32_t ip)
{
    for (size_t i = 0; i < sizeof(ranges4) / sizeof(ranges4[0]); i++)
        if ((ip ^ ranges4[i].net) >> (32 - ranges4[i].bits) == 0)
            return ranges4[i].is;
    return ADDR_PUBLIC;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static enum addr_class class6(const uint8_t *b)
{
    static const uint8_t zero[15];
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};

    if (memcmp(b, zero, 15) == 0)
        return b[15] == 1 ? ADDR_LOOPBACK : ADDR_UNUSABLE;
    if (memcmp(b, zero, 10) == 0 && b[10] == 0xff && b[11] == 0xff)
        return class4(be32(b + 12)); /* ::ffff:a.b.c.d */
    if (memcmp(b, zero, 12) == 0)
        return ADDR_UNUSABLE; /* ::a.b.c.d, deprecated */
    if (memcmp(b, nat64, 12) == 0)
        return class4(be32(b + 12));
    if (b[0] == 0x20 && b[1] == 0x02)
        return class4(be32(b + 2)); /* 6to4 */
    if (b[0] == 0x20 && b[1] == 0x01 && (b[2] & 0xfe) == 0)
        return ADDR_UNUSABLE; /* 2001::/23 protocol assignments; Teredo hides an IPv4 address */
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8)
        return ADDR_UNUSABLE; /* 2001:db8::/32 documentation */
    if (b[0] == 0xff)
        return ADDR_MULTICAST;
    if (b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
        return ADDR_LINK_LOCAL;
    if ((b[0] & 0xfe) == 0xfc)
        return ADDR_PRIVATE;
    return (b[0] & 0xe0) == 0x20 ? ADDR_PUBLIC : ADDR_UNUSABLE;
}

enum addr_class addr_class(const struct addr *a)
{
    if (addr_is_v6(a))
        return class6(a->in6.sin6_addr.s6_addr);
    return class4(ntohl(a->in.sin_addr.s_addr));
}
