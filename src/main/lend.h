/*
 * lend.h - lends one file to the running server: by HTTP, on a loopback address, while it is asked
 * for. One thread.
 */
#ifndef MAIN_LEND_H
#define MAIN_LEND_H

#include "base/arena.h"
#include "base/err.h"

struct loop;
struct lend;

/* *uri: where the file is until lend_close(). It is read now, whole; ERR_BAD_REQUEST when it
 * cannot be, or is larger than a prompt may be (20 MiB). */
NODISCARD enum err lend_open(struct loop *l, const char *path, struct arena *a, struct lend **out,
                             const char **uri, struct fail *f);

/* NULL is fine. */
void lend_close(struct lend *x);

#endif
