/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The cache on disk: whole files or none, the bound, who may have written there, other processes and their deaths. */
#include "cache/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/number.h"
#include "engine/sha256.h"
#include "support/fault.h"

enum { PATH = 512 };

struct place {
  char top[PATH];  /* a scratch folder */
  char path[PATH]; /* the cache in it */
  struct fault fault;
  struct disk disk;
};

static void open_again(struct place *p, uint64_t bound) {
  assert_true(disk_init(&p->disk, &p->fault.alloc, p->path, bound));
}

static void place_open(struct place *p, uint64_t bound) {
  snprintf(p->top, sizeof(p->top), "/tmp/weir-disk-XXXXXX");
  assert_non_null(mkdtemp(p->top));
  snprintf(p->path, sizeof(p->path), "%.200s/a/b", p->top);
  fault_init(&p->fault);
  open_again(p, bound);
}

static void place_remove(struct place *p) {
  char command[2 * PATH];
  fault_done(&p->fault);
  snprintf(command, sizeof(command), "rm -rf '%s'", p->top);
  assert_int_equal(system(command), 0);
}

static void place_close(struct place *p) {
  disk_done(&p->disk);
  place_remove(p);
}

static void key_of(int number, uint8_t key[DISK_KEY]) {
  sha256_of(&number, sizeof(number), key);
}

static void file_of(const struct place *p, int number, char ret[PATH]) {
  uint8_t key[DISK_KEY];
  char hex[2 * DISK_KEY + 1];
  key_of(number, key);
  hex_write(key, DISK_KEY, hex);
  snprintf(ret, PATH, "%.200s/%.2s/%s.cwasm", p->path, hex, hex);
}

/* Bytes that tell their number and length. */
static void put(struct disk *disk, int number, size_t size) {
  uint8_t key[DISK_KEY], *bytes = malloc(size);
  assert_non_null(bytes);
  memset(bytes, number, size);
  key_of(number, key);
  disk_write(disk, key, bytes, size);
  free(bytes);
}

/* The size; 0 where there is nothing; -1 where it is wrong. */
static long look(struct disk *disk, int number) {
  uint8_t key[DISK_KEY], *bytes = NULL;
  size_t size = 0;
  key_of(number, key);
  if (!disk_read(disk, key, &bytes, &size))
    return 0;
  long result = (long)size;
  for (size_t i = 0; i < size; i++)
    if (bytes[i] != (uint8_t)number)
      result = -1;
  mem_free(disk->alloc, bytes, size);
  return result;
}

static void age(const struct place *p, int number, time_t seconds) {
  char file[PATH];
  file_of(p, number, file);
  struct timespec times[2] = {{time(NULL) - seconds, 0}, {time(NULL) - seconds, 0}};
  assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

static uint64_t bytes_on_disk(const struct place *p) {
  char command[2 * PATH];
  unsigned long long total = 0;
  snprintf(command, sizeof(command), "find '%s' -type f -printf '%%s\\n' | awk '{s+=$1} END {print s+0}'", p->path);
  FILE *out = popen(command, "r");
  assert_non_null(out);
  assert_int_equal(fscanf(out, "%llu", &total), 1);
  pclose(out);
  return total;
}

/* ---- reading and writing ----------------------------------------------------------------------------------------- */

static void what_was_written_is_read_also_later(void **state) {
  (void)state;
  struct place p;
  place_open(&p, 1000000);
  assert_int_equal(look(&p.disk, 1), 0);
  put(&p.disk, 1, 70000);
  put(&p.disk, 2, 1);
  assert_int_equal(look(&p.disk, 1), 70000);
  disk_done(&p.disk);
  open_again(&p, 1000000);
  assert_int_equal(look(&p.disk, 1), 70000);
  assert_int_equal(look(&p.disk, 2), 1);
  put(&p.disk, 1, 500);
  assert_int_equal(look(&p.disk, 1), 500);
  place_close(&p);
}

static void only_the_owner_can_look(void **state) {
  (void)state;
  struct place p;
  struct stat st;
  char file[PATH];
  place_open(&p, 1000000);
  put(&p.disk, 1, 10);
  file_of(&p, 1, file);
  assert_int_equal(stat(p.path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  assert_int_equal(stat(file, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  place_close(&p);
}

static void a_directory_open_to_others_is_refused(void **state) {
  (void)state;
  struct place p;
  struct disk disk;
  place_open(&p, 1000);
  assert_int_equal(chmod(p.path, 0775), 0);
  assert_false(disk_init(&disk, &p.fault.alloc, p.path, 1000));
  assert_int_equal(chmod(p.path, 0707), 0);
  assert_false(disk_init(&disk, &p.fault.alloc, p.path, 1000));
  assert_int_equal(chmod(p.path, 0755), 0);
  assert_true(disk_init(&disk, &p.fault.alloc, p.path, 1000));
  disk_done(&disk);
  place_close(&p);
}

static bool has(struct disk *disk, int number) {
  uint8_t key[DISK_KEY], *bytes;
  size_t size;
  key_of(number, key);
  if (!disk_read(disk, key, &bytes, &size))
    return false;
  mem_free(disk->alloc, bytes, size);
  return true;
}

/* `name` is open to others, or another's: what is there is not read, and nothing is written beside it. */
static void expect_left_alone(struct place *p, bool writable) {
  uint64_t unwritten = disk_get_stats(&p->disk).unwritten;
  assert_false(has(&p->disk, 1));
  put(&p->disk, 1, 10);
  assert_int_equal(disk_get_stats(&p->disk).unwritten, unwritten + !writable);
}

static void a_folder_or_file_open_to_others_is_left_alone(void **state) {
  (void)state;
  struct place p;
  char file[PATH], folder[PATH];
  place_open(&p, 1000000);
  put(&p.disk, 1, 10);
  file_of(&p, 1, file);
  snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(file, '/') - file), file);
  const char *const folders[] = {folder, p.path};
  for (int i = 0; i < 2; i++) {
    assert_int_equal(chmod(folders[i], 0770), 0);
    expect_left_alone(&p, false);
    assert_int_equal(chmod(folders[i], 0702), 0);
    expect_left_alone(&p, false);
    assert_int_equal(chmod(folders[i], 0700), 0);
    if (chown(folders[i], 12345, 12345) == 0)
      expect_left_alone(&p, false);
    assert_int_equal(chown(folders[i], geteuid(), getegid()), 0);
    assert_true(has(&p.disk, 1));
  }
  assert_int_equal(chmod(file, 0620), 0);
  expect_left_alone(&p, true); /* and replaced */
  assert_true(has(&p.disk, 1));
  place_close(&p);
}

static void a_directory_that_cannot_be_is_refused(void **state) {
  (void)state;
  struct place p;
  struct disk disk;
  char below[PATH + 8];
  place_open(&p, 1000);
  put(&p.disk, 1, 10);
  char file[PATH];
  file_of(&p, 1, file);
  snprintf(below, sizeof(below), "%s/no", file);
  assert_false(disk_init(&disk, &p.fault.alloc, below, 1000));
  assert_false(disk_init(&disk, &p.fault.alloc, file, 1000));
  assert_false(disk_init(&disk, &p.fault.alloc, "", 1000));
  place_close(&p);
}

static void a_directory_that_vanishes_is_a_miss(void **state) {
  (void)state;
  struct place p;
  char command[2 * PATH];
  place_open(&p, 1000);
  put(&p.disk, 1, 10);
  snprintf(command, sizeof(command), "rm -rf '%s'", p.path);
  assert_int_equal(system(command), 0);
  assert_int_equal(look(&p.disk, 1), 0);
  put(&p.disk, 1, 10);
  assert_int_equal(disk_get_stats(&p.disk).unwritten, 1);
  place_close(&p);
}

static void what_is_no_file_is_a_miss(void **state) {
  (void)state;
  struct place p;
  char file[PATH];
  place_open(&p, 1000);
  put(&p.disk, 1, 10);
  file_of(&p, 1, file);
  unlink(file);
  assert_int_equal(mkfifo(file, 0600), 0);
  assert_int_equal(look(&p.disk, 1), 0); /* and does not wait for a writer */
  unlink(file);
  assert_int_equal(symlink("/etc/passwd", file), 0);
  assert_int_equal(look(&p.disk, 1), 0);
  unlink(file);
  assert_int_equal(mkdir(file, 0700), 0);
  assert_int_equal(look(&p.disk, 1), 0);
  place_close(&p);
}

/* ---- the bound --------------------------------------------------------------------------------------------------- */

static void the_oldest_leaves_first_and_reading_makes_young(void **state) {
  (void)state;
  struct place p;
  place_open(&p, 300);
  for (int i = 1; i <= 3; i++) {
    put(&p.disk, i, 100);
    age(&p, i, 100 - i);
  }
  assert_int_equal(look(&p.disk, 1), 100);
  put(&p.disk, 4, 100);
  assert_int_equal(look(&p.disk, 2), 0);
  assert_int_equal(look(&p.disk, 1), 100);
  assert_int_equal(look(&p.disk, 3), 100);
  assert_int_equal(look(&p.disk, 4), 100);
  assert_int_equal(disk_get_stats(&p.disk).evicted, 1);
  place_close(&p);
}

static void the_bound_holds_after_every_write(void **state) {
  (void)state;
  struct place p;
  place_open(&p, 10000);
  for (int i = 0; i < 60; i++) {
    put(&p.disk, i, (size_t)(i * 331 % 2500 + 1));
    assert_true(bytes_on_disk(&p) <= 10000);
  }
  assert_true(disk_get_stats(&p.disk).evicted > 10);
  place_close(&p);
}

static void what_is_too_large_is_not_written_and_pushes_nothing_out(void **state) {
  (void)state;
  struct place p;
  place_open(&p, 300);
  put(&p.disk, 1, 300);
  put(&p.disk, 2, 301);
  assert_int_equal(look(&p.disk, 1), 300);
  assert_int_equal(look(&p.disk, 2), 0);
  assert_int_equal(disk_get_stats(&p.disk).unwritten, 1);
  place_close(&p);
}

static void write_file(const char *folder, const char *name, time_t seconds_old) {
  char path[2 * PATH];
  snprintf(path, sizeof(path), "%.300s/%.150s", folder, name);
  FILE *f = fopen(path, "w");
  assert_non_null(f);
  fputs("hello", f);
  fclose(f);
  struct timespec times[2] = {{time(NULL) - seconds_old, 0}, {time(NULL) - seconds_old, 0}};
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static bool file_exists(const char *folder, const char *name) {
  char path[2 * PATH];
  snprintf(path, sizeof(path), "%.300s/%.150s", folder, name);
  return access(path, F_OK) == 0;
}

static void dead_writers_are_cleaned_up_and_strangers_left_alone(void **state) {
  (void)state;
  struct place p;
  char folder[PATH + 4], fresh[128], stale[128], hex[2 * DISK_KEY + 1], path[2 * PATH];
  uint8_t key[DISK_KEY];
  place_open(&p, 300);
  put(&p.disk, 1, 10);
  key_of(1, key);
  hex_write(key, DISK_KEY, hex);
  snprintf(folder, sizeof(folder), "%s/%.2s", p.path, hex);
  snprintf(fresh, sizeof(fresh), "%s.0123456789abcdef.tmp", hex);
  snprintf(stale, sizeof(stale), "%s.0123456789abcdee.tmp", hex);
  write_file(folder, fresh, 5);
  write_file(folder, stale, 5);
  snprintf(path, sizeof(path), "%.300s/%.150s", folder, fresh);
  int writer = open(path, O_RDWR);
  assert_int_equal(flock(writer, LOCK_EX), 0);
  write_file(folder, "letter.txt", 1000000);
  write_file(p.path, "letter.cwasm", 1000000);
  put(&p.disk, 2, 290); /* wants the room of all */
  assert_true(file_exists(folder, fresh));
  assert_false(file_exists(folder, stale));
  assert_true(file_exists(folder, "letter.txt"));
  assert_true(file_exists(p.path, "letter.cwasm"));
  assert_int_equal(look(&p.disk, 1), 0);
  assert_int_equal(look(&p.disk, 2), 290);
  close(writer);
  place_close(&p);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static weir_status use(const struct weir_alloc *alloc, void *ctx) {
  struct disk disk;
  if (!disk_init(&disk, alloc, ctx, 1000))
    return WEIR_ERR_NOMEM;
  put(&disk, 1, 100);
  put(&disk, 2, 100);
  long size = look(&disk, 2);
  disk_done(&disk);
  assert_true(size == 100 || size == 0);
  return WEIR_OK;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  struct place p;
  place_open(&p, 1000);
  assert_true(fault_sweep(use, p.path) >= 3);
  place_close(&p);
}

/* ---- other processes --------------------------------------------------------------------------------------------- */

static void child_writes(const struct place *p, int rounds) {
  struct disk disk;
  if (!disk_init(&disk, &mem_system, p->path, 200000))
    _exit(1);
  for (int i = 0; rounds == 0 || i < rounds; i++) {
    put(&disk, i % 20, 20000);
    if (look(&disk, (i + 7) % 20) < 0)
      _exit(2);
  }
  _exit(0);
}

static pid_t spawn(const struct place *p, int rounds) {
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid == 0)
    child_writes(p, rounds);
  return pid;
}

static void processes_share_a_directory(void **state) {
  (void)state;
  struct place p;
  pid_t pids[4];
  place_open(&p, 200000);
  for (int i = 0; i < 4; i++)
    pids[i] = spawn(&p, 60);
  for (int i = 0; i < 4; i++) {
    int status;
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
  }
  put(&p.disk, 100, 1000); /* the last write brings the directory back to its bound */
  assert_true(bytes_on_disk(&p) <= 200000);
  place_close(&p);
}

static void a_killed_writer_leaves_a_good_cache(void **state) {
  (void)state;
  struct place p;
  place_open(&p, 200000);
  for (int i = 0; i < 40; i++) {
    pid_t pid = spawn(&p, 0);
    usleep((useconds_t)(1000 + i * 377 % 9000));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    for (int n = 0; n < 20; n++) {
      long size = look(&p.disk, n);
      assert_true(size == 0 || size == 20000);
    }
  }
  put(&p.disk, 3, 20000);
  assert_int_equal(look(&p.disk, 3), 20000);
  place_close(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_written_is_read_also_later),
      cmocka_unit_test(only_the_owner_can_look),
      cmocka_unit_test(a_directory_open_to_others_is_refused),
      cmocka_unit_test(a_folder_or_file_open_to_others_is_left_alone),
      cmocka_unit_test(a_directory_that_cannot_be_is_refused),
      cmocka_unit_test(a_directory_that_vanishes_is_a_miss),
      cmocka_unit_test(what_is_no_file_is_a_miss),
      cmocka_unit_test(the_oldest_leaves_first_and_reading_makes_young),
      cmocka_unit_test(the_bound_holds_after_every_write),
      cmocka_unit_test(what_is_too_large_is_not_written_and_pushes_nothing_out),
      cmocka_unit_test(dead_writers_are_cleaned_up_and_strangers_left_alone),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(processes_share_a_directory),
      cmocka_unit_test(a_killed_writer_leaves_a_good_cache),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
