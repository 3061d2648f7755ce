#include "core/roster.h"

#include "base/clock.h"
#include "base/list.h"
#include "core/control.h"
#include "core/notify.h"
#include "core/owed.h"
#include "core/party.h"
#include "json/writer.h"

enum { APART_MS = 500, RETRY_MS = 50, TALKERS_ABOVE = 350, DEPARTED_MAX = 1000 };

static bool is_delta(const struct live_call *lc)
{
    const struct graph_call_options *o = lc->call->graph->call_options;

    return o != NULL && o->is_delta_roster_enabled.value;
}

bool roster_is_of_talkers(const struct conversation *c)
{
    return conversation_has_roster(c->kind) && c->parties.count > TALKERS_ABOVE;
}

bool roster_sees(const struct live_call *lc, const struct party *p)
{
    const struct party *me = lc->party;

    if (me == NULL || me->who.state == PARTICIPANT_GONE)
        return false;
    if (p == me)
        return me->who.state == PARTICIPANT_IN || me->who.state == PARTICIPANT_LOBBY;
    return me->who.state == PARTICIPANT_IN && participant_is_shown(&p->who);
}

void roster_write_party(const struct party *p, const char *context, struct writer *w,
                        const struct write_how *how)
{
    struct participant_page page;

    participant_fill(&p->who, false, &page);
    page.row.odata_context = context;
    fields_write(w, NULL, &graph_participant_type, &page.row, how);
}

void roster_write_page(const struct live_call *lc, struct writer *w, const char *key,
                       const struct write_how *how, const struct roster_page *page)
{
    const struct conversation *c = lc->conversation;
    bool talkers = c != NULL && roster_is_of_talkers(c);
    size_t at = 0;

    writer_list(w, key);
    if (c != NULL)
        LIST_EACH(n, &c->parties)
        {
            const struct party *p = LIST_OF(n, struct party, in_conversation);

            if (!roster_sees(lc, p) || (talkers && !p->is_talking && p != lc->party))
                continue;
            if (at >= page->skip && at - page->skip < page->top)
                roster_write_party(p, NULL, w, how);
            at++;
        }
    writer_end(w);
}

void roster_write(const struct live_call *lc, struct writer *w, const char *key,
                  const struct write_how *how)
{
    const struct roster_page all = {.top = SIZE_MAX};

    roster_write_page(lc, w, key, how, &all);
}

/* What has changed since the call was told; who never saw somebody is not told of its leaving. */
static void write_delta_rows(const struct live_call *lc, const struct list *l, struct writer *w)
{
    const struct write_how how = {0};
    struct participant_page page;

    LIST_EACH(n, l)
    {
        const struct party *p = LIST_OF(n, struct party, in_conversation);

        if (p->who.changed <= lc->roster.base)
            continue;
        if (p->who.state != PARTICIPANT_GONE && !roster_sees(lc, p))
            continue;
        participant_fill(&p->who, true, &page);
        fields_write(w, NULL, &graph_participant_type, &page.row, &how);
    }
}

static void write_delta(const struct live_call *lc, struct writer *w, const char *key)
{
    const struct conversation *c = lc->conversation;

    writer_object(w, key);
    writer_text(w, "@odata.type", "#microsoft.graph.deltaParticipants");
    writer_int(w, "sequenceNumber", c->sequence);
    writer_list(w, "participants");
    write_delta_rows(lc, &c->parties, w);
    write_delta_rows(lc, &c->departed, w);
    writer_end(w);
    writer_end(w);
}

/* Those whom every delta roster has buried. */
static void forget_departed(struct conversation *c)
{
    LIST_EACH(n, &c->departed)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (c->departed.count <= DEPARTED_MAX && roster_must_keep(p))
            continue;
        list_remove(n);
        party_drop(p);
    }
}

bool roster_must_keep(const struct party *p)
{
    LIST_EACH(n, &p->conversation->calls)
    {
        const struct live_call *lc = LIST_OF(n, struct live_call, in_conversation);

        if (is_delta(lc) && lc->party != NULL && lc->party->who.state == PARTICIPANT_IN &&
            lc->roster.base < p->who.changed)
            return true;
    }
    return false;
}

static void on_due(void *arg);

static void due_in(struct live_call *lc, int64_t ms)
{
    timer_start(&lc->roster.timer, lc->control->with.loop, ms, on_due, lc);
}

static int count_seen(const struct live_call *lc)
{
    int count = 0;

    LIST_EACH(n, &lc->conversation->parties)
    if (roster_sees(lc, LIST_OF(n, struct party, in_conversation)))
        count++;
    return count;
}

static void tell(struct live_call *lc)
{
    const struct write_how how = {0};
    char detail[48];
    const struct owed_news news = {.change = "updated", .what = "roster", .detail = detail};
    struct buf value = {0};
    struct writer w;

    notify_begin(lc, GRAPH_CHANGE_TYPE_UPDATED, "/participants", &w, &value);
    if (is_delta(lc))
        write_delta(lc, &w, "resourceData");
    else
        roster_write(lc, &w, "resourceData", &how);
    writer_end(&w);
    lc->roster.at_ms = clock_mono_ms();
    lc->roster.sequence = lc->conversation->sequence;
    (void)snprintf(detail, sizeof(detail), "%d participants", count_seen(lc));
    lc->roster.notice = owed_add(lc, &news, &value);
    forget_departed(lc->conversation);
}

/* One that waits and was never tried gives way; what it said is said again. */
static void on_due(void *arg)
{
    struct live_call *lc = arg;

    if (lc->conversation == NULL || lc->party == NULL || !roster_sees(lc, lc->party))
        return;
    switch (owed_take_back(lc, lc->roster.notice)) {
    case OWED_NOT_YET:
        due_in(lc, RETRY_MS);
        return;
    case OWED_SAID:
        lc->roster.base = lc->roster.sequence;
        break;
    case OWED_TAKEN:
        break;
    }
    tell(lc);
}

static void due(struct live_call *lc)
{
    int64_t since = clock_mono_ms() - lc->roster.at_ms;

    if (timer_running(&lc->roster.timer))
        return;
    due_in(lc, lc->roster.at_ms == 0 || since >= APART_MS ? 0 : APART_MS - since);
}

/* Somebody else's change in the lobby is nobody's news who waits there. */
static bool is_news(const struct live_call *lc, const struct party *p)
{
    const struct party *me = lc->party;

    if (me == NULL)
        return false;
    if (me->who.state == PARTICIPANT_LOBBY)
        return p == me;
    return me->who.state == PARTICIPANT_IN && (!p->who.hidden || p == me);
}

void roster_changed(struct party *p)
{
    struct conversation *c = p->conversation;

    p->who.changed = ++c->sequence;
    if (!conversation_has_roster(c->kind))
        return;
    LIST_EACH(n, &c->calls)
    {
        struct live_call *lc = LIST_OF(n, struct live_call, in_conversation);

        if (is_news(lc, p))
            due(lc);
    }
}

void roster_stop(struct live_call *lc)
{
    timer_stop(&lc->roster.timer);
}
