#include "main/bearer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "identity/keys.h"
#include "identity/token.h"
#include "main/ready.h"

enum { TOKEN_BYTES = 16384 };

static const char variable[] = "CARILLON_TOKEN";

/* The public URL is in every token; a server on a port that the system chose has written it down.
 */
static const char *public_url(const struct config *c, struct arena *a)
{
    const char *url = c->server.public_url;

    if (url == NULL)
        url = ready_public_url(c->server.data, a);
    return url != NULL ? url : arena_printf(a, "http://%s", c->server.http);
}

static const struct application *find_app(const struct directory *d, const char *name)
{
    const struct application *app = directory_application_named(d, name);
    struct id id;

    if (app == NULL && id_read_text(&id, name))
        app = directory_application(d, id.text);
    return app;
}

struct making {
    const char *app;
    const char *tenant;
    const struct directory *directory;
    struct keys *keys;
};

static enum err make(const struct config *c, const struct making *m, struct arena *a,
                     const char **out, struct fail *f)
{
    const struct application *app = find_app(m->directory, m->app);
    struct fail why = {.text = "no such application"};
    struct identity *i;
    char *token = NULL;

    i = identity_new(
        &(struct identity_settings){.public_url = public_url(c, a), .embedded_issuer = true},
        m->directory, m->keys);
    if (app != NULL)
        token = issuer_token(i, app, m->tenant != NULL ? m->tenant : app->tenant, &why);
    identity_free(i);
    *out = arena_dup(a, token);
    (void)mem_free(token);
    if (*out == NULL)
        return err_set(f, ERR_BAD_REQUEST, "no token for '%s': %s", m->app, why.text);
    return ERR_OK;
}

enum err bearer_issue(const struct config *c, const char *app, const char *tenant, struct arena *a,
                      const char **out, struct fail *f)
{
    struct directory_config dc = c->directory;
    struct directory *d = NULL;
    struct keys *k = NULL;
    enum err e;

    if (!c->api.embedded_issuer.value)
        return err_set(f, ERR_BAD_REQUEST, "the embedded issuer is off; ask your own for a token");
    e = keys_open(arena_printf(a, "%s/keys", c->server.data), &k, f);
    if (e == ERR_OK)
        e = directory_new(&dc, c->sip.realm, &d, f);
    if (e == ERR_OK)
        e = make(c, &(struct making){.app = app, .tenant = tenant, .directory = d, .keys = k}, a,
                 out, f);
    directory_free(d);
    keys_close(k);
    return e;
}

/* The first line of a file. */
static enum err read_token(const char *path, struct arena *a, const char **out, struct fail *f)
{
    FILE *in = fopen(path, "re");
    char *text;
    size_t n;

    if (in == NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s cannot be read: %s", path, strerror(errno));
    text = arena_new(a, TOKEN_BYTES + 1);
    n = fread(text, 1, TOKEN_BYTES, in);
    (void)fclose(in);
    text[n] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (text[0] == '\0' || strpbrk(text, " \t") != NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s has no token in its first line", path);
    *out = text;
    return ERR_OK;
}

enum err bearer_find(const struct config *c, const struct bearer_wish *w, struct arena *a,
                     const char **out, struct fail *f)
{
    const char *brought = getenv(variable);
    enum err e;

    if (w->file != NULL)
        return read_token(w->file, a, out, f);
    if (brought != NULL && brought[0] != '\0' && !w->is_said) {
        *out = arena_dup(a, brought);
        if (strpbrk(brought, " \t\r\n") != NULL)
            return err_set(f, ERR_BAD_REQUEST, "what is in %s is no token", variable);
        return ERR_OK;
    }
    e = bearer_issue(c, w->app, w->tenant, a, out, f);
    if (e != ERR_OK && !c->api.embedded_issuer.value)
        return err_set(f, e,
                       "the embedded issuer is off: put a token of your own issuer into %s, or "
                       "into a file for --token-file",
                       variable);
    return e;
}
