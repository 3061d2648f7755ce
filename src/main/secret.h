/*
 * secret.h - secrets that are made on the first start and kept in the data folder.
 *
 * A file has 32 random bytes as 64 hex digits and a line end, 0600. One that others can
 * read, or that holds something else, is an error: a new one would help nobody, and the
 * old one protects nothing. One thread.
 */
#ifndef MAIN_SECRET_H
#define MAIN_SECRET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum { SECRET_BYTES = 32, SECRET_CHARS = 2 * SECRET_BYTES, SECRET_TEXT_SIZE = SECRET_CHARS + 1 };

/* Reads the file, or makes it; what: its name in an error, as "operator's token". The
 * text has no line end; is_new: it was made. The caller wipes it. */
NODISCARD enum err secret_get(const char *path, const char *what, char text[SECRET_TEXT_SIZE],
                              bool *is_new, struct fail *f);

/* Reads the file; ERR_NOT_FOUND when there is none. */
NODISCARD enum err secret_find(const char *path, const char *what, char text[SECRET_TEXT_SIZE],
                               struct fail *f);

#endif
