/*
 * count.h - every counter of the server, once, as a table; what /metrics prints.
 *
 * Counters are the second thing that threads share (see base/clock.h): each is
 * one relaxed atomic, added to anywhere, read only by whoever prints it, and no
 * decision hangs on one. Any thread.
 */
#ifndef BASE_COUNT_H
#define BASE_COUNT_H

#include <stdint.h>

/* X(NAME, kind, metric name without carillon_, help) */
#define COUNTS(X)                                                                                  \
    X(HTTP_REQUESTS, "counter", "http_requests_total", "HTTP requests read whole")                 \
    X(HTTP_REFUSED, "counter", "http_refused_total", "Requests refused before a handler saw them") \
    X(HTTP_CONNECTIONS, "gauge", "http_connections", "Open HTTP connections")                      \
    X(HTTP_LENIENT, "counter", "http_lenient_bodies_total", "Bodies with a trailing comma")        \
    X(AUTH_REFUSED, "counter", "auth_refused_total", "Tokens refused")                             \
    X(AUTH_CACHE_HITS, "counter", "auth_cache_hits_total", "Tokens found in the cache")            \
    X(CALLS_CREATED, "counter", "calls_created_total", "Calls made")                               \
    X(CALLS_ESTABLISHED, "counter", "calls_established_total", "Calls that were answered")         \
    X(CALLS_ENDED, "counter", "calls_ended_total", "Calls that ended")                             \
    X(CALLS_LIVE, "gauge", "calls_live", "Calls that are not over")                                \
    X(NOTICES_MADE, "counter", "notices_made_total", "Notices that became owed")                   \
    X(NOTICES_DELIVERED, "counter", "notices_delivered_total", "Notices answered with 2xx")        \
    X(NOTICES_FAILED, "counter", "notices_failed_total", "Tries that were not answered with 2xx")  \
    X(NOTICES_PARKED, "counter", "notices_parked_total", "Notices that an endpoint refused")       \
    X(NOTICES_DROPPED, "counter", "notices_dropped_total",                                         \
      "Notices lost while nothing was durable")                                                    \
    X(NOTICES_OWED, "gauge", "notices_owed", "Notices not yet delivered")                          \
    X(STORE_COMMITS, "counter", "store_commits_total", "Transactions committed")                   \
    X(STORE_ROWS, "counter", "store_rows_total", "Statements carried out")                         \
    X(STORE_ERRORS, "counter", "store_errors_total", "Transactions that failed")                   \
    X(SIP_BINDINGS, "gauge", "sip_bindings", "Phones registered")                                  \
    X(SIP_INVITES_OUT, "counter", "sip_invites_out_total", "INVITEs sent")                         \
    X(SIP_INVITES_IN, "counter", "sip_invites_in_total", "INVITEs received")                       \
    X(SIP_AUTH_REFUSED, "counter", "sip_auth_refused_total", "Wrong digest answers")               \
    X(SIP_LIMITED, "counter", "sip_limited_total", "Requests over a limit of their address")       \
    X(SIP_STRANGERS_ENDED, "counter", "sip_strangers_ended_total",                                 \
      "Connections ended that no phone used")                                                      \
    X(MEDIA_PORTS, "gauge", "media_ports", "Ports in the media threads")                           \
    X(MEDIA_TICKS_LATE, "counter", "media_ticks_late_total", "Ticks more than 5 ms late")          \
    X(RTP_RECEIVED, "counter", "rtp_packets_received_total", "RTP packets taken")                  \
    X(RTP_SENT, "counter", "rtp_packets_sent_total", "RTP packets sent")                           \
    X(RTP_DROPPED, "counter", "rtp_packets_dropped_total", "Packets of the wrong source or form")  \
    X(PROMPTS_FETCHED, "counter", "prompts_fetched_total", "Prompts fetched and decoded")          \
    X(PROMPT_CACHE_BYTES, "gauge", "prompt_cache_bytes", "Memory held by decoded prompts")         \
    X(LOOP_SLOW, "counter", "loop_slow_handlers_total", "Handlers that held a loop over 20 ms")

enum count {
#define X(name, kind, metric, help) COUNT_##name,
    COUNTS(X)
#undef X
        COUNT_COUNT
};

/* Adds n, which may be negative for a gauge. */
void count_add(enum count c, int64_t n);

int64_t count_get(enum count c);

/* The metric's name, its kind ("counter", "gauge") and its help line. */
const char *count_name(enum count c);
const char *count_kind(enum count c);
const char *count_help(enum count c);

#endif
