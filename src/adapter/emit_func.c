/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Emits a whole call (emit.h), in the order of canon_lower and canon_lift: the arguments are lifted and lowered, the
 * callee runs, its result is lifted and lowered, its post-return is called. The result of an async callee comes from
 * its stand-in.
 */
#include "adapter/emit.h"

/* abi_source(): flat values begin at `local`, or the pointer in it is checked. */
static struct emit_place source(struct emit *e, const struct weir_type *t, uint32_t max_flat, uint32_t local) {
  if (t->flat_count[0] <= max_flat)
    return (struct emit_place){.flat = true, .local = local};
  emit_check_range(e, e->src, local, t->layout[0].size, GRAPH_NONE, t->layout[0].align, ADAPTER_TRAP_POINTER);
  return (struct emit_place){.local = local};
}

/* Parameters that travel flat: each in a local of its own, in order. */
static uint32_t flat_target(struct emit *e, const struct weir_type *t) {
  uint32_t first = e->param_count + (uint32_t)e->locals.size;
  for (uint32_t i = 0; i < t->flat_count[0]; i++)
    emit_local(e, (enum core_type)t->flat[0][i]);
  return first;
}

/* Lifts and lowers the arguments; returns the first of the locals with the core arguments of the callee. */
static uint32_t pass_params(struct emit *e, const struct adapter_func *f) {
  const struct weir_type *t = f->type->params;
  struct emit_place from = source(e, t, f->async_caller ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS, 0);
  struct emit_place to = {.flat = t->flat_count[0] <= MAX_FLAT_PARAMS};
  if (to.flat)
    to.local = flat_target(e, t);
  else
    to.local = emit_allocate(e, t->layout[0].size, GRAPH_NONE, t->layout[0].align, ADAPTER_TRAP_POINTER);
  emit_copy(e, from, to, t);
  return to.local;
}

/* Returns the local of the callee's result, if it has one. */
static uint32_t call_callee(struct emit *e, const struct adapter_func *f, uint32_t args) {
  const struct core_signature *callee = f->callee;
  emit_guard_begin(e, e->dst, callee->result_count, callee->results[0]);
  for (uint32_t i = 0; i < callee->param_count; i++)
    emit_get(e, args + i);
  put_op_u32(&e->code, OP_CALL, f->callee_func);
  emit_guard_end(e, e->dst);
  if (callee->result_count == 0)
    return 0;
  uint32_t result = emit_local(e, (enum core_type)callee->results[0]);
  emit_set(e, result);
  return result;
}

/* Lifts and lowers the callee's result, from `result` on; returns the local of the adapter's own, if it has one. */
static uint32_t pass_result(struct emit *e, const struct adapter_func *f, uint32_t result) {
  const struct weir_type *t = f->type->result;
  struct emit_place from = source(e, t, f->callback ? MAX_FLAT_PARAMS : MAX_FLAT_RESULTS, result);
  struct emit_place to = {.flat = t->flat_count[0] <= (f->async_caller ? 0 : MAX_FLAT_RESULTS)};
  if (to.flat) {
    to.local = flat_target(e, t);
  } else {
    to.local = f->caller->param_count - 1u;
    emit_check_range(e, e->dst, to.local, t->layout[0].size, GRAPH_NONE, t->layout[0].align, ADAPTER_TRAP_POINTER);
  }
  emit_copy(e, from, to, t);
  return to.local;
}

static void check_leave(struct emit *e, const struct adapter_side *caller) {
  if (caller->flag == GRAPH_NONE)
    return;
  put_i32(&e->code, 0);
  put_access(&e->code, OP_I32_LOAD8_U, e->module->flags, caller->flag);
  put_op(&e->code, OP_I32_EQZ);
  emit_trap_if(e, ADAPTER_TRAP_LEAVE);
}

static void call_post_return(struct emit *e, const struct adapter_func *f, uint32_t result) {
  if (f->post_return == GRAPH_NONE)
    return;
  emit_leaves(e, &f->sides[1], false);
  emit_guard_begin(e, &f->sides[1], 0, 0);
  if (f->callee->result_count > 0)
    emit_get(e, result);
  put_op_u32(&e->code, OP_CALL, f->post_return);
  emit_guard_end(e, &f->sides[1]);
  emit_leaves(e, &f->sides[1], true);
}

/* What stands in front of the call. */
static void check_way(struct emit *e, const struct adapter_func *f) {
  if (f->always_outside) {
    emit_load_shared(e, OP_I32_LOAD8_U, ADAPTER_FLAG_OUTSIDE);
    emit_outside_if(e, f);
  }
  check_leave(e, e->src);
  if (f->enters) {
    emit_standin_closed(e, f);
    emit_outside_if(e, f);
  }
}

/* The call has ended, and the runtime did not end it. */
static void give_back_loans(struct emit *e, const struct adapter_func *f) {
  if (!f->type->params->has_borrow)
    return;
  emit_push_site(e);
  emit_call_helper(e, ADAPTER_UNLEND);
}

static void push_result(struct emit *e, const struct adapter_func *f, uint32_t local) {
  enum { RETURNED = 2 }; /* Subtask.State */
  if (f->async_caller)
    put_i32(&e->code, RETURNED);
  else if (f->caller->result_count > 0)
    emit_get(e, local);
}

/* From the callee to the caller. */
static void turn(struct emit *e, const struct adapter_func *f) {
  e->src = &f->sides[1];
  e->dst = &f->sides[0];
  e->site++;
}

void emit_adapter(struct emit *e, const struct adapter_func *f) {
  uint32_t own = 0;
  e->src = &f->sides[0];
  e->dst = &f->sides[1];
  e->site = f->trampoline * 2;
  check_way(e, f);
  uint32_t args = pass_params(e, f);
  if (f->enters)
    emit_standin_begin(e, f);
  uint32_t result = call_callee(e, f, args);
  turn(e, f);
  if (f->enters && f->type->async && !emit_standin_end(e, f, &result))
    return;
  if (f->type->result)
    own = pass_result(e, f, result);
  call_post_return(e, f, result);
  if (f->enters && !f->type->async)
    emit_standin_leave(e, f);
  give_back_loans(e, f);
  push_result(e, f, own);
}
