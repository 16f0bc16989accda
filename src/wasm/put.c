/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See put.h. */
#include "wasm/put.h"

#include "base/leb128.h"

void put_byte(struct text *t, uint8_t byte) {
  text_char(t, (char)byte);
}

void put_u32(struct text *t, uint32_t n) {
  leb128_put(t, n);
}

void put_u64(struct text *t, uint64_t n) {
  leb128_put(t, n);
}

void put_s32(struct text *t, int32_t n) {
  leb128_put_signed(t, n);
}

void put_s64(struct text *t, int64_t n) {
  leb128_put_signed(t, n);
}

void put_name(struct text *t, struct str name) {
  put_u32(t, (uint32_t)name.size);
  text_add(t, name);
}

void put_valtype(struct text *t, uint8_t core) {
  static const uint8_t codes[] = {
      [CORE_I32] = 0x7f, [CORE_I64] = 0x7e, [CORE_F32] = 0x7d, [CORE_F64] = 0x7c, [WASM_V128] = 0x7b};
  put_byte(t, codes[core]);
}

void put_sized(struct text *t, struct text *body) {
  put_u32(t, (uint32_t)body->size);
  text_add(t, (struct str){body->data, body->size});
  t->failed |= body->failed;
  body->size = 0;
}

void put_section(struct text *t, enum wasm_section_id id, struct text *body) {
  t->failed |= body->failed;
  if (body->size == 0)
    return;
  put_byte(t, (uint8_t)id);
  put_sized(t, body);
}

/* ---- instructions ------------------------------------------------------------------------------------------------ */

void put_op(struct text *t, enum wasm_op op) {
  uint32_t prefix = (uint32_t)op >> 16, code = (uint32_t)op & 0xffff;
  if (prefix == 0) {
    put_byte(t, (uint8_t)code);
    return;
  }
  put_byte(t, (uint8_t)prefix);
  put_u32(t, code);
}

void put_op_u32(struct text *t, enum wasm_op op, uint32_t operand) {
  put_op(t, op);
  put_u32(t, operand);
}

void put_i32(struct text *t, uint32_t value) {
  put_op(t, OP_I32_CONST);
  put_s32(t, (int32_t)value);
}

void put_i64(struct text *t, uint64_t value) {
  put_op(t, OP_I64_CONST);
  put_s64(t, (int64_t)value);
}

static void write_place(struct text *t, uint32_t memory, uint32_t offset) {
  if (memory == 0) {
    put_byte(t, 0);
  } else {
    put_byte(t, MEMARG_HAS_MEMORY);
    put_u32(t, memory);
  }
  put_u32(t, offset);
}

void put_access(struct text *t, enum wasm_op op, uint32_t memory, uint32_t offset) {
  put_op(t, op);
  write_place(t, memory, offset);
}

void put_memory_copy(struct text *t, uint32_t to, uint32_t from) {
  put_op_u32(t, OP_MEMORY_COPY, to);
  put_u32(t, from);
}
