/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* resource.new, resource.rep, resource.drop and the call of a destructor. See builtin.h. */
#include "runtime/builtin.h"
#include "runtime/drop.h"
#include "runtime/resource.h"
#include "runtime/table.h"
#include "runtime/trap.h"

weir_status builtin_resource_new(struct rt_trampoline *t, union eng_val *v) {
  struct rt_handle *h;
  uint32_t index;
  uint64_t rep = t->decl->is64 ? v[0].u64 : v[0].u32;
  WEIR_TRY(rt_table_add(t->inst->store, &t->inst->handles, RT_RESOURCE, &h, &index));
  h->own = true;
  h->of.resource.type = t->resource;
  h->of.resource.rep = rep;
  h->of.resource.borrow_scope = NULL;
  v[0].u32 = index;
  return WEIR_OK;
}

weir_status builtin_resource_rep(struct rt_trampoline *t, union eng_val *v) {
  struct rt_handle *h;
  WEIR_TRY(rt_table_get(t->inst->store, &t->inst->handles, v[0].u32, &h));
  WEIR_TRY(resource_check(t->inst->store, h, t->resource, v[0].u32));
  v[0].u64 = h->of.resource.rep;
  return WEIR_OK;
}

weir_status builtin_resource_drop(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_handle *h;
  WEIR_TRY(rt_table_get(s, &t->inst->handles, v[0].u32, &h));
  WEIR_TRY(resource_check(s, h, t->resource, v[0].u32));
  if (h->num_lends != 0)
    return rt_trap(s, "cannot remove owned resource while borrowed");
  bool own = h->own;
  uint64_t rep = h->of.resource.rep;
  if (!own && h->of.resource.borrow_scope)
    h->of.resource.borrow_scope->num_borrows--;
  rt_table_remove(&t->inst->handles, v[0].u32);
  return own ? drop_resource(s, t->resource, rep, t->inst) : WEIR_OK;
}
