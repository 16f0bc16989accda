/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The file system of a host as its embedder sees it: preopened directories, what is told of refusals, hosts on loops of
 * others that go while work is under way, and failing allocation.
 */
#include "fake_files.h"

#include "support/fault.h"

/* ---- configurations ---------------------------------------------------------------------------------------------- */

static weir_status try_config(const weir_wasi_preopen *preopens, size_t count, const char *words) {
  weir_wasi_config config = {.size = sizeof(config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
  weir_wasi *wasi = NULL;
  weir_error *error = NULL;
  config.preopens = preopens;
  config.preopen_count = count;
  int before = open_descriptors();
  weir_status status = weir_wasi_new(&config, &wasi, &error);
  if (status != WEIR_OK)
    assert_non_null(strstr(weir_error_message(error), words));
  weir_error_free(error);
  weir_wasi_free(wasi);
  assert_int_equal(open_descriptors(), before);
  return status;
}

static void directories_that_cannot_be_had(void **state) {
  (void)state;
  weir_wasi_preopen good = {.host_path = "/tmp"}, none = {.host_path = "/none/of/that"};
  weir_wasi_preopen no_text = {.host_path = "/tmp", .guest_path = "\xff"}, no_path = {.fd = 0},
                    closed = {"x", NULL, 999, 0};
  weir_wasi *first = NULL;
  assert_int_equal(weir_wasi_new(NULL, &first, NULL), WEIR_OK); /* libuv keeps descriptors from its first loop on */
  weir_wasi_free(first);
  assert_int_equal(try_config(&good, 1, ""), WEIR_OK);
  assert_int_equal(try_config((weir_wasi_preopen[]){good, none}, 2, "`/none/of/that` cannot be opened"), WEIR_ERR_IO);
  assert_int_equal(try_config(&closed, 1, "descriptor 999"), WEIR_ERR_IO);
  assert_int_equal(try_config(&no_text, 1, "not UTF-8"), WEIR_ERR_MALFORMED);
  assert_int_equal(try_config(&no_path, 1, "no path for guests"), WEIR_ERR_MISUSE);
  assert_int_equal(try_config(NULL, 1, "without the array"), WEIR_ERR_MISUSE);
}

/* A path for guests that goes with a descriptor, which the embedder may close; two directories in their order. */
static void directories_by_descriptor_and_by_path(void **state) {
  (void)state;
  struct files f;
  files_begin(&f, &no_limits, false);
  put_file(&f, "file", "four");
  bench_close(&f.b);
  int fd = open(f.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  weir_wasi_preopen preopens[] = {{.guest_path = "/one", .fd = fd}, {.host_path = "/tmp", .read_only = true}};
  weir_wasi_config config = {.size = sizeof(config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
  config.preopens = preopens;
  config.preopen_count = 2;
  f.b = (struct bench){0};
  store_init(&f.b.store);
  assert_int_equal(weir_wasi_new(&config, &f.b.wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(f.b.wasi, &f.b.linker, NULL), WEIR_OK);
  close(fd);
  const weir_value *given = files_call(&f, "get-directories", NULL, 0)->result.of.list.items;
  assert_memory_equal(given[0].of.list.items[1].of.string.data, "/one", 4);
  assert_memory_equal(given[1].of.list.items[1].of.string.data, "/tmp", 4);
  f.top = given[0].of.list.items[0];
  assert_int_equal(CODE_OF(&f, "stat-at", f.top, flags(0), text("file")), OK);
  assert_int_equal(CODE_OF(&f, "rename-at", f.top, text("file"), given[1].of.list.items[0], text("x")),
                   CODE(READ_ONLY));
  files_end(&f);
}

/* ---- refusals ---------------------------------------------------------------------------------------------------- */

struct told {
  int count;
  weir_wasi_grant grant;
  char path[64];
};

static void note_refusal(void *data, weir_wasi_grant grant, const char *path) {
  struct told *told = data;
  told->count++;
  told->grant = grant;
  snprintf(told->path, sizeof(told->path), "%s", path);
}

static void assert_told(struct told *told, int count, weir_wasi_grant grant, const char *path) {
  assert_int_equal(told->count, count);
  assert_int_equal(told->grant, grant);
  assert_string_equal(told->path, path);
}

static void an_embedder_is_told_what_was_refused(void **state) {
  (void)state;
  struct files f;
  struct told told = {0};
  files_begin(&f, &(weir_wasi_config){.on_refused = note_refusal, .refused_data = &told}, false);
  put_file(&f, "file", "four");
  CALL(&f, "stat-at", f.top, flags(0), text("none"));
  CALL(&f, "symlink-at", f.top, text("file"), text("file"));
  assert_int_equal(told.count, 0);
  CALL(&f, "stat-at", f.top, flags(0), text("a/../../x"));
  CALL(&f, "stat-at", f.top, flags(0), text("/etc/passwd"));
  assert_told(&told, 1, WEIR_WASI_GRANT_DIR, "/etc/passwd"); /* of the first, `a` is missing */
  CALL(&f, "unlink-file-at", f.top, text("../b/c"));
  assert_told(&told, 2, WEIR_WASI_GRANT_DIR, "../b/c");
  CALL(&f, "rename-at", f.top, text("file"), f.top, text("../d"));
  assert_told(&told, 3, WEIR_WASI_GRANT_DIR, "../d");
  files_end(&f);
  files_begin(&f, &(weir_wasi_config){.on_refused = note_refusal, .refused_data = &told}, true);
  CALL(&f, "create-directory-at", f.top, text("new"));
  assert_told(&told, 4, WEIR_WASI_GRANT_CHANGES, "new");
  files_end(&f);
}

/* ---- loops of others --------------------------------------------------------------------------------------------- */

/* Requests and a written buffer are under way when the host goes: it ends with the last of them. */
static void a_host_on_anothers_loop_goes_while_it_works(void **state) {
  (void)state;
  struct files f;
  uv_loop_t loop;
  weir_value readable;
  weir_stream *data;
  struct outcome outcome = {0};
  assert_int_equal(uv_loop_init(&loop), 0);
  files_begin(&f, &(weir_wasi_config){.loop = &loop}, false);
  weir_value file = must_open(&f, "file", WASI_OPEN_CREATE, WRITES);
  assert_int_equal(weir_stream_new(&f.b.store, WEIR_ELEMENT_U8, &readable, &data, NULL), WEIR_OK);
  CALL(&f, "append-via-stream", file, readable);
  assert_int_equal(weir_stream_write(data, "text", 4, outcome_note, &outcome, NULL), WEIR_OK);
  while (outcome.calls == 0)
    weir_store_step(&f.b.store);
  weir_value args[] = {f.top, text("dir")};
  fake_call(&f.b.linker, &f.b.store, "wasi:filesystem/types@0.3.0", "[method]descriptor.create-directory-at", args, 2);
  weir_value_clear(&args[1]);
  bench_close(&f.b);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
  struct stat info;
  assert_int_equal(fstatat(f.fd, "file", &info, 0), 0);
  assert_int_equal(info.st_size, 4);
  close(f.fd);
  char command[128];
  snprintf(command, sizeof(command), "rm -rf %s", f.folder);
  assert_int_equal(system(command), 0);
}

/* ---- failing ----------------------------------------------------------------------------------------------------- */

/* Ends early where a call fails. */
static bool use_files(struct files *f) {
  char bytes[8];
  struct outcome outcome = {0};
  int code;
  weir_value file = files_open(f, f->top, "file", WASI_OPEN_CREATE, READS | WRITES, &code);
  if (code != OK)
    return false;
  if (CODE_OF(f, "create-directory-at", f->top, text("dir")) == CODE(INSUFFICIENT_MEMORY))
    return false;
  const weir_host_call *call = CALL(f, "read-via-stream", file, number(0));
  if (call->failed)
    return false;
  weir_stream_read(fake_end(&call->result.of.list.items[0]), bytes, sizeof(bytes), outcome_note, &outcome, NULL);
  assert_int_equal(bench_drive(&f->b, &outcome), WEIR_OK);
  call = CALL(f, "read-directory", f->top);
  if (call->failed)
    return false;
  weir_value entry = {0};
  outcome = (struct outcome){0};
  weir_stream_read_values(fake_end(&call->result.of.list.items[0]), &entry, 1, outcome_note, &outcome, NULL);
  assert_int_equal(bench_drive(&f->b, &outcome), WEIR_OK);
  weir_value_clear(&entry);
  return true;
}

static weir_status use_host(const struct weir_alloc *alloc, void *ctx) {
  struct files *f = ctx;
  weir_wasi_preopen preopen = {.guest_path = "top", .host_path = f->folder};
  weir_wasi_config config = {.size = sizeof(config), .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
  struct diag d;
  config.preopens = &preopen;
  config.preopen_count = 1;
  f->b = (struct bench){0};
  diag_init(&d);
  weir_status status = wasi_host_new(alloc, &config, &f->b.wasi, &d);
  diag_done(&d);
  if (status != WEIR_OK)
    return status;
  store_init(&f->b.store);
  weir_wasi_link(f->b.wasi, &f->b.linker, NULL);
  f->b.wasi->files.preopens.items[0].file->at.way = WASI_PATH_WALK; /* everything by requests */
  const weir_host_call *call = files_call(f, "get-directories", NULL, 0);
  bool good = !call->failed;
  if (good) {
    f->top = call->result.of.list.items[0].of.list.items[0];
    good = use_files(f);
  }
  store_done(&f->b.store);
  while (uv_run(f->b.wasi->loop, UV_RUN_ONCE) != 0) {
  }
  assert_int_equal(f->b.wasi->files.bytes.used, 0);
  weir_wasi_free(f->b.wasi);
  return good ? WEIR_OK : WEIR_ERR_NOMEM;
}

static void without_memory_calls_fail_and_nothing_leaks(void **state) {
  (void)state;
  struct files f;
  files_begin(&f, &no_limits, false);
  bench_close(&f.b);
  int before = open_descriptors();
  assert_in_range(fault_sweep(use_host, &f), 10, 100);
  assert_int_equal(open_descriptors(), before);
  f.b = (struct bench){0};
  files_open_host(&f, &no_limits, false);
  files_end(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(directories_that_cannot_be_had),
      cmocka_unit_test(directories_by_descriptor_and_by_path),
      cmocka_unit_test(an_embedder_is_told_what_was_refused),
      cmocka_unit_test(a_host_on_anothers_loop_goes_while_it_works),
      cmocka_unit_test(without_memory_calls_fail_and_nothing_leaks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
