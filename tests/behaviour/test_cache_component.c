/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Components through the cache: compiled once however many threads ask, read from disk by the next process, compiled
 * again where the file is damaged, and never failing because of the disk.
 */
#include "behaviour.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include "support/fault.h"

enum { THREADS = 64, PATH = 512 };

static char top[PATH]; /* a scratch folder of this case, which is a process of its own */
static char folder[PATH];

static int scratch(void **state) {
  (void)state;
  snprintf(top, sizeof(top), "/tmp/weir-cache-XXXXXX");
  assert_non_null(mkdtemp(top));
  snprintf(folder, sizeof(folder), "%.100s/cache", top);
  return 0;
}

static int scratch_remove(void **state) {
  (void)state;
  char command[2 * PATH];
  snprintf(command, sizeof(command), "rm -rf '%s'", top);
  return system(command);
}

/* A component whose export adds `n`. */
static size_t guest(char ret[PATH], int n) {
  return (size_t)snprintf(ret, PATH,
                          "(component (core module $m (func (export \"f\") (param i32) (result i32)\n"
                          "    (i32.add (local.get 0) (i32.const %d))))\n"
                          "  (core instance $i (instantiate $m))\n"
                          "  (func (export \"f\") (param \"x\" u32) (result u32) (canon lift (core func $i \"f\"))))\n",
                          n);
}

struct setup {
  weir_engine *engine;
  weir_cache *cache;
};

static struct setup setup_with(const weir_cache_config *config, uint32_t features) {
  struct setup s;
  weir_engine_config engine = {.size = sizeof(weir_engine_config), .features = features};
  weir_error *error = NULL;
  must(weir_engine_new(&engine, &s.engine, &error), &error);
  must(weir_cache_new(s.engine, config, &s.cache, &error), &error);
  return s;
}

static struct setup setup_on_disk(void) {
  weir_cache_config config = {.size = sizeof(weir_cache_config), .directory = folder};
  return setup_with(&config, 0);
}

static void setup_free(struct setup *s) {
  weir_cache_free(s->cache);
  weir_engine_free(s->engine);
}

static weir_cache_stats stats_of(const struct setup *s) {
  weir_cache_stats stats = {0};
  weir_cache_get_stats(s->cache, &stats, sizeof(stats));
  return stats;
}

static uint32_t call_f(weir_engine *engine, const weir_component *component, uint32_t x) {
  weir_store *store = NULL;
  weir_instance *instance = NULL;
  weir_call *running = NULL;
  weir_error *error = NULL;
  weir_value arg = u32(x), result = {0};
  must(weir_store_new(engine, NULL, &store, &error), &error);
  must(weir_instance_new(store, NULL, component, &instance, &error), &error);
  const weir_func *f = weir_component_find_func(component, NULL, "f");
  must(weir_call_start(instance, f, &arg, 1, NULL, NULL, &running, &error), &error);
  for (int i = 0; i < STEPS_MAX && weir_store_step(store) == WEIR_STEP_READY; i++) {
  }
  must(weir_call_result(running, &result, &error), &error);
  weir_call_free(running);
  weir_store_free(store);
  return result.of.u32;
}

/* Gets guest `n` and calls it; whether it does what it must. */
static bool use(const struct setup *s, int n) {
  char text[PATH];
  weir_component *component = NULL;
  weir_error *error = NULL;
  must(weir_cache_load(s->cache, text, guest(text, n), &component, &error), &error);
  uint32_t result = call_f(s->engine, component, 1000);
  weir_component_free(component);
  return result == 1000 + (uint32_t)n;
}

/* The one file of the cache, or the `index`-th by name. */
static void find_file(int index, char ret[2 * PATH]) {
  char command[2 * PATH];
  snprintf(command, sizeof(command), "find '%s' -name '*.cwasm' | sort | tail -n +%d", folder, index + 1);
  FILE *out = popen(command, "r");
  assert_non_null(out);
  assert_non_null(fgets(ret, 2 * PATH, out));
  ret[strcspn(ret, "\n")] = 0;
  pclose(out);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void the_second_request_is_a_hit(void **state) {
  (void)state;
  struct setup s = setup_with(NULL, 0);
  assert_true(use(&s, 1));
  assert_true(use(&s, 1));
  assert_true(use(&s, 2));
  weir_cache_stats stats = stats_of(&s);
  assert_int_equal(stats.compiled, 2);
  assert_int_equal(stats.memory_hits, 1);
  assert_int_equal(stats.memory_entries, 2);
  assert_true(stats.memory_bytes > 2000);
  assert_false(stats.disk);
  setup_free(&s);
}

static void components_outlive_the_cache(void **state) {
  (void)state;
  struct setup s = setup_with(NULL, 0);
  char text[PATH];
  weir_component *component = NULL;
  must(weir_cache_load(s.cache, text, guest(text, 5), &component, NULL), NULL);
  weir_cache_free(s.cache);
  assert_int_equal(call_f(s.engine, component, 1), 6);
  weir_engine_free(s.engine);
  weir_component_free(component);
}

static void the_memory_bound_holds(void **state) {
  (void)state;
  struct setup s = setup_with(NULL, 0);
  use(&s, 0);
  uint64_t one = stats_of(&s).memory_bytes;
  setup_free(&s);
  weir_cache_config config = {.size = sizeof(weir_cache_config), .memory_bytes = one * 3};
  s = setup_with(&config, 0);
  for (int i = 0; i < 10; i++) {
    assert_true(use(&s, i));
    assert_true(stats_of(&s).memory_bytes <= one * 3);
  }
  assert_true(stats_of(&s).memory_evicted >= 7);
  assert_true(use(&s, 9));
  assert_int_equal(stats_of(&s).memory_hits, 1);
  setup_free(&s);
}

static void text_and_binary_share_an_entry(void **state) {
  (void)state;
  static const uint8_t empty[] = {0, 'a', 's', 'm', 0x0d, 0, 1, 0};
  struct setup s = setup_with(NULL, 0);
  weir_component *a = NULL, *b = NULL;
  must(weir_cache_load(s.cache, "(component)", 11, &a, NULL), NULL);
  must(weir_cache_load(s.cache, empty, sizeof(empty), &b, NULL), NULL);
  assert_int_equal(stats_of(&s).memory_hits, 1);
  weir_component_free(a);
  weir_component_free(b);
  setup_free(&s);
}

static void failures_are_told_and_not_kept(void **state) {
  (void)state;
  struct setup s = setup_on_disk();
  for (uint64_t i = 1; i <= 2; i++) {
    weir_component *component = NULL;
    weir_error *error = NULL;
    const char *bad = "(component (export \"a\" (func 3)))";
    assert_int_equal(weir_cache_load(s.cache, bad, strlen(bad), &component, &error), WEIR_ERR_INVALID);
    assert_true(weir_error_offset(error, NULL));
    weir_error_free(error);
    assert_int_equal(stats_of(&s).failed, i);
    assert_int_equal(stats_of(&s).compiled, i);
  }
  assert_int_equal(weir_cache_load(s.cache, "", 0, &(weir_component *){NULL}, NULL), WEIR_ERR_MALFORMED);
  assert_int_equal(stats_of(&s).disk_written, 0);
  setup_free(&s);
}

struct crowd {
  const struct setup *setup;
  pthread_barrier_t barrier;
  atomic_int right;
};

static void *crowd_member(void *arg) {
  struct crowd *c = arg;
  for (int round = 0; round < 16; round++) {
    pthread_barrier_wait(&c->barrier);
    atomic_fetch_add(&c->right, use(c->setup, round));
  }
  return NULL;
}

static void a_thousand_misses_compile_once(void **state) {
  (void)state;
  struct setup s = setup_on_disk();
  struct crowd c = {.setup = &s};
  pthread_t threads[THREADS];
  pthread_barrier_init(&c.barrier, NULL, THREADS);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, crowd_member, &c), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  pthread_barrier_destroy(&c.barrier);
  assert_int_equal(atomic_load(&c.right), THREADS * 16);
  assert_int_equal(stats_of(&s).compiled, 16);
  assert_int_equal(stats_of(&s).disk_written, 16);
  assert_int_equal(stats_of(&s).memory_hits, (THREADS - 1) * 16);
  setup_free(&s);
}

/* ---- disk -------------------------------------------------------------------------------------------------------- */

static void expect_next(uint64_t disk_hits, uint64_t compiled, uint64_t damaged) {
  struct setup s = setup_on_disk();
  assert_true(use(&s, 1));
  weir_cache_stats stats = stats_of(&s);
  assert_true(stats.disk);
  assert_int_equal(stats.disk_hits, disk_hits);
  assert_int_equal(stats.compiled, compiled);
  assert_int_equal(stats.disk_damaged, damaged);
  assert_int_equal(stats.disk_written, compiled);
  setup_free(&s);
}

static void the_next_process_reads_from_disk(void **state) {
  (void)state;
  expect_next(0, 1, 0);
  expect_next(1, 0, 0);
}

static void other_settings_have_entries_of_their_own(void **state) {
  (void)state;
  weir_cache_config config = {.size = sizeof(weir_cache_config), .directory = folder};
  expect_next(0, 1, 0);
  struct setup s = setup_with(&config, ALL_FEATURES);
  assert_true(use(&s, 1));
  assert_int_equal(stats_of(&s).compiled, 1);
  assert_int_equal(stats_of(&s).disk_damaged, 0);
  setup_free(&s);
  expect_next(1, 0, 0);
}

static void change_byte(const char *file, long at) {
  FILE *f = fopen(file, "r+b");
  assert_non_null(f);
  assert_int_equal(fseek(f, at, SEEK_SET), 0);
  int c = fgetc(f);
  assert_int_equal(fseek(f, at, SEEK_SET), 0);
  fputc(c ^ 0x20, f);
  fclose(f);
}

static long size_of(const char *file) {
  struct stat st;
  assert_int_equal(stat(file, &st), 0);
  return (long)st.st_size;
}

static void a_damaged_file_is_replaced(void **state) {
  (void)state;
  char file[2 * PATH];
  expect_next(0, 1, 0);
  find_file(0, file);
  long size = size_of(file);
  for (long at = 0; at < size; at += size / 12) {
    change_byte(file, at);
    expect_next(0, 1, 1);
    expect_next(1, 0, 0);
  }
  for (long cut = 1; cut < size; cut += size / 5) {
    assert_int_equal(truncate(file, cut), 0);
    expect_next(0, 1, 1);
  }
  assert_int_equal(truncate(file, size * 2), 0);
  expect_next(0, 1, 1);
  assert_int_equal(truncate(file, 0), 0); /* like no file */
  expect_next(0, 1, 0);
  expect_next(1, 0, 0);
}

/* Good code, but of another component, under this one's name. */
static void a_file_in_anothers_place_is_replaced(void **state) {
  (void)state;
  char file[2 * PATH], aside[2 * PATH];
  expect_next(0, 1, 0);
  find_file(0, file);
  snprintf(aside, sizeof(aside), "%.100s/aside", top);
  assert_int_equal(rename(file, aside), 0);
  struct setup s = setup_on_disk();
  assert_true(use(&s, 2));
  setup_free(&s);
  char other[2 * PATH];
  find_file(0, other);
  assert_int_equal(rename(other, file), 0);
  expect_next(0, 1, 1);
  expect_next(1, 0, 0);
}

static void the_disk_bound_holds(void **state) {
  (void)state;
  char file[2 * PATH];
  expect_next(0, 1, 0);
  find_file(0, file);
  uint64_t one = (uint64_t)size_of(file);
  weir_cache_config config = {
      .size = sizeof(weir_cache_config), .directory = folder, .disk_bytes = one * 3 + one / 2, .memory_bytes = 1};
  struct setup s = setup_with(&config, 0);
  for (int i = 10; i < 20; i++)
    assert_true(use(&s, i));
  weir_cache_stats stats = stats_of(&s);
  assert_int_equal(stats.disk_written, 10);
  assert_int_equal(stats.disk_evicted, 8);
  assert_int_equal(stats.memory_entries, 0);
  setup_free(&s);
  find_file(2, file);
}

static void a_directory_that_cannot_be_used_is_done_without(void **state) {
  (void)state;
  assert_int_equal(mkdir(folder, 0700), 0);
  assert_int_equal(chmod(folder, 0777), 0);
  weir_cache_config configs[] = {{.size = sizeof(weir_cache_config), .directory = folder},
                                 {.size = sizeof(weir_cache_config), .directory = "/dev/null/cache"},
                                 {.size = sizeof(weir_cache_config), .directory = ""}};
  for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
    struct setup s = setup_with(&configs[i], 0);
    assert_false(stats_of(&s).disk);
    assert_true(use(&s, 1));
    assert_true(use(&s, 1));
    assert_int_equal(stats_of(&s).memory_hits, 1);
    setup_free(&s);
  }
}

/* Empties the directory, so that each round does the same. */
static void forget_files(void) {
  char command[2 * PATH];
  snprintf(command, sizeof(command), "rm -rf '%s'", folder);
  assert_int_equal(system(command), 0);
}

/* Compiles and writes, then reads: with what fails on the disk's side the component comes all the same. */
static weir_status use_everything(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  char text[PATH];
  size_t size = guest(text, 3);
  weir_engine_config config = {.size = sizeof(weir_engine_config), .alloc = alloc};
  weir_engine *engine = NULL;
  weir_status status = weir_engine_new(&config, &engine, NULL);
  forget_files();
  for (int i = 0; i < 2 && status == WEIR_OK; i++) {
    weir_cache_config on_disk = {.size = sizeof(weir_cache_config), .directory = folder};
    weir_cache *cache = NULL;
    weir_component *component = NULL;
    status = weir_cache_new(engine, &on_disk, &cache, NULL);
    if (status == WEIR_OK)
      status = weir_cache_load(cache, text, size, &component, NULL);
    weir_component_free(component);
    weir_cache_free(cache);
  }
  weir_engine_free(engine);
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(fault_sweep(use_everything, NULL) > 20);
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

/* Forked before this process has an engine: each makes its own. */
static pid_t spawn(int rounds) {
  pid_t pid = fork();
  assert_true(pid >= 0);
  if (pid > 0)
    return pid;
  for (int round = 0; rounds == 0 || round < rounds; round++) {
    weir_cache_config config = {.size = sizeof(weir_cache_config), .directory = folder, .memory_bytes = 1};
    struct setup s = setup_with(&config, 0);
    for (int n = 0; n < 8; n++)
      if (!use(&s, n))
        _exit(1);
    if (stats_of(&s).disk_damaged != 0)
      _exit(2);
    setup_free(&s);
    if (rounds == 0) /* to be killed while it writes: so there must be something to write */
      for (int i = 0; i < 4; i++) {
        char file[2 * PATH];
        find_file(0, file);
        unlink(file);
      }
  }
  _exit(0);
}

static void processes_race_on_one_directory(void **state) {
  (void)state;
  pid_t pids[3];
  for (int i = 0; i < 3; i++)
    pids[i] = spawn(5);
  for (int i = 0; i < 3; i++) {
    int status;
    assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
    assert_int_equal(status, 0);
  }
  struct setup s = setup_on_disk();
  for (int n = 0; n < 8; n++)
    assert_true(use(&s, n));
  assert_int_equal(stats_of(&s).disk_hits, 8);
  setup_free(&s);
}

static void killed_processes_leave_a_good_cache(void **state) {
  (void)state;
  for (int i = 0; i < 12; i++) {
    pid_t pid = spawn(0);
    usleep((useconds_t)(5000 + i * 7919 % 60000));
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
  }
  struct setup s = setup_on_disk();
  for (int n = 0; n < 8; n++)
    assert_true(use(&s, n));
  assert_int_equal(stats_of(&s).disk_damaged, 0);
  setup_free(&s);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch, scratch_remove)

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_second_request_is_a_hit),
    cmocka_unit_test(components_outlive_the_cache),
    cmocka_unit_test(the_memory_bound_holds),
    cmocka_unit_test(text_and_binary_share_an_entry),
    ON_DISK(failures_are_told_and_not_kept),
    ON_DISK(a_thousand_misses_compile_once),
    ON_DISK(the_next_process_reads_from_disk),
    ON_DISK(other_settings_have_entries_of_their_own),
    ON_DISK(a_damaged_file_is_replaced),
    ON_DISK(a_file_in_anothers_place_is_replaced),
    ON_DISK(the_disk_bound_holds),
    ON_DISK(a_directory_that_cannot_be_used_is_done_without),
    ON_DISK(every_allocation_may_fail),
    ON_DISK(processes_race_on_one_directory),
    ON_DISK(killed_processes_leave_a_good_cache),
};

BEHAVIOUR_MAIN(tests)
