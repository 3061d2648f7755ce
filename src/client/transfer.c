/*
 * transfer.c - libcurl's multi interface on a loop, with a guard at its sockets.
 *
 * The thread of the loop only. Handles are kept and used again. libcurl follows no
 * redirect itself; each hop is judged here first. Its own queue for full hosts is
 * not used either: who goes next is decided by client/turns.h. A tunnel is a request
 * that ends when its connection stands.
 */
#include "client/transfer.h"

#include <assert.h>
#include <curl/curl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "client/exchange.h"
#include "client/turns.h"
#include "client/watch.h"
#include "loop/loop.h"
#include "loop/timer.h"

enum {
    HEAD_MAX = 64 * 1024, /* bytes of an answer's header lines */
    SPARE_MAX = 256,      /* easy handles kept for the next requests */
};

struct transfers {
    struct loop *loop;
    const struct client_settings *settings;
    transfer_done_h *done;
    void *arg;
    CURLM *multi;
    struct timer timer;
    struct turns turns;
    struct list waiting; /* struct exchange: for a turn */
    struct list running; /* struct exchange: in libcurl's hands */
    struct watches watches;
    CURL *spare[SPARE_MAX];
    size_t spares;
    bool has_ca_folder;
    bool is_stopping;
};

static void look_for_finished(struct transfers *t);
static void start_waiting(struct transfers *t);

/* --- descriptors --- */

static void act(struct transfers *t, curl_socket_t fd, int events)
{
    int running;

    (void)curl_multi_socket_action(t->multi, fd, events, &running);
    look_for_finished(t);
    start_waiting(t);
}

static void on_fd(int fd, int events, void *arg)
{
    int what = 0;

    if ((events & LOOP_READ) != 0)
        what |= CURL_CSELECT_IN;
    if ((events & LOOP_WRITE) != 0)
        what |= CURL_CSELECT_OUT;
    act(arg, fd, what);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct transfers *t = arg;

    (void)easy;
    (void)socket_arg;
    watch_for_curl(&t->watches, fd, what);
    return 0;
}

/* The address that will really be connected to: here, and only here, it is known. */
static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct exchange *x = arg;
    struct transfers *t = x->owner;
    struct addr a = {0};
    int fd;

    if (purpose != CURLSOCKTYPE_IPCXN || to->addrlen > sizeof(a))
        return CURL_SOCKET_BAD;
    (void)memcpy(&a, &to->addr, to->addrlen);
    /* the proxy's address is the operator's own word */
    if (x->way != WAY_PROXY && !guard_allows(&t->settings->guard, &a)) {
        x->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    if (x->way == WAY_RESOLVE) {
        proxy_offer(x, &a);
        return CURL_SOCKET_BAD; /* only looking */
    }
    fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    watch_opened(&t->watches, fd);
    return fd;
}

static int on_close_socket(void *arg, curl_socket_t fd)
{
    struct transfers *t = arg;

    watch_closed(&t->watches, fd);
    return close(fd);
}

/* --- the timer --- */

static void on_timer(void *arg)
{
    act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/* libcurl measures with its own clock: when the model's is moved this comes too early,
 * and libcurl says so by asking again. */
static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *arg)
{
    struct transfers *t = arg;

    (void)multi;
    if (timeout_ms < 0)
        timer_stop(&t->timer);
    else
        timer_start(&t->timer, t->loop, timeout_ms, on_timer, t);
    return 0;
}

/* --- answers --- */

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;

    x->head_got += size * n;
    if (x->head_got > HEAD_MAX) {
        x->is_too_large = true;
        return 0;
    }
    exchange_on_header(x, p, size * n);
    return size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;

    n *= size;
    if (n > x->max_bytes - x->body_got) {
        x->is_too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    x->body_got += n;
    if (x->keep_body)
        buf_add(&x->answer, p, n);
    return n;
}

/* X(CURLcode, what it means to us); all others: the connection broke. */
#define CODES(X)                                  \
    X(CURLE_OK, CLIENT_NONE)                      \
    X(CURLE_URL_MALFORMAT, CLIENT_BAD_URL)        \
    X(CURLE_COULDNT_RESOLVE_HOST, CLIENT_RESOLVE) \
    X(CURLE_COULDNT_CONNECT, CLIENT_CONNECT)      \
    X(CURLE_OPERATION_TIMEDOUT, CLIENT_TIMEOUT)   \
    X(CURLE_SSL_CONNECT_ERROR, CLIENT_TLS)        \
    X(CURLE_PEER_FAILED_VERIFICATION, CLIENT_TLS) \
    X(CURLE_SSL_CERTPROBLEM, CLIENT_TLS)          \
    X(CURLE_SSL_CIPHER, CLIENT_TLS)               \
    X(CURLE_SSL_ISSUER_ERROR, CLIENT_TLS)         \
    X(CURLE_SSL_CACERT_BADFILE, CLIENT_TLS)       \
    X(CURLE_SSL_INVALIDCERTSTATUS, CLIENT_TLS)

static enum client_fail meaning(const struct exchange *x, CURLcode code)
{
    static const struct {
        CURLcode code;
        enum client_fail fail;
    } codes[] = {
#define X(code, fail) {code, fail},
        CODES(X)
#undef X
    };

    if (x->is_too_large)
        return CLIENT_TOO_LARGE;
    if (code == CURLE_COULDNT_CONNECT && x->is_refused)
        return CLIENT_REFUSED_ADDRESS;
    if (proxy_refused(x, code))
        return CLIENT_PROXY;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].code == code)
            return codes[i].fail;
    return CLIENT_BROKEN;
}

/* --- requests --- */

static CURL *easy_new(struct transfers *t)
{
    const struct client_settings *s = t->settings;
    CURL *e = curl_easy_init();

    assert(e != NULL); /* no memory: base/mem.h */
    (void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* never wait for a resolver's thread */
    (void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, s->guard.plain_http ? "http,https" : "https");
    (void)curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    (void)curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
    (void)curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, t);
    (void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(e, CURLOPT_USERAGENT, s->user_agent);
    /* The system's CAs come from the folder, where only the one that is needed is read;
     * the one big file would be parsed anew for each connection. */
    if (s->ca_file != NULL || t->has_ca_folder)
        (void)curl_easy_setopt(e, CURLOPT_CAINFO, s->ca_file);
    return e;
}

static void set_method(CURL *e, const struct exchange *x)
{
    bool is_get = strcmp(x->method, "GET") == 0;

    if (x->body != NULL || strcmp(x->method, "POST") == 0) {
        (void)curl_easy_setopt(e, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, x->body != NULL ? x->body : "");
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)x->body_len);
    } else {
        (void)curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    }
    if (is_get || strcmp(x->method, "POST") == 0)
        (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, NULL);
    else
        (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, x->method);
}

/* What is left of the whole request's time, at least 1: 0 would mean for ever. */
static long time_left_ms(const struct exchange *x)
{
    int64_t left = x->timeout_ms - (clock_real_us() - x->began_us) / 1000;

    return left > 0 ? (long)left : 1;
}

static void perform(struct transfers *t, struct exchange *x)
{
    CURL *e = x->easy;

    (void)curl_easy_setopt(e, CURLOPT_PRIVATE, x);
    (void)curl_easy_setopt(e, CURLOPT_URL, x->url);
    (void)curl_easy_setopt(e, CURLOPT_HTTPHEADER, x->headers);
    (void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, time_left_ms(x));
    (void)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, x);
    (void)curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
    (void)curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
    set_method(e, x);
    proxy_set(&t->settings->proxy, e, x);
    (void)curl_multi_add_handle(t->multi, e);
}

/* To a URL that is new to it. */
static void perform_anew(struct transfers *t, struct exchange *x)
{
    proxy_begin(&t->settings->proxy, x);
    perform(t, x);
}

static void give_back(struct transfers *t, struct exchange *x, enum client_fail fail)
{
    list_remove(&x->node);
    turns_done(&t->turns, &x->turn);
    if (x->easy != NULL && t->spares < SPARE_MAX)
        t->spare[t->spares++] = x->easy;
    else if (x->easy != NULL)
        curl_easy_cleanup(x->easy);
    x->easy = NULL;
    x->fail = fail;
    x->took_us = x->began_us != 0 ? clock_real_us() - x->began_us : 0;
    t->done(x, t->arg);
}

static enum client_fail judged(const struct transfers *t, const char *url)
{
    switch (guard_judge(&t->settings->guard, url, NULL)) {
    case GUARD_FINE:
        return CLIENT_NONE;
    case GUARD_MALFORMED:
        return CLIENT_BAD_URL;
    case GUARD_REFUSED:
        break;
    }
    return CLIENT_REFUSED_ADDRESS;
}

static void start(struct transfers *t, struct exchange *x)
{
    x->began_us = clock_real_us();
    x->easy = t->spares != 0 ? t->spare[--t->spares] : easy_new(t);
    list_remove(&x->node);
    list_push(&t->running, &x->node);
    perform_anew(t, x);
}

static void start_waiting(struct transfers *t)
{
    struct turn *u;

    while (!t->is_stopping && (u = turns_next(&t->turns)) != NULL)
        start(t, LIST_OF(u, struct exchange, turn));
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A hop keeps its turn, even when it leads to another host: it is one request. */
static void follow(struct transfers *t, struct exchange *x)
{
    enum client_fail fail = judged(t, x->location);

    if (fail != CLIENT_NONE) {
        give_back(t, x, fail);
        return;
    }
    exchange_turn_to(x, x->location);
    exchange_rewind(x);
    perform_anew(t, x);
}

/* Has the peer closed an idle connection just while we wrote to it? libcurl sends again by
 * itself when it reads the end, but not when it reads a reset. Once is enough: the next
 * connection is a new one. */
static bool was_closed_while_idle(const struct exchange *x, enum client_fail fail)
{
    long connects = 1;

    if (fail != CLIENT_BROKEN || x->is_again || x->head_got != 0)
        return false;
    (void)curl_easy_getinfo(x->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0;
}

static void send_again(struct transfers *t, struct exchange *x)
{
    x->is_again = true;
    exchange_rewind(x);
    perform(t, x);
}

/* The connection stands: it is its owner's until transfer_release(). */
static void hand_over(struct transfers *t, struct exchange *x)
{
    list_remove(&x->node);
    turns_done(&t->turns, &x->turn);
    t->done(x, t->arg);
}

static void finish(struct transfers *t, struct exchange *x, CURLcode code)
{
    enum client_fail fail = meaning(x, code);
    bool again = was_closed_while_idle(x, fail);
    long status = 0;
    char *location = NULL;

    if (x->is_tunnel && fail == CLIENT_NONE && x->way != WAY_RESOLVE) {
        hand_over(t, x);
        return;
    }
    (void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &location);
    /* 1xx is no answer yet, and the proxy's is not the target's */
    x->status = status >= 200 && fail != CLIENT_PROXY ? (int)status : 0;
    x->location = str_dup(location);
    (void)curl_multi_remove_handle(t->multi, x->easy);
    if (x->way == WAY_RESOLVE && code == CURLE_COULDNT_CONNECT && proxy_turn(x))
        perform(t, x);
    else if (again)
        send_again(t, x);
    else if (fail == CLIENT_NONE && is_redirect(x->status) && x->location != NULL &&
             x->redirects > 0)
        follow(t, x);
    else if (x->way == WAY_RESOLVE && fail == CLIENT_NONE)
        give_back(t, x, CLIENT_BROKEN); /* cannot be: it connects to nothing */
    else
        give_back(t, x, fail);
}

static void look_for_finished(struct transfers *t)
{
    CURLMsg *m;
    int left;

    while ((m = curl_multi_info_read(t->multi, &left)) != NULL) {
        char *x = NULL;

        if (m->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
        finish(t, (struct exchange *)(void *)x, m->data.result);
    }
}

/* --- the room's own face --- */

void transfer_add(struct transfers *t, struct exchange *x)
{
    enum client_fail fail = t->is_stopping ? CLIENT_STOPPED : judged(t, x->url);

    if (fail != CLIENT_NONE) {
        give_back(t, x, fail);
        return;
    }
    x->owner = t;
    list_push(&t->waiting, &x->node);
    turns_wait(&t->turns, &x->turn, x->url);
    start_waiting(t);
}

void transfer_release(struct exchange *x)
{
    /* which closes libcurl's descriptor too: nobody else could use the connection */
    (void)curl_multi_remove_handle(x->owner->multi, x->easy);
    curl_easy_cleanup(x->easy);
    exchange_free(x);
}

void transfer_cancel(struct exchange *x)
{
    struct transfers *t = x->owner;

    if (x->node.in == &t->running)
        (void)curl_multi_remove_handle(t->multi, x->easy);
    give_back(t, x, CLIENT_STOPPED);
    start_waiting(t);
}

void transfer_stop(struct transfers *t)
{
    t->is_stopping = true;
    LIST_EACH(n, &t->waiting)
    give_back(t, LIST_OF(n, struct exchange, node), CLIENT_STOPPED);
    LIST_EACH(n, &t->running)
    {
        struct exchange *x = LIST_OF(n, struct exchange, node);

        (void)curl_multi_remove_handle(t->multi, x->easy);
        give_back(t, x, CLIENT_STOPPED);
    }
}

void transfer_close(struct transfers *t)
{
    assert(list_empty(&t->waiting) && list_empty(&t->running));
    timer_stop(&t->timer);
    while (t->spares != 0)
        curl_easy_cleanup(t->spare[--t->spares]);
    (void)curl_multi_cleanup(t->multi);
    timer_stop(&t->timer);
    watches_clear(&t->watches);
    turns_clear(&t->turns);
    (void)mem_free(t);
    curl_global_cleanup();
}

/* libcurl takes one file and one folder of CAs. The folder stays the system's, so that
 * the file can be ours. */
static enum err check_ca(const struct client_settings *s, struct fail *f)
{
    const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

    if (s->ca_file == NULL)
        return ERR_OK;
    if (access(s->ca_file, R_OK) != 0)
        return err_set(f, ERR_BAD_REQUEST, "the CA file '%s' cannot be read", s->ca_file);
    if (v->capath == NULL)
        return err_set(f, ERR_NOT_BUILT, "this libcurl knows no folder of system CAs");
    return ERR_OK;
}

enum err transfer_open(struct loop *l, const struct client_settings *s, transfer_done_h *done,
                       void *arg, struct transfers **out, struct fail *f)
{
    struct transfers *t;
    enum err e = check_ca(s, f);

    if (e != ERR_OK)
        return e;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return err_set(f, ERR_INTERNAL, "libcurl does not start");
    t = mem_new(sizeof(*t));
    t->loop = l;
    t->settings = s;
    t->done = done;
    t->arg = arg;
    t->has_ca_folder = curl_version_info(CURLVERSION_NOW)->capath != NULL;
    turns_init(&t->turns, s->per_host, s->total);
    watches_init(&t->watches, l, on_fd, t);
    t->multi = curl_multi_init();
    assert(t->multi != NULL); /* no memory: base/mem.h */
    (void)curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
    (void)curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
    (void)curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
    (void)curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)s->total);
    (void)curl_multi_setopt(t->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    *out = t;
    return ERR_OK;
}
