#include "model/media_blob.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/table.h"

static const char *const formats[] = {MEDIA_FORMATS(TABLE_WORD) NULL};

/* clang-format off */
static const struct field fields[] = {
    TEXT(struct media_blob, mp_uri, "mpUri", REQUIRED),
    TEXTS(struct media_blob, audio_renders, "audioRenderContexts", 0, MEDIA_BLOB_CONTEXTS),
    TEXTS(struct media_blob, video_renders, "videoRenderContexts", 0, MEDIA_BLOB_CONTEXTS),
    TEXTS(struct media_blob, audio_sources, "audioSourceContexts", 0, MEDIA_BLOB_CONTEXTS),
    TEXTS(struct media_blob, video_sources, "videoSourceContexts", 0, MEDIA_BLOB_CONTEXTS),
    TEXTS(struct media_blob, data_renders, "dataRenderContexts", 0, MEDIA_BLOB_CONTEXTS),
    TEXTS(struct media_blob, data_sources, "dataSourceContexts", 0, MEDIA_BLOB_CONTEXTS),
    ENUM(struct media_blob, format, "supportedAudioFormat", 0, formats),
    TEXTS(struct media_blob, video_encodings, "videoSinkEncodingFormats", 0, MEDIA_BLOB_CONTEXTS),
    TEXT_MAX(struct media_blob, session_id, "mpMediaSessionId", 0, 128),
    TEXT(struct media_blob, region, "regionAffinity", 0),
    TEXT(struct media_blob, bots_version, "skypeMediaBotsVersion", 0),
    TEXT(struct media_blob, stack_version, "mediaStackVersion", 0),
    TEXT(struct media_blob, mp_version, "mpVersion", 0),
    TEXT_MAX(struct media_blob, call_id, "callId", 0, 128),
    BOOL(struct media_blob, unmixed, "receiveUnmixedMeetingAudio", 0),
    END,
};
/* clang-format on */

const struct type media_blob_type = {
    "media session", sizeof(struct media_blob), TYPE_PLAIN, NULL, fields, NULL,
};

const char *media_format_name(enum media_format f)
{
    return field_enum_name(formats, (int)f);
}

static enum err refuse(struct fail *f, const char *why)
{
    return err_set(f, ERR_BAD_REQUEST, "'mediaConfig.blob' %s", why);
}

/* A JSON text that is a JSON text once more: the value inside, or NULL when it is none. */
static struct json *parse_text(const struct json *j, struct fail *f)
{
    const char *inside = json_text(j);

    return inside != NULL ? json_parse(inside, strlen(inside), f) : NULL;
}

/* {\"mpUri\":...: who wrote it escaped it once too often. */
static struct json *parse_escaped(const char *text, struct fail *f)
{
    char *quoted = str_printf("\"%s\"", text);
    struct json *outer = json_parse(quoted, strlen(quoted), f);
    struct json *j = parse_text(outer, f);

    json_free(outer);
    (void)mem_free(quoted);
    return j;
}

static struct json *parse(const char *text, struct fail *f)
{
    struct json *j = json_parse(text, strlen(text), f);
    struct json *inside;

    if (j == NULL)
        return strncmp(text, "{\\\"", 3) == 0 ? parse_escaped(text, f) : NULL;
    if (json_kind(j) != JSON_TEXT)
        return j;
    inside = parse_text(j, f);
    json_free(j);
    return inside;
}

static enum err check(const struct json *j, struct fail *f)
{
    if (json_kind(j) != JSON_OBJECT)
        return refuse(f, "must be a JSON object as a text");
    if (json_depth(j) > MEDIA_BLOB_DEPTH)
        return refuse(f, "is nested too deep; at most 8 levels");
    return ERR_OK;
}

enum err media_blob_read(const char *text, struct media_blob *out, struct arena *a, struct fail *f)
{
    struct fail why = {.text = "it is no JSON"};
    struct json *j;
    enum err e;

    if (text == NULL)
        return refuse(f, "is missing: it says where the application's media is");
    if (strnlen(text, MEDIA_BLOB_MAX + 1) > MEDIA_BLOB_MAX)
        return refuse(f, "is longer than 64 KiB");
    j = parse(text, &why);
    if (j == NULL)
        return err_set(f, ERR_BAD_REQUEST, "'mediaConfig.blob' is not JSON as a text: %s",
                       why.text);
    e = check(j, f);
    if (e == ERR_OK && fields_read(j, &media_blob_type, out, a, &why) != ERR_OK)
        e = err_set(f, ERR_BAD_REQUEST, "In 'mediaConfig.blob', %s", why.text);
    json_free(j);
    if (e == ERR_OK && out->format == MEDIA_FORMAT_NONE)
        out->format = MEDIA_FORMAT_PCM16K;
    return e;
}

/* What a WebSocket to it begins with; NULL: as net.tcp is meant. */
static const struct scheme {
    const char *name;
    const char *becomes;
} schemes[] = {{"ws://", "ws://"}, {"wss://", "wss://"}, {"net.tcp://", NULL}};

static const struct scheme *scheme_of(const char *uri)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncasecmp(uri, schemes[i].name, strlen(schemes[i].name)) == 0)
            return &schemes[i];
    return NULL;
}

/* net.tcp has a port of its own when none is written, and nobody's WebSocket is there. */
static bool has_port(const char *authority)
{
    size_t len = strcspn(authority, "/?#");
    const char *bracket = memchr(authority, ']', len);
    const char *from = bracket != NULL ? bracket : authority;

    return memchr(from, ':', len - (size_t)(from - authority)) != NULL;
}

const char *media_blob_url(const char *uri, enum media_net_tcp how, struct arena *a, struct fail *f)
{
    const struct scheme *s = scheme_of(uri);
    const char *rest;
    size_t len;

    if (s == NULL) {
        (void)err_set(f, ERR_BAD_REQUEST,
                      "'mpUri' must begin with net.tcp://, ws:// or wss://: it is where the "
                      "application's media is dialled");
        return NULL;
    }
    rest = uri + strlen(s->name);
    if (s->becomes == NULL && how == MEDIA_NET_TCP_REFUSE) {
        (void)err_set(f, ERR_BAD_REQUEST,
                      "'mpUri' is net.tcp://, which this server does not dial; use wss://");
        return NULL;
    }
    if (s->becomes == NULL && !has_port(rest)) {
        (void)err_set(f, ERR_BAD_REQUEST, "'mpUri' must name the port");
        return NULL;
    }
    len = strcspn(rest, s->becomes == NULL ? "?#" : "#"); /* of net.tcp: host, port and path */
    return arena_printf(a, "%s%.*s",
                        s->becomes != NULL        ? s->becomes
                        : how == MEDIA_NET_TCP_WS ? "ws://"
                                                  : "wss://",
                        (int)len, rest);
}
