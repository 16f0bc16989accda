/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Emits what a call does in the place of a task (standin.h), around the code of its callee. In order: the way outside;
 * what is asked before the call; the beginning; the two ends.
 */
#include "adapter/emit.h"

static uint32_t field(const struct adapter_func *f, size_t offset) {
  return f->sides[1].standin + (uint32_t)offset;
}

#define FIELD(f, member) field(f, offsetof(struct standin, member))

/* ---- the way outside --------------------------------------------------------------------------------------------- */

void emit_outside_if(struct emit *e, const struct adapter_func *f) {
  put_op_u32(&e->code, OP_IF, TYPE_NOTHING);
  for (uint32_t i = 0; i < f->caller->param_count; i++)
    emit_get(e, i);
  put_op_u32(&e->code, OP_CALL, f->outside);
  put_op(&e->code, OP_RETURN);
  put_op(&e->code, OP_END);
}

/* ---- before the call --------------------------------------------------------------------------------------------- */

static void or_it(struct emit *e) {
  put_op(&e->code, OP_I32_OR);
}

/* Where the caller wants a result that is not flat; GRAPH_NONE: there is none, or it is flat. */
static uint32_t out_local(const struct adapter_func *f) {
  const struct weir_type *t = f->type->result;
  if (!t || t->flat_count[0] <= (f->async_caller ? 0 : MAX_FLAT_RESULTS))
    return GRAPH_NONE;
  return f->caller->param_count - 1u;
}

/* Whether a result cannot be stored there, which the runtime says when there is one. */
static void check_out(struct emit *e, const struct adapter_func *f, uint32_t local) {
  enum { LOG2_PAGE = 16 };
  struct text *t = &e->code;
  const struct type_layout *layout = &f->type->result->layout[0];
  emit_get(e, local);
  put_i32(t, layout->align - 1);
  put_op(t, OP_I32_AND);
  or_it(e);
  emit_get(e, local);
  put_op(t, OP_I64_EXTEND_I32_U);
  put_i64(t, layout->size);
  put_op(t, OP_I64_ADD);
  put_op_u32(t, OP_MEMORY_SIZE, f->sides[0].memory);
  put_op(t, OP_I64_EXTEND_I32_U);
  put_i64(t, LOG2_PAGE);
  put_op(t, OP_I64_SHL);
  put_op(t, OP_I64_GT_U);
  or_it(e);
}

void emit_standin_closed(struct emit *e, const struct adapter_func *f) {
  bool async = f->type->async;
  emit_load_shared(e, async ? OP_I32_LOAD : OP_I32_LOAD8_U, f->gates[0]);
  for (uint32_t i = 1; i < f->gate_count; i++) {
    emit_load_shared(e, OP_I32_LOAD8_U, f->gates[i]);
    or_it(e);
  }
  if (!async)
    return;
  if (!f->async_caller) {
    emit_load_shared(e, OP_I32_LOAD, f->sides[0].gate + (uint32_t)offsetof(struct standin_gate, sync_tasks));
    or_it(e);
  }
  if (f->returned != STANDIN_STARTED && out_local(f) != GRAPH_NONE)
    check_out(e, f, out_local(f));
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

void emit_standin_begin(struct emit *e, const struct adapter_func *f) {
  struct text *t = &e->code;
  emit_store_shared(e, FIELD(f, state), f->returned);
  emit_store_shared(e, FIELD(f, trampoline), f->trampoline);
  put_i32(t, 0);
  emit_load_shared(e, OP_I32_LOAD, e->module->layout.top);
  put_access(t, OP_I32_STORE, e->module->flags, FIELD(f, below));
  emit_store_shared(e, e->module->layout.top, f->sides[1].standin);
  if (f->sides[1].context)
    emit_clear_slots(e, FIELD(f, context));
  uint32_t out = out_local(f);
  if (!f->type->async || out == GRAPH_NONE)
    return;
  put_i32(t, 0);
  emit_get(e, out);
  put_access(t, OP_I32_STORE, e->module->flags, FIELD(f, out));
}

/* ---- the ends ---------------------------------------------------------------------------------------------------- */

static void take_off(struct emit *e, const struct adapter_func *f) {
  emit_store_shared(e, FIELD(f, state), STANDIN_NONE);
  put_i32(&e->code, 0);
  emit_load_shared(e, OP_I32_LOAD, FIELD(f, below));
  put_access(&e->code, OP_I32_STORE, e->module->flags, e->module->layout.top);
}

void emit_standin_leave(struct emit *e, const struct adapter_func *f) {
  struct text *t = &e->code;
  emit_load_shared(e, OP_I32_LOAD, FIELD(f, state));
  put_i32(t, STANDIN_MADE);
  put_op(t, OP_I32_EQ);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  emit_push_site(e);
  emit_call_helper(e, ADAPTER_LEAVE);
  put_op(t, OP_ELSE);
  take_off(e, f);
  put_op(t, OP_END);
}

/* The core result of the callee, as an i64. */
static void push_wide(struct emit *e, const struct core_signature *callee, uint32_t local) {
  if (callee->result_count == 0) {
    put_i64(&e->code, 0);
    return;
  }
  emit_get(e, local);
  if (callee->results[0] == CORE_F32)
    put_op(&e->code, OP_I32_REINTERPRET_F32);
  if (callee->results[0] == CORE_F64)
    put_op(&e->code, OP_I64_REINTERPRET_F64);
  else if (callee->results[0] != CORE_I64)
    put_op(&e->code, OP_I64_EXTEND_I32_U);
}

/* The rest of the call is the runtime's; leaves the adapter's own result. */
static void finish(struct emit *e, const struct adapter_func *f, uint32_t core_result) {
  struct text *t = &e->code;
  emit_push_site(e);
  push_wide(e, f->callee, core_result);
  emit_call_helper(e, ADAPTER_FINISH);
  uint8_t result = f->caller->results[0];
  if (f->caller->result_count == 0)
    put_op(t, OP_DROP);
  else if (result == CORE_I32 || result == CORE_F32)
    put_op(t, OP_I32_WRAP_I64);
  if (f->caller->result_count > 0 && result == CORE_F32)
    put_op(t, OP_F32_REINTERPRET_I32);
  if (f->caller->result_count > 0 && result == CORE_F64)
    put_op(t, OP_F64_REINTERPRET_I64);
}

/* The values of a result, in locals of their own. */
static uint32_t take_values(struct emit *e, const struct adapter_func *f) {
  static const enum wasm_op loads[] = {
      [CORE_I32] = OP_I32_LOAD, [CORE_I64] = OP_I64_LOAD, [CORE_F32] = OP_F32_LOAD, [CORE_F64] = OP_F64_LOAD};
  const struct weir_type *type = f->type->result;
  uint32_t count = type ? type->flat_count[0] : 0, first = e->param_count + (uint32_t)e->locals.size;
  for (uint32_t i = 0; i < count; i++)
    emit_local(e, (enum core_type)type->flat[0][i]);
  for (uint32_t i = 0; i < count; i++) {
    emit_load_shared(e, loads[type->flat[0][i]], FIELD(f, values) + 8 * i);
    emit_set(e, first + i);
  }
  return first;
}

/* A callee that is lifted sync has returned: it exits before its result is lifted, since nobody can tell. */
static void end_sync(struct emit *e, const struct adapter_func *f, uint32_t core_result) {
  struct text *t = &e->code;
  emit_load_shared(e, OP_I32_LOAD, FIELD(f, state));
  put_i32(t, STANDIN_MADE);
  put_op(t, OP_I32_EQ);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  finish(e, f, core_result);
  put_op(t, OP_RETURN);
  put_op(t, OP_END);
  take_off(e, f);
}

bool emit_standin_end(struct emit *e, const struct adapter_func *f, uint32_t *packed) {
  struct text *t = &e->code;
  if (!f->callback) {
    end_sync(e, f, *packed);
    return true;
  }
  if (f->returned == STANDIN_STARTED) {
    finish(e, f, *packed);
    return false;
  }
  emit_load_shared(e, OP_I32_LOAD, FIELD(f, state));
  put_i32(t, STANDIN_RETURNED);
  put_op(t, OP_I32_XOR);
  emit_get(e, *packed);
  or_it(e);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  finish(e, f, *packed);
  put_op(t, OP_RETURN);
  put_op(t, OP_END);
  take_off(e, f);
  *packed = take_values(e, f);
  return true;
}
