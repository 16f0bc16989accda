/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Compiled code apart from its component: wrapped again, refused where it does not belong, written, read, and never
 * run where a single byte of it is wrong. What has a right digest all the same (forge()) must not break anything
 * either.
 */
#include "behaviour.h"

#include "engine/sha256.h"
#include "support/fault.h"

enum { HEADER = 56, AT_FORMAT = 8, AT_SIZE = 16, AT_DIGEST = 24 };

static const char guest[] =
    "(component\n"
    "  (core module $m (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))\n"
    "  (core module $n (import \"\" \"add\" (func $add (param i32 i32) (result i32)))\n"
    "    (func (export \"add\") (param i32 i32) (result i32) (call $add (local.get 0) (local.get 1))))\n"
    "  (core instance $i (instantiate $m))\n"
    "  (core instance $k (instantiate $n (with \"\" (instance $i))))\n"
    "  (func (export \"add\") (param \"a\" u32) (param \"b\" u32) (result u32) (canon lift (core func $k \"add\"))))\n";

static weir_engine *engine_with(const weir_engine_config *config) {
  weir_engine *engine = NULL;
  weir_error *error = NULL;
  must(weir_engine_new(config, &engine, &error), &error);
  return engine;
}

static weir_code *code_of_guest(weir_engine *engine) {
  weir_component *component = component_from(engine, guest, strlen(guest));
  weir_code *code = weir_component_code(component);
  weir_component_free(component);
  return code;
}

static weir_component *wrap(weir_engine *engine, const weir_code *code) {
  weir_component *component = NULL;
  weir_error *error = NULL;
  must(weir_component_from_code(engine, code, &component, &error), &error);
  return component;
}

/* Instantiates and calls `func`, which may be another component's. */
static void expect_sum(weir_engine *engine, const weir_component *component, const weir_func *func) {
  weir_store *store = NULL;
  weir_instance *instance = NULL;
  weir_call *running = NULL;
  weir_error *error = NULL;
  weir_value args[2] = {u32(20), u32(22)}, sum = {0};
  must(weir_store_new(engine, NULL, &store, &error), &error);
  must(weir_instance_new(store, NULL, component, &instance, &error), &error);
  must(weir_call_start(instance, func, args, 2, NULL, NULL, &running, &error), &error);
  for (int i = 0; i < STEPS_MAX && weir_store_step(store) == WEIR_STEP_READY; i++) {
  }
  must(weir_call_result(running, &sum, &error), &error);
  assert_int_equal(sum.of.u32, 42);
  weir_call_free(running);
  weir_store_free(store);
}

static void expect_works(weir_engine *engine, const weir_code *code) {
  weir_component *component = wrap(engine, code);
  expect_sum(engine, component, weir_component_find_func(component, NULL, "add"));
  weir_component_free(component);
}

/* ---- wrapping ---------------------------------------------------------------------------------------------------- */

static void code_outlives_its_component_and_is_wrapped_again(void **state) {
  (void)state;
  weir_engine *engine = engine_with(NULL);
  weir_code *code = code_of_guest(engine);
  assert_true(weir_code_size(code) > 1000);
  expect_works(engine, code);
  weir_component *last = wrap(engine, code);
  weir_code_free(weir_code_ref(code));
  weir_code_free(code);
  expect_sum(engine, last, weir_component_find_func(last, NULL, "add"));
  weir_engine_free(engine);
  weir_component_free(last);
}

static void a_function_belongs_to_all_components_of_its_code(void **state) {
  (void)state;
  weir_engine *engine = engine_with(NULL);
  weir_code *code = code_of_guest(engine);
  weir_component *a = wrap(engine, code), *b = wrap(engine, code);
  const weir_func *add = weir_component_find_func(a, NULL, "add");
  assert_ptr_equal(add, weir_component_find_func(b, NULL, "add"));
  weir_component_free(a);
  expect_sum(engine, b, add);
  weir_component_free(b);
  weir_code_free(code);
  weir_engine_free(engine);
}

static void code_of_another_engine_is_refused_at_the_wrap(void **state) {
  (void)state;
  weir_engine *one = engine_with(NULL), *other = engine_with(NULL);
  weir_code *code = code_of_guest(one);
  weir_component *component = NULL;
  weir_error *error = NULL;
  assert_int_equal(weir_component_from_code(other, code, &component, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "compiled by another engine");
  assert_null(component);
  weir_error_free(error);
  assert_int_equal(weir_component_from_code(other, code, &component, NULL), WEIR_ERR_MISUSE);
  weir_code_free(code);
  weir_engine_free(one);
  weir_engine_free(other);
}

/* ---- writing and reading ----------------------------------------------------------------------------------------- */

struct artefact {
  weir_engine *engine;
  uint8_t *bytes;
  size_t size;
};

static struct artefact artefact_make(void) {
  struct artefact a = {.engine = engine_with(NULL)};
  weir_code *code = code_of_guest(a.engine);
  weir_error *error = NULL;
  void *bytes = NULL;
  must(weir_code_serialize(code, &bytes, &a.size, &error), &error);
  a.bytes = bytes;
  weir_code_free(code);
  return a;
}

static void artefact_free(struct artefact *a) {
  weir_bytes_free(a->bytes);
  weir_engine_free(a->engine);
}

static weir_status read_with(weir_engine *engine, const uint8_t *bytes, size_t size, const char *words) {
  weir_code *code = NULL;
  weir_error *error = NULL;
  weir_status status = weir_code_deserialize(engine, bytes, size, &code, &error);
  if (words) {
    assert_non_null(error);
    assert_words(weir_error_message(error), words);
  }
  if (status == WEIR_OK)
    weir_code_free(code);
  else
    assert_null(code);
  weir_error_free(error);
  return status;
}

static void written_code_is_read_and_runs(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  weir_engine *other = engine_with(NULL);
  weir_code *code = NULL;
  weir_error *error = NULL;
  assert_true(weir_code_is_artefact(a.bytes, a.size));
  assert_false(weir_code_is_artefact(guest, strlen(guest)));
  assert_false(weir_code_is_artefact("\0asm\x0d\0\1\0", 8));
  must(weir_code_deserialize(other, a.bytes, a.size, &code, &error), &error);
  expect_works(other, code);
  void *again = NULL;
  size_t size = 0;
  must(weir_code_serialize(code, &again, &size, &error), &error);
  assert_int_equal(size, a.size);
  assert_memory_equal(again, a.bytes, size);
  weir_bytes_free(again);
  weir_code_free(code);
  weir_engine_free(other);
  artefact_free(&a);
}

/* Of the component only what links it is there: its modules, which nobody compiles any more, are of the same types. */
static void the_component_is_not_carried_whole(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  weir_error *error = NULL;
  weir_code *code = NULL;
  weir_component *whole = component_from(a.engine, guest, strlen(guest)), *component = NULL;
  must(weir_code_deserialize(a.engine, a.bytes, a.size, &code, &error), &error);
  must(weir_component_from_code(a.engine, code, &component, &error), &error);
  size_t size, whole_size, fused_size;
  const void *bytes = weir_component_bytes(component, &size);
  weir_component_bytes(whole, &whole_size);
  assert_true(size < whole_size);
  must(weir_bytes_validate(a.engine, bytes, size, &error), &error);
  void *fused = NULL;
  assert_int_equal(weir_fuse_core(component, NULL, &fused, &fused_size, NULL, &error), WEIR_ERR_MISUSE);
  assert_words(weir_error_message(error), "does not carry the component");
  weir_error_free(error);
  weir_component_free(component);
  weir_component_free(whole);
  weir_code_free(code);
  artefact_free(&a);
}

static void an_engine_with_other_settings_refuses(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  const weir_engine_config others[] = {
      {.size = sizeof(weir_engine_config), .features = ALL_FEATURES},
      {.size = sizeof(weir_engine_config), .max_wasm_stack = 128 << 10},
      {.size = sizeof(weir_engine_config), .stack_size = 2 << 20},
      {.size = sizeof(weir_engine_config), .fast_compile = true},
      {.size = sizeof(weir_engine_config), .readings = WEIR_READING_REENTRANCE},
      {.size = sizeof(weir_engine_config), .readings = WEIR_READING_NO_CANCELLABLE},
  };
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    weir_engine *engine = engine_with(&others[i]);
    assert_int_equal(read_with(engine, a.bytes, a.size, "compile the component again"), WEIR_ERR_UNSUPPORTED);
    weir_engine_free(engine);
  }
  artefact_free(&a);
}

static void an_artefact_is_no_component(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  weir_component *component = NULL;
  weir_error *error = NULL;
  assert_int_equal(weir_component_new(a.engine, a.bytes, a.size, &component, &error), WEIR_ERR_MALFORMED);
  assert_words(weir_error_message(error), "compiled code");
  weir_error_free(error);
  assert_int_equal(read_with(a.engine, (const uint8_t *)guest, strlen(guest), "not compiled code"), WEIR_ERR_MALFORMED);
  artefact_free(&a);
}

/* ---- damage ------------------------------------------------------------------------------------------------------ */

static bool refused(weir_status status) {
  return status == WEIR_ERR_MALFORMED || status == WEIR_ERR_UNSUPPORTED;
}

static void every_damaged_byte_is_found(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  for (size_t i = 0; i < a.size; i += i < 4096 ? 1 : 23) {
    uint8_t good = a.bytes[i];
    a.bytes[i] = (uint8_t)(good ^ (1u << i % 8));
    if (!refused(read_with(a.engine, a.bytes, a.size, NULL)))
      fail_msg("a damaged byte at %zu is not found", i);
    a.bytes[i] = good;
  }
  assert_int_equal(read_with(a.engine, a.bytes, a.size, NULL), WEIR_OK);
  artefact_free(&a);
}

static void every_length_but_its_own_is_refused(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  for (size_t size = 0; size < a.size; size += size < 1024 ? 1 : 61) {
    uint8_t *cut = malloc(size + 1); /* of its own, for the sanitizer to see its end */
    memcpy(cut, a.bytes, size);
    if (read_with(a.engine, cut, size, NULL) != WEIR_ERR_MALFORMED)
      fail_msg("%zu of %zu bytes are not refused", size, a.size);
    free(cut);
  }
  uint8_t *longer = calloc(1, a.size + 1);
  memcpy(longer, a.bytes, a.size);
  assert_int_equal(read_with(a.engine, longer, a.size + 1, "more bytes"), WEIR_ERR_MALFORMED);
  free(longer);
  artefact_free(&a);
}

/* ---- forged: with a digest that fits ----------------------------------------------------------------------------- */

static void forge(struct artefact *a) {
  struct sha256 h;
  sha256_begin(&h);
  sha256_add(&h, a->bytes, AT_DIGEST);
  sha256_add(&h, a->bytes + HEADER, a->size - HEADER);
  sha256_end(&h, a->bytes + AT_DIGEST);
}

static uint64_t number_at(const struct artefact *a, size_t at) {
  uint64_t n;
  memcpy(&n, a->bytes + at, sizeof(n));
  return n;
}

static void other_versions_are_told(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  a.bytes[AT_FORMAT]++;
  forge(&a);
  assert_int_equal(read_with(a.engine, a.bytes, a.size, "format of another version"), WEIR_ERR_UNSUPPORTED);
  a.bytes[AT_FORMAT]--;
  forge(&a);
  assert_int_equal(read_with(a.engine, a.bytes, a.size, NULL), WEIR_OK);
  uint8_t *version = a.bytes + HEADER + 8;
  assert_memory_equal(version, "weir " WEIR_VERSION, strlen("weir " WEIR_VERSION));
  version[5]++;
  forge(&a);
  assert_int_equal(read_with(a.engine, a.bytes, a.size, "another version of weir"), WEIR_ERR_UNSUPPORTED);
  artefact_free(&a);
}

/*
 * Where the numbers stand: of fingerprint and, behind a digest, component; how many modules; of each, two ends of its
 * digest and a size.
 */
static size_t find_numbers(const struct artefact *a, size_t ret[16]) {
  size_t n = 0, at = HEADER;
  for (int i = 0; i < 2; i++) {
    at += i == 1 ? 32 : 0;
    ret[n++] = at;
    at += 8 + number_at(a, at);
  }
  ret[n++] = at;
  uint64_t modules = number_at(a, at);
  at += 8;
  for (uint64_t i = 0; i < modules; i++) {
    ret[n++] = at, ret[n++] = at + 24, ret[n++] = at + 32;
    at += 40 + number_at(a, at + 32);
  }
  assert_int_equal(at, a->size);
  return n;
}

static void forged_lengths_are_refused(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  size_t at[16], count = find_numbers(&a, at);
  assert_int_equal(count, 3 + 2 * 3);
  for (size_t i = 0; i < count; i++) {
    uint64_t good = number_at(&a, at[i]);
    uint64_t bad[] = {0, 1, good + 1, good - 1, good + 8, a.size, UINT64_MAX, UINT64_MAX - 7, 1ull << 63};
    for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
      memcpy(a.bytes + at[i], &bad[k], 8);
      forge(&a);
      weir_status status = read_with(a.engine, a.bytes, a.size, NULL);
      if (status == WEIR_OK && bad[k] != good)
        fail_msg("number %zu taken as %#llx", i, (unsigned long long)bad[k]);
    }
    memcpy(a.bytes + at[i], &good, 8);
  }
  artefact_free(&a);
}

/* The component's bytes are not validated again; what is wrong with them must still break nothing. */
static void forged_components_break_nothing(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  size_t numbers[16];
  find_numbers(&a, numbers);
  size_t begin = numbers[1] + 8, end = numbers[2];
  unsigned count = 0;
  for (size_t i = begin; i < end; i++) {
    uint8_t good = a.bytes[i];
    for (unsigned bit = 0; bit < 8; bit++) {
      a.bytes[i] = (uint8_t)(good ^ (1u << bit));
      forge(&a);
      count += read_with(a.engine, a.bytes, a.size, NULL) != WEIR_OK;
    }
    a.bytes[i] = good;
  }
  assert_true(count > 100);
  artefact_free(&a);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static weir_status read_all(const struct weir_alloc *alloc, void *ctx) {
  struct artefact *a = ctx;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .alloc = alloc};
  weir_engine *engine = NULL;
  weir_code *code = NULL;
  weir_component *component = NULL;
  weir_status status = weir_engine_new(&config, &engine, NULL);
  if (status == WEIR_OK)
    status = weir_code_deserialize(engine, a->bytes, a->size, &code, NULL);
  if (status == WEIR_OK)
    status = weir_component_from_code(engine, code, &component, NULL);
  weir_component_free(component);
  weir_code_free(code);
  weir_engine_free(engine);
  return status;
}

static void every_allocation_of_reading_may_fail(void **state) {
  (void)state;
  struct artefact a = artefact_make();
  assert_true(fault_sweep(read_all, &a) > 5);
  artefact_free(&a);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(code_outlives_its_component_and_is_wrapped_again),
    cmocka_unit_test(a_function_belongs_to_all_components_of_its_code),
    cmocka_unit_test(code_of_another_engine_is_refused_at_the_wrap),
    cmocka_unit_test(written_code_is_read_and_runs),
    cmocka_unit_test(the_component_is_not_carried_whole),
    cmocka_unit_test(an_engine_with_other_settings_refuses),
    cmocka_unit_test(an_artefact_is_no_component),
    cmocka_unit_test(every_damaged_byte_is_found),
    cmocka_unit_test(every_length_but_its_own_is_refused),
    cmocka_unit_test(other_versions_are_told),
    cmocka_unit_test(forged_lengths_are_refused),
    cmocka_unit_test(forged_components_break_nothing),
    cmocka_unit_test(every_allocation_of_reading_may_fail),
};

BEHAVIOUR_MAIN(tests)
