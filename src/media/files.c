/*
 * files.c - one thread that decodes prompts and reads files, job after job.
 *
 * Jobs go in by a mailbox without a loop, results come back by one of the control loop; so both
 * keep their order. It caches nothing.
 */
#include "media/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/worker.h"
#include "media/prompt.h"

enum job_kind { JOB_DECODE, JOB_LOAD, JOB_RUN, JOB_STOP };

/* Pointers are gifts to the file thread. */
struct job {
    enum job_kind kind;
    void *bytes;  /* DECODE */
    size_t len;   /* DECODE: of bytes; LOAD: at most so many */
    char *folder; /* LOAD */
    char *name;   /* LOAD */
    int max_ms;
    files_prompt_h *h;
    files_work_h *work, *done; /* RUN */
    void *arg;
};

struct result {
    struct prompt *prompt;
    struct fail fail;
    files_prompt_h *h;
    files_work_h *done; /* of a RUN; then nothing else counts */
    void *arg;
};

struct files {
    struct loop *loop;
    struct mailbox *jobs;
    struct mailbox *results;
    struct worker *thread;
    bool stopping; /* the file thread's */
};

/* A part that is ".." leads elsewhere, wherever it stands. */
static bool climbs(const char *name)
{
    for (const char *part = name; part != NULL; part = strchr(part, '/')) {
        while (*part == '/')
            part++;
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return true;
    }
    return false;
}

/* The real path of a file that is really inside the folder; NULL otherwise. free() it: it is
 * realpath()'s. */
static char *path_inside(const char *folder, const char *name)
{
    char *root = realpath(folder, NULL);
    char *joined = str_printf("%s/%s", folder, name);
    char *path = root != NULL && !climbs(name) ? realpath(joined, NULL) : NULL;
    size_t n = root != NULL ? strlen(root) : 0;

    if (path != NULL && (strncmp(path, root, n) != 0 || path[n] != '/'))
        path = mem_free(path);
    (void)mem_free(root);
    (void)mem_free(joined);
    return path;
}

static enum err read_all(int fd, size_t max_bytes, struct buf *out, const char *name,
                         struct fail *f)
{
    char block[16384];
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(f, ERR_NOT_FOUND, "there is no file '%s'", name);
    if ((uint64_t)st.st_size > max_bytes)
        return err_set(f, ERR_TOO_LARGE, "the file is larger than %zu bytes", max_bytes);
    while ((n = read(fd, block, sizeof(block))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(f, ERR_NOT_FOUND, "the file '%s' cannot be read", name);
        if (out->len + (size_t)n > max_bytes) /* it has grown meanwhile */
            return err_set(f, ERR_TOO_LARGE, "the file is larger than %zu bytes", max_bytes);
        buf_add(out, block, (size_t)n);
    }
    return ERR_OK;
}

static enum err load(const struct job *j, struct prompt **out, struct fail *f)
{
    char *path = path_inside(j->folder, j->name);
    /* NONBLOCK: a FIFO must not hold the thread. */
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    struct buf b = {0};
    enum err e;

    (void)mem_free(path);
    if (fd < 0)
        return err_set(f, ERR_NOT_FOUND, "there is no file '%s'", j->name);
    e = read_all(fd, j->len, &b, j->name, f);
    (void)close(fd);
    if (e == ERR_OK)
        e = prompt_decode(b.data, b.len, j->max_ms, out, f);
    buf_clear(&b);
    return e;
}

static void on_job(void *msg, void *arg)
{
    struct job *j = msg;
    struct files *fs = arg;
    struct result r = {.h = j->h, .done = j->done, .arg = j->arg};
    enum err e = ERR_OK;

    if (j->kind == JOB_STOP) {
        fs->stopping = true;
        return;
    }
    if (j->kind == JOB_RUN)
        j->work(j->arg);
    else if (j->kind == JOB_DECODE)
        e = prompt_decode(j->bytes, j->len, j->max_ms, &r.prompt, &r.fail);
    else
        e = load(j, &r.prompt, &r.fail);
    if (e != ERR_OK)
        r.prompt = NULL;
    (void)mem_free(j->bytes);
    (void)mem_free(j->folder);
    (void)mem_free(j->name);
    mailbox_post(fs->results, &r);
}

static void on_result(void *msg, void *arg)
{
    struct result *r = msg;

    (void)arg;
    if (r->done != NULL)
        r->done(r->arg);
    else
        r->h(r->prompt, &r->fail, r->arg);
}

static void run(void *arg)
{
    struct files *fs = arg;

    while (!fs->stopping)
        (void)mailbox_wait(fs->jobs, -1);
}

enum err files_start(struct loop *l, struct files **out, struct fail *f)
{
    struct files *fs = mem_new(sizeof(*fs));

    (void)f; /* what could fail stops the process (base/mem.h) */
    fs->loop = l;
    fs->jobs = mailbox_new(NULL, sizeof(struct job), on_job, fs);
    fs->results = mailbox_new(l, sizeof(struct result), on_result, fs);
    fs->thread = worker_start("files", run, fs);
    *out = fs;
    return ERR_OK;
}

void files_stop(struct files *fs)
{
    struct job stop = {.kind = JOB_STOP};

    if (fs == NULL)
        return;
    mailbox_post(fs->jobs, &stop);
    worker_join(fs->thread);
    mailbox_free(fs->jobs);
    mailbox_free(fs->results); /* tells what is still to be told */
    (void)mem_free(fs);
}

void files_decode(struct files *fs, const void *wav, size_t len, int max_ms, files_prompt_h *h,
                  void *arg)
{
    struct job j = {.kind = JOB_DECODE, .len = len, .max_ms = max_ms, .h = h, .arg = arg};

    j.bytes = mem_dup(wav, len);
    mailbox_post(fs->jobs, &j);
}

/* NOLINTNEXTLINE(readability-function-size): seven, as the header says */
void files_load(struct files *fs, const char *folder, const char *name, size_t max_bytes,
                int max_ms, files_prompt_h *h, void *arg)
{
    struct job j = {.kind = JOB_LOAD, .len = max_bytes, .max_ms = max_ms, .h = h, .arg = arg};

    j.folder = str_dup(folder);
    j.name = str_dup(name);
    mailbox_post(fs->jobs, &j);
}

void files_run(struct files *fs, files_work_h *work, files_work_h *done, void *arg)
{
    struct job j = {.kind = JOB_RUN, .work = work, .done = done, .arg = arg};

    mailbox_post(fs->jobs, &j);
}
