/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A valid module with every instruction of opcode.def, one function for each, made from the table itself: none can be
 * forgotten. An instruction stands behind `unreachable`, where operands may have any type, so that only its immediates
 * have to be right.
 */
#ifndef UNIT_FUSE_EVERY_INSTRUCTION_H
#define UNIT_FUSE_EVERY_INSTRUCTION_H

#include <stdio.h>
#include <string.h>

#include "wasm/opcode.h"
#include "wasm/put.h"

#define EVERY_BYTES(literal) ((struct str){(literal), sizeof(literal) - 1})

/* The types of the module, by what instructions need. */
enum {
  EVERY_FUNC = 0,
  EVERY_STRUCT = 1,      /* a mutable i8, a mutable i32 */
  EVERY_BYTE_ARRAY = 2,  /* of mutable i8 */
  EVERY_ARRAY = 3,       /* of mutable i32 */
  EVERY_FUNC_ARRAY = 4,  /* of mutable funcref */
  EVERY_CONT = 5,        /* of EVERY_FUNC */
  EVERY_DESCRIBED = 6,   /* by 7 */
  EVERY_SWITCH_CONT = 9, /* of a function that takes one */
};

static const enum wasm_op every_op[] = {
#define OPCODE(name, text, prefix, code, ...) OP_##name,
#include "wasm/opcode.def"
#undef OPCODE
};
enum { EVERY_COUNT = sizeof(every_op) / sizeof(every_op[0]) };

static const struct opcode *every_row(enum wasm_op op) {
  return opcode_find((uint8_t)((uint32_t)op >> 16), (uint32_t)op & 0xffff);
}

static bool every_has(const struct opcode *op, const char *part) {
  return strstr(op->text, part);
}

static uint32_t every_type(const struct opcode *op) {
  if (every_has(op, "_desc"))
    return EVERY_DESCRIBED;
  if (every_has(op, "struct."))
    return EVERY_STRUCT;
  if (every_has(op, "array."))
    return every_has(op, "_elem")                                                       ? EVERY_FUNC_ARRAY
           : every_has(op, "_data") || every_has(op, "get_s") || every_has(op, "get_u") ? EVERY_BYTE_ARRAY
                                                                                        : EVERY_ARRAY;
  if (op->op == OP_SWITCH)
    return EVERY_SWITCH_CONT;
  return every_has(op, "cont.") || every_has(op, "resume") ? EVERY_CONT : EVERY_FUNC;
}

/* The exponent of an atomic access must be that of its width; another one may be smaller. */
static uint32_t every_align(const struct opcode *op) {
  if (!every_has(op, "atomic"))
    return 0;
  if (every_has(op, "load8") || every_has(op, "store8") || every_has(op, "rmw8"))
    return 0;
  if (every_has(op, "load16") || every_has(op, "store16") || every_has(op, "rmw16"))
    return 1;
  if (every_has(op, "load32") || every_has(op, "store32") || every_has(op, "rmw32") || every_has(op, "notify"))
    return 2;
  return every_has(op, "i64") || every_has(op, "wait64") ? 3 : 2;
}

static void every_zeros(struct text *t, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    put_byte(t, 0);
}

static void every_imm(const struct opcode *op, uint8_t imm, struct text *t) {
  switch (imm) {
    case IMM_TYPE:
      put_u32(t, every_type(op));
      return;
    case IMM_FIELD:
      put_u32(t, every_has(op, "get_s") || every_has(op, "get_u") ? 0 : 1);
      return;
    case IMM_TABLE:
      put_u32(t, every_has(op, "atomic") ? 1 : 0);
      return;
    case IMM_I32:
      put_s32(t, -5);
      return;
    case IMM_I64:
      put_s64(t, INT64_MIN);
      return;
    case IMM_F32:
      every_zeros(t, 4);
      return;
    case IMM_F64:
      every_zeros(t, 8);
      return;
    case IMM_V128:
    case IMM_LANES:
      every_zeros(t, 16);
      return;
    case IMM_CAST:
      put_byte(t, 3);
      return;
    case IMM_MEMARG:
      put_u32(t, every_align(op));
      put_u32(t, 300);
      return;
    case IMM_BLOCK:
      put_byte(t, TYPE_NOTHING);
      return;
    case IMM_HEAP:
      put_byte(t, every_has(op, "_desc") ? EVERY_DESCRIBED : 0x6e);
      return;
    case IMM_TYPES:
      text_add(t, EVERY_BYTES("\x01\x7f"));
      return;
    case IMM_LABELS:
      text_add(t, EVERY_BYTES("\x01\x00\x00"));
      return;
    case IMM_CATCHES:
      text_add(t, EVERY_BYTES("\x02\x00\x00\x00\x02\x00"));
      return;
    case IMM_HANDLERS:
      text_add(t, EVERY_BYTES("\x02\x00\x00\x00\x01\x00"));
      return;
    default:
      put_byte(t, 0);
  }
}

static void every_instr(const struct opcode *op, struct text *t) {
  put_op(t, op->op);
  for (uint32_t i = 0; i < OPCODE_IMMS && op->imms[i] != IMM_NONE; i++)
    every_imm(op, op->imms[i], t);
}

/* The block that an instruction branches to, where its label must take a reference. */
static struct str every_label(const struct opcode *op) {
  if (op->op == OP_RESUME || op->op == OP_RESUME_THROW || op->op == OP_RESUME_THROW_REF)
    return EVERY_BYTES("\x02\x63\x05\x00");
  if (op->imms[0] != IMM_CAST && op->op != OP_BR_ON_NON_NULL)
    return (struct str){0};
  return every_has(op, "_desc") ? EVERY_BYTES("\x02\x63\x06\x00") : EVERY_BYTES("\x02\x6e\x00");
}

/* What must stand around an instruction that is valid in its block only. */
static void every_in_context(const struct opcode *op, struct text *t) {
  struct str before = {0}, after = {0};
  switch ((unsigned)op->op) {
    case OP_BLOCK:
    case OP_LOOP:
    case OP_IF:
    case OP_TRY:
    case OP_TRY_TABLE:
      after = EVERY_BYTES("\x0b");
      break;
    case OP_ELSE:
      before = EVERY_BYTES("\x04\x40");
      after = EVERY_BYTES("\x0b");
      break;
    case OP_END:
      before = EVERY_BYTES("\x02\x40");
      break;
    case OP_CATCH:
    case OP_CATCH_ALL:
      before = EVERY_BYTES("\x06\x40");
      after = EVERY_BYTES("\x0b");
      break;
    case OP_RETHROW:
      before = EVERY_BYTES("\x06\x40\x19");
      after = EVERY_BYTES("\x0b");
      break;
    case OP_DELEGATE:
      before = EVERY_BYTES("\x06\x40");
      break;
    default:
      before = every_label(op);
      after = before.size != 0 ? EVERY_BYTES("\x00\x0b") : after;
  }
  text_add(t, before);
  every_instr(op, t);
  text_add(t, after);
}

static void every_body(const struct opcode *op, struct text *t) {
  text_add(t, EVERY_BYTES("\x01\x01\x7f\x00")); /* a local, unreachable */
  every_in_context(op, t);
  text_add(t, EVERY_BYTES("\x00\x0b"));
}

static void every_section(struct text *out, enum wasm_section_id id, struct str body) {
  put_byte(out, (uint8_t)id);
  put_name(out, body);
}

static void every_instruction(struct text *out) {
  struct text section, body;
  text_init(&section);
  text_init(&body);
  text_add(out, EVERY_BYTES("\0asm\1\0\0\0"));
  every_section(out, SECTION_TYPE,
                EVERY_BYTES("\x08\x60\x00\x00\x5f\x02\x78\x01\x7f\x01\x5e\x78\x01\x5e\x7f\x01\x5e\x70\x01\x5d\x00"
                            "\x4e\x02\x4d\x07\x5f\x00\x4c\x06\x5f\x00\x4e\x02\x60\x01\x63\x09\x00\x5d\x08"));
  put_u32(&section, EVERY_COUNT);
  every_zeros(&section, EVERY_COUNT);
  put_section(out, SECTION_FUNCTION, &section);
  every_section(out, SECTION_TABLE, EVERY_BYTES("\x02\x70\x00\x01\x65\x6d\x00\x01"));
  every_section(out, SECTION_MEMORY, EVERY_BYTES("\x01\x00\x01"));
  every_section(out, SECTION_TAG, EVERY_BYTES("\x01\x00\x00"));
  every_section(out, SECTION_GLOBAL, EVERY_BYTES("\x01\x7f\x01\x41\x00\x0b"));
  every_section(out, SECTION_ELEMENT, EVERY_BYTES("\x01\x01\x00\x01\x00"));
  every_section(out, SECTION_DATA_COUNT, EVERY_BYTES("\x01"));
  put_u32(&section, EVERY_COUNT);
  for (uint32_t i = 0; i < EVERY_COUNT; i++) {
    every_body(every_row(every_op[i]), &body);
    put_sized(&section, &body);
  }
  put_section(out, SECTION_CODE, &section);
  every_section(out, SECTION_DATA, EVERY_BYTES("\x01\x01\x03xyz"));
  text_done(&section);
  text_done(&body);
}

#endif
