/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A small generator of pseudo-random numbers (splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number
 * generators", 2014): one word of state, reproducible from its seed on every machine, not for secrets. The generator
 * decides schedules; guests get their random bytes from src/wasi.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
  uint64_t state;
};

static inline void rng_seed(struct rng *r, uint64_t seed) {
  r->state = seed;
}

static inline uint64_t rng_next(struct rng *r) {
  uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* A number below `n`, which is not 0. */
static inline uint32_t rng_below(struct rng *r, uint32_t n) {
  return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

static inline bool rng_coin(struct rng *r) {
  return rng_next(r) >> 63 != 0;
}

#endif
