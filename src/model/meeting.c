#include "model/meeting.h"

#include <inttypes.h>
#include <string.h>

#include "base/obj.h"
#include "base/str.h"
#include "json/json.h"
#include "json/writer.h"

#define JOIN_IDS UINT64_C(900000000000) /* 12 digits, none of them a leading 0 */
#define VTC_IDS UINT64_C(9000000000)    /* 10 digits */

enum { THREAD_RANDOM = 36 }; /* 48 characters of base64url, as long as those of Graph */

static const char link_path[] = "/l/meetup-join/";

static const char *const kind_names[MEETING_KIND_COUNT] = {
#define X(name, text) [MEETING_##name] = text,
    MEETING_KINDS(X)
#undef X
};

const char *meeting_kind_name(enum meeting_kind kind)
{
    return kind_names[kind];
}

enum meeting_kind meeting_kind_of(const char *word)
{
    int kind = 0;

    while (kind < MEETING_KIND_COUNT && !str_eq(kind_names[kind], word))
        kind++;
    return (enum meeting_kind)kind;
}

static void meeting_free(void *p)
{
    arena_clear(&((struct meeting *)p)->arena);
}

struct meeting *meeting_new(void)
{
    return obj_new("meeting", sizeof(struct meeting), meeting_free);
}

static bool is_text_of(const char *s, size_t most, const char *refused)
{
    size_t n = s != NULL ? strnlen(s, most + 1) : 0;

    if (n == 0 || n > most)
        return false;
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] > '~' || strchr(refused, s[i]) != NULL)
            return false;
    return true;
}

bool meeting_is_thread(const char *s)
{
    return is_text_of(s, MEETING_THREAD_CHARS, "\"\\<>^`{|}%/?#;,") && str_starts(s, "19:") &&
           s[3] != '\0';
}

bool meeting_is_message(const char *s)
{
    return is_text_of(s, MEETING_MESSAGE_CHARS, "\"\\<>^`{|}%/?#;,");
}

bool meeting_number_read(char out[MEETING_NUMBER_CHARS + 1], const char *s)
{
    size_t n = 0;

    for (; s != NULL && *s != '\0'; s++) {
        if (*s == ' ' || *s == '-')
            continue;
        if (*s < '0' || *s > '9' || n == MEETING_NUMBER_CHARS)
            return false;
        out[n++] = *s;
    }
    out[n] = '\0';
    return n > 0;
}

/* Eight random bytes as one of so many numbers without a leading 0: 2^64 is so much more that
 * none is likelier than another by more than one in ten million. */
static char *number_text(struct arena *a, const uint8_t random[8], uint64_t count)
{
    uint64_t n = 0;

    for (size_t i = 0; i < 8; i++)
        n = n << 8 | random[i];
    return arena_printf(a, "%" PRIu64, count / 9 + n % count);
}

void meeting_make_ids(struct meeting *m, const uint8_t random[MEETING_RANDOM])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char text[THREAD_RANDOM / 3 * 4 + 1];
    size_t at = 0;

    for (size_t i = 0; i < THREAD_RANDOM; i += 3) {
        uint32_t three = (uint32_t)(random[i] << 16 | random[i + 1] << 8 | random[i + 2]);

        for (int shift = 18; shift >= 0; shift -= 6)
            text[at++] = letters[three >> shift & 63];
    }
    text[at] = '\0';
    random += THREAD_RANDOM;
    m->thread = arena_printf(&m->arena, "19:meeting_%s@thread.v2", text);
    m->message = "0";
    m->join_id = number_text(&m->arena, random, JOIN_IDS);
    m->vtc_id = number_text(&m->arena, random + 8, VTC_IDS);
}

char *meeting_make_passcode(char out[MEETING_PASSCODE_SIZE], const uint8_t random[8])
{
    /* 32 of them: five bits each, 40 in all */
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    for (size_t i = 0; i + 1 < MEETING_PASSCODE_SIZE; i++)
        out[i] = letters[random[i] & 31];
    out[MEETING_PASSCODE_SIZE - 1] = '\0';
    return out;
}

/* All but the unreserved characters (RFC 3986, 2.3), in lower case as Graph's links have them. */
static void escape(struct buf *out, const char *s)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

    for (; *s != '\0'; s++) {
        if (strchr(plain, *s) != NULL)
            buf_char(out, *s);
        else
            buf_printf(out, "%%%02x", (unsigned char)*s);
    }
}

const char *meeting_url(const struct meeting *m, const char *public_url, struct arena *a)
{
    struct buf context = {0};
    struct buf url = {0};
    struct writer w;
    const char *text;

    writer_init(&w, &context);
    writer_object(&w, NULL);
    writer_text(&w, "Tid", m->tenant.text);
    writer_text(&w, "Oid", m->organizer.text);
    writer_end(&w);
    buf_printf(&url, "%s%s", public_url, link_path);
    escape(&url, m->thread);
    buf_char(&url, '/');
    escape(&url, m->message);
    buf_text(&url, "?context=");
    escape(&url, context.data);
    text = arena_text(a, url.data, url.len);
    buf_clear(&context);
    buf_clear(&url);
    return text;
}

char *meeting_unescape(struct arena *a, const char *s, size_t n)
{
    char *out = arena_text(a, s, n);
    size_t to = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] == '%') {
            int high = n - i > 2 ? str_hex_value(s[i + 1]) : -1;
            int low = n - i > 2 ? str_hex_value(s[i + 2]) : -1;

            if (high < 0 || low < 0 || high * 16 + low < ' ' || high * 16 + low == 127)
                return NULL;
            out[to++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[to++] = s[i];
        }
    }
    out[to] = '\0';
    return out;
}

/* The value of `context` in a query; *n its length. */
static const char *find_context(const char *query, size_t *n)
{
    static const char name[] = "context=";

    for (; query != NULL; query = strchr(query, '&')) {
        query++; /* behind the '?' or the '&' */
        if (str_starts(query, name)) {
            query += sizeof(name) - 1;
            *n = strcspn(query, "&#");
            return query;
        }
    }
    return NULL;
}

static enum err read_context(struct meeting_link *out, const char *query, struct arena *a,
                             struct fail *f)
{
    size_t n = 0;
    const char *value = find_context(query, &n);
    const char *text = value != NULL ? meeting_unescape(a, value, n) : NULL;
    struct json *j;

    if (value == NULL)
        return ERR_OK;
    j = text != NULL ? json_parse(text, strlen(text), NULL) : NULL;
    if (json_kind(j) != JSON_OBJECT) {
        json_free(j);
        return err_set(f, ERR_BAD_REQUEST,
                       "the link's context is not JSON like "
                       "{\"Tid\":\"...\",\"Oid\":\"...\"}");
    }
    (void)id_read_text(&out->tenant, json_text(json_get(j, "Tid")));
    (void)id_read_text(&out->organizer, json_text(json_get(j, "Oid")));
    json_free(j);
    return ERR_OK;
}

enum err meeting_url_read(struct meeting_link *out, const char *url, struct arena *a,
                          struct fail *f)
{
    const char *path = strnlen(url, MEETING_URL_CHARS + 1) <= MEETING_URL_CHARS &&
                               (str_starts(url, "https://") || str_starts(url, "http://"))
                           ? strstr(url, link_path)
                           : NULL;
    const char *slash;
    size_t n;

    *out = (struct meeting_link){0};
    if (path == NULL || strcspn(url, "?#") < (size_t)(path - url))
        return err_set(f, ERR_BAD_REQUEST,
                       "this is no link to a meeting: it has no path /l/meetup-join/...");
    path += sizeof(link_path) - 1;
    slash = path + strcspn(path, "/?#");
    out->thread = meeting_unescape(a, path, (size_t)(slash - path));
    if (*slash == '/')
        slash++;
    n = strcspn(slash, "/?#");
    out->message = meeting_unescape(a, slash, n);
    if (!meeting_is_thread(out->thread) || !meeting_is_message(out->message))
        return err_set(f, ERR_BAD_REQUEST,
                       "the link does not name a meeting: want .../<thread>/<message>?context=...");
    return read_context(out, strchr(slash + n, '?'), a, f);
}
