#include "appmedia/upgrade.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "crypto/hash.h"

static const char *const names[] = {
#define X(name, text) [FRAMING_##name] = text,
    FRAMINGS(X)
#undef X
};

void upgrade_key(struct upgrade *u)
{
    uint8_t dice[16];
    struct buf b = {0};

    hash_random(dice, sizeof(dice));
    hash_base64(dice, sizeof(dice), &b);
    (void)str_copy(u->key, sizeof(u->key), b.data);
    buf_clear(&b);
}

static const char *after_scheme(const char *url)
{
    return strstr(url, "://") + 3;
}

void upgrade_dial(const char *url, struct buf *out)
{
    const char *rest = after_scheme(url);

    buf_printf(out, "%s%.*s/", str_starts(url, "wss:") ? "https://" : "http://",
               (int)strcspn(rest, "/?#"), rest);
}

/* A value that is one word stays inside its line (RFC 9110 section 5.5). */
static bool is_word(const char *s)
{
    if (s == NULL || *s == '\0')
        return false;
    for (; *s != '\0'; s++)
        if (*s < 0x21 || *s > 0x7e)
            return false;
    return true;
}

void upgrade_write(const struct upgrade *u, struct buf *out)
{
    const char *rest = after_scheme(u->url);
    size_t host = strcspn(rest, "/?#");
    const char *path = rest + host;

    buf_printf(out, "GET %s%s HTTP/1.1\r\nHost: %.*s\r\n", *path == '/' ? "" : "/", path, (int)host,
               rest);
    buf_printf(out,
               "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: %s\r\n",
               u->key);
    buf_printf(out, "Sec-WebSocket-Protocol: %s%s%s\r\n",
               u->offers_framed ? names[FRAMING_FRAMED] : "", u->offers_framed ? ", " : "",
               names[FRAMING_PLAIN]);
    buf_printf(out, "Authorization: Bearer %s\r\nx-call-id: %s\r\n", u->token, u->call);
    if (is_word(u->session))
        buf_printf(out, "x-media-session-id: %s\r\n", u->session);
    if (u->trace != NULL)
        buf_printf(out, "traceparent: %s\r\n", u->trace);
    buf_printf(out, "User-Agent: %s\r\n\r\n", u->user_agent);
}

/* What the answer's head says. */
struct head {
    int upgrades, connections; /* lines that say what they must */
    const char *accept, *protocol;
    size_t accept_len, protocol_len;
    const char *why; /* NULL: nothing is wrong so far */
};

static bool is(const char *p, size_t n, const char *word)
{
    return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

/* One of a comma-separated list. */
static bool has_token(const char *p, size_t n, const char *word)
{
    const char *end = p + n;

    while (p < end) {
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *last = comma != NULL ? comma : end;

        while (p < last && (*p == ' ' || *p == '\t'))
            p++;
        while (last > p && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        if (is(p, (size_t)(last - p), word))
            return true;
        p = comma != NULL ? comma + 1 : end;
    }
    return false;
}

static void keep_once(struct head *h, const char **p, size_t *n, const char *value, size_t len)
{
    if (*p != NULL)
        h->why = "the bot's answer says a thing twice";
    *p = value;
    *n = len;
}

static void read_header(struct head *h, const char *name, size_t name_len, const char *value,
                        size_t len)
{
    if (is(name, name_len, "upgrade"))
        h->upgrades += has_token(value, len, "websocket") ? 1 : 0;
    else if (is(name, name_len, "connection"))
        h->connections += has_token(value, len, "upgrade") ? 1 : 0;
    else if (is(name, name_len, "sec-websocket-accept"))
        keep_once(h, &h->accept, &h->accept_len, value, len);
    else if (is(name, name_len, "sec-websocket-protocol"))
        keep_once(h, &h->protocol, &h->protocol_len, value, len);
    else if (is(name, name_len, "sec-websocket-extensions"))
        h->why = "the bot wants an extension, and none was offered";
}

static void read_line(struct head *h, const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    const char *value;
    size_t len;

    if (colon == NULL || colon == line || line[0] == ' ' || line[0] == '\t') {
        h->why = "the bot's answer is no HTTP";
        return;
    }
    value = colon + 1;
    len = n - (size_t)(value - line);
    while (len > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        len--;
    }
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    read_header(h, line, (size_t)(colon - line), value, len);
}

/* RFC 6455 section 4.2.2, point 5.4. */
static bool is_accepted(const struct upgrade *u, const struct head *h)
{
    char *text = str_printf("%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", u->key);
    uint8_t digest[SHA1_BYTES];
    struct buf want = {0};
    bool same;

    hash_sha1(text, strlen(text), digest);
    hash_base64(digest, sizeof(digest), &want);
    same = h->accept != NULL && h->accept_len == want.len &&
           memcmp(h->accept, want.data, want.len) == 0;
    buf_clear(&want);
    (void)mem_free(text);
    return same;
}

static const char *judge(const struct upgrade *u, const struct head *h, enum framing *framing)
{
    if (h->why != NULL)
        return h->why;
    if (h->upgrades == 0 || h->connections == 0 || !is_accepted(u, h))
        return "the bot's answer does not take the upgrade";
    for (size_t i = 0; i < FRAMING_COUNT; i++) {
        if (h->protocol == NULL || !is(h->protocol, h->protocol_len, names[i]) ||
            (i == FRAMING_FRAMED && !u->offers_framed))
            continue;
        *framing = (enum framing)i;
        return NULL;
    }
    return "the bot does not speak callmedia.v1";
}

/* "HTTP/1.1 101 " */
static const char *judge_status(const char *p, size_t n)
{
    static const char good[] = "HTTP/1.1 101";

    if (n < strlen("HTTP/1.1 200") || memcmp(p, "HTTP/1.", 7) != 0)
        return "the bot's answer is no HTTP";
    if (memcmp(p, good, strlen(good)) != 0 || (n > strlen(good) && p[strlen(good)] != ' '))
        return "the bot's answer is not 101";
    return NULL;
}

enum upgrade_verdict upgrade_read(const struct upgrade *u, const char *p, size_t n, size_t *used,
                                  enum framing *framing, const char **why)
{
    const char *end = memmem(p, n, "\r\n\r\n", 4);
    const char *line = p;
    struct head h = {0};

    if (end == NULL && n >= 7 && memcmp(p, "HTTP/1.", 7) != 0)
        h.why = "the bot's answer is no HTTP";
    if (end == NULL && n >= UPGRADE_HEAD_MAX)
        h.why = "the bot's answer has too many headers";
    if (end == NULL) {
        *why = h.why;
        return h.why != NULL ? UPGRADE_REFUSED : UPGRADE_MORE;
    }
    while (line < end && h.why == NULL) {
        const char *next = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);

        if (line == p)
            h.why = judge_status(line, (size_t)(next - line));
        else
            read_line(&h, line, (size_t)(next - line));
        line = next + 2;
    }
    *used = (size_t)(end - p) + 4;
    *why = judge(u, &h, framing);
    return *why == NULL ? UPGRADE_DONE : UPGRADE_REFUSED;
}
