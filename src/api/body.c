#include "api/body.h"

#include <string.h>

#include "base/count.h"
#include "base/str.h"

bool body_is(const struct http_request *r, const char *type)
{
    const char *said = http_header(r, "Content-Type");
    size_t n = strlen(type);

    /* what may follow is a parameter, a blank, or the end, which strchr() finds too */
    return said != NULL && strncasecmp(said, type, n) == 0 && strchr("; \t", said[n]) != NULL;
}

enum err body_read(struct ask *a, const struct type *t, void *out, struct arena *arena,
                   bool may_be_empty, struct fail *f)
{
    const struct http_request *r = a->http;
    bool lenient = false;
    struct json *j;
    enum err e;

    (void)memset(out, 0, t->size);
    if (r->body_len == 0 && may_be_empty)
        return ERR_OK;
    if (!body_is(r, "application/json"))
        return err_set(f, ERR_MEDIA_TYPE, "%s", err_text(ERR_MEDIA_TYPE));
    if (a->api->settings.strict_json)
        j = json_parse(r->body, r->body_len, f);
    else
        j = json_parse_lenient(r->body, r->body_len, &lenient, f);
    if (j == NULL)
        return f->err;
    count_add(COUNT_HTTP_LENIENT, lenient ? 1 : 0);
    e = fields_read(j, t, out, arena, f);
    json_free(j);
    return e;
}

static const char *version_of(const struct ask *a)
{
    return a->v1 ? "v1.0" : "beta";
}

static const char *root_of(const struct ask *a)
{
    static const char *const names[] = {
        [ROOT_APP] = "app", [ROOT_COMMUNICATIONS] = "communications", [ROOT_USERS] = "users"};

    return names[a->root];
}

const char *body_our_url(const struct ask *a)
{
    return a->http->tls ? a->api->settings.tls_url : a->api->settings.public_url;
}

/* The root as a context has it: what stands in its path in brackets. */
static const char *root_in_context(const struct ask *a)
{
    if (a->root != ROOT_USERS)
        return root_of(a);
    return arena_printf(&a->http->arena, "users('%s')", a->user);
}

const char *body_call_url(const struct ask *a, const char *id)
{
    return arena_printf(&a->http->arena, "%s/%s/%s/calls/%s", body_our_url(a), version_of(a),
                        root_of(a), id);
}

const char *body_meeting_url(const struct ask *a, const char *id)
{
    bool is_users = a->root == ROOT_USERS;

    return arena_printf(&a->http->arena, "%s/%s/%s%s%s/onlineMeetings/%s", body_our_url(a),
                        version_of(a), root_of(a), is_users ? "/" : "", is_users ? a->user : "",
                        id);
}

const char *body_context(const struct ask *a, const char *what)
{
    return arena_printf(&a->http->arena, "%s/%s/$metadata#%s/%s/$entity", body_our_url(a),
                        version_of(a), root_in_context(a), what);
}

const char *body_collection(const struct ask *a, const char *what)
{
    return arena_printf(&a->http->arena, "%s/%s/$metadata#%s/%s", body_our_url(a), version_of(a),
                        root_in_context(a), what);
}
