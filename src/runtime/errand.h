/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Work that a host causes and that may call a guest's realloc outside of any task of the guest: a result that comes
 * late, or values for a stream. In a store with time slices it runs on a stack, so that it can be set aside. It owns
 * its stack by a thread without a lift, which no guest knows of.
 */
#ifndef RUNTIME_ERRAND_H
#define RUNTIME_ERRAND_H

#include "runtime/state.h"

/*
 * Runs `fn` for an instance, which must not be frozen. It is called exactly once, also where the store fails or goes,
 * and may end after this has returned. Not from inside a guest's call.
 */
void errand_run(struct rt_store *s, struct rt_instance *inst, void (*fn)(void *arg), void *arg);

/* The same, on a stack in any case. WEIR_ERR_NOMEM: it was not called, and the store has not failed. */
weir_status errand_on_stack(struct rt_store *s, struct rt_instance *inst, void (*fn)(void *arg), void *arg);

#endif
