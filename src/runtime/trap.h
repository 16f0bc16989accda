/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Traps: the first one is kept as the store's failure, and from then on no guest code of the store runs. */
#ifndef RUNTIME_TRAP_H
#define RUNTIME_TRAP_H

#include "runtime/state.h"

/* Records a trap in these words (the first wins), poisons the store, returns WEIR_ERR_TRAP. */
weir_status rt_trap(struct rt_store *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Poisons the store with a failure, which may be recorded already; returns the first failure's status. */
weir_status rt_poison(struct rt_store *s, weir_status status);
/* The same for a status that may be WEIR_OK, which changes nothing. */
static inline weir_status rt_fail(struct rt_store *s, weir_status status) {
  return status == WEIR_OK ? status : rt_poison(s, status);
}

/*
 * Where a limit of the store (state.h, struct rt_limits) is reached: traps, with its value, what it counts, and the
 * member of weir_store_config that sets it. Returns WEIR_ERR_LIMIT.
 */
weir_status rt_limit(struct rt_store *s, uint64_t value, const char *what, const char *member);

/* Whether the store has as many tasks and threads, or waitables and sets, as it may. */
static inline bool rt_tasks_full(const struct rt_store *s) {
  return (uint64_t)s->pool_tasks.live + s->pool_threads.live >= s->limits.tasks;
}
static inline bool rt_waitables_full(const struct rt_store *s) {
  return (uint64_t)s->pool_subtasks.live + s->pool_ends.live + s->pool_sets.live >= s->limits.waitables;
}
weir_status rt_limit_tasks(struct rt_store *s);
weir_status rt_limit_waitables(struct rt_store *s);

/* "cannot enter component instance", in the specification's words. */
weir_status rt_trap_cannot_enter(struct rt_store *s);

/* The trap to return to the guest from a built-in that has failed. */
struct wasm_trap_t *rt_raise(struct rt_store *s);

/* Fails unless the instance may leave now (canon built-ins begin with it). */
static inline weir_status rt_may_leave(struct rt_instance *inst) {
  return *inst->may_leave ? WEIR_OK : rt_trap(inst->store, "wasm trap: cannot leave component instance");
}

#endif
