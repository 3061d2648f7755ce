#include "api/openapi.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/pages.h"
#include "identity/directory.h"
#include "model/graph_schema.h"
#include "json/writer.h"

enum { PATH_BYTES = 192, NAME_BYTES = 64, TEXT_BYTES = 512, DESCRIBED_MAX = 128 };

static const char graph_root[] = "/communications/";
static const char error_ref[] = "#/components/schemas/error";

/* The tags of operations, one for each place. */
static const char *const tags[] = {
    [GRAPH] = "graph", [TOP] = "documents", [ADMIN] = "own", [HEALTH] = "health"};

/* clang-format off */
static const char *const media_types[] = {
    [FORM_NOTHING] = NULL,
    [FORM_ONE]     = "application/json",
    [FORM_MANY]    = "application/json",
    [FORM_JSON]    = "application/json",
    [FORM_WEB]     = "application/x-www-form-urlencoded",
    [FORM_TEXT]    = "text/plain",
    [FORM_BYTES]   = "application/octet-stream",
    [FORM_XML]     = "application/xml",
};
/* clang-format on */

/* What a star stands for: "calls" and a star is "call-id", at the beginning of a path "tenant". */
static void name_star(char out[NAME_BYTES], const char *path, const char *star)
{
    const char *end, *start;

    if (star == path) {
        (void)str_copy(out, NAME_BYTES, "tenant");
        return;
    }
    end = star - 1; /* the slash */
    start = end;
    while (start > path && start[-1] != '/')
        start--;
    if (end[-1] == 's')
        end--;
    (void)snprintf(out, NAME_BYTES, "%.*s-id", (int)(end - start), start);
}

/* The path as OpenAPI writes it. */
static void write_path(char out[PATH_BYTES], const struct route *r)
{
    size_t n = strlen(r->place == GRAPH ? graph_root : "/");

    (void)str_copy(out, PATH_BYTES, r->place == GRAPH ? graph_root : "/");
    for (const char *p = r->path; *p != '\0' && n + NAME_BYTES + 2 < PATH_BYTES; p++) {
        char name[NAME_BYTES];

        if (*p == '*') {
            name_star(name, r->path, p);
            n += (size_t)snprintf(out + n, PATH_BYTES - n, "{%s}", name);
        } else {
            out[n++] = *p;
            out[n] = '\0';
        }
    }
}

static void write_parameter(struct writer *w, const char *name, size_t len, bool in_path)
{
    char text[NAME_BYTES];

    (void)snprintf(text, sizeof(text), "%.*s", (int)len, name);
    writer_object(w, NULL);
    writer_text(w, "name", text);
    writer_text(w, "in", in_path ? "path" : "query");
    writer_bool(w, "required", in_path);
    writer_object(w, "schema");
    writer_text(w, "type", "string");
    writer_end(w);
    writer_end(w);
}

static void write_path_parameters(struct writer *w, const struct route *r)
{
    char name[NAME_BYTES];

    if (strchr(r->path, '*') == NULL)
        return;
    writer_list(w, "parameters");
    for (const char *p = r->path; (p = strchr(p, '*')) != NULL; p++) {
        name_star(name, r->path, p);
        write_parameter(w, name, strlen(name), true);
    }
    writer_end(w);
}

static void write_query(struct writer *w, const struct page *p)
{
    const char *s = p->query;

    if (s == NULL)
        return;
    writer_list(w, "parameters");
    while (*s != '\0') {
        size_t len = strcspn(s, " ");

        write_parameter(w, s, len, false);
        s += len + strspn(s + len, " ");
    }
    writer_end(w);
}

static void write_list_schema(struct writer *w, const struct type *t)
{
    writer_object(w, "schema");
    writer_text(w, "type", "object");
    writer_object(w, "properties");
    writer_object(w, "@odata.context");
    writer_text(w, "type", "string");
    writer_end(w);
    writer_object(w, "value");
    writer_text(w, "type", "array");
    graph_schema_of(w, "items", t);
    writer_end(w);
    writer_end(w);
    writer_end(w);
}

static void write_content(struct writer *w, const struct payload *b)
{
    if (b->form == FORM_NOTHING)
        return;
    writer_object(w, "content");
    writer_object(w, media_types[b->form]);
    if (b->form == FORM_ONE) {
        graph_schema_of(w, "schema", b->type);
    } else if (b->form == FORM_MANY) {
        write_list_schema(w, b->type);
    } else {
        writer_object(w, "schema");
        writer_text(w, "type", b->form == FORM_JSON || b->form == FORM_WEB ? "object" : "string");
        if (b->form == FORM_BYTES)
            writer_text(w, "format", "binary");
        writer_end(w);
    }
    writer_end(w);
    writer_end(w);
}

static void write_error_content(struct writer *w)
{
    writer_object(w, "content");
    writer_object(w, "application/json");
    writer_object(w, "schema");
    writer_text(w, "$ref", error_ref);
    writer_end(w);
    writer_end(w);
    writer_end(w);
}

/* Which of these errors have that status. */
static unsigned of_status(unsigned fails, int status)
{
    unsigned out = 0;

    for (unsigned e = 0; e <= ERR_BUSY; e++)
        if ((fails & (1u << e)) != 0 && err_http((enum err)e) == status)
            out |= 1u << e;
    return out;
}

/* The component that describes these errors of one status: "400.8523.BadRequest". */
static void name_errors(char out[PATH_BYTES], int status, unsigned errors)
{
    size_t n = (size_t)snprintf(out, PATH_BYTES, "%d", status);

    for (unsigned e = 0; e <= ERR_BUSY && n < PATH_BYTES; e++)
        if ((errors & (1u << e)) != 0)
            n += (size_t)snprintf(out + n, PATH_BYTES - n, ".%s", err_code((enum err)e));
}

static void write_error_response(struct writer *w, int status, unsigned errors)
{
    char name[PATH_BYTES], text[TEXT_BYTES] = "";
    size_t n = 0;

    for (unsigned e = 0; e <= ERR_BUSY; e++)
        if ((errors & (1u << e)) != 0 && n < sizeof(text))
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s: %s", n > 0 ? " " : "",
                                  err_code((enum err)e), err_text((enum err)e));
    name_errors(name, status, errors);
    writer_object(w, name);
    writer_text(w, "description", text);
    write_error_content(w);
    writer_list(w, "x-codes");
    for (unsigned e = 0; e <= ERR_BUSY; e++)
        if ((errors & (1u << e)) != 0)
            writer_text(w, NULL, err_code((enum err)e));
    writer_end(w);
    writer_end(w);
}

/* Calls h for each status that these errors have, once. Statuses rise in the table of errors, so
 * those of one status stand together. */
static void each_status(unsigned fails, void (*h)(int status, unsigned errors, void *arg),
                        void *arg)
{
    int last = 0;

    for (unsigned e = 0; e <= ERR_BUSY; e++) {
        int status = err_http((enum err)e);

        if ((fails & (1u << e)) == 0 || status == last)
            continue;
        h(status, of_status(fails, status), arg);
        last = status;
    }
}

static void write_response_ref(struct writer *w, const char *status, const char *name)
{
    char ref[PATH_BYTES + 32];

    (void)snprintf(ref, sizeof(ref), "#/components/responses/%s", name);
    writer_object(w, status);
    writer_text(w, "$ref", ref);
    writer_end(w);
}

static void refer_to_errors(int status, unsigned errors, void *arg)
{
    char key[8], name[PATH_BYTES];

    (void)snprintf(key, sizeof(key), "%d", status);
    name_errors(name, status, errors);
    write_response_ref(arg, key, name);
}

/* What was described already: routes share most of their errors. */
struct described {
    struct writer *w;
    unsigned errors[DESCRIBED_MAX];
    size_t count;
};

static void describe_errors(int status, unsigned errors, void *arg)
{
    struct described *d = arg;

    for (size_t i = 0; i < d->count; i++)
        if (d->errors[i] == errors)
            return;
    assert(d->count < DESCRIBED_MAX);
    d->errors[d->count++] = errors;
    write_error_response(d->w, status, errors);
}

/* Every error that a route refers to, and what else may fail. */
static void write_error_responses(struct writer *w)
{
    struct described d = {.w = w};
    size_t count;
    const struct route *r = routes_all(&count);

    writer_object(w, "responses");
    for (size_t i = 0; i < count; i++)
        if (page_of(&r[i]) != NULL)
            each_status(page_fails(&r[i], page_of(&r[i])), describe_errors, &d);
    writer_object(w, "other");
    writer_text(w, "description", "Whatever else fails.");
    write_error_content(w);
    writer_end(w);
    writer_end(w);
}

static void write_responses(struct writer *w, const struct route *r, const struct page *p)
{
    char key[8];

    writer_object(w, "responses");
    for (size_t i = 0; i < 2 && r->handler != NULL && p->status[i] != 0; i++) {
        (void)snprintf(key, sizeof(key), "%d", p->status[i]);
        writer_object(w, key);
        writer_text(w, "description", i == 0 ? "Done, or begun." : "The same, the other way.");
        write_content(w, &p->gives);
        writer_end(w);
    }
    each_status(page_fails(r, p), refer_to_errors, w);
    write_response_ref(w, "default", "other");
    writer_end(w);
}

static void write_scheme(struct writer *w, const char *name)
{
    writer_object(w, NULL);
    if (name != NULL) {
        writer_list(w, name);
        writer_end(w);
    }
    writer_end(w);
}

/* Our own verbs ask for the operator's token in production alone. */
static void write_security(struct writer *w, const struct route *r, const struct page *p)
{
    writer_list(w, "security");
    if (r->who == TOKEN)
        write_scheme(w, "application");
    else if (r->who != OPEN)
        write_scheme(w, NULL);
    if (r->who == OWN)
        write_scheme(w, "operator");
    writer_end(w);
    if (p->roles == 0)
        return;
    writer_list(w, "x-roles");
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        if ((p->roles & (1u << i)) != 0)
            writer_text(w, NULL, role_name(1u << i));
    writer_end(w);
}

/* "GET" and "calls/" and a star: "get_calls_id". */
static void write_operation_id(struct writer *w, const struct route *r)
{
    char id[PATH_BYTES] = "";
    size_t n = (size_t)snprintf(id, sizeof(id), "%s_", r->method);

    for (const char *p = r->path; *p != '\0' && n + 3 < sizeof(id); p++) {
        if (*p == '*')
            n += (size_t)snprintf(id + n, sizeof(id) - n, "id");
        else
            id[n++] = isalnum((unsigned char)*p) ? *p : '_';
    }
    for (size_t i = 0; i < strlen(r->method); i++)
        id[i] = (char)tolower((unsigned char)id[i]);
    writer_text(w, "operationId", id);
}

static void write_operation(struct writer *w, const struct route *r, const struct page *p)
{
    char method[8] = "";
    char text[TEXT_BYTES];

    for (size_t i = 0; i + 1 < sizeof(method) && r->method[i] != '\0'; i++)
        method[i] = (char)tolower((unsigned char)r->method[i]);
    (void)snprintf(text, sizeof(text), "%s%s%s", p->says,
                   r->handler == NULL ? " Not built: 501." : "",
                   r->who == OWN || r->who == OWN_DEV ? " For callers on this machine." : "");
    writer_object(w, method);
    write_operation_id(w, r);
    writer_list(w, "tags");
    writer_text(w, NULL, tags[r->place]);
    writer_end(w);
    writer_text(w, "summary", text);
    write_query(w, p);
    if (p->takes.form != FORM_NOTHING) {
        writer_object(w, "requestBody");
        write_content(w, &p->takes);
        writer_end(w);
    }
    write_responses(w, r, p);
    write_security(w, r, p);
    writer_end(w);
}

/* Below wherever the document came from: http and https alike. */
static void write_server(struct writer *w, const char *url)
{
    writer_object(w, NULL);
    writer_text(w, "url", url);
    writer_end(w);
}

/* All methods of a path are one item. */
static void write_item(struct writer *w, const struct route *first, const struct route *end)
{
    char path[PATH_BYTES];

    write_path(path, first);
    writer_object(w, path);
    if (first->place == GRAPH) {
        writer_list(w, "servers");
        write_server(w, "./v1.0");
        write_server(w, "./beta");
        writer_end(w);
    }
    write_path_parameters(w, first);
    for (const struct route *r = first; r < end; r++) {
        const struct page *p = page_of(r);

        if (p != NULL && str_eq(r->path, first->path))
            write_operation(w, r, p);
    }
    writer_end(w);
}

static bool is_first(const struct route *all, const struct route *r)
{
    for (const struct route *before = all; before < r; before++)
        if (str_eq(before->path, r->path))
            return false;
    return true;
}

static void write_paths(struct writer *w)
{
    size_t count;
    const struct route *r = routes_all(&count);

    writer_object(w, "paths");
    for (size_t i = 0; i < count; i++)
        if (is_first(r, &r[i]))
            write_item(w, &r[i], r + count);
    writer_end(w);
}

/* {"error":{"code","message","innerError"}}, as reply.c writes it. */
static void write_error_schema(struct writer *w)
{
    static const char schema[] =
        "{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{"
        "\"type\":\"object\",\"required\":[\"code\",\"message\"],\"properties\":{"
        "\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"},"
        "\"innerError\":{\"type\":\"object\",\"properties\":{"
        "\"request-id\":{\"type\":\"string\"},\"client-request-id\":{\"type\":\"string\"},"
        "\"date\":{\"type\":\"string\"}}}}}}}";

    writer_raw(w, "error", schema, sizeof(schema) - 1);
}

static void write_bearer(struct writer *w, const char *name, const char *says)
{
    writer_object(w, name);
    writer_text(w, "type", "http");
    writer_text(w, "scheme", "bearer");
    writer_text(w, "description", says);
    writer_end(w);
}

static void write_components(struct writer *w)
{
    writer_object(w, "components");
    writer_object(w, "schemas");
    write_error_schema(w);
    graph_schemas(w);
    writer_end(w);
    write_error_responses(w);
    writer_object(w, "securitySchemes");
    write_bearer(w, "application",
                 "An access token of an application (client credentials); x-roles of an operation "
                 "names the roles of which it asks for one.");
    write_bearer(w, "operator", "The operator token, which production asks for.");
    writer_end(w);
    writer_end(w);
}

void openapi_write(struct buf *out)
{
    struct writer w;

    writer_init(&w, out);
    writer_object(&w, NULL);
    writer_text(&w, "openapi", "3.0.3");
    writer_object(&w, "info");
    writer_text(&w, "title", "Carillon");
    writer_text(&w, "version", "1.0");
    writer_text(
        &w, "description",
        "A calling server that speaks the Microsoft Graph cloud-communications calls API. "
        "Graph's paths are described below communications; those below app, "
        "applications/{id} and users/{id}/onlineMeetings are the same with the differences "
        "that docs/api.md lists. What is refused before a route is looked for (405, 408, "
        "413, 431) has the body of errors too. Operations with the tag own are on a port of "
        "their own when the server was given one.");
    writer_end(&w);
    writer_list(&w, "servers");
    write_server(&w, "./");
    writer_end(&w);
    write_paths(&w);
    write_components(&w);
    writer_end(&w);
}
