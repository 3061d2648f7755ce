/*
 * key_source.h - an outside issuer's keys: fetched, refreshed in time, kept while it is down.
 *
 * Private to identity/. Refreshed when Cache-Control's max-age is over (5 minutes to 23
 * hours; without one every hour), and when a token names a key that is not known, then
 * at most once a minute. Keys of a fetch 24 hours ago are not used any more. Nobody
 * waits for a fetch. The control thread.
 */
#ifndef IDENTITY_KEY_SOURCE_H
#define IDENTITY_KEY_SOURCE_H

#include <stdbool.h>

#include "identity/keyset.h"
#include "identity/trust.h"

struct loop;
struct key_source;

typedef void key_source_h(void *arg);

struct key_source_settings {
    struct loop *loop;
    fetch_h *fetch;
    void *fetch_arg;
    key_source_h *on_changed; /* keys have gone or come: what was verified may not be good */
    void *arg;
};

/* Begins to fetch at once. t must outlive it. */
struct key_source *key_source_new(const struct trust *t, const struct key_source_settings *with);

/* Fetches no more; what is under way is still told, and is dropped. */
void key_source_stop(struct key_source *s);

/* Nothing may be under way. */
void key_source_free(struct key_source *s);

/* The key with this kid, or NULL. Lives until the loop's next turn. */
const struct keyset_key *key_source_find(const struct key_source *s, const char *kid);

/* A token names a key that is not known: fetches anew, unless that was begun less than a
 * minute ago. */
void key_source_miss(struct key_source *s);

#endif
