/*
 * join_token.h - who has it may join a meeting: a JWT of a kind and a key ring of its own.
 *
 * It is handed to bots as tokenMeetingInfo.token and comes back in a join. It says which
 * meeting and until when, not who may use it; and it opens nothing else. Whether the meeting
 * still exists is the caller's to see. The control thread.
 */
#ifndef IDENTITY_JOIN_TOKEN_H
#define IDENTITY_JOIN_TOKEN_H

#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "model/meeting.h"

struct identity;

/* What a token says. */
struct join_token {
    struct id tenant;
    char thread[MEETING_THREAD_CHARS + 1];
    char message[MEETING_MESSAGE_CHARS + 1];
    int64_t expires_ms; /* wall */
};

/* A token for a meeting, good for 24 hours; to be freed with mem_free(). NULL with f filled when
 * it could not be signed. A secret. */
char *join_token_make(const struct identity *i, const struct meeting *m, struct fail *f);

/* ERR_JOIN_TOKEN with a sentence that never quotes the token: it was not made here, was changed,
 * is of another kind, or has expired (by the clock that made it, so without skew). */
NODISCARD enum err join_token_verify(const struct identity *i, const char *text,
                                     struct join_token *out, struct fail *f);

#endif
