/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The parts that all emitted functions are made of (emit.h). Each function here adds instructions to the code of one
 * function and leaves the stack as its name says. The checks are those of src/abi/place.c, in the same order.
 *
 * In order: a function's beginning, locals and body; calls of guests, whose exceptions become traps; checks of
 * addresses and memory; single core values.
 */
#include "adapter/emit.h"

#include <string.h>

void emit_init(struct emit *e, struct adapter_module *m, const uint8_t *params, uint32_t param_count) {
  *e = (struct emit){.module = m, .param_count = param_count, .site_local = GRAPH_NONE, .site_from = GRAPH_NONE};
  memcpy(e->params, params, param_count);
  text_init(&e->code);
  text_init(&e->locals);
}

void emit_done(struct emit *e) {
  text_done(&e->code);
  text_done(&e->locals);
}

uint32_t emit_local(struct emit *e, enum core_type type) {
  text_char(&e->locals, (char)type);
  return e->param_count + (uint32_t)e->locals.size - 1;
}

enum core_type emit_local_type(const struct emit *e, uint32_t local) {
  if (local < e->param_count)
    return (enum core_type)e->params[local];
  local -= e->param_count;
  return local < e->locals.size ? (enum core_type)e->locals.data[local] : CORE_I32;
}

/* Locals are declared in runs of one type. */
static void write_locals(const struct text *locals, struct text *out) {
  struct text runs;
  uint32_t count = 0;
  text_init(&runs);
  for (size_t i = 0; i < locals->size;) {
    size_t end = i + 1;
    while (end < locals->size && locals->data[end] == locals->data[i])
      end++;
    put_u32(&runs, (uint32_t)(end - i));
    put_valtype(&runs, (uint8_t)locals->data[i]);
    count++;
    i = end;
  }
  put_u32(out, count);
  text_add(out, (struct str){runs.data, runs.size});
  out->failed |= runs.failed;
  text_done(&runs);
}

void emit_body(struct emit *e, struct text *out) {
  struct text body;
  text_init(&body);
  write_locals(&e->locals, &body);
  put_op(&e->code, OP_END);
  text_add(&body, (struct str){e->code.data, e->code.size});
  body.failed |= e->code.failed || e->locals.failed;
  put_sized(out, &body);
  text_done(&body);
}

void emit_get(struct emit *e, uint32_t local) {
  put_op_u32(&e->code, OP_LOCAL_GET, local);
}

void emit_set(struct emit *e, uint32_t local) {
  put_op_u32(&e->code, OP_LOCAL_SET, local);
}

void emit_push_site(struct emit *e) {
  if (e->site_local != GRAPH_NONE) {
    emit_get(e, e->site_local);
  } else if (e->site_from != GRAPH_NONE) {
    emit_load_shared(e, OP_I32_LOAD, e->site_from + offsetof(struct standin, trampoline));
    put_i32(&e->code, 2);
    put_op(&e->code, OP_I32_MUL);
    put_i32(&e->code, 1);
    put_op(&e->code, OP_I32_ADD);
  } else {
    put_i32(&e->code, e->site);
  }
}

void emit_load_shared(struct emit *e, enum wasm_op op, uint32_t address) {
  put_i32(&e->code, 0);
  put_access(&e->code, op, e->module->flags, address);
}

void emit_store_shared(struct emit *e, uint32_t address, uint32_t value) {
  put_i32(&e->code, 0);
  put_i32(&e->code, value);
  put_access(&e->code, OP_I32_STORE, e->module->flags, address);
}

void emit_call_helper(struct emit *e, enum adapter_helper helper) {
  e->module->used[helper] = true;
  put_op_u32(&e->code, OP_CALL, e->module->helpers[helper]);
}

void emit_clear_slots(struct emit *e, uint32_t address) {
  for (uint32_t i = 0; i < STANDIN_CONTEXT_SLOTS; i++) {
    put_i32(&e->code, 0);
    put_i64(&e->code, 0);
    put_access(&e->code, OP_I64_STORE, e->module->flags, address + 8 * i);
  }
}

void emit_leaves(struct emit *e, const struct adapter_side *side, bool may_leave) {
  if (side->flag == GRAPH_NONE)
    return;
  put_i32(&e->code, 0);
  put_i32(&e->code, may_leave);
  put_access(&e->code, OP_I32_STORE8, e->module->flags, side->flag);
}

/* ---- calls of guests --------------------------------------------------------------------------------------------- */

static void put_block_type(struct text *t, uint8_t result_count, uint8_t result) {
  if (result_count > 0)
    put_valtype(t, result);
  else
    put_byte(t, TYPE_NOTHING);
}

void emit_guard_begin(struct emit *e, const struct adapter_side *side, uint8_t result_count, uint8_t result) {
  enum { CATCH_ALL = 2 };
  struct text *t = &e->code;
  if (!side->throws)
    return;
  put_op(t, OP_BLOCK);
  put_block_type(t, result_count, result);
  put_op_u32(t, OP_BLOCK, TYPE_NOTHING);
  put_op(t, OP_TRY_TABLE);
  put_block_type(t, result_count, result);
  put_u32(t, 1);
  put_byte(t, CATCH_ALL);
  put_u32(t, 0); /* to the end of the inner block */
}

static void put_trap(struct emit *e, enum adapter_trap trap) {
  put_i32(&e->code, trap);
  emit_push_site(e);
  emit_call_helper(e, ADAPTER_TRAP);
  put_op(&e->code, OP_UNREACHABLE);
}

void emit_guard_end(struct emit *e, const struct adapter_side *side) {
  struct text *t = &e->code;
  if (!side->throws)
    return;
  put_op(t, OP_END);
  put_op_u32(t, OP_BR, 1);
  put_op(t, OP_END);
  put_trap(e, ADAPTER_TRAP_THROWN);
  put_op(t, OP_END);
}

/* ---- checks ------------------------------------------------------------------------------------------------------ */

void emit_trap_if(struct emit *e, enum adapter_trap trap) {
  put_op_u32(&e->code, OP_IF, TYPE_NOTHING);
  put_trap(e, trap);
  put_op(&e->code, OP_END);
}

static void push_size(struct emit *e, uint32_t size, uint32_t size_local) {
  if (size_local == GRAPH_NONE)
    put_i32(&e->code, size);
  else
    emit_get(e, size_local);
}

void emit_check_range(struct emit *e, const struct adapter_side *side, uint32_t address, uint32_t size,
                      uint32_t size_local, uint32_t align, enum adapter_trap outside) {
  enum { LOG2_PAGE = 16 };
  struct text *t = &e->code;
  if (align > 1) {
    emit_get(e, address);
    put_i32(t, align - 1);
    put_op(t, OP_I32_AND);
    emit_trap_if(e, ADAPTER_TRAP_UNALIGNED);
  }
  emit_get(e, address);
  put_op(t, OP_I64_EXTEND_I32_U);
  push_size(e, size, size_local);
  put_op(t, OP_I64_EXTEND_I32_U);
  put_op(t, OP_I64_ADD);
  put_op_u32(t, OP_MEMORY_SIZE, side->memory);
  put_op(t, OP_I64_EXTEND_I32_U);
  put_i64(t, LOG2_PAGE);
  put_op(t, OP_I64_SHL);
  put_op(t, OP_I64_GT_U);
  emit_trap_if(e, outside);
}

/* A call of realloc has context slots of its own. */
static void set_realloc_slots(struct emit *e, bool begins) {
  enum { OFFSET = offsetof(struct standin, realloc_context) - offsetof(struct standin, context) };
  if (!e->dst->context)
    return;
  emit_store_shared(e, e->dst->standin + (uint32_t)offsetof(struct standin, in_realloc), begins ? OFFSET : 0);
  if (begins)
    emit_clear_slots(e, e->dst->standin + (uint32_t)offsetof(struct standin, realloc_context));
}

uint32_t emit_allocate(struct emit *e, uint32_t size, uint32_t size_local, uint32_t align, enum adapter_trap outside) {
  uint32_t address = emit_local(e, CORE_I32);
  emit_leaves(e, e->dst, false);
  set_realloc_slots(e, true);
  emit_guard_begin(e, e->dst, 1, CORE_I32);
  put_i32(&e->code, 0);
  put_i32(&e->code, 0);
  put_i32(&e->code, align);
  push_size(e, size, size_local);
  put_op_u32(&e->code, OP_CALL, e->dst->realloc);
  emit_guard_end(e, e->dst);
  emit_set(e, address);
  set_realloc_slots(e, false);
  emit_leaves(e, e->dst, true);
  emit_check_range(e, e->dst, address, size, size_local, align, outside);
  return address;
}

/* ---- single core values ------------------------------------------------------------------------------------------ */

/* lift_flat_variant's coercions: from the declared type of a slot to the type of the value. */
static void coerce_from_slot(struct emit *e, enum core_type slot, enum core_type type) {
  if (slot == type)
    return;
  if (slot == CORE_I64 && type != CORE_F64)
    put_op(&e->code, OP_I32_WRAP_I64);
  if (type == CORE_F32)
    put_op(&e->code, OP_F32_REINTERPRET_I32);
  else if (type == CORE_F64)
    put_op(&e->code, OP_F64_REINTERPRET_I64);
}

/* lower_flat_variant's: the other way. */
static void coerce_to_slot(struct emit *e, enum core_type type, enum core_type slot) {
  if (slot == type)
    return;
  if (type == CORE_F32)
    put_op(&e->code, OP_I32_REINTERPRET_F32);
  else if (type == CORE_F64)
    put_op(&e->code, OP_I64_REINTERPRET_F64);
  if (slot == CORE_I64 && type != CORE_F64)
    put_op(&e->code, OP_I64_EXTEND_I32_U);
}

void emit_load(struct emit *e, struct emit_place from, enum wasm_op op, enum core_type type) {
  emit_get(e, from.local);
  if (from.flat)
    coerce_from_slot(e, emit_local_type(e, from.local), type);
  else
    put_access(&e->code, op, e->src->memory, from.offset);
}

void emit_store_begin(struct emit *e, struct emit_place to) {
  if (!to.flat)
    emit_get(e, to.local);
}

void emit_store_end(struct emit *e, struct emit_place to, enum wasm_op op, enum core_type type) {
  if (!to.flat) {
    put_access(&e->code, op, e->dst->memory, to.offset);
    return;
  }
  coerce_to_slot(e, type, emit_local_type(e, to.local));
  emit_set(e, to.local);
}
