#include "identity/join_token.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "identity/identity.h"
#include "identity/jwk.h"
#include "identity/jwt.h"
#include "json/writer.h"

#define LIFE_S ((int64_t)24 * 60 * 60)

char *join_token_make(const struct identity *i, const struct meeting *m, struct fail *f)
{
    int64_t now_s = clock_wall_ms() / 1000;
    struct buf claims = {0};
    struct writer w;
    char *token;

    writer_init(&w, &claims);
    writer_object(&w, NULL);
    writer_text(&w, "tid", m->tenant.text);
    writer_text(&w, "thread", m->thread);
    writer_text(&w, "message", m->message);
    writer_int(&w, "iat", now_s);
    writer_int(&w, "exp", now_s + LIFE_S);
    writer_end(&w);
    token = keys_sign(i->keys, KEY_JOIN, claims.data, f);
    buf_clear(&claims);
    return token;
}

static enum err refuse(struct fail *f, const char *why)
{
    return err_set(f, ERR_JOIN_TOKEN, "%s", why);
}

static enum err check_key(const struct identity *i, const struct jwt *t, struct fail *f)
{
    const struct jwk *key;

    if (!jwt_is_typ(t, keys_typ(KEY_JOIN)))
        return refuse(f, "This is no join token: its typ is not the one of join tokens.");
    key = keys_find(i->keys, KEY_JOIN, jwt_header(t, "kid"));
    if (key == NULL)
        return refuse(f, "The join token is signed with a key (kid) that is not known here.");
    if (strcmp(jwt_header(t, "alg"), jwk_algorithm(key)) != 0)
        return refuse(f, "The join token's alg is not the one of its key.");
    if (!jwk_verify(key, t->text, t->len))
        return refuse(f, "The join token's signature is wrong.");
    return ERR_OK;
}

static enum err read_claims(const struct jwt *t, struct join_token *out, struct fail *f)
{
    const char *thread = jwt_claim(t, "thread");
    const char *message = jwt_claim(t, "message");

    if (!id_read_text(&out->tenant, jwt_claim(t, "tid")) || !meeting_is_thread(thread) ||
        !meeting_is_message(message))
        return refuse(f, "The join token names no meeting.");
    (void)str_copy(out->thread, sizeof(out->thread), thread);
    (void)str_copy(out->message, sizeof(out->message), message);
    out->expires_ms = t->expires_ms;
    return ERR_OK;
}

enum err join_token_verify(const struct identity *i, const char *text, struct join_token *out,
                           struct fail *f)
{
    struct jwt t = {.what = "join token",
                    .refusal = ERR_JOIN_TOKEN,
                    .text = text,
                    .len = strnlen(text, JWT_MAX + 1)};
    enum err e = jwt_read(&t, f);

    *out = (struct join_token){0};
    if (e == ERR_OK)
        e = check_key(i, &t, f);
    if (e == ERR_OK)
        e = jwt_check_times(&t, 0, f);
    if (e == ERR_OK)
        e = read_claims(&t, out, f);
    if (e != ERR_OK)
        *out = (struct join_token){0};
    jwt_clear(&t);
    return e;
}
