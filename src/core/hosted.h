/*
 * hosted.h - the media that an application hosts itself (appHostedMediaConfig): its call's stream.
 *
 * Where it is, is read when the call is made; it is dialled before anybody is rung, and what it
 * is told besides sound (keys, who talks, whose voice is which track) is told from here. A stream
 * that breaks is silent for 15 s at most, then the call ends. The control thread.
 */
#ifndef CORE_HOSTED_H
#define CORE_HOSTED_H

#include "appmedia/appmedia.h"
#include "core/live.h"
#include "model/media_blob.h"
#include "json/writer.h"

/* Where an application's media is; texts live as long as the arena. */
struct hosted_place {
    struct media_blob blob;
    const char *url; /* ws:// or wss:// */
};

/* Reads the blob and judges the address. ERR_BAD_REQUEST. */
NODISCARD enum err hosted_find(const struct control *ctl, const struct graph_call *g,
                               struct hosted_place *out, struct arena *a, struct fail *f);

/* The call's media is there; at lives as long as the call. Nothing is dialled yet. */
void hosted_new(struct live_call *lc, const struct hosted_place *at);

/* Dials the bot; ready is told once, if it can be had while the call is still ESTABLISHING. Who
 * cannot be had ends the call. */
typedef void hosted_ready_h(struct live_call *lc);
void hosted_dial(struct live_call *lc, hosted_ready_h *ready);

/* The bot's port in the room of the call's conversation; 0: the media threads take no more. */
uint32_t hosted_port(struct live_call *lc);

/* The call ends: the bot is told why, and the stream is closed. Fine when there is none. */
void hosted_end(struct live_call *lc);
/* Is nothing left of it? True when there never was one. */
bool hosted_is_over(const struct live_call *lc);
void hosted_free(struct live_call *lc);

/* A key was pressed by somebody of the conversation. */
void hosted_key(const struct live_call *lc, char key);
/* Who talks has changed, or who is in the conversation: its bots hear of it. */
void hosted_talkers(const struct conversation *c);
void hosted_people(const struct conversation *c);
/* Does a bot of this conversation want to know who talks? */
bool hosted_listens(const struct conversation *c);

/* The driver's door, for main/: arg is the control. */
void hosted_on_stream(const struct appmedia_event *e, void *arg);

/* For dumps: an object under key. */
void hosted_write(const struct live_call *lc, struct writer *w, const char *key);

#endif
