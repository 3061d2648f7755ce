/*
 * media_share_test.c - one encoder for all who hear the same, seen on the wire, bit by bit.
 *
 * Phones of a room in fake time, with real sockets on loopback: what goes out is read after each
 * tick. A bot plays all the while, so that there is something to hear. What a phone must get is
 * made by an encoder beside it that nobody interrupts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "media/mix.h"
#include "media/pieces.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/room.h"
#include "media/rtp_leg.h"
#include "media/share.h"
#include "tone.h"

enum { PHONES = 4, TICK_US = 20000, PIECES = 1024, WARM = 30 };

struct phone {
    struct port *port;
    int fd;        /* the phone's own socket */
    int server_fd; /* of the leg */
    struct addr at;
    const struct codec *codec;
    struct kit *kit; /* its own encoder and decoder */
    uint16_t sequence;
    uint32_t timestamp;
    double phase;
    /* what came in this tick */
    struct rtp_packet got;
    uint8_t bytes[RTP_PACKET_MAX];
    bool any;
};

/* An encoder that nobody interrupts. */
struct reference {
    struct encoder encoder;
    struct kit *kit;
    struct hush hush;
    uint8_t bytes[CODEC_PAYLOAD_MAX];
    const uint8_t *payload;
    size_t len;
};

struct world {
    struct room *room;
    struct room_work work;
    struct pieces *pool;
    struct port *bot;
    struct prompt *prompt;
    struct phone phones[PHONES];
    int64_t now_us;
    const struct codec *codec;
};

static void on_event(const struct media_event *e, void *arg)
{
    (void)e;
    (void)arg;
}

static void open_socket(int *fd, struct addr *at)
{
    socklen_t len = sizeof(*at);

    memset(at, 0, sizeof(*at));
    assert_true(addr_read_ip(at, "127.0.0.1", 9, 0));
    *fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(*fd >= 0);
    assert_int_equal(bind(*fd, &at->sa, addr_len(at)), 0);
    assert_int_equal(getsockname(*fd, &at->sa, &len), 0);
}

static void phone_agree(struct world *w, struct phone *p, const struct sdp_opus *opus)
{
    struct media_peer peer;
    struct kit *kit = kit_new(p->codec);

    memset(&peer, 0, sizeof(peer));
    peer.agreed.codec = p->codec->id;
    peer.agreed.payload_type = 96;
    peer.agreed.telephone_event = -1;
    peer.agreed.opus = *opus;
    peer.agreed.rtp = peer.agreed.rtcp = peer.signalling = p->at;
    peer.agreed.rtcp_mux = true;
    peer.agreed.direction = SDP_SENDRECV;
    peer.info_keys = true;
    share_leave(p->port);
    assert_true(rtp_leg_agree(p->port->leg, &peer, &kit, w->now_us / 1000));
    kit_free(kit);
}

static void phone_open(struct world *w, struct phone *p, uint32_t number, const struct codec *c)
{
    struct addr server;
    struct rtp_leg_setup s = {
        .port = number, .rtcp_fd = -1, .silence_ms = 30000, .loopback = true, .cname = "a@b"};
    struct sdp_opus opus = {0};

    open_socket(&p->fd, &p->at);
    open_socket(&p->server_fd, &server);
    s.rtp_fd = p->server_fd;
    p->port = port_new(number, PORT_RTP);
    p->port->leg = rtp_leg_new(&s);
    p->port->tell = p->port->leg->tell = on_event;
    jitter_use(p->port->leg->jitter, w->pool);
    p->codec = c;
    p->kit = kit_new(c);
    if (p->kit != NULL) {
        c->encoder_init(p->kit->encoder);
        c->decoder_init(p->kit->decoder);
    }
    phone_agree(w, p, &opus);
    room_add(w->room, p->port);
}

static void phone_close(struct phone *p)
{
    room_remove(p->port);
    port_free(p->port);
    kit_free(p->kit);
    (void)close(p->fd);
    (void)close(p->server_fd);
}

static int setup_of(void **state, const enum sdp_codec codecs[PHONES])
{
    struct world *w = mem_new(sizeof(*w));

    w->codec = codec_find(codecs[0]);
    w->now_us = 1000000;
    w->pool = pieces_new(PIECES);
    w->room = room_new(1);
    room_work_init(&w->work);
    w->prompt = prompt_builtin("cool");
    assert_non_null(w->prompt);
    w->bot = port_new(99, PORT_BOT);
    w->bot->tell = on_event;
    room_add(w->room, w->bot);
    port_play(w->bot, &w->bot->play, 1, w->prompt, 0);
    for (uint32_t i = 0; i < PHONES; i++)
        phone_open(w, &w->phones[i], i + 1, codec_find(codecs[i]));
    *state = w;
    return 0;
}

static int setup_for(void **state, enum sdp_codec c)
{
    return setup_of(state, (enum sdp_codec[PHONES]){c, c, c, c});
}

static int setup_mixed(void **state)
{
    return setup_of(state, (enum sdp_codec[PHONES]){SDP_OPUS, SDP_G722, SDP_PCMU, SDP_PCMA});
}

static int setup_opus(void **state)
{
    return setup_for(state, SDP_OPUS);
}

static int setup_g722(void **state)
{
    return setup_for(state, SDP_G722);
}

static int setup_pcma(void **state)
{
    return setup_for(state, SDP_PCMA);
}

static int teardown(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < PHONES; i++)
        phone_close(&w->phones[i]);
    room_remove(w->bot);
    port_free(w->bot);
    prompt_free(w->prompt);
    room_work_clear(&w->work);
    room_free(w->room);
    pieces_free(w->pool);
    mem_free(w);
    return 0;
}

static void phone_say(struct world *w, struct phone *p, double hz)
{
    struct rtp_packet out = {.payload_type = 96,
                             .sequence = p->sequence++,
                             .timestamp = p->timestamp,
                             .ssrc = p->port->number};
    uint8_t bytes[RTP_HEADER + CODEC_PAYLOAD_MAX];
    int16_t pcm[MIX_FRAME];
    size_t n = codec_frame(p->codec), len;

    tone_make(pcm, n, p->codec->rate, hz, 6000, &p->phase);
    rtp_write_header(&out, bytes);
    len = p->codec->encode(p->kit != NULL ? p->kit->encoder : NULL, pcm, n, bytes + RTP_HEADER);
    rtp_leg_on_datagram(p->port->leg, bytes, RTP_HEADER + len, &p->at, w->now_us);
    p->timestamp += codec_step(p->codec);
}

/* What came: exactly one packet, the next of its row. */
static void phone_hear(struct phone *p)
{
    uint16_t sequence = p->got.sequence;
    uint32_t timestamp = p->got.timestamp, ssrc = p->got.ssrc;
    ssize_t n;

    do
        n = recv(p->fd, p->bytes, sizeof(p->bytes), 0);
    while (n > 0 && rtp_is_rtcp(p->bytes, (size_t)n));
    assert_true(n > 0);
    assert_true(rtp_read(&p->got, p->bytes, (size_t)n));
    if (p->any) {
        assert_int_equal(p->got.sequence, (uint16_t)(sequence + 1));
        assert_int_equal(p->got.timestamp, timestamp + codec_step(p->codec));
        assert_int_equal(p->got.ssrc, ssrc);
    }
    p->any = true;
}

static void tick(struct world *w)
{
    w->now_us += TICK_US;
    room_work_tick(&w->work);
    room_tick(w->room, &w->work, w->now_us);
    for (size_t i = 0; i < PHONES; i++)
        phone_hear(&w->phones[i]);
}

static void reference_open(struct world *w, struct reference *r)
{
    struct codec_tuning t = {.bitrate = w->codec->id == SDP_OPUS ? 24000 : 0};

    memset(r, 0, sizeof(*r));
    hush_init(&r->hush, w->codec);
    r->kit = kit_new(w->codec);
    encoder_init(&r->encoder, w->codec, r->kit);
    encoder_tune(&r->encoder, &t);
}

static void reference_close(struct reference *r)
{
    hush_clear(&r->hush);
    kit_free(r->kit);
}

static void reference_next(struct reference *r, const int16_t *pcm)
{
    hush_tick(&r->hush);
    r->payload = encoder_next(&r->encoder, &r->hush, pcm, r->bytes, &r->len);
}

static void assert_same(const struct phone *p, const struct reference *r)
{
    assert_int_equal(p->got.len, r->len);
    assert_memory_equal(p->got.payload, r->payload, r->len);
}

/* The bot's frame of this tick: in "cool" there are pauses of silence, which are sound here. */
static const int16_t *bot_says(const struct world *w)
{
    return prompt_pcm(w->prompt, w->bot->voice.frame);
}

static void all_who_only_listen_get_what_one_encoder_makes(void **state)
{
    struct world *w = *state;
    struct reference r;

    reference_open(w, &r);
    for (int i = 0; i < 100; i++) {
        tick(w);
        reference_next(&r, bot_says(w));
        for (size_t k = 0; k < PHONES; k++)
            assert_same(&w->phones[k], &r);
    }
    assert_int_equal(w->room->leads.count, 1);
    reference_close(&r);
}

/* One of the phones talks for a while: what it hears goes on as if nobody had touched its encoder,
 * and so does what the others hear, with its voice in it. */
static void talk_and_compare(struct world *w, size_t talker)
{
    struct reference own, others;
    struct phone *p = &w->phones[talker], *q = &w->phones[(talker + 1) % PHONES];
    bool talked = false;
    int quiet = 0; /* ticks without a voice, before it follows again */

    reference_open(w, &own);
    reference_open(w, &others);
    encoder_copy(&own.encoder, &p->port->lead->leg->encoder);
    encoder_copy(&others.encoder, &p->port->lead->leg->encoder);
    for (int i = 0; i < 120; i++) {
        int32_t sum[MIX_FRAME] = {0};
        int16_t mix[MIX_FRAME];

        if (i < 50)
            phone_say(w, p, 700);
        tick(w);
        talked = talked || p->port->voice.any;
        quiet += talked && !p->port->voice.any && p->port->lead == NULL ? 1 : 0;
        mix_add(sum, bot_says(w));
        if (p->port->voice.any)
            mix_add(sum, port_pcm(p->port));
        mix_without(sum, NULL, mix);
        reference_next(&own, bot_says(w));
        reference_next(&others, mix);
        assert_same(q, &others);
        for (size_t k = 0; k < PHONES; k++) {
            if (k != talker)
                assert_same(&w->phones[k], &others);
        }
        if (p->port->lead == NULL)
            assert_same(p, &own);
        else
            assert_same(p, &others);
        if (p->port->voice.any) {
            assert_null(p->port->lead);
            assert_int_equal(w->room->leads.count, 1);
        }
    }
    assert_true(talked);
    assert_int_equal(quiet, SHARE_ALONE_TICKS);
    assert_non_null(p->port->lead);
    reference_close(&own);
    reference_close(&others);
}

static void who_begins_to_talk_and_the_others_hear_on_bit_by_bit(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < WARM; i++)
        tick(w);
    for (size_t k = PHONES; k-- > 0;) { /* the last is the one that leads */
        struct port *p = w->phones[k].port;

        assert_int_equal(p->lead == p, k == 0);
        talk_and_compare(w, k);
    }
}

static void a_lead_that_leaves_is_not_missed(void **state)
{
    struct world *w = *state;
    struct reference r;

    reference_open(w, &r);
    for (int i = 0; i < 60; i++) {
        if (i == 30) {
            struct port *lead = LIST_OF(w->room->leads.first, struct port, in_leads);

            room_remove(lead);
            room_add(w->room, lead); /* and is back at once, on its own for a while */
            assert_null(lead->lead);
        }
        tick(w);
        reference_next(&r, bot_says(w));
        for (size_t k = 0; k < PHONES; k++)
            assert_same(&w->phones[k], &r);
    }
    assert_int_equal(w->room->leads.count, 1);
    reference_close(&r);
}

static void other_wishes_are_another_encoder(void **state)
{
    struct world *w = *state;
    struct sdp_opus fec = {.fec = true}, low = {.max_bitrate = 8000};

    for (int i = 0; i < WARM; i++)
        tick(w);
    phone_agree(w, &w->phones[1], &fec);
    phone_agree(w, &w->phones[2], &low);
    phone_agree(w, &w->phones[3], &fec);
    for (int i = 0; i < WARM; i++)
        tick(w);
    assert_int_equal(w->room->leads.count, 3);
    assert_ptr_equal(w->phones[1].port->lead, w->phones[3].port->lead);
    assert_ptr_not_equal(w->phones[0].port->lead, w->phones[2].port->lead);
    assert_memory_equal(w->phones[1].got.payload, w->phones[3].got.payload, w->phones[1].got.len);
    assert_true(w->phones[2].got.len < w->phones[0].got.len);
}

/* A lobby that is let in at once must not cost an encoder for each for long. */
static void of_many_who_come_at_once_only_some_wait(void **state)
{
    enum { MANY = SHARE_WAITING + 20 };
    struct world *w = *state;
    struct port *ports[MANY];
    int alone = 0;

    for (uint32_t i = 0; i < MANY; i++) {
        struct rtp_leg_setup s = {.port = i, .rtp_fd = -1, .rtcp_fd = -1, .cname = "a@b"};

        ports[i] = port_new(1000 + i, PORT_RTP);
        ports[i]->leg = rtp_leg_new(&s);
        ports[i]->tell = ports[i]->leg->tell = on_event;
        ports[i]->apart = true;
        room_add(w->room, ports[i]);
    }
    for (int i = 0; i < WARM; i++)
        tick(w);
    for (size_t i = 0; i < MANY; i++)
        ports[i]->apart = false;
    tick(w); /* each fades in on its own */
    for (size_t i = 0; i < MANY; i++)
        ports[i]->leg->encoder.quiet = 0; /* as if there were a phone: it does not rest */
    tick(w);
    for (size_t i = 0; i < MANY; i++)
        alone += ports[i]->lead == NULL ? 1 : 0;
    assert_in_range(alone, 1, SHARE_WAITING);
    for (size_t i = 0; i < MANY; i++) {
        room_remove(ports[i]);
        port_free(ports[i]);
    }
}

static void silence_costs_no_encoder(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < WARM; i++)
        tick(w);
    port_play_cancel(w->bot, &w->bot->play);
    for (int i = 0; i < 30; i++)
        tick(w);
    for (size_t k = 0; k < PHONES; k++) {
        const struct hush *h = &w->work.hushes[w->codec->id];

        assert_true(encoder_rests(&w->phones[k].port->lead->leg->encoder));
        assert_int_equal(w->phones[k].got.len, h->len);
        assert_memory_equal(w->phones[k].got.payload, h->payload, h->len);
    }
}

/* Each says a tone of its own in its own codec, for so long that everything has settled. */
static void phones_of_all_codecs_hear_each_other_and_not_themselves(void **state)
{
    static const double pitches[PHONES] = {400, 700, 1100, 1600};
    struct world *w = *state;

    port_play_cancel(w->bot, &w->bot->play);
    for (int i = 0; i < 100; i++) {
        for (size_t k = 0; k < PHONES; k++)
            phone_say(w, &w->phones[k], pitches[k]);
        tick(w);
        for (size_t k = 0; k < PHONES; k++) {
            struct phone *p = &w->phones[k];
            int16_t pcm[CODEC_FRAME_MAX];
            size_t n = p->codec->decode(p->kit != NULL ? p->kit->decoder : NULL, p->got.payload,
                                        p->got.len, pcm, CODEC_FRAME_MAX);

            assert_int_equal(n, codec_frame(p->codec));
            for (size_t other = 0; other < PHONES && i > 50; other++) {
                double share = tone_share(pcm, n, p->codec->rate, pitches[other]);

                assert_true(other == k ? share < 0.03 : share > 0.2);
            }
        }
    }
    assert_int_equal(w->room->leads.count, 0); /* all talk, all are alone */
}

/* A phone whose packets are lost, late, doubled, from a stream that begins anew, or of a clock that
 * is fast: whatever the dice say. */
struct bad {
    struct phone *p;
    uint32_t dice;
    double owed; /* packets, by its clock */
};

static unsigned roll(struct bad *b, unsigned n)
{
    b->dice = b->dice * 1664525u + 1013904223u;
    return (b->dice >> 8) % n;
}

static void say_badly(struct world *w, struct bad *b)
{
    unsigned what = roll(b, 40);

    b->owed += 1.0005; /* 500 ppm */
    if (what < 4)      /* stopped, or late: some come at once */
        return;
    if (what == 4)
        b->p->timestamp += roll(b, 1u << 30);
    if (what == 5)
        b->p->sequence = (uint16_t)(b->p->sequence + roll(b, 60000));
    if (what == 6) { /* lost */
        b->p->timestamp += codec_step(b->p->codec);
        b->owed--;
    }
    for (; b->owed >= 1; b->owed--)
        phone_say(w, b->p, 400);
    if (what == 7) { /* doubled */
        b->p->sequence--;
        b->p->timestamp -= codec_step(b->p->codec);
        phone_say(w, b->p, 400);
    }
}

/* The loudness of a tone in what was heard: 100 ms of it, so that the others do not matter. */
static double loudness_of(const int16_t *pcm, size_t n, double rate, double hz)
{
    double s = 0, c = 0;

    for (size_t i = 0; i < n; i++) {
        s += pcm[i] * sin(2 * M_PI * hz * (double)i / rate);
        c += pcm[i] * cos(2 * M_PI * hz * (double)i / rate);
    }
    return 2 * hypot(s, c) / (double)n;
}

static void a_talker_with_a_bad_network_does_not_disturb_the_others(void **state)
{
    struct world *w = *state;
    struct phone *ear = &w->phones[2]; /* PCMU: what is sent is what is heard */
    int16_t heard[5 * CODEC_NARROW_FRAME];

    port_play_cancel(w->bot, &w->bot->play);
    for (size_t talker = 0; talker < 2; talker++) { /* Opus, G.722 */
        struct bad b = {.p = &w->phones[talker], .dice = 7 + (uint32_t)talker};

        for (int i = 0; i < 600; i++) {
            say_badly(w, &b);
            phone_say(w, &w->phones[3], 700);
            tick(w); /* one packet for each of the others, in its row */
            (void)ear->codec->decode(NULL, ear->got.payload, ear->got.len,
                                     heard + i % 5 * CODEC_NARROW_FRAME, CODEC_NARROW_FRAME);
            if (i > 50 && i % 5 == 4) {
                double l = loudness_of(heard, 5 * CODEC_NARROW_FRAME, 8000, 700);

                assert_true(l > 0.93 * 6000 && l < 1.07 * 6000);
            }
        }
        assert_true(jitter_count(b.p->port->leg->jitter)->resets > 3);
        for (int i = 0; i < 60; i++) /* it falls silent */
            tick(w);
    }
}

int main(void)
{
#define TICKED(f, codec)                                     \
    {                                                        \
#f " (" #codec ")", f, setup_##codec, teardown, NULL \
    }
    const struct CMUnitTest tests[] = {
        TICKED(all_who_only_listen_get_what_one_encoder_makes, opus),
        TICKED(all_who_only_listen_get_what_one_encoder_makes, g722),
        TICKED(who_begins_to_talk_and_the_others_hear_on_bit_by_bit, opus),
        TICKED(who_begins_to_talk_and_the_others_hear_on_bit_by_bit, g722),
        TICKED(a_lead_that_leaves_is_not_missed, opus),
        TICKED(a_lead_that_leaves_is_not_missed, g722),
        TICKED(other_wishes_are_another_encoder, opus),
        TICKED(of_many_who_come_at_once_only_some_wait, opus),
        TICKED(silence_costs_no_encoder, opus),
        TICKED(silence_costs_no_encoder, g722),
        TICKED(silence_costs_no_encoder, pcma),
        TICKED(phones_of_all_codecs_hear_each_other_and_not_themselves, mixed),
        TICKED(a_talker_with_a_bad_network_does_not_disturb_the_others, mixed),
    };
#undef TICKED

    return cmocka_run_group_tests(tests, NULL, NULL);
}
