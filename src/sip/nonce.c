/*
 * nonce.c - digest nonces (RFC 7616 section 5.4) against replay.
 *
 * One thread. Knows nothing of SIP.
 */
#include "sip/nonce.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "crypto/hash.h"

enum {
    NUMBER_LEN = 16,           /* hex digits of a 64 bit number */
    HEAD_LEN = 2 * NUMBER_LEN, /* time, random */
    MAC_BYTES = 16,            /* of the HMAC; 128 bits are enough */
    TEXT_LEN = HEAD_LEN + 2 * MAC_BYTES,
};

struct use {
    struct list_node node;
    uint64_t number;
    int64_t made_ms;
    uint32_t nc;
};

void nonce_init(struct nonce_table *t, int64_t life_ms, size_t max)
{
    *t = (struct nonce_table){.life_ms = life_ms, .max = max, .forgotten_ms = INT64_MIN};
    hash_random(t->secret, sizeof(t->secret));
}

static void forget(struct nonce_table *t, struct use *u)
{
    if (u->made_ms > t->forgotten_ms)
        t->forgotten_ms = u->made_ms;
    list_remove(&u->node);
    (void)map_del_num(&t->used, u->number);
    (void)mem_free(u);
}

void nonce_clear(struct nonce_table *t)
{
    LIST_EACH(n, &t->in_use)
    {
        forget(t, LIST_OF(n, struct use, node));
    }
    map_clear(&t->used);
}

static void mac_text(const struct nonce_table *t, const char *head, const struct addr *who,
                     char out[2 * MAC_BYTES + 1])
{
    uint8_t mac[SHA256_BYTES];
    char text[HEAD_LEN + ADDR_TEXT_SIZE] = "";

    memcpy(text, head, HEAD_LEN);
    (void)addr_ip_text(who, text + HEAD_LEN);
    hash_hmac_sha256(t->secret, sizeof(t->secret), text, strlen(text), mac);
    for (size_t i = 0; i < MAC_BYTES; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", mac[i]);
}

char *nonce_make(struct nonce_table *t, const struct addr *who, int64_t now_ms,
                 char out[NONCE_SIZE])
{
    uint64_t number;

    hash_random(&number, sizeof(number));
    (void)snprintf(out, NONCE_SIZE, "%016" PRIx64 "%016" PRIx64, (uint64_t)now_ms, number);
    mac_text(t, out, who, out + HEAD_LEN);
    return out;
}

/* Sixteen hex digits; the HMAC has said that we wrote them. */
static uint64_t number_at(const char *text)
{
    char part[NUMBER_LEN + 1];

    memcpy(part, text, NUMBER_LEN);
    part[NUMBER_LEN] = '\0';
    return strtoull(part, NULL, 16);
}

enum nonce_verdict nonce_check(const struct nonce_table *t, const char *nonce,
                               const struct addr *who, int64_t now_ms)
{
    char mac[2 * MAC_BYTES + 1];
    int64_t age_ms;

    if (strlen(nonce) != TEXT_LEN)
        return NONCE_FOREIGN;
    mac_text(t, nonce, who, mac);
    if (!hash_same(mac, nonce + HEAD_LEN, sizeof(mac) - 1))
        return NONCE_FOREIGN;
    age_ms = now_ms - (int64_t)number_at(nonce);
    return age_ms >= 0 && age_ms <= t->life_ms ? NONCE_GOOD : NONCE_STALE;
}

/* Makes room: those too old to be accepted again, then the oldest. */
static void make_room(struct nonce_table *t, int64_t now_ms)
{
    while (!list_empty(&t->in_use)) {
        struct use *oldest = LIST_OF(t->in_use.first, struct use, node);

        if (t->in_use.count < t->max && now_ms - oldest->made_ms <= t->life_ms)
            return;
        forget(t, oldest);
    }
}

enum nonce_verdict nonce_use(struct nonce_table *t, const char *nonce, uint32_t nc, int64_t now_ms)
{
    int64_t made_ms = (int64_t)number_at(nonce);
    uint64_t number = number_at(nonce + NUMBER_LEN);
    struct use *u = map_find_num(&t->used, number);

    if (u != NULL) {
        if (nc <= u->nc)
            return NONCE_STALE;
        u->nc = nc;
        return NONCE_GOOD;
    }
    make_room(t, now_ms);
    if (made_ms <= t->forgotten_ms || nc == 0)
        return NONCE_STALE;
    u = mem_new(sizeof(*u));
    u->number = number;
    u->made_ms = made_ms;
    u->nc = nc;
    (void)map_put_num(&t->used, number, u);
    list_push(&t->in_use, &u->node);
    return NONCE_GOOD;
}
