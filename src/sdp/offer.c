/*
 * offer.c - offers, answers, and what both sides have agreed on (RFC 3264), for one audio stream.
 *
 * Any thread. SRTP, video and everything else is declined with port 0. Whether media may be sent
 * to the agreed address is asked by the caller (sdp_address_is_fit()), who knows the profile.
 */
#include <string.h>

#include "sdp/parsed.h"
#include "sdp/sdp.h"

enum { EVENTS_8000 = 101, EVENTS_48000 = 110, DYNAMIC_TYPE = 96, PTIME_MS = 20, LEVEL_ID = 1 };

/* A direction as what it allows. */
enum { MAY_SEND = 1, MAY_RECEIVE = 2 };

/* clang-format off */
static const struct {
    const char *name;
    uint32_t clock;
    uint32_t channels;
    int type;
} codecs[] = {
#define X(name, text, clock, channels, pt) {text, clock, channels, pt},
    SDP_CODECS(X)
#undef X
};

static const struct {
    const char *name;
    unsigned may;
} directions[] = {
    [SDP_SENDRECV] = {"sendrecv", MAY_SEND | MAY_RECEIVE},
    [SDP_SENDONLY] = {"sendonly", MAY_SEND},
    [SDP_RECVONLY] = {"recvonly", MAY_RECEIVE},
    [SDP_INACTIVE] = {"inactive", 0},
};
/* clang-format on */

static enum sdp_direction direction_of(unsigned may)
{
    for (unsigned d = SDP_SENDRECV; d < SDP_INACTIVE; d++)
        if (directions[d].may == may)
            return (enum sdp_direction)d;
    return SDP_INACTIVE;
}

static bool is_codec(const struct parsed_format *fmt, enum sdp_codec c)
{
    if (!parsed_is(fmt->name, codecs[c].name) || fmt->channels != codecs[c].channels)
        return false;
    /* RFC 3551 4.5.2: G.722's clock is 8000 by an old mistake; some phones say the truth. */
    return fmt->clock == codecs[c].clock || (c == SDP_G722 && fmt->clock == 16000);
}

static const struct parsed_format *find_events(const struct parsed_media *m, uint32_t clock)
{
    for (size_t i = 0; i < m->format_count; i++)
        if (parsed_is(m->formats[i].name, "telephone-event") && m->formats[i].clock == clock)
            return &m->formats[i];
    return NULL;
}

/* Events share the codec's clock (RFC 4733 2.1). Phones that name 8000 alone beside Opus mean it
 * too, and the keys themselves do not depend on it. */
static void agree_events(const struct parsed_media *m, struct sdp_agreed *agreed)
{
    const struct parsed_format *fmt = find_events(m, codecs[agreed->codec].clock);

    if (fmt == NULL)
        fmt = find_events(m, 8000);
    if (fmt == NULL)
        return;
    agreed->telephone_event = fmt->payload_type;
    agreed->event_clock = fmt->clock;
}

/* "minptime=10; useinbandfec=1": what is not known or not a number is passed over. */
static void read_opus(struct span parameters, struct sdp_opus *o)
{
    while (parameters.n > 0) {
        struct span one = parsed_take(&parameters, ';');
        struct span name;
        uint32_t v;

        while (one.n > 0 && *one.p == ' ') {
            one.p++;
            one.n--;
        }
        while (one.n > 0 && one.p[one.n - 1] == ' ')
            one.n--;
        name = parsed_take(&one, '=');
        if (!parsed_number(one, 510000, &v))
            continue;
        if (parsed_is(name, "useinbandfec"))
            o->fec = v == 1;
        else if (parsed_is(name, "usedtx"))
            o->dtx = v == 1;
        else if (parsed_is(name, "cbr"))
            o->cbr = v == 1;
        else if (parsed_is(name, "maxaveragebitrate"))
            o->max_bitrate = (int)v;
    }
}

/* The first that we can (RFC 3264 6.1). */
static bool pick(const struct parsed_media *m, const struct sdp_local *me,
                 struct sdp_agreed *agreed)
{
    for (size_t i = 0; i < m->format_count; i++)
        for (size_t k = 0; k < me->codec_count; k++)
            if (is_codec(&m->formats[i], me->codecs[k])) {
                agreed->codec = me->codecs[k];
                agreed->payload_type = m->formats[i].payload_type;
                agreed->opus = (struct sdp_opus){0};
                if (agreed->codec == SDP_OPUS)
                    read_opus(m->formats[i].parameters, &agreed->opus);
                return true;
            }
    return false;
}

static bool is_unspecified(const struct addr *a)
{
    static const struct in6_addr any6 = IN6ADDR_ANY_INIT;

    if (addr_is_v6(a))
        return memcmp(&a->in6.sin6_addr, &any6, sizeof(any6)) == 0;
    return a->in.sin_addr.s_addr == 0;
}

/* Where they want RTP and RTCP. */
static void agree_addresses(const struct parsed_media *m, struct sdp_agreed *agreed)
{
    agreed->rtp = m->address;
    addr_set_port(&agreed->rtp, m->port);
    agreed->rtcp = agreed->rtp;
    if (agreed->rtcp_mux)
        return;
    if (m->has_rtcp_address)
        agreed->rtcp = m->rtcp;
    else if (m->has_rtcp)
        addr_set_port(&agreed->rtcp, addr_port(&m->rtcp));
    else if (m->port < 65535)
        addr_set_port(&agreed->rtcp, (uint16_t)(m->port + 1));
}

/* Everything but the codec. */
static void agree_rest(const struct parsed_media *m, const struct sdp_local *me,
                       struct sdp_agreed *agreed)
{
    unsigned theirs = directions[m->direction].may;
    unsigned ours = 0;

    if (is_unspecified(&m->address)) /* RFC 3264 8.4: the old way to hold */
        theirs &= ~(unsigned)MAY_RECEIVE;
    if ((theirs & MAY_RECEIVE) != 0)
        ours |= MAY_SEND;
    if ((theirs & MAY_SEND) != 0)
        ours |= MAY_RECEIVE;
    agreed->direction = direction_of(ours & directions[me->direction].may);
    agreed->hold = (theirs & MAY_RECEIVE) == 0;
    if (me->telephone_event)
        agree_events(m, agreed);
    agreed->level_id = m->level_id;
    agreed->ptime_ms = m->ptime_ms >= 10 && m->ptime_ms <= 60 ? m->ptime_ms : PTIME_MS;
    agree_addresses(m, agreed);
}

/* Why this audio line cannot be taken, or NULL when it can; the codec is then agreed. */
static const char *refuse(const struct parsed_media *m, const struct sdp_local *me,
                          struct sdp_agreed *agreed)
{
    if (m->port == 0)
        return "the audio stream is switched off (port 0)";
    if (!parsed_is(m->proto, "RTP/AVP") && !parsed_is(m->proto, "RTP/AVPF"))
        return "the audio is not plain RTP (SRTP only?)";
    if (!m->has_address)
        return "the audio stream has no IP address";
    if (addr_is_v6(&m->address) != addr_is_v6(&me->rtp))
        return "the audio stream is of another IP version than ours";
    if (!pick(m, me, agreed))
        return "there is no common codec";
    return NULL;
}

/* The first m= line that is audio and can be taken. */
static enum err choose(const struct parsed *p, const struct sdp_local *me,
                       struct sdp_agreed *agreed, size_t *which, struct fail *f)
{
    const char *why = NULL;

    for (size_t i = 0; i < p->media_count; i++) {
        const char *refused;

        if (!parsed_is(p->media[i].kind, "audio"))
            continue;
        refused = refuse(&p->media[i], me, agreed);
        if (refused == NULL) {
            *which = i;
            return ERR_OK;
        }
        if (why == NULL)
            why = refused;
    }
    return err_set(f, ERR_MEDIA_KIND, "%s", why != NULL ? why : "there is no audio stream");
}

static void write_session(const struct sdp_local *me, struct buf *out)
{
    char ip[ADDR_TEXT_SIZE];
    const char *family = addr_is_v6(&me->rtp) ? "IP6" : "IP4";

    (void)addr_ip_text(&me->rtp, ip);
    buf_printf(out, "v=0\r\no=carillon %llu %llu IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
               (unsigned long long)me->session_id, (unsigned long long)me->session_version, family,
               ip, family, ip);
}

static void write_rtpmap(int type, const char *name, uint32_t clock, uint32_t channels,
                         struct buf *out)
{
    buf_printf(out, "a=rtpmap:%d %s/%u", type, name, (unsigned)clock);
    if (channels != 1)
        buf_printf(out, "/%u", (unsigned)channels);
    buf_text(out, "\r\n");
}

/* How we like to get Opus: packets that help to rebuild the one before, and none in silence. */
static void write_codec(int type, enum sdp_codec c, struct buf *out)
{
    write_rtpmap(type, codecs[c].name, codecs[c].clock, codecs[c].channels, out);
    if (c == SDP_OPUS)
        buf_printf(out, "a=fmtp:%d useinbandfec=1;usedtx=1\r\n", type);
}

/* We like to be told how loud a packet is, and tell nobody. */
static void write_level(int id, struct buf *out)
{
    buf_printf(out, "a=extmap:%d/recvonly " SDP_LEVEL_URI "\r\n", id);
}

static void write_events(int type, uint32_t clock, struct buf *out)
{
    write_rtpmap(type, "telephone-event", clock, 1, out);
    buf_printf(out, "a=fmtp:%d 0-16\r\n", type);
}

static void write_rest(const struct sdp_local *me, enum sdp_direction d, bool mux, struct buf *out)
{
    buf_printf(out, "a=ptime:%d\r\n", PTIME_MS);
    if (mux)
        buf_text(out, "a=rtcp-mux\r\n");
    else if (me->rtcp_port != 0 && me->rtcp_port != addr_port(&me->rtp) + 1)
        buf_printf(out, "a=rtcp:%u\r\n", (unsigned)me->rtcp_port);
    buf_printf(out, "a=%s\r\n", directions[d].name);
}

static int type_to_offer(enum sdp_codec c)
{
    return codecs[c].type >= 0 ? codecs[c].type : DYNAMIC_TYPE;
}

static bool offers_clock(const struct sdp_local *me, uint32_t clock)
{
    for (size_t i = 0; i < me->codec_count; i++)
        if (codecs[me->codecs[i]].clock == clock)
            return true;
    return false;
}

void sdp_offer(const struct sdp_local *me, struct buf *out)
{
    bool events = me->telephone_event && offers_clock(me, 8000);
    bool events48 = me->telephone_event && offers_clock(me, 48000);

    write_session(me, out);
    buf_printf(out, "m=audio %u RTP/AVP", (unsigned)addr_port(&me->rtp));
    for (size_t i = 0; i < me->codec_count; i++)
        buf_printf(out, " %d", type_to_offer(me->codecs[i]));
    if (events)
        buf_printf(out, " %d", EVENTS_8000);
    if (events48)
        buf_printf(out, " %d", EVENTS_48000);
    buf_text(out, "\r\n");
    for (size_t i = 0; i < me->codec_count; i++) {
        enum sdp_codec c = me->codecs[i];

        write_codec(type_to_offer(c), c, out);
    }
    if (events)
        write_events(EVENTS_8000, 8000, out);
    if (events48)
        write_events(EVENTS_48000, 48000, out);
    if (offers_clock(me, 48000))
        write_level(LEVEL_ID, out);
    write_rest(me, me->direction, false, out);
}

/* RFC 3264 6: a stream that is not wanted is answered with port 0, in its place. */
static void write_declined(const struct parsed_media *m, struct buf *out)
{
    buf_text(out, "m=");
    buf_add(out, m->kind.p, m->kind.n);
    buf_text(out, " 0 ");
    buf_add(out, m->proto.p, m->proto.n);
    buf_char(out, ' ');
    buf_add(out, m->first_format.p, m->first_format.n);
    buf_text(out, "\r\n");
}

static void write_taken(const struct parsed_media *m, const struct sdp_local *me,
                        const struct sdp_agreed *agreed, struct buf *out)
{
    enum sdp_codec c = agreed->codec;

    buf_printf(out, "m=audio %u %s %d", (unsigned)addr_port(&me->rtp),
               parsed_is(m->proto, "RTP/AVPF") ? "RTP/AVPF" : "RTP/AVP", agreed->payload_type);
    if (agreed->telephone_event >= 0)
        buf_printf(out, " %d", agreed->telephone_event);
    buf_text(out, "\r\n");
    write_codec(agreed->payload_type, c, out);
    if (agreed->telephone_event >= 0)
        write_events(agreed->telephone_event, agreed->event_clock, out);
    if (agreed->level_id > 0)
        write_level(agreed->level_id, out);
    write_rest(me, agreed->direction, agreed->rtcp_mux, out);
}

enum err sdp_answer(const char *offer, size_t len, const struct sdp_local *me,
                    struct sdp_agreed *agreed, struct buf *out, struct fail *f)
{
    struct parsed p;
    size_t which = 0;
    enum err e = parsed_read(offer, len, &p, f);

    *agreed = (struct sdp_agreed){.telephone_event = -1};
    if (e == ERR_OK)
        e = choose(&p, me, agreed, &which, f);
    if (e != ERR_OK)
        return e;
    agreed->rtcp_mux = p.media[which].rtcp_mux;
    agree_rest(&p.media[which], me, agreed);
    write_session(me, out);
    for (size_t i = 0; i < p.media_count; i++) {
        if (i == which)
            write_taken(&p.media[i], me, agreed, out);
        else
            write_declined(&p.media[i], out);
    }
    return ERR_OK;
}

enum err sdp_read_answer(const char *answer, size_t len, const struct sdp_local *me,
                         struct sdp_agreed *agreed, struct fail *f)
{
    struct parsed p;
    size_t which = 0;
    enum err e = parsed_read(answer, len, &p, f);

    *agreed = (struct sdp_agreed){.telephone_event = -1};
    if (e == ERR_OK)
        e = choose(&p, me, agreed, &which, f);
    if (e != ERR_OK)
        return e;
    /* rtcp-mux is never in our offers, so it cannot be in force (RFC 5761 5.1.1). */
    agree_rest(&p.media[which], me, agreed);
    return ERR_OK;
}
