/*
 * post.c - headers and body of one POST to a callback URI.
 *
 * The control thread. It does not send.
 */
#include "webhook/post.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "webhook/sign.h"

/* A header line from a text that somebody else wrote: what could begin another line is
 * taken out. */
static char *header_line(const char *name, const char *value)
{
    char *line = str_printf("%s: %s", name, value);

    for (char *c = line; *c != '\0'; c++)
        if (*c < ' ' || *c == 0x7f)
            *c = '_';
    return line;
}

void post_headers_init(struct post_headers *h, const char *chain_id, const char *scenario_id)
{
    h->chain = header_line("X-Microsoft-Skype-Chain-ID", chain_id);
    h->scenario = header_line("Scenario-Id", scenario_id);
}

void post_headers_clear(struct post_headers *h)
{
    h->chain = mem_free(h->chain);
    h->scenario = mem_free(h->scenario);
}

static void sign(struct post *p, const char *secret, size_t *n)
{
    struct buf signature = {0};

    if (sign_webhook(secret, p->text.data, p->text.len, &signature))
        p->headers[(*n)++] = arena_printf(&p->arena, "webhook-signature: %s", signature.data);
    else
        log_line(LOG_ERROR, "webhook", NULL,
                 "a webhookSecret is not whsec_ and base64: not signed");
    buf_clear(&signature);
}

void post_build(struct post *p, const struct backlog *b, const struct post_needs *needs)
{
    const struct post_headers *h = needs->headers;
    const char *id = backlog_id(b);
    long long now_s = clock_wall_ms() / 1000;
    size_t signed_head;
    size_t n = 0;

    *p = (struct post){0};
    buf_printf(&p->text, "%s.%lld.", id, now_s);
    signed_head = p->text.len;
    backlog_body(b, &p->text);
    p->body = p->text.data + signed_head;
    p->body_len = p->text.len - signed_head;

    p->headers[n++] = arena_printf(&p->arena, "Authorization: %s", needs->bearer);
    p->headers[n++] = "Content-Type: application/json";
    if (h->chain != NULL)
        p->headers[n++] = h->chain;
    p->headers[n++] = arena_printf(&p->arena, "X-Microsoft-Skype-Message-ID: %s", id);
    if (h->scenario != NULL)
        p->headers[n++] = h->scenario;
    p->headers[n++] = arena_printf(&p->arena, "webhook-id: %s", id);
    p->headers[n++] = arena_printf(&p->arena, "webhook-timestamp: %lld", now_s);
    if (needs->parked != NULL)
        p->headers[n++] = arena_printf(&p->arena, "Carillon-Parked: %s", needs->parked);
    if (backlog_is_unsafe(b))
        p->headers[n++] = "Carillon-Not-Durable: true";
    if (needs->secret != NULL)
        sign(p, needs->secret, &n);
}

void post_clear(struct post *p)
{
    buf_clear(&p->text);
    arena_clear(&p->arena);
}
