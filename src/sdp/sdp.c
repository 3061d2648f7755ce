/*
 * sdp.c - reads session descriptions (RFC 8866) as phones really write them.
 *
 * Forgiving: LF alone ends a line, unknown lines and attributes are skipped, what is wrong in an
 * attribute is as if it were not there. Bounded: length, m= lines, formats. Any thread; it decides
 * nothing (offer.c does) and resolves no names.
 */
#include "sdp/sdp.h"

#include <string.h>
#include <strings.h>

#include "sdp/parsed.h"

/* What a payload type means without an rtpmap. A dynamic one stands here as 255, which no m= line
 * can name. */
static const struct parsed_format statics[] = {
#define X(name, text, clock, channels, pt) \
    {(uint8_t)(pt), {text, sizeof(text) - 1}, clock, channels, {"", 0}},
    SDP_CODECS(X)
#undef X
};

const char *sdp_codec_name(enum sdp_codec c)
{
    static const char *const names[] = {
#define X(name, text, clock, channels, pt) text,
        SDP_CODECS(X)
#undef X
    };

    return (unsigned)c < SDP_CODEC_COUNT ? names[c] : "none";
}

bool sdp_address_is_fit(const struct addr *a, bool loopback)
{
    if (addr_port(a) < 1024)
        return false;
    switch (addr_class(a)) {
    case ADDR_PUBLIC:
    case ADDR_PRIVATE:
        return true;
    case ADDR_LOOPBACK:
        return loopback;
    case ADDR_LINK_LOCAL:
    case ADDR_MULTICAST:
    case ADDR_UNUSABLE:
        break;
    }
    return false;
}

bool parsed_is(struct span s, const char *text)
{
    return s.n == strlen(text) && strncasecmp(s.p, text, s.n) == 0;
}

struct span parsed_take(struct span *s, char stop)
{
    struct span head = *s;
    const char *at = s->n > 0 ? memchr(s->p, stop, s->n) : NULL;

    if (at == NULL) {
        s->p += s->n;
        s->n = 0;
        return head;
    }
    head.n = (size_t)(at - s->p);
    s->p = at + 1;
    s->n -= head.n + 1;
    return head;
}

/* The next word; several blanks are one. */
static struct span take_word(struct span *s)
{
    while (s->n > 0 && (*s->p == ' ' || *s->p == '\t')) {
        s->p++;
        s->n--;
    }
    return parsed_take(s, ' ');
}

bool parsed_number(struct span s, uint32_t max, uint32_t *out)
{
    uint64_t v = 0;

    if (s.n == 0 || s.n > 10)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (v > max)
        return false;
    *out = (uint32_t)v;
    return true;
}

/* "IN IP4 192.0.2.1/127": the TTL of a multicast address is dropped. */
static bool read_address(struct span s, struct addr *out)
{
    struct span net = take_word(&s);
    struct span family = take_word(&s);
    struct span word = take_word(&s);
    struct span ip = parsed_take(&word, '/');

    return parsed_is(net, "IN") && (parsed_is(family, "IP4") || parsed_is(family, "IP6")) &&
           addr_read_ip(out, ip.p, ip.n, 0);
}

static void read_c(struct parsed_media *m, struct span value)
{
    struct addr a;

    m->has_address = read_address(value, &a);
    if (m->has_address)
        m->address = a;
}

static void on_rtpmap(struct parsed_media *m, struct span value)
{
    struct span type_word = take_word(&value);
    struct span map = take_word(&value);
    struct span name = parsed_take(&map, '/');
    struct span clock_word = parsed_take(&map, '/');
    uint32_t type;
    uint32_t clock;
    uint32_t channels = 1; /* RFC 8866 6.6: one when not said */

    if (!parsed_number(type_word, 127, &type) || !parsed_number(clock_word, 1000000, &clock) ||
        name.n == 0)
        return;
    if (map.n > 0 && !parsed_number(map, 255, &channels))
        return;
    for (size_t i = 0; i < m->format_count; i++)
        if (m->formats[i].payload_type == type)
            m->formats[i] = (struct parsed_format){(uint8_t)type, name, clock, channels,
                                                   m->formats[i].parameters};
}

static void on_fmtp(struct parsed_media *m, struct span value)
{
    struct span type_word = take_word(&value);
    uint32_t type;

    if (!parsed_number(type_word, 127, &type))
        return;
    for (size_t i = 0; i < m->format_count; i++)
        if (m->formats[i].payload_type == type)
            m->formats[i].parameters = value;
}

/* RFC 8285 5: "1/sendonly urn:... attributes". Id 15 ends a row of elements. */
static void on_extmap(struct parsed_media *m, struct span value)
{
    struct span map = take_word(&value);
    struct span id_word = parsed_take(&map, '/');
    struct span uri = take_word(&value);
    uint32_t id;

    if (!parsed_is(uri, SDP_LEVEL_URI) || !parsed_number(id_word, 255, &id) || id == 0 || id == 15)
        return;
    if (!parsed_is(map, "recvonly") && !parsed_is(map, "inactive"))
        m->level_id = (uint8_t)id;
}

static void on_ptime(struct parsed_media *m, struct span value)
{
    struct span whole = parsed_take(&value, '.'); /* "20.0" is seen */
    uint32_t ms;

    if (parsed_number(whole, 1000, &ms))
        m->ptime_ms = (int)ms;
}

/* RFC 3605: "53020", or "53020 IN IP4 192.0.2.1". */
static void on_rtcp(struct parsed_media *m, struct span value)
{
    struct span port_word = take_word(&value);
    uint32_t port;

    if (!parsed_number(port_word, 65535, &port) || port == 0)
        return;
    m->has_rtcp_address = read_address(value, &m->rtcp);
    if (!m->has_rtcp_address)
        m->rtcp = (struct addr){.in = {.sin_family = AF_INET}};
    addr_set_port(&m->rtcp, (uint16_t)port);
    m->has_rtcp = true;
}

static void on_rtcp_mux(struct parsed_media *m, struct span value)
{
    (void)value;
    m->rtcp_mux = true;
}

static void on_sendrecv(struct parsed_media *m, struct span value)
{
    (void)value;
    m->direction = SDP_SENDRECV;
}

static void on_sendonly(struct parsed_media *m, struct span value)
{
    (void)value;
    m->direction = SDP_SENDONLY;
}

static void on_recvonly(struct parsed_media *m, struct span value)
{
    (void)value;
    m->direction = SDP_RECVONLY;
}

static void on_inactive(struct parsed_media *m, struct span value)
{
    (void)value;
    m->direction = SDP_INACTIVE;
}

/* clang-format off */
static const struct {
    const char *name;
    void (*read)(struct parsed_media *m, struct span value);
} attributes[] = {
    {"rtpmap",   on_rtpmap},
    {"fmtp",     on_fmtp},
    {"extmap",   on_extmap},
    {"ptime",    on_ptime},
    {"rtcp",     on_rtcp},
    {"rtcp-mux", on_rtcp_mux},
    {"sendrecv", on_sendrecv},
    {"sendonly", on_sendonly},
    {"recvonly", on_recvonly},
    {"inactive", on_inactive},
};
/* clang-format on */

static void read_a(struct parsed_media *m, struct span value)
{
    struct span name = parsed_take(&value, ':');

    while (name.n > 0 && name.p[name.n - 1] == ' ')
        name.n--;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        if (parsed_is(name, attributes[i].name))
            attributes[i].read(m, value);
}

static void add_format(struct parsed_media *m, uint8_t type)
{
    struct parsed_format *fmt = &m->formats[m->format_count++];

    *fmt = (struct parsed_format){.payload_type = type};
    for (size_t i = 0; i < SDP_CODEC_COUNT; i++)
        if (statics[i].payload_type == type)
            *fmt = statics[i];
}

/* These words are written into an answer again, so they must be words. */
static bool is_token(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~')
            return false;
    return s.n > 0;
}

/* "audio 49170/2 RTP/AVP 0 8 101": false when it has no port or no format. */
static bool read_m(struct parsed_media *m, struct span value)
{
    struct span port_word;
    struct span port_first;
    uint32_t port;

    m->kind = take_word(&value);
    port_word = take_word(&value);
    port_first = parsed_take(&port_word, '/');
    m->proto = take_word(&value);
    if (!is_token(m->kind) || !is_token(m->proto) || !parsed_number(port_first, 65535, &port))
        return false;
    m->port = (uint16_t)port;
    for (struct span w = take_word(&value); w.n > 0; w = take_word(&value)) {
        uint32_t type;

        if (m->first_format.n == 0)
            m->first_format = w;
        if (parsed_number(w, 127, &type) && m->format_count < SDP_FORMATS)
            add_format(m, (uint8_t)type);
    }
    return is_token(m->first_format);
}

/* The next line without its end. */
static struct span take_line(struct span *s)
{
    struct span line = parsed_take(s, '\n');

    while (line.n > 0 && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
        line.n--;
    return line;
}

enum err parsed_read(const char *text, size_t len, struct parsed *out, struct fail *f)
{
    struct span rest = {text, len};
    struct span line;
    struct parsed_media session = {.direction = SDP_SENDRECV}; /* what holds for every m= */
    struct parsed_media *m = &session;

    out->media_count = 0;
    if (len > SDP_BYTES)
        return err_set(f, ERR_BAD_REQUEST, "the SDP is longer than %d bytes", SDP_BYTES);
    if (len == 0 || memchr(text, '\0', len) != NULL)
        return err_set(f, ERR_BAD_REQUEST, "the SDP is empty or no text");
    do
        line = take_line(&rest);
    while (line.n == 0 && rest.n > 0);
    if (!parsed_is(line, "v=0"))
        return err_set(f, ERR_BAD_REQUEST, "the SDP does not begin with v=0");
    while (rest.n > 0) {
        line = take_line(&rest);
        if (line.n < 2 || line.p[1] != '=')
            continue;
        if (line.p[0] == 'm') {
            if (out->media_count == SDP_MEDIA)
                return err_set(f, ERR_BAD_REQUEST, "the SDP has over %d m= lines", SDP_MEDIA);
            m = &out->media[out->media_count++];
            *m = session;
            if (!read_m(m, (struct span){line.p + 2, line.n - 2}))
                return err_set(f, ERR_BAD_REQUEST, "an m= line of the SDP is malformed");
        } else if (line.p[0] == 'c') {
            read_c(m, (struct span){line.p + 2, line.n - 2});
        } else if (line.p[0] == 'a') {
            read_a(m, (struct span){line.p + 2, line.n - 2});
        }
    }
    return ERR_OK;
}
