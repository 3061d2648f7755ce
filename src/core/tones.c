#include "core/tones.h"

#include <string.h>

#include "base/mem.h"
#include "base/obj.h"
#include "core/control.h"
#include "core/errand.h"
#include "media/dtmf.h"

enum { GAP_MS = 100, GAP_MIN_MS = 60, GAP_MAX_MS = 60000 };

/* A bot that presses keys. */
struct pressing {
    struct list_node in_call;
    struct timer timer;
    struct live_call *lc;
    struct operation *o;
};

static void on_pressed(void *arg)
{
    struct pressing *p = arg;

    list_remove(&p->in_call);
    errand_done(p->lc, p->o);
    (void)obj_unref(p->o);
    (void)mem_free(p);
}

void tones_end_all(struct live_call *lc)
{
    struct list_node *n;

    while ((n = list_pop(&lc->pressings)) != NULL) {
        struct pressing *p = LIST_OF(n, struct pressing, in_call);

        timer_stop(&p->timer);
        (void)obj_unref(p->o);
        (void)mem_free(p);
    }
}

/* The names of Graph's tones, in their order, as keys; there is none for `flash`. */
static char key_of(int tone)
{
    static const char keys[] = "0123456789*#ABCD"; /* and the 0 at its end */
    size_t i = (size_t)(tone - GRAPH_TONE_0);

    return keys[i < sizeof(keys) ? i : sizeof(keys) - 1];
}

static enum err read_keys(const struct graph_send_dtmf_tones_action *wish,
                          char out[DTMF_KEYS_MAX + 1], struct fail *f)
{
    if (wish->tones.count == 0 || wish->tones.count > DTMF_KEYS_MAX)
        return err_set(f, ERR_BAD_REQUEST, "'tones' must have 1 to %d members.", DTMF_KEYS_MAX);
    for (size_t i = 0; i < wish->tones.count; i++) {
        out[i] = key_of(wish->tones.items[i]);
        if (out[i] == '\0')
            return err_set(f, ERR_BAD_REQUEST, "'tones[%zu]' is no key of a telephone.", i);
    }
    out[wish->tones.count] = '\0';
    return ERR_OK;
}

static enum err read_gap(const struct graph_send_dtmf_tones_action *wish, int *gap, struct fail *f)
{
    const struct opt_int *ms = &wish->delay_between_tones_ms;

    if (ms->set && ms->value > GAP_MAX_MS)
        return err_set(f, ERR_BAD_REQUEST, "'delayBetweenTonesMs' must be at most %d.", GAP_MAX_MS);
    *gap = ms->set ? (int)ms->value : GAP_MS;
    if (*gap < GAP_MIN_MS)
        *gap = GAP_MIN_MS;
    return ERR_OK;
}

/* Only who can hear it: virtual phones press keys, but have no ear for them. */
static enum err press(const struct live_call *lc, const char *keys, int gap, struct fail *f)
{
    LIST_EACH(n, &lc->conversation->legs)
    {
        const struct live_leg *leg = LIST_OF(n, struct live_leg, in_conversation);

        if (leg->kind != LEG_SIP || (leg->state != LEG_IS_UP && leg->state != LEG_IS_HELD))
            continue;
        if (!media_send_keys(lc->control->with.media, leg->port, keys, gap))
            return err_set(f, ERR_BUSY, "The media threads take no more now.");
    }
    return ERR_OK;
}

static void end_later(struct live_call *lc, struct operation *o, int64_t ms)
{
    struct pressing *p = mem_new(sizeof(*p));

    p->lc = lc;
    list_push(&lc->pressings, &p->in_call);
    p->o = obj_ref(o);
    timer_start(&p->timer, lc->control->with.loop, ms, on_pressed, p);
}

struct operation *tones_send(struct live_call *lc, const struct graph_send_dtmf_tones_action *wish,
                             struct arena *a, struct fail *f)
{
    int64_t each_ms = DTMF_KEY_MS;
    char keys[DTMF_KEYS_MAX + 1];
    struct operation *o;
    int gap = GAP_MS;

    if (read_keys(wish, keys, f) != ERR_OK || read_gap(wish, &gap, f) != ERR_OK)
        return NULL;
    each_ms += gap;
    o = operation_new_errand(&graph_send_dtmf_tones_operation_type, a);
    o->client_context = wish->client_context;
    (void)obj_ref(o); /* the list of errands takes one */
    if (errand_add(lc, o, f) != ERR_OK)
        return obj_unref(o);
    if (press(lc, keys, gap, f) == ERR_OK) {
        end_later(lc, o, (int64_t)strlen(keys) * each_ms);
        return o;
    }
    list_remove(&o->node); /* nothing has happened */
    (void)obj_unref(o);
    return obj_unref(o);
}
