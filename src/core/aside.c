#include "core/aside.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "core/control.h"
#include "core/party.h"

/* The sound is media/'s until the play has ended, whatever became of the party. */
struct aside {
    struct control *control; /* the conversation may be gone before the sound is there */
    struct party *party;     /* a reference */
    struct sound *sound;     /* NULL: it is being fetched */
    uint32_t play;           /* 0: not yet */
    int times;
    aside_h *h;
    void *arg;
};

static void aside_free(struct aside *a)
{
    if (a->party->aside == a)
        a->party->aside = NULL;
    sound_release(a->sound);
    (void)obj_unref(a->party);
    (void)mem_free(a);
}

/* The sound has come, or has not: what becomes of it. */
static enum err play(struct aside *a, enum err why, const char *text)
{
    struct party *p = a->party;

    if (p->aside != a)
        return ERR_CONFLICT; /* stopped meanwhile */
    if (a->sound != NULL && party_port(p) != 0)
        a->play =
            media_play_to(a->control->with.media, party_port(p), sound_prompt(a->sound), a->times);
    if (a->play != 0) {
        (void)map_put_num(&a->control->asides, a->play, a);
        return ERR_OK;
    }
    log_line(LOG_INFO, "core", party_log_id(p), "a party hears no sound: %s",
             a->sound != NULL ? "its port takes none" : text);
    return a->sound != NULL ? ERR_BUSY : why;
}

static void on_sound(struct sound *s, enum err why, const char *text, void *arg)
{
    struct aside *a = arg;
    struct party *p = obj_ref(a->party);
    aside_h *h = a->h;
    void *h_arg = a->arg;

    a->sound = s;
    why = play(a, why, text);
    if (a->play == 0)
        aside_free(a);
    if (h != NULL)
        h(p, why, h_arg);
    (void)obj_unref(p);
}

void aside_play(struct party *p, const struct sound_place *place, int times, aside_h *h, void *arg)
{
    struct control *ctl = p->conversation->control;
    struct aside *a = mem_new(sizeof(*a));

    aside_stop(p);
    *a = (struct aside){.control = ctl, .party = obj_ref(p), .times = times, .h = h, .arg = arg};
    p->aside = a;
    sound_get(ctl, place, on_sound, a);
}

void aside_builtin(struct party *p, const char *name, int times)
{
    char uri[64];

    (void)snprintf(uri, sizeof(uri), "builtin:%s", name);
    aside_play(p, &(struct sound_place){.tenant = "", .application = "", .uri = uri}, times, NULL,
               NULL);
}

void aside_stop(struct party *p)
{
    struct aside *a = p->aside;

    if (a == NULL)
        return;
    p->aside = NULL; /* what is being fetched sees that */
    if (a->play != 0)
        media_play_to_stop(a->control->with.media, party_port(p));
}

void aside_on_played(struct control *ctl, uint32_t play)
{
    struct aside *a = map_del_num(&ctl->asides, play);

    if (a != NULL)
        aside_free(a);
}

void aside_clear(struct control *ctl)
{
    size_t at = 0;

    for (struct aside *a; (a = map_next(&ctl->asides, &at)) != NULL;) {
        (void)map_del_num(&ctl->asides, a->play);
        aside_free(a);
    }
    map_clear(&ctl->asides);
}
