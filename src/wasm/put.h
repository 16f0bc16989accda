/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writing core modules: LEB128, instructions and sections into a growing text. Failure of memory is the text's, sticky.
 * Origin: the core specification's binary format.
 */
#ifndef WASM_PUT_H
#define WASM_PUT_H

#include "base/text.h"
#include "wasm/type.h"

enum wasm_op {
  OP_UNREACHABLE = 0x00,
  OP_BLOCK = 0x02,
  OP_LOOP = 0x03,
  OP_IF = 0x04,
  OP_ELSE = 0x05,
  OP_END = 0x0b,
  OP_BR = 0x0c,
  OP_BR_IF = 0x0d,
  OP_BR_TABLE = 0x0e,
  OP_RETURN = 0x0f,
  OP_CALL = 0x10,
  OP_DROP = 0x1a,
  OP_LOCAL_GET = 0x20,
  OP_LOCAL_SET = 0x21,
  OP_LOCAL_TEE = 0x22,
  OP_I32_LOAD = 0x28,
  OP_I64_LOAD = 0x29,
  OP_F32_LOAD = 0x2a,
  OP_F64_LOAD = 0x2b,
  OP_I32_LOAD8_S = 0x2c,
  OP_I32_LOAD8_U = 0x2d,
  OP_I32_LOAD16_S = 0x2e,
  OP_I32_LOAD16_U = 0x2f,
  OP_I32_STORE = 0x36,
  OP_I64_STORE = 0x37,
  OP_F32_STORE = 0x38,
  OP_F64_STORE = 0x39,
  OP_I32_STORE8 = 0x3a,
  OP_I32_STORE16 = 0x3b,
  OP_MEMORY_SIZE = 0x3f,
  OP_I32_CONST = 0x41,
  OP_I64_CONST = 0x42,
  OP_I32_EQZ = 0x45,
  OP_I32_EQ = 0x46,
  OP_I32_NE = 0x47,
  OP_I32_LT_U = 0x49,
  OP_I32_GT_U = 0x4b,
  OP_I32_GE_U = 0x4f,
  OP_I64_NE = 0x52,
  OP_I64_EQZ = 0x50,
  OP_I64_GT_U = 0x56,
  OP_I32_ADD = 0x6a,
  OP_I32_SUB = 0x6b,
  OP_I32_AND = 0x71,
  OP_I32_OR = 0x72,
  OP_I64_ADD = 0x7c,
  OP_I64_MUL = 0x7e,
  OP_I64_AND = 0x83,
  OP_I64_OR = 0x84,
  OP_I64_SHL = 0x86,
  OP_I64_SHR_U = 0x88,
  OP_I32_WRAP_I64 = 0xa7,
  OP_I64_EXTEND_I32_U = 0xad,
  OP_I32_REINTERPRET_F32 = 0xbc,
  OP_I64_REINTERPRET_F64 = 0xbd,
  OP_F32_REINTERPRET_I32 = 0xbe,
  OP_F64_REINTERPRET_I64 = 0xbf,
  OP_I32_EXTEND8_S = 0xc0,
  OP_I32_EXTEND16_S = 0xc1,
  OP_BULK = 0xfc, /* followed by BULK_* */
  BULK_MEMORY_COPY = 10,
  OP_SIMD = 0xfd, /* followed by SIMD_* */
  SIMD_LOAD = 0x00,
  SIMD_OR = 0x50,
  SIMD_BITMASK_I8X16 = 0x64,
  TYPE_NOTHING = 0x40
};

enum wasm_section_id {
  SECTION_CUSTOM = 0,
  SECTION_TYPE = 1,
  SECTION_IMPORT = 2,
  SECTION_FUNCTION = 3,
  SECTION_MEMORY = 5,
  SECTION_EXPORT = 7,
  SECTION_CODE = 10
};

enum { WASM_V128 = CORE_F64 + 1 }; /* a core type that never crosses a component's boundary */

void put_byte(struct text *t, uint8_t byte);
void put_u32(struct text *t, uint32_t n);
void put_s32(struct text *t, int32_t n);
void put_s64(struct text *t, int64_t n);
void put_name(struct text *t, struct str name);
void put_valtype(struct text *t, uint8_t core); /* enum core_type, or WASM_V128 */
/* A section of what `body` holds, which is emptied; nothing where it is empty. */
void put_section(struct text *t, enum wasm_section_id id, struct text *body);
/* `body` behind its size; it is emptied. */
void put_sized(struct text *t, struct text *body);

/* ---- instructions ------------------------------------------------------------------------------------------------ */

void put_op(struct text *t, enum wasm_op op);
void put_op_u32(struct text *t, enum wasm_op op, uint32_t operand); /* locals, labels, calls, blocks of TYPE_NOTHING */
void put_i32(struct text *t, uint32_t value);
void put_i64(struct text *t, uint64_t value);
/* A load or store; its alignment is a hint, and none is given. */
void put_access(struct text *t, enum wasm_op op, uint32_t memory, uint32_t offset);
void put_simd(struct text *t, enum wasm_op op);
void put_simd_load(struct text *t, uint32_t memory, uint32_t offset);
/* memory.copy of what is on the stack. */
void put_memory_copy(struct text *t, uint32_t to, uint32_t from);

#endif
