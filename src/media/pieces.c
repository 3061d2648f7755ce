/*
 * pieces.c - memory for payloads that wait to be played. Pure.
 */
#include "media/pieces.h"

#include <string.h>

#include "base/mem.h"

struct pieces *pieces_new(uint32_t count)
{
    struct pieces *p = mem_new(sizeof(*p) + ((size_t)count + 1) * sizeof(p->all[0]));

    p->count = count + 1;
    p->fresh = 1;
    return p;
}

void pieces_free(struct pieces *p)
{
    (void)mem_free(p);
}

static uint32_t take(struct pieces *p, uint32_t *held)
{
    uint32_t at = 0;

    if (p == NULL || *held == PIECES_OF_ONE)
        return 0;
    at = p->free;
    if (at != 0)
        p->free = p->all[at].next;
    else if (p->fresh < p->count)
        at = p->fresh++;
    if (at != 0) {
        p->all[at].next = 0;
        ++*held;
    }
    return at;
}

uint32_t pieces_store(struct pieces *p, uint32_t *held, const uint8_t *payload, size_t len)
{
    uint32_t first = 0, last = 0;

    for (size_t at = 0; at < len; at += PIECE_BYTES) {
        size_t part = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;
        uint32_t piece = take(p, held);

        if (piece == 0) {
            pieces_give(p, held, first);
            return 0;
        }
        memcpy(p->all[piece].bytes, payload + at, part);
        if (first == 0)
            first = piece;
        else
            p->all[last].next = piece;
        last = piece;
    }
    return first;
}

void pieces_give(struct pieces *p, uint32_t *held, uint32_t first)
{
    for (uint32_t at = first; at != 0;) {
        uint32_t next = p->all[at].next;

        p->all[at].next = p->free;
        p->free = at;
        --*held;
        at = next;
    }
}

const uint8_t *pieces_payload(const struct pieces *p, uint32_t first, size_t len, uint8_t *whole)
{
    size_t done = 0;

    if (len <= PIECE_BYTES)
        return p->all[first].bytes;
    for (uint32_t at = first; at != 0; at = p->all[at].next) {
        size_t part = len - done < PIECE_BYTES ? len - done : PIECE_BYTES;

        memcpy(whole + done, p->all[at].bytes, part);
        done += part;
    }
    return whole;
}
