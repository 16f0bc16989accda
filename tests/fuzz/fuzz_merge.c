/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: modules that are merged do what they do when they are instantiated one after another. The input makes
 * modules, instances, and how they are wired; both ways show the same calls of the host, traps, results and memories.
 * What the merger writes is valid, and the same each time.
 */
#include "fuzz/merge_maker.h"
#include "support/merge_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const struct text *one, const struct text *other) {
  if (holds)
    return;
  fprintf(stderr, "fuzz_merge: %s\n", what);
  if (one)
    fprintf(stderr, "--- separately\n%.*s--- merged\n%.*s", (int)one->size, one->data, (int)other->size, other->data);
  abort();
}

static struct merge_module compiled(const struct text *text) {
  uint8_t *bytes;
  size_t size;
  struct diag d;
  diag_init(&d);
  if (eng_text_to_binary((const uint8_t *)text->data, text->size, &bytes, &size, &d) != WEIR_OK) {
    fprintf(stderr, "%.*s\n%s\n", (int)text->size, text->data, diag_message(&d));
    abort();
  }
  diag_done(&d);
  return (struct merge_module){bytes, size};
}

static const char host_text[] =
    "(module (import \"c\" \"log\" (func $log (param i32))) (export \"log\" (func $log)) (memory (export \"m\") 1 3)"
    " (table (export \"t\") 6 funcref) (global (export \"base\") i32 (i32.const 1))"
    " (global (export \"var\") (mut i32) (i32.const 5)) (tag (export \"e\") (param i32))"
    " (type $ci (func (param i32) (result i32)))"
    " (func (export \"c\") (param i32) (result i32) (if (result i32) (ref.is_null (table.get 0 (local.get 0)))"
    "   (then (i32.const -1)) (else (call_indirect (type $ci) (i32.const 1) (local.get 0))))))";

static void make_case(struct input *in, struct run_case *c) {
  struct text text;
  text_init(&text);
  *c = (struct run_case){.calls = 3};
  text_add(&text, (struct str){host_text, sizeof(host_text) - 1});
  c->host = compiled(&text);
  c->module_count = 1 + below(in, 3);
  for (uint32_t i = 0; i < c->module_count; i++) {
    text.size = 0;
    make_module(in, i, i != 0, &text);
    if (getenv("FUZZ_MERGE_SHOW"))
      fprintf(stderr, "%.*s", (int)text.size, text.data);
    c->modules[i] = compiled(&text);
  }
  text_done(&text);
  c->instance_count = 1 + below(in, 5);
  for (uint32_t n = 1; n < c->instance_count; n++) {
    struct run_instance *instance = &c->instances[n];
    instance->module = below(in, c->module_count);
    snprintf(instance->deps, sizeof(instance->deps), "a%ub%u", (unsigned)below(in, n), (unsigned)below(in, n));
  }
}

static void free_case(struct run_case *c) {
  for (uint32_t i = 0; i < c->module_count; i++)
    eng_bytes_free((uint8_t *)c->modules[i].data, c->modules[i].size);
  eng_bytes_free((uint8_t *)c->host.data, c->host.size);
}

static void merge_twice(const struct merge_plan *plan, struct text *ret) {
  struct text again;
  struct diag d;
  diag_init(&d);
  text_init(&again);
  run_require(merge_modules(&mem_system, plan, ret, NULL, &d) == WEIR_OK, "merged", &d);
  run_require(merge_modules(&mem_system, plan, &again, NULL, &d) == WEIR_OK, "merged again", &d);
  require(ret->size == again.size && memcmp(ret->data, again.data, again.size) == 0, "other bytes", NULL, NULL);
  run_require(eng_validate((const uint8_t *)ret->data, ret->size, ENG_FEATURES_RELEASED, &d) == WEIR_OK, "valid", &d);
  text_done(&again);
  diag_done(&d);
}

/* One for all inputs: it keeps nothing of them. */
static struct eng *engine_of_all(void) {
  static struct eng *engine;
  struct eng_config config = {.optimize_for_compile_time = true};
  if (!engine)
    run_require(eng_new(&config, &engine, NULL) == WEIR_OK, "engine", NULL);
  return engine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct run_case c;
  struct text merged, one, other;
  text_init(&merged);
  text_init(&one);
  text_init(&other);
  make_case(&in, &c);
  struct run_plan *plan = run_plan_new(&c);
  merge_twice(&plan->plan, &merged);
  run_separately(&c, engine_of_all(), &one);
  run_merged(&c, plan, (struct str){merged.data, merged.size}, engine_of_all(), &other);
  require(one.size == other.size && memcmp(one.data, other.data, one.size) == 0,
          "the merged module does something else", &one, &other);
  run_plan_free(plan);
  free_case(&c);
  text_done(&merged);
  text_done(&one);
  text_done(&other);
  return 0;
}
