#include "core/replay.h"

#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "crypto/hash.h"
#include "store/rows.h"

/* What the answers kept may take; beyond it the oldest go before their time. */
static const size_t most_bytes = (size_t)256 << 20;

struct replay_wait {
    struct list_node node;
    replay_h *h;
    void *arg;
};

struct replay {
    struct list_node aged; /* oldest first */
    struct control *control;
    char *key;
    char body_hash[SHA256_HEX_SIZE];
    char *location;
    char *response; /* NULL: not answered yet */
    bool is_safe;   /* the answer is on disk */
    int64_t made_ms;
    struct list waiting;
};

static struct replay *add(struct control *ctl, const char *key, const char *body_hash,
                          int64_t made_ms)
{
    struct replay *r = mem_new(sizeof(*r));

    r->control = ctl;
    r->key = str_dup(key);
    (void)str_copy(r->body_hash, sizeof(r->body_hash), body_hash);
    r->made_ms = made_ms;
    (void)map_put(&ctl->replays, r->key, r);
    list_push(&ctl->replays_aged, &r->aged);
    return r;
}

static void set_answer(struct replay *r, const char *location, const char *response)
{
    r->location = str_dup(location);
    r->response = str_dup(response);
    r->control->replay_bytes += strlen(response);
}

static void remove_replay(struct replay *r)
{
    if (r->response != NULL)
        r->control->replay_bytes -= strlen(r->response);
    (void)map_del(&r->control->replays, r->key);
    list_remove(&r->aged);
    (void)mem_free(r->key);
    (void)mem_free(r->location);
    (void)mem_free(r->response);
    (void)mem_free(r);
}

static void tell(struct replay *r, const char *location, const char *response)
{
    struct list_node *n;

    while ((n = list_pop(&r->waiting)) != NULL) {
        struct replay_wait *w = LIST_OF(n, struct replay_wait, node);

        w->h(location, response, w->arg);
        (void)mem_free(w);
    }
}

enum err replay_begin(struct control *ctl, const struct replay_request *q, struct replay **out,
                      struct fail *f)
{
    char hash[SHA256_HEX_SIZE];
    struct replay_wait *w;
    struct replay *r;

    *out = NULL;
    (void)hash_sha256_hex(q->body, q->len, hash);
    r = map_find(&ctl->replays, q->key);
    if (r != NULL && r->is_safe &&
        clock_wall_ms() - r->made_ms > (int64_t)ctl->settings.idempotency_minutes * 60000) {
        remove_replay(r);
        r = NULL;
    }
    if (r == NULL) {
        *out = add(ctl, q->key, hash, clock_wall_ms());
        return ERR_OK;
    }
    if (!str_eq(r->body_hash, hash))
        return err_set(f, ERR_CONFLICT, "This client-request-id was used for another body.");
    if (r->is_safe) {
        q->h(r->location, r->response, q->arg);
        return ERR_OK;
    }
    w = mem_new(sizeof(*w));
    w->h = q->h;
    w->arg = q->arg;
    list_push(&r->waiting, &w->node);
    return ERR_OK;
}

void replay_keep(struct replay *r, const char *call, const char *location, const char *response)
{
    set_answer(r, location, response);
    store_put_key(r->control->with.store, &(struct key_row){.key = r->key,
                                                            .body_hash = r->body_hash,
                                                            .call = call,
                                                            .location = location,
                                                            .response = response,
                                                            .made_ms = r->made_ms});
}

void replay_safe(struct replay *r)
{
    r->is_safe = true;
    tell(r, r->location, r->response);
}

void replay_drop(struct replay *r)
{
    tell(r, NULL, NULL);
    remove_replay(r);
}

void replay_restore(struct control *ctl, const struct key_row *row)
{
    struct replay *r = add(ctl, row->key, row->body_hash, row->made_ms);

    set_answer(r, row->location, row->response);
    r->is_safe = true;
}

void replay_forget_old(struct control *ctl)
{
    int64_t before = clock_wall_ms() - (int64_t)ctl->settings.idempotency_minutes * 60000;

    LIST_EACH(n, &ctl->replays_aged)
    {
        struct replay *r = LIST_OF(n, struct replay, aged);

        if (!r->is_safe || (r->made_ms > before && ctl->replay_bytes <= most_bytes))
            return;
        remove_replay(r);
    }
}

void replay_clear(struct control *ctl)
{
    struct list_node *n;

    while ((n = ctl->replays_aged.first) != NULL) {
        struct replay *r = LIST_OF(n, struct replay, aged);
        struct list_node *w;

        while ((w = list_pop(&r->waiting)) != NULL)
            (void)mem_free(LIST_OF(w, struct replay_wait, node));
        remove_replay(r);
    }
    map_clear(&ctl->replays);
}
