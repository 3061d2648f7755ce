#include "sip/own_tag.h"

#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"

enum { HALF_BYTES = 8, HALF_CHARS = 2 * HALF_BYTES };

static void to_hex(const uint8_t half[HALF_BYTES], char *out)
{
    for (size_t i = 0; i < HALF_BYTES; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", half[i]);
}

/* The MAC is over the digits, as they come back. */
static void add_mac(const uint8_t key[OWN_TAG_KEY_BYTES], char out[OWN_TAG_SIZE])
{
    uint8_t mac[SHA256_BYTES];

    hash_hmac_sha256(key, OWN_TAG_KEY_BYTES, out, HALF_CHARS, mac);
    to_hex(mac, out + HALF_CHARS);
}

char *own_tag_make(const uint8_t key[OWN_TAG_KEY_BYTES], char out[OWN_TAG_SIZE])
{
    uint8_t dice[HALF_BYTES];

    hash_random(dice, sizeof(dice));
    to_hex(dice, out);
    add_mac(key, out);
    return out;
}

bool own_tag_known(const uint8_t key[OWN_TAG_KEY_BYTES], const char *tag)
{
    char right[OWN_TAG_SIZE];

    if (tag == NULL || strlen(tag) != OWN_TAG_SIZE - 1)
        return false;
    memcpy(right, tag, OWN_TAG_SIZE);
    add_mac(key, right);
    return hash_same(right, tag, OWN_TAG_SIZE - 1);
}
