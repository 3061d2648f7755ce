/*
 * endpoint.c - the last news of each endpoint. The control thread.
 */
#include "webhook/endpoint.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

struct endpoint {
    char *key;
    int users;
    bool has_accepted;
    int64_t accepted_ms;
    /* since it accepted: */
    const void *failed_for;
    bool failed_for_more; /* than that one */
};

/* "application scheme://host:port" in lower case, without the scheme's own port. */
static char *key_of(const char *application, const char *uri)
{
    const char *host = strstr(uri, "://");
    size_t len = host != NULL ? (size_t)(host - uri) + 3 : 0;
    struct buf b = {0};

    len += strcspn(uri + len, "/?#");
    if (len > 4 && str_starts(uri, "https:") && strncmp(uri + len - 4, ":443", 4) == 0)
        len -= 4;
    else if (len > 3 && str_starts(uri, "http:") && strncmp(uri + len - 3, ":80", 3) == 0)
        len -= 3;
    buf_text(&b, application);
    buf_char(&b, ' ');
    for (size_t i = 0; i < len; i++)
        buf_char(&b, (char)tolower((unsigned char)uri[i]));
    return buf_take(&b);
}

struct endpoint *endpoint_get(struct map *known, const char *application, const char *uri)
{
    char *key = key_of(application, uri);
    struct endpoint *e = map_find(known, key);

    if (e != NULL) {
        (void)mem_free(key);
    } else {
        e = mem_new(sizeof(*e));
        e->key = key;
        (void)map_put(known, key, e);
    }
    e->users++;
    return e;
}

void endpoint_release(struct map *known, struct endpoint *e)
{
    if (--e->users > 0)
        return;
    (void)map_del(known, e->key);
    (void)mem_free(e->key);
    (void)mem_free(e);
}

void endpoint_accepted(struct endpoint *e)
{
    e->has_accepted = true;
    e->accepted_ms = clock_mono_ms();
    e->failed_for = NULL;
    e->failed_for_more = false;
}

void endpoint_failed(struct endpoint *e, const void *who)
{
    if (e->failed_for == NULL)
        e->failed_for = who;
    else if (e->failed_for != who)
        e->failed_for_more = true;
}

bool endpoint_accepts_others(const struct endpoint *e, const void *who, int64_t since_ms)
{
    bool failed_others = e->failed_for_more || (e->failed_for != NULL && e->failed_for != who);

    return e->has_accepted && e->accepted_ms >= since_ms && !failed_others;
}
