/*
 * media_engine_test.c - the real engine with real sockets on loopback: a small RTP
 * peer speaks and hears. Nothing here sleeps; packets and events are waited for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "media/codec.h"
#include "media/dtmf.h"
#include "media/level.h"
#include "media/media.h"
#include "media/prompt.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "tone.h"

enum { PATIENCE_MS = 10000, PATIENCE_US = PATIENCE_MS * 1000, EVENTS = 64, FRAME = 160 };

/* What the engine has told. */
struct told {
    struct media_event events[EVENTS];
    size_t count;
    struct media_stats stats;
    bool stats_told, stats_found;
};

struct world {
    struct loop *loop;
    struct media *media;
    struct told told;
};

/* A telephone: one socket, one sequence of packets. */
struct phone {
    int fd;
    struct addr at, server;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    uint8_t payload_type;
    double phase;
};

static void on_event(const struct media_event *e, void *arg)
{
    struct told *t = arg;

    if (t->count < EVENTS)
        t->events[t->count++] = *e;
    if (e->kind == MEDIA_EV_GONE) {
        assert_non_null(e->stats);
        t->stats = *e->stats;
        mem_free(e->stats);
    }
}

static void on_stats(const struct media_stats *s, void *arg)
{
    struct told *t = arg;

    t->stats_told = true;
    t->stats_found = s != NULL;
    if (s != NULL)
        t->stats = *s;
}

static int setup_for(void **state, int silence_ms, int threads)
{
    struct world *w = mem_new(sizeof(*w));
    struct media_settings s = {.threads = threads, .silence_ms = silence_ms, .loopback = true};

    assert_true(addr_read_ip(&s.listen, "127.0.0.1", 9, 0));
    w->loop = loop_new("test");
    assert_int_equal(media_start(w->loop, &s, on_event, &w->told, &w->media, NULL), ERR_OK);
    *state = w;
    return 0;
}

static int setup(void **state)
{
    return setup_for(state, 30000, 2);
}

static int setup_impatient(void **state)
{
    return setup_for(state, 100, 1);
}

static int teardown(void **state)
{
    struct world *w = *state;

    media_stop(w->media);
    loop_free(w->loop);
    mem_free(w);
    return 0;
}

static const struct media_event *find_event(const struct told *t, enum media_event_kind kind)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->events[i].kind == kind)
            return &t->events[i];
    }
    return NULL;
}

static const struct media_event *wait_event(struct world *w, enum media_event_kind kind)
{
    int64_t end = clock_real_us() + PATIENCE_US;

    while (find_event(&w->told, kind) == NULL && clock_real_us() < end)
        loop_step(w->loop, 20);
    assert_non_null(find_event(&w->told, kind));
    return find_event(&w->told, kind);
}

static void phone_open(struct phone *p)
{
    socklen_t len = sizeof(p->at);

    memset(p, 0, sizeof(*p));
    p->ssrc = 0x1234;
    p->timestamp = 1000;
    assert_true(addr_read_ip(&p->at, "127.0.0.1", 9, 0));
    p->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(p->fd >= 0);
    assert_int_equal(bind(p->fd, &p->at.sa, addr_len(&p->at)), 0);
    assert_int_equal(getsockname(p->fd, &p->at.sa, &len), 0);
}

/* A leg for the phone in a room. */
static uint32_t join(struct world *w, uint32_t room, struct phone *p, int telephone_event)
{
    struct media_socket s;
    struct media_peer peer;
    uint32_t port;

    phone_open(p);
    assert_int_equal(media_socket_open(w->media, &s, NULL), ERR_OK);
    assert_int_equal(addr_port(&s.rtp) % 2, 0);
    assert_int_equal(s.rtcp_port, addr_port(&s.rtp) + 1);
    port = media_port_rtp(w->media, room, &s, "phone");
    assert_int_not_equal(port, 0);
    p->server = s.rtp;

    memset(&peer, 0, sizeof(peer));
    peer.agreed.codec = SDP_PCMU;
    peer.agreed.telephone_event = telephone_event;
    peer.agreed.ptime_ms = 20;
    peer.agreed.rtp = p->at;
    peer.agreed.rtcp = p->at;
    peer.agreed.rtcp_mux = true;
    peer.agreed.direction = SDP_SENDRECV;
    peer.signalling = p->at;
    assert_true(media_port_peer(w->media, port, &peer));
    return port;
}

static void phone_send(struct phone *p, uint8_t type, const uint8_t *payload, size_t len)
{
    struct rtp_packet out = {.payload_type = type,
                             .sequence = p->sequence++,
                             .timestamp = p->timestamp,
                             .ssrc = p->ssrc};
    uint8_t bytes[400];

    rtp_write_header(&out, bytes);
    memcpy(bytes + RTP_HEADER, payload, len);
    assert_int_equal(sendto(p->fd, bytes, RTP_HEADER + len, 0, &p->server.sa, addr_len(&p->server)),
                     (ssize_t)(RTP_HEADER + len));
}

static void phone_say(struct phone *p, double hz)
{
    const struct codec *c = codec_find(SDP_PCMU);
    int16_t pcm[FRAME];
    uint8_t payload[FRAME];

    tone_make(pcm, FRAME, 8000, hz, 8000, &p->phase);
    (void)c->encode(NULL, pcm, FRAME, payload);
    phone_send(p, 0, payload, FRAME);
    p->timestamp += FRAME;
}

/* One RTP packet, decoded; RTCP on the way is passed over. */
static bool phone_hear(struct phone *p, struct rtp_packet *in, int16_t pcm[FRAME])
{
    struct pollfd fd = {.fd = p->fd, .events = POLLIN};
    static uint8_t bytes[1500];
    ssize_t n;

    do {
        if (poll(&fd, 1, PATIENCE_MS) != 1)
            return false;
        n = recv(p->fd, bytes, sizeof(bytes), 0);
        if (n < 0)
            return false;
    } while (rtp_is_rtcp(bytes, (size_t)n));
    if (!rtp_read(in, bytes, (size_t)n))
        return false;
    if (pcm != NULL && in->payload_type == 0)
        return codec_find(SDP_PCMU)->decode(NULL, in->payload, in->len, pcm, FRAME) == FRAME;
    return true;
}

/* Speaks hz once per packet that comes, until the wanted tone is heard in 20 packets in a row. */
static void converse(struct phone *p, double says, double wants)
{
    int good = 0;

    for (int i = 0; i < 400 && good < 20; i++) {
        struct rtp_packet in;
        int16_t pcm[FRAME];

        assert_true(phone_hear(p, &in, pcm));
        assert_int_equal(in.payload_type, 0);
        good = tone_share(pcm, FRAME, 8000, wants) > 0.9 ? good + 1 : 0;
        if (says > 0)
            phone_say(p, says);
    }
    assert_int_equal(good, 20);
}

static void what_a_phone_says_comes_back_from_an_echo(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p;
    uint32_t port = join(w, room, &p, 101);

    assert_int_not_equal(media_port_script(w->media, room, true, "echo"), 0);
    converse(&p, 440, 440);
    assert_int_equal(wait_event(w, MEDIA_EV_HEARD)->port, port);

    media_ask_stats(w->media, port, on_stats, &w->told);
    while (!w->told.stats_told)
        loop_step(w->loop, 20);
    assert_true(w->told.stats_found);
    assert_true(w->told.stats.packets_received >= 20);
    assert_string_equal(w->told.stats.codec, "PCMU");
    assert_int_equal(w->told.stats.lost, 0);
    assert_int_equal(w->told.stats.ssrc_in, 0x1234);

    media_port_remove(w->media, port);
    assert_int_equal(wait_event(w, MEDIA_EV_GONE)->port, port);
    assert_int_equal(media_port_count(w->media), 1);
    (void)close(p.fd);
}

static void a_prompt_is_heard_and_its_end_is_told(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct prompt *prompt = prompt_tone(1000, -10, 1000);
    struct phone p;
    uint32_t bot, play;

    (void)join(w, room, &p, 101);
    bot = media_port_bot(w->media, room, "bot");
    play = media_play(w->media, bot, prompt, 1);
    assert_int_not_equal(play, 0);
    converse(&p, 0, 1000);
    assert_int_equal(wait_event(w, MEDIA_EV_PLAYED)->play, play);
    assert_int_equal(find_event(&w->told, MEDIA_EV_PLAYED)->reason, MEDIA_PLAY_DONE);
    assert_int_equal(find_event(&w->told, MEDIA_EV_PLAYED)->port, bot);
    prompt_free(prompt);
    (void)close(p.fd);
}

static void a_prompt_alone_is_sent_as_it_was_encoded(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct prompt *prompt = prompt_tone(1000, -10, 200);
    struct phone p;
    struct rtp_packet in;
    uint16_t sequence = 0;
    uint32_t timestamp = 0;
    size_t frame = 0, len = 0;

    (void)join(w, room, &p, 101);
    assert_int_not_equal(media_play(w->media, media_port_bot(w->media, room, "bot"), prompt, 0), 0);
    do { /* silence comes first */
        assert_true(phone_hear(&p, &in, NULL));
        sequence = in.sequence;
        timestamp = in.timestamp;
    } while (in.payload[2] == 0xff);
    for (int i = 0; i < 25; i++) {
        const uint8_t *right = prompt_payload(prompt, SDP_PCMU, frame++ % 10, &len);

        assert_int_equal(in.len, len);
        assert_memory_equal(in.payload, right, len);
        assert_int_equal(in.sequence, (uint16_t)(sequence + i));
        assert_int_equal(in.timestamp, timestamp + (uint32_t)i * FRAME);
        assert_true(phone_hear(&p, &in, NULL));
    }
    media_stop(w->media); /* it no longer plays */
    w->media = NULL;
    prompt_free(prompt);
    (void)close(p.fd);
}

static void two_phones_hear_each_other(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone a, b;
    int good_a = 0, good_b = 0;

    (void)join(w, room, &a, 101);
    (void)join(w, room, &b, 101);
    for (int i = 0; i < 400 && (good_a < 20 || good_b < 20); i++) {
        struct rtp_packet in;
        int16_t pcm[FRAME];

        assert_true(phone_hear(&a, &in, pcm));
        good_a += tone_share(pcm, FRAME, 8000, 600) > 0.9 ? 1 : 0;
        assert_true(tone_share(pcm, FRAME, 8000, 440) < 0.05);
        assert_true(phone_hear(&b, &in, pcm));
        good_b += tone_share(pcm, FRAME, 8000, 440) > 0.9 ? 1 : 0;
        phone_say(&a, 440);
        phone_say(&b, 600);
    }
    assert_true(good_a >= 20 && good_b >= 20);
    (void)close(a.fd);
    (void)close(b.fd);
}

static void press(struct phone *p, uint8_t code)
{
    uint8_t payload[4] = {code, 10, 0, 160};

    for (int i = 0; i < 6; i++) {
        payload[1] = i < 3 ? 10 : 0x80 | 10;
        payload[3] = (uint8_t)(i * 20);
        phone_send(p, 101, payload, sizeof(payload));
    }
    p->timestamp += 800;
}

static size_t count_events(const struct told *t, enum media_event_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < t->count; i++)
        n += t->events[i].kind == kind ? 1 : 0;
    return n;
}

static void keys_of_a_phone_are_told_once_each(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p;
    uint32_t port = join(w, room, &p, 101);
    struct rtp_packet in;
    int64_t end = clock_real_us() + PATIENCE_US;

    assert_true(phone_hear(&p, &in, NULL)); /* it is agreed now */
    press(&p, 5);
    press(&p, 5);
    press(&p, 11);
    while (count_events(&w->told, MEDIA_EV_KEY) < 3 && clock_real_us() < end)
        loop_step(w->loop, 20);
    media_port_remove(w->media, port);
    (void)wait_event(w, MEDIA_EV_GONE);
    assert_int_equal(count_events(&w->told, MEDIA_EV_KEY), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(w->told.events[i].key, "55#"[i]);
        assert_int_equal(w->told.events[i].by, MEDIA_KEY_RFC4733);
        assert_int_equal(w->told.events[i].port, port);
    }
    (void)close(p.fd);
}

static void tones_count_where_no_events_were_agreed(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p;
    struct dtmf_send key;
    struct rtp_packet in;
    bool first;

    (void)join(w, room, &p, -1);
    assert_true(dtmf_send_begin(&key, "8", 100));
    for (int i = 0; i < 400 && find_event(&w->told, MEDIA_EV_KEY) == NULL; i++) {
        int16_t pcm[FRAME] = {0};
        uint8_t payload[FRAME];

        assert_true(phone_hear(&p, &in, NULL));
        if (i >= 10 && dtmf_send_step(&key, &first) == DTMF_KEY)
            dtmf_send_tone(&key, pcm, FRAME, 8000);
        (void)codec_find(SDP_PCMU)->encode(NULL, pcm, FRAME, payload);
        phone_send(&p, 0, payload, FRAME);
        p.timestamp += FRAME;
        loop_step(w->loop, 0);
    }
    assert_int_equal(wait_event(w, MEDIA_EV_KEY)->key, '8');
    assert_int_equal(find_event(&w->told, MEDIA_EV_KEY)->by, MEDIA_KEY_INBAND);
    (void)close(p.fd);
}

static void keys_are_sent_to_a_phone_as_events(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p;
    uint32_t port = join(w, room, &p, 101);
    struct dtmf_events heard = {0};
    struct rtp_packet in;
    char keys[3] = "";
    int markers = 0, ends = 0, count = 0;

    assert_true(phone_hear(&p, &in, NULL));
    assert_true(media_send_keys(w->media, port, "4*", 60));
    assert_false(media_send_keys(w->media, port, "hello", 60));
    for (int i = 0; i < 200 && ends < 6; i++) {
        char key;

        assert_true(phone_hear(&p, &in, NULL));
        if (in.payload_type != 101)
            continue;
        count++;
        markers += in.marker ? 1 : 0;
        ends += (in.payload[1] & 0x80) != 0 ? 1 : 0;
        key = dtmf_event_read(&heard, &in);
        if (key != 0)
            keys[markers - 1] = key;
    }
    assert_string_equal(keys, "4*");
    assert_int_equal(markers, 2);
    assert_int_equal(ends, 6);
    assert_int_equal(count, 14);
    (void)close(p.fd);
}

static void a_stranger_is_not_heard_and_counted(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p, stranger;
    uint32_t port = join(w, room, &p, 101);

    phone_open(&stranger);
    stranger.server = p.server;
    stranger.ssrc = 0x6666;
    assert_int_not_equal(media_port_script(w->media, room, true, "echo"), 0);
    converse(&p, 440, 440);
    for (int i = 0; i < 30; i++) {
        struct rtp_packet in;
        int16_t pcm[FRAME];

        phone_say(&stranger, 1000);
        phone_say(&p, 440);
        assert_true(phone_hear(&p, &in, pcm));
        assert_true(tone_share(pcm, FRAME, 8000, 1000) < 0.1);
    }
    media_port_remove(w->media, port);
    (void)wait_event(w, MEDIA_EV_GONE);
    assert_true(w->told.stats.dropped_source > 20);
    assert_int_equal(w->told.stats.ssrc_in, 0x1234);
    (void)close(p.fd);
    (void)close(stranger.fd);
}

static void silence_is_told_once(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p;
    struct rtp_packet in;
    uint32_t port = join(w, room, &p, 101);

    assert_int_equal(wait_event(w, MEDIA_EV_SILENT)->port, port);
    for (int i = 0; i < 10; i++)
        assert_true(phone_hear(&p, &in, NULL)); /* 200 ms more, twice the patience */
    media_port_remove(w->media, port);
    (void)wait_event(w, MEDIA_EV_GONE);
    assert_int_equal(count_events(&w->told, MEDIA_EV_SILENT), 1);
    (void)close(p.fd);
}

static void a_bye_is_said_at_the_end(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p;
    struct rtp_packet in;
    struct rtcp mine;
    uint32_t port = join(w, room, &p, 101);

    rtcp_init(&mine, p.ssrc, "phone", 8000);
    assert_true(phone_hear(&p, &in, NULL));
    media_port_remove(w->media, port);
    media_room_remove(w->media, room);
    while (!mine.bye) {
        struct pollfd fd = {.fd = p.fd, .events = POLLIN};
        uint8_t bytes[1500];
        ssize_t n;

        assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
        n = recv(p.fd, bytes, sizeof(bytes), 0);
        if (n > 0 && rtp_is_rtcp(bytes, (size_t)n))
            assert_true(rtcp_read(&mine, bytes, (size_t)n, 0));
    }
    (void)wait_event(w, MEDIA_EV_GONE);
    assert_true(w->told.stats.packets_sent > 0);
    assert_int_equal(media_port_count(w->media), 0);
    (void)close(p.fd);
}

static void what_is_gone_is_not_found(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct prompt *prompt = prompt_tone(1000, -10, 5000);
    uint32_t bot = media_port_bot(w->media, room, "bot");
    uint32_t play = media_play(w->media, bot, prompt, 1);

    media_port_remove(w->media, bot);
    assert_int_equal(media_play(w->media, bot, prompt, 1), 0);
    assert_false(media_send_keys(w->media, bot, "1", 60));
    assert_int_equal(media_port_bot(w->media, 9999, "bot"), 0);
    assert_int_equal(wait_event(w, MEDIA_EV_PLAYED)->play, play);
    assert_int_equal(find_event(&w->told, MEDIA_EV_PLAYED)->reason, MEDIA_PLAY_GONE);
    (void)wait_event(w, MEDIA_EV_GONE);
    assert_true(find_event(&w->told, MEDIA_EV_GONE) > find_event(&w->told, MEDIA_EV_PLAYED));
    w->told.stats_found = true;
    media_ask_stats(w->media, bot, on_stats, &w->told);
    assert_false(w->told.stats_told);
    while (!w->told.stats_told)
        loop_step(w->loop, 20);
    assert_false(w->told.stats_found);
    prompt_free(prompt);
}

/* Waits until the phone has heard the tone in 10 packets in a row; says hz all the while. The
 * numbers of its packets must go on without a gap. */
static void hear_on(struct phone *p, double says, double wants)
{
    struct rtp_packet in, before = {0};
    int good = 0;

    for (int i = 0; i < 400 && good < 10; i++) {
        int16_t pcm[FRAME];

        assert_true(phone_hear(p, &in, pcm));
        if (i > 0) {
            assert_int_equal(in.sequence, (uint16_t)(before.sequence + 1));
            assert_int_equal(in.timestamp, before.timestamp + FRAME);
            assert_int_equal(in.ssrc, before.ssrc);
        }
        before = in;
        good =
            (wants > 0 ? tone_share(pcm, FRAME, 8000, wants) > 0.9 : level_power(pcm, FRAME) < 100)
                ? good + 1
                : 0;
        if (says > 0)
            phone_say(p, says);
    }
    assert_int_equal(good, 10);
}

static void a_port_moves_between_rooms_of_a_thread_and_its_rtp_goes_on(void **state)
{
    struct world *w = *state;
    uint32_t one = media_room_new(w->media), other = media_room_new(w->media);
    uint32_t beside = media_room_new_beside(w->media, one);
    struct prompt *low = prompt_tone(500, -10, 1000), *high = prompt_tone(1000, -10, 1000);
    struct phone p;
    uint32_t port = join(w, one, &p, 101);

    assert_int_not_equal(media_play(w->media, media_port_bot(w->media, one, "bot"), low, 0), 0);
    assert_int_not_equal(media_play(w->media, media_port_bot(w->media, beside, "bot"), high, 0), 0);
    hear_on(&p, 0, 500);
    assert_false(media_port_move(w->media, port, other)); /* it is on the other thread */
    assert_false(media_port_move(w->media, port, 9999));
    assert_false(media_port_move(w->media, 9999, beside));
    assert_int_equal(media_room_new_beside(w->media, 9999), 0);
    assert_true(media_port_move(w->media, port, beside));
    hear_on(&p, 0, 1000);
    assert_true(media_port_move(w->media, port, one));
    assert_true(media_port_move(w->media, port, beside)); /* before it has left */
    media_room_remove(w->media, one);                     /* it is not in there */
    hear_on(&p, 0, 1000);
    media_stop(w->media);
    w->media = NULL;
    prompt_free(low);
    prompt_free(high);
    (void)close(p.fd);
}

static void a_phone_in_the_lobby_hears_music_and_its_keys_are_told(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct prompt *music = prompt_tone(1000, -10, 1000), *speech = prompt_tone(500, -10, 1000);
    struct phone p;
    uint32_t port = join(w, room, &p, 101), play;

    assert_int_not_equal(media_play(w->media, media_port_bot(w->media, room, "bot"), speech, 0), 0);
    assert_true(media_port_apart(w->media, port, true));
    hear_on(&p, 440, 0);
    play = media_play_to(w->media, port, music, 0);
    assert_int_not_equal(play, 0);
    hear_on(&p, 440, 1000);
    press(&p, 5);
    assert_int_equal(wait_event(w, MEDIA_EV_KEY)->key, '5');
    media_play_to_stop(w->media, port);
    assert_int_equal(wait_event(w, MEDIA_EV_PLAYED)->play, play);
    assert_int_equal(find_event(&w->told, MEDIA_EV_PLAYED)->reason, MEDIA_PLAY_CANCELLED);
    assert_true(media_port_apart(w->media, port, false));
    hear_on(&p, 440, 500);
    media_stop(w->media);
    w->media = NULL;
    prompt_free(music);
    prompt_free(speech);
    (void)close(p.fd);
}

static void groups_and_the_main_mix_are_of_the_room_and_bounded(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct prompt *prompt = prompt_tone(500, -10, 1000);
    struct phone p, q;
    uint32_t port = join(w, room, &p, 101), bot = media_port_bot(w->media, room, "bot");
    uint32_t many[MEDIA_ROUTE_PORTS + 1] = {0};
    struct media_route to_p = {&bot, &port, 1, 1}, none = {0};
    struct media_route too_many = {&bot, many, 1, MEDIA_ROUTE_PORTS + 1};

    (void)join(w, room, &q, 101);
    assert_int_not_equal(media_play(w->media, bot, prompt, 0), 0);
    hear_on(&q, 0, 500);
    assert_false(media_room_route(w->media, room, 1, &too_many));
    assert_false(media_room_route(w->media, 9999, 1, &to_p));
    for (uint32_t i = 0; i < MEDIA_ROUTE_GROUPS; i++)
        assert_true(media_room_route(w->media, room, 100 + i, &to_p));
    assert_false(media_room_route(w->media, room, 1, &to_p));
    assert_true(media_room_route(w->media, room, 103, &to_p)); /* there is one already */
    hear_on(&q, 0, 0);
    hear_on(&p, 0, 500);
    assert_true(media_port_main(w->media, port, false));
    for (uint32_t i = 0; i < MEDIA_ROUTE_GROUPS; i++)
        assert_true(media_room_route(w->media, room, 100 + i, &none));
    assert_true(media_room_route(w->media, room, 1, &none)); /* there is none: as wanted */
    hear_on(&p, 0, 0);
    hear_on(&q, 0, 500);
    assert_true(media_port_main(w->media, port, true));
    hear_on(&p, 0, 500);
    media_stop(w->media);
    w->media = NULL;
    prompt_free(prompt);
    (void)close(p.fd);
    (void)close(q.fd);
}

static void who_talks_is_told_of_a_watched_room(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    struct phone p;
    uint32_t port = join(w, room, &p, 101);

    media_room_watch(w->media, room, true);
    hear_on(&p, 440, 0);
    for (int i = 0; i < 200 && find_event(&w->told, MEDIA_EV_TALKING) == NULL; i++) {
        struct rtp_packet in;

        assert_true(phone_hear(&p, &in, NULL));
        phone_say(&p, 440);
        loop_step(w->loop, 0);
    }
    assert_int_equal(wait_event(w, MEDIA_EV_TALKING)->port, port);
    assert_true(find_event(&w->told, MEDIA_EV_TALKING)->talking);
    w->told.count = 0;
    assert_false(wait_event(w, MEDIA_EV_TALKING)->talking);
    (void)close(p.fd);
}

static void thousands_of_ports_come_and_go(void **state)
{
    struct world *w = *state;
    uint32_t room = media_room_new(w->media);
    uint32_t ports[3000];
    int64_t end = clock_real_us() + PATIENCE_US;
    size_t n = 0;

    for (size_t i = 0; i < 3000; i++) {
        uint32_t port = media_port_bot(w->media, room, "bot");

        if (port != 0)
            ports[n++] = port;
    }
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++)
            media_port_mute(w->media, ports[i], true, true);
    }
    for (size_t i = 0; i < n; i++)
        media_port_remove(w->media, ports[i]);
    while (media_port_count(w->media) > 0 && clock_real_us() < end) {
        loop_step(w->loop, 1);
    }
    assert_int_equal(media_port_count(w->media), 0);
}

int main(void)
{
#define REAL(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        REAL(what_a_phone_says_comes_back_from_an_echo),
        REAL(a_prompt_is_heard_and_its_end_is_told),
        REAL(a_prompt_alone_is_sent_as_it_was_encoded),
        REAL(two_phones_hear_each_other),
        REAL(keys_of_a_phone_are_told_once_each),
        REAL(tones_count_where_no_events_were_agreed),
        REAL(keys_are_sent_to_a_phone_as_events),
        REAL(a_stranger_is_not_heard_and_counted),
        cmocka_unit_test_setup_teardown(silence_is_told_once, setup_impatient, teardown),
        REAL(a_bye_is_said_at_the_end),
        REAL(what_is_gone_is_not_found),
        REAL(a_port_moves_between_rooms_of_a_thread_and_its_rtp_goes_on),
        REAL(a_phone_in_the_lobby_hears_music_and_its_keys_are_told),
        REAL(groups_and_the_main_mix_are_of_the_room_and_bounded),
        REAL(who_talks_is_told_of_a_watched_room),
        REAL(thousands_of_ports_come_and_go),
    };
#undef REAL

    return cmocka_run_group_tests(tests, NULL, NULL);
}
