/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Emits the copy of a string from one encoding to another: the source goes through the runtime's buffer part by part,
 * once to be measured, and then to be encoded into the blocks that the receiver's realloc gives meanwhile.
 *
 * In order: small pieces; the source; the block; the parts; both directions.
 */
#include "fuse/glue_text.h"

enum { PART = 1024, TAG = INT32_MIN, MAX_BYTES = (1 << 28) - 1, NO_SIZE = -1 };
enum { ADDRESS, UNITS, FROM, BYTES, AT, SIZE, BLOCK, PLAN, OLD, TO, LOCALS = 8 };
enum { PLAN_ALIGN = 12, PLAN_UNITS = 24, PLAN_CALLS = 3 };

struct way {
  struct making_glue *n;
  const struct adapter_side *src, *dst;
  struct text code;
};

/* ---- small pieces ------------------------------------------------------------------------------------------------ */

static void get(struct way *w, uint32_t local) {
  put_op_u32(&w->code, OP_LOCAL_GET, local);
}

static void set(struct way *w, uint32_t local) {
  put_op_u32(&w->code, OP_LOCAL_SET, local);
}

static void get_const(struct way *w, uint32_t local, uint32_t value, enum wasm_op op) {
  get(w, local);
  put_i32(&w->code, value);
  put_op(&w->code, op);
}

static void call(struct way *w, enum glue_rt function) {
  glue_call(w->n, &w->code, function);
}

static void trap_if(struct way *w) {
  put_op_u32(&w->code, OP_IF, TYPE_NOTHING);
  put_op(&w->code, OP_UNREACHABLE);
  put_op(&w->code, OP_END);
}

/* Traps unless the local's address and the size on the stack are in the memory. */
static void check_range(struct way *w, uint32_t address, uint32_t memory) {
  enum { LOG2_PAGE = 16 };
  struct text *t = &w->code;
  put_op(t, OP_I64_EXTEND_I32_U);
  get(w, address);
  put_op(t, OP_I64_EXTEND_I32_U);
  put_op(t, OP_I64_ADD);
  put_op_u32(t, OP_MEMORY_SIZE, memory);
  put_op(t, OP_I64_EXTEND_I32_U);
  put_i64(t, LOG2_PAGE);
  put_op(t, OP_I64_SHL);
  put_op(t, OP_I64_GT_U);
  trap_if(w);
}

/* ---- the source -------------------------------------------------------------------------------------------------- */

/* Its simple encoding (enum encoding of rt_text.c), units and bytes. */
static void find_source(struct way *w) {
  struct text *t = &w->code;
  if (w->src->encoding == AST_ENCODING_LATIN1_UTF16) {
    put_i32(t, 1);
    put_i32(t, 2);
    get_const(w, UNITS, (uint32_t)TAG, OP_I32_AND);
    put_op(t, OP_SELECT);
    set(w, FROM);
    get_const(w, UNITS, (uint32_t)~TAG, OP_I32_AND);
    set(w, UNITS);
  } else {
    put_i32(t, w->src->encoding == AST_ENCODING_UTF8 ? 0 : 1);
    set(w, FROM);
  }
  get_const(w, UNITS, MAX_BYTES, OP_I32_GT_U);
  trap_if(w);
  get(w, UNITS);
  get_const(w, FROM, 1, OP_I32_EQ);
  put_op(t, OP_I32_SHL);
  set(w, BYTES);
  get_const(w, BYTES, MAX_BYTES, OP_I32_GT_U);
  trap_if(w);
  if (w->src->encoding != AST_ENCODING_UTF8) {
    get_const(w, ADDRESS, 1, OP_I32_AND);
    trap_if(w);
  }
  get(w, BYTES);
  check_range(w, ADDRESS, w->src->memory);
}

/* ---- the block --------------------------------------------------------------------------------------------------- */

static void set_leave(struct way *w, uint32_t value) {
  put_i32(&w->code, 0);
  put_i32(&w->code, value);
  put_access(&w->code, OP_I32_STORE8, w->n->memory - 1, w->dst->flag);
}

static void plan_at(struct way *w, uint32_t offset) {
  get(w, PLAN);
  put_access(&w->code, OP_I32_LOAD, w->n->memory - 1, offset);
}

/* An exception of the realloc becomes a trap. */
static void begin_guard(struct way *w) {
  enum { CATCH_ALL = 2 };
  struct text *t = &w->code;
  if (!w->dst->throws)
    return;
  put_op(t, OP_BLOCK);
  put_valtype(t, CORE_I32);
  put_op_u32(t, OP_BLOCK, TYPE_NOTHING);
  put_op(t, OP_TRY_TABLE);
  put_valtype(t, CORE_I32);
  put_u32(t, 1);
  put_byte(t, CATCH_ALL);
  put_u32(t, 0); /* to the end of the inner block */
}

static void end_guard(struct way *w) {
  struct text *t = &w->code;
  if (!w->dst->throws)
    return;
  put_op(t, OP_END);
  put_op_u32(t, OP_BR, 1);
  put_op(t, OP_END);
  put_op(t, OP_UNREACHABLE);
  put_op(t, OP_END);
}

/* One call of realloc, if the plan has it. */
static void reallocate(struct way *w, uint32_t number) {
  struct text *t = &w->code;
  plan_at(w, 4 * number);
  put_i32(t, (uint32_t)NO_SIZE);
  put_op(t, OP_I32_NE);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  set_leave(w, 0);
  begin_guard(w);
  get(w, BLOCK);
  get(w, OLD);
  plan_at(w, PLAN_ALIGN + 4 * number);
  plan_at(w, 4 * number);
  put_op_u32(t, OP_CALL, w->dst->realloc);
  end_guard(w);
  set(w, BLOCK);
  set_leave(w, 1);
  plan_at(w, 4 * number);
  put_op_u32(t, OP_LOCAL_TEE, OLD);
  check_range(w, BLOCK, w->dst->memory);
  get(w, BLOCK);
  plan_at(w, PLAN_ALIGN + 4 * number);
  put_i32(t, 1);
  put_op(t, OP_I32_SUB);
  put_op(t, OP_I32_AND);
  trap_if(w);
  put_op(t, OP_END);
}

/* ---- the parts --------------------------------------------------------------------------------------------------- */

/* The next part into the runtime's buffer, its size in SIZE; leaves the two blocks around where nothing is left. */
static void next_part(struct way *w) {
  struct text *t = &w->code;
  put_op_u32(t, OP_BLOCK, TYPE_NOTHING);
  put_op_u32(t, OP_LOOP, TYPE_NOTHING);
  get(w, BYTES);
  get(w, AT);
  put_op(t, OP_I32_SUB);
  put_op_u32(t, OP_LOCAL_TEE, SIZE);
  put_op(t, OP_I32_EQZ);
  put_op_u32(t, OP_BR_IF, 1);
  put_i32(t, PART);
  get(w, SIZE);
  get_const(w, SIZE, PART, OP_I32_GT_U);
  put_op(t, OP_SELECT);
  set(w, SIZE);
  call(w, RT_TEXT_IN);
  get(w, ADDRESS);
  get(w, AT);
  put_op(t, OP_I32_ADD);
  get(w, SIZE);
  put_memory_copy(t, w->n->memory - 1, w->src->memory);
  get(w, AT);
  get(w, SIZE);
  put_op(t, OP_I32_ADD);
  set(w, AT);
}

static void end_parts(struct way *w) {
  put_op_u32(&w->code, OP_BR, 0);
  put_op(&w->code, OP_END);
  put_op(&w->code, OP_END);
  put_i32(&w->code, 0);
  set(w, AT);
}

static void measure(struct way *w) {
  get(w, FROM);
  call(w, RT_TEXT_BEGIN);
  next_part(w);
  get(w, SIZE);
  call(w, RT_TEXT_MEASURE);
  end_parts(w);
  put_i32(&w->code, w->dst->encoding);
  put_i32(&w->code, w->src->encoding == AST_ENCODING_LATIN1_UTF16);
  get(w, UNITS);
  call(w, RT_TEXT_PLAN);
  set(w, PLAN);
}

/* What is written before the next call of realloc. */
static void encode(struct way *w, uint32_t pass) {
  struct text *t = &w->code;
  put_i32(t, pass);
  call(w, RT_TEXT_PASS);
  put_op_u32(t, OP_IF, TYPE_NOTHING);
  get(w, BLOCK);
  set(w, TO);
  next_part(w);
  get(w, SIZE);
  call(w, RT_TEXT_ENCODE);
  set(w, SIZE);
  get(w, TO);
  call(w, RT_TEXT_OUT);
  get(w, SIZE);
  put_memory_copy(t, w->dst->memory, w->n->memory - 1);
  get(w, TO);
  get(w, SIZE);
  put_op(t, OP_I32_ADD);
  set(w, TO);
  end_parts(w);
  put_op(t, OP_END);
}

/* ---- both directions --------------------------------------------------------------------------------------------- */

static uint32_t put_way(struct making_glue *n, const struct adapter_side *src, const struct adapter_side *dst) {
  static const struct core_signature sig = {{CORE_I32, CORE_I32}, {CORE_I64}, 2, 1};
  struct way w = {.n = n, .src = src, .dst = dst};
  put_u32(&w.code, 1);
  put_u32(&w.code, LOCALS);
  put_valtype(&w.code, CORE_I32);
  if (src->memory == GRAPH_NONE || dst->memory == GRAPH_NONE || dst->realloc == GRAPH_NONE) {
    put_op(&w.code, OP_UNREACHABLE); /* no string goes this way */
  } else {
    find_source(&w);
    measure(&w);
    for (uint32_t i = 0; i < PLAN_CALLS; i++) {
      reallocate(&w, i);
      if (i + 1 < PLAN_CALLS)
        encode(&w, i);
    }
    get(&w, BLOCK);
    put_op(&w.code, OP_I64_EXTEND_I32_U);
    plan_at(&w, PLAN_UNITS);
    put_op(&w.code, OP_I64_EXTEND_I32_U);
    put_i64(&w.code, 32);
    put_op(&w.code, OP_I64_SHL);
    put_op(&w.code, OP_I64_OR);
  }
  put_op(&w.code, OP_END);
  uint32_t func = small_func(&n->m, small_type(&n->m, &sig), &w.code);
  text_done(&w.code);
  return func;
}

void glue_import_text(struct making_glue *n) {
  for (uint32_t i = RT_TEXT_IN; i <= RT_TEXT_ENCODE; i++)
    glue_import_rt(n, (enum glue_rt)i);
}

uint32_t glue_put_text(struct making_glue *n, const struct adapter_side *sides) {
  struct text code = {0};
  uint32_t there = put_way(n, &sides[0], &sides[1]), back = put_way(n, &sides[1], &sides[0]);
  put_u32(&code, 0);
  put_op_u32(&code, OP_LOCAL_GET, 0);
  put_i32(&code, 1);
  put_op(&code, OP_I32_AND);
  put_op_u32(&code, OP_IF, TYPE_NOTHING);
  for (uint32_t i = 0; i < 2; i++) {
    put_op_u32(&code, OP_LOCAL_GET, 1);
    put_op_u32(&code, OP_LOCAL_GET, 2);
    put_op_u32(&code, OP_CALL, i == 0 ? back : there);
    put_op(&code, i == 0 ? OP_RETURN : OP_END);
    if (i == 0)
      put_op(&code, OP_END);
  }
  uint32_t func = small_func(&n->m, small_type(&n->m, adapter_helper_signature(ADAPTER_TRANSCODE)), &code);
  text_done(&code);
  return func;
}
