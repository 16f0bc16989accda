/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Copies code in runs. Bytes stay as they are until an immediate changes; then the run before the immediate and the
 * new immediate are put, and the next run begins behind the old one. So code whose numbers stay is one copy. Every
 * index is looked up in the maps, which refuse an index that the module does not have.
 *
 * The parts: runs, immediates (an index, a memarg, types, clauses), code, locals, and the three ways in.
 */
#include "wasm/renumber.h"

#include "wasm/put.h"
#include "wasm/valtype.h"
#include "wasm/walk.h"

struct copy {
  const struct index_maps *maps;
  const struct cursor *source;
  struct text *out;
  uint8_t *refs;
  size_t copied; /* bytes of the source before this position are in the output, or have been replaced */
};

static void copy_until(struct copy *k, size_t at) {
  text_add(k->out, (struct str){(const char *)k->source->data + k->copied, at - k->copied});
  k->copied = at;
}

/* Leaves out the bytes between the two positions; the caller puts their replacement. */
static void replace(struct copy *k, size_t from, size_t to) {
  copy_until(k, from);
  k->copied = to;
}

static weir_status map(const struct copy *k, enum wasm_space space, uint32_t index, size_t at, uint32_t *ret) {
  return index_map_get(k->maps, space, index, k->source->base + at, k->source->diag, ret);
}

static struct cursor cursor_of(const struct copy *k, const struct walk_imm *imm) {
  struct cursor c = *k->source;
  c.pos = imm->at;
  return c;
}

static weir_status copy_index(struct copy *k, enum wasm_space space, uint32_t index, size_t at, size_t end) {
  uint32_t mapped;
  WEIR_TRY(map(k, space, index, at, &mapped));
  if (mapped == index)
    return WEIR_OK;
  replace(k, at, end);
  put_u32(k->out, mapped);
  return WEIR_OK;
}

static weir_status copy_memarg(struct copy *k, const struct walk_imm *imm) {
  uint32_t mapped;
  WEIR_TRY(map(k, SPACE_MEMORY, imm->memory, imm->at, &mapped));
  if (mapped == imm->memory)
    return WEIR_OK;
  replace(k, imm->at, imm->at + imm->size);
  put_u32(k->out, imm->align | (mapped != 0 ? MEMARG_HAS_MEMORY : 0));
  if (mapped != 0)
    put_u32(k->out, mapped);
  put_u64(k->out, imm->value);
  return WEIR_OK;
}

static weir_status copy_heap(struct copy *k, struct cursor *c) {
  struct wasm_heaptype type;
  size_t at = c->pos;
  WEIR_TRY(heaptype_read(c, &type));
  uint32_t index = type.index;
  WEIR_TRY(heaptype_map(&type, k->maps, c->base + at, c->diag));
  if (type.index == index)
    return WEIR_OK;
  replace(k, at, c->pos);
  heaptype_put(k->out, &type);
  return WEIR_OK;
}

static weir_status copy_value_type(struct copy *k, struct cursor *c) {
  struct wasm_valtype type;
  size_t at = c->pos;
  WEIR_TRY(valtype_read(c, &type));
  uint32_t index = type.heap.index;
  WEIR_TRY(valtype_map(&type, k->maps, c->base + at, c->diag));
  if (!valtype_is_ref(&type) || type.heap.index == index)
    return WEIR_OK;
  replace(k, at, c->pos);
  valtype_put(k->out, &type);
  return WEIR_OK;
}

static weir_status copy_block(struct copy *k, const struct walk_imm *imm) {
  struct cursor c = cursor_of(k, imm);
  uint8_t byte;
  int64_t index;
  uint32_t mapped;
  WEIR_TRY(cursor_peek(&c, &byte));
  if (byte == TYPE_NOTHING)
    return WEIR_OK;
  if ((byte & 0xc0) == 0x40)
    return copy_value_type(k, &c);
  WEIR_TRY(cursor_s33_leb(&c, &index));
  WEIR_TRY(map(k, SPACE_TYPE, (uint32_t)index, imm->at, &mapped));
  if (mapped == index)
    return WEIR_OK;
  replace(k, imm->at, c.pos);
  put_s64(k->out, mapped);
  return WEIR_OK;
}

static weir_status copy_types(struct copy *k, const struct walk_imm *imm) {
  struct cursor c = cursor_of(k, imm);
  uint32_t count;
  WEIR_TRY(cursor_u32_leb(&c, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(copy_value_type(k, &c));
  return WEIR_OK;
}

/* Clauses of try_table and resume: a kind, a tag where the kind has one, a label where it has one. */
static weir_status copy_clauses(struct copy *k, const struct walk_imm *imm) {
  struct cursor c = cursor_of(k, imm);
  uint32_t count, number;
  WEIR_TRY(cursor_u32_leb(&c, &count));
  for (uint32_t i = 0; i < count; i++) {
    uint8_t kind;
    WEIR_TRY(cursor_u8(&c, &kind));
    if (imm->kind == IMM_HANDLERS || kind <= CATCH_WITH_TAG) {
      size_t at = c.pos;
      WEIR_TRY(cursor_u32_leb(&c, &number));
      WEIR_TRY(copy_index(k, SPACE_TAG, number, at, c.pos));
    }
    if (imm->kind == IMM_CATCHES || kind == HANDLER_LABEL)
      WEIR_TRY(cursor_u32_leb(&c, &number));
  }
  return WEIR_OK;
}

static weir_status copy_imm(struct copy *k, const struct walk_imm *imm) {
  struct cursor c;
  switch (imm->kind) {
    case IMM_MEMARG:
      return copy_memarg(k, imm);
    case IMM_BLOCK:
      return copy_block(k, imm);
    case IMM_HEAP:
      c = cursor_of(k, imm);
      return copy_heap(k, &c);
    case IMM_TYPES:
      return copy_types(k, imm);
    case IMM_CATCHES:
    case IMM_HANDLERS:
      return copy_clauses(k, imm);
    default:
      if (imm->kind < IMM_FUNC || imm->kind > IMM_DATA)
        return WEIR_OK;
      return copy_index(k, (enum wasm_space)(imm->kind - IMM_FUNC), (uint32_t)imm->value, imm->at, imm->at + imm->size);
  }
}

static weir_status note_ref(const struct copy *k, const struct walk_imm *imm) {
  uint32_t mapped;
  WEIR_TRY(map(k, SPACE_FUNC, (uint32_t)imm->value, imm->at, &mapped));
  k->refs[mapped] = 1;
  return WEIR_OK;
}

static weir_status copy_code(struct copy *k, struct walk *w) {
  struct walk_instr instr = {0};
  while (w->depth != 0) {
    WEIR_TRY(walk_next(w, &instr));
    for (uint32_t i = 0; i < instr.imm_count; i++)
      WEIR_TRY(copy_imm(k, &instr.imms[i]));
    if (instr.op->op == OP_REF_FUNC && k->refs)
      WEIR_TRY(note_ref(k, &instr.imms[0]));
  }
  if (cursor_left(&w->c) != 0)
    return diag_at(w->c.diag, WEIR_ERR_MALFORMED, cursor_offset(&w->c), "instructions remain behind the end");
  return WEIR_OK;
}

static weir_status copy_locals(struct copy *k, struct cursor *c) {
  uint32_t groups, count;
  WEIR_TRY(cursor_u32_leb(c, &groups));
  for (uint32_t i = 0; i < groups; i++) {
    WEIR_TRY(cursor_u32_leb(c, &count));
    WEIR_TRY(copy_value_type(k, c));
  }
  return WEIR_OK;
}

weir_status renumber_body(const struct index_maps *maps, struct cursor body, struct text *out, uint8_t *refs) {
  struct copy k = {maps, &body, out, refs, body.pos};
  struct cursor c = body;
  WEIR_TRY(copy_locals(&k, &c));
  struct walk w = walk_start(c);
  WEIR_TRY(copy_code(&k, &w));
  copy_until(&k, body.size);
  return WEIR_OK;
}

weir_status renumber_expr(const struct index_maps *maps, struct cursor expr, struct text *out) {
  struct copy k = {maps, &expr, out, NULL, expr.pos};
  struct walk w = walk_start(expr);
  WEIR_TRY(copy_code(&k, &w));
  copy_until(&k, expr.size);
  return WEIR_OK;
}

weir_status renumber_open_expr(const struct index_maps *maps, struct cursor expr, struct text *out) {
  struct copy k = {maps, &expr, out, NULL, expr.pos};
  struct walk w = walk_start(expr);
  WEIR_TRY(copy_code(&k, &w));
  copy_until(&k, expr.size - 1); /* the end is one byte, the last */
  return WEIR_OK;
}
