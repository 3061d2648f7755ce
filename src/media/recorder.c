#include "media/recorder.h"

#include <string.h>

#include "base/mem.h"

enum { TICK_MS = 20, VOICE_TICKS = 3 };

/* -50 dBFS, as for who talks (talk.h). */
static const double voice_power = 32768.0 * 32768.0 * 1e-5;

struct recorder *recorder_new(uint32_t number, const struct media_record *wish)
{
    struct recorder *r = mem_new(sizeof(*r));

    r->number = number;
    r->room = (size_t)wish->max_ms / TICK_MS * MIX_FRAME;
    r->pcm = mem_array(r->room, sizeof(*r->pcm));
    r->initial_ticks = wish->initial_silence_ms / TICK_MS;
    r->silent_ticks = wish->max_silence_ms / TICK_MS;
    return r;
}

void recorder_free(struct recorder *r)
{
    if (r == NULL)
        return;
    mem_free(r->pcm);
    mem_free(r);
}

/* A crack is no voice: 60 ms of sound are. */
static void attend(struct recorder *r, double power)
{
    r->loud = power > voice_power ? r->loud + 1 : 0;
    r->heard = r->heard || r->loud >= VOICE_TICKS;
    if (r->loud >= VOICE_TICKS)
        r->quiet = 0;
    else if (r->loud == 0)
        r->quiet++;
}

bool recorder_take(struct recorder *r, const int16_t *pcm, double power, enum media_record_end *why)
{
    if (pcm != NULL)
        memcpy(r->pcm + r->count, pcm, MIX_FRAME * sizeof(*pcm));
    r->count += MIX_FRAME; /* its memory was silence */
    attend(r, pcm != NULL ? power : 0);
    if (!r->heard && r->quiet >= r->initial_ticks)
        *why = MEDIA_RECORD_NO_VOICE;
    else if (r->heard && r->quiet >= r->silent_ticks)
        *why = MEDIA_RECORD_SILENCE;
    else if (r->count >= r->room)
        *why = MEDIA_RECORD_FULL;
    else
        return false;
    return true;
}
