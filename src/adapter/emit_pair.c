/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Copies values that are a pair of pointer and length (emit.h): lists and strings. Counterparts: copy_list() and
 * copy_string() of src/abi/copy.c, list_source() and list_target() of src/abi/shape.c.
 */
#include "abi/place.h"
#include "adapter/emit.h"

enum { POINTER_SIZE = 4 };

static uint32_t load_word(struct emit *e, struct emit_place from) {
  uint32_t local = emit_local(e, CORE_I32);
  emit_load(e, from, OP_I32_LOAD, CORE_I32);
  emit_set(e, local);
  return local;
}

static void store_word(struct emit *e, struct emit_place to, uint32_t local) {
  emit_store_begin(e, to);
  emit_get(e, local);
  emit_store_end(e, to, OP_I32_STORE, CORE_I32);
}

static void store_pair(struct emit *e, struct emit_place to, uint32_t address, uint32_t length) {
  store_word(e, to, address);
  store_word(e, emit_at(to, 1, POINTER_SIZE), length);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static void add_to(struct emit *e, uint32_t local, uint32_t n) {
  emit_get(e, local);
  put_i32(&e->code, n);
  put_op(&e->code, OP_I32_ADD);
  emit_set(e, local);
}

/* Both locals move on to the ends. */
static void copy_each(struct emit *e, uint32_t from, uint32_t to, const struct weir_type *elem, uint32_t size_local) {
  struct text *t = &e->code;
  uint32_t end = emit_local(e, CORE_I32), step = elem->layout[0].size;
  emit_get(e, from);
  emit_get(e, size_local);
  put_op(t, OP_I32_ADD);
  emit_set(e, end);
  put_op_u32(t, OP_BLOCK, TYPE_NOTHING);
  put_op_u32(t, OP_LOOP, TYPE_NOTHING);
  emit_get(e, from);
  emit_get(e, end);
  put_op(t, OP_I32_EQ);
  put_op_u32(t, OP_BR_IF, 1);
  emit_copy(e, (struct emit_place){.local = from}, (struct emit_place){.local = to}, elem);
  add_to(e, from, step);
  add_to(e, to, step);
  put_op_u32(t, OP_BR, 0);
  put_op(t, OP_END);
  put_op(t, OP_END);
}

void emit_copy_elements(struct emit *e, uint32_t from, uint32_t to, const struct weir_type *elem, uint32_t size_local) {
  if (!elem->raw) {
    copy_each(e, from, to, elem, size_local);
    return;
  }
  emit_get(e, to);
  emit_get(e, from);
  emit_get(e, size_local);
  put_memory_copy(&e->code, e->dst->memory, e->src->memory);
}

/* The size of `length` elements in bytes, in a new local; traps if the size or the number is too large for a list. */
static uint32_t list_size(struct emit *e, uint32_t length, uint32_t step) {
  struct text *t = &e->code;
  uint32_t size = emit_local(e, CORE_I32), wide = emit_local(e, CORE_I64);
  emit_get(e, length);
  put_op(t, OP_I64_EXTEND_I32_U);
  if (step == 0) /* then the number counts */
    put_op_u32(t, OP_LOCAL_TEE, wide);
  put_i64(t, step ? step : 1);
  put_op(t, OP_I64_MUL);
  put_op_u32(t, OP_LOCAL_TEE, wide);
  put_i64(t, MAX_LIST_BYTE_LENGTH);
  put_op(t, OP_I64_GT_U);
  emit_trap_if(e, ADAPTER_TRAP_LIST);
  if (step == 0) {
    put_i32(t, 0);
  } else {
    emit_get(e, wide);
    put_op(t, OP_I32_WRAP_I64);
  }
  emit_set(e, size);
  return size;
}

void emit_copy_list(struct emit *e, struct emit_place from, struct emit_place to, const struct weir_type *t) {
  const struct type_layout *elem = &t->elem->layout[0];
  uint32_t source = load_word(e, from), length = load_word(e, emit_at(from, 1, POINTER_SIZE));
  uint32_t size = list_size(e, length, elem->size);
  emit_check_range(e, e->src, source, 0, size, elem->align, ADAPTER_TRAP_LIST);
  uint32_t target = emit_allocate(e, 0, size, elem->align, ADAPTER_TRAP_LIST), begin = emit_local(e, CORE_I32);
  emit_get(e, target);
  emit_set(e, begin);
  emit_copy_elements(e, source, target, t->elem, size);
  store_pair(e, to, begin, length);
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

/* The runtime copies the string, and gives back both words. */
static void transcode(struct emit *e, struct emit_place to, uint32_t source, uint32_t units) {
  struct text *t = &e->code;
  uint32_t pair = emit_local(e, CORE_I64);
  emit_push_site(e);
  emit_get(e, source);
  emit_get(e, units);
  emit_call_helper(e, ADAPTER_TRANSCODE);
  put_op_u32(t, OP_LOCAL_TEE, pair);
  put_op(t, OP_I32_WRAP_I64);
  emit_set(e, source);
  emit_get(e, pair);
  put_i64(t, 32);
  put_op(t, OP_I64_SHR_U);
  put_op(t, OP_I32_WRAP_I64);
  emit_set(e, units);
  store_pair(e, to, source, units);
}

void emit_copy_string(struct emit *e, struct emit_place from, struct emit_place to) {
  uint32_t source = load_word(e, from), units = load_word(e, emit_at(from, 1, POINTER_SIZE));
  bool same = e->src->encoding == AST_ENCODING_UTF8 && e->dst->encoding == AST_ENCODING_UTF8;
  uint32_t function = same ? adapter_module_string(e->module, e->src, e->dst) : GRAPH_NONE;
  if (function == GRAPH_NONE) {
    transcode(e, to, source, units);
    return;
  }
  emit_get(e, source);
  emit_get(e, units);
  emit_push_site(e);
  put_op_u32(&e->code, OP_CALL, function);
  emit_set(e, source);
  store_pair(e, to, source, units);
}
