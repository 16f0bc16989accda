/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads one instruction after another. The row of an instruction in opcode.def says which immediates follow; each
 * kind of immediate has a reader here. A block begins with an instruction that has a block type, and ends with `end`,
 * or with the `delegate` of the old exceptions. The depth counts blocks, so nothing recurses.
 *
 * The parts: numbers and constants, forms of several parts, the choice of the reader, the code of the instruction,
 * the walk.
 */
#include "wasm/walk.h"

#include <string.h>

#include "wasm/valtype.h"

enum { BLOCK_NOTHING = 0x40 };

static weir_status malformed(const struct cursor *c, size_t at, const char *what) {
  return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base + at, "malformed %s", what);
}

static weir_status read_number(struct cursor *c, struct walk_imm *imm) {
  uint32_t number;
  WEIR_TRY(cursor_u32_leb(c, &number));
  imm->value = number;
  return WEIR_OK;
}

static weir_status read_memarg(struct cursor *c, struct walk_imm *imm) {
  uint32_t flags;
  WEIR_TRY(cursor_u32_leb(c, &flags));
  imm->align = flags & MEMARG_ALIGN;
  imm->memory = 0;
  if ((flags & ~(uint32_t)(MEMARG_ALIGN | MEMARG_HAS_MEMORY)) != 0)
    return malformed(c, imm->at, "alignment");
  if ((flags & MEMARG_HAS_MEMORY) != 0)
    WEIR_TRY(cursor_u32_leb(c, &imm->memory));
  return cursor_u64_leb(c, &imm->value);
}

static weir_status read_signed(struct cursor *c, unsigned bits, struct walk_imm *imm) {
  int64_t value;
  WEIR_TRY(bits == 32 ? cursor_s32_leb(c, &value) : cursor_s64_leb(c, &value));
  imm->value = (uint64_t)value;
  return WEIR_OK;
}

static weir_status read_fixed(struct cursor *c, size_t size, struct walk_imm *imm) {
  const uint8_t *bytes;
  WEIR_TRY(cursor_bytes(c, size, &bytes));
  for (size_t i = 0; i < size && i < sizeof(imm->value); i++)
    imm->value |= (uint64_t)bytes[i] << (8 * i);
  return WEIR_OK;
}

static weir_status read_block(struct cursor *c) {
  uint8_t byte;
  struct wasm_valtype type;
  int64_t index;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte == BLOCK_NOTHING) {
    c->pos++;
    return WEIR_OK;
  }
  if ((byte & 0xc0) == 0x40)
    return valtype_read(c, &type);
  size_t at = c->pos;
  WEIR_TRY(cursor_s33_leb(c, &index));
  return index >= 0 ? WEIR_OK : malformed(c, at, "block type");
}

static weir_status read_types(struct cursor *c, struct walk_imm *imm) {
  struct wasm_valtype type;
  WEIR_TRY(read_number(c, imm));
  for (uint64_t i = 0; i < imm->value; i++)
    WEIR_TRY(valtype_read(c, &type));
  return WEIR_OK;
}

/* The counted labels, and the default label, which the count leaves out. */
static weir_status read_labels(struct cursor *c, struct walk_imm *imm) {
  uint32_t label;
  WEIR_TRY(read_number(c, imm));
  for (uint64_t i = 0; i <= imm->value; i++)
    WEIR_TRY(cursor_u32_leb(c, &label));
  return WEIR_OK;
}

static weir_status read_catch(struct cursor *c) {
  uint8_t kind;
  uint32_t number;
  WEIR_TRY(cursor_u8(c, &kind));
  if (kind > CATCH_LAST)
    return malformed(c, c->pos - 1, "catch clause");
  if (kind <= CATCH_WITH_TAG)
    WEIR_TRY(cursor_u32_leb(c, &number));
  return cursor_u32_leb(c, &number);
}

static weir_status read_handler(struct cursor *c) {
  uint8_t kind;
  uint32_t number;
  WEIR_TRY(cursor_u8(c, &kind));
  if (kind > HANDLER_SWITCH)
    return malformed(c, c->pos - 1, "handler");
  WEIR_TRY(cursor_u32_leb(c, &number));
  return kind == HANDLER_LABEL ? cursor_u32_leb(c, &number) : WEIR_OK;
}

static weir_status read_clauses(struct cursor *c, struct walk_imm *imm, weir_status (*read)(struct cursor *c)) {
  WEIR_TRY(read_number(c, imm));
  for (uint64_t i = 0; i < imm->value; i++)
    WEIR_TRY(read(c));
  return WEIR_OK;
}

static weir_status read_compound(struct cursor *c, struct walk_imm *imm) {
  struct wasm_heaptype heap;
  switch (imm->kind) {
    case IMM_MEMARG:
      return read_memarg(c, imm);
    case IMM_BLOCK:
      return read_block(c);
    case IMM_HEAP:
      return heaptype_read(c, &heap);
    case IMM_TYPES:
      return read_types(c, imm);
    case IMM_LABELS:
      return read_labels(c, imm);
    case IMM_CATCHES:
      return read_clauses(c, imm, read_catch);
    default:
      return read_clauses(c, imm, read_handler);
  }
}

static weir_status read_value(struct cursor *c, struct walk_imm *imm) {
  switch (imm->kind) {
    case IMM_I32:
      return read_signed(c, 32, imm);
    case IMM_I64:
      return read_signed(c, 64, imm);
    case IMM_F32:
      return read_fixed(c, 4, imm);
    case IMM_F64:
      return read_fixed(c, 8, imm);
    case IMM_V128:
    case IMM_LANES:
      return read_fixed(c, 16, imm);
    case IMM_LANE:
    case IMM_ZERO:
    case IMM_CAST:
      return read_fixed(c, 1, imm);
    default:
      return imm->kind >= IMM_MEMARG ? read_compound(c, imm) : read_number(c, imm);
  }
}

static weir_status read_opcode(struct cursor *c, const struct opcode **ret) {
  size_t at = c->pos;
  uint8_t prefix = 0, byte;
  WEIR_TRY(cursor_u8(c, &byte));
  uint32_t code = byte;
  if (opcode_is_prefix(byte)) {
    prefix = byte;
    WEIR_TRY(cursor_u32_leb(c, &code));
  }
  *ret = opcode_find(prefix, code);
  if (*ret)
    return WEIR_OK;
  if (prefix == 0)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base + at, "illegal opcode: 0x%02x", (unsigned)code);
  return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base + at, "illegal opcode: 0x%02x 0x%02x", (unsigned)prefix,
                 (unsigned)code);
}

weir_status walk_next(struct walk *w, struct walk_instr *ret) {
  struct cursor *c = &w->c;
  ret->at = c->pos;
  ret->imm_count = 0;
  WEIR_TRY(read_opcode(c, &ret->op));
  const uint8_t *kinds = ret->op->imms;
  for (uint32_t i = 0; i < OPCODE_IMMS && kinds[i] != IMM_NONE; i++) {
    struct walk_imm *imm = &ret->imms[ret->imm_count++];
    imm->kind = kinds[i];
    imm->value = 0;
    imm->at = c->pos;
    WEIR_TRY(read_value(c, imm));
    imm->size = c->pos - imm->at;
  }
  ret->size = c->pos - ret->at;
  if (kinds[0] == IMM_BLOCK)
    w->depth++;
  else if (ret->op->op == OP_END || ret->op->op == OP_DELEGATE)
    w->depth--;
  return WEIR_OK;
}

weir_status walk_skip(struct cursor *c) {
  struct walk w = walk_start(*c);
  struct walk_instr instr;
  while (w.depth != 0)
    WEIR_TRY(walk_next(&w, &instr));
  c->pos = w.c.pos;
  return WEIR_OK;
}
