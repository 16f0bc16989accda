/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * LiftLowerContext: what the canonical ABI's translator needs from the runtime, for one translation. Handles are lifted
 * out of and lowered into the instance's table here. Origin: CanonicalABI.md#lifting-and-lowering-context, lift_own and
 * its siblings.
 */
#ifndef RUNTIME_CX_H
#define RUNTIME_CX_H

#include "runtime/state.h"

struct rt_cx {
  struct abi_cx abi; /* first */
  struct rt_instance *inst;
  const struct rt_opts *opts;
  struct rt_task *task;       /* borrow_scope when lowering into a task */
  struct rt_subtask *subtask; /* borrow_scope when lifting from a caller */
  struct rt_instance *other;  /* the instance on the other side of a copy; NULL: a host, or the current thread's */
};

/* The memory's view is taken when the first address is checked, or by abi_refresh(). */
void cx_init(struct rt_cx *cx, struct rt_instance *inst, const struct rt_opts *opts);

/* The runtime's identity of a resource type as `inst` sees it. */
static inline struct rt_resource_type *cx_resource(const struct rt_root *root, const struct weir_resource_type *decl) {
  return &root->resources[decl->index];
}

#endif
