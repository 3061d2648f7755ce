/*
 * keepalive.c - OPTIONS to phones whose Contact is not where they were seen.
 *
 * The sip thread. UDP only: connections have their own pings (listen.c). The answers
 * mean nothing: a binding ends by its expiry alone.
 */
#include "sip/keepalive.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { PERIOD_S = 30, CALL_ID_SIZE = 64 };

/* The Contact names the very address that the REGISTER came from: no NAT in between. */
static bool is_direct(const struct sip_binding *b)
{
    const char *host = strchr(b->contact, '@');
    const char *seen = b->received + strlen("udp:");
    size_t n = strlen(seen);

    host = host != NULL ? host + 1 : b->contact + strcspn(b->contact, ":") + 1;
    return strncmp(host, seen, n) == 0 && (host[n] == '\0' || host[n] == ';');
}

static void on_phone(struct stack *s, const struct sip_binding *b, void *arg)
{
    unsigned second = *(const unsigned *)arg;
    unsigned slot = 0;
    char route[128];
    char *from;
    char *to;

    for (const char *c = b->received; *c != '\0'; c++)
        slot = slot * 31 + (unsigned char)*c;
    if (slot % PERIOD_S != second % PERIOD_S || !str_starts(b->received, "udp:") || is_direct(b) ||
        !stack_route(b->received, route, sizeof(route)))
        return;
    from = str_printf("<sip:carillon@%s:%u>;tag=ping", s->set.host, (unsigned)s->set.port);
    to = str_printf("<%s>", b->contact);
    nta_outgoing_destroy(nta_outgoing_tcreate(s->outside, NULL, NULL, URL_STRING_MAKE(route),
                                              SIP_METHOD_OPTIONS, URL_STRING_MAKE(b->contact),
                                              SIPTAG_FROM_STR(from), SIPTAG_TO_STR(to),
                                              SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END()));
    (void)mem_free(from);
    (void)mem_free(to);
}

void keepalive_send(struct stack *s, unsigned second)
{
    registrar_each(s, on_phone, &second);
}
