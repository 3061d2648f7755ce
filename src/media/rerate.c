#include "media/rerate.h"

#include <assert.h>
#include <speex/speex_resampler.h>

#include "base/mem.h"

enum { QUALITY = 5 };

struct rerate {
    SpeexResamplerState *state;
};

struct rerate *rerate_new(unsigned from, unsigned to)
{
    struct rerate *r = mem_new(sizeof(*r));
    int why;

    r->state = speex_resampler_init(1, from, to, QUALITY, &why);
    assert(r->state != NULL); /* no memory: base/mem.h */
    return r;
}

void rerate_free(struct rerate *r)
{
    if (r == NULL)
        return;
    speex_resampler_destroy(r->state);
    mem_free(r);
}

size_t rerate_run(struct rerate *r, const int16_t *in, size_t n, int16_t *out, size_t room)
{
    spx_uint32_t taken = (spx_uint32_t)n;
    spx_uint32_t made = (spx_uint32_t)room;

    (void)speex_resampler_process_int(r->state, 0, in, &taken, out, &made);
    return made;
}

void rerate_forget(struct rerate *r)
{
    (void)speex_resampler_reset_mem(r->state);
}
