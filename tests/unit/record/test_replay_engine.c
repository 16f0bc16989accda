/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A replay runs on an engine like the recorded one: the header says what that was, and a difference is named. */
#include "base/text.h"
#include "behaviour/behaviour.h"
#include "load/engine.h"
#include "record/log_reader.h"
#include "weir/record.h"

static const char diver[] =
    "(component (import \"now\" (func $now (result u32)))"
    "  (core func $now' (canon lower (func $now)))"
    "  (core module $M (import \"\" \"now\" (func $now (result i32)))"
    "    (func $dive (export \"dive\") (param $n i32) (result i32)"
    "      (if (i32.eqz (local.get $n)) (then (return (call $now))))"
    "      (i32.add (i32.const 1) (call $dive (i32.sub (local.get $n) (i32.const 1))))))"
    "  (core instance $m (instantiate $M (with \"\" (instance (export \"now\" (func $now'))))))"
    "  (func (export \"dive\") (param \"n\" u32) (result u32) (canon lift (core func $m \"dive\"))))";

struct dive {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
  char path[40];
};

static void now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32(1);
  (void)data, (void)args, (void)count;
  weir_host_call_return(call, &result, NULL);
}

static void open_engine(struct dive *d, const weir_engine_config *config) {
  weir_error *error = NULL;
  must(weir_engine_new(config, &d->engine, &error), &error);
  must(weir_linker_new(d->engine, &d->linker, &error), &error);
  must(weir_linker_define_func(d->linker, NULL, "now", NULL, now, NULL, NULL, &error), &error);
  d->component = component_from(d->engine, diver, sizeof(diver) - 1);
}

static void close_engine(struct dive *d) {
  weir_component_free(d->component);
  weir_linker_free(d->linker);
  weir_engine_free(d->engine);
}

static struct dive open_dive(const weir_engine_config *config) {
  struct dive d = {.path = "/tmp/weir-dive-XXXXXX"};
  int fd = mkstemp(d.path);
  assert_true(fd >= 0);
  close(fd);
  open_engine(&d, config);
  return d;
}

static void close_dive(struct dive *d) {
  close_engine(d);
  unlink(d->path);
}

static weir_status dive(struct dive *d, uint32_t depth, const weir_store_config *config) {
  weir_store *store;
  weir_instance *instance;
  weir_recorder *recorder;
  weir_error *error = NULL;
  weir_value arg = u32(depth), result = {0};
  weir_record_config record = {.size = sizeof(weir_record_config), .path = d->path, .component = d->component};
  must(weir_store_new(d->engine, config, &store, &error), &error);
  must(weir_record_start(store, &record, &recorder, &error), &error);
  must(weir_instance_new(store, d->linker, d->component, &instance, &error), &error);
  weir_status status =
      weir_call_run(instance, weir_component_find_func(d->component, NULL, "dive"), &arg, 1, &result, NULL);
  must(weir_recorder_close(recorder, &error), &error);
  weir_store_free(store);
  return status;
}

static weir_status replay(struct dive *d, bool any_engine, char *message, size_t size) {
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  const weir_component *one = d->component;
  weir_replay_config config = {.size = sizeof(weir_replay_config),
                               .path = d->path,
                               .components = &one,
                               .component_count = 1,
                               .any_engine = any_engine};
  weir_status status = weir_replay_with(d->engine, &config, &report, &error);
  snprintf(message, size, "%s", error ? weir_error_message(error) : "");
  weir_error_free(error);
  weir_replay_report_clear(&report);
  return status;
}

static void a_stack_overflows_at_the_same_depth(void **state) {
  (void)state;
  struct dive d = open_dive(NULL);
  char words[300];
  uint32_t good = 100, bad = 1000000;
  while (bad - good > 1) {
    uint32_t middle = (good + bad) / 2;
    *(dive(&d, middle, NULL) == WEIR_OK ? &good : &bad) = middle;
  }
  assert_int_equal(dive(&d, good, NULL), WEIR_OK);
  assert_int_equal(replay(&d, false, words, sizeof(words)), WEIR_OK);
  assert_int_equal(dive(&d, bad, NULL), WEIR_ERR_TRAP);
  assert_int_equal(replay(&d, false, words, sizeof(words)), WEIR_OK);
  close_dive(&d);
}

static void another_setting_is_named(void **state) {
  (void)state;
  static const struct {
    weir_engine_config config;
    const char *words;
  } others[] = {
      {{.size = sizeof(weir_engine_config), .features = ALL_FEATURES}, "weir_engine_config.features 511"},
      {{.size = sizeof(weir_engine_config), .max_wasm_stack = 128 << 10}, "weir_engine_config.max_wasm_stack 131072"},
      {{.size = sizeof(weir_engine_config), .stack_size = 2 << 20}, "weir_engine_config.stack_size 2097152"},
      {{.size = sizeof(weir_engine_config), .pooling = true}, "weir_engine_config.pooling 1"},
      {{.size = sizeof(weir_engine_config), .fast_compile = true}, "weir_engine_config.fast_compile 1"},
      {{.size = sizeof(weir_engine_config), .fuel = true}, "weir_engine_config.fuel 1"},
      {{.size = sizeof(weir_engine_config), .deadlines = true}, "weir_engine_config.deadlines 1"},
      {{.size = sizeof(weir_engine_config), .readings = WEIR_READING_REENTRANCE}, "weir_engine_config.readings 1"},
      {{.size = sizeof(weir_engine_config), .no_adapters = true}, "weir_engine_config.no_adapters 1"},
      {{.size = sizeof(weir_engine_config), .canonical_nans = true}, "weir_engine_config.canonical_nans 1"},
  };
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    struct dive d = open_dive(&others[i].config);
    weir_engine_config wanted = WEIR_ENGINE_CONFIG_INIT;
    char words[300];
    dive(&d, 3, NULL);
    close_engine(&d);
    open_engine(&d, NULL);
    assert_int_equal(replay(&d, true, words, sizeof(words)), WEIR_ERR_MISUSE);
    assert_words(words, others[i].words);
    close_engine(&d);
    must(weir_log_engine_config(d.path, &wanted, NULL), NULL);
    open_engine(&d, &wanted);
    assert_int_equal(replay(&d, false, words, sizeof(words)), WEIR_OK);
    close_dive(&d);
  }
}

static void what_only_decides_what_is_loaded_may_differ(void **state) {
  (void)state;
  struct dive d = open_dive(&(weir_engine_config){
      .size = sizeof(weir_engine_config), .max_types = 1000, .max_nesting = 5, .max_component_size = 1 << 20});
  char words[300];
  dive(&d, 3, NULL);
  close_engine(&d);
  open_engine(&d, NULL);
  assert_int_equal(replay(&d, false, words, sizeof(words)), WEIR_OK);
  close_dive(&d);
}

/* The text of a field of the header. */
static void header_field(const struct dive *d, const char *name, char *ret, size_t size, uint64_t *ret_number) {
  struct log_reader r;
  struct log_event e;
  const uint8_t *bytes;
  size_t event_size;
  must(log_reader_open(&r, d->path, NULL), NULL);
  assert_true(log_reader_next(&r, &e, &bytes, &event_size));
  const struct log_field *f = log_event_field(&e, name);
  assert_non_null(f->name);
  snprintf(ret, size, STR_FMT, STR_ARG(f->s));
  *ret_number = f->n;
  log_reader_close(&r);
}

static void the_header_says_what_the_record_does_not_have(void **state) {
  (void)state;
  for (int canonical = 0; canonical < 2; canonical++) {
    struct dive d = open_dive(&(weir_engine_config){.size = sizeof(weir_engine_config), .canonical_nans = canonical});
    char words[100];
    uint64_t n;
    dive(&d, 3, NULL);
    header_field(&d, "excluded", words, sizeof(words), &n);
    assert_string_equal(words, canonical ? "refused-growth" : "refused-growth nan-bits");
    close_dive(&d);
  }
}

static void the_seed_is_the_stores_own(void **state) {
  (void)state;
  struct dive d = open_dive(NULL);
  char words[100];
  uint64_t n;
  dive(
      &d, 3,
      &(weir_store_config){.size = sizeof(weir_store_config), .schedule_seed = 7, .schedule_keep = WEIR_CHOICE_EVENTS});
  header_field(&d, "seed", words, sizeof(words), &n);
  assert_int_equal(n, 7);
  header_field(&d, "keep", words, sizeof(words), &n);
  assert_int_equal(n, WEIR_CHOICE_EVENTS);
  close_dive(&d);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_stack_overflows_at_the_same_depth),
    cmocka_unit_test(another_setting_is_named),
    cmocka_unit_test(what_only_decides_what_is_loaded_may_differ),
    cmocka_unit_test(the_header_says_what_the_record_does_not_have),
    cmocka_unit_test(the_seed_is_the_stores_own),
};

BEHAVIOUR_MAIN(tests)
