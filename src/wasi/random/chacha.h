/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The stream of ChaCha20 (Bernstein 2008; RFC 8439 has its test vectors): numbers that nobody can tell from random. */
#ifndef WASI_RANDOM_CHACHA_H
#define WASI_RANDOM_CHACHA_H

#include <stddef.h>
#include <stdint.h>

enum { WASI_CHACHA_KEY = 32, WASI_CHACHA_BLOCK = 64 };

/* Writes the first `size` bytes of the stream from block `block` on, with a nonce of 0. */
void wasi_chacha_fill(const uint8_t key[WASI_CHACHA_KEY], uint64_t block, void *bytes, size_t size);

#endif
