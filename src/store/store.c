/*
 * store.c - the control side: the folder, the batch being gathered, who is told what.
 *
 * The control thread. One batch gathers while the writer has another: under load a commit
 * takes what came during the commit before it, and so the store clocks itself. It touches
 * no file after the start; SQL is in the other files of the room.
 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/timer.h"
#include "store/redo.h"
#include "store/store_inside.h"
#include "store/write_behind.h"

enum { PATIENCE_MS = 5000 }; /* with one batch; then new calls are refused */

struct store {
    struct loop *loop;
    char *path; /* of the database */
    int lock;   /* the descriptor that holds the folder */
    store_health_h *on_health;
    void *arg;
    bool durable;
    bool closing;
    struct write_behind *writer;
    struct mailbox *told;    /* from the writer: batches that it has done */
    struct batch *gathering; /* never NULL */
    bool in_flight;          /* the writer has a batch */
    size_t in_flight_count;  /* and its intents */
    int64_t prune_ended, prune_keys;
    struct redo *redo;     /* what failed and is not with the writer; or NULL */
    struct timer patience; /* with a batch that is under way */
    int64_t sent_us;
    bool said_durable; /* what on_health was told last */
};

struct batch *store_gathering(struct store *s)
{
    assert(loop_is_mine(s->loop));
    return s->gathering;
}

const char *store_path(const struct store *s)
{
    return s->path;
}

void store_prune_on(struct store *s, int64_t ended_before_ms, int64_t keys_before_ms)
{
    s->prune_ended = ended_before_ms;
    s->prune_keys = keys_before_ms;
}

bool store_durable(const struct store *s)
{
    return s->durable;
}

void store_then(struct store *s, store_done_h *h, void *arg)
{
    batch_wait(store_gathering(s), h, arg);
}

size_t store_waiting(const struct store *s)
{
    return s->gathering->count + s->in_flight_count;
}

static struct batch *take(struct store *s)
{
    struct batch *b = s->gathering;

    s->gathering = batch_new();
    return b;
}

/* Does it need the writer at all? */
static bool has_work(const struct batch *b)
{
    return b->count > 0 || b->asks > 0;
}

/* Says once that the store has failed, and once that it is well again. */
static void say_health(struct store *s, bool durable, const char *why)
{
    if (durable == s->said_durable)
        return;
    s->said_durable = durable;
    if (durable)
        log_line(LOG_INFO, "store", NULL, "what is said is on disk again");
    else
        log_line(LOG_ERROR, "store", NULL, "nothing can be written: %s", why);
    if (s->on_health != NULL)
        s->on_health(durable, why, s->arg);
}

/* A disk that does not answer is as bad as one that refuses, but it may still answer. By the real
 * clock: moving the other one makes no disk slow. */
static void on_impatient(void *arg)
{
    struct store *s = arg;
    int64_t waited_ms = (clock_real_us() - s->sent_us) / 1000;

    if (waited_ms >= PATIENCE_MS)
        say_health(s, false, "the disk does not answer");
    else
        timer_start(&s->patience, s->loop, PATIENCE_MS - waited_ms, on_impatient, s);
}

static void give(struct store *s, struct batch *b)
{
    s->in_flight = true;
    s->in_flight_count = b->count;
    if (b->count > 0) {
        b->redo = s->redo;
        s->redo = NULL;
    }
    s->sent_us = clock_real_us();
    timer_start(&s->patience, s->loop, PATIENCE_MS, on_impatient, s);
    write_behind_post(s->writer, b);
}

static void judge(struct store *s, const struct batch *b)
{
    if (b->count == 0 && b->redo == NULL) {
        say_health(s, s->durable, "written again"); /* it only was slow */
        return;
    }
    s->durable = b->ok;
    say_health(s, b->ok, b->ok ? "written again" : b->why);
}

/* Tells all who wait, and frees the batch. A question that the writer never saw is asked
 * again: that the disk is full is no answer to it. */
static void finish(struct store *s, struct batch *b)
{
    for (const struct waiter *w = b->waiters; w != NULL; w = w->next) {
        if (w->h != NULL)
            w->h(b->ok, w->arg);
        else if (b->tried && w->on_life != NULL)
            w->on_life(w->life, w->arg);
        else if (b->tried)
            w->on_notices(w->rows, w->row_count, w->arg);
        else if (w->on_life != NULL)
            batch_ask(s->gathering, w->id, w->on_life, w->arg);
        else
            batch_ask_notices(s->gathering, &w->ask, w->on_notices, w->arg);
    }
    batch_free(b);
}

/* What goes on when a batch is done; returns those who are to be told right after it. If the
 * batch failed, what was gathered meanwhile fails with it: it may rest on what is not there,
 * and those who put something before know it only now. Else the writer gets it at once, before
 * anybody is told, so that it is not idle. */
static struct batch *follow(struct store *s, bool ok)
{
    struct batch *next;

    if (ok && has_work(s->gathering)) {
        if (!s->closing)
            give(s, take(s));
        return NULL;
    }
    next = take(s);
    next->ok = ok;
    if (!ok)
        redo_keep(&s->redo, next);
    return next;
}

static void done(struct store *s, struct batch *b)
{
    struct batch *next;

    s->in_flight = false;
    s->in_flight_count = 0;
    timer_stop(&s->patience);
    if (!b->ok) {
        s->redo = b->redo;
        b->redo = NULL;
        redo_keep(&s->redo, b);
    }
    next = follow(s, b->ok);
    judge(s, b);
    if (b->more && !s->closing)
        store_prune(s, s->prune_ended, s->prune_keys);
    finish(s, b);
    if (next != NULL)
        finish(s, next);
}

static void on_told(void *msg, void *arg)
{
    done(arg, *(struct batch **)msg);
}

/* At the end of a turn of the loop: if the writer is idle, it gets what has gathered. Who
 * waits for nothing new is told at once. */
static void hand_over(void *arg)
{
    struct store *s = arg;

    while (!s->in_flight && !batch_empty(s->gathering)) {
        struct batch *b = take(s);

        if (has_work(b)) {
            give(s, b);
        } else {
            b->ok = true;
            finish(s, b);
        }
    }
}

/* A file that exists before SQLite opens it, so that it and what lies beside it (-wal, -shm)
 * are for us alone; and the folder remembers its name over a power cut. */
static enum err make_file(const char *folder, const char *path, struct fail *f)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int dir;

    if (fd < 0)
        return err_set(f, ERR_INTERNAL, "'%s' cannot be opened: %s", path, strerror(errno));
    (void)close(fd);
    dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        (void)fsync(dir);
        (void)close(dir);
    }
    return ERR_OK;
}

/* Who holds the folder, from the lock file. */
static enum err refuse(const char *folder, int fd, struct fail *f)
{
    char pid[24] = "";
    ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

    pid[n > 0 ? n : 0] = '\0';
    pid[strspn(pid, "0123456789")] = '\0';
    return err_set(f, ERR_BUSY,
                   "the folder '%s' is in use by process %s: stop it or use another --data", folder,
                   pid[0] != '\0' ? pid : "(unknown)");
}

/* One server per folder. The lock goes with the descriptor, however the process ends. */
static enum err lock_folder(const char *folder, int *out, struct fail *f)
{
    char *path = str_printf("%s/lock", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum err e = ERR_OK;

    if (fd < 0)
        e = err_set(f, ERR_INTERNAL, "'%s' cannot be opened: %s", path, strerror(errno));
    else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        e = errno == EWOULDBLOCK
                ? refuse(folder, fd, f)
                : err_set(f, ERR_INTERNAL, "'%s' cannot be locked: %s", path, strerror(errno));
    (void)mem_free(path);
    if (e != ERR_OK) {
        if (fd >= 0)
            (void)close(fd);
        return e;
    }
    /* The number is for a person; nothing depends on its being there. */
    if (ftruncate(fd, 0) != 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0)
        log_line(LOG_WARN, "store", NULL, "'%s/lock': %s", folder, strerror(errno));
    *out = fd;
    return ERR_OK;
}

static enum err open_folder(struct store *s, const struct store_settings *set, struct fail *f)
{
    enum err e;

    if (mkdir(set->folder, 0700) != 0 && errno != EEXIST)
        return err_set(f, ERR_INTERNAL, "the folder '%s' cannot be made: %s", set->folder,
                       strerror(errno));
    e = lock_folder(set->folder, &s->lock, f);
    if (e == ERR_OK)
        e = make_file(set->folder, s->path, f);
    return e;
}

static void free_store(struct store *s)
{
    write_behind_close(s->writer);
    batch_free(s->gathering);
    if (s->lock >= 0)
        (void)close(s->lock);
    (void)mem_free(s->path);
    (void)mem_free(s);
}

enum err store_open(struct loop *l, const struct store_settings *set, store_health_h *on_health,
                    void *arg, struct store **out, struct fail *f)
{
    struct store *s = mem_new(sizeof(*s));
    enum err e;

    assert(loop_is_mine(l));
    s->loop = l;
    s->path = str_printf("%s/carillon.db", set->folder);
    s->lock = -1;
    s->on_health = on_health;
    s->arg = arg;
    s->durable = true;
    s->said_durable = true;
    s->gathering = batch_new();
    e = open_folder(s, set, f);
    if (e == ERR_OK)
        e = write_behind_open(s->path, set, &s->writer, f);
    if (e != ERR_OK) {
        free_store(s);
        return e;
    }
    s->told = mailbox_new(l, sizeof(struct batch *), on_told, s);
    write_behind_start(s->writer, s->told);
    loop_at_end_of_turn(l, hand_over, s);
    *out = s;
    return ERR_OK;
}

/* The last chance for what could not be written. */
static void close_redo(struct store *s)
{
    struct batch *b;

    if (s->redo == NULL)
        return;
    b = batch_new();
    b->redo = s->redo;
    s->redo = NULL;
    write_behind_carry_out(s->writer, b);
    if (!b->ok)
        log_line(LOG_ERROR, "store", NULL, "%zu changes are lost: %s", redo_items(b->redo)->count,
                 b->why);
    batch_free(b);
}

void store_flush(struct store *s, int wait_ms)
{
    if (s == NULL)
        return;
    while (s->in_flight || !batch_empty(s->gathering)) {
        if (!s->in_flight)
            hand_over(s);
        if (s->in_flight && mailbox_wait(s->told, wait_ms) == 0)
            return; /* the disk hangs */
    }
}

/* The writer ends after the batch that it has; what has gathered since, and what those who are
 * told still put, is committed here. */
void store_close(struct store *s)
{
    if (s == NULL)
        return;
    s->closing = true;
    write_behind_stop(s->writer);
    (void)mailbox_drain(s->told);
    while (!batch_empty(s->gathering)) {
        struct batch *b = take(s);

        b->redo = s->redo;
        s->redo = NULL;
        write_behind_carry_out(s->writer, b);
        done(s, b);
    }
    close_redo(s);
    timer_stop(&s->patience);
    mailbox_free(s->told);
    loop_forget_end_of_turn(s->loop, hand_over, s);
    free_store(s);
}
