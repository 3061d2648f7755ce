#include "core/device_quality.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"

static struct live_call *call_of(struct control *ctl, const char *application, const char *tenant,
                                 const char *chain)
{
    struct live_application *app = live_application_get(ctl, application);

    LIST_EACH(n, &app->calls)
    {
        struct live_call *lc = LIST_OF(n, struct live_call, in_application);

        if (str_eq(lc->call->tenant.text, tenant) && str_eq_nocase(lc->call->chain_id, chain))
            return lc;
    }
    return NULL;
}

static void keep(struct live_call *lc, const struct graph_device_quality *q)
{
    struct buf text = {0};
    struct writer w;

    writer_init(&w, &text);
    fields_write(&w, NULL, &graph_device_quality_type, q, &(struct write_how){0});
    (void)mem_free(lc->device_quality);
    lc->device_quality = str_dup(text.data);
    buf_clear(&text);
}

static const char *said(const char *text)
{
    return text != NULL ? text : "?";
}

static void say(const char *call, const struct graph_device_quality *q,
                const struct graph_device_media_quality *m)
{
    log_line(
        LOG_INFO, "core", call,
        "a device says of %s %lld, chain %s: in %lld packets, %g%% lost (at most %g%%), jitter "
        "%s, round trip %s; out %lld packets, %g%% lost (at most %g%%), jitter %s, round trip "
        "%s; participant %s, leg %s, device %s",
        m->odata.type->name, (long long)m->channel_index.value, q->call_chain_id,
        (long long)m->inbound_packets.value, m->average_inbound_loss.value,
        m->maximum_inbound_loss.value, said(m->average_inbound_jitter),
        said(m->average_inbound_round_trip), (long long)m->outbound_packets.value,
        m->average_outbound_loss.value, m->maximum_outbound_loss.value,
        said(m->average_outbound_jitter), said(m->average_outbound_round_trip), q->participant_id,
        q->media_leg_id, q->device_name);
}

void device_quality_take(struct control *ctl, const char *application, const char *tenant,
                         const struct graph_device_quality *q)
{
    struct live_call *lc = call_of(ctl, application, tenant, q->call_chain_id);

    if (lc != NULL)
        keep(lc, q);
    for (size_t i = 0; i < q->media_quality_list.count; i++)
        say(lc != NULL ? lc->call->id.text : NULL, q, q->media_quality_list.items[i]);
}
