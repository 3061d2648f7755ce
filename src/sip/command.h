/*
 * command.h - what crosses between the control thread and the sip thread.
 *
 * Copied by value; a pointer inside is a gift. Any thread.
 */
#ifndef SIP_COMMAND_H
#define SIP_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "sip/sip.h"

enum command_kind {
    COMMAND_ACCOUNTS,     /* gift: struct command_accounts */
    COMMAND_LIMITS,       /* gift: struct sip_limits */
    COMMAND_RESTORE,      /* gift: struct sip_binding */
    COMMAND_INVITE,       /* gift: struct sip_invite, with its sdp */
    COMMAND_RING,         /* leg */
    COMMAND_ANSWER,       /* leg; gift: sdp */
    COMMAND_REFUSE,       /* leg, status */
    COMMAND_MODIFY_REPLY, /* leg, status; gift: sdp or NULL */
    COMMAND_HANGUP,       /* leg, status */
    COMMAND_CONFIRM,      /* leg */
    COMMAND_FREE_DIALOG,  /* gift: text */
    COMMAND_STOP,         /* status: how long to wait, ms */
    COMMAND_COUNT
};

struct command {
    enum command_kind kind;
    int status;
    uint64_t leg;
    void *gift;
};

/* An array of accounts whose texts live behind it, in one piece of memory. */
struct command_accounts {
    size_t count;
    struct sip_account list[];
};

#endif
