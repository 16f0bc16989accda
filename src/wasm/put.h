/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writing core modules: LEB128, instructions and sections into a growing text. Want of memory is sticky in the text.
 * Origin: the core specification's binary format.
 */
#ifndef WASM_PUT_H
#define WASM_PUT_H

#include "base/text.h"
#include "wasm/opcode.h"
#include "wasm/type.h"

enum { TYPE_NOTHING = 0x40 }; /* the type of a block without parameters and results */

enum wasm_section_id {
  SECTION_CUSTOM = 0,
  SECTION_TYPE = 1,
  SECTION_IMPORT = 2,
  SECTION_FUNCTION = 3,
  SECTION_TABLE = 4,
  SECTION_MEMORY = 5,
  SECTION_GLOBAL = 6,
  SECTION_EXPORT = 7,
  SECTION_START = 8,
  SECTION_ELEMENT = 9,
  SECTION_CODE = 10,
  SECTION_DATA = 11,
  SECTION_DATA_COUNT = 12,
  SECTION_TAG = 13
};

enum { WASM_V128 = CORE_F64 + 1 }; /* a core type that never crosses a component's boundary */

void put_byte(struct text *t, uint8_t byte);
void put_u32(struct text *t, uint32_t n);
void put_u64(struct text *t, uint64_t n);
void put_s32(struct text *t, int32_t n);
void put_s64(struct text *t, int64_t n);
void put_name(struct text *t, struct str name);
void put_valtype(struct text *t, uint8_t core); /* enum core_type, or WASM_V128 */
/* A section with the bytes of `body`, which is empty afterwards; no section where `body` has no bytes. */
void put_section(struct text *t, enum wasm_section_id id, struct text *body);
/* `body` behind its size; `body` is empty afterwards. */
void put_sized(struct text *t, struct text *body);

/* ---- instructions ------------------------------------------------------------------------------------------------ */

void put_op(struct text *t, enum wasm_op op);
void put_op_u32(struct text *t, enum wasm_op op, uint32_t operand); /* locals, labels, calls, blocks of TYPE_NOTHING */
void put_i32(struct text *t, uint32_t value);
void put_i64(struct text *t, uint64_t value);
/* A load or store, without the hint of an alignment. */
void put_access(struct text *t, enum wasm_op op, uint32_t memory, uint32_t offset);
/* memory.copy of the operands on the stack. */
void put_memory_copy(struct text *t, uint32_t to, uint32_t from);

#endif
