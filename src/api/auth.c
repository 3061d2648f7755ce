/*
 * auth.c - the token endpoint of the dev profile, and the documents with our keys.
 */
#include "api/doorman.h"
#include "api/reply.h"
#include "identity/media_token.h"

void auth_token(struct ask *a)
{
    struct token_request r = {.tenant = a->ids[0],
                              .is_tls = a->http->tls,
                              .grant_type = http_form(a->http, "grant_type"),
                              .client_id = http_form(a->http, "client_id"),
                              .client_secret = http_form(a->http, "client_secret"),
                              .scope = http_form(a->http, "scope"),
                              .basic = http_header(a->http, "Authorization")};
    struct buf body = {0};
    struct fail f;
    int status;

    if (doorman_issuer(a, &f) != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    status = issuer_answer(a->api->identity, &r, &body);
    if (status == 401)
        doorman_refused(a, "secret", "unknown application or wrong secret");
    reply_buf(a, status, &body, NULL);
}

static void reply_document(struct ask *a, bool known, struct buf *body)
{
    if (known)
        reply_buf(a, 200, body, NULL);
    else
        reply_error(a, ERR_NO_PATH);
}

void auth_configuration(struct ask *a)
{
    struct buf body = {0};
    bool known = issuer_configuration(a->api->identity, a->ids[0], a->http->tls, &body);

    reply_document(a, known, &body);
}

void auth_keys(struct ask *a)
{
    struct buf body = {0};
    bool known = issuer_keys(a->api->identity, a->ids[0], &body);

    reply_document(a, known, &body);
}

void auth_notice_configuration(struct ask *a)
{
    struct buf body = {0};

    notice_configuration(a->api->identity, a->api->settings.notice_issuer, a->http->tls, &body);
    reply_buf(a, 200, &body, NULL);
}

void auth_notice_keys(struct ask *a)
{
    struct buf body = {0};

    notice_keys(a->api->identity, &body);
    reply_buf(a, 200, &body, NULL);
}

void auth_media_keys(struct ask *a)
{
    struct buf body = {0};

    media_keys(a->api->identity, &body);
    reply_buf(a, 200, &body, NULL);
}
