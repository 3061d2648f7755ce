#include "main/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/cert.h"
#include "identity/keys.h"
#include "identity/token.h"
#include "main/reload.h"
#include "main/serve.h"
#include "json/json.h"

enum { READ_BYTES = 65536 };

/* A small file of the data folder as text; NULL when it is not there. To be freed. */
static char *read_small(const char *folder, const char *name)
{
    char *path = str_printf("%s/%s", folder, name);
    FILE *in = fopen(path, "re");
    char *text = NULL;

    if (in != NULL) {
        text = mem_new(READ_BYTES + 1);
        (void)fread(text, 1, READ_BYTES, in);
        (void)fclose(in);
    }
    (void)mem_free(path);
    return text;
}

/* The public URL is in every token; a server on a port that the system chose has written it down.
 */
static const char *public_url(const struct config *c, struct arena *a)
{
    char *ready = read_small(c->server.data, SERVE_READY_FILE);
    struct json *j = ready != NULL ? json_parse(ready, strlen(ready), NULL) : NULL;
    const char *url = c->server.public_url;

    if (url == NULL && json_text(json_get(j, "publicUrl")) != NULL)
        url = arena_dup(a, json_text(json_get(j, "publicUrl")));
    json_free(j);
    (void)mem_free(ready);
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

static int print_token(const struct config *c, const struct command_args *args, struct keys *k,
                       const struct directory *d, struct arena *a)
{
    const char *name = args->app != NULL ? args->app : "Calling Bot";
    const struct application *app = find_app(d, name);
    struct identity *i;
    struct fail f = {.text = "no such application"};
    char *token = NULL;
    struct id tenant;

    if (args->tenant != NULL && !id_read_text(&tenant, args->tenant)) {
        (void)fprintf(stderr, "carillon: --tenant wants a GUID\n");
        return 1;
    }
    i = identity_new(
        &(struct identity_settings){.public_url = public_url(c, a), .embedded_issuer = true}, d, k);
    if (app != NULL)
        token = issuer_token(i, app, args->tenant != NULL ? tenant.text : app->tenant, &f);
    if (token != NULL)
        (void)printf("%s\n", token);
    else
        (void)fprintf(stderr, "carillon: no token for '%s': %s\n", name, f.text);
    identity_free(i);
    (void)mem_free(token);
    return token != NULL ? 0 : 1;
}

int command_token(const struct config *c, const struct command_args *args)
{
    struct arena a = {0};
    struct directory_config dc = c->directory;
    struct directory *d = NULL;
    struct keys *k = NULL;
    struct fail f;
    int code = 1;

    if (!c->api.embedded_issuer.value)
        (void)fprintf(stderr, "carillon: the embedded issuer is off; ask your own for a token\n");
    else if (keys_open(arena_printf(&a, "%s/keys", c->server.data), &k, &f) != ERR_OK ||
             directory_new(&dc, c->sip.realm, &d, &f) != ERR_OK)
        (void)fprintf(stderr, "carillon: %s\n", f.text);
    else
        code = print_token(c, args, k, d, &a);
    directory_free(d);
    keys_close(k);
    arena_clear(&a);
    return code;
}

int command_ca(const struct config *c, const struct command_args *args)
{
    char *pem;

    if (!str_eq(args->word, "print")) {
        (void)fprintf(stderr, "carillon: ca print is what there is\n");
        return 2;
    }
    pem = read_small(c->server.data, "ca.pem");
    if (pem == NULL) {
        (void)fprintf(stderr, "carillon: there is no CA in %s yet; the first start makes it\n",
                      c->server.data);
        return 1;
    }
    (void)fputs(pem, stdout);
    (void)mem_free(pem);
    return 0;
}

/* Whom it knows. The directory forgets passwords: the last check. */
static enum err check_people(const struct config *c, struct fail *f)
{
    struct directory_config dc = c->directory;
    struct directory *d = NULL;
    enum err e = directory_new(&dc, c->sip.realm, &d, f);

    if (e == ERR_OK)
        e = trust_check(&c->identity.issuers, d, f);
    directory_free(d);
    return e;
}

int command_config(const struct config *c, const struct command_args *args)
{
    struct fail f;
    enum err e;

    if (str_eq(args->word, "print")) {
        config_print(c, stdout);
        return 0;
    }
    if (!str_eq(args->word, "check")) {
        (void)fprintf(stderr, "carillon: config check, or config print\n");
        return 2;
    }
    e = config_check(c, &f);
    if (e == ERR_OK && !config_is_dev(c) && config_unsafe(c, stderr) != 0)
        return 1;
    if (e == ERR_OK)
        e = check_people(c, &f);
    if (e == ERR_OK) {
        (void)printf("the configuration is good\n");
        return 0;
    }
    config_locate(args->source->file, &f);
    (void)fprintf(stderr, "carillon: %s\n", f.text);
    return 1;
}
