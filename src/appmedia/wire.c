#include "appmedia/wire.h"

#include <assert.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/mem.h"
#include "base/str.h"
#include "client/tunnel.h"
#include "crypto/hash.h"
#include "loop/loop.h"
#include "loop/timer.h"

enum {
    BYTES_AT_ONCE = 256 * 1024, /* of one wake-up, and what each message costs besides: */
    MESSAGE_COST = 256,
    SCRAP = 4096,     /* what is read and thrown away at once */
    LINGER_MS = 1000, /* who broke a rule has so long to read which, and to close */
    DICE = 4096,      /* masks are cut from this many random bytes */
};

struct wire {
    wslay_event_context_ptr ws;
    struct loop *loop;
    struct wire_under under;
    struct wire_hooks hooks;
    void *arg;
    struct buf first; /* came with the head of their answer */
    size_t first_at;
    size_t budget;      /* of this wake-up */
    struct timer again; /* the budget was used up, and the tunnel may hold more */
    uint64_t message;   /* bytes of the message that is coming, so far */
    unsigned fragments;
    bool is_text;
    bool is_broken;      /* the tunnel is over */
    bool is_refused;     /* a rule was broken, and that was said */
    bool is_said;        /* by us and not by wslay, which has nothing more to say */
    struct timer linger; /* then: until it is closed by us */
    bool is_late;
    bool is_told;
    unsigned busy; /* wslay is on the stack */
    bool is_freed; /* meanwhile */
    uint8_t dice[DICE];
    size_t dice_at;
};

/* --- what wslay wants --- */

static ssize_t on_read(wslay_event_context_ptr ws, uint8_t *p, size_t n, int flags, void *arg)
{
    struct wire *w = arg;
    size_t rest = w->first.len - w->first_at;
    ssize_t got;

    (void)flags;
    if (w->is_freed || w->is_told) { /* the tunnel may be closed by now */
        wslay_event_set_error(ws, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    n = n < w->budget ? n : w->budget;
    if (rest > 0 && n > 0) {
        n = n < rest ? n : rest;
        memcpy(p, w->first.data + w->first_at, n);
        w->first_at += n;
        got = (ssize_t)n;
    } else {
        got = n > 0 ? w->under.read(p, n, w->arg) : TUNNEL_AGAIN;
    }
    if (got > 0) {
        w->budget -= (size_t)got;
        return got;
    }
    w->is_broken = w->is_broken || got == TUNNEL_OVER;
    wslay_event_set_error(ws, w->is_broken ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

static ssize_t on_write(wslay_event_context_ptr ws, const uint8_t *p, size_t n, int flags,
                        void *arg)
{
    struct wire *w = arg;
    ssize_t sent = w->under.write(p, n, w->arg);

    (void)flags;
    if (sent > 0)
        return sent;
    w->is_broken = w->is_broken || sent == TUNNEL_OVER;
    wslay_event_set_error(ws, w->is_broken ? WSLAY_ERR_CALLBACK_FAILURE : WSLAY_ERR_WOULDBLOCK);
    return -1;
}

/* Nobody may foresee them (RFC 6455 section 5.3). */
static int on_mask(wslay_event_context_ptr ws, uint8_t *p, size_t n, void *arg)
{
    struct wire *w = arg;

    (void)ws;
    if (w->dice_at + n > DICE) {
        hash_random(w->dice, DICE);
        w->dice_at = 0;
    }
    memcpy(p, w->dice + w->dice_at, n);
    w->dice_at += n;
    return 0;
}

static void refuse(struct wire *w, uint16_t code)
{
    (void)wslay_event_queue_close(w->ws, code, NULL, 0);
    wslay_event_shutdown_read(w->ws);
}

static void on_frame(wslay_event_context_ptr ws,
                     const struct wslay_event_on_frame_recv_start_arg *f, void *arg)
{
    struct wire *w = arg;

    (void)ws;
    if (wslay_is_ctrl_frame(f->opcode))
        return;
    if (f->opcode != WSLAY_CONTINUATION_FRAME) {
        w->is_text = f->opcode == WSLAY_TEXT_FRAME;
        w->message = 0;
        w->fragments = 0;
    }
    w->message += f->payload_length;
    if (++w->fragments > WIRE_FRAGMENTS_MAX)
        refuse(w, WSLAY_CODE_PROTOCOL_ERROR);
    else if (w->is_text && w->message > WIRE_TEXT_MAX)
        refuse(w, WSLAY_CODE_MESSAGE_TOO_BIG);
}

static void on_message(wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *m,
                       void *arg)
{
    struct wire *w = arg;

    (void)ws;
    w->budget -= w->budget < MESSAGE_COST ? w->budget : MESSAGE_COST;
    if (w->is_freed || w->is_told)
        return;
    if (m->opcode == WSLAY_TEXT_FRAME)
        w->hooks.text((const char *)m->msg, m->msg_length, w->arg);
    else if (m->opcode == WSLAY_BINARY_FRAME)
        w->hooks.binary(m->msg, m->msg_length, w->arg);
    else if (m->opcode == WSLAY_PONG)
        w->hooks.pong(w->arg);
}

static const struct wslay_event_callbacks callbacks = {
    .recv_callback = on_read,
    .send_callback = on_write,
    .genmask_callback = on_mask,
    .on_frame_recv_start_callback = on_frame,
    .on_msg_recv_callback = on_message,
};

/* --- its life --- */

static void on_again(void *arg)
{
    wire_ready(arg, LOOP_READ);
}

struct wire *wire_new(struct loop *l, const struct wire_under *u, const struct wire_hooks *h,
                      void *arg, const char *first, size_t n)
{
    struct wire *w = mem_new(sizeof(*w));

    w->loop = l;
    w->under = *u;
    w->hooks = *h;
    w->arg = arg;
    w->dice_at = DICE;
    if (wslay_event_context_client_init(&w->ws, &callbacks, w) != 0)
        assert(!"no memory");
    wslay_event_config_set_max_recv_msg_length(w->ws, WIRE_BINARY_MAX);
    if (n > 0) {
        buf_add(&w->first, first, n);
        timer_start(&w->again, l, 0, on_again, w);
    }
    return w;
}

static void really_free(struct wire *w)
{
    timer_stop(&w->again);
    timer_stop(&w->linger);
    wslay_event_context_free(w->ws);
    buf_clear(&w->first);
    mem_free(w);
}

void wire_free(struct wire *w)
{
    if (w == NULL)
        return;
    w->is_freed = true;
    if (w->busy == 0)
        really_free(w);
}

static bool is_closed(const struct wire *w)
{
    return wslay_event_get_close_received(w->ws) != 0;
}

/* wslay reads no more after a rule was broken; after a break neither. */
static void look_for_refusal(struct wire *w)
{
    if (!w->is_broken && !is_closed(w) && wslay_event_get_read_enabled(w->ws) == 0)
        w->is_refused = true;
}

static bool is_unread(const struct wire *w)
{
    /* an empty answer has no length, but takes its place */
    return wslay_event_get_queued_msg_length(w->ws) > WIRE_OUT_MAX ||
           wslay_event_get_queued_msg_count(w->ws) > WIRE_OUT_COUNT_MAX;
}

static bool is_over(const struct wire *w)
{
    return w->is_broken || is_closed(w) || is_unread(w) || (w->is_refused && w->is_late);
}

static void tell_over(struct wire *w)
{
    const char *why = "the connection broke";

    if (w->is_told || w->is_freed || !is_over(w))
        return;
    w->is_told = true;
    if (w->is_refused)
        why = "the bot broke the rules of WebSocket messages";
    else if (is_closed(w))
        why = "the bot closed the connection";
    else if (is_unread(w))
        why = "the bot does not read";
    w->hooks.over(why, w->is_refused, w->arg);
}

static void send_all(struct wire *w)
{
    bool more;

    if (!w->is_broken && !w->is_said && wslay_event_want_write(w->ws) != 0)
        (void)wslay_event_send(w->ws); /* what it says is in is_broken */
    more = !w->is_said && wslay_event_want_write(w->ws) != 0;
    if (!w->is_broken)
        w->under.want(more ? LOOP_READ | LOOP_WRITE : LOOP_READ, w->arg);
}

static void let_go(struct wire *w)
{
    w->busy--;
    if (w->is_freed && w->busy == 0)
        really_free(w);
}

static void on_late(void *arg)
{
    struct wire *w = arg;

    w->is_late = true;
    w->busy++;
    tell_over(w);
    let_go(w);
}

/* What it still sends is read all the same: a socket that is closed with unread bytes in it resets
 * the connection, and our Close would be lost with that (RFC 9293 section 3.6.1). */
static void throw_away(struct wire *w)
{
    uint8_t scrap[SCRAP];

    if (!timer_running(&w->linger))
        timer_start(&w->linger, w->loop, LINGER_MS, on_late, w);
    while (w->budget > 0 && !w->is_broken) {
        ssize_t got = w->under.read(scrap, sizeof(scrap), w->arg);

        w->is_broken = got == TUNNEL_OVER;
        if (got <= 0)
            return;
        w->budget -= w->budget < (size_t)got ? w->budget : (size_t)got;
    }
}

/* wslay's Close for what is no frame at all has no code; the bot is to have one. */
static void say_no_frame(struct wire *w)
{
    const uint16_t code = WSLAY_CODE_PROTOCOL_ERROR;
    uint8_t bytes[] = {0x88, 0x82, 0, 0, 0, 0, code >> 8, code & 0xff};

    (void)on_mask(w->ws, bytes + 2, 4, w);
    bytes[6] ^= bytes[2];
    bytes[7] ^= bytes[3];
    w->is_said = w->under.write(bytes, sizeof(bytes), w->arg) == (ssize_t)sizeof(bytes);
}

static void read_all(struct wire *w)
{
    bool idle = wire_is_idle(w); /* if not, half of a frame may have been written */
    int got = 0;

    if (!w->is_refused && wslay_event_want_read(w->ws) != 0)
        got = wslay_event_recv(w->ws); /* a break is in is_broken too */
    if (w->is_freed)
        return;
    look_for_refusal(w);
    if (w->is_refused && got != 0 && idle)
        say_no_frame(w);
    if (w->is_refused)
        throw_away(w);
}

void wire_ready(struct wire *w, int events)
{
    if (w->is_told)
        return;
    w->busy++;
    w->budget = BYTES_AT_ONCE;
    if ((events & LOOP_READ) != 0)
        read_all(w);
    if (w->budget == 0)
        timer_start(&w->again, w->loop, 0, on_again, w);
    if (!w->is_freed) {
        send_all(w);
        tell_over(w);
    }
    let_go(w);
}

/* --- what is said --- */

static void queue(struct wire *w, uint8_t opcode, const void *p, size_t n)
{
    (void)wslay_event_queue_msg(
        w->ws, &(struct wslay_event_msg){.opcode = opcode, .msg = p, .msg_length = n});
}

void wire_text(struct wire *w, const char *p, size_t n)
{
    queue(w, WSLAY_TEXT_FRAME, p, n);
}

void wire_binary(struct wire *w, const uint8_t *p, size_t n)
{
    queue(w, WSLAY_BINARY_FRAME, p, n);
}

void wire_ping(struct wire *w)
{
    queue(w, WSLAY_PING, NULL, 0);
}

void wire_close(struct wire *w, unsigned code)
{
    (void)wslay_event_queue_close(w->ws, (uint16_t)code, NULL, 0);
}

void wire_flush(struct wire *w)
{
    if (w->is_told || w->busy > 0)
        return; /* wire_ready() sends when it is done */
    send_all(w);
    if (is_over(w)) /* told from the loop: who says something is in the middle of something */
        timer_start(&w->again, w->loop, 0, on_again, w);
}

bool wire_is_idle(const struct wire *w)
{
    return wslay_event_want_write(w->ws) == 0;
}
