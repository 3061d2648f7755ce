/*
 * samples.h - durations that were measured, and their percentiles.
 *
 * Every sample is kept (four bytes), so that a percentile is exact.
 */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct samples {
    uint32_t *us;
    size_t count;
    size_t room;
};

/* Adds the time between two moments (ns); nothing when one of them is not known (0). */
void samples_add(struct samples *s, uint64_t from_ns, uint64_t to_ns);

/* Prints {"count":..,"p50_ms":..,"p99_ms":..,"max_ms":..}; sorts what it has. */
void samples_print(struct samples *s, FILE *out);

#endif
