/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The asynchronous functions of wasi:filesystem/types, each by both ways of resolving paths: what they do, what they
 * refuse, and what is left of a call that its guest gives up.
 */
#include "fake_files.h"

#include "support/fault.h"

/* ---- open -------------------------------------------------------------------------------------------------------- */

static void check_open(struct files *f) {
  static const struct {
    const char *path;
    uint32_t open_flags, flags;
    int code;
  } cases[] = {
      {"none", 0, READS, CODE(NO_ENTRY)},
      {"new", WASI_OPEN_CREATE, WRITES, OK},
      {"new", WASI_OPEN_CREATE | WASI_OPEN_EXCLUSIVE, WRITES, CODE(EXIST)},
      {"new", 0, READS, OK},
      {"new", WASI_OPEN_DIRECTORY, READS, CODE(NOT_DIRECTORY)},
      {"new/", 0, READS, CODE(NOT_DIRECTORY)},
      {"dir", WASI_OPEN_DIRECTORY, READS, OK},
      {"dir", WASI_OPEN_DIRECTORY, READS | MUTATES, OK},
      {"dir", 0, WRITES, CODE(IS_DIRECTORY)},
      {"dir", WASI_OPEN_TRUNCATE, WRITES, CODE(IS_DIRECTORY)},
      {"dir", WASI_OPEN_DIRECTORY | WASI_OPEN_CREATE, READS, CODE(INVALID)},
      {"dir/deep/file", WASI_OPEN_CREATE, READS | WRITES, CODE(NO_ENTRY)},
      {".", 0, READS, OK},
      {"", 0, READS, CODE(NO_ENTRY)},
      {"to-dir/", 0, READS, OK},
      {"dangling", WASI_OPEN_CREATE, WRITES, OK},
      {"loop", 0, READS, CODE(LOOP)},
  };
  assert_int_equal(mkdirat(f->fd, "dir", 0700), 0);
  assert_int_equal(symlinkat("dir", f->fd, "to-dir"), 0);
  assert_int_equal(symlinkat("made", f->fd, "dangling"), 0);
  assert_int_equal(symlinkat("loop", f->fd, "loop"), 0);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    int code;
    files_open(f, f->top, cases[i].path, cases[i].open_flags, cases[i].flags, &code);
    if (code != cases[i].code)
      fail_msg("%s (case %zu): code %d, not %d", cases[i].path, i, code, cases[i].code);
  }
  assert_true(has_file(f, "made"));
}

static void files_are_opened_and_made(void **state) {
  (void)state;
  files_both_ways(check_open);
}

static void check_truncate(struct files *f) {
  struct stat info;
  put_file(f, "file", "text");
  must_open(f, "file", WASI_OPEN_TRUNCATE, WRITES);
  assert_int_equal(fstatat(f->fd, "file", &info, 0), 0);
  assert_int_equal(info.st_size, 0);
}

static void a_file_is_cut_when_it_is_opened(void **state) {
  (void)state;
  files_both_ways(check_truncate);
}

/* Neither end of a pipe is waited for, and a terminal does not become ours. */
static void check_pipe(struct files *f) {
  int code;
  assert_int_equal(mkfifoat(f->fd, "pipe", 0600), 0);
  weir_value pipe = must_open(f, "pipe", 0, READS);
  files_open(f, f->top, "pipe", 0, READS | WRITES, &code);
  assert_int_equal(code, OK);
  weir_host_call *call = CALL(f, "get-type", pipe);
  assert_int_equal(call->result.of.payload->tag, WASI_FILESYSTEM_DESCRIPTOR_TYPE_FIFO);
}

static void a_pipe_is_opened_without_waiting(void **state) {
  (void)state;
  files_both_ways(check_pipe);
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

static uint64_t size_of(const weir_host_call *call) {
  assert_int_equal(code_of(call), OK);
  return call->result.of.payload->of.list.items[2].of.u64;
}

static void check_stat(struct files *f) {
  put_file(f, "file", "four");
  assert_int_equal(symlinkat("file", f->fd, "link"), 0);
  weir_value file = must_open(f, "file", 0, READS);
  weir_value follow = flags(WASI_FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW);
  assert_int_equal(size_of(CALL(f, "stat", file)), 4);
  assert_int_equal(size_of(CALL(f, "stat-at", f->top, flags(0), text("file"))), 4);
  assert_int_equal(size_of(CALL(f, "stat-at", f->top, follow, text("link"))), 4);
  weir_host_call *link = CALL(f, "stat-at", f->top, flags(0), text("link"));
  assert_int_equal(link->result.of.payload->of.list.items[0].tag, WASI_FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, flags(0), text("none")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "stat-at", file, flags(0), text("x")), CODE(NOT_DIRECTORY));
}

static void attributes_are_told(void **state) {
  (void)state;
  files_both_ways(check_stat);
}

/* A name that was asked for a moment ago is asked for in another way, and what it is may have changed since. */
static void check_recent(struct files *f) {
  weir_value follow = flags(WASI_FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW);
  put_file(f, "name", "four");
  for (int i = 0; i < 3; i++)
    assert_int_equal(size_of(CALL(f, "stat-at", f->top, follow, text("name"))), 4);
  put_file(f, "name", "fives");
  assert_int_equal(size_of(CALL(f, "stat-at", f->top, follow, text("name"))), 5);
  assert_int_equal(unlinkat(f->fd, "name", 0), 0);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, follow, text("name")), CODE(NO_ENTRY));
  assert_int_equal(symlinkat("/etc/passwd", f->fd, "name"), 0);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, follow, text("name")), CODE(NOT_PERMITTED));
  weir_host_call *link = CALL(f, "stat-at", f->top, flags(0), text("name"));
  assert_int_equal(link->result.of.payload->of.list.items[0].tag, WASI_FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, follow, text("..")), CODE(NOT_PERMITTED));
}

static void what_was_asked_for_of_late_is_told_as_it_is_now(void **state) {
  (void)state;
  files_both_ways(check_recent);
}

static bool same_hash(weir_host_call *a, weir_host_call *b) {
  assert_int_equal(code_of(a), OK);
  return weir_value_equal(a->result.of.payload, b->result.of.payload);
}

static void check_identity(struct files *f) {
  put_file(f, "file", "four");
  put_file(f, "other", "four");
  weir_value a = must_open(f, "file", 0, READS), b = must_open(f, "file", 0, READS | WRITES);
  weir_value c = must_open(f, "other", 0, READS);
  assert_true(CALL(f, "is-same-object", a, b)->result.of.boolean);
  assert_false(CALL(f, "is-same-object", a, c)->result.of.boolean);
  weir_host_call *before = CALL(f, "metadata-hash", a);
  assert_true(same_hash(before, CALL(f, "metadata-hash-at", f->top, flags(0), text("file"))));
  assert_false(same_hash(before, CALL(f, "metadata-hash", c)));
  assert_int_equal(CODE_OF(f, "set-size", b, number(9)), OK);
  assert_false(same_hash(before, CALL(f, "metadata-hash", a)));
  assert_int_equal(CALL(f, "get-flags", b)->result.of.payload->of.flags, READS | WRITES);
  assert_int_equal(CALL(f, "get-type", f->top)->result.of.payload->tag, WASI_FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY);
}

static void files_are_told_apart(void **state) {
  (void)state;
  files_both_ways(check_identity);
}

static weir_value time_value(uint32_t tag, int64_t seconds, uint32_t nanoseconds) {
  weir_value instant = {0}, value;
  if (tag == WASI_FILESYSTEM_NEW_TIMESTAMP_TIMESTAMP) {
    assert_int_equal(weir_value_new_record(2, &instant), WEIR_OK);
    instant.of.list.items[0] = (weir_value){.kind = WEIR_VALUE_S64, .of.s64 = seconds};
    instant.of.list.items[1] = (weir_value){.kind = WEIR_VALUE_U32, .of.u32 = nanoseconds};
  }
  assert_int_equal(weir_value_new_variant(tag, instant.kind == WEIR_VALUE_NONE ? NULL : &instant, &value), WEIR_OK);
  return value;
}

static void check_times(struct files *f) {
  enum { NO_CHANGE = WASI_FILESYSTEM_NEW_TIMESTAMP_NO_CHANGE, AT = WASI_FILESYSTEM_NEW_TIMESTAMP_TIMESTAMP };
  struct stat info;
  put_file(f, "file", "four");
  assert_int_equal(symlinkat("file", f->fd, "link"), 0);
  weir_value file = must_open(f, "file", 0, READS);
  assert_int_equal(CODE_OF(f, "set-times", file, time_value(NO_CHANGE, 0, 0), time_value(AT, 1000, 5)), OK);
  assert_int_equal(fstatat(f->fd, "file", &info, 0), 0);
  assert_true(info.st_mtim.tv_sec == 1000 && info.st_mtim.tv_nsec == 5 && info.st_atim.tv_sec > 1000);
  weir_value link = text("link");
  assert_int_equal(CODE_OF(f, "set-times-at", f->top, flags(0), link, time_value(AT, 7, 0), time_value(AT, 8, 0)), OK);
  assert_int_equal(fstatat(f->fd, "link", &info, AT_SYMLINK_NOFOLLOW), 0);
  assert_true(info.st_atim.tv_sec == 7 && info.st_mtim.tv_sec == 8);
  assert_int_equal(fstatat(f->fd, "file", &info, 0), 0);
  assert_int_equal(info.st_mtim.tv_sec, 1000);
  assert_int_equal(CODE_OF(f, "set-times", file, time_value(AT, 1, 1000000000), time_value(NO_CHANGE, 0, 0)),
                   CODE(INVALID));
}

static void times_are_set(void **state) {
  (void)state;
  files_both_ways(check_times);
}

static void check_sizes(struct files *f) {
  struct stat info;
  put_file(f, "file", "four");
  weir_value read = must_open(f, "file", 0, READS), written = must_open(f, "file", 0, WRITES);
  assert_int_equal(CODE_OF(f, "set-size", written, number(1000)), OK);
  assert_int_equal(fstatat(f->fd, "file", &info, 0), 0);
  assert_int_equal(info.st_size, 1000);
  assert_int_equal(CODE_OF(f, "set-size", read, number(1)), CODE(BAD_DESCRIPTOR));
  assert_int_equal(CODE_OF(f, "set-size", f->top, number(1)), CODE(IS_DIRECTORY));
  assert_int_equal(CODE_OF(f, "set-size", written, number(UINT64_MAX)), CODE(FILE_TOO_LARGE));
}

static void sizes_are_set(void **state) {
  (void)state;
  files_both_ways(check_sizes);
}

static void check_syncs(struct files *f) {
  weir_value advice = {.kind = WEIR_VALUE_VARIANT, .tag = WASI_FILESYSTEM_ADVICE_WILL_NEED};
  put_file(f, "file", "four");
  weir_value file = must_open(f, "file", 0, READS | WRITES);
  assert_int_equal(CODE_OF(f, "sync", file), OK);
  assert_int_equal(CODE_OF(f, "sync-data", file), OK);
  assert_int_equal(CODE_OF(f, "sync", f->top), OK);
  assert_int_equal(CODE_OF(f, "advise", file, number(0), number(4), advice), OK);
  assert_int_equal(CODE_OF(f, "advise", file, number(UINT64_MAX), number(4), advice), CODE(INVALID));
  assert_int_equal(CODE_OF(f, "advise", f->top, number(0), number(4), advice), CODE(BAD_DESCRIPTOR));
}

static void files_are_synced_and_advised_on(void **state) {
  (void)state;
  files_both_ways(check_syncs);
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static void check_directories(struct files *f) {
  put_file(f, "file", "four");
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("dir")), OK);
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("dir")), CODE(EXIST));
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("dir/deep/")), OK);
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("none/deep")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("file/deep")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text(".")), CODE(EXIST));
  assert_int_equal(CODE_OF(f, "remove-directory-at", f->top, text("dir")), CODE(NOT_EMPTY));
  assert_int_equal(CODE_OF(f, "unlink-file-at", f->top, text("dir")), CODE(IS_DIRECTORY));
  assert_int_equal(CODE_OF(f, "remove-directory-at", f->top, text("dir/deep/")), OK);
  assert_int_equal(CODE_OF(f, "remove-directory-at", f->top, text("dir")), OK);
  assert_int_equal(CODE_OF(f, "remove-directory-at", f->top, text("file")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "unlink-file-at", f->top, text("file/")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "unlink-file-at", f->top, text("file")), OK);
  assert_int_equal(CODE_OF(f, "unlink-file-at", f->top, text("file")), CODE(NO_ENTRY));
}

static void directories_and_files_are_removed(void **state) {
  (void)state;
  files_both_ways(check_directories);
}

static void check_links(struct files *f) {
  put_file(f, "file", "four");
  assert_int_equal(CODE_OF(f, "symlink-at", f->top, text("file"), text("soft")), OK);
  weir_host_call *call = CALL(f, "readlink-at", f->top, text("soft"));
  assert_int_equal(code_of(call), OK);
  assert_int_equal(call->result.of.payload->of.string.size, 4);
  assert_memory_equal(call->result.of.payload->of.string.data, "file", 4);
  assert_int_equal(CODE_OF(f, "readlink-at", f->top, text("file")), CODE(INVALID));
  assert_int_equal(CODE_OF(f, "readlink-at", f->top, text("none")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "symlink-at", f->top, text("/etc"), text("x")), CODE(NOT_PERMITTED));
  assert_int_equal(CODE_OF(f, "symlink-at", f->top, text("file"), text("soft")), CODE(EXIST));
  assert_int_equal(CODE_OF(f, "link-at", f->top, flags(0), text("file"), f->top, text("hard")), OK);
  assert_int_equal(CODE_OF(f, "link-at", f->top, flags(0), text("file"), f->top, text("hard")), CODE(EXIST));
  assert_int_equal(CODE_OF(f, "link-at", f->top, flags(0), text("none"), f->top, text("x")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "link-at", f->top, flags(0), text("."), f->top, text("x")), CODE(NOT_PERMITTED));
  assert_int_equal(CODE_OF(f, "link-at", f->top, flags(0), text("file"), f->top, text("x/")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "link-at", f->top, flags(0), text("file/"), f->top, text("x")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "symlink-at", f->top, text("file"), text("soft/")), CODE(EXIST));
  assert_int_equal(CODE_OF(f, "symlink-at", f->top, text("file"), text("none/")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "readlink-at", f->top, text("none/")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "readlink-at", f->top, text("file/")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "readlink-at", f->top, text("./")), CODE(INVALID));
  assert_int_equal(CODE_OF(f, "unlink-file-at", f->top, text("none/")), CODE(NO_ENTRY));
  weir_value follow = flags(WASI_FILESYSTEM_PATH_FLAGS_SYMLINK_FOLLOW);
  assert_int_equal(CODE_OF(f, "link-at", f->top, follow, text("soft"), f->top, text("x")), CODE(INVALID));
  assert_int_equal(symlinkat("/etc/passwd", f->fd, "absolute"), 0);
  assert_int_equal(CODE_OF(f, "readlink-at", f->top, text("absolute")), CODE(NOT_PERMITTED));
  assert_int_equal(symlinkat("\xff", f->fd, "no-text"), 0);
  assert_int_equal(CODE_OF(f, "readlink-at", f->top, text("no-text")), CODE(ILLEGAL_BYTE_SEQUENCE));
}

static void links_are_made_and_read(void **state) {
  (void)state;
  files_both_ways(check_links);
}

static void check_renames(struct files *f) {
  put_file(f, "file", "four");
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("dir")), OK);
  weir_value dir = must_open(f, "dir", WASI_OPEN_DIRECTORY, READS | MUTATES);
  assert_int_equal(CODE_OF(f, "rename-at", f->top, text("file"), dir, text("moved")), OK);
  assert_true(has_file(f, "dir/moved") && !has_file(f, "file"));
  assert_int_equal(CODE_OF(f, "rename-at", f->top, text("dir/moved"), f->top, text("x/")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "rename-at", f->top, text("dir/moved/"), f->top, text("x")), CODE(NOT_DIRECTORY));
  assert_int_equal(CODE_OF(f, "rename-at", f->top, text("none"), f->top, text("x")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(f, "rename-at", f->top, text("dir/"), f->top, text("dir2/")), OK);
  assert_true(has_file(f, "dir2/moved"));
}

static void names_are_changed(void **state) {
  (void)state;
  files_both_ways(check_renames);
}

/* ---- calls that are given up ------------------------------------------------------------------------------------- */

static weir_host_call *begin_directory(struct files *f, const char *name) {
  weir_value args[] = {f->top, text(name)};
  weir_host_call *call = fake_call(&f->b.linker, &f->b.store, "wasi:filesystem/types@0.3.0",
                                   "[method]descriptor.create-directory-at", args, 2);
  weir_value_clear(&args[1]);
  return call;
}

/* More than run at once: some have begun, and some have not. */
static void check_cancel(struct files *f) {
  enum { CALLS = 40 };
  weir_host_call *calls[CALLS];
  for (int i = 0; i < CALLS; i++) {
    char name[16];
    snprintf(name, sizeof(name), "d%d", i);
    calls[i] = begin_directory(f, name);
    assert_false(calls[i]->finished);
  }
  for (int i = 0; i < CALLS; i++) {
    calls[i]->cancel(calls[i]->data, calls[i]);
    assert_true(calls[i]->cancelled);
  }
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("after")), OK);
  assert_false(has_file(f, "d39"));
}

static void a_call_that_is_cancelled_ends_at_once(void **state) {
  (void)state;
  files_both_ways(check_cancel);
}

static void check_store_goes(struct files *f) {
  begin_directory(f, "a");
  begin_directory(f, "b"); /* files_end() frees the store, and then the host */
}

static void a_store_and_its_host_go_while_calls_run(void **state) {
  (void)state;
  files_both_ways(check_store_goes);
}

/* ---- a disk that does not answer --------------------------------------------------------------------------------- */

struct stalled { /* a job that ends when its pipe has a byte */
  struct wasi_job job;
  int pipe[2];
  bool ended;
};

static void stall(struct wasi_job *job) {
  char byte;
  assert_int_equal(read(LIST_OWNER(job, struct stalled, job)->pipe[0], &byte, 1), 1);
}

static void stalled_ended(struct wasi_job *job) {
  LIST_OWNER(job, struct stalled, job)->ended = true;
}

/* Fewer than libuv has threads. */
static void check_stalled(struct files *f) {
  enum { STALLED = 3 };
  struct stalled all[STALLED] = {0};
  for (int i = 0; i < STALLED; i++) {
    assert_int_equal(pipe(all[i].pipe), 0);
    wasi_pool_start(&f->b.wasi->files.pool, &all[i].job, stall, stalled_ended);
  }
  put_file(f, "file", "four");
  assert_int_equal(CODE_OF(f, "create-directory-at", f->top, text("dir")), OK);
  assert_int_equal(CODE_OF(f, "stat-at", f->top, flags(0), text("file")), OK);
  files_drop(f, must_open(f, "dir/../file", 0, READS));
  for (int i = 0; i < STALLED; i++) {
    assert_false(all[i].ended);
    assert_int_equal(write(all[i].pipe[1], "x", 1), 1);
    while (!all[i].ended)
      uv_run(f->b.wasi->loop, UV_RUN_ONCE);
    close(all[i].pipe[0]);
    close(all[i].pipe[1]);
  }
}

static void a_disk_that_does_not_answer_holds_up_nothing_else(void **state) {
  (void)state;
  files_both_ways(check_stalled);
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

static void check_many(struct files *f) {
  int code, before;
  put_file(f, "file", "four");
  before = open_descriptors();
  for (int i = 0; i < 50000; i++) { /* by both ways: 100,000 */
    weir_value args[] = {f->top, flags(0), text("file"), flags(0), flags(READS)};
    weir_host_call *call =
        fake_call(&f->b.linker, &f->b.store, "wasi:filesystem/types@0.3.0", "[method]descriptor.open-at", args, 5);
    while (!call->finished)
      uv_run(f->b.wasi->loop, UV_RUN_ONCE);
    files_drop(f, *call->result.of.payload);
    weir_value_clear(&args[2]);
    weir_value_clear(&call->result);
    list_remove(&call->node);
    free(call);
  }
  assert_int_equal(open_descriptors(), before);
  assert_int_equal(f->b.wasi->files.table.slots.count, 2);
  files_open(f, f->top, "none", 0, READS, &code);
  assert_int_equal(code, CODE(NO_ENTRY));
}

static void many_opens_and_closes_leave_nothing(void **state) {
  (void)state;
  files_both_ways(check_many);
}

static void so_many_descriptors_and_no_more(void **state) {
  (void)state;
  struct files f;
  int code;
  files_begin(&f, &(weir_wasi_config){.max_descriptors = 3}, false);
  must_open(&f, ".", 0, READS);
  weir_value last = must_open(&f, ".", 0, READS);
  int before = open_descriptors();
  files_open(&f, f.top, ".", 0, READS, &code);
  assert_int_equal(code, CODE(QUOTA));
  assert_int_equal(open_descriptors(), before);
  files_drop(&f, last);
  files_open(&f, f.top, ".", 0, READS, &code);
  assert_int_equal(code, OK);
  files_end(&f);
}

static void without_memory_for_it_a_request_fails(void **state) {
  (void)state;
  struct files f;
  files_begin(&f, &(weir_wasi_config){.max_file_bytes = 10}, false);
  assert_int_equal(CODE_OF(&f, "create-directory-at", f.top, text("dir")), CODE(INSUFFICIENT_MEMORY));
  files_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(files_are_opened_and_made),
      cmocka_unit_test(a_file_is_cut_when_it_is_opened),
      cmocka_unit_test(a_pipe_is_opened_without_waiting),
      cmocka_unit_test(attributes_are_told),
      cmocka_unit_test(what_was_asked_for_of_late_is_told_as_it_is_now),
      cmocka_unit_test(files_are_told_apart),
      cmocka_unit_test(times_are_set),
      cmocka_unit_test(sizes_are_set),
      cmocka_unit_test(files_are_synced_and_advised_on),
      cmocka_unit_test(directories_and_files_are_removed),
      cmocka_unit_test(links_are_made_and_read),
      cmocka_unit_test(names_are_changed),
      cmocka_unit_test(a_call_that_is_cancelled_ends_at_once),
      cmocka_unit_test(a_store_and_its_host_go_while_calls_run),
      cmocka_unit_test(a_disk_that_does_not_answer_holds_up_nothing_else),
      cmocka_unit_test(many_opens_and_closes_leave_nothing),
      cmocka_unit_test(so_many_descriptors_and_no_more),
      cmocka_unit_test(without_memory_for_it_a_request_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
