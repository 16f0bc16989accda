/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Cases of the merger, written as text: run both ways, and what each way must show. */
#ifndef UNIT_FUSE_MERGE_SUPPORT_H
#define UNIT_FUSE_MERGE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support/merge_run.h"

static const char *const plain_host =
    "(module (import \"c\" \"log\" (func $log (param i32))) (export \"log\" (func $log))"
    " (memory (export \"m\") 1) (table (export \"t\") 8 funcref) (global (export \"base\") i32 (i32.const 16))"
    " (global (export \"var\") (mut i32) (i32.const 5)) (tag (export \"e\") (param i32))"
    " (type $ci (func (param i32) (result i32)))"
    " (func (export \"c\") (param i32) (result i32) (if (result i32) (ref.is_null (table.get 0 (local.get 0)))"
    "   (then (i32.const -1)) (else (call_indirect (type $ci) (local.get 0) (local.get 0))))))";

static struct merge_module compiled(const char *text) {
  struct diag d;
  uint8_t *bytes;
  size_t size;
  diag_init(&d);
  if (eng_text_to_binary((const uint8_t *)text, strlen(text), &bytes, &size, &d) != WEIR_OK)
    fail_msg("%s", diag_message(&d));
  return (struct merge_module){bytes, size};
}

/*
 * Modules by letter: "01" makes instances of the first and the second. `deps`: of each instance, separated by spaces.
 */
struct given {
  const char *modules[RUN_MODULES];
  const char *instances;
  const char *deps;
};

static void case_make(const struct given *given, struct run_case *ret) {
  const char *deps = given->deps;
  *ret = (struct run_case){.host = compiled(plain_host), .calls = 4};
  while (ret->module_count < RUN_MODULES && given->modules[ret->module_count]) {
    ret->modules[ret->module_count] = compiled(given->modules[ret->module_count]);
    ret->module_count++;
  }
  for (const char *i = given->instances; *i != '\0'; i++) {
    struct run_instance *instance = &ret->instances[ret->instance_count++];
    instance->module = (uint32_t)(*i - '0');
    size_t size = strcspn(deps, " ");
    memcpy(instance->deps, deps, size);
    deps += size + (deps[size] == ' ');
  }
}

static void case_free(struct run_case *c) {
  for (uint32_t i = 0; i < c->module_count; i++)
    eng_bytes_free((uint8_t *)c->modules[i].data, c->modules[i].size);
  eng_bytes_free((uint8_t *)c->host.data, c->host.size);
}

static struct eng *engine_make(void) {
  struct eng *engine;
  assert_int_equal(eng_new(NULL, &engine, NULL), WEIR_OK);
  return engine;
}

static void require_valid(struct str module) {
  struct diag d;
  diag_init(&d);
  if (eng_validate((const uint8_t *)module.data, module.size, ENG_FEATURES_RELEASED, &d) != WEIR_OK)
    fail_msg("at 0x%zx: %s", d.offset, diag_message(&d));
  diag_done(&d);
}

static struct str str_of(const struct text *t) {
  return (struct str){t->data, t->size};
}

/* Both ways show the same, and it contains `shown`. `ret_stats` may be NULL. */
static void same(const struct given *given, const char *shown, struct merge_stats *ret_stats) {
  struct run_case c;
  struct merge_stats stats;
  struct text merged, one, other;
  struct diag d;
  struct eng *engine = engine_make();
  diag_init(&d);
  text_init(&merged);
  text_init(&one);
  text_init(&other);
  case_make(given, &c);
  struct run_plan *plan = run_plan_new(&c);
  if (merge_modules(&mem_system, &plan->plan, &merged, &stats, &d) != WEIR_OK)
    fail_msg("%s", diag_message(&d));
  require_valid(str_of(&merged));
  run_separately(&c, engine, &one);
  run_merged(&c, plan, str_of(&merged), engine, &other);
  text_char(&one, '\0');
  text_char(&other, '\0');
  assert_string_equal(one.data, other.data);
  if (!strstr(one.data, shown))
    fail_msg("not shown: %s\n%s", shown, one.data);
  if (ret_stats)
    *ret_stats = stats;
  run_plan_free(plan);
  case_free(&c);
  text_done(&merged);
  text_done(&one);
  text_done(&other);
  diag_done(&d);
  eng_unref(engine);
}

#endif
