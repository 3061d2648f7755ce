/*
 * softphone.h - a SIP phone over UDP that answers every INVITE at once.
 *
 * It is given a socket that is registered already (run.py has done so). It says
 * its 200 again until the ACK is there, and 200 to everything else.
 */
#ifndef BENCH_SOFTPHONE_H
#define BENCH_SOFTPHONE_H

#include <netinet/in.h>
#include <stdint.h>

#include "ledger.h"

/* The INVITE of a call came and its 200 has gone. */
typedef void softphone_h(struct entry *e);

/* server: where it is registered; user: of the Contact. */
void softphone_open(int fd, const struct sockaddr_in *server, const char *user,
                    softphone_h *on_invite);

/* Says again what was not acknowledged; every 500 ms or so. */
void softphone_repeat(uint64_t now_ns);

/* INVITEs that came again, 200s said again, BYEs. */
long softphone_invites_again(void);
long softphone_said_again(void);
long softphone_byes(void);

#endif
