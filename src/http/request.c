/*
 * request.c - what a handler may ask of a request. The loop's thread.
 */
#include <string.h>

#include "base/str.h"
#include "http/server.h"
#include "http/uri.h"

const char *http_header(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (str_eq_nocase(r->headers[i].name, name))
            return r->headers[i].value;
    }
    return NULL;
}

const char *http_query(struct http_request *r, const char *name)
{
    return uri_value(&r->arena, r->query, strlen(r->query), name);
}

const char *http_form(struct http_request *r, const char *name)
{
    return uri_value(&r->arena, r->body, r->body_len, name);
}

static bool is_option(const char *name)
{
    return name[0] == '$' || strncasecmp(name, "%24", 3) == 0;
}

size_t http_query_options(const struct http_request *r)
{
    size_t n = 0;

    for (const char *at = r->query; at != NULL && *at != '\0'; at = strchr(at, '&')) {
        at += *at == '&' ? 1 : 0;
        n += is_option(at) ? 1 : 0;
    }
    return n;
}
