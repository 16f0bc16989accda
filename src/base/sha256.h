/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * SHA-256 (FIPS 180-4): identifies content. Whole bytes only. Needs no memory and cannot fail; uses the processor's
 * instructions for it where there are any. It is weir's own because the one function is all that weir wants of a
 * cryptographic library, and loading one takes a third as long again as starting the command.
 *
 *   struct sha256 h;
 *   sha256_begin(&h);
 *   sha256_add(&h, data, size);          any number of times
 *   sha256_end(&h, digest);
 */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_BLOCK = 64, SHA256_HEX = 2 * SHA256_SIZE + 1 };

struct sha256 {
  uint32_t state[8];
  uint64_t size;                 /* bytes so far */
  uint8_t pending[SHA256_BLOCK]; /* size % SHA256_BLOCK of them */
};

void sha256_begin(struct sha256 *h);
/* `data` may be NULL where `size` is 0. */
void sha256_add(struct sha256 *h, const void *data, size_t size);
/* The digest; `h` must begin again before it is used again. */
void sha256_end(struct sha256 *h, uint8_t ret[SHA256_SIZE]);

/* All in one. */
void sha256_of(const void *data, size_t size, uint8_t ret[SHA256_SIZE]);

/* Lower-case hexadecimal digits, terminated. */
void sha256_hex(const uint8_t digest[SHA256_SIZE], char ret[SHA256_HEX]);

/* ---- for sha256.c and its test ----------------------------------------------------------------------------------- */

/* Takes in whole blocks. Both give the same; the second is NULL where this processor cannot. */
typedef void sha256_blocks(uint32_t state[8], const uint8_t *data, size_t count);
sha256_blocks sha256_blocks_portable;
sha256_blocks *sha256_blocks_hardware(void);

/* The round constants. */
extern const uint32_t sha256_k[64];

#endif
