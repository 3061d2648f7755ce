/*
 * appmedia_bot.c - fuzz: what a bot's media socket may send, from the first byte of its answer to
 * our upgrade on. The first byte says in what pieces; then come the head and frames, or frames
 * alone.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appmedia/speech.h"
#include "appmedia/upgrade.h"
#include "appmedia/wire.h"
#include "appmedia/words.h"
#include "client/tunnel.h"
#include "loop/loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    const uint8_t *p;
    size_t n, piece;
    struct speech speech;
    size_t said;
    bool over;
} bot;

static ssize_t on_read(void *p, size_t n, void *arg)
{
    (void)arg;
    n = n < bot.piece ? n : bot.piece;
    n = n < bot.n ? n : bot.n;
    if (n == 0)
        return TUNNEL_OVER;
    (void)memcpy(p, bot.p, n);
    bot.p += n;
    bot.n -= n;
    return (ssize_t)n;
}

static ssize_t on_write(const void *p, size_t n, void *arg)
{
    (void)p;
    (void)arg;
    return (ssize_t)n;
}

static void on_want(int events, void *arg)
{
    (void)events;
    (void)arg;
}

static void on_text(const char *p, size_t n, void *arg)
{
    struct command_words c;

    (void)arg;
    if (bot.over || n > WIRE_TEXT_MAX)
        abort();
    words_read(p, n, &c);
    if ((c.word == WORD_NONE) != (c.refusal != NULL) || strlen(c.mark) > WORDS_MARK_CHARS)
        abort();
    if (c.word == WORD_MARK)
        (void)speech_mark(&bot.speech, (uint32_t)bot.said++);
    else if (c.word == WORD_CLEAR)
        (void)speech_clear(&bot.speech);
    else if (c.word == WORD_FLUSH)
        speech_flush(&bot.speech);
}

static void on_binary(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    if (bot.over || n > WIRE_BINARY_MAX)
        abort();
    speech_add(&bot.speech, p, n, 0);
}

static void on_pong(void *arg)
{
    (void)arg;
}

static void on_over(const char *why, bool violation, void *arg)
{
    (void)why;
    (void)violation;
    (void)arg;
    if (bot.over)
        abort();
    bot.over = true;
}

/* Marks come out in the order in which they went in, each once. */
static void drain(void)
{
    uint32_t next = 0;
    const struct speech_item *i;

    speech_flush(&bot.speech);
    if (speech_ms(&bot.speech) > SPEECH_MAX_MS)
        abort();
    for (; (i = speech_peek(&bot.speech)) != NULL; speech_pop(&bot.speech)) {
        if (!i->is_mark)
            continue;
        if (i->mark < next)
            abort();
        next = i->mark + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wire_under under = {.read = on_read, .write = on_write, .want = on_want};
    static const struct wire_hooks hooks = {
        .text = on_text, .binary = on_binary, .pong = on_pong, .over = on_over};
    static const struct upgrade ask = {.offers_framed = true, .key = "dGhlIHNhbXBsZSBub25jZQ=="};
    static struct loop *loop;
    enum framing framing;
    const char *why;
    size_t used = 0;
    struct wire *w;

    if (size == 0)
        return 0;
    if (loop == NULL)
        loop = loop_new("fuzz");
    bot.piece = (size_t)data[0] + 1;
    bot.p = data + 1;
    bot.n = size - 1;
    bot.said = 0;
    bot.over = false;
    if (upgrade_read(&ask, (const char *)bot.p, bot.n, &used, &framing, &why) == UPGRADE_DONE) {
        if (used > bot.n)
            abort();
        bot.p += used;
        bot.n -= used;
    }
    speech_init(&bot.speech, data[0] % 2 == 0 ? MEDIA_FORMAT_PCM16K : MEDIA_FORMAT_PCM44K);
    w = wire_new(loop, &under, &hooks, NULL, NULL, 0);
    for (int i = 0; i < 8 && !bot.over; i++)
        wire_ready(w, LOOP_READ);
    wire_free(w);
    drain();
    speech_free(&bot.speech);
    return 0;
}
