/*
 * guard.c - what may be dialled: addresses by class and range, URLs by form.
 *
 * Pure, any thread. It resolves no name: whoever connects asks guard_allows()
 * for each address just before the connection is made. The URL reader is
 * narrower than RFC 3986 on purpose. A host that one program reads as a name
 * and another as 127.0.0.1 is refused here, whatever it would have resolved to.
 */
#include "client/guard.h"

#include <string.h>

#include "base/str.h"

enum {
    URL_MAX = 2048,
    HOST_MAX = 253, /* RFC 1035 section 3.1, without the root's dot */
    LABEL_MAX = 63,
    PORT_DIGITS = 5,
};

/* Metadata services outside 169.254/16. They answer whoever asks with the
 * machine's own secrets, so permission for private nets is not enough. */
static const char *const metadata[] = {
    "fd00:ec2::254",   /* AWS */
    "fd20:ce::254",    /* Google */
    "100.100.100.200", /* Alibaba */
    "168.63.129.16",   /* Azure's wire server, a public address */
};

/* The IPv4 address inside an IPv6 one, as addr_class() sees it; a itself when there is none. */
static struct addr unwrapped(const struct addr *a)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    const uint8_t *b = a->in6.sin6_addr.s6_addr;
    const uint8_t *inside = NULL;
    struct addr out = {0};

    if (!addr_is_v6(a))
        return *a;
    if (memcmp(b, mapped, sizeof(mapped)) == 0 || memcmp(b, nat64, sizeof(nat64)) == 0)
        inside = b + 12;
    else if (b[0] == 0x20 && b[1] == 0x02) /* 6to4, RFC 3056 */
        inside = b + 2;
    if (inside == NULL)
        return *a;
    out.in.sin_family = AF_INET;
    out.in.sin_port = a->in6.sin6_port;
    (void)memcpy(&out.in.sin_addr, inside, sizeof(out.in.sin_addr));
    return out;
}

static const uint8_t *ip_bytes(const struct addr *a)
{
    return addr_is_v6(a) ? a->in6.sin6_addr.s6_addr
                         : (const uint8_t *)(const void *)&a->in.sin_addr;
}

static bool in_range(const struct guard_range *r, const struct addr *a)
{
    const uint8_t *net = ip_bytes(&r->net);
    const uint8_t *ip = ip_bytes(a);
    size_t whole = (size_t)r->bits / 8;
    int rest = r->bits % 8;

    if (addr_is_v6(&r->net) != addr_is_v6(a))
        return false;
    if (memcmp(net, ip, whole) != 0)
        return false;
    return rest == 0 || (net[whole] ^ ip[whole]) >> (8 - rest) == 0;
}

bool guard_in_ranges(const struct guard_range *r, size_t count, const struct addr *a)
{
    struct addr plain = unwrapped(a);

    for (size_t i = 0; i < count; i++)
        if (in_range(&r[i], &plain))
            return true;
    return false;
}

static bool is_named(const struct guard *g, const struct addr *a)
{
    return guard_in_ranges(g->allow, g->allow_count, a);
}

static bool is_metadata(const struct addr *a)
{
    for (size_t i = 0; i < sizeof(metadata) / sizeof(metadata[0]); i++) {
        struct addr m;

        if (addr_read_ip(&m, metadata[i], strlen(metadata[i]), 0) && addr_same_ip(&m, a))
            return true;
    }
    return false;
}

enum err guard_range_read(struct guard_range *r, const char *text, struct fail *f)
{
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    int64_t bits;

    if (!addr_read_ip(&r->net, text, len, 0))
        return err_set(f, ERR_BAD_REQUEST, "'%s' is not an address range (want 10.1.0.0/16)", text);
    bits = addr_is_v6(&r->net) ? 128 : 32;
    if (slash != NULL && !str_number(slash + 1, 0, bits, &bits))
        return err_set(f, ERR_BAD_REQUEST, "'%s' has no valid prefix length", text);
    r->bits = (int)bits;
    return ERR_OK;
}

bool guard_allows(const struct guard *g, const struct addr *a)
{
    struct addr plain;

    if (a->sa.sa_family != AF_INET && a->sa.sa_family != AF_INET6)
        return false;
    plain = unwrapped(a);
    switch (addr_class(a)) {
    case ADDR_PUBLIC:
        return !is_metadata(&plain) || is_named(g, &plain);
    case ADDR_LOOPBACK:
        return g->loopback || is_named(g, &plain);
    case ADDR_PRIVATE:
        return (g->private_nets && !is_metadata(&plain)) || is_named(g, &plain);
    case ADDR_LINK_LOCAL:
        return is_named(g, &plain);
    case ADDR_MULTICAST:
    case ADDR_UNUSABLE:
        break;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/* Does a label look like a number to some reader of addresses (7, 0177, 0x7f)? */
static bool looks_numeric(const char *label, size_t len)
{
    size_t digits = 0;

    if (len >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X'))
        return true;
    while (digits < len && is_digit(label[digits]))
        digits++;
    return digits == len;
}

/* A DNS name: labels of 1 to 63 characters, one dot at the end at most, and a
 * last label that is no number, so that nobody can take it for an address. */
static bool is_dns_name(const char *host, size_t len)
{
    size_t start = 0;

    if (len > 1 && host[len - 1] == '.')
        len--;
    if (len == 0 || len > HOST_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (host[i] == '.') {
            if (i == start || i - start > LABEL_MAX)
                return false;
            start = i + 1;
        } else if (!is_name_char(host[i])) {
            return false;
        }
    }
    return start < len && len - start <= LABEL_MAX && !looks_numeric(host + start, len - start);
}

struct authority {
    const char *host; /* without brackets */
    size_t host_len;
    bool bracketed;
};

/* Host and port of len bytes. A port must be written when its colon is. */
static bool split(struct authority *out, const char *s, size_t len)
{
    const char *end = s + len;
    const char *colon;
    int64_t port;
    char digits[PORT_DIGITS + 1] = "";

    out->bracketed = len > 0 && s[0] == '[';
    if (out->bracketed) {
        const char *close = memchr(s, ']', len);

        if (close == NULL)
            return false;
        out->host = s + 1;
        out->host_len = (size_t)(close - out->host);
        colon = close + 1;
        if (colon != end && *colon != ':')
            return false;
    } else {
        colon = memchr(s, ':', len);
        if (colon == NULL)
            colon = end;
        out->host = s;
        out->host_len = (size_t)(colon - s);
    }
    if (colon == end)
        return true;
    colon++;
    if (colon == end || end - colon > PORT_DIGITS)
        return false;
    (void)memcpy(digits, colon, (size_t)(end - colon));
    return is_digit(digits[0]) && str_number(digits, 1, 65535, &port);
}

/* printable ASCII without space; no backslash, which browsers read as a slash */
static const char *bad_character(const char *url)
{
    for (; *url != '\0'; url++)
        if (*url < 0x21 || *url > 0x7e || *url == '\\')
            return url;
    return NULL;
}

static enum guard_verdict malformed(struct fail *f, const char *why)
{
    (void)err_set(f, ERR_BAD_REQUEST, "the URL %s", why);
    return GUARD_MALFORMED;
}

static enum guard_verdict judge_host(const struct guard *g, const struct authority *at,
                                     struct fail *f)
{
    char ip[ADDR_TEXT_SIZE];
    struct addr a;

    if (at->host_len == 0)
        return malformed(f, "has no host");
    if (addr_read_ip(&a, at->host, at->host_len, 0) && addr_is_v6(&a) == at->bracketed) {
        if (guard_allows(g, &a))
            return GUARD_FINE;
        (void)err_set(f, ERR_BAD_REQUEST, "the address %s may not be dialled",
                      addr_ip_text(&a, ip));
        return GUARD_REFUSED;
    }
    if (at->bracketed || !is_dns_name(at->host, at->host_len))
        return malformed(f, "has no valid host name or address");
    return GUARD_FINE;
}

enum guard_verdict guard_judge(const struct guard *g, const char *url, struct fail *f)
{
    struct authority at;
    const char *from;
    size_t len;
    bool plain;

    if (strnlen(url, URL_MAX + 1) > URL_MAX)
        return malformed(f, "is longer than 2048 characters");
    if (bad_character(url) != NULL)
        return malformed(f, "has characters that no URL has");
    plain = strncasecmp(url, "http://", 7) == 0;
    if (!plain && strncasecmp(url, "https://", 8) != 0)
        return malformed(f, "does not begin with https://");
    from = strstr(url, "://") + 3;
    len = strcspn(from, "/?#");
    if (memchr(from, '@', len) != NULL)
        return malformed(f, "has a user name or password in it");
    if (!split(&at, from, len))
        return malformed(f, "has no valid host and port");
    if (plain && !g->plain_http) {
        (void)err_set(f, ERR_BAD_REQUEST, "the URL must begin with https://; plain http is off");
        return GUARD_REFUSED;
    }
    return judge_host(g, &at, f);
}

enum err guard_url(const struct guard *g, const char *url, struct fail *f)
{
    return guard_judge(g, url, f) == GUARD_FINE ? ERR_OK : ERR_BAD_REQUEST;
}
