/*
 * end.h - every way a call can end, once: what the bot is told and who said it.
 *
 * The numbers are those of docs/api.md, "How calls end": code and sub-code
 * of resultInfo in the `deleted` notice. Pure; any thread.
 */
#ifndef MODEL_END_H
#define MODEL_END_H

#include "base/err.h"

/* X(NAME, code, sub-code, sentence). Code 0: the code that the other side sent. */
#define ENDS(X)                                                                          \
    X(NONE, 0, 0, "The call is not over")                                                \
    X(APP_HUNG_UP, 200, 7000, "The application ended the call")                          \
    X(APP_CANCELLED, 487, 8542, "The application ended the call before it was answered") \
    X(PEER_HUNG_UP, 200, 4521, "The other side ended the call")                          \
    X(BUSY, 486, 8539, "The callee is busy")                                             \
    X(DECLINED, 603, 8538, "The callee declined")                                        \
    X(NO_SUCH_USER, 404, 8543, "The callee does not exist")                              \
    X(UNAVAILABLE, 480, 8541, "The callee is unavailable")                               \
    X(NO_PHONE, 480, 10037, "No phone of the callee is registered")                      \
    X(NO_ANSWER, 408, 10057, "The callee did not answer in time")                        \
    X(NO_CODEC, 488, 8557, "The callee's phone has no codec in common with us")          \
    X(UNREACHABLE, 0, 8544, "The callee's phone refused the call")                       \
    X(DECLINED_ALL, 0, 8538, "The callee refused everywhere")                            \
    X(NO_ACK, 408, 1106, "The acceptance was not acknowledged in time")                  \
    X(MEDIA_LOST, 410, 301005, "Client Media Error")                                     \
    X(TRANSPORT_LOST, 500, 1005, "The connection to the other side is lost")             \
    X(BOT_MEDIA_LOST, 500, 1005, "The application's media cannot be reached")            \
    X(NOT_KEPT_ALIVE, 408, 8537, "The application did not keep the call alive")          \
    X(REMOVED, 200, 5000, "The participant was removed from the conversation")           \
    X(CLOSED, 200, 5001, "The conversation was ended")                                   \
    X(HOST_LEFT, 200, 5007, "Who began the conversation has left")                       \
    X(LEFT_ALONE, 200, 5010, "Only one side remained in the conversation")               \
    X(NOBODY_LEFT, 200, 5012, "Nobody is left in the conversation")                      \
    X(NOBODY_CAME, 200, 5013, "Nobody joined the group call")                            \
    X(LOBBY_OVERDUE, 200, 5855, "The wait in the lobby was too long")                    \
    X(APP_REJECTED, 200, 7000, "The application rejected the call")                      \
    X(APP_REDIRECTED, 200, 7000, "The application redirected the call")                  \
    X(TRANSFERRED, 0, 7015, "GracefulTransferCompleted")                                 \
    X(CALLER_GAVE_UP, 487, 8542, "The caller gave up before the call was answered")      \
    X(NOT_ACKNOWLEDGED, 408, 8586, "The application's webhook did not take the call")    \
    X(NOT_ANSWERED, 408, 8587, "The application did not answer in time")                 \
    X(TOO_MANY_HOPS, 482, 8521, "The call was sent on too often")                        \
    X(SERVER_CRASHED, 500, 9001, "The server was restarted")                             \
    X(SERVER_STOPPED, 503, 9002, "The server is stopping")                               \
    X(SERVER_FAILED, 500, 9999, "The server failed")

enum end {
#define X(name, code, sub, text) END_##name,
    ENDS(X)
#undef X
        END_COUNT
};

/* How one call ended. */
struct ending {
    enum end why;
    int code; /* of resultInfo */
    int subcode;
};

/* The ending for a reason; status is the other side's, for those that pass it on. */
struct ending ending_of(enum end why, int status);

/* The ending that a final SIP answer to our INVITE means (RFC 3261 section 21); 0: none came. */
struct ending ending_of_sip(int status);

/* What a phone hears whose call to somebody ended so before it was taken: the same status where
 * that is one that says it, else 480. NULL: 480. */
int ending_sip_status(const struct ending *e);

/* "<text>. DiagCode: <code>#<subcode>.@", as Graph writes it; cut to size. */
void ending_message(const struct ending *e, char *out, unsigned long size);

/* The name in logs and transitions ("PEER_HUNG_UP"). */
const char *end_name(enum end why);

/* And back; END_NONE when it is none, or NULL. */
enum end end_named(const char *name);
/* The sentence. */
const char *end_text(enum end why);

#endif
