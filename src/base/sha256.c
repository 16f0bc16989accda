/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See sha256.h: buffering, padding, and the compression function in plain C (FIPS 180-4, sections 5.1.1 and 6.2). */
#include "base/sha256.h"

#include <string.h>

const uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n) {
  return x >> n | x << (32 - n);
}

static uint32_t read_be32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write_be32(uint8_t *p, uint32_t x) {
  for (unsigned i = 0; i < 4; i++)
    p[i] = (uint8_t)(x >> (24 - 8 * i));
}

/* The message schedule W of one block. */
static void expand(uint32_t w[64], const uint8_t *block) {
  for (unsigned t = 0; t < 16; t++)
    w[t] = read_be32(block + 4 * t);
  for (unsigned t = 16; t < 64; t++) {
    uint32_t s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
    uint32_t s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
}

static void compress(uint32_t state[8], const uint8_t *block) {
  uint32_t w[64];
  expand(w, block);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (unsigned t = 0; t < 64; t++) {
    uint32_t big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    uint32_t big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    uint32_t t1 = h + big1 + ((e & f) ^ (~e & g)) + sha256_k[t] + w[t];
    uint32_t t2 = big0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void sha256_blocks_portable(uint32_t state[8], const uint8_t *data, size_t count) {
  for (size_t i = 0; i < count; i++)
    compress(state, data + i * SHA256_BLOCK);
}

static void blocks(struct sha256 *h, const uint8_t *data, size_t count) {
  sha256_blocks *hardware = sha256_blocks_hardware();
  (hardware ? hardware : sha256_blocks_portable)(h->state, data, count);
}

void sha256_begin(struct sha256 *h) {
  static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(h->state, first, sizeof(first));
  h->size = 0;
}

void sha256_add(struct sha256 *h, const void *data, size_t size) {
  const uint8_t *bytes = data;
  size_t held = (size_t)(h->size % SHA256_BLOCK);
  h->size += size;
  if (held > 0) {
    size_t room = SHA256_BLOCK - held, part = size < room ? size : room;
    if (part > 0)
      memcpy(h->pending + held, bytes, part);
    if (part < room)
      return;
    blocks(h, h->pending, 1);
    bytes += part, size -= part;
  }
  size_t whole = size / SHA256_BLOCK, rest = size % SHA256_BLOCK;
  if (whole > 0)
    blocks(h, bytes, whole);
  if (rest > 0)
    memcpy(h->pending, bytes + whole * SHA256_BLOCK, rest);
}

void sha256_end(struct sha256 *h, uint8_t ret[SHA256_SIZE]) {
  uint64_t bits = h->size * 8;
  uint8_t tail[SHA256_BLOCK + 8] = {0x80};
  size_t held = (size_t)(h->size % SHA256_BLOCK);
  size_t pad = (held < 56 ? 56 : 120) - held;
  write_be32(tail + pad, (uint32_t)(bits >> 32));
  write_be32(tail + pad + 4, (uint32_t)bits);
  sha256_add(h, tail, pad + 8);
  for (unsigned i = 0; i < 8; i++)
    write_be32(ret + 4 * i, h->state[i]);
}

void sha256_of(const void *data, size_t size, uint8_t ret[SHA256_SIZE]) {
  struct sha256 h;
  sha256_begin(&h);
  sha256_add(&h, data, size);
  sha256_end(&h, ret);
}

void sha256_hex(const uint8_t digest[SHA256_SIZE], char ret[SHA256_HEX]) {
  static const char digits[] = "0123456789abcdef";
  for (unsigned i = 0; i < SHA256_SIZE; i++) {
    ret[2 * i] = digits[digest[i] >> 4];
    ret[2 * i + 1] = digits[digest[i] & 15];
  }
  ret[SHA256_HEX - 1] = 0;
}
