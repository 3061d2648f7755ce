/*
 * kit.c - the memory that a leg needs for a codec with a state. The control thread's.
 */
#include "media/kit.h"

#include <stdalign.h>

#include "base/mem.h"
#include "media/stretch.h"

static size_t aligned(size_t n)
{
    return (n + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
}

struct kit *kit_new(const struct codec *c)
{
    size_t head = aligned(sizeof(struct kit));
    size_t encoder, decoder;
    struct kit *k;
    uint8_t *at;

    if (c->encoder_size == NULL)
        return NULL;
    encoder = aligned(c->encoder_size());
    decoder = aligned(c->decoder_size());
    k = mem_new(head + encoder + decoder + STRETCH_WIDE * sizeof(*k->sound));
    at = (uint8_t *)k + head;
    k->codec = c;
    k->encoder = at;
    k->decoder = at + encoder;
    k->sound = (int16_t *)(void *)(at + encoder + decoder);
    return k;
}

void kit_free(struct kit *k)
{
    (void)mem_free(k);
}
