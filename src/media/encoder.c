/*
 * encoder.c - sound of a room to payloads of a codec. Pure.
 */
#include "media/encoder.h"

#include <string.h>

/* So many frames of silence are encoded as such, until what came before has died away in the
 * other side's decoder. */
enum { TAIL_FRAMES = 10 };

void encoder_init(struct encoder *e, const struct codec *c, const struct kit *kit)
{
    e->codec = c;
    e->state = kit != NULL ? kit->encoder : NULL;
    e->tuning = (struct codec_tuning){0};
    e->quiet = TAIL_FRAMES;
}

void encoder_tune(struct encoder *e, const struct codec_tuning *t)
{
    e->tuning = *t;
    if (e->codec->encoder_tune != NULL && !encoder_rests(e))
        e->codec->encoder_tune(e->state, t);
}

bool encoder_same(const struct encoder *a, const struct encoder *b)
{
    return a->codec == b->codec && codec_same_tuning(&a->tuning, &b->tuning);
}

void encoder_copy(struct encoder *to, const struct encoder *from)
{
    to->quiet = from->quiet;
    to->down = from->down;
    if (to->state != NULL && !encoder_rests(from))
        memcpy(to->state, from->state, to->codec->encoder_size());
}

bool encoder_rests(const struct encoder *e)
{
    return e->quiet >= TAIL_FRAMES;
}

/* The other side has heard silence until now. */
static void wake(struct encoder *e, struct hush *h)
{
    resample_forget(&e->down);
    if (e->state == NULL)
        return;
    hush_copy(h, e->state);
    if (e->codec->encoder_tune != NULL)
        e->codec->encoder_tune(e->state, &e->tuning);
}

static size_t encode(struct encoder *e, const int16_t *pcm, uint8_t *out)
{
    int16_t narrow[CODEC_NARROW_FRAME];

    if (!codec_is_narrow(e->codec))
        return e->codec->encode(e->state, pcm, MIX_FRAME, out);
    resample_down(&e->down, pcm, narrow);
    return e->codec->encode(e->state, narrow, CODEC_NARROW_FRAME, out);
}

const uint8_t *encoder_next(struct encoder *e, struct hush *h, const int16_t *pcm,
                            uint8_t out[CODEC_PAYLOAD_MAX], size_t *len)
{
    static const int16_t silence[MIX_FRAME];

    if (pcm == NULL && encoder_rests(e))
        return hush_payload(h, len);
    if (encoder_rests(e))
        wake(e, h);
    e->quiet = pcm == NULL ? e->quiet + 1 : 0;
    *len = encode(e, pcm == NULL ? silence : pcm, out);
    return out;
}

void encoder_skip(struct encoder *e)
{
    e->quiet = TAIL_FRAMES;
}
