/*
 * shelf.h - recordings on the disk: WAV files in one folder, written and read by the file thread.
 *
 * Called from the control thread; handlers are told in its loop.
 */
#ifndef MEDIA_SHELF_H
#define MEDIA_SHELF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct files;
struct recorder;

/* Writes sound (a gift; may be short of a single sample) as <folder>/<name>, mode 0600; the folder
 * is made when it is not there. why is a sentence, NULL when it stands there whole. */
typedef void shelf_put_h(const char *why, void *arg);
void shelf_put(struct files *fs, const char *folder, const char *name, struct recorder *sound,
               shelf_put_h *h, void *arg);

/* Reads it; bytes live during the call, NULL: there is none of that name. */
typedef void shelf_get_h(const struct buf *bytes, void *arg);
void shelf_get(struct files *fs, const char *folder, const char *name, shelf_get_h *h, void *arg);

/* Removes what was written longer ago than that. */
void shelf_prune(struct files *fs, const char *folder, int64_t older_than_s);

#endif
