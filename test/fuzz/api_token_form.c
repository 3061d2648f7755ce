/*
 * api_token_form.c - fuzz: the body of POST /{tenant}/oauth2/v2.0/token, and Basic.
 *
 * The first line is the Authorization header (empty: none), the second the tenant of the
 * path, the rest the body, read as api/auth.c reads it. Whoever gets a token must have
 * shown a secret of the dev directory, and no secret comes back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "http/server.h"
#include "identity/token.h"
#include "world.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct identity *identity;
static const struct directory_config *known;

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Takes a line off the front, as a text in the arena. */
static const char *take_line(struct arena *a, const char **at, const char *end)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    const char *line = arena_text(a, *at, (size_t)((stop != NULL ? stop : end) - *at));

    *at = stop != NULL ? stop + 1 : end;
    return line;
}

static bool is_secret(const char *text)
{
    for (size_t i = 0; i < known->applications.count; i++)
        if (str_eq(((const struct application *)known->applications.items[i])->secret, text))
            return true;
    return false;
}

static void check(const struct token_request *r, int status, const struct buf *answer)
{
    struct json *j = json_parse(answer->data, answer->len, NULL);
    const char *token = json_text(json_get(j, "access_token"));

    must(json_kind(j) == JSON_OBJECT);
    must((token != NULL) == (status == 200));
    must((json_text(json_get(j, "error")) != NULL) == (status >= 400));
    must(status != 200 || r->basic != NULL || is_secret(r->client_secret));
    must(strstr(answer->data, "-dev-secret") == NULL);
    json_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request http = {0};
    struct token_request r = {0};
    struct buf answer = {0};
    const char *at = (const char *)data;
    const char *end = at + size;

    if (identity == NULL)
        identity = world_open(&known);
    r.basic = take_line(&http.arena, &at, end);
    if (r.basic[0] == '\0')
        r.basic = NULL;
    r.tenant = take_line(&http.arena, &at, end);
    http.body = arena_text(&http.arena, at, (size_t)(end - at));
    http.body_len = (size_t)(end - at);
    r.grant_type = http_form(&http, "grant_type");
    r.client_id = http_form(&http, "client_id");
    r.client_secret = http_form(&http, "client_secret");
    r.scope = http_form(&http, "scope");
    check(&r, issuer_answer(identity, &r, &answer), &answer);
    buf_clear(&answer);
    arena_clear(&http.arena);
    return 0;
}
