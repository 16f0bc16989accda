/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), seeded through
 * splitmix64 as its authors advise: similar seeds then give unrelated states, and the state is never all zero.
 */
#include "wasi/random/prng.h"

static uint64_t mix_next(uint64_t *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t z = *state;
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

void wasi_prng_init(struct wasi_prng *prng, const uint64_t seed[2], uint64_t sequence) {
  uint64_t first = seed[0], second = seed[1], third = sequence;
  for (size_t i = 0; i < 4; i++)
    prng->state[i] = mix_next(&first) ^ rotate_left(mix_next(&second), 21) ^ rotate_left(mix_next(&third), 42);
  if ((prng->state[0] | prng->state[1] | prng->state[2] | prng->state[3]) == 0)
    prng->state[0] = 1;
}

uint64_t wasi_prng_next(struct wasi_prng *prng) {
  uint64_t *s = prng->state;
  uint64_t result = rotate_left(s[1] * 5, 7) * 9;
  uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate_left(s[3], 45);
  return result;
}

void wasi_prng_fill(struct wasi_prng *prng, void *bytes, size_t size) {
  uint8_t *out = bytes;
  uint64_t number = 0;
  for (size_t i = 0; i < size; i++) {
    if (i % 8 == 0)
      number = wasi_prng_next(prng);
    out[i] = (uint8_t)(number >> (i % 8 * 8));
  }
}
