/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The record's file: what is written is read; a file cut off at any byte, or with any bit flipped, is never taken for a
 * whole one and never read beyond its good beginning; a writer killed at any moment leaves a good beginning.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/log_reader.h"
#include "record/log_writer.h"

enum { EVENTS = 40 };

static const struct log_header header = {.component = {"0123456789abcdef0123456789abcdef", 32}, .engine = {"test", 4}};

static void put_event(struct text *b, uint64_t turn, uint64_t n) {
  b->size = 0;
  log_put_byte(b, LOG_EXPORT_CANCEL);
  log_put_number(b, turn);
  log_put_number(b, 0);
  log_put_number(b, n);
}

static void temp_path(char *path, size_t size) {
  snprintf(path, size, "/tmp/weir-log-XXXXXX");
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
}

static void write_log(const weir_record_config *config, uint64_t events, uint8_t *ret_head) {
  struct log_writer w;
  struct text b = {0};
  assert_int_equal(log_writer_open(&w, config, &header, NULL), WEIR_OK);
  for (uint64_t i = 1; i < events; i++) {
    put_event(&b, i / 3, i);
    assert_int_equal(log_writer_add(&w, b.data, b.size), WEIR_OK);
  }
  if (ret_head)
    memcpy(ret_head, w.hash.head, SHA256_SIZE);
  assert_int_equal(log_writer_close(&w, events / 3, NULL), WEIR_OK);
  text_done(&b);
}

static uint8_t *contents(const char *path, size_t *ret_size) {
  FILE *f = fopen(path, "rb");
  uint8_t *bytes = malloc(1 << 20);
  assert_non_null(f);
  assert_non_null(bytes);
  *ret_size = fread(bytes, 1, 1 << 20, f);
  fclose(f);
  return bytes;
}

/* Reads everything; the events must be the first ones of write_log(). */
static weir_log_report read_all(const void *bytes, size_t size) {
  struct log_reader r;
  struct log_event e;
  const uint8_t *event;
  size_t event_size;
  uint64_t n = 0;
  assert_int_equal(log_reader_memory(&r, bytes, size), WEIR_OK);
  for (; log_reader_next(&r, &e, &event, &event_size); n++) {
    if (n == 0)
      assert_int_equal(e.kind, LOG_HEADER);
    else
      assert_int_equal(log_event_field(&e, "call")->n, n);
  }
  assert_int_equal(r.report.events, n);
  weir_log_report report = r.report;
  log_reader_close(&r);
  return report;
}

static uint8_t *small_log(size_t *ret_size, uint8_t *ret_head) {
  char path[32];
  temp_path(path, sizeof(path));
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path};
  write_log(&config, EVENTS, ret_head);
  uint8_t *bytes = contents(path, ret_size);
  unlink(path);
  return bytes;
}

static void what_is_written_is_read(void **state) {
  uint8_t head[SHA256_SIZE];
  size_t size;
  (void)state;
  uint8_t *bytes = small_log(&size, head);
  weir_log_report r = read_all(bytes, size);
  assert_int_equal(r.state, WEIR_LOG_WHOLE);
  assert_int_equal(r.events, EVENTS);
  assert_int_equal(r.bytes, size);
  assert_memory_equal(r.head, head, sizeof(head));
  assert_string_equal(r.message, "");
  free(bytes);
}

static void cut_off_at_every_byte_it_is_found_out(void **state) {
  size_t size;
  uint64_t most = 0;
  (void)state;
  uint8_t *bytes = small_log(&size, NULL);
  for (size_t cut = 0; cut < size; cut++) {
    uint8_t *copy = malloc(cut + 1); /* so that reading too far is seen */
    assert_non_null(copy);
    memcpy(copy, bytes, cut);
    weir_log_report r = read_all(copy, cut);
    assert_int_equal(r.state, WEIR_LOG_UNFINISHED);
    assert_true(r.events >= most && r.events <= most + 1 && r.bytes <= cut);
    assert_true(strlen(r.message) > 0);
    most = r.events;
    free(copy);
  }
  assert_int_equal(most, EVENTS);
  free(bytes);
}

static void every_flipped_bit_is_found_out(void **state) {
  size_t size;
  (void)state;
  uint8_t *bytes = small_log(&size, NULL);
  for (size_t bit = 0; bit < size * 8; bit++) {
    bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    weir_log_report r = read_all(bytes, size);
    assert_int_not_equal(r.state, WEIR_LOG_WHOLE);
    assert_true(r.bytes <= bit / 8);
    bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  assert_int_equal(read_all(bytes, size).state, WEIR_LOG_WHOLE);
  free(bytes);
}

static void bytes_behind_the_end_are_damage(void **state) {
  size_t size;
  (void)state;
  uint8_t *bytes = small_log(&size, NULL);
  bytes[size] = 0;
  weir_log_report r = read_all(bytes, size + 1);
  assert_int_equal(r.state, WEIR_LOG_DAMAGED);
  assert_int_equal(r.events, EVENTS);
  free(bytes);
}

static void records_that_change_places_are_found_out(void **state) {
  size_t size;
  (void)state;
  uint8_t *bytes = small_log(&size, NULL);
  size_t record = LOG_SIZE_BYTES + 4 + LOG_CHECK; /* an event of four bytes */
  size_t first = size - (LOG_SIZE_BYTES + LOG_CHECK + 1 + 2 + 1 + 1 + 1 + SHA256_SIZE) - 6 * record;
  uint8_t copy[64];
  memcpy(copy, bytes + first, record);
  memmove(bytes + first, bytes + first + record, record);
  memcpy(bytes + first + record, copy, record);
  weir_log_report r = read_all(bytes, size);
  assert_int_equal(r.state, WEIR_LOG_DAMAGED);
  assert_int_equal(r.events, EVENTS - 6);
  free(bytes);
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static weir_log_report verify(const char *path) {
  weir_log_report r = WEIR_LOG_REPORT_INIT;
  assert_int_equal(weir_log_verify(path, NULL, NULL, &r, NULL), WEIR_OK);
  return r;
}

static void unlink_parts(const char *path, uint32_t parts) {
  for (uint32_t i = 0; i < parts; i++) {
    char *name = log_writer_part_path(path, i);
    unlink(name);
    free(name);
  }
}

static void a_record_in_parts_has_the_same_head(void **state) {
  char path[32];
  uint8_t one[SHA256_SIZE], many[SHA256_SIZE];
  struct stat st;
  (void)state;
  temp_path(path, sizeof(path));
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path};
  write_log(&config, 2000, one);
  config.max_file = 4096;
  write_log(&config, 2000, many);
  assert_memory_equal(one, many, sizeof(one));
  weir_log_report r = verify(path);
  assert_int_equal(r.state, WEIR_LOG_WHOLE);
  assert_int_equal(r.events, 2000);
  assert_true(r.parts > 5);
  for (uint32_t i = 0; i < r.parts; i++) {
    char *name = log_writer_part_path(path, i);
    assert_int_equal(stat(name, &st), 0);
    assert_true(st.st_size <= 4096);
    free(name);
  }
  char *last = log_writer_part_path(path, r.parts - 1);
  unlink(last);
  free(last);
  assert_int_equal(verify(path).state, WEIR_LOG_UNFINISHED);
  unlink_parts(path, r.parts);
}

static void the_size_of_all_parts_is_bounded(void **state) {
  struct log_writer w;
  struct text b = {0};
  char path[32];
  struct stat st;
  (void)state;
  temp_path(path, sizeof(path));
  weir_record_config config = {.size = sizeof(weir_record_config), .path = path, .max_total = 2000};
  assert_int_equal(log_writer_open(&w, &config, &header, NULL), WEIR_OK);
  weir_status status = WEIR_OK;
  for (uint64_t i = 1; status == WEIR_OK; i++) {
    put_event(&b, i, i);
    status = log_writer_add(&w, b.data, b.size);
  }
  assert_int_equal(status, WEIR_ERR_LIMIT);
  log_writer_flush(&w);
  assert_int_equal(log_writer_close(&w, 0, NULL), WEIR_ERR_LIMIT);
  assert_int_equal(stat(path, &st), 0);
  assert_true(st.st_size <= 2000);
  assert_int_equal(verify(path).state, WEIR_LOG_UNFINISHED);
  text_done(&b);
  unlink(path);
}

/* ---- a writer that dies ------------------------------------------------------------------------------------------ */

static void write_for_ever(const weir_record_config *config) {
  struct log_writer w;
  struct text b = {0};
  if (log_writer_open(&w, config, &header, NULL) != WEIR_OK)
    _exit(1);
  for (uint64_t i = 1;; i++) {
    put_event(&b, i / 3, i);
    if (log_writer_add(&w, b.data, b.size) != WEIR_OK)
      _exit(1);
    if (i % 7 == 0)
      log_writer_flush(&w);
  }
}

static void killed_at_any_moment_it_leaves_a_good_beginning(void **state) {
  char path[32];
  uint64_t events = 0;
  (void)state;
  temp_path(path, sizeof(path));
  srand(1);
  for (int i = 0; i < 60; i++) {
    weir_record_config config = {
        .size = sizeof(weir_record_config), .path = path, .max_file = i % 3 == 2 ? 1 << 16 : 0};
    fclose(fopen(path, "wb")); /* it may die before it has opened it */
    pid_t child = fork();
    if (child == 0)
      write_for_ever(&config);
    usleep((useconds_t)(500 + rand() % 12000));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    weir_log_report r = verify(path);
    assert_int_equal(r.state, WEIR_LOG_UNFINISHED);
    events += r.events;
    unlink_parts(path, r.parts + 1);
  }
  assert_true(events > 1000);
  unlink(path);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_is_written_is_read),
    cmocka_unit_test(cut_off_at_every_byte_it_is_found_out),
    cmocka_unit_test(every_flipped_bit_is_found_out),
    cmocka_unit_test(bytes_behind_the_end_are_damage),
    cmocka_unit_test(records_that_change_places_are_found_out),
    cmocka_unit_test(a_record_in_parts_has_the_same_head),
    cmocka_unit_test(the_size_of_all_parts_is_bounded),
    cmocka_unit_test(killed_at_any_moment_it_leaves_a_good_beginning),
};

int main(void) {
  return cmocka_run_group_tests(tests, NULL, NULL);
}
