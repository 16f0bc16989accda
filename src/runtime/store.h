/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The store's life and its tick: CanonicalABI.md#embedding. */
#ifndef RUNTIME_STORE_H
#define RUNTIME_STORE_H

#include "runtime/state.h"

/* Takes the engine's store, also on failure. Its limits are the defaults of weir/limits.h; its schedule is FIFO. */
void store_init(struct rt_store *s, const struct weir_alloc *alloc, struct eng_store *take_eng);

/* Before anything runs: permutes the choices of choice.h but those of `keep`; seed 0: permutes none. */
void store_permute(struct rt_store *s, uint64_t seed, uint32_t keep);

/*
 * Ends all: suspended stacks unwind without running on, host resources that guests still own are dropped, every root is
 * freed. The layer above lets go of its ends and calls afterwards.
 */
void store_done(struct rt_store *s);

/* Store.tick: resumes the first thread that is ready; false where there is none or the store has failed. */
bool store_tick(struct rt_store *s);

/* Ticks once for each thread that is ready now, and not for those that become so meanwhile. */
void store_round(struct rt_store *s);

/* Whether a tick would run something. */
bool store_has_ready(const struct rt_store *s);

#endif
