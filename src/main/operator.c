#include "main/operator.h"

#include <string.h>

#include "base/log.h"
#include "main/secret.h"

static const char name[] = "operator's token";

static const char *path_of(const struct config *c, struct arena *a)
{
    return arena_printf(a, "%s/operator-token", c->server.data);
}

static const char *keep(struct arena *a, char text[SECRET_TEXT_SIZE])
{
    const char *kept = arena_dup(a, text);

    explicit_bzero(text, SECRET_TEXT_SIZE);
    return kept;
}

enum err operator_token(const struct config *c, struct arena *a, const char **out, struct fail *f)
{
    const char *path = path_of(c, a);
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
    e = secret_get(path, name, text, &is_new, f);
    if (e != ERR_OK)
        return e;
    if (is_new)
        log_line(LOG_INFO, "main", NULL, "the operator's token was made: it is in %s", path);
    *out = keep(a, text);
    return ERR_OK;
}

enum err operator_token_find(const struct config *c, struct arena *a, const char **out,
                             struct fail *f)
{
    char text[SECRET_TEXT_SIZE];
    enum err e;

    *out = c->server.operator_token;
    if (*out != NULL)
        return ERR_OK;
    e = secret_find(path_of(c, a), name, text, f);
    if (e == ERR_OK)
        *out = keep(a, text);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}
