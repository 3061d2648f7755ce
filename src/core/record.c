#include "core/record.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/play.h"
#include "crypto/hash.h"
#include "media/files.h"
#include "media/recorder.h"
#include "media/shelf.h"

enum {
    DEFAULT_S = 5, /* of each of the three times, as the published page has it */
    TOKEN_BYTES = 32,
    PRUNE_MS = 60000,
    KEPT_S = 3600,
};

/* A recording under way, or on its way to the disk. */
struct pending {
    struct live_call *lc;
    struct operation *o;
    char *file;
    struct recorder *sound; /* between RECORDED and KEEP */
    struct timer failed;
};

static bool is_tone(const char *s)
{
    return s[0] != '\0' && s[1] == '\0' && strchr("0123456789*#ABCD", s[0]) != NULL;
}

static struct graph_media_prompt *new_beep(struct arena *a)
{
    struct graph_media_prompt *p = arena_new(a, sizeof(*p));

    p->prompt.odata.type = &graph_media_prompt_type;
    p->media_info = arena_new(a, sizeof(*p->media_info));
    p->media_info->uri = "builtin:beep";
    return p;
}

static bool has_beep(const struct graph_record_action *w)
{
    return !w->play_beep.set || w->play_beep.value;
}

struct operation *record_new(struct graph_record_action *wish, struct arena *a, struct fail *f)
{
    void **prompts = arena_new(a, (wish->prompts.count + 1) * sizeof(*prompts));
    size_t count = 0;
    struct operation *o;

    for (size_t i = 0; i < wish->stop_tones.count; i++) {
        if (is_tone(wish->stop_tones.items[i]))
            continue;
        (void)err_set(f, ERR_BAD_REQUEST, "'stopTones[%zu]' must be one of 0-9, *, #, A-D.", i);
        return NULL;
    }
    for (size_t i = 0; i < wish->prompts.count; i++)
        prompts[count++] = wish->prompts.items[i];
    if (has_beep(wish))
        prompts[count++] = new_beep(a);
    o = operation_new(&graph_record_operation_type, a);
    o->client_context = wish->client_context;
    o->prompts = (struct objects){.items = prompts, .count = count};
    o->recording = arena_new(&o->arena, sizeof(*o->recording));
    o->recording->wish = wish;
    return o;
}

enum err record_add(struct live_call *lc, struct operation *o, struct fail *f)
{
    if (o->recording->wish->barge_in_allowed.value)
        play_end_all(lc);
    return play_add(lc, o, f);
}

static void end_with(struct operation *o, int code, int subcode, enum graph_record_reason reason)
{
    o->code = code;
    o->subcode = subcode;
    o->reason = (int)reason;
}

/* The beep is the last of what is played before. */
static bool is_at_beep(const struct operation *o)
{
    return has_beep(o->recording->wish) && o->at + 1 == o->prompts.count;
}

void record_prompt_failed(struct operation *o)
{
    bool beep = is_at_beep(o);

    end_with(o, 400, beep ? 8512 : 8511,
             beep ? GRAPH_RECORD_REASON_PLAY_BEEP_FAILED : GRAPH_RECORD_REASON_PLAY_PROMPT_FAILED);
}

void record_cancelled(struct operation *o)
{
    end_with(o, 400, 8508, GRAPH_RECORD_REASON_OPERATION_CANCELED);
}

static int ms_of(const struct opt_int *s)
{
    return (s->set ? (int)s->value : DEFAULT_S) * 1000;
}

/* The name of its file: whoever knows id and token knows it, and nobody else does. */
static char *file_of(const char *id, const char *token)
{
    char digest[SHA256_HEX_SIZE];

    return str_printf("%s-%s.wav", id, hash_sha256_hex(token, strlen(token), digest));
}

/* Where it will be: known from the beginning, so that it can be told whenever it ends. */
static void choose_place(const struct control *ctl, struct operation *o)
{
    uint8_t dice[TOKEN_BYTES];
    struct buf token = {0};

    hash_random(dice, sizeof(dice));
    hash_base64url(dice, sizeof(dice), &token);
    o->recording->token = arena_dup(&o->arena, token.data);
    o->recording->location =
        arena_printf(&o->arena, "%s/recordings/%s", ctl->settings.public_url, o->id.text);
    buf_clear(&token);
}

static void pending_free(struct pending *p)
{
    recorder_free(p->sound);
    (void)obj_unref(p->o);
    (void)obj_unref(p->lc);
    (void)mem_free(p->file);
    (void)mem_free(p);
}

/* A failed effect is an event, told from the loop. */
static void on_not_begun(void *arg)
{
    struct pending *p = arg;

    if (p->o->state == OPERATION_RECORDING) { /* not cancelled meanwhile */
        end_with(p->o, 500, 9999, GRAPH_RECORD_REASON_UNSPECIFIED_ERROR);
        play_tell(p->lc, p->o, OPERATION_EV_FAIL);
    }
    pending_free(p);
}

void record_begin(struct live_call *lc, struct operation *o)
{
    struct control *ctl = lc->control;
    const struct graph_record_action *w = o->recording->wish;
    struct pending *p;

    choose_place(ctl, o);
    p = mem_new(sizeof(*p));
    p->lc = obj_ref(lc);
    p->o = obj_ref(o);
    p->file = file_of(o->id.text, o->recording->token);
    o->recording->number = media_record(
        ctl->with.media, lc->port,
        &(struct media_record){.max_ms = ms_of(&w->max_record_duration_in_seconds),
                               .initial_silence_ms = ms_of(&w->initial_silence_timeout_in_seconds),
                               .max_silence_ms = ms_of(&w->max_silence_timeout_in_seconds)});
    if (o->recording->number == 0) {
        o->recording->location = o->recording->token = NULL;
        timer_start(&p->failed, ctl->with.loop, 0, on_not_begun, p);
        return;
    }
    (void)map_put_num(&ctl->recordings, o->recording->number, p);
    if (o->recording->is_stopped)
        media_record_stop(ctl->with.media, lc->port);
}

void record_stop(struct live_call *lc, struct operation *o)
{
    (void)o;
    media_record_stop(lc->control->with.media, lc->port);
}

void record_key(struct live_call *lc, char key)
{
    struct operation *o =
        list_empty(&lc->line) ? NULL : LIST_OF(lc->line.first, struct operation, node);
    const struct texts *tones;

    if (o == NULL || o->recording == NULL)
        return;
    tones = &o->recording->wish->stop_tones;
    for (size_t i = 0; i < tones->count; i++) {
        if (tones->items[i][0] != key)
            continue;
        if (o->state == OPERATION_PLAYING && is_at_beep(o))
            o->recording->is_stopped = true;
        else if (o->state == OPERATION_RECORDING)
            media_record_stop(lc->control->with.media, lc->port);
        return;
    }
}

/* --- the end --- */

static void on_put(const char *why, void *arg)
{
    struct pending *p = arg;

    if (why != NULL) {
        log_line(LOG_ERROR, "core", p->lc->call->id.text, "%s", why);
        if (p->o->state == OPERATION_KEEPING) {
            p->o->recording->location = p->o->recording->token = NULL;
            end_with(p->o, 500, 9999, GRAPH_RECORD_REASON_UNSPECIFIED_ERROR);
        }
    }
    play_tell(p->lc, p->o, why == NULL ? OPERATION_EV_DONE : OPERATION_EV_FAIL);
    pending_free(p);
}

static void put(struct pending *p)
{
    const struct control *ctl = p->lc->control;
    struct recorder *sound = p->sound;

    p->sound = NULL;
    shelf_put(ctl->with.files, ctl->settings.recording_folder, p->file, sound, on_put, p);
}

void record_keep(struct live_call *lc, struct operation *o)
{
    struct pending *p = map_del_num(&lc->control->recordings, o->recording->number);

    put(p);
}

/* What the end of a recording means. */
static const struct {
    int code, subcode;
    enum graph_record_reason reason;
    enum operation_event event;
} ends[] = {
    [MEDIA_RECORD_STOPPED] = {200, 8514, GRAPH_RECORD_REASON_STOP_TONE_DETECTED,
                              OPERATION_EV_RECORDED},
    [MEDIA_RECORD_FULL] = {200, 8515, GRAPH_RECORD_REASON_MAX_RECORD_DURATION_REACHED,
                           OPERATION_EV_RECORDED},
    [MEDIA_RECORD_SILENCE] = {200, 8509, GRAPH_RECORD_REASON_MAX_SILENCE_TIMEOUT,
                              OPERATION_EV_RECORDED},
    [MEDIA_RECORD_NO_VOICE] = {400, 8510, GRAPH_RECORD_REASON_INITIAL_SILENCE_TIMEOUT,
                               OPERATION_EV_FAIL},
    [MEDIA_RECORD_GONE] = {400, 8508, GRAPH_RECORD_REASON_OPERATION_CANCELED, OPERATION_EV_FAIL},
};

void record_on_recorded(struct control *ctl, const struct media_event *e)
{
    struct pending *p = map_find_num(&ctl->recordings, e->play);

    if (p == NULL) {
        recorder_free(e->sound);
        return;
    }
    p->sound = e->sound;
    if (p->o->state != OPERATION_RECORDING) { /* cancelled: what was said is kept all the same */
        (void)map_del_num(&ctl->recordings, e->play);
        put(p);
        return;
    }
    end_with(p->o, ends[e->recorded].code, ends[e->recorded].subcode, ends[e->recorded].reason);
    if (ends[e->recorded].event == OPERATION_EV_RECORDED) {
        play_tell(p->lc, p->o, OPERATION_EV_RECORDED); /* and record_keep() */
        return;
    }
    (void)map_del_num(&ctl->recordings, e->play);
    p->o->recording->location = p->o->recording->token = NULL; /* there is nothing to be had */
    play_tell(p->lc, p->o, ends[e->recorded].event);
    pending_free(p);
}

void record_prune(struct control *ctl)
{
    int64_t now = clock_mono_ms();

    if (now - ctl->recordings_pruned_ms < PRUNE_MS)
        return;
    ctl->recordings_pruned_ms = now;
    shelf_prune(ctl->with.files, ctl->settings.recording_folder, KEPT_S);
}

void record_clear(struct control *ctl)
{
    size_t at = 0;

    for (struct pending *p; (p = map_next(&ctl->recordings, &at)) != NULL;)
        pending_free(p);
    map_clear(&ctl->recordings);
}

/* --- reading --- */

struct reading {
    record_get_h *h;
    void *arg;
};

static void on_got(const struct buf *bytes, void *arg)
{
    struct reading *r = arg;

    if (bytes == NULL)
        r->h(NULL, 0, r->arg);
    else
        r->h(bytes->data, bytes->len, r->arg);
    (void)mem_free(r);
}

void record_get(struct control *ctl, const char *id, const char *token, record_get_h *h, void *arg)
{
    struct reading *r = mem_new(sizeof(*r));
    char *file = file_of(id, token);

    r->h = h;
    r->arg = arg;
    shelf_get(ctl->with.files, ctl->settings.recording_folder, file, on_got, r);
    (void)mem_free(file);
}
