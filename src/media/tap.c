/*
 * tap.c - the thread that writes taps, and the door to it.
 *
 * The thread lives while there is a tap: it starts with the first and ends with the last. Control
 * speaks to it by a mailbox, media threads by one ring per tap.
 */
#include "media/tap.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "loop/ring.h"
#include "loop/worker.h"
#include "media/wav.h"

enum { RING_FRAMES = 512, FLUSH_MS = 100, FLUSH_FRAMES = 32 };

enum { OUT, IN, WAYS };

/* What a media thread pushes. */
struct piece {
    uint32_t lost; /* frames of this way that did not fit before this one */
    bool in;
    int16_t pcm[PROMPT_FRAME];
};

/* One file; the tap thread's. */
struct track {
    char *path;
    int fd; /* -1: cannot be written, or is full */
    uint32_t bytes;
    size_t waiting;
    int16_t frames[FLUSH_FRAMES][PROMPT_FRAME];
};

struct tap {
    struct list_node node; /* the tap thread's */
    struct ring *ring;
    uint32_t lost[WAYS]; /* the media thread's */
    char *folder;
    struct track tracks[WAYS]; /* the tap thread's, once it has been told */
};

enum word { WORD_OPEN, WORD_CLOSE, WORD_STOP };

struct message {
    enum word word;
    struct tap *tap; /* a gift */
};

/* What the tap thread owns. */
struct writer {
    struct mailbox *box;
    struct list taps;
    bool stopping;
};

/* The control thread's. */
static struct {
    struct writer *writer;
    struct worker *thread;
    size_t open;
} all;

static void give_up(struct track *t, const char *why)
{
    log_line(LOG_WARN, "media", NULL, "tap %s: %s", t->path, why);
    if (t->fd >= 0)
        (void)close(t->fd);
    t->fd = -1;
}

/* Samples first, then the sizes: the header never promises what is not there. */
static void flush(struct track *t)
{
    uint8_t header[WAV_HEADER];
    size_t n = t->waiting * sizeof(t->frames[0]);

    t->waiting = 0;
    if (t->fd < 0 || n == 0)
        return;
    if (n > UINT32_MAX - WAV_HEADER - t->bytes) {
        give_up(t, "the file is full");
        return;
    }
    if (pwrite(t->fd, t->frames, n, (off_t)WAV_HEADER + t->bytes) != (ssize_t)n) {
        give_up(t, "cannot be written");
        return;
    }
    t->bytes += (uint32_t)n;
    wav_write_header(header, PROMPT_RATE, t->bytes);
    if (pwrite(t->fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
        give_up(t, "cannot be written");
}

/* pcm NULL: silence. */
static void add(struct track *t, const int16_t *pcm)
{
    if (pcm != NULL)
        (void)memcpy(t->frames[t->waiting], pcm, sizeof(t->frames[0]));
    else
        (void)memset(t->frames[t->waiting], 0, sizeof(t->frames[0]));
    if (++t->waiting == FLUSH_FRAMES)
        flush(t);
}

static void drain(struct tap *t)
{
    struct piece p;

    while (ring_pop(t->ring, &p)) {
        struct track *track = &t->tracks[p.in ? IN : OUT];

        for (uint32_t i = 0; i < p.lost && track->fd >= 0; i++)
            add(track, NULL);
        add(track, p.pcm);
    }
    flush(&t->tracks[IN]);
    flush(&t->tracks[OUT]);
}

static void open_track(struct track *t)
{
    uint8_t header[WAV_HEADER];

    t->fd = open(t->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    wav_write_header(header, PROMPT_RATE, 0);
    if (t->fd < 0 || pwrite(t->fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
        give_up(t, "cannot be written");
}

static void finish(struct tap *t)
{
    drain(t);
    for (int way = 0; way < WAYS; way++) {
        if (t->tracks[way].fd >= 0)
            (void)close(t->tracks[way].fd);
        (void)mem_free(t->tracks[way].path);
    }
    (void)mem_free(t->folder);
    ring_free(t->ring);
    (void)mem_free(t);
}

static void on_message(void *msg, void *arg)
{
    const struct message *m = msg;
    struct writer *w = arg;

    switch (m->word) {
    case WORD_OPEN:
        (void)mkdir(m->tap->folder, 0700); /* most often it is there */
        open_track(&m->tap->tracks[IN]);
        open_track(&m->tap->tracks[OUT]);
        list_push(&w->taps, &m->tap->node);
        break;
    case WORD_CLOSE:
        list_remove(&m->tap->node);
        finish(m->tap);
        break;
    case WORD_STOP:
        w->stopping = true;
        break;
    }
}

static void run(void *arg)
{
    struct writer *w = arg;

    while (!w->stopping) {
        (void)mailbox_wait(w->box, FLUSH_MS);
        LIST_EACH(n, &w->taps)
        drain(LIST_OF(n, struct tap, node));
    }
}

static void tell(enum word word, struct tap *t)
{
    struct message m = {word, t};

    mailbox_post(all.writer->box, &m);
}

/* A label comes from outside; a file name has only harmless characters. */
static void name_track(struct tap *t, int way, const char *label, uint32_t port)
{
    char safe[64];

    (void)str_copy(safe, sizeof(safe), label);
    for (char *c = safe; *c != '\0'; c++)
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *c) == NULL)
            *c = '_';
    t->tracks[way].path =
        str_printf("%s/%s-%u-%s.wav", t->folder, safe, (unsigned)port, way == IN ? "in" : "out");
}

struct tap *tap_open(const char *folder, const char *label, uint32_t port)
{
    struct tap *t = mem_new(sizeof(*t));

    t->folder = str_dup(folder);
    name_track(t, IN, label, port);
    name_track(t, OUT, label, port);
    t->ring = ring_new(RING_FRAMES, sizeof(struct piece));
    if (all.open++ == 0) {
        all.writer = mem_new(sizeof(*all.writer));
        all.writer->box = mailbox_new(NULL, sizeof(struct message), on_message, all.writer);
        all.thread = worker_start("taps", run, all.writer);
    }
    tell(WORD_OPEN, t);
    return t;
}

void tap_frame(struct tap *t, bool in, const int16_t pcm[PROMPT_FRAME])
{
    struct piece p;
    uint32_t *lost;

    if (t == NULL)
        return;
    lost = &t->lost[in ? IN : OUT];
    p.lost = *lost;
    p.in = in;
    (void)memcpy(p.pcm, pcm, sizeof(p.pcm));
    *lost = ring_push(t->ring, &p) ? 0 : *lost + 1;
}

void tap_close(struct tap *t)
{
    if (t == NULL)
        return;
    tell(WORD_CLOSE, t);
    if (--all.open > 0)
        return;
    tell(WORD_STOP, NULL);
    worker_join(all.thread);
    mailbox_free(all.writer->box);
    all.writer = mem_free(all.writer);
    all.thread = NULL;
}
