#include "identity/media_token.h"

#include "identity/bot_token.h"
#include "identity/identity.h"

char *media_token_make(const struct identity *i, const struct media_token *t, struct fail *f)
{
    return bot_token_sign(i,
                          &(struct bot_token){.kind = KEY_MEDIA,
                                              .seconds = MEDIA_TOKEN_SECONDS,
                                              .issuer = t->issuer,
                                              .application = t->application,
                                              .tenant = t->tenant,
                                              .call = t->call},
                          f);
}

void media_keys(const struct identity *i, struct buf *out)
{
    keys_jwks(i->keys, KEY_MEDIA, out);
}
