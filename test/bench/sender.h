/*
 * sender.h - the sound of all phones: one thread, few sockets, 50 packets a second for each leg.
 *
 * Legs are numbers, given out once. The thread is only there when there is sound
 * to be sent; without it, legs are just numbers with a port.
 */
#ifndef BENCH_SENDER_H
#define BENCH_SENDER_H

#include <stdbool.h>
#include <stdint.h>

struct entry;

/* Opens the sockets; with_sound: starts the thread. */
void sender_open(bool with_sound);

/* A new leg whose other side is at this port of the loopback address. */
int sender_add(uint16_t to_port);

/* Where a leg hears, and whose it is. */
uint16_t sender_port(int leg);
void sender_own(int leg, struct entry *e);
struct entry *sender_owner(int leg);

/* No more sound for it. -1 is fine. */
void sender_remove(int leg);

/* Packets so far, of all legs together. */
uint64_t sender_sent(void);
uint64_t sender_heard(void);

#endif
