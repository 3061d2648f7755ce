/*
 * lan.h - `--lan`: phones of the own network may come, with passwords that nobody knows
 * from a documentation page.
 *
 * SIP and RTP move to the machine's address in the network; HTTP stays where it was,
 * so our own verbs never leave the machine. At start, one thread.
 */
#ifndef MAIN_LAN_H
#define MAIN_LAN_H

#include "main/config.h"

/* Changes the addresses of c to `wanted`, or, when it is "auto", to the first IPv4 address of an
 * interface that is up and no loopback; replaces the passwords of the dev directory by random ones.
 * *help gets what a person types into a phone (in the arena). */
NODISCARD enum err lan_apply(struct config *c, const char *wanted, struct arena *a,
                             const char **help, struct fail *f);

#endif
