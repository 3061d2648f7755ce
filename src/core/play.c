#include "core/play.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/notify.h"
#include "core/record.h"
#include "core/sound.h"

enum { FINISHED_KEPT = 16 };

/* Takes over one reference. */
void play_remember(struct live_call *lc, struct operation *o)
{
    list_push(&lc->finished, &o->node);
    if (lc->finished.count > FINISHED_KEPT)
        (void)obj_unref(LIST_OF(list_pop(&lc->finished), struct operation, node));
}

static void end_with(struct operation *o, int code, int subcode,
                     enum graph_play_prompt_reason reason)
{
    o->code = code;
    o->subcode = subcode;
    o->reason = (int)reason;
}

struct fetching {
    struct timer failed; /* when it could not be played: a failed effect is an event */
    struct live_call *lc;
    struct operation *o;
};

static void fetching_free(struct fetching *g)
{
    (void)obj_unref(g->o);
    (void)obj_unref(g->lc);
    (void)mem_free(g);
}

static struct fetching *fetching_new(struct live_call *lc, struct operation *o)
{
    struct fetching *g = mem_new(sizeof(*g));

    g->lc = obj_ref(lc);
    g->o = obj_ref(o);
    return g;
}

static void not_had(struct operation *o, enum err why)
{
    if (o->recording != NULL)
        record_prompt_failed(o);
    else
        end_with(o, 400, why == ERR_MEDIA_KIND ? 8535 : 8536, GRAPH_PLAY_PROMPT_REASON_UNKNOWN);
}

static void on_sound(struct sound *s, enum err why, const char *text, void *arg)
{
    struct fetching *g = arg;
    struct live_call *lc = g->lc;
    struct operation *o = g->o;

    if (o->state != OPERATION_FETCHING) {
        sound_release(s); /* cancelled meanwhile */
    } else if (s != NULL) {
        lc->next_sound = s;
        play_tell(lc, o, OPERATION_EV_FETCHED);
    } else {
        log_line(LOG_INFO, "core", lc->call->id.text, "a prompt fails: %s", text);
        not_had(o, why);
        play_tell(lc, o, OPERATION_EV_FAIL);
    }
    fetching_free(g);
}

static void fetch(struct live_call *lc, struct operation *o)
{
    const struct graph_media_prompt *p = o->prompts.items[o->at];

    sound_get(lc->control,
              &(struct sound_place){.tenant = lc->call->tenant.text,
                                    .application = lc->call->application.text,
                                    .uri = p->media_info->uri,
                                    .resource_id = p->media_info->resource_id},
              on_sound, fetching_new(lc, o));
}

static int times_of(const struct operation *o)
{
    const struct graph_media_prompt *p = o->prompts.items[o->at];

    if (o->endless && o->prompts.count == 1)
        return 0; /* the media thread repeats it; several come in turn, for ever */
    return p->loop.set ? (int)p->loop.value : 1;
}

static void on_no_play(void *arg)
{
    struct fetching *g = arg;

    if (g->o->state == OPERATION_PLAYING) { /* not cancelled meanwhile */
        if (g->o->recording != NULL)
            record_prompt_failed(g->o);
        else
            end_with(g->o, 500, 9999, GRAPH_PLAY_PROMPT_REASON_UNKNOWN);
        play_tell(g->lc, g->o, OPERATION_EV_FAIL);
    }
    fetching_free(g);
}

static void play(struct live_call *lc, struct operation *o)
{
    struct live_play *p = mem_new(sizeof(*p));
    struct fetching *g;

    p->sound = lc->next_sound;
    lc->next_sound = NULL;
    p->number = media_play(lc->control->with.media, lc->port, sound_prompt(p->sound), times_of(o));
    if (p->number != 0) {
        lc->playing = p->number;
        list_push(&lc->plays, &p->node);
        return;
    }
    sound_release(p->sound);
    (void)mem_free(p);
    g = fetching_new(lc, o);
    timer_start(&g->failed, lc->control->with.loop, 0, on_no_play, g);
}

static void stop(struct live_call *lc, struct operation *o)
{
    (void)o;
    media_play_stop(lc->control->with.media, lc->port);
}

static void announce(struct live_call *lc, struct operation *o)
{
    notify_operation(lc, o);
    list_remove(&o->node);
    play_remember(lc, o);
}

/* A recording may begin without a word. */
static void give_turn(struct live_call *lc)
{
    struct operation *o = LIST_OF(lc->line.first, struct operation, node);

    play_tell(lc, o, o->prompts.count == 0 ? OPERATION_EV_PROMPTED : OPERATION_EV_TURN);
}

static void next(struct live_call *lc, struct operation *o)
{
    (void)o;
    if (!list_empty(&lc->line))
        give_turn(lc);
}

typedef void operation_effect_h(struct live_call *lc, struct operation *o);

static operation_effect_h *const carry_out[OPERATION_EFFECT_COUNT] = {
    [OPERATION_BIT_FETCH] = fetch,
    [OPERATION_BIT_PLAY] = play,
    [OPERATION_BIT_STOP] = stop,
    [OPERATION_BIT_RECORD] = record_begin,
    [OPERATION_BIT_STOP_RECORD] = record_stop,
    [OPERATION_BIT_KEEP] = record_keep,
    [OPERATION_BIT_ANNOUNCE] = announce,
    [OPERATION_BIT_NEXT] = next,
};

void play_tell(struct live_call *lc, struct operation *o, enum operation_event ev)
{
    unsigned fx = 0;

    if (operation_handle(o, ev, &fx) != ERR_OK)
        return; /* it has ended meanwhile */
    for (unsigned bit = 0; bit < OPERATION_EFFECT_COUNT; bit++)
        if ((fx & (1U << bit)) != 0)
            carry_out[bit](lc, o);
}

enum err play_add(struct live_call *lc, struct operation *o, struct fail *f)
{
    if (lc->line.count >= (size_t)lc->control->settings.operations_per_call) {
        (void)obj_unref(o);
        return err_set(f, ERR_TOO_MANY, "%zu operations of this call are waiting already.",
                       lc->line.count);
    }
    list_push(&lc->line, &o->node);
    if (lc->line.count == 1)
        give_turn(lc);
    return ERR_OK;
}

/* Last to first: so that none has its turn only to be cancelled. */
void play_end_all(struct live_call *lc)
{
    while (!list_empty(&lc->line)) {
        struct operation *o = LIST_OF(lc->line.last, struct operation, node);

        if (o->recording != NULL)
            record_cancelled(o);
        else
            end_with(o, 400, 8508, GRAPH_PLAY_PROMPT_REASON_MEDIA_OPERATION_CANCELED);
        play_tell(lc, o, OPERATION_EV_CANCEL);
    }
}

static bool take_play(struct live_call *lc, uint32_t number)
{
    LIST_EACH(n, &lc->plays)
    {
        struct live_play *p = LIST_OF(n, struct live_play, node);

        if (p->number != number)
            continue;
        list_remove(n);
        sound_release(p->sound);
        (void)mem_free(p);
        return true;
    }
    return false;
}

void play_on_played(struct live_call *lc, uint32_t number, enum media_play_end reason)
{
    struct operation *o;

    /* a play that was cancelled may have come to its end just before: only the present one counts
     */
    if (!take_play(lc, number) || number != lc->playing || reason != MEDIA_PLAY_DONE ||
        list_empty(&lc->line))
        return;
    o = LIST_OF(lc->line.first, struct operation, node);
    if (o->state != OPERATION_PLAYING)
        return;
    if (o->at + 1 < o->prompts.count || o->endless) {
        o->at = (o->at + 1) % o->prompts.count;
        play_tell(lc, o, OPERATION_EV_TURN);
        return;
    }
    if (o->recording != NULL) {
        play_tell(lc, o, OPERATION_EV_PROMPTED);
        return;
    }
    end_with(o, 200, 0, GRAPH_PLAY_PROMPT_REASON_COMPLETED_SUCCESSFULLY);
    play_tell(lc, o, OPERATION_EV_PLAYED);
}

const struct operation *play_find(const struct live_call *lc, const char *id)
{
    const struct list *lists[] = {&lc->line, &lc->errands, &lc->finished};

    for (size_t i = 0; i < 3; i++)
        LIST_EACH(n, lists[i])
        {
            const struct operation *o = LIST_OF(n, struct operation, node);

            if (str_eq(o->id.text, id))
                return o;
        }
    return NULL;
}
