/*
 * words.h - the text messages of callmedia.v1: what the bot is told, what it may say. Pure.
 */
#ifndef APPMEDIA_WORDS_H
#define APPMEDIA_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "model/media_blob.h"

enum { WORDS_MARK_CHARS = 128, WORDS_MAX = 16 * 1024 };

/* X(NAME, word) */
#define COMMANDS(X)           \
    X(MARK, "mark")           \
    X(CLEAR, "clear")         \
    X(FLUSH, "flush")         \
    X(PAUSE, "pause")         \
    X(RESUME, "resume")       \
    X(STATUS, "status")       \
    X(DIRECTION, "direction") \
    X(BYE, "bye")

/* clang-format off */
enum word {
    WORD_NONE, /* none of these, or not as it should be */
#define X(name, text) WORD_##name,
    COMMANDS(X)
#undef X
    WORD_COUNT
};

/* Seen from the bot. X(NAME, word) */
#define DIRECTIONS(X) X(BOTH, "both") X(IN, "in") X(OUT, "out")

enum direction {
    DIRECTION_NONE,
#define X(name, text) DIRECTION_##name,
    DIRECTIONS(X)
#undef X
};
/* clang-format on */

struct command_words {
    enum word word;
    char mark[WORDS_MARK_CHARS + 1]; /* of MARK */
    enum direction direction;        /* of DIRECTION */
    const char *refusal;             /* of WORD_NONE: the code of the error event */
};

/* Reads what a bot says; at most WORDS_MAX bytes. */
void words_read(const char *p, size_t n, struct command_words *out);

/* What the bot is told first on each connection. */
struct words_start {
    const char *call;
    const char *resume;
    unsigned connection; /* seq: 0, 1, ... */
    const struct media_blob *blob;
};
void words_start(const struct words_start *s, struct buf *out);

/* One JSON object each, appended. */
void words_key(char key, struct buf *out);
void words_speakers(const char *const *ids, size_t count, struct buf *out);
void words_track(unsigned track, const char *participant, uint32_t source_id, struct buf *out);
void words_track_end(unsigned track, struct buf *out);
void words_mark(const char *id, bool played, struct buf *out);
/* {"event":"gap","lostMs":60}: an event with a number of ms. */
void words_ms(const char *event, const char *name, uint64_t ms, struct buf *out);
void words_error(const char *code, struct buf *out);
void words_stop(const char *reason, int code, int subcode, struct buf *out);

struct words_status {
    uint64_t queued_ms, gap_ms, overrun_ms;
    bool paused;
    enum direction direction;
};
void words_status(const struct words_status *s, struct buf *out);

#endif
