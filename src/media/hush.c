/*
 * hush.c - the payload of silence. One media thread's, but for init and clear.
 */
#include "media/hush.h"

#include <string.h>

#include "base/mem.h"

enum { REST_FRAMES = 20 }; /* after so many a payload that comes to rest has done so */

void hush_init(struct hush *h, const struct codec *c)
{
    memset(h, 0, sizeof(*h));
    h->codec = c;
    if (c->encoder_size == NULL)
        return;
    h->state = mem_new(c->encoder_size());
    if (!c->rests)
        h->before = mem_new(c->encoder_size());
}

void hush_clear(struct hush *h)
{
    h->state = mem_free(h->state);
    h->before = mem_free(h->before);
}

static void encode(struct hush *h)
{
    static const int16_t silence[CODEC_FRAME_MAX];

    if (h->frames == 0 && h->state != NULL)
        h->codec->encoder_init(h->state);
    if (h->before != NULL && h->state != NULL)
        memcpy(h->before, h->state, h->codec->encoder_size());
    h->len = h->codec->encode(h->state, silence, codec_frame(h->codec), h->payload);
    h->frames++;
}

/* At first so many that the encoder has forgotten its beginning. */
static void settle(struct hush *h)
{
    while (h->frames < REST_FRAMES)
        encode(h);
}

const uint8_t *hush_payload(struct hush *h, size_t *len)
{
    settle(h);
    if (!h->made && !h->codec->rests)
        encode(h);
    h->made = true;
    *len = h->len;
    return h->payload;
}

void hush_copy(struct hush *h, void *state)
{
    const void *from;

    if (h->state == NULL)
        return;
    settle(h);
    from = h->made && h->before != NULL ? h->before : h->state;
    memcpy(state, from, h->codec->encoder_size());
}
