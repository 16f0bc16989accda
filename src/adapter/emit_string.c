/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The function that copies a string of UTF-8: (address, size, site) -> address. The function checks the string's range
 * and contents before it calls the receiver's realloc, as string_lift() and string_lower() of src/abi do. The emitted
 * code recognises ASCII by itself, and asks the runtime about every other string.
 *
 * In order: the ends of a short string; validation, by words or by blocks; copying; the function.
 */
#include "abi/place.h"
#include "adapter/emit.h"

enum { ADDRESS, SIZE, SITE, PARAMS };
enum { BLOCK = 64, VECTOR = 16 };

/* Whether every processor of this kind can run the vector instructions. */
#if defined(__x86_64__) || defined(__aarch64__)
static const bool has_vectors = true;
#else
static const bool has_vectors = false;
#endif

static const uint64_t high_bits = 0x8080808080808080u;

static struct emit_place byte_at(uint32_t local, uint32_t offset) {
  return (struct emit_place){.local = local, .offset = offset};
}

/* `step` bytes at the beginning and `step` at the end, which may overlap: all of a string of step to 2 * step bytes. */
struct ends {
  uint32_t step;
  enum wasm_op load, store;
  enum core_type type;
};
static const struct ends all_ends[] = {
    {8, OP_I64_LOAD, OP_I64_STORE, CORE_I64},
    {4, OP_I32_LOAD, OP_I32_STORE, CORE_I32},
    {2, OP_I32_LOAD16_U, OP_I32_STORE16, CORE_I32},
    {1, OP_I32_LOAD8_U, OP_I32_STORE8, CORE_I32},
};
enum { END_COUNT = sizeof(all_ends) / sizeof(all_ends[0]) };

/* If the size is at least `n`. */
static void if_size(struct emit *e, uint32_t n) {
  emit_get(e, SIZE);
  put_i32(&e->code, n);
  put_op(&e->code, OP_I32_GE_U);
  put_op_u32(&e->code, OP_IF, TYPE_NOTHING);
}

/* The address of the last `step` bytes, in `ret`. */
static void find_last(struct emit *e, uint32_t address, uint32_t step, uint32_t ret) {
  emit_get(e, address);
  emit_get(e, SIZE);
  put_op(&e->code, OP_I32_ADD);
  put_i32(&e->code, step);
  put_op(&e->code, OP_I32_SUB);
  emit_set(e, ret);
}

/* ---- validation -------------------------------------------------------------------------------------------------- */

static void load_wide(struct emit *e, const struct ends *ends, uint32_t local) {
  emit_load(e, byte_at(local, 0), ends->load, ends->type);
  if (ends->type == CORE_I32)
    put_op(&e->code, OP_I64_EXTEND_I32_U);
}

/* seen |= the top of the stack */
static void see(struct emit *e, uint32_t seen) {
  emit_get(e, seen);
  put_op(&e->code, OP_I64_OR);
  emit_set(e, seen);
}

/* at += step; goes on with the loop while `at` is before the last. */
static void next(struct emit *e, uint32_t at, uint32_t last, uint32_t step) {
  struct text *t = &e->code;
  emit_get(e, at);
  put_i32(t, step);
  put_op(t, OP_I32_ADD);
  put_op_u32(t, OP_LOCAL_TEE, at);
  emit_get(e, last);
  put_op(t, OP_I32_LT_U);
  put_op_u32(t, OP_BR_IF, 0);
  put_op(t, OP_END);
}

/* Words up to the last, which may overlap the one before. */
static void see_words(struct emit *e, uint32_t at, uint32_t last, uint32_t seen) {
  put_op_u32(&e->code, OP_LOOP, TYPE_NOTHING);
  load_wide(e, &all_ends[0], at);
  see(e, seen);
  next(e, at, last, 8);
  load_wide(e, &all_ends[0], last);
  see(e, seen);
}

/* Ors all bytes of a short string together. */
static void see_all(struct emit *e, uint32_t seen) {
  struct text *t = &e->code;
  uint32_t at = emit_local(e, CORE_I32), last = emit_local(e, CORE_I32);
  emit_get(e, ADDRESS);
  emit_set(e, at);
  for (uint32_t i = 0; i < END_COUNT; i++) {
    if_size(e, all_ends[i].step);
    find_last(e, ADDRESS, all_ends[i].step, last);
    if (i == 0) {
      see_words(e, at, last, seen);
    } else {
      load_wide(e, &all_ends[i], at);
      see(e, seen);
      load_wide(e, &all_ends[i], last);
      see(e, seen);
    }
    put_op(t, OP_ELSE);
  }
  for (uint32_t i = 0; i < END_COUNT; i++)
    put_op(t, OP_END);
}

/* The or of a block, into `seen`. */
static void see_block(struct emit *e, uint32_t at, uint32_t seen) {
  struct text *t = &e->code;
  emit_get(e, at);
  put_access(t, OP_V128_LOAD, e->src->memory, 0);
  for (uint32_t offset = VECTOR; offset < BLOCK; offset += VECTOR) {
    emit_get(e, at);
    put_access(t, OP_V128_LOAD, e->src->memory, offset);
    put_op(t, OP_V128_OR);
  }
  emit_get(e, seen);
  put_op(t, OP_V128_OR);
  emit_set(e, seen);
}

/* Ors the bytes of a string of a block or more together, and gives the high ones to `ret`. */
static void see_blocks(struct emit *e, uint32_t ret) {
  struct text *t = &e->code;
  uint32_t at = emit_local(e, CORE_I32), last = emit_local(e, CORE_I32);
  uint32_t seen = emit_local(e, (enum core_type)WASM_V128);
  emit_get(e, ADDRESS);
  emit_set(e, at);
  find_last(e, ADDRESS, BLOCK, last);
  put_op_u32(t, OP_LOOP, TYPE_NOTHING);
  see_block(e, at, seen);
  next(e, at, last, BLOCK);
  see_block(e, last, seen);
  emit_get(e, seen);
  put_op(t, OP_I8X16_BITMASK);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  put_i64(t, high_bits);
  emit_set(e, ret);
  put_op(t, OP_END);
}

static void validate(struct emit *e) {
  struct text *t = &e->code;
  uint32_t seen = emit_local(e, CORE_I64);
  if_size(e, BLOCK);
  if (has_vectors) {
    see_blocks(e, seen);
  } else {
    put_i64(t, high_bits);
    emit_set(e, seen);
  }
  put_op(t, OP_ELSE);
  see_all(e, seen);
  put_op(t, OP_END);
  emit_get(e, seen);
  put_i64(t, high_bits);
  put_op(t, OP_I64_AND);
  put_i64(t, 0);
  put_op(t, OP_I64_NE);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  emit_push_site(e);
  emit_get(e, ADDRESS);
  emit_get(e, SIZE);
  emit_call_helper(e, ADAPTER_UTF8);
  put_op(t, OP_END);
}

/* ---- copying ----------------------------------------------------------------------------------------------------- */

static void copy_part(struct emit *e, const struct ends *ends, uint32_t from, uint32_t to, uint32_t offset) {
  emit_store_begin(e, byte_at(to, offset));
  emit_load(e, byte_at(from, offset), ends->load, ends->type);
  emit_store_end(e, byte_at(to, offset), ends->store, ends->type);
}

/* `count` parts from the beginning, and as many up to the end. */
static void copy_ends(struct emit *e, const struct ends *ends, uint32_t count, uint32_t target) {
  uint32_t last_from = emit_local(e, CORE_I32), last_to = emit_local(e, CORE_I32);
  find_last(e, ADDRESS, count * ends->step, last_from);
  find_last(e, target, count * ends->step, last_to);
  for (uint32_t i = 0; i < count; i++) {
    copy_part(e, ends, ADDRESS, target, i * ends->step);
    copy_part(e, ends, last_from, last_to, i * ends->step);
  }
}

static void copy_contents(struct emit *e, uint32_t target) {
  struct text *t = &e->code;
  if_size(e, 4 * all_ends[0].step + 1);
  emit_get(e, target);
  emit_get(e, ADDRESS);
  emit_get(e, SIZE);
  put_memory_copy(&e->code, e->dst->memory, e->src->memory);
  put_op(t, OP_ELSE);
  if_size(e, 2 * all_ends[0].step);
  copy_ends(e, &all_ends[0], 2, target);
  put_op(t, OP_ELSE);
  for (uint32_t i = 0; i < END_COUNT; i++) {
    if_size(e, all_ends[i].step);
    copy_ends(e, &all_ends[i], 1, target);
    put_op(t, OP_ELSE);
  }
  for (uint32_t i = 0; i < END_COUNT + 2; i++)
    put_op(t, OP_END);
}

void emit_string_function(struct emit *e, const struct adapter_string *s) {
  struct text *t = &e->code;
  e->src = &s->src;
  e->dst = &s->dst;
  e->site_local = SITE;
  emit_get(e, SIZE);
  put_i32(t, MAX_STRING_BYTE_LENGTH);
  put_op(t, OP_I32_GT_U);
  emit_trap_if(e, ADAPTER_TRAP_STRING);
  emit_check_range(e, e->src, ADDRESS, 0, SIZE, 1, ADAPTER_TRAP_STRING);
  validate(e);
  uint32_t target = emit_allocate(e, 0, SIZE, 1, ADAPTER_TRAP_STRING);
  copy_contents(e, target);
  emit_get(e, target);
}
