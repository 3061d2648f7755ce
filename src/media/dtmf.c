/*
 * dtmf.c - keys in both forms. The port's media thread.
 */
#include "media/dtmf.h"

#include <math.h>
#include <string.h>

#include <spandsp.h>

#include "base/mem.h"
#include "base/str.h"
#include "media/resample.h"

enum { KEY_TICKS = DTMF_KEY_MS / 20, END_REPEATS = 3, VOLUME_DBM0 = 10 };
enum { END_BIT = 0x80, LONGEST = 0xffff };

static const char keys_by_code[] = "0123456789*#ABCD";

/* Tones of rows and columns, Q.23; the amplitude of each is about -12 dBFS. */
static const double low_hz[] = {697, 770, 852, 941};
static const double high_hz[] = {1209, 1336, 1477, 1633};
static const char pad[] = "123A456B789C*0#D";
static const double amplitude = 8192;
static const double turn = 6.283185307179586;

int dtmf_code(char key)
{
    const char *at;

    if (key >= 'a' && key <= 'd')
        key = (char)(key - 'a' + 'A');
    at = key == 0 ? NULL : strchr(keys_by_code, key);
    return at == NULL ? -1 : (int)(at - keys_by_code);
}

/* A press that lasts longer than the duration can say goes on as a new event that begins where
 * the last ended (RFC 4733 section 2.5.1.3): still one press. */
static bool is_continued(const struct dtmf_events *d, const struct rtp_packet *p, uint8_t event)
{
    return d->event == event && !d->ended && d->duration == LONGEST &&
           p->timestamp - d->timestamp == LONGEST;
}

char dtmf_event_read(struct dtmf_events *d, const struct rtp_packet *p)
{
    uint8_t event;
    uint16_t duration;
    bool ended, pressed;

    if (p->len < DTMF_EVENT_SIZE || p->payload[0] >= sizeof(keys_by_code) - 1)
        return 0;
    event = p->payload[0];
    ended = (p->payload[1] & END_BIT) != 0;
    duration = rtp_get16(p->payload + 2);
    if (d->any && p->timestamp == d->timestamp) {
        d->ended = d->ended || ended;
        d->duration = duration > d->duration ? duration : d->duration;
        return 0;
    }
    if (d->any && (int32_t)(p->timestamp - d->timestamp) < 0)
        return 0; /* late, of a key before */

    pressed = !d->any || !is_continued(d, p, event);
    d->any = true;
    d->timestamp = p->timestamp;
    d->event = event;
    d->duration = duration;
    d->ended = ended;
    if (!pressed)
        return 0;
    return keys_by_code[event];
}

struct dtmf_ear {
    dtmf_rx_state_t *rx; /* of 8 kHz */
    struct resample down;
};

struct dtmf_ear *dtmf_ear_new(void)
{
    struct dtmf_ear *e = mem_new(sizeof(*e));

    e->rx = dtmf_rx_init(NULL, NULL, NULL);
    if (e->rx == NULL)
        return mem_free(e);
    return e;
}

void dtmf_ear_free(struct dtmf_ear *e)
{
    if (e == NULL)
        return;
    (void)dtmf_rx_free(e->rx);
    mem_free(e);
}

size_t dtmf_ear_hear(struct dtmf_ear *e, const int16_t *pcm, size_t n, char *keys, size_t max)
{
    char found[DTMF_KEYS_MAX + 1];
    int16_t narrow[CODEC_NARROW_FRAME];
    size_t count;

    if (n == MIX_FRAME) {
        resample_down(&e->down, pcm, narrow);
        (void)dtmf_rx(e->rx, narrow, CODEC_NARROW_FRAME);
    } else {
        (void)dtmf_rx(e->rx, pcm, (int)n);
    }
    count = dtmf_rx_get(e->rx, found, (int)(max < DTMF_KEYS_MAX ? max : DTMF_KEYS_MAX));
    memcpy(keys, found, count);
    return count;
}

bool dtmf_send_begin(struct dtmf_send *d, const char *keys, int gap_ms)
{
    size_t n = strlen(keys);

    if (n == 0 || n > DTMF_KEYS_MAX || gap_ms < 0 || gap_ms > 60000)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (dtmf_code(keys[i]) < 0)
            return false;
    }
    memset(d, 0, sizeof(*d));
    (void)str_copy(d->keys, sizeof(d->keys), keys);
    /* The repeated end packets need two ticks of pause, an ear at least 40 ms. */
    d->gap_ticks = gap_ms / 20 < 3 ? 3 : gap_ms / 20;
    return true;
}

bool dtmf_send_active(const struct dtmf_send *d)
{
    return d->keys[d->at] != 0;
}

char dtmf_send_key(const struct dtmf_send *d)
{
    int code = dtmf_code(d->keys[d->at]);

    if (code < 0)
        return 0;
    return keys_by_code[code];
}

enum dtmf_step dtmf_send_step(struct dtmf_send *d, bool *first)
{
    *first = false;
    if (!dtmf_send_active(d))
        return DTMF_DONE;
    if (d->tick == KEY_TICKS + d->gap_ticks) {
        d->at++;
        d->tick = 0;
        if (!dtmf_send_active(d))
            return DTMF_DONE;
    }
    *first = d->tick == 0;
    if (*first)
        d->phase_low = d->phase_high = 0;
    return ++d->tick <= KEY_TICKS ? DTMF_KEY : DTMF_PAUSE;
}

static int16_t cut(double v)
{
    return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

void dtmf_send_tone(struct dtmf_send *d, int16_t *out, size_t n, unsigned rate)
{
    const char *at = strchr(pad, dtmf_send_key(d));
    size_t place = at == NULL ? 0 : (size_t)(at - pad);
    double low = turn * low_hz[place / 4 % 4] / rate;
    double high = turn * high_hz[place % 4] / rate;

    for (size_t i = 0; i < n; i++) {
        out[i] = cut(out[i] + amplitude * (sin(d->phase_low) + sin(d->phase_high)));
        d->phase_low += low;
        d->phase_high += high;
    }
}

bool dtmf_send_event(struct dtmf_send *d, uint32_t now, uint32_t step,
                     uint8_t payload[DTMF_EVENT_SIZE], uint32_t *timestamp)
{
    int ticks = d->tick < KEY_TICKS ? d->tick : KEY_TICKS;
    bool end = d->tick >= KEY_TICKS;

    if (d->tick < 1 || d->tick >= KEY_TICKS + END_REPEATS)
        return false;
    if (d->tick == 1)
        d->timestamp = now;
    payload[0] = (uint8_t)dtmf_code(dtmf_send_key(d));
    payload[1] = (uint8_t)((end ? END_BIT : 0) | VOLUME_DBM0);
    rtp_put16(payload + 2, (uint16_t)((uint32_t)ticks * step));
    *timestamp = d->timestamp;
    return true;
}
