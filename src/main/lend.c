#include "main/lend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"
#include "http/server.h"

enum { MOST_BYTES = 20 << 20 };

struct lend {
    struct http_server *http;
    char path[ID_SIZE + 8]; /* nobody guesses it */
    char *bytes;
    size_t len;
};

static void on_request(struct http_request *r, void *arg)
{
    const struct lend *x = arg;
    bool is_it = str_eq(r->path, x->path);

    http_reply(r, &(struct http_reply){.status = is_it ? 200 : 404,
                                       .content_type = is_it ? "audio/wav" : NULL,
                                       .body = is_it ? x->bytes : NULL,
                                       .body_len = is_it ? x->len : 0});
}

static enum err read_whole(struct lend *x, const char *path, struct fail *f)
{
    FILE *in = fopen(path, "re");
    enum err e = ERR_OK;

    if (in == NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s cannot be read: %s", path, strerror(errno));
    x->bytes = mem_new(MOST_BYTES + 1);
    x->len = fread(x->bytes, 1, MOST_BYTES + 1, in);
    if (ferror(in) != 0)
        e = err_set(f, ERR_BAD_REQUEST, "%s cannot be read: %s", path, strerror(errno));
    else if (x->len > MOST_BYTES)
        e = err_set(f, ERR_BAD_REQUEST, "%s is larger than 20 MiB", path);
    (void)fclose(in);
    return e;
}

enum err lend_open(struct loop *l, const char *path, struct arena *a, struct lend **out,
                   const char **uri, struct fail *f)
{
    struct lend *x = mem_new(sizeof(*x));
    const struct id name = id_new();
    char text[ADDR_TEXT_SIZE];
    struct addr at;
    enum err e;

    (void)snprintf(x->path, sizeof(x->path), "/%s.wav", name.text);
    *out = x;
    e = read_whole(x, path, f);
    if (e == ERR_OK)
        e = addr_read(&at, "127.0.0.1:0", true, f);
    if (e == ERR_OK)
        e = http_listen(l, &at, NULL, &(struct http_settings){.on_request = on_request, .arg = x},
                        &x->http, f);
    if (e == ERR_OK)
        *uri = arena_printf(a, "http://%s%s", addr_text(&at, text), x->path);
    return e;
}

void lend_close(struct lend *x)
{
    if (x == NULL)
        return;
    http_close(x->http);
    (void)mem_free(x->bytes);
    (void)mem_free(x);
}
