/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Fused modules run as their components do, are the same bytes each time, and are refused where they do not fit. What
 * somebody else has made of one does no harm: it is refused, or it traps, or is a guest like any other.
 */
#include "adapter/standin.h"
#include "base/str.h"
#include "behaviour/behaviour.h"
#include "support/fault.h"

enum { ONE_CALL = 1000 + 4 + 0xe9 };

/* ---- support ----------------------------------------------------------------------------------------------------- */

struct module {
  void *bytes;
  size_t byte_count;
  weir_fuse_stats stats;
};

struct told {
  uint32_t count, last;
};

static void tell(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct told *told = data;
  assert_int_equal(count, 1);
  told->count++;
  told->last = args[0].of.u32;
  weir_host_call_return(call, NULL, NULL);
}

static struct module fused(const weir_component *component, bool no_adapters) {
  weir_fuse_config config = WEIR_FUSE_CONFIG_INIT;
  struct module result = {NULL, 0, WEIR_FUSE_STATS_INIT};
  weir_error *error = NULL;
  config.no_adapters = no_adapters;
  must(weir_fuse_core(component, &config, &result.bytes, &result.byte_count, &result.stats, &error), &error);
  return result;
}

/* Puts what the component of a world is fused to in its place. */
static void fuse_world(struct world *w, bool no_adapters) {
  struct module result = fused(w->component, no_adapters);
  weir_component_free(w->component);
  w->component = component_from(w->engine, result.bytes, result.byte_count);
  weir_bytes_free(result.bytes);
}

static size_t section_size(const uint8_t *at, const uint8_t **ret_body) {
  size_t size = 0;
  int shift = 0;
  for (at++; *at & 0x80; shift += 7)
    size |= (size_t)(*at++ & 0x7f) << shift;
  size |= (size_t)*at++ << shift;
  *ret_body = at;
  return size;
}

/* Where the section with the component begins. */
static size_t section_of(const struct module *module) {
  const uint8_t *bytes = module->bytes, *at = bytes + 8;
  while (at < bytes + module->byte_count) {
    const uint8_t *body;
    size_t size = section_size(at, &body);
    if (at[0] == 0 && memcmp(body + 1, "weir:fused", 10) == 0)
      return (size_t)(at - bytes);
    at = body + size;
  }
  fail_msg("there is no section");
  return 0;
}

/* ---- as unfused -------------------------------------------------------------------------------------------------- */

static void check_calls(bool no_adapters) {
  struct told told = {0, 0};
  struct outcome o;
  struct world *w = world_open("fused");
  world_func(w, NULL, "tell", NULL, tell, &told);
  fuse_world(w, no_adapters);
  world_start(w);
  assert_int_equal(told.count, 1);
  assert_int_equal(told.last, 100);
  call(w, &o, "run");
  world_settle(w);
  assert_u32(&o, ONE_CALL);
  assert_int_equal(told.last, 5); /* "abcé" in UTF-8 */
  call(w, &o, "run");
  world_settle(w);
  assert_u32(&o, ONE_CALL + 1000);
  assert_int_equal(told.count, 3);
  assert_int_equal(weir_store_live_tasks(w->store), 0);
  world_close(w);
}

static void a_fused_module_does_what_its_component_does(void **state) {
  (void)state;
  check_calls(false);
}

static void calls_may_stay_outside(void **state) {
  (void)state;
  check_calls(true);
}

static void the_same_component_gives_the_same_bytes(void **state) {
  (void)state;
  struct world *w = world_open("fused");
  struct module a = fused(w->component, false), b = fused(w->component, false), c = fused(w->component, true);
  assert_int_equal(a.stats.calls, 2);
  assert_int_equal(a.stats.calls_inside, 2);
  assert_int_equal(c.stats.calls_inside, 0);
  assert_int_equal(a.stats.core_instances, 4);
  assert_int_equal(a.byte_count, b.byte_count);
  assert_memory_equal(a.bytes, b.bytes, a.byte_count);
  weir_bytes_free(a.bytes);
  weir_bytes_free(b.bytes);
  weir_bytes_free(c.bytes);
  world_close(w);
}

static void its_compiled_code_can_be_kept(void **state) {
  (void)state;
  struct told told = {0, 0};
  struct outcome o;
  weir_error *error = NULL;
  void *bytes;
  size_t size;
  struct world *w = world_open("fused");
  world_func(w, NULL, "tell", NULL, tell, &told);
  fuse_world(w, false);
  weir_code *code = weir_component_code(w->component), *read;
  must(weir_code_serialize(code, &bytes, &size, &error), &error);
  weir_code_free(code);
  must(weir_code_deserialize(w->engine, bytes, size, &read, &error), &error);
  weir_component_free(w->component);
  must(weir_component_from_code(w->engine, read, &w->component, &error), &error);
  weir_code_free(read);
  weir_bytes_free(bytes);
  world_start(w);
  call(w, &o, "run");
  world_settle(w);
  assert_u32(&o, ONE_CALL);
  world_close(w);
}

/* Instantiates it, and calls it. */
static weir_status start_fused(weir_engine *engine, const struct module *result) {
  struct told told = {0, 0};
  weir_value value = {0};
  weir_component *c = NULL;
  weir_linker *linker = NULL;
  weir_store *store = NULL;
  weir_instance *instance;
  weir_status status = weir_component_new(engine, result->bytes, result->byte_count, &c, NULL);
  if (status == WEIR_OK)
    status = weir_linker_new(engine, &linker, NULL);
  if (status == WEIR_OK)
    status = weir_linker_define_func(linker, NULL, "tell", NULL, tell, &told, NULL, NULL);
  if (status == WEIR_OK)
    status = weir_store_new(engine, NULL, &store, NULL);
  if (status == WEIR_OK)
    status = weir_instance_new(store, linker, c, &instance, NULL);
  if (status == WEIR_OK)
    status = weir_call_run(instance, weir_component_find_func(c, NULL, "run"), NULL, 0, &value, NULL);
  weir_store_free(store);
  weir_linker_free(linker);
  weir_component_free(c);
  return status;
}

static weir_status fuse_and_run(const struct weir_alloc *alloc, void *ctx) {
  weir_engine_config config = {.size = sizeof(config), .alloc = alloc, .fast_compile = true};
  struct str text = *(struct str *)ctx;
  struct module result = {NULL, 0, WEIR_FUSE_STATS_INIT};
  weir_component *c = NULL, *f = NULL;
  weir_engine *engine = NULL;
  weir_status status = weir_engine_new(&config, &engine, NULL);
  if (status == WEIR_OK)
    status = weir_component_inspect(engine, text.data, text.size, &c, NULL);
  if (status == WEIR_OK)
    status = weir_fuse_core(c, NULL, &result.bytes, &result.byte_count, &result.stats, NULL);
  if (status == WEIR_OK)
    status = weir_component_inspect(engine, result.bytes, result.byte_count, &f, NULL);
  if (status == WEIR_OK)
    status = start_fused(engine, &result);
  weir_bytes_free(result.bytes);
  weir_component_free(c);
  weir_component_free(f);
  weir_engine_free(engine);
  return status;
}

static void memory_may_run_out(void **state) {
  (void)state;
  struct str text;
  char *data = guest_text("fused", &text.size);
  text.data = data;
  assert_true(fault_sweep(fuse_and_run, &text) > 50);
  free(data);
}

static void it_cannot_be_fused_again(void **state) {
  (void)state;
  struct module result = {NULL, 0, WEIR_FUSE_STATS_INIT};
  weir_error *error = NULL;
  struct world *w = world_open("fused");
  fuse_world(w, false);
  assert_int_equal(weir_fuse_core(w->component, NULL, &result.bytes, &result.byte_count, &result.stats, &error),
                   WEIR_ERR_MISUSE);
  assert_null(result.bytes);
  weir_error_free(error);
  world_close(w);
}

/* A stack cannot be held in the midst of an adapter, so calls go through the runtime. */
static void where_guests_are_held_calls_go_outside(void **state) {
  (void)state;
  weir_store_config config = {.size = sizeof(config), .slice = WEIR_SLICE_EVERYWHERE};
  weir_engine_config with = {.size = sizeof(with), .deadlines = true};
  weir_error *error = NULL;
  weir_value value = {0};
  struct told told = {0, 0};
  struct world *w = world_open("fused");
  weir_engine *engine;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  struct module result = fused(w->component, false);
  must(weir_engine_new(&with, &engine, &error), &error);
  must(weir_linker_new(engine, &linker, &error), &error);
  must(weir_linker_define_func(linker, NULL, "tell", NULL, tell, &told, NULL, &error), &error);
  must(weir_store_new(engine, &config, &store, &error), &error);
  weir_component *c = component_from(engine, result.bytes, result.byte_count);
  must(weir_instance_new(store, linker, c, &instance, &error), &error);
  must(weir_call_run(instance, weir_component_find_func(c, NULL, "run"), NULL, 0, &value, &error), &error);
  assert_int_equal(value.of.u32, ONE_CALL);
  weir_bytes_free(result.bytes);
  weir_store_free(store);
  weir_component_free(c);
  weir_linker_free(linker);
  weir_engine_free(engine);
  world_close(w);
}

/* ---- somebody else's --------------------------------------------------------------------------------------------- */

/* The parts of a module that fits the section of fused.wat; each can be another one. */
struct forged {
  const char *more, *flags, *echo, *run;
};

static char *forged_text(const struct forged *f) {
  char *text = NULL;
  const struct standin_layout l = standin_layout(3, 1); /* three instances; the inner one has a stand-in */
  const uint32_t standin = l.first;
  int n = asprintf(
      &text,
      "(module (import \"instance/1\" \"lower#0\" (func $tell (param i32)))"
      " (import \"adapter\" \"trap\" (func $trap (param i32 i32)))"
      " (import \"adapter\" \"utf8\" (func $utf8 (param i32 i32 i32)))"
      " (import \"adapter\" \"transcode\" (func $transcode (param i32 i32 i32) (result i64)))"
      " (import \"adapter\" \"finish\" (func $finish (param i32 i64) (result i64)))"
      " (import \"adapter\" \"leave\" (func $leave (param i32)))"
      " (import \"adapter\" \"handle\" (func $handle (param i32 i32 i32) (result i32)))"
      " (import \"instance/2\" \"lower#2\" (func $calls (result i32)))"
      " (memory (export \"0/mem\") 1) (memory (export \"2/mem\") 1) %s"
      " (func $fill (param $call i32) (param $below i32)"
      "   (i32.store $flags (i32.const %d) (i32.const %u)) (i32.store $flags (i32.const %u) (i32.const 2))"
      "   (i32.store $flags (i32.const %u) (local.get $below)) (i32.store $flags (i32.const %u) (local.get $call)))"
      " (func (export \"0/realloc\") (export \"2/realloc\") (param i32 i32 i32 i32) (result i32) (i32.const 0))"
      " (func (export \"1/echo\") %s (i32.const 0)) (func (export \"1/after\") (param i32))"
      " (func (export \"1/calls\") (result i32) (i32.const 0)) %s"
      " (func $run (export \"3/run\") (result i32) %s (i32.const 7)))",
      f->flags ? f->flags : "(memory $flags (export \"flags\") 1 1)", (int)l.top, standin, standin,
      standin + (unsigned)offsetof(struct standin, below), standin + (unsigned)offsetof(struct standin, trampoline),
      f->echo ? f->echo : "(param i32 i32) (result i32)", f->more ? f->more : "", f->run ? f->run : "");
  assert_true(n > 0);
  return text;
}

/* A binary module with the section of the real one. For weir_bytes_free(). */
static void *forge(struct world *w, const struct forged *f, size_t *ret_size) {
  weir_error *error = NULL;
  struct module real = fused(w->component, false);
  size_t size, at = section_of(&real), rest = real.byte_count - at;
  char *text = forged_text(f);
  void *module;
  must(weir_bytes_from_text(w->engine, text, strlen(text), &module, &size, &error), &error);
  uint8_t *bytes = malloc(size + rest);
  assert_non_null(bytes);
  memcpy(bytes, module, size);
  memcpy(bytes + size, (const uint8_t *)real.bytes + at, rest);
  *ret_size = size + rest;
  weir_bytes_free(module);
  weir_bytes_free(real.bytes);
  free(text);
  return bytes;
}

static void check_refused(const struct forged *f, const char *words) {
  struct world *w = world_open("fused");
  weir_component *c = NULL;
  weir_error *error = NULL;
  size_t size;
  void *bytes = forge(w, f, &size);
  assert_int_equal(weir_component_new(w->engine, bytes, size, &c, &error), WEIR_ERR_INVALID);
  if (!strstr(weir_error_message(error), words))
    fail_msg("%s, not %s", weir_error_message(error), words);
  weir_error_free(error);
  weir_bytes_free(bytes);
  world_close(w);
}

static void what_does_not_fit_its_component_is_refused(void **state) {
  (void)state;
  check_refused(&(struct forged){.more = "(start $s) (func $s)"}, "has no start function");
  check_refused(&(struct forged){.flags = "(memory $flags (export \"flags\") 1 2)"}, "one fixed size");
  check_refused(&(struct forged){.flags = "(memory $flags (export \"flags\") 1)"}, "one fixed size");
  check_refused(&(struct forged){.echo = "(param i32 i64) (result i32)"}, "\"1/echo\" is missing, or of another type");
  check_refused(&(struct forged){.more = "(func (export \"start/0\") (param i32))"},
                "\"start/0\" is no start function");
  check_refused(&(struct forged){.more = "(global (export \"start/1\") i32 (i32.const 0))"},
                "\"start/1\" is no start function");
}

/* `words`: of the trap; NULL: it runs, and gives 7. */
static void check_forged(const struct forged *f, const char *words) {
  struct world *w = world_open("fused");
  struct told told = {0, 0};
  struct outcome o;
  size_t size;
  world_func(w, NULL, "tell", NULL, tell, &told);
  void *bytes = forge(w, f, &size);
  weir_component_free(w->component);
  w->component = component_from(w->engine, bytes, size);
  weir_bytes_free(bytes);
  world_start(w);
  call(w, &o, "run");
  world_settle(w);
  if (words)
    assert_ended(&o, WEIR_ERR_TRAP);
  else
    assert_u32(&o, 7);
  if (words && !strstr(o.message, words))
    fail_msg("%s, not %s", o.message, words);
  world_close(w);
}

/* The stand-in of the inner component is that of a call, and on top. */
#define FILL(call) "(call $fill (i32.const " #call ") (i32.const 0))"
#define TELL "(call $tell (i32.const 1))"

static void check_run(const char *run, const char *words) {
  check_forged(&(struct forged){.run = run}, words);
}

static void helpers_are_asked_what_they_do(void **state) {
  (void)state;
  static const char wrong[] = "an adapter of a fused module is not what it should be";
  static const char outside[] = "string pointer/length out of bounds of memory";
  check_run(FILL(1) "(call $leave (i32.const 2))", NULL);
  check_run(FILL(1) "(call $leave (i32.const 2)) (call $leave (i32.const 2))", wrong);
  check_run(FILL(1) "(call $leave (i32.const 4))", wrong); /* another call of the same instance */
  check_run(FILL(1) "(drop (call $finish (i32.const 2) (i64.const 0)))", wrong);
  check_run("(call $leave (i32.const 2))", wrong);
  check_run("(drop (call $handle (i32.const 2) (i32.const 0) (i32.const 1)))", wrong); /* a type of no handles */
  check_run("(drop (call $handle (i32.const 2) (i32.const -1) (i32.const 1)))", wrong);
  check_run("(drop (call $finish (i32.const 2) (i64.const 0)))", wrong);
  check_run("(call $trap (i32.const 77) (i32.const 2))", "an adapter failed");
  check_run("(call $trap (i32.const 0) (i32.const 99))", wrong);
  check_run("(call $utf8 (i32.const 3) (i32.const 65530) (i32.const 100))", outside);
  check_run("(call $utf8 (i32.const 3) (i32.const -1) (i32.const -1))", outside);
  check_run("(drop (call $transcode (i32.const 2) (i32.const -2) (i32.const 5)))", "string content out-of-bounds");
}

static void stand_ins_are_not_believed(void **state) {
  (void)state;
  static const char wrong[] = "an adapter of a fused module is not what it should be";
  char circle[256], inside[256];
  snprintf(circle, sizeof(circle), "(call $fill (i32.const 1) (i32.const %u)) (call $leave (i32.const 2))",
           (unsigned)standin_layout(3, 1).first);
  snprintf(inside, sizeof(inside), "(call $fill (i32.const 1) (i32.const %u)) (call $leave (i32.const 2))",
           (unsigned)standin_layout(3, 1).first + 4);
  check_run(circle, wrong);
  check_run(inside, wrong);
  check_run(FILL(0) "(call $leave (i32.const 2))", wrong); /* a call of the host */
  check_run(FILL(-1) "(call $leave (i32.const 2))", wrong);
  check_run(FILL(1) TELL FILL(1) TELL, wrong); /* it is entered already */
  check_run(FILL(1) TELL, "has entered a component instance, and has not left it");
  check_run(FILL(1) "(i32.store8 $flags (i32.const -1) (i32.const 0))", "out of bounds");
}

static void who_calls_out_must_be_who_runs(void **state) {
  (void)state;
  check_run("(call $tell (i32.const 1))", "calls out for a component instance that does not run");
  check_run(FILL(1) TELL "(call $leave (i32.const 2))", NULL);
  check_run("(i32.store8 $flags (i32.const 2) (i32.const 0)) (drop (call $calls))", "cannot leave component instance");
  check_run("(i32.store8 $flags (i32.const 2) (i32.const 7)) (drop (call $calls))", NULL);
}

static void what_is_not_there_yet_cannot_be_called(void **state) {
  (void)state;
  struct world *w = world_open("fused");
  struct told told = {0, 0};
  weir_error *error = NULL;
  size_t size;
  world_func(w, NULL, "tell", NULL, tell, &told);
  void *bytes = forge(w, &(struct forged){.more = "(func (export \"start/0\") (call $tell (i32.const 1)))"}, &size);
  weir_component_free(w->component);
  w->component = component_from(w->engine, bytes, size);
  weir_bytes_free(bytes);
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &w->instance, &error), WEIR_ERR_TRAP);
  assert_non_null(strstr(weir_error_message(error), "calls what is not there yet"));
  assert_int_equal(told.count, 0);
  weir_error_free(error);
  world_close(w);
}

/* Each byte in its turn is another one; what still loads is run. */
static void a_damaged_module_does_no_harm(void **state) {
  (void)state;
  struct world *w = world_open("fused");
  struct told told = {0, 0};
  uint32_t loaded = 0;
  world_func(w, NULL, "tell", NULL, tell, &told);
  struct module real = fused(w->component, false);
  uint8_t *bytes = real.bytes;
  for (size_t i = 8; i < real.byte_count; i += 3) {
    weir_component *c = NULL;
    weir_store *store = NULL;
    weir_instance *instance;
    weir_error *error = NULL;
    uint8_t before = bytes[i];
    bytes[i] ^= (uint8_t)(1 + i % 255);
    if (weir_component_new(w->engine, bytes, real.byte_count, &c, &error) == WEIR_OK) {
      loaded++;
      must(weir_store_new(w->engine, NULL, &store, &error), &error);
      if (weir_instance_new(store, w->linker, c, &instance, &error) == WEIR_OK &&
          weir_component_find_func(c, NULL, "run"))
        weir_call_run(instance, weir_component_find_func(c, NULL, "run"), NULL, 0, &(weir_value){0}, &error);
      weir_store_free(store);
    }
    weir_error_free(error);
    weir_component_free(c);
    bytes[i] = before;
  }
  assert_true(loaded > 10);
  weir_bytes_free(real.bytes);
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_fused_module_does_what_its_component_does),
    cmocka_unit_test(calls_may_stay_outside),
    cmocka_unit_test(the_same_component_gives_the_same_bytes),
    cmocka_unit_test(its_compiled_code_can_be_kept),
    cmocka_unit_test(memory_may_run_out),
    cmocka_unit_test(it_cannot_be_fused_again),
    cmocka_unit_test(where_guests_are_held_calls_go_outside),
    cmocka_unit_test(what_does_not_fit_its_component_is_refused),
    cmocka_unit_test(helpers_are_asked_what_they_do),
    cmocka_unit_test(stand_ins_are_not_believed),
    cmocka_unit_test(who_calls_out_must_be_who_runs),
    cmocka_unit_test(what_is_not_there_yet_cannot_be_called),
    cmocka_unit_test(a_damaged_module_does_no_harm),
};
BEHAVIOUR_MAIN(tests)
