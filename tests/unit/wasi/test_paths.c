/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Paths of guests, by both ways: what is found, and that nothing outside of the base is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi/filesystem/path.h"

/*
 * OUTSIDE/secret, and the base OUTSIDE/base with file, dir/deep/file, links of all kinds, and a named pipe.
 */
struct tree {
  char outside[64];
  int fd;
};

static void make_file(int at, const char *name) {
  int fd = openat(at, name, O_WRONLY | O_CREAT, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, name, strlen(name)), strlen(name));
  close(fd);
}

static void tree_make(struct tree *t) {
  static const char *const links[][2] = {
      {"file", "to-file"},        {"dir", "to-dir"},    {"../secret", "up"},          {"/etc/passwd", "absolute"},
      {"dir/../..", "out"},       {"loop", "loop"},     {"/proc/self/root", "magic"}, {"../dir/deep", "dir/sideways"},
      {"../../secret", "dir/up"}, {"none", "dangling"}, {"../base/file", "round"},
  };
  strcpy(t->outside, "/tmp/weir-paths-XXXXXX");
  assert_non_null(mkdtemp(t->outside));
  int outside = open(t->outside, O_PATH | O_DIRECTORY);
  make_file(outside, "secret");
  assert_int_equal(mkdirat(outside, "base", 0700), 0);
  t->fd = openat(outside, "base", O_RDONLY | O_DIRECTORY);
  close(outside);
  make_file(t->fd, "file");
  assert_int_equal(mkdirat(t->fd, "dir", 0700), 0);
  assert_int_equal(mkdirat(t->fd, "dir/deep", 0700), 0);
  make_file(t->fd, "dir/deep/file");
  assert_int_equal(mkfifoat(t->fd, "pipe", 0600), 0);
  for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
    assert_int_equal(symlinkat(links[i][0], t->fd, links[i][1]), 0);
}

static void tree_remove(struct tree *t) {
  char command[128];
  close(t->fd);
  snprintf(command, sizeof(command), "rm -rf %s", t->outside);
  assert_int_equal(system(command), 0);
}

/* Opens and closes: 0 or the negative errno. */
static int look(struct wasi_base base, const char *path, int flags) {
  int fd = wasi_path_open(base, path, flags, true);
  if (fd < 0)
    return fd;
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  close(fd);
  return 0;
}

static void with_both_ways(void (*test)(struct wasi_base base)) {
  struct tree t;
  tree_make(&t);
  test((struct wasi_base){t.fd, WASI_PATH_WALK});
  if (wasi_path_way_of(t.fd) == WASI_PATH_KERNEL)
    test((struct wasi_base){t.fd, WASI_PATH_KERNEL});
  tree_remove(&t);
}

static void check_inside(struct wasi_base base) {
  static const char *const good[] = {
      "file",
      "./file",
      "dir/deep/file",
      "dir//deep/./file",
      "dir/../file",
      "dir/deep/../../file",
      "to-file",
      "to-dir/deep/file",
      "dir/sideways/file",
      ".",
      "dir/",
      "to-dir/",
      "dir/..",
      "dir/deep/..",
      "pipe",
      "./",
  };
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
    if (look(base, good[i], O_RDONLY) != 0)
      fail_msg("%s: %s", good[i], strerror(-look(base, good[i], O_RDONLY)));
}

static void what_is_inside_is_found(void **state) {
  (void)state;
  with_both_ways(check_inside);
}

static void check_outside(struct wasi_base base) {
  static const char *const bad[] = {
      "..",
      "../secret",
      "../base/file",
      "dir/../../secret",
      "up",
      "absolute",
      "out",
      "out/secret",
      "dir/up",
      "round",
      "dir/deep/../../../secret",
      "dir/../..",
      "./..",
      "to-dir/../../secret",
      "absolute/x",
      "up/x",
  };
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    for (int flags = 0; flags < 2; flags++)
      if (look(base, bad[i], flags ? O_PATH : O_RDWR | O_CREAT) != -WASI_OUTSIDE)
        fail_msg("%s: %s", bad[i], strerror(-look(base, bad[i], O_RDONLY)));
  assert_true(look(base, "magic", O_RDONLY) < 0);
  assert_true(look(base, "magic/etc", O_PATH) < 0);
}

static void what_is_outside_is_refused(void **state) {
  (void)state;
  with_both_ways(check_outside);
}

static void check_errors(struct wasi_base base) {
  char name[300], path[PATH_MAX + 1];
  memset(name, 'n', sizeof(name));
  name[sizeof(name) - 1] = '\0';
  memset(path, 'a', sizeof(path));
  assert_int_equal(look(base, "none", O_RDONLY), -ENOENT);
  assert_int_equal(look(base, "none/file", O_RDONLY), -ENOENT);
  assert_int_equal(look(base, "dangling", O_RDONLY), -ENOENT);
  assert_int_equal(look(base, "file/", O_RDONLY), -ENOTDIR);
  assert_int_equal(look(base, "file/", O_RDWR | O_CREAT), -EISDIR);
  assert_int_equal(look(base, "up/", O_RDWR | O_CREAT), -EISDIR);
  assert_int_equal(look(base, "file/x", O_RDONLY), -ENOTDIR);
  assert_int_equal(look(base, "to-file/x", O_RDONLY), -ENOTDIR);
  assert_int_equal(look(base, "loop", O_RDONLY), -ELOOP);
  assert_int_equal(look(base, "loop/x", O_RDONLY), -ELOOP);
  assert_int_equal(look(base, "to-file", O_RDONLY | O_NOFOLLOW), -ELOOP);
  assert_int_equal(look(base, "to-dir", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), -ENOTDIR);
  assert_int_equal(look(base, "to-file", O_PATH | O_NOFOLLOW), 0);
  assert_int_equal(look(base, "file", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
  assert_int_equal(look(base, "to-file", O_RDWR | O_CREAT | O_EXCL), -EEXIST);
  assert_int_equal(look(base, "dir", O_WRONLY), -EISDIR);
  assert_int_equal(look(base, name, O_RDONLY), -ENAMETOOLONG);
  assert_int_equal(wasi_path_read(path, PATH_MAX, path), -ENAMETOOLONG);
  assert_int_equal(look(base, "pipe", O_WRONLY), -ENXIO); /* nobody reads; and it does not wait for somebody */
}

static void errors_are_the_systems(void **state) {
  (void)state;
  with_both_ways(check_errors);
}

static void texts_that_are_no_paths(void **state) {
  (void)state;
  char ret[PATH_MAX];
  assert_int_equal(wasi_path_read("", 0, ret), -ENOENT);
  assert_int_equal(wasi_path_read("/x", 2, ret), -WASI_OUTSIDE);
  assert_int_equal(wasi_path_read("a\0b", 3, ret), -EINVAL);
  assert_int_equal(wasi_path_read("a/b", 3, ret), 0);
  assert_string_equal(ret, "a/b");
}

static void check_places(struct wasi_base base) {
  static const struct {
    const char *path, *name;
    bool slash;
    int status;
  } cases[] = {
      {"new", "new", false, 0},
      {"dir/new", "new", false, 0},
      {"dir/deep//new/", "new", true, 0},
      {"to-dir/new", "new", false, 0},
      {"up/new", NULL, false, -WASI_OUTSIDE},
      {"../new", NULL, false, -WASI_OUTSIDE},
      {"none/new", NULL, false, -ENOENT},
      {"file/new", NULL, false, -ENOTDIR},
      {"..", NULL, false, -WASI_OUTSIDE},
      {"dir/..", "..", false, 0},
      {"dir/../..", NULL, false, -WASI_OUTSIDE},
      {"out/new", NULL, false, -WASI_OUTSIDE},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct wasi_place place;
    char path[PATH_MAX];
    strcpy(path, cases[i].path);
    int status = wasi_place_open(base, path, &place);
    if (status != cases[i].status)
      fail_msg("%s: %s", cases[i].path, strerror(-status));
    if (status != 0)
      continue;
    assert_string_equal(place.name, cases[i].name);
    assert_int_equal(place.slash, cases[i].slash);
    wasi_place_close(&place);
  }
}

static void places_of_new_names_are_inside(void **state) {
  (void)state;
  with_both_ways(check_places);
}

/* ---- a race ------------------------------------------------------------------------------------------------------ */

struct racer {
  int fd;
  atomic_bool stop;
};

/* Makes of `swap` a directory and a link that leads out, in turns. */
static void *race(void *data) {
  struct racer *r = data;
  while (!atomic_load(&r->stop)) {
    mkdirat(r->fd, "swap", 0700);
    unlinkat(r->fd, "swap", AT_REMOVEDIR);
    symlinkat("..", r->fd, "swap");
    unlinkat(r->fd, "swap", 0);
  }
  return NULL;
}

static void check_race(struct wasi_base base) {
  struct racer racer = {.fd = base.fd};
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, race, &racer), 0);
  for (int i = 0; i < 3000; i++) {
    assert_true(look(base, "swap/secret", O_RDONLY) < 0);
    assert_true(look(base, "dir/../swap/secret", O_RDONLY) < 0);
  }
  atomic_store(&racer.stop, true);
  pthread_join(thread, NULL);
}

static void a_link_that_is_made_during_the_walk_leads_nowhere(void **state) {
  (void)state;
  with_both_ways(check_race);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_inside_is_found),
      cmocka_unit_test(what_is_outside_is_refused),
      cmocka_unit_test(errors_are_the_systems),
      cmocka_unit_test(texts_that_are_no_paths),
      cmocka_unit_test(places_of_new_names_are_inside),
      cmocka_unit_test(a_link_that_is_made_during_the_walk_leads_nowhere),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
