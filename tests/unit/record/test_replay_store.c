/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Replay of what belongs to the store rather than to a call: several components in it, its limits and fuel, a deadline
 * that has stopped a guest; and of records that their writers did not end.
 */
#include "behaviour/behaviour.h"
#include "record/log_reader.h"
#include "weir/record.h"

static const char adder[] =
    "(component (import \"get\" (func $get (result u32)))"
    "  (core func $get' (canon lower (func $get)))"
    "  (core module $M (import \"\" \"get\" (func $get (result i32)))"
    "    (func (export \"add\") (result i32) (i32.add (call $get) (i32.const 1))))"
    "  (core instance $m (instantiate $M (with \"\" (instance (export \"get\" (func $get'))))))"
    "  (func (export \"run\") (result u32) (canon lift (core func $m \"add\"))))";

static const char doubler[] =
    "(component (import \"get\" (func $get (result u32)))"
    "  (core func $get' (canon lower (func $get)))"
    "  (core module $M (import \"\" \"get\" (func $get (result i32)))"
    "    (func (export \"twice\") (result i32) (i32.mul (call $get) (i32.const 2))))"
    "  (core instance $m (instantiate $M (with \"\" (instance (export \"get\" (func $get'))))))"
    "  (func (export \"run\") (result u32) (canon lift (core func $m \"twice\"))))";

static const char spinner[] =
    "(component (import \"get\" (func $get (result u32)))"
    "  (core func $get' (canon lower (func $get)))"
    "  (core module $M (import \"\" \"get\" (func $get (result i32)))"
    "    (memory 1)"
    "    (func (export \"spin\") (result i32) (drop (call $get)) (loop $l (br $l)) (unreachable))"
    "    (func (export \"grow\") (result i32) (memory.grow (i32.const 100))))"
    "  (core instance $m (instantiate $M (with \"\" (instance (export \"get\" (func $get'))))))"
    "  (func (export \"run\") (result u32) (canon lift (core func $m \"spin\")))"
    "  (func (export \"grow\") (result s32) (canon lift (core func $m \"grow\"))))";

static const char awaiter[] =
    "(component"
    "  (type $f (future u32))"
    "  (core module $Mem (memory (export \"mem\") 1))"
    "  (core instance $mem (instantiate $Mem))"
    "  (core func $read (canon future.read $f (memory (core memory $mem \"mem\"))))"
    "  (core module $M"
    "    (import \"\" \"read\" (func $read (param i32 i32) (result i32)))"
    "    (import \"\" \"mem\" (memory 1))"
    "    (func (export \"await\") (param i32) (result i32)"
    "      (drop (call $read (local.get 0) (i32.const 16))) (i32.load (i32.const 16))))"
    "  (core instance $m (instantiate $M (with \"\" (instance"
    "    (export \"read\" (func $read)) (export \"mem\" (memory $mem \"mem\"))))))"
    "  (func (export \"await\") async (param \"f\" $f) (result u32) (canon lift (core func $m \"await\"))))";

struct taped { /* a store that is recorded */
  weir_engine *engine;
  weir_linker *linker;
  weir_store *store;
  weir_recorder *recorder;
  char path[40];
  uint32_t next;
};

static void get(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct taped *t = data;
  weir_value result = u32(t->next++);
  (void)args, (void)count;
  if (t->next == 99)
    weir_engine_tick(t->engine);
  weir_host_call_return(call, &result, NULL);
}

static weir_component *component(weir_engine *engine, const char *text) {
  return component_from(engine, text, strlen(text));
}

static struct taped open_tape(const weir_engine_config *engine, const weir_store_config *store) {
  struct taped t = {.next = 10};
  weir_error *error = NULL;
  snprintf(t.path, sizeof(t.path), "/tmp/weir-tape-XXXXXX");
  int fd = mkstemp(t.path);
  assert_true(fd >= 0);
  close(fd);
  must(weir_engine_new(engine, &t.engine, &error), &error);
  must(weir_linker_new(t.engine, &t.linker, &error), &error);
  must(weir_store_new(t.engine, store, &t.store, &error), &error);
  return t;
}

static void begin_tape(struct taped *t, const weir_component *first) {
  weir_error *error = NULL;
  weir_record_config config = {.size = sizeof(weir_record_config), .path = t->path, .component = first};
  must(weir_linker_define_func(t->linker, NULL, "get", "func() -> u32", get, t, NULL, &error), &error);
  must(weir_record_start(t->store, &config, &t->recorder, &error), &error);
}

static weir_status run(struct taped *t, weir_component *c, weir_instance *i, const char *name, uint32_t *ret) {
  weir_value result = {0};
  weir_error *error = NULL;
  (void)t;
  weir_status status = weir_call_run(i, weir_component_find_func(c, NULL, name), NULL, 0, &result, &error);
  *ret = result.of.u32;
  weir_error_free(error);
  return status;
}

static weir_instance *instance(struct taped *t, weir_component *c) {
  weir_instance *i = NULL;
  weir_error *error = NULL;
  must(weir_instance_new(t->store, t->linker, c, &i, &error), &error);
  return i;
}

static void end_tape(struct taped *t) {
  must(weir_recorder_close(t->recorder, NULL), NULL);
  weir_store_free(t->store);
}

static void close_tape(struct taped *t) {
  unlink(t->path);
  weir_linker_free(t->linker);
  weir_engine_free(t->engine);
}

/* Records it again; the chains must be the same. */
static weir_status replay(struct taped *t, weir_engine *engine, weir_component *const *components, size_t count,
                          bool unfinished, char *message) {
  weir_log_report log = WEIR_LOG_REPORT_INIT;
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  weir_record_config again = {.size = sizeof(weir_record_config), .path = NULL};
  weir_replay_config config = {.size = sizeof(weir_replay_config),
                               .path = t->path,
                               .components = (const weir_component *const *)components,
                               .component_count = count,
                               .again = &again,
                               .unfinished = unfinished};
  must(weir_log_verify(t->path, NULL, NULL, &log, NULL), NULL);
  weir_status status = weir_replay_with(engine, &config, &r, &error);
  snprintf(message, 200, "%s", error ? weir_error_message(error) : "");
  weir_error_free(error);
  if (status == WEIR_OK) {
    assert_int_equal(r.events, log.events);
    assert_memory_equal(r.head, log.head, sizeof(log.head));
    assert_int_equal(r.state, log.state);
  }
  weir_replay_report_clear(&r);
  return status;
}

/* ---- several components ------------------------------------------------------------------------------------------ */

static void several_components_are_found_by_digest_or_in_their_order(void **state) {
  (void)state;
  for (int digests = 0; digests < 2; digests++) {
    struct taped t = open_tape(NULL, NULL);
    weir_component *c[2] = {component(t.engine, adder), component(t.engine, doubler)};
    weir_component *swapped[2] = {c[1], c[0]};
    char words[200];
    uint32_t n;
    begin_tape(&t, digests ? c[0] : NULL);
    weir_instance *i[3] = {instance(&t, c[0]), instance(&t, c[1]), instance(&t, c[0])};
    for (int k = 0; k < 3; k++)
      must(run(&t, c[k % 2], i[k], "run", &n), NULL);
    assert_int_equal(n, 13);
    end_tape(&t);
    assert_int_equal(replay(&t, t.engine, c, 2, false, words), WEIR_OK);
    assert_int_equal(replay(&t, t.engine, swapped, 2, false, words), digests ? WEIR_OK : WEIR_ERR_DIVERGED);
    assert_int_equal(replay(&t, t.engine, c, 1, false, words), WEIR_ERR_MISUSE);
    assert_words(words, "another component (number 1");
    assert_int_equal(replay(&t, t.engine, swapped, 1, false, words), WEIR_ERR_MISUSE);
    weir_component_free(c[0]);
    weir_component_free(c[1]);
    close_tape(&t);
  }
}

/* ---- fuel, deadlines, limits ------------------------------------------------------------------------------------- */

static void fuel_stops_at_the_same_place(void **state) {
  (void)state;
  weir_engine_config counting = {.size = sizeof(weir_engine_config), .fuel = true};
  weir_store_config little = {.size = sizeof(weir_store_config), .fuel = 5000};
  struct taped t = open_tape(&counting, &little);
  weir_engine *plain = NULL;
  weir_component *c = component(t.engine, spinner);
  char words[200];
  uint32_t n;
  begin_tape(&t, c);
  weir_instance *i = instance(&t, c);
  must(weir_store_set_fuel(t.store, 700), NULL);
  assert_int_equal(run(&t, c, i, "run", &n), WEIR_ERR_LIMIT);
  end_tape(&t);
  assert_int_equal(replay(&t, t.engine, &c, 1, false, words), WEIR_OK);
  must(weir_engine_new(NULL, &plain, NULL), NULL);
  weir_component *other = component(plain, spinner);
  assert_int_equal(replay(&t, plain, &other, 1, false, words), WEIR_ERR_MISUSE);
  assert_words(words, "weir_engine_config.fuel");
  weir_component_free(other);
  weir_engine_free(plain);
  weir_component_free(c);
  close_tape(&t);
}

/* The host's function lets the deadline pass, and the guest is stopped behind it. */
static void a_deadline_stops_after_the_same_event(void **state) {
  (void)state;
  weir_engine_config with = {.size = sizeof(weir_engine_config), .deadlines = true};
  weir_store_config soon = {.size = sizeof(weir_store_config), .deadline = 1};
  struct taped t = open_tape(&with, &soon);
  weir_engine *plain = NULL;
  weir_component *c = component(t.engine, spinner);
  char words[200];
  uint32_t n;
  begin_tape(&t, c);
  t.next = 98;
  weir_instance *i = instance(&t, c);
  assert_int_equal(run(&t, c, i, "run", &n), WEIR_ERR_TIMEOUT);
  end_tape(&t);
  assert_int_equal(replay(&t, t.engine, &c, 1, false, words), WEIR_OK);
  must(weir_engine_new(NULL, &plain, NULL), NULL);
  weir_component *other = component(plain, spinner);
  assert_int_equal(replay(&t, plain, &other, 1, false, words), WEIR_ERR_MISUSE);
  assert_words(words, "weir_engine_config.deadlines");
  weir_component_free(other);
  weir_engine_free(plain);
  weir_component_free(c);
  close_tape(&t);
}

static void limits_are_those_of_the_record(void **state) {
  (void)state;
  weir_store_config small = {.size = sizeof(weir_store_config), .max_memory_bytes = 10 * 65536};
  struct taped t = open_tape(NULL, &small);
  weir_component *c = component(t.engine, spinner);
  char words[200];
  uint32_t n;
  begin_tape(&t, c);
  weir_instance *i = instance(&t, c);
  must(run(&t, c, i, "grow", &n), NULL);
  assert_int_equal(n, UINT32_MAX);
  end_tape(&t);
  assert_int_equal(replay(&t, t.engine, &c, 1, false, words), WEIR_OK);
  weir_component_free(c);
  close_tape(&t);
}

/* ---- unfinished records ------------------------------------------------------------------------------------------ */

static void an_unfinished_record_is_replayed_as_far_as_it_goes(void **state) {
  (void)state;
  struct taped t = open_tape(NULL, NULL);
  weir_component *c = component(t.engine, adder);
  uint8_t bytes[4096];
  char words[200];
  uint32_t n;
  begin_tape(&t, c);
  weir_instance *i = instance(&t, c);
  must(run(&t, c, i, "run", &n), NULL);
  must(run(&t, c, i, "run", &n), NULL);
  end_tape(&t);
  FILE *file = fopen(t.path, "rb");
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  int good = 0;
  for (size_t cut = 1; cut < size; cut++) {
    file = fopen(t.path, "wb");
    fwrite(bytes, 1, size - cut, file);
    fclose(file);
    assert_int_equal(replay(&t, t.engine, &c, 1, false, words), WEIR_ERR_MALFORMED);
    good += replay(&t, t.engine, &c, 1, true, words) == WEIR_OK;
  }
  assert_true(good > 200); /* all but those without a header */
  bytes[size - 52] ^= 1;   /* in the check of the last event: the end record has 50 bytes */
  file = fopen(t.path, "wb");
  fwrite(bytes, 1, size, file);
  fclose(file);
  assert_int_equal(replay(&t, t.engine, &c, 1, true, words), WEIR_ERR_MALFORMED);
  assert_words(words, "damaged");
  weir_component_free(c);
  close_tape(&t);
}

static void written(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  *(size_t *)data += result == WEIR_COPY_COMPLETED ? count : 0;
}

static void settle(weir_store *store) {
  while (weir_store_step(store) == WEIR_STEP_READY)
    continue;
}

/* A guest that has the readable end says of what type the bytes are. */
static void a_future_is_written_as_bytes_once_its_type_is_known(void **state) {
  (void)state;
  struct taped t = open_tape(&(weir_engine_config){.size = sizeof(weir_engine_config), .features = ALL_FEATURES}, NULL);
  weir_component *c = component(t.engine, awaiter);
  begin_tape(&t, c);
  weir_instance *i = instance(&t, c);
  weir_value arg, result;
  weir_stream *end;
  weir_call *call;
  weir_error *error = NULL;
  size_t count = 0;
  uint32_t number = 77;
  char words[200];
  must(weir_future_new(t.store, &arg, &end, NULL), NULL);
  must(weir_call_start(i, weir_component_find_func(c, NULL, "await"), &arg, 1, NULL, NULL, &call, &error), &error);
  settle(t.store);
  must(weir_stream_write(end, &number, 1, written, &count, NULL), NULL);
  settle(t.store);
  assert_int_equal(count, 1);
  must(weir_call_result(call, &result, &error), &error);
  assert_int_equal(result.of.u32, 77);
  weir_call_free(call);
  weir_stream_drop(end);
  end_tape(&t);
  assert_int_equal(replay(&t, t.engine, &c, 1, false, words), WEIR_OK);
  weir_component_free(c);
  close_tape(&t);
}

static void before_that_it_has_no_size(void **state) {
  (void)state;
  struct taped t = open_tape(&(weir_engine_config){.size = sizeof(weir_engine_config), .features = ALL_FEATURES}, NULL);
  weir_component *c = component(t.engine, awaiter);
  begin_tape(&t, c);
  instance(&t, c);
  weir_value arg;
  weir_stream *end;
  size_t count = 0;
  uint32_t number = 77;
  must(weir_future_new(t.store, &arg, &end, NULL), NULL);
  weir_stream_write(end, &number, 1, written, &count, NULL);
  settle(t.store);
  assert_non_null(weir_store_failure(t.store));
  assert_words(weir_error_message(weir_store_failure(t.store)), "written as bytes");
  weir_value_clear(&arg);
  weir_recorder_close(t.recorder, NULL);
  weir_store_free(t.store);
  weir_component_free(c);
  close_tape(&t);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(several_components_are_found_by_digest_or_in_their_order),
    cmocka_unit_test(fuel_stops_at_the_same_place),
    cmocka_unit_test(a_deadline_stops_after_the_same_event),
    cmocka_unit_test(limits_are_those_of_the_record),
    cmocka_unit_test(an_unfinished_record_is_replayed_as_far_as_it_goes),
    cmocka_unit_test(a_future_is_written_as_bytes_once_its_type_is_known),
    cmocka_unit_test(before_that_it_has_no_size),
};

BEHAVIOUR_MAIN(tests)
