/*
 * proxy.h - which way a request goes: straight, or through the operator's HTTP proxy.
 *
 * Behind a proxy the address that we connect to is the proxy's, so it says nothing about the
 * target. An address in the URL was judged with the URL. A name is resolved by us first: libcurl
 * offers its addresses one by one, the guard judges each, none is connected to; then the proxy is
 * asked for the very address that passed (CONNECT, RFC 9110 section 9.3.6), while TLS goes on to
 * ask for the name. Only where the operator said so is a name left to the proxy unjudged.
 *
 * The client's thread, but for proxy_way() and proxy_check(): any.
 */
#ifndef CLIENT_PROXY_H
#define CLIENT_PROXY_H

#include <curl/curl.h>
#include <stdbool.h>

#include "base/addr.h"
#include "base/err.h"
#include "client/client.h"

enum way {
    WAY_STRAIGHT, /* we connect, and the guard judges the address that we connect to */
    WAY_RESOLVE,  /* the first half: the addresses of a name are judged, nothing is sent */
    WAY_PROXY,    /* a tunnel through the proxy */
};

struct exchange;

/* What is ours alone (loopback, localhost) or named as straight goes straight. url has passed the
 * guard. */
enum way proxy_way(const struct client_proxy *p, const char *url);

/* The way of a request to a URL, from its beginning; forgets what was judged before. */
void proxy_begin(const struct client_proxy *p, struct exchange *x);

/* Sets on e what x's way needs; handles are used again, so always all of it. */
void proxy_set(const struct client_proxy *p, CURL *e, const struct exchange *x);

/* WAY_RESOLVE: libcurl would connect to this address, which the guard allows. Of several the first
 * IPv4 one is kept: every proxy has that. */
void proxy_offer(struct exchange *x, const struct addr *a);

/* WAY_RESOLVE is over: goes on as WAY_PROXY when an address was kept; false when none was. */
bool proxy_turn(struct exchange *x);

/* Frees what it keeps in x. */
void proxy_end(struct exchange *x);

/* Has the proxy refused the tunnel, or is it not to be reached? */
bool proxy_refused(const struct exchange *x, CURLcode code);

#endif
