/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* No good file is lost to a record, and what cannot be read is not taken for what is not there. */
#include <errno.h>
#include <sys/stat.h>

#include "base/text.h"
#include "behaviour/behaviour.h"
#include "record/log_event.h"
#include "record/log_reader.h"
#include "record/log_writer.h"
#include "support/fault.h"
#include "weir/record.h"

static const char guest[] =
    "(component (import \"get\" (func $get (result u32)))"
    "  (core func $get' (canon lower (func $get)))"
    "  (core module $M (import \"\" \"get\" (func $get (result i32)))"
    "    (func (export \"run\") (result i32) (call $get)))"
    "  (core instance $m (instantiate $M (with \"\" (instance (export \"get\" (func $get'))))))"
    "  (func (export \"run\") (result u32) (canon lift (core func $m \"run\"))))";

struct taped {
  weir_engine *engine;
  weir_linker *linker;
  weir_component *component;
  weir_store *store;
  weir_instance *instance;
  weir_recorder *recorder;
  weir_status closed_inside;
  char path[40];
};

static void get(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct taped *t = data;
  weir_value result = u32(3);
  (void)args, (void)count;
  t->closed_inside = weir_recorder_close(t->recorder, NULL);
  weir_host_call_return(call, &result, NULL);
}

static void temporary(char *path) {
  strcpy(path, "/tmp/weir-files-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
}

static struct taped *open_tape(void) {
  struct taped *t = calloc(1, sizeof(*t));
  weir_error *error = NULL;
  assert_non_null(t);
  temporary(t->path);
  must(weir_engine_new(NULL, &t->engine, &error), &error);
  must(weir_linker_new(t->engine, &t->linker, &error), &error);
  must(weir_linker_define_func(t->linker, NULL, "get", NULL, get, t, NULL, &error), &error);
  t->component = component_from(t->engine, guest, sizeof(guest) - 1);
  must(weir_store_new(t->engine, NULL, &t->store, &error), &error);
  weir_record_config config = {.size = sizeof(weir_record_config), .path = t->path, .component = t->component};
  must(weir_record_start(t->store, &config, &t->recorder, &error), &error);
  must(weir_instance_new(t->store, t->linker, t->component, &t->instance, &error), &error);
  return t;
}

static void run(struct taped *t) {
  weir_value result = {0};
  weir_error *error = NULL;
  must(weir_call_run(t->instance, weir_component_find_func(t->component, NULL, "run"), NULL, 0, &result, &error),
       &error);
  assert_int_equal(result.of.u32, 3);
}

static void end_tape(struct taped *t) {
  must(weir_recorder_close(t->recorder, NULL), NULL);
  weir_store_free(t->store);
}

static void close_tape(struct taped *t) {
  unlink(t->path);
  weir_component_free(t->component);
  weir_linker_free(t->linker);
  weir_engine_free(t->engine);
  free(t);
}

static weir_log_state state_of(const char *path) {
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  must(weir_log_verify(path, NULL, NULL, &report, NULL), NULL);
  return report.state;
}

static void write_file(const char *path, const char *bytes) {
  FILE *f = fopen(path, "wb");
  assert_non_null(f);
  fputs(bytes, f);
  fclose(f);
}

static void assert_file(const char *path, const char *bytes) {
  char have[64] = {0};
  FILE *f = fopen(path, "rb");
  assert_non_null(f);
  assert_int_equal(fread(have, 1, sizeof(have) - 1, f), strlen(bytes));
  fclose(f);
  assert_string_equal(have, bytes);
}

/* ---- recording --------------------------------------------------------------------------------------------------- */

static void a_refused_record_leaves_the_file_alone(void **state) {
  (void)state;
  struct taped *t = open_tape();
  weir_recorder *second = NULL;
  char other[40];
  temporary(other);
  write_file(other, "precious");
  run(t);
  weir_record_config onto_itself = {.size = sizeof(weir_record_config), .path = t->path},
                     onto_other = {.size = sizeof(weir_record_config), .path = other};
  assert_int_equal(weir_record_start(t->store, &onto_itself, &second, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_record_start(t->store, &onto_other, &second, NULL), WEIR_ERR_MISUSE);
  assert_file(other, "precious");
  run(t);
  end_tape(t);
  assert_int_equal(state_of(t->path), WEIR_LOG_WHOLE);
  unlink(other);
  close_tape(t);
}

static void a_replay_is_not_recorded_in_place_of_its_record(void **state) {
  (void)state;
  struct taped *t = open_tape();
  weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
  weir_error *error = NULL;
  char link[48];
  run(t);
  end_tape(t);
  snprintf(link, sizeof(link), "%s.link", t->path);
  assert_int_equal(symlink(t->path, link), 0);
  const char *const paths[] = {t->path, link};
  for (int i = 0; i < 2; i++) {
    weir_record_config again = {.size = sizeof(weir_record_config), .path = paths[i]};
    assert_int_equal(weir_replay(t->engine, t->component, t->path, &again, &report, &error), WEIR_ERR_MISUSE);
    assert_words(weir_error_message(error), "in its place");
    weir_error_free(error);
    weir_replay_report_clear(&report);
    assert_int_equal(state_of(t->path), WEIR_LOG_WHOLE);
  }
  unlink(link);
  close_tape(t);
}

static void a_record_is_not_ended_inside_a_call(void **state) {
  (void)state;
  struct taped *t = open_tape();
  run(t);
  assert_int_equal(t->closed_inside, WEIR_ERR_MISUSE);
  end_tape(t);
  assert_int_equal(state_of(t->path), WEIR_LOG_WHOLE);
  close_tape(t);
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static const struct log_header header = {.engine = {"test", 4}};

/* So many events; 0: until the second part has begun. The writer is left open. */
static weir_status write_events(struct log_writer *w, const char *path, uint64_t count) {
  struct text b = {0};
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path, .max_file = 4096};
  must(log_writer_open(w, &config, &header, NULL), NULL);
  weir_status status = WEIR_OK;
  for (uint64_t i = 1; status == WEIR_OK && (count ? i < count : w->part == 0); i++) {
    b.size = 0;
    log_put_byte(&b, LOG_EXPORT_CANCEL);
    log_put_number(&b, i);
    log_put_number(&b, 0);
    log_put_number(&b, i);
    status = log_writer_add(w, b.data, b.size);
  }
  text_done(&b);
  return status;
}

static void part_name(char *name, size_t size, const char *path, int part) {
  snprintf(name, size, "%s.%d", path, part);
}

static void parts_of_an_earlier_record_are_none_of_this_one(void **state) {
  (void)state;
  struct log_writer w;
  struct stat st;
  char path[40], name[48];
  temporary(path);
  must(write_events(&w, path, 2000), NULL);
  must(log_writer_close(&w, 0, NULL), NULL);
  must(write_events(&w, path, 20), NULL);
  must(log_writer_close(&w, 0, NULL), NULL);
  assert_int_equal(state_of(path), WEIR_LOG_WHOLE);
  for (int part = 1; part < 8; part++) {
    part_name(name, sizeof(name), path, part);
    assert_int_equal(stat(name, &st), -1);
  }
  unlink(path);
}

static void what_is_no_record_is_never_a_part(void **state) {
  (void)state;
  struct log_writer w;
  struct diag d;
  char path[40], name[48];
  temporary(path);
  part_name(name, sizeof(name), path, 1);
  write_file(name, "somebody else's");
  assert_int_equal(write_events(&w, path, 2000), WEIR_ERR_IO);
  diag_init(&d);
  log_writer_close(&w, 0, &d);
  assert_words(diag_message(&d), strerror(EEXIST));
  diag_done(&d);
  assert_file(name, "somebody else's");
  assert_int_equal(state_of(path), WEIR_LOG_UNFINISHED);
  unlink(name);
  unlink(path);
}

/* Between the note that another part follows and the first byte of it; and one step further. */
static void a_writer_may_die_between_parts(void **state) {
  (void)state;
  struct log_writer w;
  char path[40], name[48];
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  temporary(path);
  part_name(name, sizeof(name), path, 1);
  must(write_events(&w, path, 0), NULL);
  log_writer_close(&w, 0, NULL);
  for (int there = 1; there >= 0; there--) {
    if (there)
      assert_int_equal(truncate(name, 0), 0);
    else
      unlink(name);
    must(weir_log_verify(path, NULL, NULL, &report, NULL), NULL);
    assert_int_equal(report.state, WEIR_LOG_UNFINISHED);
    assert_true(report.events > 10);
  }
  unlink(path);
}

static void a_part_of_another_record_is_not_damage(void **state) {
  (void)state;
  struct log_writer w;
  char path[40], other[40], name[48], others[48];
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  temporary(path);
  temporary(other);
  must(write_events(&w, path, 0), NULL);
  log_writer_close(&w, 0, NULL);
  must(write_events(&w, other, 1000), NULL);
  log_writer_close(&w, 0, NULL);
  part_name(name, sizeof(name), path, 1);
  part_name(others, sizeof(others), other, 2);
  assert_int_equal(rename(others, name), 0);
  must(weir_log_verify(path, NULL, NULL, &report, NULL), NULL);
  assert_int_equal(report.state, WEIR_LOG_UNFINISHED);
  assert_words(report.message, "of another record");
  for (int part = 0; part < 9; part++) {
    part_name(others, sizeof(others), other, part);
    unlink(part ? others : other);
  }
  unlink(name);
  unlink(path);
}

static void an_event_that_is_too_large_is_named(void **state) {
  (void)state;
  struct log_writer w;
  struct diag d;
  weir_record_config config = {.size = sizeof(weir_record_config), .path = NULL, .max_total = 1 << 20};
  must(log_writer_open(&w, &config, &header, NULL), NULL);
  assert_int_equal(log_writer_add(&w, "", (size_t)LOG_RECORD_MAX + 1), WEIR_ERR_LIMIT);
  diag_init(&d);
  assert_int_equal(log_writer_close(&w, 0, &d), WEIR_ERR_LIMIT);
  assert_words(diag_message(&d), "an event of 268435457 bytes");
  assert_null(strstr(diag_message(&d), "max_total"));
  diag_done(&d);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void without_memory_a_record_is_not_unfinished(void **state) {
  (void)state;
  struct taped *t = open_tape();
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  run(t);
  end_tape(t);
  for (size_t k = 1; k < 30; k++) {
    fault_system_arm(k, false);
    weir_status status = weir_log_verify(t->path, NULL, NULL, &report, NULL);
    fault_system_arm(0, false);
    if (status == WEIR_OK)
      assert_int_equal(report.state, WEIR_LOG_WHOLE);
    else
      assert_int_equal(status, WEIR_ERR_NOMEM);
  }
  close_tape(t);
}

static void a_folder_cannot_be_read(void **state) {
  (void)state;
  weir_log_report report = WEIR_LOG_REPORT_INIT;
  weir_error *error = NULL;
  assert_int_equal(weir_log_verify("/tmp", NULL, NULL, &report, &error), WEIR_ERR_IO);
  assert_words(weir_error_message(error), strerror(EISDIR));
  weir_error_free(error);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_refused_record_leaves_the_file_alone),
    cmocka_unit_test(a_replay_is_not_recorded_in_place_of_its_record),
    cmocka_unit_test(a_record_is_not_ended_inside_a_call),
    cmocka_unit_test(parts_of_an_earlier_record_are_none_of_this_one),
    cmocka_unit_test(what_is_no_record_is_never_a_part),
    cmocka_unit_test(a_writer_may_die_between_parts),
    cmocka_unit_test(a_part_of_another_record_is_not_damage),
    cmocka_unit_test(an_event_that_is_too_large_is_named),
    cmocka_unit_test(without_memory_a_record_is_not_unfinished),
    cmocka_unit_test(a_folder_cannot_be_read),
};

BEHAVIOUR_MAIN(tests)
