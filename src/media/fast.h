/*
 * fast.h - FAST before a loop over samples: compiled twice, and chosen when the program starts.
 *
 * Once for any machine and once for one with AVX2. Sanitizers and clang do not get along with
 * that choice, and are not what is fast.
 */
#ifndef MEDIA_FAST_H
#define MEDIA_FAST_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FAST __attribute__((optimize("O3"), target_clones("avx2", "default")))
#else
#define FAST
#endif

#endif
