#include "model/shape.h"

#include "base/id.h"
#include "base/str.h"

static const struct {
    const char *text;
    bool built;
} rows[SHAPE_COUNT] = {
#define X(name, text, built) [SHAPE_##name] = {text, built},
    SHAPES(X)
#undef X
};

const char *shape_text(enum shape s)
{
    return rows[s].text;
}

bool shape_is_built(enum shape s)
{
    return rows[s].built;
}

static bool is_guest(const struct graph_call *g)
{
    return g->source != NULL && g->source->identity != NULL && g->source->identity->guest != NULL;
}

const char *shape_target_user(const struct graph_invitation_participant_info *t)
{
    const struct graph_identity_set *who = t->info.identity;

    return who->user != NULL ? who->user->id : NULL;
}

enum err shape_check_user(const struct graph_invitation_participant_info *t, size_t at,
                          struct fail *f)
{
    struct id id;

    if (t->info.identity->user == NULL)
        return err_set(f, ERR_BAD_REQUEST, "'targets[%zu].identity' must name a user or a phone.",
                       at);
    if (t->info.identity->user->id == NULL)
        return err_set(f, ERR_BAD_REQUEST, "'targets[%zu].identity.user.id' is missing.", at);
    if (!id_read_text(&id, t->info.identity->user->id))
        return err_set(f, ERR_BAD_REQUEST, "'targets[%zu].identity.user.id' must be a GUID.", at);
    return ERR_OK;
}

static enum err target_shape(const struct graph_call *g, enum shape *out, struct fail *f)
{
    const struct graph_invitation_participant_info *t = g->targets.items[0];

    if (t->info.identity->phone != NULL) {
        *out = SHAPE_PSTN;
        return ERR_OK;
    }
    if (shape_check_user(t, 0, f) != ERR_OK)
        return f->err;
    *out = SHAPE_P2P;
    return ERR_OK;
}

static enum err group_shape(const struct graph_call *g, enum shape *out, struct fail *f)
{
    for (size_t i = 0; i < g->targets.count; i++) {
        const struct graph_invitation_participant_info *t = g->targets.items[i];

        if (t->info.identity->phone == NULL && shape_check_user(t, i, f) != ERR_OK)
            return f->err;
    }
    *out = SHAPE_GROUP;
    return ERR_OK;
}

/* A guest is one whichever way it found the meeting. */
static enum err join_shape(const struct graph_call *g, enum shape *out, struct fail *f)
{
    const struct type *kind = g->meeting_info->odata.type;

    if (kind == &graph_token_meeting_info_type)
        *out = SHAPE_JOIN_BY_TOKEN;
    else if (kind == &graph_join_meeting_id_meeting_info_type)
        *out = SHAPE_JOIN_BY_ID;
    else if (g->chat_info != NULL)
        *out = SHAPE_JOIN;
    else
        return err_set(f, ERR_BAD_REQUEST,
                       "'chatInfo' is missing; a join needs it beside 'meetingInfo'.");
    if (is_guest(g))
        *out = SHAPE_JOIN_AS_GUEST;
    return ERR_OK;
}

enum err shape_of(const struct graph_call *g, enum shape *out, struct fail *f)
{
    bool coordinates = g->chat_info != NULL || g->meeting_info != NULL;

    if (g->targets.count == 0 && !coordinates)
        return err_set(f, ERR_BAD_REQUEST,
                       "'targets' is missing; a call needs a target or a meeting to join.");
    if (g->targets.count != 0 && is_guest(g))
        return err_set(f, ERR_BAD_REQUEST,
                       "'source.identity.guest' goes with a join; a guest rings nobody.");
    if (g->targets.count > 1 || (g->targets.count == 1 && coordinates))
        return group_shape(g, out, f);
    if (g->targets.count == 1)
        return target_shape(g, out, f);
    if (g->meeting_info == NULL)
        return err_set(f, ERR_BAD_REQUEST,
                       "'meetingInfo' is missing; a join needs it beside 'chatInfo'.");
    return join_shape(g, out, f);
}

bool shape_is_app_hosted(const struct graph_call *g)
{
    return g->media_config != NULL &&
           g->media_config->odata.type == &graph_app_hosted_media_config_type;
}
