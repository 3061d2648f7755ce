#include "model/participant.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"

#define ON(from, event, then, effects) \
    [PARTICIPANT_##from][PARTICIPANT_EV_##event] = {true, PARTICIPANT_##then, effects}
#define FX PARTICIPANT_FX
/* Who was seen by others is missed by them; who never was in leaves no trace in a roster. */
#define LEFT (FX(SHOW) | FX(COUNT))
#define OUT (FX(SEND_OFF) | FX(COUNT))

/* clang-format off */
static const struct rule rules[PARTICIPANT_STATE_COUNT][PARTICIPANT_EVENT_COUNT] = {
    ON(ARRIVING, INVITE,  INVITED, FX(COUNT)),
    ON(ARRIVING, ENTER,   IN,      FX(SEAT) | FX(SHOW) | FX(COUNT)),
    ON(ARRIVING, ASK,     ASKED,   FX(HOLD_BACK) | FX(COUNT)),
    ON(ARRIVING, WAIT,    LOBBY,   FX(HOLD_BACK) | FX(SHOW) | FX(COUNT)),
    ON(ARRIVING, REMOVE,  GONE,    OUT),
    ON(ARRIVING, LEAVE,   GONE,    FX(COUNT)),
    ON(ARRIVING, END,     GONE,    OUT),

    ON(INVITED,  ENTER,   IN,      FX(SEAT) | FX(SHOW) | FX(COUNT)),
    ON(INVITED,  REMOVE,  GONE,    OUT),
    ON(INVITED,  LEAVE,   GONE,    FX(COUNT)),
    ON(INVITED,  END,     GONE,    OUT),

    ON(ASKED,    ENTER,   IN,      FX(STOP_WAITING) | FX(SEAT) | FX(SHOW) | FX(COUNT)),
    ON(ASKED,    WAIT,    LOBBY,   FX(STOP_WAITING) | FX(HOLD_BACK) | FX(SHOW)),
    ON(ASKED,    REMOVE,  GONE,    FX(STOP_WAITING) | OUT),
    ON(ASKED,    LEAVE,   GONE,    FX(STOP_WAITING) | FX(COUNT)),
    ON(ASKED,    OVERDUE, GONE,    FX(STOP_WAITING) | OUT),
    ON(ASKED,    END,     GONE,    FX(STOP_WAITING) | OUT),

    ON(LOBBY,    ADMIT,   IN,      FX(STOP_WAITING) | FX(SEAT) | FX(SHOW) | FX(COUNT)),
    ON(LOBBY,    DENY,    GONE,    FX(STOP_WAITING) | FX(SHOW) | OUT),
    ON(LOBBY,    REMOVE,  GONE,    FX(STOP_WAITING) | FX(SHOW) | OUT),
    ON(LOBBY,    LEAVE,   GONE,    FX(STOP_WAITING) | LEFT),
    ON(LOBBY,    OVERDUE, GONE,    FX(STOP_WAITING) | FX(SHOW) | OUT),
    ON(LOBBY,    END,     GONE,    FX(STOP_WAITING) | OUT),

    ON(IN,       REMOVE,  GONE,    FX(SHOW) | OUT),
    ON(IN,       LEAVE,   GONE,    LEFT),
    ON(IN,       END,     GONE,    OUT),
};
/* clang-format on */

static const char *const words[] = {PARTICIPANT_STATES(TABLE_WORD)};
static const char *const state_names[] = {PARTICIPANT_STATES(TABLE_NAME)};
static const char *const event_names[] = {PARTICIPANT_EVENTS(TABLE_NAME)};
static const char *const effect_names[] = {PARTICIPANT_EFFECTS(TABLE_NAME)};

const struct machine participant_machine = {
    .name = "participant",
    .about = "One party of a conversation, however it is reached.",
    .states = state_names,
    .events = event_names,
    .effects = effect_names,
    .state_count = PARTICIPANT_STATE_COUNT,
    .event_count = PARTICIPANT_EVENT_COUNT,
    .effect_count = PARTICIPANT_EFFECT_COUNT,
    .rules = &rules[0][0],
};

void participant_init(struct participant *p, const struct id *id, enum party_kind kind,
                      const char *identity, const char *name, const char *tenant)
{
    *p = (struct participant){.id = *id, .kind = kind};
    p->identity = str_dup(identity);
    p->name = str_dup(name);
    p->tenant = str_dup(tenant);
}

void participant_clear(struct participant *p)
{
    p->identity = mem_free(p->identity);
    p->name = mem_free(p->name);
    p->tenant = mem_free(p->tenant);
    p->pseudonym = mem_free(p->pseudonym);
    p->metadata = mem_free(p->metadata);
}

void participant_set_pseudonym(struct participant *p, const char *pseudonym)
{
    char *copy = str_dup(pseudonym);

    (void)mem_free(p->pseudonym);
    p->pseudonym = copy;
}

void participant_set_metadata(struct participant *p, const char *metadata)
{
    char *copy = str_dup(metadata);

    (void)mem_free(p->metadata);
    p->metadata = copy;
}

const char *participant_state_name(enum participant_state s)
{
    return words[s];
}

enum err participant_handle(struct participant *p, enum participant_event ev, unsigned *fx,
                            struct fail *f)
{
    const struct rule *r = &rules[p->state][ev];

    if (!r->allowed)
        return err_set(f, ERR_CONFLICT, "The participant cannot be told %s: it is %s.",
                       event_names[ev], words[p->state]);
    p->state = (enum participant_state)r->to;
    *fx = r->fx;
    return ERR_OK;
}

bool participant_is_shown(const struct participant *p)
{
    return (p->state == PARTICIPANT_IN || p->state == PARTICIPANT_LOBBY) && !p->hidden;
}

bool participant_is_muted(const struct participant *p)
{
    return p->muted_itself || p->muted_by_others || p->on_hold;
}

bool participant_is_person(const struct participant *p)
{
    return p->kind == PARTY_USER;
}

static void fill_identity(const struct participant *p, struct participant_page *out)
{
    out->identity = (struct graph_identity){.odata = {.type = &graph_identity_type},
                                            .display_name = p->name,
                                            .id = p->identity,
                                            .tenant_id = p->tenant};
    out->set.odata.type = &graph_identity_set_type;
    out->info.odata.type = &graph_participant_info_type;
    out->info.identity = &out->set;
    if (p->pseudonym != NULL) {
        out->identity = (struct graph_identity){.odata = {.type = &graph_encrypted_identity_type},
                                                .id = p->pseudonym};
        out->set.encrypted = &out->identity;
        return;
    }
    switch (p->kind) {
    case PARTY_APPLICATION:
        out->set.application = &out->identity;
        break;
    case PARTY_GUEST:
        out->set.guest = &out->identity;
        break;
    case PARTY_USER:
        out->set.user = &out->identity;
        break;
    }
}

/* What its stream does with the others'. In the lobby, and of one who muted itself, Graph shows
 * sendReceive: the stream stands, isInLobby and isMuted say the rest. */
static enum graph_media_direction direction_of(const struct participant *p)
{
    if (p->holds || p->on_hold)
        return GRAPH_MEDIA_DIRECTION_INACTIVE;
    return p->muted_by_others ? GRAPH_MEDIA_DIRECTION_RECEIVE_ONLY
                              : GRAPH_MEDIA_DIRECTION_SEND_RECEIVE;
}

static void fill_audio(const struct participant *p, struct participant_page *out)
{
    (void)snprintf(out->source_id, sizeof(out->source_id), "%u", p->source_id);
    out->audio = (struct graph_media_stream){
        .odata = {.type = &graph_media_stream_type},
        .media_type = GRAPH_MODALITY_AUDIO,
        .source_id = out->source_id,
        .label = "main-audio",
        .direction = (int)direction_of(p),
        .server_muted = {.set = true, .value = p->muted_by_others || p->on_hold},
    };
    out->streams[0] = &out->audio;
    out->row.media_streams = (struct objects){.count = 1, .items = out->streams};
}

/* Who shares sends alone, who looks on receives alone. */
static void fill_screen(const struct participant *p, struct participant_page *out)
{
    bool shares = p->sharing == GRAPH_SCREEN_SHARING_ROLE_SHARER;

    if (p->sharing == 0)
        return;
    (void)snprintf(out->screen_id, sizeof(out->screen_id), "%u", p->screen_id);
    out->screen = (struct graph_media_stream){
        .odata = {.type = &graph_media_stream_type},
        .media_type = GRAPH_MODALITY_VIDEO_BASED_SCREEN_SHARING,
        .source_id = out->screen_id,
        .label = "applicationsharing-video",
        .direction =
            (int)(shares ? GRAPH_MEDIA_DIRECTION_SEND_ONLY : GRAPH_MEDIA_DIRECTION_RECEIVE_ONLY),
        .server_muted = {.set = true, .value = false},
    };
    out->streams[out->row.media_streams.count++] = &out->screen;
}

void participant_fill(const struct participant *p, bool delta, struct participant_page *out)
{
    *out = (struct participant_page){.row = {.odata = {.type = &graph_participant_type}}};
    fill_identity(p, out);
    fill_audio(p, out);
    fill_screen(p, out);
    out->row.info = &out->info;
    out->row.is_muted = (struct opt_bool){.set = true, .value = participant_is_muted(p)};
    out->row.is_in_lobby = (struct opt_bool){.set = true, .value = p->state == PARTICIPANT_LOBBY};
    out->row.metadata = p->metadata;
    out->row.id = p->id.text;
    if (p->recording != 0) {
        out->recording = (struct graph_recording_info){
            .odata = {.type = &graph_recording_info_type},
            .recording_status = p->recording,
            .initiator = &out->set,
            .initiated_by = &out->info,
        };
        out->row.recording_info = &out->recording;
    }
    if (!delta)
        return;
    out->row.roster_sequence_number = (struct opt_int){.set = true, .value = p->changed};
    if (p->state == PARTICIPANT_GONE) {
        out->removed = (struct graph_removed_state){.odata = {.type = &graph_removed_state_type},
                                                    .reason = p->removed_why};
        out->row.removed_state = &out->removed;
    }
}
