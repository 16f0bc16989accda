/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Numbers for secrets, without a call of the system for each: ChaCha20 with keys from the system. A key is replaced by
 * its own first bytes before any of its others are used, and bytes are erased as they are given: so whoever sees the
 * memory learns nothing of what was given before. The system gives a new key after each MiB, and after a fork, where
 * the memory is empty.
 */
#ifndef WASI_RANDOM_SECURE_H
#define WASI_RANDOM_SECURE_H

#include <stdbool.h>
#include <stddef.h>

struct wasi_secure {
  struct wasi_secure_page *page; /* NULL: not asked for yet */
};

/* Numbers of the system itself. false: it has none. */
bool wasi_system_random(void *bytes, size_t size);

/* The same, by way of a generator where there is memory for it. `secure` is zeroed at first. */
bool wasi_secure_fill(struct wasi_secure *secure, void *bytes, size_t size);
void wasi_secure_done(struct wasi_secure *secure);

#endif
