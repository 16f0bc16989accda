/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The instructions of core WebAssembly: the lines of opcode.def as an enumeration and as a table. Origin: the core
 * specification's binary format.
 */
#ifndef WASM_OPCODE_H
#define WASM_OPCODE_H

#include <stdbool.h>
#include <stdint.h>

/* The index spaces of a core module. The first five have the numbers of the binary format's kinds of externs. */
enum wasm_space {
  SPACE_FUNC,
  SPACE_TABLE,
  SPACE_MEMORY,
  SPACE_GLOBAL,
  SPACE_TAG,
  SPACE_TYPE,
  SPACE_ELEM,
  SPACE_DATA,
  SPACE_COUNT,
  SPACE_EXTERNS = SPACE_TYPE /* spaces whose items can be imported and exported */
};

/* The kinds of immediates: they stand behind the code of an instruction. */
enum wasm_imm {
  IMM_NONE,
  /* An index of a space: IMM_FUNC + space. */
  IMM_FUNC,
  IMM_TABLE,
  IMM_MEMORY,
  IMM_GLOBAL,
  IMM_TAG,
  IMM_TYPE,
  IMM_ELEM,
  IMM_DATA,
  /* Numbers that mean something inside the function or the type only. */
  IMM_LOCAL,
  IMM_LABEL,
  IMM_FIELD,
  IMM_COUNT, /* of operands */
  /* Constants. */
  IMM_I32,
  IMM_I64,
  IMM_F32,
  IMM_F64,
  IMM_V128,
  IMM_LANE,     /* a byte */
  IMM_LANES,    /* 16 bytes */
  IMM_ZERO,     /* a byte that must be 0 */
  IMM_ORDERING, /* of an atomic access */
  IMM_CAST,     /* a byte: whether null is among the two types of a cast */
  /* Forms of several parts, which can hold indices. */
  IMM_MEMARG,  /* alignment; with its bit 6 the index of a memory, else memory 0; offset */
  IMM_BLOCK,   /* nothing, a value type, or the index of a type */
  IMM_HEAP,    /* a heap type */
  IMM_TYPES,   /* value types, counted */
  IMM_LABELS,  /* labels, counted, and the default one */
  IMM_CATCHES, /* of try_table: counted clauses of tags and labels */
  IMM_HANDLERS /* of resume: the same */
};

enum { OPCODE_IMMS = 4 };

/* The first number of a memarg: the exponent of the alignment, and whether the index of a memory follows. */
enum { MEMARG_ALIGN = 0x3f, MEMARG_HAS_MEMORY = 0x40 };

/* The kinds of clauses: those of try_table up to CATCH_WITH_TAG begin with a tag; those of resume all do. */
enum { CATCH_WITH_TAG = 1, CATCH_LAST = 3, HANDLER_LABEL = 0, HANDLER_SWITCH = 1 };

/* prefix << 16 | code */
enum wasm_op {
#define OPCODE(name, text, prefix, code, ...) OP_##name = (prefix) << 16 | (code),
#include "wasm/opcode.def"
#undef OPCODE
};

struct opcode {
  const char *text;
  enum wasm_op op;
  uint8_t imms[OPCODE_IMMS]; /* enum wasm_imm; unused ones are IMM_NONE, at the end */
};

/* Whether `byte` stands in front of a number that says which instruction. */
static inline bool opcode_is_prefix(uint8_t byte) {
  return byte >= 0xfb && byte <= 0xfe;
}

/* `prefix` 0: none. NULL: there is no such instruction. */
const struct opcode *opcode_find(uint8_t prefix, uint32_t code);

#endif
