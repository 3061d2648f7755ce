/*
 * recordings.c - record and recordResponse, and what they recorded. The control thread.
 */
#include <string.h>

#include "api/body.h"
#include "api/operations.h"
#include "api/reply.h"
#include "api/whose.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/record.h"

enum { TOKEN_CHARS = 128 };

static enum err read_record(struct ask *a, const struct type *type,
                            struct graph_record_action *body, struct arena *arena, struct fail *f)
{
    enum err e = role_check(a->caller.roles, ROLE(ACCESS_MEDIA), "recording", f);

    return e == ERR_OK ? body_read(a, type, body, arena, true, f) : e;
}

static void record(struct ask *a, const struct type *type)
{
    struct live_call *lc = whose_media_call(a);
    struct arena arena = {0};
    struct graph_record_action *body = arena_new(&arena, sizeof(*body));
    struct operation *o = NULL;
    struct fail f;

    if (lc != NULL && read_record(a, type, body, &arena, &f) == ERR_OK)
        o = record_new(body, &arena, &f);
    if (lc == NULL || o == NULL) {
        arena_clear(&arena);
        if (lc != NULL)
            reply_fail(a, &f);
        return;
    }
    (void)obj_ref(o); /* record_add() takes one, the answer needs another */
    if (record_add(lc, o, &f) != ERR_OK)
        reply_fail(a, &f);
    else
        operations_reply(a, lc, o);
    (void)obj_unref(o);
}

void recordings_record(struct ask *a)
{
    record(a, &graph_record_action_type);
}

void recordings_response(struct ask *a)
{
    record(a, &graph_record_response_action_type);
}

static void on_got(const char *bytes, size_t len, void *arg)
{
    if (bytes == NULL)
        reply_error(arg, ERR_NOT_FOUND);
    else
        reply_text(arg, 200, "application/octet-stream", bytes, len);
}

/* Whoever has the token has the recording; for anybody else there is none. */
void recordings_get(struct ask *a)
{
    const char *authorization = http_header(a->http, "authorization");
    struct id id;

    if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0) {
        reply_error(a, ERR_UNAUTHENTICATED);
        return;
    }
    if (!id_read_text(&id, a->ids[0]) || strlen(authorization) > TOKEN_CHARS) {
        reply_error(a, ERR_NOT_FOUND);
        return;
    }
    record_get(a->api->control, id.text, authorization + 7, on_got, a);
}
