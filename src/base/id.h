/*
 * id.h - GUIDs: made, read, compared.
 *
 * Graph's ids are compared without regard to case or dashes, so every id is
 * brought to one form (lower case, dashes) at the door. Any thread.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ID_SIZE = 37 }; /* 36 characters and the 0 */

struct id {
    char text[ID_SIZE];
};

/* Where a call lives; the first 32 bits of its id. */
struct id_place {
    uint8_t region; /* 6 bits */
    uint8_t cell;   /* 6 bits */
    uint16_t node;  /* 12 bits */
    uint8_t epoch;  /* 8 bits: rises with each start of a node */
};

/* A random GUID of version 4 (122 random bits). */
struct id id_new(void);

/* A call's GUID of version 8 (RFC 9562): 32 bits of place, 28 of time, 62 random ones. Of calls
 * that follow each other the ids do so too (until the milliseconds wrap, after three days), so
 * that their rows lie together in the store's indexes. */
struct id id_new_at(struct id_place place, int64_t wall_ms);

/* The place that id_new_at() wrote. */
struct id_place id_place_of(const struct id *id);

/* Reads a GUID with or without dashes, in any case; false when s is none. */
bool id_read(struct id *id, const char *s, size_t len);

/* The same for a text. */
bool id_read_text(struct id *id, const char *s);

#endif
