/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The store's life and its tick: CanonicalABI.md#embedding. */
#ifndef RUNTIME_STORE_H
#define RUNTIME_STORE_H

#include "runtime/state.h"

/* Takes the engine's store, also on failure. Its limits are the defaults of weir/limits.h; its schedule is FIFO. */
void store_init(struct rt_store *s, const struct weir_alloc *alloc, struct eng_store *take_eng);

/* Before anything runs: permutes the choices of choice.h but those of `keep`; seed 0: permutes none. */
void store_permute(struct rt_store *s, uint64_t seed, uint32_t keep);

/* Before anything runs: sets guests aside that have run for so many ticks (hold.h). The engine must have epochs. */
void store_set_slice(struct rt_store *s, uint64_t ticks);

/*
 * Ends all: suspended stacks unwind without running on, host resources that guests still own are dropped, every root is
 * freed. The layer above lets go of its ends and calls afterwards.
 */
void store_done(struct rt_store *s);

/* Store.tick: resumes the first thread that is ready; false where there is none or the store has failed. */
bool store_tick(struct rt_store *s);

/*
 * A round, in two parts: goes on with each held stack that may; ticks once for each thread that is ready now, and not
 * for those that become so meanwhile. Each part ends where a time slice is used up, and the next call goes on with it.
 */
void store_round_holds(struct rt_store *s);
void store_round_threads(struct rt_store *s);

/* Whether a tick would run something. */
bool store_has_ready(const struct rt_store *s);

#endif
