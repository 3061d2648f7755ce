#include "identity/jwt.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "json/json.h"

#define TIME_MAX_S ((int64_t)253402300799) /* the end of the year 9999 */

/* "The <what> <why>" */
static enum err refuse(const struct jwt *t, struct fail *f, const char *why)
{
    return err_set(f, t->refusal, "The %s %s", t->what, why);
}

const char *jwt_claim(const struct jwt *t, const char *name)
{
    return json_text(json_get(t->claims, name));
}

const char *jwt_header(const struct jwt *t, const char *name)
{
    return json_text(json_get(t->header, name));
}

/* One base64url part that holds a JSON object; NULL when it does not. */
static struct json *part(const char *s, size_t len)
{
    struct buf b = {0};
    struct json *j = NULL;

    if (hash_from_base64url(s, len, &b) && b.len > 0)
        j = json_parse(b.data, b.len, NULL);
    buf_clear(&b);
    if (json_kind(j) == JSON_OBJECT)
        return j;
    json_free(j);
    return NULL;
}

/* The library takes the token apart again by rules of its own, so what it gets must leave
 * no room for another reading: three parts of strict base64url, no doubled keys. */
static enum err take_apart(struct jwt *t, struct fail *f)
{
    const char *dot1 = memchr(t->text, '.', t->len);
    const char *end = t->text + t->len;
    const char *dot2 = dot1 != NULL ? memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1)) : NULL;
    struct buf signature = {0};
    bool good;

    if (dot2 == NULL)
        return refuse(t, f, "is no JWT: it has not three parts.");
    good = hash_from_base64url(dot2 + 1, (size_t)(end - dot2 - 1), &signature) && signature.len > 0;
    buf_clear(&signature);
    if (!good)
        return refuse(t, f, "is no signed JWT: its signature is not base64url.");
    t->header = part(t->text, (size_t)(dot1 - t->text));
    t->claims = part(dot1 + 1, (size_t)(dot2 - dot1 - 1));
    if (t->header == NULL || t->claims == NULL)
        return refuse(t, f, "is no JWT: header or claims are not base64url of JSON.");
    return ERR_OK;
}

/* Keys must come from whom we know, never from the token; and an extension that is marked
 * critical must be understood, and none is (RFC 7515, 4.1.11). */
static enum err check_header(const struct jwt *t, struct fail *f)
{
    static const char *const refused[] = {"jwk", "jku", "x5u", "x5c", "crit"};

    for (size_t n = 0; n < sizeof(refused) / sizeof(refused[0]); n++)
        if (json_get(t->header, refused[n]) != NULL)
            return err_set(f, t->refusal, "The %s's header must not have '%s'.", t->what,
                           refused[n]);
    if (jwt_header(t, "alg") == NULL || jwt_header(t, "typ") == NULL ||
        jwt_header(t, "kid") == NULL)
        return err_set(f, t->refusal, "The %s's header must have alg, typ and kid.", t->what);
    return ERR_OK;
}

enum err jwt_read(struct jwt *t, struct fail *f)
{
    enum err e = ERR_OK;

    if (t->len > JWT_MAX)
        e = refuse(t, f, "is longer than 8 KiB.");
    if (e == ERR_OK)
        e = take_apart(t, f);
    return e == ERR_OK ? check_header(t, f) : e;
}

void jwt_clear(struct jwt *t)
{
    json_free(t->header);
    json_free(t->claims);
    t->header = t->claims = NULL;
}

bool jwt_is_typ(const struct jwt *t, const char *want)
{
    static const char prefix[] = "application/";
    const char *typ = jwt_header(t, "typ");

    if (strncasecmp(typ, prefix, sizeof(prefix) - 1) == 0)
        typ += sizeof(prefix) - 1;
    return str_eq_nocase(typ, want);
}

/* A NumericDate in milliseconds (RFC 7519, 2); false when it is none. */
static bool read_time(const struct jwt *t, const char *name, int64_t *ms)
{
    const struct json *j = json_get(t->claims, name);

    if (json_kind(j) != JSON_INT || json_int(j) < 0 || json_int(j) > TIME_MAX_S)
        return false;
    *ms = json_int(j) * 1000;
    return true;
}

enum err jwt_check_times(struct jwt *t, int64_t skew_ms, struct fail *f)
{
    int64_t now_ms = clock_wall_ms();
    int64_t from_ms = 0;

    if (!read_time(t, "exp", &t->expires_ms))
        return refuse(t, f, "does not say when it ends: exp is missing.");
    if (json_get(t->claims, "nbf") != NULL && !read_time(t, "nbf", &from_ms))
        return err_set(f, t->refusal, "The %s's nbf is no time.", t->what);
    if (t->expires_ms + skew_ms <= now_ms)
        return refuse(t, f, "has expired.");
    if (from_ms > now_ms + skew_ms)
        return refuse(t, f, "is not valid yet (nbf).");
    return ERR_OK;
}
