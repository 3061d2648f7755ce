#include "identity/bot_token.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"
#include "identity/identity.h"
#include "json/writer.h"

char *bot_token_sign(const struct identity *i, const struct bot_token *t, struct fail *f)
{
    int64_t now_s = clock_wall_ms() / 1000;
    struct id jti = id_new();
    struct buf claims = {0};
    struct writer w;
    char *token;

    writer_init(&w, &claims);
    writer_object(&w, NULL);
    writer_text(&w, "iss", t->issuer);
    writer_text(&w, "aud", t->application);
    writer_text(&w, "tid", t->tenant);
    if (t->call != NULL)
        writer_text(&w, "callId", t->call);
    writer_int(&w, "nbf", now_s);
    writer_int(&w, "iat", now_s);
    writer_int(&w, "exp", now_s + t->seconds);
    writer_text(&w, "jti", jti.text);
    writer_end(&w);
    token = keys_sign(i->keys, t->kind, claims.data, f);
    buf_clear(&claims);
    return token;
}
