/*
 * pieces.h - memory for payloads that wait to be played, shared by all legs of a media thread.
 *
 * Pieces of 80 bytes: 10 ms of G.711 or G.722; a packet that cannot be cut is a chain of them. Most
 * legs hold few, and memory that was never touched is never resident. One leg can take
 * PIECES_OF_ONE at most, so it cannot take the memory of the others. Pure; one thread.
 */
#ifndef MEDIA_PIECES_H
#define MEDIA_PIECES_H

#include <stddef.h>
#include <stdint.h>

enum { PIECE_BYTES = 80, PIECES_OF_ONE = 256 };

/* Index 0 is none; those given back are in a chain and are taken first. */
struct piece {
    uint32_t next; /* of the same payload, or of those given back */
    uint8_t bytes[PIECE_BYTES];
};

struct pieces {
    uint32_t count;
    uint32_t fresh; /* never taken yet: this one and those above */
    uint32_t free;
    struct piece all[];
};

struct pieces *pieces_new(uint32_t count);
void pieces_free(struct pieces *p); /* NULL is fine; nobody holds any */

/* Keeps a payload; *held: how many pieces its leg has. Returns the first piece; 0: there are not
 * enough. p NULL: there are none. */
uint32_t pieces_store(struct pieces *p, uint32_t *held, const uint8_t *payload, size_t len);

/* Gives a payload's pieces back. */
void pieces_give(struct pieces *p, uint32_t *held, uint32_t first);

/* A payload of len bytes as a whole: where it lies, or copied to `whole`, which has room for it. */
const uint8_t *pieces_payload(const struct pieces *p, uint32_t first, size_t len, uint8_t *whole);

#endif
