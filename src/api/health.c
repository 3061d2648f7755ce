/*
 * health.c - is it alive, is it ready, how much of what: for machines that watch.
 */
#include "api/reply.h"
#include "base/clock.h"
#include "base/count.h"
#include "core/control.h"

void health_live(struct ask *a)
{
    reply_text(a, 200, "text/plain", "ok\n", 3);
}

void health_ready(struct ask *a)
{
    if (control_is_open(a->api->control, NULL) == ERR_OK)
        reply_text(a, 200, "text/plain", "ok\n", 3);
    else
        reply_text(a, 503, "text/plain", "no\n", 3);
}

void health_metrics(struct ask *a)
{
    struct buf text = {0};

    for (int c = 0; c < COUNT_COUNT; c++)
        buf_printf(&text, "# HELP carillon_%s %s\n# TYPE carillon_%s %s\ncarillon_%s %lld\n",
                   count_name((enum count)c), count_help((enum count)c), count_name((enum count)c),
                   count_kind((enum count)c), count_name((enum count)c),
                   (long long)count_get((enum count)c));
    buf_printf(&text,
               "# HELP carillon_uptime_seconds Time since the start\n"
               "# TYPE carillon_uptime_seconds gauge\ncarillon_uptime_seconds %lld\n",
               (long long)((clock_mono_ms() - a->api->control->began_ms) / 1000));
    reply_text(a, 200, "text/plain; version=0.0.4; charset=utf-8", text.data, text.len);
    buf_clear(&text);
}
