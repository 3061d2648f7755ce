/*
 * sign.c - the signature of Standard Webhooks, scheme v1 (symmetric).
 *
 * Pure, any thread. It neither keeps nor logs a secret.
 */
#include "webhook/sign.h"

#include <string.h>

#include "crypto/hash.h"

bool sign_webhook(const char *secret, const void *p, size_t n, struct buf *out)
{
    static const char prefix[] = "whsec_";
    uint8_t mac[SHA256_BYTES];
    struct buf key = {0};

    if (!str_starts(secret, prefix))
        return false;
    secret += sizeof(prefix) - 1;
    if (!hash_from_base64(secret, strlen(secret), &key) || key.len == 0) {
        buf_clear(&key);
        return false;
    }
    hash_hmac_sha256(key.data, key.len, p, n, mac);
    buf_clear(&key);
    buf_text(out, "v1,");
    hash_base64(mac, sizeof(mac), out);
    return true;
}
