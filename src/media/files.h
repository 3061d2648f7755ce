/*
 * files.h - the file thread: prompts are decoded and sounds written away from the
 * threads that must not wait.
 *
 * Control gives jobs, results come back in its loop, in order.
 */
#ifndef MEDIA_FILES_H
#define MEDIA_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct files;
struct loop;
struct prompt;

NODISCARD enum err files_start(struct loop *l, struct files **out, struct fail *f);
/* Finishes the jobs that were given (each is told), stops the thread. NULL is fine. */
void files_stop(struct files *fs);

/* p is a gift to the handler, NULL on failure; f says why. */
typedef void files_prompt_h(struct prompt *p, const struct fail *f, void *arg);

/* Decodes bytes (copied) by prompt_decode(). */
void files_decode(struct files *fs, const void *wav, size_t len, int max_ms, files_prompt_h *h,
                  void *arg);
/* Reads <folder>/<name>, which must stay in the folder (no "..", no symbolic link out of it),
 * at most max_bytes, and decodes it. ERR_NOT_FOUND when it is not there. */
void files_load(struct files *fs, const char *folder, const char *name, size_t max_bytes,
                int max_ms, files_prompt_h *h, void *arg);

/* Runs work(arg) on the file thread, then done(arg) in the loop. */
typedef void files_work_h(void *arg);
void files_run(struct files *fs, files_work_h *work, files_work_h *done, void *arg);

#endif
