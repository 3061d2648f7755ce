/*
 * documents.c - $metadata and openapi.json: the API about itself. The control thread.
 *
 * They say the same as long as the server runs: written when they are first asked for, and kept.
 */
#include "api/metadata.h"
#include "api/openapi.h"
#include "api/reply.h"
#include "base/mem.h"

struct documents { /* each empty until it is asked for */
    struct buf v1;
    struct buf beta;
    struct buf openapi;
};

struct documents *documents_new(void)
{
    return mem_new(sizeof(struct documents));
}

void documents_free(struct documents *d)
{
    buf_clear(&d->v1);
    buf_clear(&d->beta);
    buf_clear(&d->openapi);
    (void)mem_free(d);
}

void documents_metadata(struct ask *a)
{
    struct buf *text = a->v1 ? &a->api->documents->v1 : &a->api->documents->beta;

    if (text->len == 0)
        metadata_write(text, a->v1);
    reply_description(a, "application/xml", text->data, text->len);
}

void documents_openapi(struct ask *a)
{
    struct buf *text = &a->api->documents->openapi;

    if (text->len == 0)
        openapi_write(text);
    reply_description(a, "application/json", text->data, text->len);
}
