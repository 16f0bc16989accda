/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * SHA-256 (FIPS 180-4): identifies content. The engine library computes the digests, with the processor's instructions
 * for them where there are any. A hash needs no memory but its own and cannot fail. A hash is plain data: a copy goes
 * on by itself, and nothing releases a hash.
 *
 *   struct sha256 h;
 *   sha256_begin(&h);
 *   sha256_add(&h, data, size);          any number of times
 *   sha256_end(&h, digest);
 */
#ifndef ENGINE_SHA256_H
#define ENGINE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32 };

struct sha256 {
  uint64_t state[14]; /* only engine/src/sha256.rs knows the contents, and checks that they fit */
};

void sha256_begin(struct sha256 *h);
/* `data` may be NULL where `size` is 0. */
void sha256_add(struct sha256 *h, const void *data, size_t size);
/* The digest; `h` must begin again before it is used again. */
void sha256_end(struct sha256 *h, uint8_t ret[SHA256_SIZE]);

/* All in one. */
void sha256_of(const void *data, size_t size, uint8_t ret[SHA256_SIZE]);

#endif
