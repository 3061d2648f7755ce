#include "main/operator.h"

#include <string.h>

#include "base/log.h"
#include "main/secret.h"

enum err operator_token(const struct config *c, struct arena *a, const char **out, struct fail *f)
{
    const char *path = arena_printf(a, "%s/operator-token", c->server.data);
    char text[SECRET_TEXT_SIZE];
    bool is_new;
    enum err e;

    *out = NULL;
    if (config_is_dev(c))
        return ERR_OK;
    if (c->server.operator_token != NULL) {
        *out = c->server.operator_token;
        return ERR_OK;
    }
    e = secret_get(path, "operator's token", text, &is_new, f);
    if (e != ERR_OK)
        return e;
    if (is_new)
        log_line(LOG_INFO, "main", NULL, "the operator's token was made: it is in %s", path);
    *out = arena_dup(a, text);
    explicit_bzero(text, sizeof(text));
    return ERR_OK;
}
