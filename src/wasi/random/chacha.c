/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See chacha.h. Four blocks at a time: each word of the state is a vector of the four. */
#include "wasi/random/chacha.h"

#include <string.h>

typedef uint32_t lanes __attribute__((vector_size(16)));

enum { LANES = 4, WORDS = 16, ROUNDS = 10, CHUNK = LANES * WASI_CHACHA_BLOCK };

struct state {
  lanes w[WORDS];
};

static inline lanes rotate(lanes x, int by) {
  return (x << by) | (x >> (32 - by));
}

static inline void quarter(struct state *s, int a, int b, int c, int d) {
  lanes *w = s->w;
  w[a] += w[b], w[d] = rotate(w[d] ^ w[a], 16);
  w[c] += w[d], w[b] = rotate(w[b] ^ w[c], 12);
  w[a] += w[b], w[d] = rotate(w[d] ^ w[a], 8);
  w[c] += w[d], w[b] = rotate(w[b] ^ w[c], 7);
}

static inline void double_round(struct state *s) {
  for (int i = 0; i < 4; i++)
    quarter(s, i, i + 4, i + 8, i + 12);
  for (int i = 0; i < 4; i++)
    quarter(s, i, (i + 1) % 4 + 4, (i + 2) % 4 + 8, (i + 3) % 4 + 12);
}

static lanes same(uint32_t word) {
  return (lanes){word, word, word, word};
}

static void state_init(struct state *s, const uint8_t key[WASI_CHACHA_KEY], uint64_t block) {
  static const uint32_t constants[] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  uint32_t words[WASI_CHACHA_KEY / 4];
  memcpy(words, key, sizeof(words));
  for (int i = 0; i < 4; i++)
    s->w[i] = same(constants[i]);
  for (int i = 0; i < WASI_CHACHA_KEY / 4; i++)
    s->w[4 + i] = same(words[i]);
  for (int i = 0; i < LANES; i++) {
    s->w[12][i] = (uint32_t)(block + (uint64_t)i);
    s->w[13][i] = (uint32_t)((block + (uint64_t)i) >> 32);
  }
  s->w[14] = s->w[15] = same(0);
}

static void chunk(const uint8_t key[WASI_CHACHA_KEY], uint64_t block, uint8_t bytes[CHUNK]) {
  struct state begin, s;
  uint32_t out[LANES][WORDS];
  state_init(&begin, key, block);
  s = begin;
  for (int i = 0; i < ROUNDS; i++)
    double_round(&s);
  for (int i = 0; i < WORDS; i++) {
    lanes sum = s.w[i] + begin.w[i];
    for (int lane = 0; lane < LANES; lane++)
      out[lane][i] = sum[lane];
  }
  memcpy(bytes, out, CHUNK);
}

void wasi_chacha_fill(const uint8_t key[WASI_CHACHA_KEY], uint64_t block, void *bytes, size_t size) {
  uint8_t *to = bytes, last[CHUNK];
  for (; size >= CHUNK; size -= CHUNK, to += CHUNK, block += LANES)
    chunk(key, block, to);
  if (size == 0)
    return;
  chunk(key, block, last);
  memcpy(to, last, size);
  explicit_bzero(last, sizeof(last));
}
