/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What functions of wasi:filesystem refuse, each by both ways of resolving paths: every path that leads outside, every
 * change below a read-only directory, and texts that are no paths.
 */
#include "fake_files.h"

#include <sys/sysmacros.h>

/* ---- outside ----------------------------------------------------------------------------------------------------- */

static const char *const outside[] = {
    "..", "../x", "/", "/etc/passwd", "dir/../../x", "up/x", "./../x", "to-root/x", "dir/up/up/x", "dir/../up/../x",
};

static weir_value at_path(struct files *f) {
  (void)f;
  return flags(WASI_FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW);
}

static weir_value no_change(void) {
  weir_value value;
  assert_int_equal(weir_value_new_variant(WASI_FILESYSTEM_NEW_TIMESTAMP_NO_CHANGE, NULL, &value), WEIR_OK);
  return value;
}

/* Each function with a path, by a number; -2: there are no more. */
static int try_function(struct files *f, int number, const char *path) {
  weir_value d = f->top;
  switch (number) {
    case 0:
      return CODE_OF(f, "stat-at", d, at_path(f), text(path));
    case 1:
      return CODE_OF(f, "metadata-hash-at", d, at_path(f), text(path));
    case 2:
      return CODE_OF(f, "open-at", d, at_path(f), text(path), flags(0), flags(READS));
    case 3:
      return CODE_OF(f, "readlink-at", d, text(path));
    case 4:
      return CODE_OF(f, "open-at", d, at_path(f), text(path), flags(WASI_OPEN_CREATE), flags(WRITES));
    case 5:
      return CODE_OF(f, "set-times-at", d, at_path(f), text(path), no_change(), no_change());
    case 6:
      return CODE_OF(f, "create-directory-at", d, text(path));
    case 7:
      return CODE_OF(f, "remove-directory-at", d, text(path));
    case 8:
      return CODE_OF(f, "unlink-file-at", d, text(path));
    case 9:
      return CODE_OF(f, "symlink-at", d, text("file"), text(path));
    case 10:
      return CODE_OF(f, "link-at", d, flags(0), text(path), d, text("new"));
    case 11:
      return CODE_OF(f, "link-at", d, flags(0), text("file"), d, text(path));
    case 12:
      return CODE_OF(f, "rename-at", d, text(path), d, text("new"));
    case 13:
      return CODE_OF(f, "rename-at", d, text("file"), d, text(path));
    default:
      return -2;
  }
}

enum { FIRST_THAT_CHANGES = 4 };

static void make_tree(struct files *f) {
  put_file(f, "file", "four");
  assert_int_equal(mkdirat(f->fd, "dir", 0700), 0);
  assert_int_equal(symlinkat("..", f->fd, "up"), 0);
  assert_int_equal(symlinkat("..", f->fd, "dir/up"), 0);
  assert_int_equal(symlinkat("/", f->fd, "to-root"), 0);
}

static void check_outside(struct files *f) {
  make_tree(f);
  for (int function = 0; try_function(f, function, "..") != -2; function++)
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
      if (try_function(f, function, outside[i]) != CODE(NOT_PERMITTED))
        fail_msg("function %d, path %s: code %d", function, outside[i], try_function(f, function, outside[i]));
  assert_true(has_file(f, "file"));
}

static void no_function_leaves_its_directory(void **state) {
  (void)state;
  files_both_ways(check_outside);
}

/* A path's last name may be a link that leads out: functions that follow it refuse, and the others take the link. */
static void check_last_links(struct files *f) {
  int code;
  make_tree(f);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, at_path(f), text("up")), CODE(NOT_PERMITTED));
  assert_int_equal(CODE_OF(f, "stat-at", f->top, flags(0), text("up")), OK);
  assert_int_equal(CODE_OF(f, "open-at", f->top, flags(0), text("up"), flags(0), flags(READS)), CODE(LOOP));
  files_open(f, f->top, "up", WASI_OPEN_CREATE, WRITES, &code);
  assert_int_equal(code, CODE(NOT_PERMITTED));
  assert_int_equal(CODE_OF(f, "link-at", f->top, flags(0), text("up"), f->top, text("hard")), OK);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, at_path(f), text("hard")), CODE(NOT_PERMITTED));
  assert_int_equal(CODE_OF(f, "rename-at", f->top, text("hard"), f->top, text("moved")), OK);
  assert_int_equal(CODE_OF(f, "unlink-file-at", f->top, text("moved")), OK);
  assert_int_equal(CODE_OF(f, "remove-directory-at", f->top, text("up")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("up")), CODE(EXIST));
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("up/")), CODE(EXIST));
}

static void a_link_at_the_end_is_taken_or_refused(void **state) {
  (void)state;
  files_both_ways(check_last_links);
}

/* A directory is moved away from under its descriptor: paths still start there, and go no higher. */
static void check_moved(struct files *f) {
  make_tree(f);
  assert_int_equal(mkdirat(f->fd, "dir/deep", 0700), 0);
  weir_value deep = must_open(f, "dir/deep", WASI_OPEN_DIRECTORY, READS);
  assert_int_equal(renameat(f->fd, "dir/deep", f->fd, "deep"), 0);
  assert_int_equal(CODE_OF(f, "stat-at", deep, flags(0), text("../file")), CODE(NOT_PERMITTED));
  assert_int_equal(CODE_OF(f, "stat-at", deep, flags(0), text(".")), OK);
}

static void a_descriptor_is_a_sandbox_too(void **state) {
  (void)state;
  files_both_ways(check_moved);
}

/* A device in the directory is not in the directory. */
static void check_devices(struct files *f) {
  int code;
  if (mknodat(f->fd, "null", S_IFCHR | 0600, makedev(1, 3)) != 0)
    return; /* who runs this may not make devices */
  assert_int_equal(mknodat(f->fd, "memory", S_IFCHR | 0600, makedev(1, 1)), 0);
  assert_int_equal(mknodat(f->fd, "terminal", S_IFCHR | 0600, makedev(5, 0)), 0);
  assert_int_equal(mknodat(f->fd, "disk", S_IFBLK | 0600, makedev(7, 0)), 0);
  files_open(f, f->top, "null", 0, READS | WRITES, &code);
  assert_int_equal(code, OK);
  for (const char *const *name = (const char *const[]){"memory", "terminal", "disk", NULL}; *name; name++) {
    files_open(f, f->top, *name, 0, READS, &code);
    assert_int_not_equal(code, OK);
    assert_int_equal(CODE_OF(f, "stat-at", f->top, flags(0), text(*name)), OK);
  }
}

static void devices_are_not_opened(void **state) {
  (void)state;
  files_both_ways(check_devices);
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static void check_texts(struct files *f) {
  char name[300], path[5000];
  weir_value with_nul;
  memset(name, 'n', sizeof(name));
  name[sizeof(name) - 1] = '\0';
  memset(path, '/', sizeof(path));
  path[0] = 'a';
  path[sizeof(path) - 1] = '\0';
  put_file(f, "file", "four");
  for (int function = 0; try_function(f, function, "..") != -2; function++) {
    assert_int_equal(try_function(f, function, ""), CODE(NO_ENTRY));
    assert_int_equal(try_function(f, function, path), CODE(NAME_TOO_LONG));
    assert_int_equal(try_function(f, function, name), CODE(NAME_TOO_LONG));
  }
  assert_int_equal(weir_value_new_string("file\0x", 6, &with_nul), WEIR_OK);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, flags(0), with_nul), CODE(INVALID));
}

static void texts_that_are_no_paths_are_refused(void **state) {
  (void)state;
  files_both_ways(check_texts);
}

/* ---- read-only --------------------------------------------------------------------------------------------------- */

/* Like case, but the host was made anew over the same folder, read-only. */
static void reopen_read_only(struct files *f) {
  bench_close(&f->b);
  files_open_host(f, &no_limits, true);
}

static void check_read_only(struct files *f) {
  int code;
  make_tree(f);
  reopen_read_only(f);
  for (int function = 0; function < FIRST_THAT_CHANGES; function++)
    assert_int_not_equal(try_function(f, function, "file"), CODE(READ_ONLY));
  for (int function = FIRST_THAT_CHANGES; try_function(f, function, "x") != -2; function++)
    if (try_function(f, function, "file") != CODE(READ_ONLY))
      fail_msg("function %d: code %d", function, try_function(f, function, "file"));
  weir_value file = must_open(f, "file", 0, READS);
  assert_int_equal(CODE_OF(f, "set-times", file, no_change(), no_change()), CODE(READ_ONLY));
  assert_int_equal(CODE_OF(f, "set-times", f->top, no_change(), no_change()), CODE(READ_ONLY));
  assert_int_equal(CODE_OF(f, "set-size", file, number(0)), CODE(BAD_DESCRIPTOR));
  files_open(f, f->top, "dir", WASI_OPEN_DIRECTORY, READS | MUTATES, &code);
  assert_int_equal(code, CODE(READ_ONLY));
  files_open(f, f->top, "file", WASI_OPEN_TRUNCATE, READS, &code);
  assert_int_equal(code, CODE(READ_ONLY));
  assert_int_equal(CALL(f, "get-flags", f->top)->result.of.payload->of.flags, READS);
}

static void below_a_read_only_directory_nothing_is_changed(void **state) {
  (void)state;
  files_both_ways(check_read_only);
}

/* A directory that was opened without the flag does not give it either. */
static void check_flag(struct files *f) {
  int code;
  make_tree(f);
  weir_value dir = must_open(f, "dir", WASI_OPEN_DIRECTORY, READS);
  assert_int_equal(CODE_OF(f, "create-directory-at", dir, text("x")), CODE(READ_ONLY));
  files_open(f, dir, ".", WASI_OPEN_DIRECTORY, READS | MUTATES, &code);
  assert_int_equal(code, CODE(READ_ONLY));
}

static void a_directory_gives_no_more_than_it_has(void **state) {
  (void)state;
  files_both_ways(check_flag);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_function_leaves_its_directory),
      cmocka_unit_test(a_link_at_the_end_is_taken_or_refused),
      cmocka_unit_test(a_descriptor_is_a_sandbox_too),
      cmocka_unit_test(devices_are_not_opened),
      cmocka_unit_test(texts_that_are_no_paths_are_refused),
      cmocka_unit_test(below_a_read_only_directory_nothing_is_changed),
      cmocka_unit_test(a_directory_gives_no_more_than_it_has),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
