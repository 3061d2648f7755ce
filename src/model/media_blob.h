/*
 * media_blob.h - the media session that an application hosts: what its blob says.
 *
 * The blob of an appHostedMediaConfig is JSON inside a text, made by the bot's media library. What
 * is read here are the keys of the published sample and those that docs/callmedia.md adds; others
 * are ignored. It is never written anew: it stays as it was sent. Pure; any thread.
 */
#ifndef MODEL_MEDIA_BLOB_H
#define MODEL_MEDIA_BLOB_H

#include "base/arena.h"
#include "base/err.h"
#include "json/field.h"

enum {
    MEDIA_BLOB_MAX = 64 * 1024, /* bytes of the text */
    MEDIA_BLOB_DEPTH = 8,
    MEDIA_BLOB_CONTEXTS = 16, /* in each list */
};

/* Samples toward the bot and from it: signed 16 bit, little endian. X(NAME, name in the blob) */
#define MEDIA_FORMATS(X) \
    X(PCM16K, "Pcm16K")  \
    X(PCM44K, "Pcm44KStereo")

enum media_format {
    MEDIA_FORMAT_NONE,
#define X(name, text) MEDIA_FORMAT_##name,
    MEDIA_FORMATS(X)
#undef X
};

const char *media_format_name(enum media_format f);

struct media_blob {
    const char *mp_uri;
    const char *session_id; /* mpMediaSessionId, or NULL */
    const char *call_id;    /* the media library's own, not ours; or NULL */
    int format;             /* enum media_format; Pcm16K where the blob names none */
    struct texts audio_sources, audio_renders;
    struct texts video_sources, video_renders;
    struct texts data_sources, data_renders;
    struct texts video_encodings;
    const char *region;
    const char *bots_version, *stack_version, *mp_version;
    struct opt_bool unmixed; /* receiveUnmixedMeetingAudio */
};

/* Reads the text, escaped once or twice. ERR_BAD_REQUEST with a sentence about 'mediaConfig.blob'
 * that does not quote it. */
NODISCARD enum err media_blob_read(const char *text, struct media_blob *out, struct arena *a,
                                   struct fail *f);

/* What net.tcp:// means: the wire form behind it is not public, so host, port and path are dialled
 * as a WebSocket (RFC 6455). */
enum media_net_tcp { MEDIA_NET_TCP_WSS, MEDIA_NET_TCP_WS, MEDIA_NET_TCP_REFUSE };

/* "ws://HOST:PORT/PATH" or "wss://...", where the uri leads; in the arena. NULL with a sentence
 * about 'mpUri' when it leads nowhere. Whether that may be dialled is not judged here. */
const char *media_blob_url(const char *uri, enum media_net_tcp how, struct arena *a,
                           struct fail *f);

extern const struct type media_blob_type;

#endif
