#include "appmedia/words.h"

#include "appmedia/speech.h"
#include "base/arena.h"
#include "model/table.h"
#include "json/field.h"
#include "json/writer.h"

enum { NARROW_BYTES = 640, WIDE_BYTES = 3528, NARROW_RATE = 16000, WIDE_RATE = 44100 };

/* --- what it says --- */

static const char *const command_names[] = {COMMANDS(TABLE_WORD) NULL};
static const char *const direction_names[] = {DIRECTIONS(TABLE_WORD) NULL};

struct said {
    const char *cmd;
    const char *id;
    int direction;
};

static const struct field said_fields[] = {
    TEXT(struct said, cmd, "cmd", REQUIRED),
    TEXT_MAX(struct said, id, "id", 0, WORDS_MARK_CHARS),
    ENUM(struct said, direction, "direction", 0, direction_names),
    END,
};

static const struct type said_type = {
    .name = "command", .size = sizeof(struct said), .flags = TYPE_PLAIN, .fields = said_fields};

/* Has it what it needs? */
static bool is_whole(const struct said *s, struct command_words *out)
{
    if (out->word == WORD_MARK)
        return s->id != NULL && str_copy(out->mark, sizeof(out->mark), s->id);
    return out->word != WORD_DIRECTION || out->direction != DIRECTION_NONE;
}

static void judge(const struct said *s, struct command_words *out)
{
    out->word = (enum word)field_enum_number(command_names, s->cmd);
    out->direction = (enum direction)s->direction;
    if (out->word == WORD_NONE)
        out->refusal = "unknownCommand";
    else if (!is_whole(s, out))
        out->refusal = "badCommand";
    if (out->refusal != NULL)
        out->word = WORD_NONE;
}

void words_read(const char *p, size_t n, struct command_words *out)
{
    struct json *j = json_parse(p, n, NULL);
    struct arena a = {0};
    struct said s;

    *out = (struct command_words){.refusal = NULL};
    if (j == NULL || json_kind(j) != JSON_OBJECT)
        out->refusal = "notJson";
    else if (fields_read(j, &said_type, &s, &a, NULL) != ERR_OK)
        out->refusal = "badCommand";
    else
        judge(&s, out);
    arena_clear(&a);
    json_free(j);
}

/* --- what it is told --- */

static void begin(struct writer *w, struct buf *out, const char *event)
{
    writer_init(w, out);
    writer_object(w, NULL);
    writer_text(w, "event", event);
}

static void write_texts(struct writer *w, const char *key, const struct texts *t)
{
    writer_list(w, key);
    for (size_t i = 0; i < t->count; i++)
        writer_text(w, NULL, t->items[i]);
    writer_end(w);
}

static const char *first(const struct texts *t)
{
    return t->count > 0 ? t->items[0] : NULL;
}

static void write_track(struct writer *w, const struct media_blob *b)
{
    bool wide = b->format == MEDIA_FORMAT_PCM44K;

    writer_object(w, NULL);
    writer_int(w, "id", 0);
    writer_text(w, "kind", "audio");
    writer_text(w, "source", first(&b->audio_sources));
    writer_text(w, "render", first(&b->audio_renders));
    writer_text(w, "format", media_format_name((enum media_format)b->format));
    writer_text(w, "encoding", "s16le");
    writer_int(w, "rate", wide ? WIDE_RATE : NARROW_RATE);
    writer_int(w, "channels", wide ? 2 : 1);
    writer_int(w, "frameMs", SPEECH_FRAME_MS);
    writer_int(w, "frameBytes", wide ? WIDE_BYTES : NARROW_BYTES);
    writer_end(w);
}

static void write_contexts(struct writer *w, const struct media_blob *b)
{
    write_texts(w, "audioRenderContexts", &b->audio_renders);
    write_texts(w, "audioSourceContexts", &b->audio_sources);
    write_texts(w, "videoRenderContexts", &b->video_renders);
    write_texts(w, "videoSourceContexts", &b->video_sources);
}

void words_start(const struct words_start *s, struct buf *out)
{
    static const char *const features[] = {"mark",     "clear",  "pause", "dtmf",
                                           "speakers", "resume", NULL};
    struct writer w;

    begin(&w, out, "start");
    writer_int(&w, "v", 1);
    writer_text(&w, "callId", s->call);
    writer_text(&w, "mediaSessionId", s->blob->session_id);
    writer_text(&w, "resume", s->resume);
    writer_int(&w, "seq", s->connection);
    writer_list(&w, "tracks");
    write_track(&w, s->blob);
    writer_end(&w);
    write_contexts(&w, s->blob);
    writer_object(&w, "queue");
    writer_int(&w, "maxMs", SPEECH_MAX_MS);
    writer_int(&w, "highMs", SPEECH_HIGH_MS);
    writer_int(&w, "lowMs", SPEECH_LOW_MS);
    writer_end(&w);
    writer_list(&w, "features");
    for (size_t i = 0; features[i] != NULL; i++)
        writer_text(&w, NULL, features[i]);
    writer_end(&w);
    writer_end(&w);
}

void words_key(char key, struct buf *out)
{
    const char digit[] = {key, '\0'};
    struct writer w;

    begin(&w, out, "dtmf");
    writer_text(&w, "digit", digit);
    writer_end(&w);
}

void words_speakers(const char *const *ids, size_t count, struct buf *out)
{
    struct writer w;

    begin(&w, out, "speakers");
    writer_list(&w, "ids");
    for (size_t i = 0; i < count; i++)
        writer_text(&w, NULL, ids[i]);
    writer_end(&w);
    writer_end(&w);
}

void words_track(unsigned track, const char *participant, uint32_t source_id, struct buf *out)
{
    char source[12];
    struct writer w;

    (void)snprintf(source, sizeof(source), "%u", source_id); /* a text, as in the roster */
    begin(&w, out, "track");
    writer_int(&w, "id", track);
    writer_text(&w, "participant", participant);
    writer_text(&w, "sourceId", source);
    writer_end(&w);
}

void words_track_end(unsigned track, struct buf *out)
{
    struct writer w;

    begin(&w, out, "trackEnd");
    writer_int(&w, "id", track);
    writer_end(&w);
}

void words_mark(const char *id, bool played, struct buf *out)
{
    struct writer w;

    begin(&w, out, "mark");
    writer_text(&w, "id", id);
    writer_bool(&w, "played", played);
    writer_end(&w);
}

void words_ms(const char *event, const char *name, uint64_t ms, struct buf *out)
{
    struct writer w;

    begin(&w, out, event);
    writer_int(&w, name, (int64_t)ms);
    writer_end(&w);
}

void words_error(const char *code, struct buf *out)
{
    struct writer w;

    begin(&w, out, "error");
    writer_text(&w, "code", code);
    writer_end(&w);
}

void words_stop(const char *reason, int code, int subcode, struct buf *out)
{
    struct writer w;

    begin(&w, out, "stop");
    writer_text(&w, "reason", reason);
    writer_int(&w, "code", code);
    writer_int(&w, "subcode", subcode);
    writer_end(&w);
}

void words_status(const struct words_status *s, struct buf *out)
{
    struct writer w;

    begin(&w, out, "status");
    writer_int(&w, "queuedMs", (int64_t)s->queued_ms);
    writer_bool(&w, "paused", s->paused);
    writer_text(&w, "direction", field_enum_name(direction_names, (int)s->direction));
    writer_int(&w, "gapMs", (int64_t)s->gap_ms);
    writer_int(&w, "overrunMs", (int64_t)s->overrun_ms);
    writer_end(&w);
}
