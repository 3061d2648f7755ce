/*
 * own_tag.h - the tags of From and To that we make: random, and known again as ours.
 *
 * Random, because the library only counts on, and who has got one tag could say BYE in
 * the name of others (RFC 3261 section 19.3). The second half is a MAC of the first: so a
 * 200 that comes after a crash shows that our INVITE of before it is meant, although
 * nothing else is known of it any more (stray.h). Pure.
 */
#ifndef SIP_OWN_TAG_H
#define SIP_OWN_TAG_H

#include <stdbool.h>
#include <stdint.h>

enum { OWN_TAG_KEY_BYTES = 32, OWN_TAG_SIZE = 33 };

/* A new tag, 32 hex digits; returns out. */
char *own_tag_make(const uint8_t key[OWN_TAG_KEY_BYTES], char out[OWN_TAG_SIZE]);

/* Was it made with this key? NULL was not. */
bool own_tag_known(const uint8_t key[OWN_TAG_KEY_BYTES], const char *tag);

#endif
