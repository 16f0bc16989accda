/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The runtime's half of stand-ins: adapter/standin.h has what they are, and what must hold. */
#ifndef RUNTIME_STANDIN_H
#define RUNTIME_STANDIN_H

#include "runtime/binding.h"
#include "runtime/state.h"

weir_status standin_make_tasks(struct rt_root *root);

/*
 * First in everything that a guest of the root can call: replaces all stand-ins by tasks, so that store.current is the
 * thread that runs. Where it fails the store has failed.
 */
static inline weir_status standin_replace(struct rt_root *root) {
  return *root->standin_top == 0 ? WEIR_OK : standin_make_tasks(root);
}

/* For helpers that call guest code and need nobody's task: nobody finds the stand-ins meanwhile. */
static inline uint32_t standin_hide(struct rt_root *root) {
  uint32_t top = *root->standin_top;
  *root->standin_top = 0;
  return top;
}
static inline void standin_show(struct rt_root *root, uint32_t top) {
  *root->standin_top = top;
}

/*
 * The ends of a call whose stand-in was replaced, after its core function: of async type, with what that has returned;
 * and of synchronous type, whose result is lowered.
 */
weir_status standin_finish(struct rt_trampoline *t, union eng_val core_result, union eng_val *vals);
weir_status standin_leave(struct rt_trampoline *t);

/* Before a root's first step. Its instances have no stand-ins until the memory of flags is there. */
void standin_init(struct rt_root *root);
/* The memory of flags is there: gates and stand-ins of `plan` are in it from now on. */
weir_status standin_take(struct rt_root *root, const struct adapter_plan *plan, uint8_t *memory, size_t size);

#endif
