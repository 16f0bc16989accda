/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Work that a host causes and that may call a guest's realloc outside of any task of the guest: a result that comes
 * late, or values for a stream. In a store with time slices it runs on a stack, so that it can be set aside.
 */
#ifndef RUNTIME_ERRAND_H
#define RUNTIME_ERRAND_H

#include "runtime/state.h"

/*
 * Runs `fn` for an instance, which must not be frozen. It is called exactly once, also where the store fails or goes, and
 * may end after this has returned. Not from inside a guest's call.
 */
void errand_run(struct rt_store *s, struct rt_instance *inst, void (*fn)(void *arg), void *arg);

#endif
