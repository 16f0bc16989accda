/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Copies one value from place to place (emit.h), kind by kind as src/abi/copy.c does. Recursion and output end, because
 * adapter_plan_make() bounds the number of parts that a type unfolds to.
 *
 * In order: scalars, flags and handles; bytes, records and fixed lists; variants; any type. Lists and strings are in
 * emit_pair.c.
 */
#include "adapter/emit.h"

/* ---- scalars ----------------------------------------------------------------------------------------------------- */

static const struct {
  enum wasm_op load, store;
  enum core_type type;
} scalars[] = {
    [TYPE_BOOL] = {OP_I32_LOAD8_U, OP_I32_STORE8, CORE_I32},  [TYPE_S8] = {OP_I32_LOAD8_S, OP_I32_STORE8, CORE_I32},
    [TYPE_U8] = {OP_I32_LOAD8_U, OP_I32_STORE8, CORE_I32},    [TYPE_S16] = {OP_I32_LOAD16_S, OP_I32_STORE16, CORE_I32},
    [TYPE_U16] = {OP_I32_LOAD16_U, OP_I32_STORE16, CORE_I32}, [TYPE_S32] = {OP_I32_LOAD, OP_I32_STORE, CORE_I32},
    [TYPE_U32] = {OP_I32_LOAD, OP_I32_STORE, CORE_I32},       [TYPE_S64] = {OP_I64_LOAD, OP_I64_STORE, CORE_I64},
    [TYPE_U64] = {OP_I64_LOAD, OP_I64_STORE, CORE_I64},       [TYPE_F32] = {OP_F32_LOAD, OP_F32_STORE, CORE_F32},
    [TYPE_F64] = {OP_F64_LOAD, OP_F64_STORE, CORE_F64},       [TYPE_CHAR] = {OP_I32_LOAD, OP_I32_STORE, CORE_I32},
};

/* scalar_wrap() of src/abi, for the value on the stack; a load from memory has wrapped all kinds but booleans. */
static void wrap(struct emit *e, enum type_kind kind, bool flat) {
  struct text *t = &e->code;
  if (kind == TYPE_BOOL) {
    put_i32(t, 0);
    put_op(t, OP_I32_NE);
  } else if (flat && kind == TYPE_S8) {
    put_op(t, OP_I32_EXTEND8_S);
  } else if (flat && kind == TYPE_S16) {
    put_op(t, OP_I32_EXTEND16_S);
  } else if (flat && (kind == TYPE_U8 || kind == TYPE_U16)) {
    put_i32(t, kind == TYPE_U8 ? UINT8_MAX : UINT16_MAX);
    put_op(t, OP_I32_AND);
  }
}

/* convert_i32_to_char, of the value on the stack, which stays there. */
static void check_char(struct emit *e) {
  struct text *t = &e->code;
  uint32_t value = emit_local(e, CORE_I32);
  put_op_u32(t, OP_LOCAL_TEE, value);
  put_i32(t, 0x110000);
  put_op(t, OP_I32_GE_U);
  emit_get(e, value);
  put_i32(t, 0xfffff800u);
  put_op(t, OP_I32_AND);
  put_i32(t, 0xd800);
  put_op(t, OP_I32_EQ);
  put_op(t, OP_I32_OR);
  emit_trap_if(e, ADAPTER_TRAP_CHAR);
  emit_get(e, value);
}

static void copy_scalar(struct emit *e, struct emit_place from, struct emit_place to, enum type_kind kind) {
  emit_store_begin(e, to);
  emit_load(e, from, scalars[kind].load, scalars[kind].type);
  wrap(e, kind, from.flat);
  if (kind == TYPE_CHAR)
    check_char(e);
  emit_store_end(e, to, scalars[kind].store, scalars[kind].type);
}

/* An unsigned integer of 1, 2 or 4 bytes: flags and case numbers. */
static enum wasm_op load_of(uint32_t size) {
  return size == 1 ? OP_I32_LOAD8_U : size == 2 ? OP_I32_LOAD16_U : OP_I32_LOAD;
}
static enum wasm_op store_of(uint32_t size) {
  return size == 1 ? OP_I32_STORE8 : size == 2 ? OP_I32_STORE16 : OP_I32_STORE;
}

static void copy_flags(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t) {
  uint32_t size = t->layout[0].size;
  emit_store_begin(e, to);
  emit_load(e, from, load_of(size), CORE_I32);
  if (t->field_count < 32) {
    put_i32(&e->code, (1u << t->field_count) - 1);
    put_op(&e->code, OP_I32_AND);
  }
  emit_store_end(e, to, store_of(size), CORE_I32);
}

/* The runtime moves the handle from table to table; one that is inside knows types by tags (adapter_handle_tag()). */
static void copy_handle(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t) {
  emit_store_begin(e, to);
  if (e->module->has_tags) {
    put_i32(&e->code, adapter_handle_tag(t));
    put_i32(&e->code, adapter_handle_numeric(t));
  } else {
    emit_push_site(e);
    put_i32(&e->code, t->id);
  }
  emit_load(e, from, OP_I32_LOAD, CORE_I32);
  emit_call_helper(e, ADAPTER_HANDLE);
  emit_store_end(e, to, OP_I32_STORE, CORE_I32);
}

/* ---- records and fixed lists ------------------------------------------------------------------------------------- */

void emit_copy_bytes(struct emit *e, struct emit_place from, struct emit_place to, uint32_t size) {
  enum { MANY = 128 };
  struct text *t = &e->code;
  if (size > MANY) {
    const struct emit_place ends[] = {to, from};
    for (int i = 0; i < 2; i++) {
      emit_get(e, ends[i].local);
      put_i32(t, ends[i].offset);
      put_op(t, OP_I32_ADD);
    }
    put_i32(t, size);
    put_memory_copy(&e->code, e->dst->memory, e->src->memory);
    return;
  }
  while (size > 0) {
    uint32_t step = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
    emit_store_begin(e, to);
    emit_load(e, from, step == 8 ? OP_I64_LOAD : load_of(step), step == 8 ? CORE_I64 : CORE_I32);
    emit_store_end(e, to, step == 8 ? OP_I64_STORE : store_of(step), step == 8 ? CORE_I64 : CORE_I32);
    from.offset += step;
    to.offset += step;
    size -= step;
  }
}

static void copy_fields(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t) {
  if (t->raw && !from.flat && !to.flat) {
    emit_copy_bytes(e, from, to, t->layout[0].size);
    return;
  }
  uint32_t slots = 0;
  for (uint32_t i = 0; i < t->field_count; i++) {
    const struct type_field *f = &t->fields[i];
    emit_copy(e, emit_at(from, slots, f->offset[0]), emit_at(to, slots, f->offset[0]), f->type);
    slots += f->type->flat_count[0];
  }
}

/* The address of a place in memory, in a local of its own. */
static uint32_t address_of(struct emit *e, struct emit_place place) {
  uint32_t local = emit_local(e, CORE_I32);
  emit_get(e, place.local);
  put_i32(&e->code, place.offset);
  put_op(&e->code, OP_I32_ADD);
  emit_set(e, local);
  return local;
}

static void copy_fixed_list(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t) {
  const struct weir_type *elem = t->elem;
  uint32_t step = elem->layout[0].size, size = t->layout[0].size;
  if (!from.flat && !to.flat) {
    if (t->raw) {
      emit_copy_bytes(e, from, to, size);
      return;
    }
    uint32_t size_local = emit_local(e, CORE_I32), a = address_of(e, from), b = address_of(e, to);
    put_i32(&e->code, step * t->length);
    emit_set(e, size_local);
    emit_copy_elements(e, a, b, elem, size_local);
    return;
  }
  for (uint32_t i = 0; i < t->length; i++) {
    emit_copy(e, from, to, elem);
    from = emit_at(from, elem->flat_count[0], step);
    to = emit_at(to, elem->flat_count[0], step);
  }
}

/* ---- variants ---------------------------------------------------------------------------------------------------- */

static void copy_payload(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t,
                         uint32_t number) {
  uint32_t payload = t->layout[0].payload;
  emit_copy(e, emit_at(from, 1, payload), emit_at(to, 1, payload), t->fields[number].type);
}

/*
 * One block a case with a payload, innermost first: `br_table` leaves the block of its case, whose code stands behind
 * it and then leaves the outermost. Cases without a payload leave at once.
 */
static void copy_cases(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t,
                       uint32_t number, uint32_t payloads) {
  struct text *c = &e->code;
  for (uint32_t i = 0; i <= payloads; i++)
    put_op_u32(c, OP_BLOCK, TYPE_NOTHING);
  emit_get(e, number);
  put_op_u32(c, OP_BR_TABLE, t->field_count);
  for (uint32_t i = 0, k = 0; i < t->field_count; i++)
    put_u32(c, t->fields[i].type ? k++ : payloads);
  put_u32(c, payloads);
  for (uint32_t i = 0, k = 0; i < t->field_count; i++) {
    if (!t->fields[i].type)
      continue;
    put_op(c, OP_END);
    copy_payload(e, from, to, t, i);
    put_op_u32(c, OP_BR, payloads - ++k);
  }
  put_op(c, OP_END);
}

/* The slots that a case leaves unused stay 0, as locals are: each is written once. */
static void copy_variant(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t) {
  uint32_t number = emit_local(e, CORE_I32), payloads = 0, last = 0;
  struct text *c = &e->code;
  emit_load(e, from, load_of(t->disc_size), CORE_I32);
  put_op_u32(c, OP_LOCAL_TEE, number);
  put_i32(c, t->field_count);
  put_op(c, OP_I32_GE_U);
  emit_trap_if(e, ADAPTER_TRAP_DISCRIMINANT);
  emit_store_begin(e, to);
  emit_get(e, number);
  emit_store_end(e, to, store_of(t->disc_size), CORE_I32);
  for (uint32_t i = 0; i < t->field_count; i++) {
    payloads += t->fields[i].type ? 1 : 0;
    last = t->fields[i].type ? i : last;
  }
  if (payloads > 1) {
    copy_cases(e, from, to, t, number, payloads);
  } else if (payloads == 1) {
    emit_get(e, number);
    put_i32(c, last);
    put_op(c, OP_I32_EQ);
    put_op_u32(c, OP_IF, TYPE_NOTHING);
    copy_payload(e, from, to, t, last);
    put_op(c, OP_END);
  }
}

void emit_copy(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_RECORD:
    case TYPE_TUPLE:
      copy_fields(e, from, to, t);
      return;
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      copy_variant(e, from, to, t);
      return;
    case TYPE_FLAGS:
      copy_flags(e, from, to, t);
      return;
    case TYPE_STRING:
      emit_copy_string(e, from, to);
      return;
    case TYPE_OWN:
    case TYPE_BORROW:
    case TYPE_STREAM:
    case TYPE_FUTURE:
    case TYPE_ERROR_CONTEXT:
      copy_handle(e, from, to, t);
      return;
    case TYPE_LIST:
    case TYPE_MAP:
      emit_copy_list(e, from, to, t);
      return;
    case TYPE_FIXED_LIST:
      copy_fixed_list(e, from, to, t);
      return;
    default:
      copy_scalar(e, from, to, t->kind);
  }
}
