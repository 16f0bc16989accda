/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reading ahead: what is read is the file's, and fresh wherever somebody can have changed the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/mem.h"
#include "wasi/filesystem/ahead.h"

enum { SIZE = 50000 };

struct reader {
  struct wasi_budget bytes;
  struct wasi_pace pace;
  struct wasi_file *file;
  struct wasi_ahead ahead;
  uint64_t offset;
};

static void reader_open(struct reader *r, uint64_t budget) {
  char path[] = "/tmp/weir-ahead-XXXXXX";
  struct wasi_stat stat;
  uint8_t bytes[SIZE];
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  for (size_t i = 0; i < SIZE; i++)
    bytes[i] = (uint8_t)(i * i % 251);
  assert_int_equal(write(fd, bytes, SIZE), SIZE);
  assert_int_equal(wasi_stat_of(fd, &stat), 0);
  *r = (struct reader){.bytes.most = budget, .file = wasi_file_new(&mem_system, fd, &stat)};
  r->file->flags = WASI_FILE_READ | WASI_FILE_WRITE;
}

static struct wasi_ahead_of of(struct reader *r) {
  return (struct wasi_ahead_of){.alloc = &mem_system, .bytes = &r->bytes, .pace = &r->pace, .file = r->file};
}

static ssize_t reader_read(struct reader *r, uint8_t *bytes, size_t size) {
  struct wasi_ahead_of file = of(r);
  ssize_t count = wasi_ahead_read(&r->ahead, &file, bytes, size, r->offset);
  r->offset += count > 0 ? (uint64_t)count : 0;
  return count;
}

static void reader_close(struct reader *r) {
  struct wasi_ahead_of file = of(r);
  wasi_ahead_done(&r->ahead, &file);
  assert_int_equal(r->bytes.used, 0);
  wasi_file_unref(r->file);
}

static void check_whole(uint64_t budget) {
  struct reader r;
  uint8_t bytes[8192];
  ssize_t count;
  size_t total = 0;
  reader_open(&r, budget);
  for (size_t size = 1; (count = reader_read(&r, bytes, size)) > 0; size = size * 7 % 8191 + 1, total += (size_t)count)
    for (ssize_t i = 0; i < count; i++)
      assert_int_equal(bytes[i], (total + (size_t)i) * (total + (size_t)i) % 251);
  assert_int_equal(count, 0);
  assert_int_equal(total, SIZE);
  r.offset = 7; /* back */
  assert_int_equal(reader_read(&r, bytes, 1), 1);
  assert_int_equal(bytes[0], 49);
  reader_close(&r);
}

static void a_file_is_read_whole_in_pieces_of_all_sizes(void **state) {
  (void)state;
  check_whole(1 << 20);
  check_whole(0); /* without memory nothing is read ahead */
}

static void most_little_reads_need_no_system(void **state) {
  (void)state;
  struct reader r;
  uint8_t bytes[64];
  reader_open(&r, 1 << 20);
  for (int i = 0; i < 3; i++)
    assert_int_equal(reader_read(&r, bytes, 64), 64);
  assert_int_equal(pwrite(r.file->at.fd, "new", 3, 192), 3);
  assert_int_equal(reader_read(&r, bytes, 64), 64);
  assert_memory_not_equal(bytes, "new", 3); /* nobody has told that there is a change */
  reader_close(&r);
}

static void what_was_read_ahead_is_fresh_after_a_change(void **state) {
  (void)state;
  struct reader r;
  uint8_t bytes[64];
  reader_open(&r, 1 << 20);
  for (int i = 0; i < 3; i++)
    assert_int_equal(reader_read(&r, bytes, 64), 64);
  assert_int_equal(pwrite(r.file->at.fd, "new", 3, 192), 3);
  r.pace.changes++; /* the loop has run */
  assert_int_equal(reader_read(&r, bytes, 64), 64);
  assert_memory_equal(bytes, "new", 3);
  uint64_t before = r.pace.changes;
  wasi_pace_write(&r.pace, r.file, "x", 1, 0); /* made or not */
  assert_true(r.pace.changes > before);
  reader_close(&r);
}

static void the_first_read_takes_no_more_than_asked(void **state) {
  (void)state;
  struct reader r;
  uint8_t bytes[5000];
  reader_open(&r, 1 << 20);
  assert_int_equal(reader_read(&r, bytes, 64), 64);
  assert_int_equal(r.bytes.used, 0);
  assert_int_equal(reader_read(&r, bytes, 5000), 5000); /* and much at a time comes as it is */
  assert_int_equal(r.bytes.used, 0);
  reader_close(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_is_read_whole_in_pieces_of_all_sizes),
      cmocka_unit_test(most_little_reads_need_no_system),
      cmocka_unit_test(what_was_read_ahead_is_fresh_after_a_change),
      cmocka_unit_test(the_first_read_takes_no_more_than_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
