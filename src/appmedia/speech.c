#include "appmedia/speech.h"

#include <string.h>

#include "base/mem.h"
#include "media/rerate.h"

enum { ITEMS = 16, STEREO_AT_ONCE = 256, BOT_RATE = 44100 };

struct chunk {
    struct list_node node;
    size_t count;
    struct speech_item items[ITEMS];
};

void speech_init(struct speech *s, enum media_format format)
{
    *s = (struct speech){.format = format};
    if (format == MEDIA_FORMAT_PCM44K)
        s->rate = rerate_new(BOT_RATE, MIX_RATE);
}

static void drop_chunks(struct speech *s)
{
    struct list_node *n;

    while ((n = list_pop(&s->chunks)) != NULL)
        mem_free(LIST_OF(n, struct chunk, node));
    s->first = s->frames = s->marks = 0;
}

void speech_free(struct speech *s)
{
    drop_chunks(s);
    rerate_free(s->rate);
    s->rate = NULL;
}

/* A new item at the end. */
static struct speech_item *push(struct speech *s)
{
    struct chunk *c = s->chunks.last != NULL ? LIST_OF(s->chunks.last, struct chunk, node) : NULL;

    if (c == NULL || c->count == ITEMS) {
        c = mem_new(sizeof(*c));
        list_push(&s->chunks, &c->node);
    }
    return &c->items[c->count++];
}

static void push_mark(struct speech *s, uint32_t mark, bool cleared)
{
    struct speech_item *i = push(s);

    i->is_mark = true;
    i->cleared = cleared;
    i->mark = mark;
    s->marks++;
}

static void push_part(struct speech *s)
{
    struct speech_item *i;

    if (s->frames >= SPEECH_MAX_MS / SPEECH_FRAME_MS) {
        s->dropped++;
    } else {
        i = push(s);
        i->is_mark = false;
        memcpy(i->pcm, s->part, sizeof(i->pcm));
        s->frames++;
    }
    s->part_count = 0;
    for (size_t i_mark = 0; i_mark < s->part_mark_count; i_mark++)
        push_mark(s, s->part_marks[i_mark], false);
    s->part_mark_count = 0;
}

static void add_sample(struct speech *s, int16_t sample)
{
    s->part[s->part_count++] = sample;
    if (s->part_count == MIX_FRAME)
        push_part(s);
}

static int16_t sample_at(const uint8_t *p)
{
    return (int16_t)(uint16_t)(p[0] | p[1] << 8);
}

/* The two sides together, then 16 kHz. */
static void add_stereo(struct speech *s, const uint8_t *p, size_t samples)
{
    int16_t mono[STEREO_AT_ONCE], narrow[STEREO_AT_ONCE];

    for (size_t at = 0; at < samples; at += STEREO_AT_ONCE) {
        size_t n = samples - at < STEREO_AT_ONCE ? samples - at : STEREO_AT_ONCE;
        size_t made;

        for (size_t i = 0; i < n; i++)
            mono[i] =
                (int16_t)((sample_at(p + (at + i) * 4) + sample_at(p + (at + i) * 4 + 2)) / 2);
        made = rerate_run(s->rate, mono, n, narrow, STEREO_AT_ONCE);
        for (size_t i = 0; i < made; i++)
            add_sample(s, narrow[i]);
    }
}

/* Whole samples. */
static void add_samples(struct speech *s, const uint8_t *p, size_t n)
{
    if (s->format == MEDIA_FORMAT_PCM44K) {
        add_stereo(s, p, n / 4);
        return;
    }
    for (size_t i = 0; i + 2 <= n; i += 2)
        add_sample(s, sample_at(p + i));
}

void speech_add(struct speech *s, const uint8_t *p, size_t n, int64_t now_ms)
{
    size_t unit = s->format == MEDIA_FORMAT_PCM44K ? 4 : 2;
    size_t whole;

    s->part_ms = now_ms;
    while (n > 0 && s->byte_count > 0 && s->byte_count < unit) {
        s->bytes[s->byte_count++] = *p++;
        n--;
    }
    if (s->byte_count == unit) {
        add_samples(s, s->bytes, unit);
        s->byte_count = 0;
    }
    whole = n - n % unit;
    add_samples(s, p, whole);
    if (n > whole) {
        memcpy(s->bytes, p + whole, n - whole);
        s->byte_count = n - whole;
    }
}

bool speech_mark(struct speech *s, uint32_t mark)
{
    if (s->marks + s->part_mark_count >= SPEECH_MARKS_MAX)
        return false;
    if (s->part_count > 0)
        s->part_marks[s->part_mark_count++] = mark;
    else
        push_mark(s, mark, false);
    return true;
}

void speech_flush(struct speech *s)
{
    s->byte_count = 0;
    if (s->part_count == 0)
        return;
    memset(s->part + s->part_count, 0, (MIX_FRAME - s->part_count) * sizeof(*s->part));
    push_part(s);
}

void speech_tick(struct speech *s, int64_t now_ms)
{
    if (s->part_count > 0 && now_ms - s->part_ms > SPEECH_PAD_MS)
        speech_flush(s);
}

size_t speech_clear(struct speech *s)
{
    uint32_t marks[SPEECH_MARKS_MAX];
    size_t ms = speech_ms(s);
    size_t n = 0;

    for (const struct speech_item *i; (i = speech_peek(s)) != NULL; speech_pop(s))
        if (i->is_mark)
            marks[n++] = i->mark;
    for (size_t i = 0; i < s->part_mark_count; i++)
        marks[n++] = s->part_marks[i];
    s->part_count = s->part_mark_count = s->byte_count = 0;
    if (s->rate != NULL)
        rerate_forget(s->rate);
    for (size_t i = 0; i < n; i++)
        push_mark(s, marks[i], true);
    return ms;
}

const struct speech_item *speech_peek(const struct speech *s)
{
    const struct chunk *c;

    if (list_empty(&s->chunks))
        return NULL;
    c = LIST_OF(s->chunks.first, struct chunk, node);
    return s->first < c->count ? &c->items[s->first] : NULL;
}

void speech_pop(struct speech *s)
{
    struct chunk *c = LIST_OF(s->chunks.first, struct chunk, node);

    if (c->items[s->first].is_mark)
        s->marks--;
    else
        s->frames--;
    if (++s->first < c->count)
        return;
    list_remove(&c->node);
    mem_free(c);
    s->first = 0;
}

size_t speech_ms(const struct speech *s)
{
    return s->frames * SPEECH_FRAME_MS;
}
