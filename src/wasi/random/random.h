/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:random/random, insecure and insecure-seed. Without a seed the first is the system's source and the others are a
 * generator that the system's source seeds once; with a seed all three are reproducible, each on a sequence of its own,
 * so that using one does not shift another. A function of the embedder's gives the numbers of all three.
 */
#ifndef WASI_RANDOM_RANDOM_H
#define WASI_RANDOM_RANDOM_H

#include <stdbool.h>

#include "wasi/random/prng.h"
#include "wasi/random/secure.h"

/* Bytes that one call gives at most: the interface allows short reads, and a guest names the length. */
enum { WASI_RANDOM_MAX = 1 << 16 };

struct wasi_random {
  bool (*fill)(void *data, void *bytes, size_t size); /* the embedder's; NULL: none */
  void *data;
  bool seeded; /* by the embedder */
  bool insecure_ready;
  struct wasi_secure system;
  struct wasi_prng secure, insecure, seed; /* `secure` only where seeded */
};

/* `seed` is NULL or two numbers. */
void wasi_random_init(struct wasi_random *random, const uint64_t *seed);
void wasi_random_done(struct wasi_random *random);
/* From now on `fill` gives the numbers, if it is not NULL. */
void wasi_random_replace(struct wasi_random *random, bool (*fill)(void *data, void *bytes, size_t size), void *data);
/* Fills with what wasi:random/random gives; false where the system has no random numbers. */
bool wasi_random_secure(struct wasi_random *random, void *bytes, size_t size);
/* The same for wasi:random/insecure. */
bool wasi_random_insecure(struct wasi_random *random, void *bytes, size_t size);

#endif
