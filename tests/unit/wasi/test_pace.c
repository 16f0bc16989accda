/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which writes are made on the loop's thread where the file system cannot say what would block. Where it can, as on
 * tmpfs of new kernels, there is nothing to be tested.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "wasi/filesystem/pace.h"

enum { QUICK = 1000, SLOW = 1000000000 }; /* nanoseconds of a write beside the loop */
enum { LEASE = 100000000 };               /* for how long it allows others */

static struct wasi_file *file_open(uint32_t flags) {
  char path[] = "/tmp/weir-pace-XXXXXX";
  struct wasi_stat stat;
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  assert_int_equal(wasi_stat_of(fd, &stat), 0);
  struct wasi_file *file = wasi_file_new(&mem_system, fd, &stat);
  file->flags = WASI_FILE_READ | WASI_FILE_WRITE | flags;
  return file;
}

/* Stands still, however slow this machine is, until a test sets another time. */
static uint64_t time_now;

static uint64_t clock_read(void) {
  return time_now;
}

/* Whether the test says anything on this machine. */
static bool is_vague(struct wasi_pace *pace, struct wasi_file *file) {
  *pace = (struct wasi_pace){.clock = clock_read};
  time_now = 0;
  return wasi_pace_write(pace, file, "x", 1, 0) == -EAGAIN && pace->local;
}

static void after_a_quick_write_the_next_are_made_at_once(void **state) {
  (void)state;
  struct wasi_pace pace;
  struct wasi_file *file = file_open(0);
  if (is_vague(&pace, file)) {
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, 0), -EAGAIN);
    wasi_pace_tell(&pace, file, QUICK, 0);
    assert_int_equal(wasi_pace_write(&pace, file, "text", 4, 0), 4);
    assert_int_equal(wasi_pace_write(&pace, file, "more", 4, WASI_FILE_END), 4);
    wasi_pace_tell(&pace, file, SLOW, 0);
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, 0), -EAGAIN);
    char text[9] = "";
    assert_int_equal(wasi_file_read(file, text, 8, 0, true), 8);
    assert_string_equal(text, "textmore");
  }
  wasi_file_unref(file);
}

static void the_time_of_writes_at_once_is_limited(void **state) {
  (void)state;
  struct wasi_pace pace;
  struct wasi_file *file = file_open(0);
  if (is_vague(&pace, file)) {
    wasi_pace_tell(&pace, file, QUICK, 0);
    time_now = LEASE - 1;
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, 0), 1);
    time_now = LEASE;
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, 0), -EAGAIN);
  }
  wasi_file_unref(file);
}

static void the_bytes_at_once_are_limited(void **state) {
  (void)state;
  enum { PIECE = 65536 };
  struct wasi_pace pace;
  struct wasi_file *file = file_open(0);
  char *bytes = calloc(1, PIECE);
  if (is_vague(&pace, file)) {
    wasi_pace_tell(&pace, file, QUICK, 0);
    size_t pieces = 0;
    while (wasi_pace_write(&pace, file, bytes, PIECE, 0) == PIECE)
      pieces++;
    assert_int_equal(pieces, (16 << 20) / PIECE);
  }
  free(bytes);
  wasi_file_unref(file);
}

static void what_waits_for_the_disk_is_not_written_at_once(void **state) {
  (void)state;
  struct wasi_pace pace;
  struct wasi_file *file = file_open(0), *synced = file_open(WASI_FILE_DATA_SYNC);
  if (is_vague(&pace, file)) {
    wasi_pace_tell(&pace, file, QUICK, 0);
    assert_int_equal(wasi_pace_write(&pace, synced, "x", 1, 0), -EAGAIN);
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, INT64_MAX), -EAGAIN);
    assert_int_equal(wasi_pace_write(&pace, file, "", 0, 0), -EAGAIN);
    pace.local = false;
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, 0), -EAGAIN);
  }
  wasi_file_unref(file);
  wasi_file_unref(synced);
}

/* A page that has gone to the disk would have to be read before a part of it is written. */
static void a_part_of_a_page_that_is_not_in_memory_is_not_written_at_once(void **state) {
  (void)state;
  enum { PAGE = 4096, SIZE = 4 * PAGE };
  char bytes[SIZE] = {0}, byte;
  struct wasi_pace pace;
  struct wasi_file *file = file_open(0);
  bool vague = is_vague(&pace, file);
  assert_int_equal(wasi_file_write(file, bytes, SIZE, 0, true), SIZE);
  assert_int_equal(fsync(file->at.fd), 0);
  assert_int_equal(posix_fadvise(file->at.fd, 0, 0, POSIX_FADV_DONTNEED), 0);
  bool gone = wasi_file_read(file, &byte, 1, 2 * PAGE, false) == -EAGAIN; /* which the read begins to bring back */
  if (vague && gone) {
    assert_int_equal(posix_fadvise(file->at.fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    wasi_pace_tell(&pace, file, QUICK, WASI_FILE_END);
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, 1), -EAGAIN);
    assert_int_equal(wasi_pace_write(&pace, file, bytes, PAGE + 1, 0), -EAGAIN);
    assert_int_equal(wasi_pace_write(&pace, file, bytes, PAGE, PAGE), PAGE);
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, PAGE + 7), 1);
    assert_int_equal(wasi_pace_write(&pace, file, "x", 1, WASI_FILE_END), 1);
  }
  wasi_file_unref(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(after_a_quick_write_the_next_are_made_at_once),
      cmocka_unit_test(the_time_of_writes_at_once_is_limited),
      cmocka_unit_test(the_bytes_at_once_are_limited),
      cmocka_unit_test(what_waits_for_the_disk_is_not_written_at_once),
      cmocka_unit_test(a_part_of_a_page_that_is_not_in_memory_is_not_written_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
