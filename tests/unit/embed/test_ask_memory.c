/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Allocations fail under the questions about a component, one by one, and all from one on: by the engine's allocator
 * and by the system's. Only WEIR_ERR_NOMEM may come out, nothing is left, and nothing is half written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/fault.h"
#include "weir/weir.h"

static const char guest[] =
    "(component $shop"
    "  (import \"docs:shop/types@1.0.0\" (instance $types"
    "    (type $item (record (field \"name\" string) (field \"price\" (list (option u32)))))"
    "    (export \"item\" (type $i (eq $item)))"
    "    (export \"basket\" (type $b (sub resource)))"
    "    (export \"[method]basket.add\" (func (param \"self\" (borrow $b)) (param \"what\" $i)))))"
    "  (alias export $types \"item\" (type $item))"
    "  (import \"sell\" (func (param \"what\" (result $item (error string))) (result (stream $item)))))";

typedef weir_status question(weir_engine *engine, const weir_component *component, weir_error **ret_error);

static weir_status ask_json(weir_engine *engine, const weir_component *component, weir_error **ret_error) {
  char *text = NULL;
  size_t size;
  (void)engine;
  weir_status status = weir_component_json(component, &text, &size, ret_error);
  assert_true((status == WEIR_OK) == (text && strlen(text) == size));
  weir_text_free(text);
  return status;
}

static weir_status ask_type(weir_engine *engine, const weir_component *component, weir_error **ret_error) {
  static const char text[] = "stream<record { a: list<tuple<u8, option<string>>>, b: future<result<_, u16>> }>";
  const weir_type *type = NULL;
  (void)component;
  weir_status status = weir_type_parse(engine, text, strlen(text), &type, ret_error);
  assert_true((status == WEIR_OK) == (weir_type_kind_of(type) == WEIR_TYPE_STREAM));
  return status;
}

static weir_status ask_texts(weir_engine *engine, const weir_component *component, weir_error **ret_error) {
  char *world = NULL, *item = NULL, *type = NULL;
  const weir_func *sell = weir_extern_func(weir_component_import(component, 1));
  (void)engine, (void)ret_error;
  weir_status status = weir_component_print(component, &world, NULL);
  if (status == WEIR_OK)
    status = weir_extern_print(weir_component_import(component, 0), &item, NULL);
  if (status == WEIR_OK)
    status = weir_type_print(weir_func_result_type(sell), &type, NULL);
  weir_text_free(world);
  weir_text_free(item);
  weir_text_free(type);
  return status;
}

static weir_status ask_bytes(weir_engine *engine, const weir_component *component, weir_error **ret_error) {
  size_t size, copied_size = 0;
  void *copied = NULL;
  const void *bytes = weir_component_bytes(component, &size);
  weir_status status = weir_bytes_from_text(engine, bytes, size, &copied, &copied_size, ret_error);
  assert_true((status == WEIR_OK) == (copied && copied_size == size));
  weir_bytes_free(copied);
  return status;
}

static weir_status ask_look(weir_engine *engine, const weir_component *component, weir_error **ret_error) {
  size_t size;
  weir_component *looked_at = NULL;
  const void *bytes = weir_component_bytes(component, &size);
  weir_status status = weir_component_inspect(engine, bytes, size, &looked_at, ret_error);
  assert_true((status == WEIR_OK) == !!looked_at);
  weir_component_free(looked_at);
  return status;
}

/* ---- the sweep --------------------------------------------------------------------------------------------------- */

static weir_component *component_new(weir_engine *engine) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  if (weir_component_inspect(engine, guest, sizeof(guest) - 1, &component, &error) != WEIR_OK)
    fail_msg("%s", weir_error_message(error));
  return component;
}

static weir_status ask(const struct fault *f, question *q, weir_engine *engine, const weir_component *component) {
  weir_error *error = NULL;
  size_t live = f->live_blocks;
  weir_status status = q(engine, component, &error);
  if (status != WEIR_OK) {
    assert_int_equal(status, WEIR_ERR_NOMEM);
    assert_true(!error || weir_error_status(error) == WEIR_ERR_NOMEM);
  }
  weir_error_free(error);
  if (q != ask_type) /* the engine keeps types */
    assert_int_equal(f->live_blocks, live);
  return status;
}

/* A new engine each time: it must not know the type already. Returns the number of requests. */
static size_t one(question *q, size_t k, bool rest, bool system, weir_status *ret) {
  struct fault f;
  weir_engine *engine = NULL;
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  fault_init(&f);
  config.alloc = &f.alloc;
  assert_int_equal(weir_engine_new(&config, &engine, NULL), WEIR_OK);
  weir_component *component = component_new(engine);
  fault_arm(&f, system ? 0 : k, rest);
  if (system)
    fault_system_arm(k, rest);
  *ret = ask(&f, q, engine, component);
  size_t calls = system ? fault_system_calls() : f.calls;
  fault_system_arm(0, false);
  fault_arm(&f, 0, false);
  assert_int_equal(ask(&f, q, engine, component), WEIR_OK); /* and works again */
  weir_component_free(component);
  weir_engine_free(engine);
  fault_done(&f);
  return calls;
}

static void sweep(question *q, bool system) {
  weir_status status;
  size_t count = one(q, 0, false, system, &status), failed = 0;
  assert_int_equal(status, WEIR_OK);
  for (size_t k = 1; k <= count; k++) {
    for (int rest = 0; rest < 2; rest++) {
      one(q, k, rest, system, &status);
      failed += status != WEIR_OK;
    }
  }
  assert_true(failed > 0);
}

static void json(void **state) {
  (void)state;
  sweep(ask_json, true);
}

static void a_type_in_text(void **state) {
  (void)state;
  sweep(ask_type, true);
  sweep(ask_type, false);
}

static void what_is_printed(void **state) {
  (void)state;
  sweep(ask_texts, true);
}

static void bytes(void **state) {
  (void)state;
  sweep(ask_bytes, true);
}

static void a_component_to_look_at(
    void **state) { /* the system's allocator is the validator's too, which cannot fail */
  (void)state;
  sweep(ask_look, false);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(json),  cmocka_unit_test(a_type_in_text),         cmocka_unit_test(what_is_printed),
      cmocka_unit_test(bytes), cmocka_unit_test(a_component_to_look_at),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
