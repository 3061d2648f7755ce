/*
 * media_files_test.c - the file thread and the taps: order, folders, what is written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "media/files.h"
#include "media/prompt.h"
#include "media/tap.h"
#include "media/wav.h"

enum { MAX_TOLD = 16, MAX_MS = 10000 };

struct room {
    char folder[64]; /* with prompts/ and, beside it, secret.wav */
    char prompts[80];
    struct loop *loop;
    struct files *files;
    size_t told;
    enum err err[MAX_TOLD];
    int ms[MAX_TOLD];
    size_t want;
};

static void write_file(const char *path, const void *p, size_t n)
{
    FILE *to = fopen(path, "w");

    assert_non_null(to);
    assert_int_equal(fwrite(p, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
}

/* A good file of so many frames of 20 ms. */
static void write_wav(const char *folder, const char *name, unsigned frames)
{
    size_t n = WAV_HEADER + (size_t)frames * PROMPT_FRAME * 2;
    uint8_t *file = mem_new(n);
    char *path = str_printf("%s/%s", folder, name);

    wav_write_header(file, PROMPT_RATE, (uint32_t)(n - WAV_HEADER));
    write_file(path, file, n);
    (void)mem_free(path);
    (void)mem_free(file);
}

static void link_to(const struct room *r, const char *target, const char *name)
{
    char *path = str_printf("%s/%s", r->prompts, name);

    assert_int_equal(symlink(target, path), 0);
    (void)mem_free(path);
}

static int set_up(void **state)
{
    struct room *r = mem_new(sizeof(*r));

    (void)snprintf(r->folder, sizeof(r->folder), "/tmp/carillon-files-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    (void)snprintf(r->prompts, sizeof(r->prompts), "%s/prompts", r->folder);
    assert_int_equal(mkdir(r->prompts, 0700), 0);
    write_wav(r->folder, "secret.wav", 1);
    write_wav(r->prompts, "one.wav", 1);
    write_wav(r->prompts, "five.wav", 5);
    r->loop = loop_new("test");
    assert_int_equal(files_start(r->loop, &r->files, NULL), ERR_OK);
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct room *r = *state;
    char *words = str_printf("rm -rf '%s'", r->folder);

    files_stop(r->files);
    loop_free(r->loop);
    assert_int_equal(system(words), 0); /* NOLINT(bugprone-command-processor,cert-env33-c) */
    (void)mem_free(words);
    (void)mem_free(r);
    return 0;
}

static void on_prompt(struct prompt *p, const struct fail *f, void *arg)
{
    struct room *r = arg;

    assert_true(r->told < MAX_TOLD);
    r->err[r->told] = p != NULL ? ERR_OK : f->err;
    r->ms[r->told] = p != NULL ? prompt_ms(p) : 0;
    prompt_free(p);
    if (++r->told == r->want)
        loop_stop(r->loop);
}

static void wait_for(struct room *r, size_t want)
{
    r->want = want;
    if (r->told < want)
        loop_run(r->loop);
    assert_int_equal(r->told, want);
}

static enum err load(struct room *r, const char *name, size_t max_bytes)
{
    size_t at = r->told;

    files_load(r->files, r->prompts, name, max_bytes, MAX_MS, on_prompt, r);
    wait_for(r, at + 1);
    return r->err[at];
}

static void results_come_in_the_order_of_the_jobs(void **state)
{
    struct room *r = *state;

    files_load(r->files, r->prompts, "five.wav", 100000, MAX_MS, on_prompt, r);
    files_decode(r->files, "nonsense", 8, MAX_MS, on_prompt, r);
    files_load(r->files, r->prompts, "one.wav", 100000, MAX_MS, on_prompt, r);
    wait_for(r, 3);
    assert_int_equal(r->ms[0], 100);
    assert_int_equal(r->err[1], ERR_MEDIA_KIND);
    assert_int_equal(r->ms[2], 20);
}

static void bytes_are_copied_before_they_are_decoded(void **state)
{
    struct room *r = *state;
    uint8_t file[WAV_HEADER + 640] = {0};

    wav_write_header(file, PROMPT_RATE, 640);
    files_decode(r->files, file, sizeof(file), MAX_MS, on_prompt, r);
    (void)memset(file, 0xff, sizeof(file));
    wait_for(r, 1);
    assert_int_equal(r->ms[0], 20);
}

static void a_file_stays_in_its_folder(void **state)
{
    struct room *r = *state;
    char *deep = str_printf("%s/sub", r->prompts);
    char *fifo = str_printf("%s/fifo.wav", r->prompts);
    char *outside = str_printf("%s/secret.wav", r->folder);

    assert_int_equal(mkdir(deep, 0700), 0);
    write_wav(deep, "deep.wav", 2);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    link_to(r, outside, "out.wav");
    link_to(r, "..", "up");
    link_to(r, "one.wav", "in.wav");

    assert_int_equal(load(r, "one.wav", 100000), ERR_OK);
    assert_int_equal(load(r, "sub/deep.wav", 100000), ERR_OK);
    assert_int_equal(load(r, "in.wav", 100000), ERR_OK);
    assert_int_equal(load(r, "../secret.wav", 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, "sub/../one.wav", 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, "out.wav", 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, "up/secret.wav", 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, outside, 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, "fifo.wav", 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, "sub", 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, "", 100000), ERR_NOT_FOUND);
    assert_int_equal(load(r, "none.wav", 100000), ERR_NOT_FOUND);
    (void)mem_free(deep);
    (void)mem_free(fifo);
    (void)mem_free(outside);
}

static void a_file_that_is_too_large_or_too_long_is_refused(void **state)
{
    struct room *r = *state;

    assert_int_equal(load(r, "five.wav", WAV_HEADER + 3200), ERR_OK);
    assert_int_equal(load(r, "five.wav", WAV_HEADER + 3199), ERR_TOO_LARGE);
    files_load(r->files, r->prompts, "five.wav", 100000, 99, on_prompt, r);
    wait_for(r, 3);
    assert_int_equal(r->err[2], ERR_TOO_LARGE);
}

static void stopping_tells_every_job(void **state)
{
    struct room *r = *state;

    for (int i = 0; i < 10; i++)
        files_load(r->files, r->prompts, "five.wav", 100000, MAX_MS, on_prompt, r);
    files_stop(r->files);
    r->files = NULL;
    assert_int_equal(r->told, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(r->ms[i], 100);
}

static struct buf read_back(const struct room *r, const char *name)
{
    char *path = str_printf("%s/%s", r->prompts, name);
    FILE *from = fopen(path, "r");
    struct buf b = {0};
    char block[4096];
    size_t n;

    if (from == NULL)
        fail_msg("no %s", path);
    while ((n = fread(block, 1, sizeof(block), from)) > 0)
        buf_add(&b, block, n);
    (void)fclose(from);
    (void)mem_free(path);
    return b;
}

static void assert_frames(const struct room *r, const char *name, int first, size_t frames)
{
    struct buf b = read_back(r, name);
    struct wav w;

    assert_int_equal(wav_check(b.data, b.len, &w, NULL), ERR_OK);
    assert_int_equal(w.rate_hz, PROMPT_RATE);
    assert_int_equal(w.frames, frames * PROMPT_FRAME);
    for (size_t i = 0; i < frames; i++) {
        int16_t sample;

        (void)memcpy(&sample, b.data + w.data + i * PROMPT_FRAME * 2, 2);
        assert_int_equal(sample, first + (int)i);
    }
    buf_clear(&b);
}

static void push(struct tap *t, bool in, int first, int frames)
{
    for (int i = 0; i < frames; i++) {
        int16_t pcm[PROMPT_FRAME];

        for (size_t k = 0; k < PROMPT_FRAME; k++)
            pcm[k] = (int16_t)(first + i);
        tap_frame(t, in, pcm);
    }
}

static void a_tap_writes_both_ways_of_each_port(void **state)
{
    struct room *r = *state;
    struct tap *one = tap_open(r->prompts, "sip", 7);
    struct tap *two = tap_open(r->prompts, "../a b", 8);

    push(one, true, 100, 40);
    push(one, false, 300, 5);
    push(two, true, 500, 3);
    push(two, false, 600, 1);
    tap_close(one);
    tap_close(two);
    assert_frames(r, "sip-7-in.wav", 100, 40);
    assert_frames(r, "sip-7-out.wav", 300, 5);
    assert_frames(r, ".._a_b-8-in.wav", 500, 3);
    assert_frames(r, ".._a_b-8-out.wav", 600, 1);
}

static void a_tap_starts_again_after_the_last_was_closed(void **state)
{
    struct room *r = *state;

    for (int round = 0; round < 3; round++) {
        struct tap *t = tap_open(r->prompts, "again", 1);

        push(t, true, round, round + 1);
        tap_close(t);
        assert_frames(r, "again-1-in.wav", round, (size_t)round + 1);
    }
}

static void a_tap_that_cannot_write_harms_nobody(void **state)
{
    struct tap *t = tap_open("/proc/no such folder", "x", 1);

    (void)state;
    push(t, true, 0, 100);
    tap_close(t);
    tap_frame(NULL, true, NULL);
    tap_close(NULL);
}

int main(void)
{
#define IN_A_ROOM(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_A_ROOM(results_come_in_the_order_of_the_jobs),
        IN_A_ROOM(bytes_are_copied_before_they_are_decoded),
        IN_A_ROOM(a_file_stays_in_its_folder),
        IN_A_ROOM(a_file_that_is_too_large_or_too_long_is_refused),
        IN_A_ROOM(stopping_tells_every_job),
        IN_A_ROOM(a_tap_writes_both_ways_of_each_port),
        IN_A_ROOM(a_tap_starts_again_after_the_last_was_closed),
        IN_A_ROOM(a_tap_that_cannot_write_harms_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
