/*
 * listen.c - the ports of the sip thread: UDP and TCP on one number, TLS on another.
 *
 * The sip thread, at its start.
 */
#include "sip/listen.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"

enum {
    /* Bytes of one SIP message: the longest SDP and 8 KiB. Not more: the library walks all headers
     * for each one that it does not know, and 64 KiB of them would hold us up for half a second. */
    MESSAGE_MAX = 24576,
    DATAGRAM_MAX = 65535,  /* bytes; ours are never cut or moved to TCP */
    PROCEEDING_MAX = 5000, /* transactions of others that wait for us */
    PING_MS = 30000,       /* CRLF on idle connections (RFC 5626): NAT and dead phones */
    PORT_TRIES = 20,
};

/* A port that is free for UDP and TCP at this moment; 0 when there is none. */
static uint16_t probe(const char *ip, bool udp)
{
    struct addr a;
    socklen_t len;
    int tcp = -1;
    int other = -1;
    uint16_t port = 0;

    if (!addr_read_ip(&a, ip, strlen(ip), 0))
        return 0;
    tcp = socket(a.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    len = addr_len(&a);
    if (tcp >= 0 && bind(tcp, &a.sa, len) == 0 && getsockname(tcp, &a.sa, &len) == 0) {
        other = socket(a.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (!udp || (other >= 0 && bind(other, &a.sa, addr_len(&a)) == 0))
            port = addr_port(&a);
    }
    if (tcp >= 0)
        (void)close(tcp);
    if (other >= 0)
        (void)close(other);
    return port;
}

static void bracketed(const char *ip, char *out, size_t size)
{
    bool v6 = strchr(ip, ':') != NULL;

    (void)snprintf(out, size, "%s%s%s", v6 ? "[" : "", ip, v6 ? "]" : "");
}

/* sofia answers STUN on its UDP port unless told not to: one parser less for strangers. */
static bool add_ports(struct stack *s, uint16_t port, uint16_t tls_port)
{
    char listen[80];
    char tls[80];
    char url[256];

    bracketed(s->set.listen_ip, listen, sizeof(listen));
    (void)snprintf(url, sizeof(url), "sip:%s:%u;maddr=%s", s->set.host, (unsigned)port, listen);
    if (nta_agent_add_tport(s->agent, URL_STRING_MAKE(url), TPTAG_STUN_SERVER(0),
                            TPTAG_PONG2PING(1), TPTAG_KEEPALIVE(PING_MS), TAG_END()) < 0)
        return false;
    if (tls_port == 0)
        return true;
    bracketed(s->set.tls_ip, tls, sizeof(tls));
    (void)snprintf(url, sizeof(url), "sips:%s:%u;maddr=%s", s->set.host, (unsigned)tls_port, tls);
    return nta_agent_add_tport(s->agent, URL_STRING_MAKE(url), TPTAG_PONG2PING(1),
                               TPTAG_KEEPALIVE(PING_MS), TPTAG_CERTIFICATE(s->set.tls_folder),
                               TPTAG_TLS_VERIFY_POLICY(TPTLS_VERIFY_NONE), TAG_END()) == 0;
}

static nta_agent_t *make_agent(struct stack *s)
{
    return nta_agent_create(s->root, SOFIA_NOTHING, stack_on_message, s, NTATAG_UA(1),
                            NTATAG_MERGE_482(1), NTATAG_CLIENT_RPORT(1), NTATAG_SERVER_RPORT(2),
                            NTATAG_TCP_RPORT(1), NTATAG_TLS_RPORT(1), NTATAG_UDP_MTU(DATAGRAM_MAX),
                            NTATAG_MAXSIZE(MESSAGE_MAX), NTATAG_MAX_PROCEEDING(PROCEEDING_MAX),
                            NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), TAG_END());
}

/* sofia would listen without a certificate and fail each handshake. */
static bool has_certificate(const struct stack *s)
{
    char path[sizeof(s->set.tls_folder) + 16];

    (void)snprintf(path, sizeof(path), "%s/agent.pem", s->set.tls_folder);
    return access(path, R_OK) == 0;
}

/* Port 0 is chosen here; somebody may take it between the probe and the bind, so several tries. */
enum err listen_open(struct stack *s, struct fail *f)
{
    bool fixed = s->set.port != 0 && (!s->set.tls || s->set.tls_port != 0);

    if (s->set.tls && !has_certificate(s))
        return err_set(f, ERR_INTERNAL, "SIP over TLS: '%.150s/agent.pem' cannot be read",
                       s->set.tls_folder);
    for (int i = 0; i < (fixed ? 1 : PORT_TRIES); i++) {
        uint16_t port = s->set.port != 0 ? s->set.port : probe(s->set.listen_ip, true);
        uint16_t tls_port = 0;

        if (s->set.tls)
            tls_port = s->set.tls_port != 0 ? s->set.tls_port : probe(s->set.tls_ip, false);
        if (port == 0 || (s->set.tls && tls_port == 0))
            continue; /* free for TCP and taken for UDP: another one */
        s->agent = make_agent(s);
        if (s->agent == NULL)
            break;
        if (add_ports(s, port, tls_port)) {
            s->set.port = port;
            s->set.tls_port = tls_port;
            return ERR_OK;
        }
        nta_agent_destroy(s->agent);
        s->agent = NULL;
    }
    return err_set(f, ERR_INTERNAL, "SIP cannot listen on %s port %u%s", s->set.listen_ip,
                   (unsigned)s->set.port, s->set.tls ? " (or on its TLS port)" : "");
}
