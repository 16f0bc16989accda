/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The asynchronous half of fuzz_adapter.c: what a callee does before and after it returns, what it calls in turn, and
 * how its caller waits for it.
 */
#ifndef FUZZ_ADAPTER_ASYNC_H
#define FUZZ_ADAPTER_ASYNC_H

#include "fuzz/adapter_values.h"

enum {
  SEEN = 0x9000 - 64, /* where a callee notes what built-ins gave it */
  DEEP_OUT = 0xb000,  /* where the result of its own call goes */
  STATUS = 0xa800,    /* where a caller notes how its call went */
  EVENT = 0xa900
};

enum op { OP_RETURN, OP_TICK, OP_GET, OP_SET, OP_DEEP, OP_INC, OP_DEC, OP_REST, OP_COUNT };
enum { OPS_EACH = 4 };

struct async_plan {
  bool type_async, callback, lower_async; /* the function's type; how it is lifted; how it is lowered */
  bool run_sync;                          /* the caller's own function is synchronous: it may not block */
  bool twice;                             /* there are two calls */
  bool has_context[2], has_deep;          /* by side; a realloc uses the slots too */
  uint8_t ops[2][OPS_EACH];               /* of the function, of its callback */
  uint8_t code;                           /* what the function leaves; its callback exits */
  uint8_t deep_ops, deep_code;
  struct core_signature give; /* of task.return: parameters */
  uint64_t given[MAX_FLAT_PARAMS];
};

/* Two bytes from the end of the input, so that the rest of it means what it means without them. */
static void make_async(struct async_plan *a, struct input *in) {
  uint8_t kinds = in->size > 0 ? in->data[--in->size] : 0, more = in->size > 0 ? in->data[--in->size] : 0;
  if (kinds % 4 == 0)
    return;
  a->lower_async = kinds & 1;
  a->type_async = kinds & 3;
  a->callback = kinds & 0xc;
  a->run_sync = (kinds >> 4) % 8 == 7;
  a->twice = kinds & 0x80;
  a->has_context[1] = more & 1;
  a->has_context[0] = kinds & 0x40;
  a->has_deep = more & 2;
  a->deep_ops = more >> 2 & 7;
  a->deep_code = more >> 5;
}

static void make_ops(struct async_plan *a, struct input *in) {
  uint16_t word = take(in);
  word = (uint16_t)(word | take(in) << 8);
  bool plain = word % 3 == 0; /* returns, and exits */
  for (uint32_t i = 0; i < 2 * OPS_EACH; i++)
    a->ops[i / OPS_EACH][i % OPS_EACH] = plain ? OP_REST : take(in) % OP_COUNT;
  if (plain || word % 5)
    a->ops[0][word / 16 % OPS_EACH] = OP_RETURN;
  a->code = word >> 8 > 128 && !plain ? (uint8_t)(word % 4) : 0;
  if (a->code == 1 && word % 7)
    a->ops[1][word / 64 % OPS_EACH] = OP_RETURN;
}

/* ---- context ----------------------------------------------------------------------------------------------------- */

static void print_context_imports(const struct async_plan *a, struct text *out, int side) {
  if (a->has_context[side])
    text_printf(out, "(import \"\" \"get\" (func $get (result i32))) (import \"\" \"set\" (func $set (param i32)))\n");
}

/* In a realloc, whose slots are its own. */
static void print_context_use(const struct async_plan *a, struct text *out, int side) {
  if (a->has_context[side])
    text_printf(
        out,
        "(i32.store (i32.const %d) (i32.add (i32.load (i32.const %d)) (call $get)))\n"
        "(call $set (i32.const 9)) (i32.store (i32.const %d) (i32.add (i32.load (i32.const %d)) (call $get)))\n",
        SEEN + 8, SEEN + 8, SEEN + 12, SEEN + 12);
}

/* ---- the callee's callee ----------------------------------------------------------------------------------------- */

static void print_deep(const struct async_plan *a, struct text *out) {
  static const char *const codes[] = {"0", "0", "0", "0", "1", "1", "2", "3"};
  text_printf(out,
              "(component $deep (core func $return (canon task.return (result u32)))\n"
              "(core func $tick (canon waitable-set.new))\n"
              "(core module $m (import \"\" \"return\" (func $return (param i32)))"
              " (import \"\" \"tick\" (func $tick (result i32)))\n"
              "(func (export \"g\") (param i32) (result i32) %s %s %s (i32.const %s))\n"
              "(func (export \"cb\") (param i32 i32 i32) (result i32) %s (i32.const 0)))\n"
              "(core instance $m (instantiate $m (with \"\" (instance (export \"return\" (func $return))"
              " (export \"tick\" (func $tick))))))\n"
              "(func (export \"g\") async (param \"n\" u32) (result u32)"
              " (canon lift (core func $m \"g\") async (callback (core func $m \"cb\")))))\n",
              a->deep_ops & 1 ? "(drop (call $tick))" : "",
              a->deep_code == 4 ? "" : "(call $return (i32.add (local.get 0) (call $tick)))",
              a->deep_ops & 2 ? "(drop (call $tick))" : "", codes[a->deep_code % 8],
              a->deep_code == 4 ? "(call $return (i32.const 9))" : "");
}

/* ---- the callee -------------------------------------------------------------------------------------------------- */

/* Built-ins that the module of the function imports, beside the memory. */
static void print_callee_canons(const struct async_plan *a, struct text *out) {
  if (a->callback)
    text_printf(out, "(core func $inc (canon backpressure.inc)) (core func $dec (canon backpressure.dec))\n");
  if (a->callback && a->has_deep)
    text_printf(out, "(core func $deep (canon lower (func $deep) async (memory (core memory $m \"memory\"))))\n");
}

static void print_callee_imports(const struct async_plan *a, struct text *out) {
  print_context_imports(a, out, 1);
  if (a->callback)
    text_printf(out, "(import \"\" \"inc\" (func $inc)) (import \"\" \"dec\" (func $dec))\n");
  if (a->callback && a->has_deep)
    text_printf(out, "(import \"\" \"deep\" (func $deep (param i32 i32) (result i32)))\n");
}

static void print_callee_exports(const struct async_plan *a, struct text *out) {
  if (a->has_context[1])
    text_printf(out, " (export \"get\" (func $get)) (export \"set\" (func $set))");
  if (a->callback)
    text_printf(out, " (export \"inc\" (func $inc)) (export \"dec\" (func $dec)) (export \"return\" (func $return))");
  if (a->callback && a->has_deep)
    text_printf(out, " (export \"deep\" (func $deep))");
}

static void print_see(struct text *out, const char *what) {
  text_printf(out, "(i32.store (i32.const %d) (i32.add (i32.mul (i32.load (i32.const %d)) (i32.const 31)) %s))\n", SEEN,
              SEEN, what);
}

static void print_op(const struct async_plan *a, struct text *out, uint8_t op, bool has_tick) {
  if (op == OP_TICK && has_tick)
    print_see(out, "(call $tick)");
  else if (op == OP_GET && a->has_context[1])
    print_see(out, "(call $get)");
  else if (op == OP_SET && a->has_context[1])
    text_printf(out, "(call $set (i32.add (i32.load (i32.const %d)) (i32.const 5)))\n", SEEN);
  else if (op == OP_DEEP && a->callback && a->has_deep)
    print_see(out, "(call $deep (i32.const 7) (i32.const 0xb000)) (i32.load (i32.const 0xb000)) i32.add");
  else if (op == OP_INC && a->callback)
    text_printf(out, "(call $inc)\n");
  else if (op == OP_DEC && a->callback)
    text_printf(out, "(call $dec)\n");
}

/* ---- the caller -------------------------------------------------------------------------------------------------- */

static void print_caller_canons(const struct async_plan *a, struct text *out) {
  if (a->lower_async)
    text_printf(out,
                "(core func $new (canon waitable-set.new)) (core func $join (canon waitable.join))\n"
                "(core func $wait (canon waitable-set.wait (memory (core memory $m \"memory\"))))\n"
                "(core func $drop (canon subtask.drop))\n");
}

static void print_caller_imports(const struct async_plan *a, struct text *out) {
  if (a->lower_async)
    text_printf(out,
                "(import \"\" \"new\" (func $new (result i32)))"
                " (import \"\" \"join\" (func $join (param i32 i32)))"
                " (import \"\" \"wait\" (func $wait (param i32 i32) (result i32)))"
                " (import \"\" \"drop\" (func $drop (param i32)))\n");
}

static void print_caller_exports(const struct async_plan *a, struct text *out) {
  if (a->lower_async)
    text_printf(out,
                " (export \"new\" (func $new)) (export \"join\" (func $join)) (export \"wait\" (func $wait))"
                " (export \"drop\" (func $drop))");
}

/* Behind an async call, whose status is on the stack: waits for it to return. */
static void print_wait(struct text *out) {
  text_printf(
      out,
      "(local.set $st)\n"
      "(i32.store (i32.const %d) (i32.add (i32.mul (i32.load (i32.const %d)) (i32.const 31)) (local.get $st)))\n"
      "(if (i32.ne (i32.and (local.get $st) (i32.const 15)) (i32.const 2)) (then\n"
      "(local.set $set (call $new)) (call $join (i32.shr_u (local.get $st) (i32.const 4)) (local.get $set))\n"
      "(loop $again (drop (call $wait (local.get $set) (i32.const %d)))\n"
      "(br_if $again (i32.lt_u (i32.load offset=4 (i32.const %d)) (i32.const 2))))\n"
      "(call $drop (i32.shr_u (local.get $st) (i32.const 4)))))\n",
      STATUS, STATUS, EVENT, EVENT);
}

#endif
