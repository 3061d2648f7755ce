/*
 * table.h - how the life of a thing is written down: state and event to the next
 * state and what must then be done.
 *
 * The tables are printed into docs/states.md (model/states.h), and their laws are
 * under test. A pair that has no row is refused. Pure; any thread.
 */
#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include <stdbool.h>

/* The two columns of an X-list, as arrays: `names[] = {CALL_STATES(TABLE_NAME)}`. */
#define TABLE_NAME(name, text) #name,
#define TABLE_WORD(name, text) text,

struct rule {
    bool allowed;
    unsigned char to; /* the next state */
    unsigned fx;      /* bits of what must be done, carried out from the lowest to the highest */
};

/* One machine, as data: what the printer and the tests of laws need. */
struct machine {
    const char *name;
    const char *about;
    const char *const *states;
    const char *const *events;
    const char *const *effects;
    int state_count;
    int event_count;
    int effect_count;
    const struct rule *rules; /* [state * event_count + event] */
};

#endif
