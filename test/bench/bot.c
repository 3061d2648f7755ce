#include "bot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "watch.h"
#include "wire.h"

enum { REQUEST_SIZE = 8192, ANSWER_SIZE = 16384, HEAD_SIZE = 4096, LINE = 1 << 16 };

struct wish {
    enum ask kind;
    struct entry *e;
    uint64_t wanted_ns;
};

struct line_out {
    struct watch watch;
    struct wire wire;
    struct line_out *next_free;
    struct wish wish;
    bool is_busy; /* between a request and its answer */
    uint64_t sent_ns;
    char in[ANSWER_SIZE + 1];
    size_t have;
};

static struct bot_settings set;
static struct line_out *free_lines;
static struct wish line[LINE];
static size_t line_from, line_to;
static struct samples took[ASK_KINDS];
static char head[HEAD_SIZE];
static char create_body[2048];
static char play_body[2048];
static char first_failure[600];
static long failures;
static long waiting;
static bool is_closed;

static int write_request(char *out, const struct wish *w)
{
    const char *body = "";
    char path[128];

    switch ((int)w->kind) {
    case ASK_CREATE:
        body = create_body;
        (void)snprintf(path, sizeof(path), "POST /beta/app/calls");
        break;
    case ASK_PLAY:
        body = play_body;
        (void)snprintf(path, sizeof(path), "POST /beta/app/calls/%s/playPrompt", w->e->id);
        break;
    case ASK_GET:
        (void)snprintf(path, sizeof(path), "GET /beta/app/calls/%s", w->e->id);
        break;
    default:
        (void)snprintf(path, sizeof(path), "DELETE /beta/app/calls/%s", w->e->id);
        break;
    }
    if (body[0] == '\0')
        return snprintf(out, REQUEST_SIZE, "%s HTTP/1.1\r\n%s\r\n", path, head);
    return snprintf(
        out, REQUEST_SIZE,
        "%s HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", path,
        head, strlen(body), body);
}

static void send_wish(struct line_out *c, const struct wish *w)
{
    char out[REQUEST_SIZE];
    int n = write_request(out, w);

    c->wish = *w;
    c->is_busy = true;
    c->sent_ns = watch_now();
    wire_send(&c->wire, out, (size_t)n);
}

static void next(struct line_out *c)
{
    if (line_from != line_to) {
        send_wish(c, &line[line_from++ % LINE]);
        return;
    }
    c->next_free = free_lines;
    free_lines = c;
}

static void failed(const struct line_out *c)
{
    failures++;
    if (first_failure[0] == '\0')
        for (size_t i = 0; i < sizeof(first_failure) - 1 && c->in[i] != '\0'; i++)
            first_failure[i] =
                (char)(c->in[i] < ' ' || c->in[i] == '"' || c->in[i] == '\\' ? ' ' : c->in[i]);
    set.on_failure(c->wish.kind);
}

static void answered(struct line_out *c)
{
    static const long wanted[ASK_KINDS] = {
        [ASK_CREATE] = 201, [ASK_PLAY] = 200, [ASK_GET] = 200, [ASK_DELETE] = 204};
    struct wish w = c->wish;
    const char *at;

    waiting--;
    c->is_busy = false;
    if (strtol(c->in + strlen("HTTP/1.1 "), NULL, 10) != wanted[w.kind]) {
        failed(c);
        next(c);
        return;
    }
    samples_add(&took[w.kind], w.wanted_ns, watch_now());
    if (w.kind == ASK_CREATE) {
        at = strstr(c->in, "Location: ");
        at = at != NULL ? strstr(at, "/calls/") : NULL;
        if (at == NULL)
            watch_die("a 201 without Location");
        w.e = ledger_get(at + strlen("/calls/"));
        w.e->is_answered = true;
        w.e->sent_ns = c->sent_ns;
    }
    next(c);
    set.on_answer(w.kind, w.e);
}

/* The bytes of a whole answer at the beginning of c->in, or 0. */
static size_t whole(struct line_out *c)
{
    const char *end;
    const char *length;
    size_t size;

    c->in[c->have] = '\0';
    end = strstr(c->in, "\r\n\r\n");
    if (end == NULL)
        return 0;
    length = strcasestr(c->in, "\r\nContent-Length:");
    size = (size_t)(end - c->in) + 4;
    if (length != NULL && length < end)
        size += (size_t)strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    return size <= c->have ? size : 0;
}

static void on_line(struct watch *w, uint32_t events);

static void connect_line(struct line_out *c)
{
    wire_open(&c->wire, &set.at, set.with_tls);
    c->watch.fd = c->wire.fd;
    c->watch.h = on_line;
    watch_add(&c->watch);
}

/* A server may close what has been idle for long; under a request it may not. */
static void on_end(struct line_out *c)
{
    if (c->is_busy)
        watch_die("the server closed a connection under a request");
    wire_clear(&c->wire);
    watch_close(&c->watch);
    if (!is_closed)
        connect_line(c);
}

static void on_line(struct watch *w, uint32_t events)
{
    struct line_out *c = (struct line_out *)w;

    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR)) == 0)
        return;
    for (;;) {
        ssize_t n = wire_receive(&c->wire, c->in + c->have, ANSWER_SIZE - c->have);

        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            on_end(c);
            return;
        }
        c->have += (size_t)n;
        if (whole(c) != 0) { /* one request at a time: nothing can be behind it */
            c->have = 0;
            answered(c);
        }
    }
}

static void connect_one(void)
{
    struct line_out *c = watch_memory(sizeof(*c));

    connect_line(c);
    c->next_free = free_lines;
    free_lines = c;
}

void bot_open(const struct bot_settings *s)
{
    set = *s;
    (void)snprintf(head, sizeof(head), "Host: %s\r\nAuthorization: Bearer %s\r\n", s->host,
                   s->token);
    (void)snprintf(create_body, sizeof(create_body),
                   "{\"@odata.type\":\"#microsoft.graph.call\",\"callbackUri\":\"%s\",\"targets\":["
                   "{\"@odata.type\":"
                   "\"#microsoft.graph.participantInfo\",\"identity\":{\"@odata.type\":\"#"
                   "microsoft.graph.identitySet\","
                   "\"user\":{\"@odata.type\":\"#microsoft.graph.identity\",\"id\":\"%s\"}}}],"
                   "\"requestedModalities\":"
                   "[\"audio\"],\"mediaConfig\":{\"@odata.type\":\"#microsoft.graph."
                   "serviceHostedMediaConfig\"}}",
                   s->callback, s->user);
    if (s->prompt != NULL)
        (void)snprintf(play_body, sizeof(play_body),
                       "{\"clientContext\":\"bench\",\"prompts\":[{\"@odata.type\":\"#microsoft."
                       "graph.mediaPrompt\","
                       "\"mediaInfo\":{\"@odata.type\":\"#microsoft.graph.mediaInfo\",\"uri\":\"%"
                       "s\",\"resourceId\":\"bench\"}}]}",
                       s->prompt);
    for (int i = 0; i < s->connections; i++)
        connect_one();
}

void bot_close(void)
{
    is_closed = true;
}

void bot_ask(enum ask kind, struct entry *e, uint64_t wanted_ns)
{
    const struct wish w = {.kind = kind, .e = e, .wanted_ns = wanted_ns};
    struct line_out *c = free_lines;

    waiting++;
    if (c != NULL) {
        free_lines = c->next_free;
        send_wish(c, &w);
        return;
    }
    if (line_to - line_from == LINE)
        watch_die("65,536 requests wait for a connection: the server does not keep up");
    line[line_to++ % LINE] = w;
}

struct samples *bot_took(enum ask kind)
{
    return &took[kind];
}

long bot_failures(void)
{
    return failures;
}

const char *bot_first_failure(void)
{
    return first_failure;
}

long bot_waiting(void)
{
    return waiting;
}
