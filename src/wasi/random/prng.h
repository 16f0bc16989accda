/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A fast generator of pseudo-random numbers (xoshiro256**): reproducible from its seed, and not for secrets. */
#ifndef WASI_RANDOM_PRNG_H
#define WASI_RANDOM_PRNG_H

#include <stddef.h>
#include <stdint.h>

struct wasi_prng {
  uint64_t state[4]; /* never all zero */
};

/* Any two numbers are a good seed; `sequence` chooses one of several independent sequences of the same seed. */
void wasi_prng_init(struct wasi_prng *prng, const uint64_t seed[2], uint64_t sequence);
uint64_t wasi_prng_next(struct wasi_prng *prng);
/* The bytes of successive numbers, lowest first, so that they are the same on every machine. */
void wasi_prng_fill(struct wasi_prng *prng, void *bytes, size_t size);

#endif
