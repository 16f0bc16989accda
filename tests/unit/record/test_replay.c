/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Replay is strict: whatever differs from the record stops it, at the first difference, with both sides told, and no
 * host function is ever called. Records here are made without a digest of the component, so that another one can be
 * put in its place; and by hand, where no guest would make them.
 */
#include "base/text.h"
#include "behaviour/behaviour.h"
#include "load/engine.h"
#include "record/log_reader.h"
#include "record/log_writer.h"
#include "weir/record.h"

struct fixture {
  struct world *w;
  char path[40];
  int host_calls;
  weir_host_call *late; /* of step-async */
};

static void host_step(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value result = u32(args[0].of.u32 * 10);
  (void)count;
  ((struct fixture *)data)->host_calls++;
  weir_host_call_return(call, &result, NULL);
}

static void host_late(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args;
  (void)count;
  ((struct fixture *)data)->late = call;
}

static void begin_record(struct fixture *f, const weir_component *component) {
  weir_error *error = NULL;
  weir_recorder *recorder = NULL;
  weir_record_config config = {.size = sizeof(weir_record_config), .path = f->path, .component = component};
  must(weir_record_start(f->w->store, &config, &recorder, &error), &error);
  world_start(f->w);
  weir_value arg = u32(1);
  struct outcome o;
  call_args(f->w, &o, "inner", &arg, 1);
  world_settle(f->w);
  assert_u32(&o, 110);
  arg = u32(2);
  call_args(f->w, &o, "twice-async", &arg, 1);
  world_settle(f->w);
  for (int i = 0; i < 2; i++) {
    arg = u32(7);
    must(weir_host_call_return(f->late, &arg, NULL), NULL);
    world_settle(f->w);
  }
  assert_u32(&o, 14);
  must(weir_recorder_close(recorder, &error), &error);
}

static struct fixture record(bool digest) {
  struct fixture f = {.w = world_open("intercept")};
  snprintf(f.path, sizeof(f.path), "/tmp/weir-replay-XXXXXX");
  int fd = mkstemp(f.path);
  assert_true(fd >= 0);
  close(fd);
  world_func(f.w, NULL, "step", "func(x: u32) -> u32", host_step, &f);
  world_func(f.w, NULL, "step-async", "async func(x: u32) -> u32", host_late, &f);
  begin_record(&f, digest ? f.w->component : NULL);
  assert_int_equal(f.host_calls, 1);
  return f;
}

static void fixture_done(struct fixture *f) {
  unlink(f->path);
  world_close(f->w);
}

/* Against the guest with `from` replaced by `to`. */
static weir_status replay_changed(struct fixture *f, const char *from, const char *to, weir_replay_report *ret) {
  size_t size;
  char *text = guest_text("intercept", &size);
  text[size] = '\0';
  char *at = strstr(text, from);
  assert_non_null(at);
  assert_true(strlen(to) <= strlen(from));
  memset(at, ' ', strlen(from));
  memcpy(at, to, strlen(to));
  weir_component *changed = component_from(f->w->engine, text, size);
  weir_error *error = NULL;
  weir_status status = weir_replay(f->w->engine, changed, f->path, NULL, ret, &error);
  weir_error_free(error);
  weir_component_free(changed);
  free(text);
  return status;
}

static void the_same_guest_gives_the_same_chain(void **state) {
  (void)state;
  struct fixture f = record(true);
  char path[64];
  uint8_t one[4096], two[4096];
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  snprintf(path, sizeof(path), "%s.b", f.path);
  weir_record_config again = {.size = sizeof(weir_record_config), .path = path};
  must(weir_replay(f.w->engine, f.w->component, f.path, &again, &r, &error), &error);
  FILE *a = fopen(f.path, "rb"), *b = fopen(path, "rb");
  size_t size = fread(one, 1, sizeof(one), a);
  assert_int_equal(fread(two, 1, sizeof(two), b), size);
  assert_memory_equal(one, two, size);
  fclose(a);
  fclose(b);
  assert_int_equal(f.host_calls, 1);
  weir_replay_report_clear(&r);
  unlink(path);
  fixture_done(&f);
}

static void another_argument_is_found_out(void **state) {
  (void)state;
  struct fixture f = record(false);
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  assert_int_equal(replay_changed(&f, "(i32.add (call $step (local.get 0)) (i32.const 100))",
                                  "(i32.add (call $step (i32.const 9)) (i32.const 100))", &r),
                   WEIR_ERR_DIVERGED);
  assert_words(r.expected, "import-call");
  assert_words(r.expected, "arguments=(1)");
  assert_words(r.found, "arguments=(9)");
  assert_int_equal(r.index, 3);
  weir_replay_report_clear(&r);
  fixture_done(&f);
}

static void a_missing_call_is_found_out(void **state) {
  (void)state;
  struct fixture f = record(false);
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  assert_int_equal(replay_changed(&f, "(i32.add (call $step (local.get 0)) (i32.const 100))", "(i32.const 110)", &r),
                   WEIR_ERR_DIVERGED);
  assert_words(r.expected, "import-call");
  assert_words(r.found, "export-end");
  weir_replay_report_clear(&r);
  fixture_done(&f);
}

static void another_result_is_found_out(void **state) {
  (void)state;
  struct fixture f = record(false);
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  assert_int_equal(replay_changed(&f, "(i32.const 100))", "(i32.const 101))", &r), WEIR_ERR_DIVERGED);
  assert_words(r.expected, "result=110");
  assert_words(r.found, "result=111");
  weir_replay_report_clear(&r);
  fixture_done(&f);
}

static void another_component_is_refused(void **state) {
  (void)state;
  struct fixture f = record(true);
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  assert_int_equal(replay_changed(&f, "(i32.const 7)", "(i32.const 8)", &r), WEIR_ERR_MISUSE);
  assert_int_equal(r.events, 0);
  weir_replay_report_clear(&r);
  fixture_done(&f);
}

/* ---- records changed by hand ------------------------------------------------------------------------------------- */

/* The record again with events from `keep` on left out (0: none), and one more event of a guest at the end. */
static void rewrite(struct fixture *f, uint64_t keep, bool extra) {
  struct log_reader r;
  struct log_writer w;
  struct log_event e;
  const uint8_t *bytes;
  size_t size;
  char path[48];
  uint64_t turn = 0, n = 0;
  snprintf(path, sizeof(path), "%s.new", f->path);
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path};
  must(log_reader_open(&r, f->path, NULL), NULL);
  assert_true(log_reader_next(&r, &e, &bytes, &size));
  struct text engine;
  text_init(&engine);
  eng_fingerprint(f->w->engine->eng, &engine);
  struct log_header h = {.engine = {engine.data, engine.size}, .settings = f->w->engine->settings};
  must(log_writer_open(&w, &config, &h, NULL), NULL);
  text_done(&engine);
  while (log_reader_next(&r, &e, &bytes, &size)) {
    turn = e.turn;
    if (keep == 0 || ++n < keep)
      must(log_writer_add(&w, bytes, size), NULL);
  }
  if (extra) {
    const uint8_t exit_again[] = {LOG_EXPORT_EXIT, (uint8_t)turn, 0, 77};
    must(log_writer_add(&w, exit_again, sizeof(exit_again)), NULL);
  }
  must(log_writer_close(&w, turn, NULL), NULL);
  log_reader_close(&r);
  assert_int_equal(rename(path, f->path), 0);
}

static weir_status replay_same(struct fixture *f, weir_replay_report *ret) {
  weir_error *error = NULL;
  weir_status status = weir_replay(f->w->engine, f->w->component, f->path, NULL, ret, &error);
  weir_error_free(error);
  return status;
}

static void a_used_up_record_ends_the_replay_and_calls_nobody(void **state) {
  (void)state;
  struct fixture f = record(false);
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  rewrite(&f, 3, false); /* instance, export-call: the guest goes on to call its import */
  assert_int_equal(replay_same(&f, &r), WEIR_ERR_DIVERGED);
  assert_null(r.expected);
  assert_words(r.found, "import-call");
  assert_int_equal(f.host_calls, 1);
  weir_replay_report_clear(&r);
  fixture_done(&f);
}

static void an_event_that_never_comes_is_an_error(void **state) {
  (void)state;
  struct fixture f = record(false);
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  rewrite(&f, 0, true);
  assert_int_equal(replay_same(&f, &r), WEIR_ERR_DIVERGED);
  assert_words(r.expected, "export-exit");
  assert_null(r.found);
  weir_replay_report_clear(&r);
  fixture_done(&f);
}

static void a_damaged_record_is_not_replayed_to_its_end(void **state) {
  (void)state;
  struct fixture f = record(false);
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  FILE *file = fopen(f.path, "rb");
  uint8_t bytes[4096];
  size_t size = fread(bytes, 1, sizeof(bytes), file);
  fclose(file);
  for (size_t cut = 1; cut < size; cut += 7) {
    file = fopen(f.path, "wb");
    fwrite(bytes, 1, size - cut, file);
    fclose(file);
    assert_int_not_equal(replay_same(&f, &r), WEIR_OK);
    weir_replay_report_clear(&r);
  }
  fixture_done(&f);
}

static void hashes_are_checked_and_not_replayed(void **state) {
  (void)state;
  struct fixture f = {.w = world_open("intercept"), .path = "/tmp/weir-replay-hash"};
  world_func(f.w, NULL, "step", "func(x: u32) -> u32", host_step, &f);
  world_func(f.w, NULL, "step-async", "async func(x: u32) -> u32", host_late, &f);
  weir_record_config config = {.size = sizeof(weir_record_config), .path = f.path, .payload = WEIR_LOG_HASH};
  weir_recorder *recorder = NULL;
  weir_log_report log = WEIR_LOG_REPORT_INIT;
  weir_replay_report r = WEIR_REPLAY_REPORT_INIT;
  must(weir_record_start(f.w->store, &config, &recorder, NULL), NULL);
  world_start(f.w);
  weir_value arg = u32(1);
  call_now(f.w, "inner", &arg, 1);
  must(weir_recorder_close(recorder, NULL), NULL);
  must(weir_log_verify(f.path, NULL, NULL, &log, NULL), NULL);
  assert_int_equal(log.state, WEIR_LOG_WHOLE);
  assert_int_equal(replay_same(&f, &r), WEIR_ERR_UNSUPPORTED);
  weir_replay_report_clear(&r);
  fixture_done(&f);
}

static bool leave_out_arguments(void *data, const char *event, const char *interface_name, const char *name,
                                const void *payload, size_t size) {
  (void)data;
  (void)payload;
  assert_string_equal(interface_name, "");
  assert_true(size > 0);
  return strcmp(event, "import-call") == 0 && strcmp(name, "step") == 0;
}

static void what_is_redacted_is_nowhere(void **state) {
  (void)state;
  struct fixture f = {.w = world_open("intercept"), .path = "/tmp/weir-replay-redact"};
  world_func(f.w, NULL, "step", "func(x: u32) -> u32", host_step, &f);
  world_func(f.w, NULL, "step-async", "async func(x: u32) -> u32", host_late, &f);
  weir_record_config config = {.size = sizeof(weir_record_config), .path = f.path, .redact = leave_out_arguments};
  weir_recorder *recorder = NULL;
  struct log_reader reader;
  struct log_event e;
  const uint8_t *bytes;
  size_t size;
  int seen = 0;
  must(weir_record_start(f.w->store, &config, &recorder, NULL), NULL);
  world_start(f.w);
  weir_value arg = u32(1);
  call_now(f.w, "inner", &arg, 1);
  must(weir_recorder_close(recorder, NULL), NULL);
  must(log_reader_open(&reader, f.path, NULL), NULL);
  while (log_reader_next(&reader, &e, &bytes, &size)) {
    if (e.kind != LOG_IMPORT_CALL)
      continue;
    assert_int_equal(log_event_field(&e, "arguments")->form, LOG_FORM_REDACTED);
    seen++;
  }
  assert_int_equal(seen, 1);
  assert_int_equal(reader.report.state, WEIR_LOG_WHOLE);
  log_reader_close(&reader);
  fixture_done(&f);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_same_guest_gives_the_same_chain),
    cmocka_unit_test(another_argument_is_found_out),
    cmocka_unit_test(a_missing_call_is_found_out),
    cmocka_unit_test(another_result_is_found_out),
    cmocka_unit_test(another_component_is_refused),
    cmocka_unit_test(a_used_up_record_ends_the_replay_and_calls_nobody),
    cmocka_unit_test(an_event_that_never_comes_is_an_error),
    cmocka_unit_test(a_damaged_record_is_not_replayed_to_its_end),
    cmocka_unit_test(hashes_are_checked_and_not_replayed),
    cmocka_unit_test(what_is_redacted_is_nowhere),
};

BEHAVIOUR_MAIN(tests)
