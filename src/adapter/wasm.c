/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See wasm.h. */
#include "adapter/wasm.h"

void wasm_byte(struct text *t, uint8_t byte) {
  text_char(t, (char)byte);
}

void wasm_u32(struct text *t, uint32_t n) {
  while (n >= 0x80) {
    wasm_byte(t, (uint8_t)(n | 0x80));
    n >>= 7;
  }
  wasm_byte(t, (uint8_t)n);
}

void wasm_s64(struct text *t, int64_t n) {
  for (;;) {
    uint8_t low = (uint8_t)((uint64_t)n & 0x7f);
    n = n < 0 ? ~(~n >> 7) : n >> 7;
    if ((n == 0 && !(low & 0x40)) || (n == -1 && (low & 0x40))) {
      wasm_byte(t, low);
      return;
    }
    wasm_byte(t, low | 0x80);
  }
}

void wasm_s32(struct text *t, int32_t n) {
  wasm_s64(t, n);
}

void wasm_name(struct text *t, struct str name) {
  wasm_u32(t, (uint32_t)name.size);
  text_add(t, name);
}

void wasm_valtype(struct text *t, uint8_t core) {
  static const uint8_t codes[] = {[CORE_I32] = 0x7f, [CORE_I64] = 0x7e, [CORE_F32] = 0x7d, [CORE_F64] = 0x7c};
  wasm_byte(t, codes[core]);
}

void wasm_sized(struct text *t, struct text *body) {
  wasm_u32(t, (uint32_t)body->size);
  text_add(t, (struct str){body->data, body->size});
  t->failed |= body->failed;
  body->size = 0;
}

void wasm_section(struct text *t, enum wasm_section_id id, struct text *body) {
  t->failed |= body->failed;
  if (body->size == 0)
    return;
  wasm_byte(t, (uint8_t)id);
  wasm_sized(t, body);
}

/* ---- instructions ------------------------------------------------------------------------------------------------ */

void wasm_op(struct text *t, enum wasm_op op) {
  wasm_byte(t, (uint8_t)op);
}

void wasm_op_u32(struct text *t, enum wasm_op op, uint32_t operand) {
  wasm_op(t, op);
  wasm_u32(t, operand);
}

void wasm_i32(struct text *t, uint32_t value) {
  wasm_op(t, OP_I32_CONST);
  wasm_s32(t, (int32_t)value);
}

void wasm_i64(struct text *t, uint64_t value) {
  wasm_op(t, OP_I64_CONST);
  wasm_s64(t, (int64_t)value);
}

void wasm_access(struct text *t, enum wasm_op op, uint32_t memory, uint32_t offset) {
  enum { HAS_MEMORY = 0x40 };
  wasm_op(t, op);
  if (memory == 0) {
    wasm_byte(t, 0);
  } else {
    wasm_byte(t, HAS_MEMORY);
    wasm_u32(t, memory);
  }
  wasm_u32(t, offset);
}
