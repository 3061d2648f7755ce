/*
 * registers.h - phones that register, as fast as they are answered: REGISTER, 401, REGISTER, 200.
 *
 * One UDP socket for all; each phone is a user of its own, "u0" and so on with
 * the password "bench-secret", and has one registration under way at a time.
 */
#ifndef BENCH_REGISTERS_H
#define BENCH_REGISTERS_H

#include <netinet/in.h>
#include <stdint.h>

#include "samples.h"

/* So many phones begin. */
void registers_open(const struct sockaddr_in *at, int phones);

/* From now on no new registration begins. */
void registers_stop(void);

/* Sends again what has had no answer for half a second. */
void registers_repeat(uint64_t now_ns);

/* Registrations that were answered 200, sent again, refused, and not answered as yet. */
long registers_done(void);
long registers_again(void);
long registers_refused(void);
long registers_waiting(void);

/* From the first REGISTER to the 200. */
struct samples *registers_took(void);

#endif
