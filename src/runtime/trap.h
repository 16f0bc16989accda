/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Traps: the first one is kept as the store's failure, and from then on no guest code of the store runs. */
#ifndef RUNTIME_TRAP_H
#define RUNTIME_TRAP_H

#include "runtime/state.h"

/* Records a trap in these words (the first wins), poisons the store, returns WEIR_ERR_TRAP. */
weir_status rt_trap(struct rt_store *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Poisons the store with a failure that is recorded already; returns the first one's status. WEIR_OK changes nothing. */
weir_status rt_fail(struct rt_store *s, weir_status status);

/* "cannot enter component instance", in the specification's words. */
weir_status rt_trap_cannot_enter(struct rt_store *s);

/* The trap to return to the guest from a built-in that has failed. */
struct wasm_trap_t *rt_raise(struct rt_store *s);

/* Fails unless the instance may leave now (canon built-ins begin with it). */
static inline weir_status rt_may_leave(struct rt_instance *inst) {
  return inst->may_leave ? WEIR_OK : rt_trap(inst->store, "wasm trap: cannot leave component instance");
}

#endif
