/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: a call through an emitted adapter does what the runtime does. The input makes a function type, a value of
 * its parameters in the caller's memory, one of its result in the callee's, and what is wrong with them: a bit here and
 * there, or what a realloc returns. A side may have a tag: then its realloc, the callee or its post-return may throw,
 * and the caller catches all that reaches it. The component runs once with adapters and once without: same end, same
 * words, same calls of realloc, same memories. The callee may be async, lifted with a callback, and the call too: then
 * they use built-ins before and after the callee returns, it waits, or calls another one in turn.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz/adapter_async.h"
#include "load/engine.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
  SAVED = 0x8000,  /* where a guest puts the flat values that it is given */
  LOG = 0x9000,    /* where a realloc notes its calls */
  HEAP = 0x10000,  /* where it takes memory from */
  HASHED = 0x20000 /* what is compared */
};

static void require(bool holds, const char *what) {
  if (holds)
    return;
  fprintf(stderr, "fuzz_adapter: %s\n", what);
  abort();
}

/* ---- the component ----------------------------------------------------------------------------------------------- */

static const char *const core_names[] = {"i32", "i64", "f32", "f64"};
static const char *const encodings[] = {"utf8", "utf16", "latin1+utf16"};

enum thrower { THROWS_NOT, THROWS_CALLEE, THROWS_POST };

struct plan {
  struct maker maker;
  const struct weir_type *params, *result;
  struct core_signature lift, lower;
  struct image images[2]; /* the caller's, the callee's */
  uint64_t args[MAX_FLAT_PARAMS + 1], results[1];
  uint8_t bad_call, bad_how; /* which call of realloc goes wrong */
  bool post_return, caller_allocates;
  bool has_tick[2];      /* the side imports a built-in: a callee that does is no leaf */
  uint8_t tick_in_post;  /* and calls it in its post-return */
  bool has_tag[2];       /* the side may throw */
  uint8_t callee_throws; /* enum thrower */
  struct async_plan async;
};

static void print_const(struct text *out, uint8_t type, uint64_t bits) {
  if (type == CORE_F32)
    text_printf(out, "(f32.reinterpret_i32 (i32.const %u))", (uint32_t)bits);
  else if (type == CORE_F64)
    text_printf(out, "(f64.reinterpret_i64 (i64.const %llu))", (unsigned long long)bits);
  else if (type == CORE_I64)
    text_printf(out, "(i64.const %llu)", (unsigned long long)bits);
  else
    text_printf(out, "(i32.const %u)", (uint32_t)bits);
}

static void print_signature(struct text *out, const struct core_signature *sig) {
  for (uint32_t i = 0; i < sig->param_count; i++)
    text_printf(out, " (param %s)", core_names[sig->params[i]]);
  if (sig->result_count)
    text_printf(out, " (result %s)", core_names[sig->results[0]]);
}

static void print_func_type(const struct plan *p, struct text *out) {
  for (uint32_t i = 0; i < p->params->field_count; i++) {
    text_printf(out, " (param \"p%u\" ", i);
    print_type(&p->maker, out, p->params->fields[i].type);
    text_printf(out, ")");
  }
  if (p->result)
    print_part(&p->maker, out, " (result ", p->result);
}

static void print_memory(const struct plan *p, struct text *out, int side) {
  static const char *const wrong[] = {"(i32.const 1)",          "(i32.const 65537)", "(i32.const -8)",
                                      "(i32.const 0x7fff0000)", "(call $tick)",      "(throw $e)"};
  if (p->has_tick[side])
    text_printf(out, "(import \"\" \"tick\" (func $tick (result i32)))");
  print_context_imports(&p->async, out, side);
  if (p->has_tag[side])
    text_printf(out, "(tag $e)");
  text_printf(out, "(memory (export \"memory\") 4) (data (i32.const 0) \"");
  for (uint32_t i = 0; i < IMAGE; i++)
    text_printf(out, "\\%02x", p->images[side].bytes[i]);
  text_printf(out, "\")\n(global $top (mut i32) (i32.const %d)) (global $log (mut i32) (i32.const %d))\n", HEAP, LOG);
  text_printf(out,
              "(func (export \"realloc\") (param i32 i32 i32 i32) (result i32) (local $p i32)\n"
              "(if (i32.lt_u (global.get $log) (i32.const %d)) (then\n"
              "(i32.store (global.get $log) (local.get 0)) (i32.store offset=4 (global.get $log) (local.get 1))\n"
              "(i32.store offset=8 (global.get $log) (local.get 2))"
              "(i32.store offset=12 (global.get $log) (local.get 3))))\n"
              "(global.set $log (i32.add (global.get $log) (i32.const 16)))\n",
              HEAP);
  print_context_use(&p->async, out, side);
  if (p->bad_call < 8)
    text_printf(out, "(if (i32.eq (global.get $log) (i32.const %d)) (then (return %s)))\n", LOG + 16 * p->bad_call,
                wrong[p->has_tag[side] ? 5 : p->bad_how % (p->has_tick[side] ? 5 : 4)]);
  text_printf(out,
              "(local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))\n"
              "(global.set $top (i32.add (local.get $p) (local.get 3)))\n"
              "(memory.copy (local.get $p) (local.get 0) (local.get 1)) (local.get $p))\n");
  text_printf(out,
              "(func (export \"hash\") (result i64) (local $i i32) (local $h i64) (loop $l\n"
              "(local.set $h (i64.xor (i64.mul (local.get $h) (i64.const 0x100000001b3)) (i64.load (local.get $i))))\n"
              "(local.set $i (i32.add (local.get $i) (i32.const 8)))\n"
              "(br_if $l (i32.lt_u (local.get $i) (i32.const %d)))) (local.get $h))\n",
              HASHED);
}

static void print_store(struct text *out, uint32_t at, uint8_t type, uint32_t local) {
  text_printf(out, "(%s.store (i32.const %u) (local.get %u))\n", core_names[type], at, local);
}

static void print_opts(const struct plan *p, struct text *out, int side, bool realloc) {
  text_printf(out, " string-encoding=%s (memory (core memory $m \"memory\"))", encodings[p->images[side].encoding]);
  if (realloc)
    text_printf(out, " (realloc (core func $m \"realloc\"))");
}

static void print_named(const struct plan *p, struct text *out, const char *format) {
  for (uint32_t i = 0; i < p->maker.named_count; i++) {
    text_printf(out, "(type $own%u ", i);
    print_fields(&p->maker, out, p->maker.named[i]);
    text_printf(out, ")");
    text_printf(out, format, i, i, i);
  }
}

/* The instance of the module with the memory. */
static void print_instance(const struct plan *p, struct text *out, int side) {
  if (p->has_tick[side])
    text_printf(out, "(core func $tick (canon waitable-set.new))\n");
  if (p->async.has_context[side])
    text_printf(out, "(core func $get (canon context.get i32 0)) (core func $set (canon context.set i32 0))\n");
  text_printf(out, "(core instance $m (instantiate $m (with \"\" (instance%s%s))))\n",
              p->has_tick[side] ? " (export \"tick\" (func $tick))" : "",
              p->async.has_context[side] ? " (export \"get\" (func $get)) (export \"set\" (func $set))" : "");
}

static void print_throw(const struct plan *p, struct text *out, uint8_t thrower) {
  if (p->callee_throws == thrower)
    text_printf(out, "(throw $e)\n");
}

static void print_ops(const struct plan *p, struct text *out, int half) {
  const struct async_plan *a = &p->async;
  for (uint32_t i = 0; i < OPS_EACH; i++) {
    if (a->ops[half][i] != OP_RETURN || !a->callback) {
      print_op(a, out, a->ops[half][i], p->has_tick[1]);
      continue;
    }
    for (uint32_t k = 0; k < a->give.param_count; k++)
      print_const(out, a->give.params[k], a->given[k]);
    text_printf(out, " (call $return)\n");
  }
}

static void print_function(const struct plan *p, struct text *out) {
  text_printf(out, "(func (export \"f\")");
  print_signature(out, &p->lift);
  text_printf(out, "\n");
  for (uint32_t i = 0; i < p->lift.param_count; i++)
    print_store(out, SAVED + 8 * i, p->lift.params[i], i);
  if (p->has_tick[1] && !p->async.callback)
    text_printf(out, "(drop (call $tick))\n");
  print_ops(p, out, 0);
  print_throw(p, out, THROWS_CALLEE);
  if (p->async.callback)
    text_printf(out, "(i32.const %u))\n(func (export \"cb\") (param i32 i32 i32) (result i32)\n", p->async.code);
  if (p->async.callback)
    print_ops(p, out, 1);
  if (p->async.callback)
    text_printf(out, "(i32.const 0)");
  else if (p->lift.result_count)
    print_const(out, p->lift.results[0], p->results[0]);
  text_printf(out, ")\n");
}

static void print_post_return(const struct plan *p, struct text *out) {
  text_printf(out, "(func (export \"post\")");
  if (p->lift.result_count)
    text_printf(out, " (param %s) ", core_names[p->lift.results[0]]);
  if (p->lift.result_count)
    print_store(out, SAVED + 8 * 20, p->lift.results[0], 0);
  if (p->has_tick[1] && p->tick_in_post)
    text_printf(out, "(drop (call $tick))\n");
  print_throw(p, out, THROWS_POST);
  text_printf(out, "(i32.store (i32.const %d) (i32.const 1)))\n", SAVED + 8 * 21);
}

/* task.return, with the options of the lift. */
static void print_return(const struct plan *p, struct text *out) {
  text_printf(out, "(core func $return (canon task.return");
  if (p->result)
    print_part(&p->maker, out, " (result ", p->result);
  print_opts(p, out, 1, false);
  text_printf(out, "))\n");
}

static void print_function_module(const struct plan *p, struct text *out) {
  text_printf(out, "(core module $n (import \"m\" \"memory\" (memory 4))\n");
  if (p->has_tick[1])
    text_printf(out, "(import \"\" \"tick\" (func $tick (result i32)))");
  print_callee_imports(&p->async, out);
  if (p->async.callback) {
    text_printf(out, "(import \"\" \"return\" (func $return");
    print_signature(out, &p->async.give);
    text_printf(out, "))\n");
  }
  if (p->has_tag[1])
    text_printf(out, "(tag $e)");
  print_function(p, out);
  print_post_return(p, out);
  text_printf(out, ")\n");
}

static void print_callee(const struct plan *p, struct text *out) {
  text_printf(out, "(component $callee\n");
  if (p->async.callback && p->async.has_deep)
    text_printf(out, "(import \"g\" (func $deep async (param \"n\" u32) (result u32)))\n");
  print_named(p, out, "(export $t%u \"t%u\" (type $own%u))\n");
  text_printf(out, "(core module $m ");
  print_memory(p, out, 1);
  text_printf(out, ")\n");
  print_instance(p, out, 1);
  print_callee_canons(&p->async, out);
  if (p->async.callback)
    print_return(p, out);
  print_function_module(p, out);
  text_printf(out, "(core instance $n (instantiate $n (with \"m\" (instance $m)) (with \"\" (instance%s",
              p->has_tick[1] ? " (export \"tick\" (func $tick))" : "");
  print_callee_exports(&p->async, out);
  text_printf(out, "))))\n(func (export \"f\")%s", p->async.type_async ? " async" : "");
  print_func_type(p, out);
  text_printf(out, " (canon lift (core func $n \"f\")");
  print_opts(p, out, 1, true);
  if (p->async.callback)
    text_printf(out, " async (callback (core func $n \"cb\"))");
  else if (p->post_return)
    text_printf(out, " (post-return (core func $n \"post\"))");
  text_printf(out, "))\n(func (export \"hash\") (result u64) (canon lift (core func $m \"hash\"))))\n");
}

/* The call; what it throws, which must not be, is noted. */
static void print_call(const struct plan *p, struct text *out) {
  if (p->has_tag[0])
    text_printf(out, "(block $end (block $caught (try_table (catch_all $caught)\n");
  for (uint32_t i = 0; i < p->lower.param_count; i++)
    print_const(out, p->lower.params[i], p->args[i]);
  text_printf(out, " (call $f)\n");
  if (p->async.lower_async)
    print_wait(out);
  else if (p->lower.result_count)
    text_printf(out, "(local.set $r)\n");
  if (p->has_tag[0])
    text_printf(out, ") (br $end)) (i32.store (i32.const %d) (i32.const 1)))\n", SAVED + 8 * 22);
}

static void print_run(const struct plan *p, struct text *out) {
  text_printf(out, "(func (export \"run\") (local $st i32) (local $set i32)");
  if (p->lower.result_count)
    text_printf(out, " (local $r %s)", core_names[p->lower.results[0]]);
  text_printf(out, "\n");
  for (int i = 0; i < 1 + p->async.twice; i++)
    print_call(p, out);
  if (p->lower.result_count && !p->async.lower_async)
    text_printf(out, "(%s.store (i32.const %d) (local.get $r))", core_names[p->lower.results[0]], SAVED);
  text_printf(out, ")\n");
}

static void print_caller(const struct plan *p, struct text *out) {
  text_printf(out, "(component $caller\n");
  print_named(p, out, "(import \"t%u\" (type $t%u (eq $own%u)))\n");
  text_printf(out, "(import \"f\" (func $f%s", p->async.type_async ? " async" : "");
  print_func_type(p, out);
  text_printf(out, "))\n(core module $m ");
  print_memory(p, out, 0);
  text_printf(out, ")\n");
  print_instance(p, out, 0);
  print_caller_canons(&p->async, out);
  text_printf(out, "(core func $f (canon lower (func $f)%s", p->async.lower_async ? " async" : "");
  print_opts(p, out, 0, p->caller_allocates);
  text_printf(out, "))\n(core module $n (import \"m\" \"memory\" (memory 4)) (import \"\" \"f\" (func $f");
  print_signature(out, &p->lower);
  text_printf(out, "))\n");
  print_caller_imports(&p->async, out);
  print_run(p, out);
  text_printf(out,
              ")\n(core instance $n (instantiate $n (with \"m\" (instance $m)) "
              "(with \"\" (instance (export \"f\" (func $f))");
  print_caller_exports(&p->async, out);
  bool async = (p->async.type_async || p->async.lower_async) && !p->async.run_sync;
  text_printf(out,
              "))))\n(func (export \"run\")%s (canon lift (core func $n \"run\")))\n"
              "(func (export \"hash\") (result u64) (canon lift (core func $m \"hash\"))))\n",
              async ? " async" : "");
}

static void print_component(const struct plan *p, struct text *out) {
  text_printf(out, "(component\n");
  bool deep = p->async.callback && p->async.has_deep;
  print_callee(p, out);
  print_caller(p, out);
  if (deep)
    print_deep(&p->async, out);
  text_printf(out,
              "%s(instance $callee (instantiate $callee%s))\n(instance $caller (instantiate $caller"
              " (with \"f\" (func $callee \"f\"))",
              deep ? "(instance $deep (instantiate $deep))\n" : "", deep ? " (with \"g\" (func $deep \"g\"))" : "");
  for (uint32_t i = 0; i < p->maker.named_count; i++)
    text_printf(out, " (with \"t%u\" (type $callee \"t%u\"))", i, i);
  text_printf(out,
              "))\n(export \"run\" (func $caller \"run\"))\n(export \"caller-hash\" (func $caller \"hash\"))\n"
              "(export \"callee-hash\" (func $callee \"hash\")))\n");
}

/* ---- running it -------------------------------------------------------------------------------------------------- */

struct outcome {
  weir_status status;
  char words[512];
  uint64_t hashes[2];
  size_t live;
};

static void keep_words(struct outcome *o, weir_error *error) {
  snprintf(o->words, sizeof(o->words), "%s", error ? weir_error_message(error) : "");
  weir_error_free(error);
}

static weir_status call(weir_instance *instance, const weir_component *c, const char *name, uint64_t *ret,
                        struct outcome *o) {
  weir_error *error = NULL;
  weir_status status = weir_call_flat(instance, weir_component_find_func(c, NULL, name), NULL, 0, ret, &error);
  if (status != WEIR_OK)
    keep_words(o, error);
  return status;
}

static void run(weir_engine *engine, const struct text *script, struct outcome *o) {
  weir_component *component = NULL;
  weir_linker *linker = NULL;
  weir_store *store = NULL;
  weir_instance *instance = NULL;
  weir_error *error = NULL;
  memset(o, 0, sizeof(*o));
  o->status = weir_component_new(engine, script->data, script->size, &component, &error);
  if (o->status != WEIR_OK) {
    fprintf(stderr, "%s\n", weir_error_message(error));
    require(false, "the component is not valid");
  }
  require(weir_linker_new(engine, &linker, NULL) == WEIR_OK, "no linker");
  require(weir_store_new(engine, NULL, &store, NULL) == WEIR_OK, "no store");
  require(weir_instance_new(store, linker, component, &instance, &error) == WEIR_OK, "no instance");
  o->status = call(instance, component, "run", NULL, o);
  if (o->status == WEIR_OK) {
    call(instance, component, "caller-hash", &o->hashes[0], o);
    call(instance, component, "callee-hash", &o->hashes[1], o);
    o->live = weir_store_live_tasks(store);
  }
  weir_store_free(store);
  weir_linker_free(linker);
  weir_component_free(component);
}

static weir_engine *engines[2];

static void compare(const struct text *script) {
  struct outcome with, without;
  for (int i = 0; i < 2 && !engines[i]; i++) {
    weir_engine_config config = {
        .size = sizeof(weir_engine_config), .features = 0x1ff, .fast_compile = true, .no_adapters = i == 1};
    require(weir_engine_new(&config, &engines[i], NULL) == WEIR_OK, "no engine");
    engines[i]->adapters_at_once = true;
  }
  run(engines[0], script, &with);
  run(engines[1], script, &without);
  /* In a built-in called from a realloc nobody's task is current, but an adapter's callee's. */
  if (strncmp(with.words, "wasm trap: cannot leave", 23) == 0 && strncmp(without.words, with.words, 40) == 0)
    memcpy(with.words, without.words, sizeof(with.words));
  bool same = with.status == without.status && strcmp(with.words, without.words) == 0 &&
              with.hashes[0] == without.hashes[0] && with.hashes[1] == without.hashes[1] && with.live == without.live;
  if (same)
    return;
  fprintf(stderr, "%s\nwith adapters: %d %s\nwithout:       %d %s\n", script->data, with.status, with.words,
          without.status, without.words);
  require(false, "the two ways differ");
}

/* ---- the input --------------------------------------------------------------------------------------------------- */

static const struct weir_type *make_params(struct maker *m) {
  static const char letters[] = "abcdefghijklmnopqrstuvwx";
  struct type_field fields[24];
  uint8_t shape = take(m->in);
  uint32_t n = shape % 8 == 0 ? 17 + shape / 8 % 8 : shape % 4;
  for (uint32_t i = 0; i < n; i++) {
    fields[i] = (struct type_field){.label = {letters + i, 1}, .type = make_type(m, DEPTH_MAX, LISTS_MAX)};
    if (!fields[i].type)
      return NULL;
  }
  return type_fields(m->table, TYPE_TUPLE, fields, n, NULL);
}

static void make_values(struct plan *p, struct input *in) {
  for (int side = 0; side < 2; side++) {
    struct image *m = &p->images[side];
    const struct weir_type *t = side ? p->result : p->params;
    m->in = in;
    m->end = VALUE + (t ? t->layout[0].size : 0);
    if (t && m->end <= IMAGE)
      put_value(m, VALUE, t);
  }
  for (uint8_t wrong = take(in) % 8; wrong > 4; wrong--) {
    uint32_t at = take(in) * 2u;
    p->images[wrong % 2].bytes[at] ^= take(in);
  }
  bool async = p->async.lower_async;
  core_values(&p->images[0], p->params, async ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS, p->args);
  if (p->result)
    core_values(&p->images[1], p->result, MAX_FLAT_RESULTS, p->results);
  if (p->result)
    core_values(&p->images[1], p->result, MAX_FLAT_PARAMS, p->async.given);
  if (p->result && p->result->flat_count[0] > (async ? 0 : MAX_FLAT_RESULTS))
    p->args[p->lower.param_count - 1] = 0xa000;
  uint8_t shift = take(in);
  if (shift % 8 == 1 && p->lower.param_count)
    p->args[shift / 8 % p->lower.param_count] += shift / 128 ? 1 : 0x3fff0;
  if (shift % 16 == 2)
    p->async.given[0] = p->results[0] += shift / 128 ? 1 : 0x3fff0;
}

static void make_give(struct plan *p) {
  const struct weir_type *t = p->result;
  bool flat = t && t->flat_count[0] <= MAX_FLAT_PARAMS;
  p->async.give.param_count = t ? flat ? t->flat_count[0] : 1 : 0;
  for (uint32_t i = 0; flat && i < t->flat_count[0]; i++)
    p->async.give.params[i] = t->flat[0][i];
}

static bool make_plan(struct plan *p, struct input *in) {
  make_async(&p->async, in);
  uint8_t options = take(in), more = take(in), ticks = take(in);
  p->maker.in = in;
  p->images[0].encoding = options % 4 < 3 ? 0 : (uint8_t)(options / 4 % 3);
  p->images[1].encoding = options % 4 < 3 ? 0 : (uint8_t)(options / 12 % 3);
  p->post_return = options & 0x80;
  p->bad_call = (uint8_t)(more % 16 + 1);
  p->bad_how = more / 32;
  p->has_tick[0] = ticks & 1;
  p->has_tick[1] = ticks & 2;
  p->tick_in_post = ticks >> 5 == 0;
  p->has_tag[0] = (ticks >> 2 & 7) >= 5;
  p->has_tag[1] = (ticks >> 2 & 7) >= 4 && (ticks >> 2 & 7) != 5;
  if ((ticks >> 2 & 7) == 7)
    p->callee_throws = ticks >> 5 ? THROWS_CALLEE : THROWS_POST;
  p->params = make_params(&p->maker);
  uint8_t has_result = take(in);
  if (has_result % 2 && p->params) {
    p->result = make_type(&p->maker, DEPTH_MAX, LISTS_MAX);
    if (!p->result)
      return false;
  }
  if (!p->params)
    return false;
  struct func_type type = {.async = p->async.type_async, .params = p->params, .result = p->result};
  flatten_lift(&type, p->async.callback, p->async.callback, 0, &p->lift);
  flatten_lower(&type, p->async.lower_async, 0, &p->lower);
  make_give(p);
  p->caller_allocates = p->result && p->result->has_pointer;
  make_values(p, in);
  if (p->async.callback)
    make_ops(&p->async, in);
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct arena arena;
  struct plan *p = calloc(1, sizeof(*p));
  if (!p)
    return 0;
  arena_init(&arena, &mem_system);
  p->maker.table = type_table_new(&arena);
  if (p->maker.table && make_plan(p, &in)) {
    struct text script;
    text_init(&script);
    print_component(p, &script);
    text_char(&script, '\0');
    script.size--;
    compare(&script);
    text_done(&script);
  }
  arena_done(&arena);
  free(p);
  return 0;
}
