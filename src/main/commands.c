#include "main/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/cert.h"
#include "main/bearer.h"
#include "main/reload.h"

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

int command_token(const struct config *c, const struct command_args *args)
{
    const char *name = args->app != NULL ? args->app : BEARER_APP;
    const char *token = NULL;
    struct arena a = {0};
    struct fail f = {0};
    struct id tenant;
    enum err e = ERR_OK;

    if (args->tenant != NULL && !id_read_text(&tenant, args->tenant))
        e = err_set(&f, ERR_BAD_REQUEST, "--tenant wants a GUID");
    if (e == ERR_OK)
        e = bearer_issue(c, name, args->tenant != NULL ? tenant.text : NULL, &a, &token, &f);
    if (e == ERR_OK)
        (void)printf("%s\n", token);
    else
        (void)fprintf(stderr, "carillon: %s\n", f.text);
    arena_clear(&a);
    return e == ERR_OK ? 0 : 1;
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
