#include "client/proxy.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "client/exchange.h"

struct host {
    const char *text; /* without brackets and the root's dot */
    size_t len;
};

/* The guard has seen that scheme, host and port are well written. */
static struct host host_of(const char *url)
{
    const char *from = strstr(url, "://");
    struct host h = {.text = from != NULL ? from + 3 : url};

    if (h.text[0] == '[') {
        h.text++;
        h.len = strcspn(h.text, "]");
        return h;
    }
    h.len = strcspn(h.text, ":/?#");
    if (h.len > 1 && h.text[h.len - 1] == '.')
        h.len--;
    return h;
}

/* The name itself, or one below it. */
static bool is_below(const struct host *h, const char *name)
{
    size_t len;

    name += name[0] == '.';
    len = strlen(name);
    if (len == 0 || h->len < len || strncasecmp(h->text + h->len - len, name, len) != 0)
        return false;
    return h->len == len || h->text[h->len - len - 1] == '.';
}

static bool is_straight(const struct client_proxy *p, const struct host *h, const struct addr *ip)
{
    if (ip != NULL)
        return addr_class(ip) == ADDR_LOOPBACK || guard_in_ranges(p->ranges, p->range_count, ip);
    for (size_t i = 0; i < p->name_count; i++)
        if (is_below(h, p->names[i]))
            return true;
    return is_below(h, "localhost"); /* RFC 6761 section 6.3: and all below it */
}

enum way proxy_way(const struct client_proxy *p, const char *url)
{
    struct host h = host_of(url);
    struct addr ip;
    bool is_ip = addr_read_ip(&ip, h.text, h.len, 0);

    if (p->url == NULL || is_straight(p, &h, is_ip ? &ip : NULL))
        return WAY_STRAIGHT;
    return is_ip || p->resolves ? WAY_PROXY : WAY_RESOLVE;
}

void proxy_begin(const struct client_proxy *p, struct exchange *x)
{
    proxy_end(x);
    x->way = proxy_way(p, x->url);
}

void proxy_set(const struct client_proxy *p, CURL *e, const struct exchange *x)
{
    bool through = x->way == WAY_PROXY;

    /* Empty texts and the star, so that no variable of the environment speaks here. */
    (void)curl_easy_setopt(e, CURLOPT_PROXY, through ? p->url : "");
    (void)curl_easy_setopt(e, CURLOPT_NOPROXY, through ? "" : "*");
    (void)curl_easy_setopt(e, CURLOPT_PROXYUSERNAME, through ? p->user : NULL);
    (void)curl_easy_setopt(e, CURLOPT_PROXYPASSWORD, through ? p->password : NULL);
    /* A tunnel for plain http too: what the proxy says of itself is then never taken for the
     * bot's answer, and our headers are not for the proxy. */
    (void)curl_easy_setopt(e, CURLOPT_HTTPPROXYTUNNEL, through ? 1L : 0L);
    (void)curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    (void)curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    (void)curl_easy_setopt(e, CURLOPT_CONNECT_TO, through ? x->connect_to : NULL);
    /* Were there a connection to use again, nothing would be judged and something be sent. */
    (void)curl_easy_setopt(e, CURLOPT_CONNECT_ONLY,
                           x->way == WAY_RESOLVE || x->is_tunnel ? 1L : 0L);
    (void)curl_easy_setopt(e, CURLOPT_FRESH_CONNECT,
                           x->way == WAY_RESOLVE || x->is_tunnel || x->is_again ? 1L : 0L);
}

void proxy_offer(struct exchange *x, const struct addr *a)
{
    if (!x->has_judged || (addr_is_v6(&x->judged) && !addr_is_v6(a)))
        x->judged = *a;
    x->has_judged = true;
}

bool proxy_turn(struct exchange *x)
{
    char ip[ADDR_TEXT_SIZE];
    char to[ADDR_TEXT_SIZE + 8];

    if (!x->has_judged)
        return false;
    (void)addr_ip_text(&x->judged, ip);
    (void)snprintf(to, sizeof(to), addr_is_v6(&x->judged) ? "::[%s]:" : "::%s:", ip);
    x->connect_to = curl_slist_append(NULL, to);
    x->is_refused = false; /* of the others of its addresses */
    x->way = WAY_PROXY;
    return x->connect_to != NULL;
}

void proxy_end(struct exchange *x)
{
    curl_slist_free_all(x->connect_to);
    x->connect_to = NULL;
    x->has_judged = false;
    x->way = WAY_STRAIGHT;
}

bool proxy_refused(const struct exchange *x, CURLcode code)
{
    long status = 0;

    if (x->way != WAY_PROXY || code == CURLE_OK)
        return false;
    (void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return (status != 0 && status / 100 != 2) || code == CURLE_COULDNT_CONNECT ||
           code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PROXY;
}
