#include "api/reply.h"

#include <stdio.h>
#include <string.h>

#include "api/body.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/control.h"

enum { MORE_HEADERS = 12, ECHO_BYTES = 200, RETRY_AFTER_S = 30 };

static const char json_type[] = "application/json; odata.metadata=minimal; charset=utf-8";

const char *reply_echo(const struct http_request *r, const char *name)
{
    const char *v = http_header(r, name);

    if (v == NULL || strlen(v) > ECHO_BYTES)
        return NULL;
    for (const char *p = v; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
            return NULL;
    return v;
}

static size_t usual_headers(const struct ask *a, bool body, struct http_header h[MORE_HEADERS])
{
    static const char diagnostic[] = "{\"ServerInfo\":{\"DataCenter\":\"self\",\"Slice\":\"E\","
                                     "\"Ring\":\"1\",\"ScaleUnit\":\"000\","
                                     "\"RoleInstance\":\"carillon\"}}";
    size_t n = 0;

    h[n++] = (struct http_header){"request-id", a->request_id.text};
    h[n++] = (struct http_header){"client-request-id", reply_echo(a->http, "client-request-id")};
    if (h[n - 1].value == NULL)
        h[n - 1].value = a->request_id.text;
    h[n++] = (struct http_header){"scenario-id", reply_echo(a->http, "scenario-id")};
    if (h[n - 1].value == NULL)
        n--;
    h[n++] = (struct http_header){"x-ms-ags-diagnostic", diagnostic};
    h[n++] = (struct http_header){"Cache-Control", "private"};
    if (body)
        h[n++] = (struct http_header){"OData-Version", "4.0"};
    if (a->http->tls)
        h[n++] = (struct http_header){"Strict-Transport-Security", "max-age=31536000"};
    return n;
}

void reply_json(struct ask *a, int status, const char *json, size_t len, const char *location)
{
    struct http_header h[MORE_HEADERS];
    size_t n = usual_headers(a, true, h);

    if (location != NULL)
        h[n++] = (struct http_header){"Location", location};
    http_reply(a->http, &(struct http_reply){.status = status,
                                             .content_type = json_type,
                                             .body = json,
                                             .body_len = len,
                                             .headers = h,
                                             .header_count = n});
}

void reply_created(struct ask *a, const struct buf *json, const char *location, http_sent_h *h,
                   void *arg)
{
    struct http_header headers[MORE_HEADERS];
    size_t n = usual_headers(a, true, headers);

    headers[n++] = (struct http_header){"Location", location};
    http_reply(a->http, &(struct http_reply){.status = 201,
                                             .content_type = json_type,
                                             .body = json->data,
                                             .body_len = json->len,
                                             .headers = headers,
                                             .header_count = n,
                                             .on_sent = h,
                                             .arg = arg});
}

void reply_accepted(struct ask *a, http_sent_h *h, void *arg)
{
    struct http_header headers[MORE_HEADERS];
    size_t n = usual_headers(a, false, headers);

    http_reply(a->http,
               &(struct http_reply){
                   .status = 202, .headers = headers, .header_count = n, .on_sent = h, .arg = arg});
}

void reply_buf(struct ask *a, int status, struct buf *json, const char *location)
{
    reply_json(a, status, json->data, json->len, location);
    buf_clear(json);
}

void reply_replayed(struct ask *a, const char *json, const char *location)
{
    struct http_header h[MORE_HEADERS];
    size_t n = usual_headers(a, true, h);

    h[n++] = (struct http_header){"Location", location};
    h[n++] = (struct http_header){"Carillon-Replayed", "true"};
    http_reply(a->http, &(struct http_reply){.status = 201,
                                             .content_type = json_type,
                                             .body = json,
                                             .body_len = strlen(json),
                                             .headers = h,
                                             .header_count = n});
}

void reply_empty(struct ask *a, int status, const char *location)
{
    struct http_header h[MORE_HEADERS];
    size_t n = usual_headers(a, false, h);

    if (location != NULL)
        h[n++] = (struct http_header){"Location", location};
    http_reply(a->http, &(struct http_reply){.status = status, .headers = h, .header_count = n});
}

void reply_text(struct ask *a, int status, const char *type, const char *text, size_t len)
{
    struct http_header h[MORE_HEADERS];
    size_t n = usual_headers(a, false, h);

    http_reply(a->http, &(struct http_reply){.status = status,
                                             .content_type = type,
                                             .body = text,
                                             .body_len = len,
                                             .headers = h,
                                             .header_count = n});
}

void reply_description(struct ask *a, const char *type, const char *text, size_t len)
{
    struct http_header h[MORE_HEADERS];
    size_t n = usual_headers(a, true, h);

    http_reply(a->http, &(struct http_reply){.status = 200,
                                             .content_type = type,
                                             .body = text,
                                             .body_len = len,
                                             .headers = h,
                                             .header_count = n});
}

/* The error body, for a request that may never have reached a handler. */
static void write_error(const struct http_request *r, const char *request_id, const char *code,
                        const char *message, struct buf *out)
{
    char date[CLOCK_TEXT_SIZE];
    const char *client_id = reply_echo(r, "client-request-id");
    struct writer w;

    (void)clock_text(clock_wall_ms(), date);
    date[19] = '\0'; /* Graph's has no fraction and no zone */
    writer_init(&w, out);
    writer_object(&w, NULL);
    writer_object(&w, "error");
    writer_text(&w, "code", code);
    writer_text(&w, "message", message);
    writer_object(&w, "innerError");
    writer_text(&w, "request-id", request_id);
    writer_text(&w, "client-request-id", client_id != NULL ? client_id : request_id);
    writer_text(&w, "date", date);
    writer_end(&w);
    writer_end(&w);
    writer_end(&w);
}

/* The header that some errors need beside the body; NULL: none. */
static const char *extra_header(const struct ask *a, enum err e, const char **value)
{
    char *seconds;

    switch ((int)e) {
    case ERR_UNAUTHENTICATED:
        *value = arena_printf(
            &a->http->arena,
            "Bearer realm=\"\", authorization_uri=\"%s/common/oauth2/v2.0/authorize\", "
            "error=\"invalid_token\"",
            body_our_url(a));
        return "WWW-Authenticate";
    case ERR_BUSY:
    case ERR_TOO_MANY:
        seconds = arena_printf(&a->http->arena, "%d",
                               a->retry_after_s != 0 ? a->retry_after_s : RETRY_AFTER_S);
        *value = seconds;
        return "Retry-After";
    default:
        return NULL;
    }
}

static void reply_with(struct ask *a, int status, const char *code, const char *message,
                       const char *name, const char *value)
{
    struct http_header h[MORE_HEADERS];
    size_t n = usual_headers(a, true, h);
    struct buf body = {0};

    if (name != NULL)
        h[n++] = (struct http_header){name, value};
    write_error(a->http, a->request_id.text, code, message, &body);
    http_reply(a->http, &(struct http_reply){.status = status,
                                             .content_type = json_type,
                                             .body = body.data,
                                             .body_len = body.len,
                                             .headers = h,
                                             .header_count = n});
    buf_clear(&body);
}

void reply_fail(struct ask *a, const struct fail *f)
{
    const char *value = NULL;
    const char *name = extra_header(a, f->err, &value);

    reply_with(a, err_http(f->err), err_code(f->err), f->text, name, value);
}

void reply_error(struct ask *a, enum err e)
{
    struct fail f;

    (void)err_set(&f, e, "%s", err_text(e));
    reply_fail(a, &f);
}

void reply_method(struct ask *a, const char *allow)
{
    reply_with(a, 405, err_code(ERR_METHOD), err_text(ERR_METHOD), "Allow", allow);
}

void api_on_refused(struct http_request *r, enum err why, int status, const char *text,
                    struct http_reply *reply, void *arg)
{
    struct id id = id_new();
    struct buf body = {0};

    (void)arg;
    (void)status;
    write_error(r, id.text, err_code(why), text, &body);
    reply->content_type = json_type;
    reply->body = arena_text(&r->arena, body.data, body.len);
    reply->body_len = body.len;
    buf_clear(&body);
}
