/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See drop.h. A guest's destructor is a synchronous function (rep: u32) -> (), called like any other. */
#include "runtime/drop.h"

#include "runtime/enter.h"
#include "runtime/lift.h"
#include "runtime/task.h"
#include "runtime/trap.h"

static weir_status dtor_start(void *caller, struct rt_task *task, struct abi_cx *dst, union eng_val *vals) {
  (void)task;
  (void)dst;
  vals[0].u64 = *(const uint64_t *)caller;
  return WEIR_OK;
}

static weir_status dtor_resolve(void *caller, struct rt_task *task, struct abi_cx *src, union eng_val *vals,
                                uint32_t max_flat) {
  (void)caller;
  (void)task;
  (void)src;
  (void)vals;
  (void)max_flat;
  return WEIR_OK;
}

static const struct rt_caller_ops dtor_caller = {.start = dtor_start, .resolve = dtor_resolve};

weir_status drop_resource(struct rt_store *s, const struct rt_resource_type *type, uint64_t rep,
                          struct rt_instance *caller) {
  if (!type->impl) {
    if (type->host_drop)
      type->host_drop(type->host_data, rep);
    return WEIR_OK;
  }
  uint32_t levels = enter_count_levels(type->impl, caller);
  if (!type->dtor)
    return s->failed || (type->impl->held == 0 && !enter_is_allowed(type->impl, levels)) ? rt_trap_cannot_enter(s)
                                                                                         : WEIR_OK;
  return lift_call(type->dtor, levels, &dtor_caller, &rep, caller, NULL);
}
