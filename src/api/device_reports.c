/*
 * device_reports.c - logTeleconferenceDeviceQuality. The control thread.
 */
#include "api/body.h"
#include "api/reply.h"
#include "core/device_quality.h"

static enum err read_report(struct ask *a, struct graph_log_device_quality_action *body,
                            struct arena *arena, struct fail *f)
{
    const char *agent = http_header(a->http, "User-Agent");
    enum err e =
        role_check(a->caller.roles, ROLE(ACCESS_MEDIA), "logTeleconferenceDeviceQuality", f);

    if (e == ERR_OK && (agent == NULL || *agent == '\0'))
        e = err_set(f, ERR_BAD_REQUEST, "The header User-Agent is missing.");
    if (e == ERR_OK)
        e = body_read(a, &graph_log_device_quality_action_type, body, arena, false, f);
    return e;
}

void device_reports_log(struct ask *a)
{
    struct graph_log_device_quality_action body;
    struct arena arena = {0};
    struct fail f;

    if (read_report(a, &body, &arena, &f) != ERR_OK) {
        reply_fail(a, &f);
    } else {
        device_quality_take(a->api->control, a->caller.application.text, a->caller.tenant.text,
                            body.quality);
        reply_empty(a, 200, NULL);
    }
    arena_clear(&arena);
}
