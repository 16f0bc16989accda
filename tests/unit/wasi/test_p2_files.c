/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Files of WASI 0.2 in a new directory below /tmp: each function, what it refuses, and what is left where a store goes.
 * The last case fails where a function was not called before. What operations do is tested with those of 0.3.
 */
#include <errno.h>
#include <sys/stat.h>

#include "fake_guest.h"
#include "wasi/filesystem/file.h"
#include "wasi/p2/error.h"
#include "wasi/wit.h"

#define TYPES "wasi:filesystem/types@0.2.12"
#define STREAMS "wasi:io/streams@0.2.12"
#define CODE(name) WASI_P2_FILESYSTEM_ERROR_CODE_##name

enum { OK = -1, READS = WASI_FILE_READ, WRITES = WASI_FILE_WRITE };

static struct weir_linker seen;

struct files {
  struct bench b;
  char folder[64];
  weir_value top;
};

/* ---- a guest ----------------------------------------------------------------------------------------------------- */

/* Calls, waits for the end, and clears the arguments that are no handles. */
static weir_host_call *ask(struct files *f, const char *interface_name, const char *name, weir_value *args,
                           size_t count) {
  weir_host_call *call = fake_call(&f->b.linker, &f->b.store, interface_name, name, args, count);
  while (!call->finished)
    uv_run(f->b.wasi->loop, UV_RUN_ONCE);
  assert_false(call->failed);
  for (size_t i = 0; i < count; i++)
    if (args[i].kind != WEIR_VALUE_RESOURCE)
      weir_value_clear(&args[i]);
  return call;
}

static weir_host_call *on(struct files *f, const char *method, weir_value *args, size_t count) {
  char name[96];
  snprintf(name, sizeof(name), "[method]descriptor.%s", method);
  return ask(f, TYPES, name, args, count);
}

#define COUNT(...) (sizeof((weir_value[]){__VA_ARGS__}) / sizeof(weir_value))
#define CALL(f, method, ...) on((f), (method), (weir_value[]){__VA_ARGS__}, COUNT(__VA_ARGS__))
#define CODE_OF(f, method, ...) code_of(CALL(f, method, __VA_ARGS__))
#define STREAM(f, method, ...) ask((f), STREAMS, (method), (weir_value[]){__VA_ARGS__}, COUNT(__VA_ARGS__))

static int code_of(const weir_host_call *call) {
  return call->result.tag == 0 ? OK : (int)call->result.of.payload->tag;
}

static weir_value text(const char *data) {
  weir_value value;
  assert_int_equal(weir_value_new_string(data, strlen(data), &value), WEIR_OK);
  return value;
}

static weir_value bytes(const char *data) {
  weir_value value;
  assert_int_equal(weir_value_new_bytes(data, strlen(data), &value), WEIR_OK);
  return value;
}

static weir_value u64(uint64_t n) {
  return (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = n};
}

static weir_value flags(uint32_t bits) {
  return (weir_value){.kind = WEIR_VALUE_FLAGS, .of.flags = bits};
}

static weir_value variant(uint32_t tag) {
  return (weir_value){.kind = WEIR_VALUE_VARIANT, .tag = tag};
}

/* new-timestamp.timestamp */
static weir_value time_at(uint64_t seconds, uint32_t nanoseconds) {
  weir_value record, result;
  assert_int_equal(weir_value_new_record(2, &record), WEIR_OK);
  record.of.list.items[0] = u64(seconds);
  record.of.list.items[1] = (weir_value){.kind = WEIR_VALUE_U32, .of.u32 = nanoseconds};
  assert_int_equal(weir_value_new_variant(2, &record, &result), WEIR_OK);
  return result;
}

static weir_value open_at(struct files *f, const char *path, uint32_t open_flags, uint32_t bits) {
  weir_host_call *call = CALL(f, "open-at", f->top, flags(1), text(path), flags(open_flags), flags(bits));
  assert_int_equal(code_of(call), OK);
  return *call->result.of.payload;
}

static void begin(struct files *f, bool read_only) {
  strcpy(f->folder, "/tmp/weir-files-XXXXXX");
  assert_non_null(mkdtemp(f->folder));
  weir_wasi_preopen preopen = {.guest_path = "top", .host_path = f->folder, .read_only = read_only};
  weir_wasi_config config = {.size = sizeof(config),
                             .stdin_fd = -1,
                             .stdout_fd = -1,
                             .stderr_fd = -1,
                             .preopens = &preopen,
                             .preopen_count = 1};
  f->b = (struct bench){0};
  store_init(&f->b.store);
  assert_int_equal(weir_wasi_new(&config, &f->b.wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(f->b.wasi, &f->b.linker, NULL), WEIR_OK);
  weir_host_call *call = ask(f, "wasi:filesystem/preopens@0.2.12", "get-directories", NULL, 0);
  assert_int_equal(call->result.of.list.count, 1);
  assert_memory_equal(call->result.of.list.items[0].of.list.items[1].of.string.data, "top", 3);
  f->top = call->result.of.list.items[0].of.list.items[0];
}

static void end(struct files *f) {
  char command[128];
  if (seen.count == 0)
    seen = f->b.linker;
  for (size_t i = 0; i < f->b.linker.count; i++)
    seen.funcs[i].called |= f->b.linker.funcs[i].called;
  bench_close(&f->b);
  snprintf(command, sizeof(command), "rm -rf %s", f->folder);
  assert_int_equal(system(command), 0);
}

static void expect_file(const struct files *f, const char *name, const char *content) {
  char path[128], found[256] = {0};
  snprintf(path, sizeof(path), "%s/%s", f->folder, name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t size = fread(found, 1, sizeof(found) - 1, file);
  fclose(file);
  assert_int_equal(size, strlen(content));
  assert_memory_equal(found, content, size);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------- */

static void bytes_are_written_and_read_at_offsets(void **state) {
  (void)state;
  struct files f;
  begin(&f, false);
  weir_value file = open_at(&f, "file", WASI_OPEN_CREATE, READS | WRITES);
  assert_int_equal(CALL(&f, "write", file, bytes("0123456789"), u64(0))->result.of.payload->of.u64, 10);
  assert_int_equal(CALL(&f, "write", file, bytes("ab"), u64(4))->result.of.payload->of.u64, 2);
  weir_host_call *call = CALL(&f, "read", file, u64(4), u64(3));
  const weir_value *got = call->result.of.payload->of.list.items;
  assert_int_equal(got[0].of.string.size, 4);
  assert_memory_equal(got[0].of.string.data, "3ab6", 4);
  assert_false(got[1].of.boolean);
  call = CALL(&f, "read", file, u64(4), u64(10));
  assert_int_equal(call->result.of.payload->of.list.items[0].of.string.size, 0);
  assert_true(call->result.of.payload->of.list.items[1].of.boolean);
  call = CALL(&f, "read", file, u64(0), u64(0));
  assert_false(call->result.of.payload->of.list.items[1].of.boolean);
  weir_value reads = open_at(&f, "file", 0, READS);
  assert_int_equal(CODE_OF(&f, "write", reads, bytes("x"), u64(0)), CODE(BAD_DESCRIPTOR));
  assert_int_equal(CODE_OF(&f, "read", f.top, u64(1), u64(0)), CODE(IS_DIRECTORY));
  end(&f);
}

static void streams_go_on_where_they_are(void **state) {
  (void)state;
  struct files f;
  begin(&f, false);
  weir_value file = open_at(&f, "file", WASI_OPEN_CREATE, READS | WRITES);
  weir_value out = *CALL(&f, "write-via-stream", file, u64(2))->result.of.payload;
  assert_int_equal(code_of(STREAM(&f, "[method]output-stream.blocking-write-and-flush", out, bytes("abc"))), OK);
  assert_int_equal(code_of(STREAM(&f, "[method]output-stream.blocking-write-and-flush", out, bytes("def"))), OK);
  weir_value more = *CALL(&f, "append-via-stream", file)->result.of.payload;
  assert_int_equal(code_of(STREAM(&f, "[method]output-stream.blocking-write-and-flush", more, bytes("ghi"))), OK);
  weir_value in = *CALL(&f, "read-via-stream", file, u64(4))->result.of.payload;
  fake_drop(&f.b.linker, TYPES, "descriptor", &file); /* streams hold the file */
  weir_host_call *call = STREAM(&f, "[method]input-stream.blocking-read", in, u64(5));
  assert_int_equal(call->result.of.payload->of.string.size, 5);
  assert_memory_equal(call->result.of.payload->of.string.data, "cdefg", 5);
  STREAM(&f, "[method]input-stream.blocking-read", in, u64(100));
  call = STREAM(&f, "[method]input-stream.blocking-read", in, u64(100));
  assert_int_equal(code_of(call), WASI_P2_IO_STREAM_ERROR_CLOSED);
  assert_int_equal(CODE_OF(&f, "write-via-stream", f.top, u64(0)), CODE(IS_DIRECTORY));
  end(&f);
}

static void a_failure_of_a_stream_has_the_code_of_files(void **state) {
  (void)state;
  struct files f;
  begin(&f, false);
  weir_value file = open_at(&f, "file", WASI_OPEN_CREATE, WRITES);
  weir_value out = *CALL(&f, "write-via-stream", file, u64(INT64_MAX))->result.of.payload;
  weir_host_call *call = STREAM(&f, "[method]output-stream.blocking-write-and-flush", out, bytes("x"));
  assert_int_equal(code_of(call), WASI_P2_IO_STREAM_ERROR_LAST_OPERATION_FAILED);
  weir_value *error = call->result.of.payload->of.payload;
  weir_host_call *code = ask(&f, TYPES, "filesystem-error-code", error, 1);
  assert_int_equal(code->result.tag, 1);
  int number = wasi_p2_error_number(&f.b.wasi->p2, wasi_rep(error));
  assert_true(number == EFBIG || number == EINVAL);
  assert_int_equal(code->result.of.payload->tag, number == EFBIG ? CODE(FILE_TOO_LARGE) : CODE(INVALID));
  end(&f);
}

/* ---- one descriptor ---------------------------------------------------------------------------------------------- */

static void a_descriptor_tells_what_it_is(void **state) {
  (void)state;
  struct files f;
  begin(&f, false);
  weir_value file = open_at(&f, "file", WASI_OPEN_CREATE, READS | WRITES), same = open_at(&f, "file", 0, READS);
  assert_int_equal(CALL(&f, "get-flags", file)->result.of.payload->of.flags, READS | WRITES);
  assert_int_equal(CALL(&f, "get-type", file)->result.of.payload->tag, WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE);
  assert_int_equal(CALL(&f, "get-type", f.top)->result.of.payload->tag, WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_DIRECTORY);
  assert_true(CALL(&f, "is-same-object", file, same)->result.of.boolean);
  assert_false(CALL(&f, "is-same-object", file, f.top)->result.of.boolean);
  assert_int_equal(CODE_OF(&f, "set-size", file, u64(77)), OK);
  assert_int_equal(CODE_OF(&f, "set-times", file, variant(0), time_at(1234567890, 7)), OK);
  assert_int_equal(CODE_OF(&f, "set-times", file, variant(1), time_at(1, 2000000000)), CODE(INVALID));
  weir_host_call *call = CALL(&f, "stat", file);
  const weir_value *stat = call->result.of.payload->of.list.items;
  assert_int_equal(stat[1].of.u64, 1);
  assert_int_equal(stat[2].of.u64, 77);
  assert_int_equal(stat[4].of.payload->of.list.items[0].of.u64, 1234567890);
  assert_int_equal(stat[4].of.payload->of.list.items[1].of.u32, 7);
  assert_int_equal(CODE_OF(&f, "sync", file), OK);
  assert_int_equal(CODE_OF(&f, "sync-data", file), OK);
  for (uint32_t advice = 0; advice < 6; advice++)
    assert_int_equal(CODE_OF(&f, "advise", file, u64(0), u64(10), variant(advice)), OK);
  weir_host_call *hash = CALL(&f, "metadata-hash", file), *again = CALL(&f, "metadata-hash", same);
  assert_true(weir_value_equal(&hash->result, &again->result));
  end(&f);
}

/* ---- paths ------------------------------------------------------------------------------------------------------- */

static void paths_are_made_changed_and_removed(void **state) {
  (void)state;
  struct files f;
  begin(&f, false);
  open_at(&f, "file", WASI_OPEN_CREATE, WRITES);
  assert_int_equal(CODE_OF(&f, "create-directory-at", f.top, text("dir")), OK);
  assert_int_equal(CODE_OF(&f, "create-directory-at", f.top, text("dir")), CODE(EXIST));
  assert_int_equal(CODE_OF(&f, "link-at", f.top, flags(0), text("file"), f.top, text("dir/hard")), OK);
  assert_int_equal(CODE_OF(&f, "symlink-at", f.top, text("dir/hard"), text("soft")), OK);
  weir_host_call *link = CALL(&f, "readlink-at", f.top, text("soft"));
  assert_memory_equal(link->result.of.payload->of.string.data, "dir/hard", 8);
  assert_int_equal(CALL(&f, "stat-at", f.top, flags(0), text("soft"))->result.of.payload->of.list.items[0].tag,
                   WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_SYMBOLIC_LINK);
  assert_int_equal(CALL(&f, "stat-at", f.top, flags(1), text("soft"))->result.of.payload->of.list.items[1].of.u64, 2);
  weir_host_call *a = CALL(&f, "metadata-hash-at", f.top, flags(1), text("soft"));
  assert_true(weir_value_equal(&a->result, &CALL(&f, "metadata-hash-at", f.top, flags(0), text("file"))->result));
  assert_int_equal(CODE_OF(&f, "set-times-at", f.top, flags(0), text("file"), time_at(5, 0), variant(0)), OK);
  assert_int_equal(CODE_OF(&f, "rename-at", f.top, text("file"), f.top, text("dir/moved")), OK);
  assert_int_equal(CODE_OF(&f, "remove-directory-at", f.top, text("dir")), CODE(NOT_EMPTY));
  weir_value dir = open_at(&f, "dir", WASI_OPEN_DIRECTORY, READS);
  assert_int_equal(CODE_OF(&f, "unlink-file-at", dir, text("moved")), OK); /* changed as `top` may be */
  assert_int_equal(CODE_OF(&f, "unlink-file-at", f.top, text("dir/hard")), OK);
  assert_int_equal(CODE_OF(&f, "remove-directory-at", f.top, text("dir")), OK);
  assert_int_equal(CODE_OF(&f, "stat-at", f.top, flags(0), text("none")), CODE(NO_ENTRY));
  assert_int_equal(CODE_OF(&f, "stat-at", f.top, flags(0), text("../x")), CODE(NOT_PERMITTED));
  end(&f);
}

static void a_read_only_directory_stays_as_it_is(void **state) {
  (void)state;
  struct files f;
  begin(&f, true);
  assert_int_equal(CODE_OF(&f, "create-directory-at", f.top, text("dir")), CODE(READ_ONLY));
  weir_host_call *call =
      CALL(&f, "open-at", f.top, flags(0), text("file"), flags(WASI_OPEN_CREATE), flags(READS | WRITES));
  assert_int_equal(code_of(call), CODE(READ_ONLY));
  end(&f);
}

/* ---- directories ------------------------------------------------------------------------------------------------- */

static weir_host_call *next_entry(struct files *f, weir_value *stream) {
  return ask(f, TYPES, "[method]directory-entry-stream.read-directory-entry", stream, 1);
}

static void every_entry_is_read_once(void **state) {
  (void)state;
  enum { MANY = 2000 }; /* more than one piece of the kernel's */
  struct files f;
  size_t count = 0, sum = 0;
  begin(&f, false);
  for (int i = 0; i < MANY; i++) {
    char path[96];
    snprintf(path, sizeof(path), "%s/entry-with-a-long-name-%d", f.folder, i);
    close(open(path, O_WRONLY | O_CREAT, 0600));
  }
  weir_value stream = *CALL(&f, "read-directory", f.top)->result.of.payload;
  for (;;) {
    weir_host_call *call = next_entry(&f, &stream);
    assert_int_equal(code_of(call), OK);
    if (call->result.of.payload->tag == 0)
      break;
    const weir_value *entry = call->result.of.payload->of.payload->of.list.items;
    char name[64] = {0};
    memcpy(name, entry[1].of.string.data, entry[1].of.string.size);
    assert_int_equal(entry[0].tag, WASI_P2_FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE);
    sum += (size_t)atoi(strrchr(name, '-') + 1);
    count++;
  }
  assert_int_equal(count, MANY);
  assert_int_equal(sum, (size_t)MANY * (MANY - 1) / 2);
  assert_int_equal(next_entry(&f, &stream)->result.of.payload->tag, 0);
  fake_drop(&f.b.linker, TYPES, "directory-entry-stream", &stream);
  weir_value file = open_at(&f, "entry-with-a-long-name-0", 0, READS);
  assert_int_equal(CODE_OF(&f, "read-directory", file), CODE(NOT_DIRECTORY));
  end(&f);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void a_store_goes_while_jobs_run(void **state) {
  (void)state;
  struct files f;
  begin(&f, false);
  weir_value file = open_at(&f, "file", WASI_OPEN_CREATE, READS | WRITES);
  weir_value entries = *CALL(&f, "read-directory", f.top)->result.of.payload;
  weir_value args[] = {file, u64(5)};
  fake_call(&f.b.linker, &f.b.store, TYPES, "[method]descriptor.set-size", args, 2);
  fake_call(&f.b.linker, &f.b.store, TYPES, "[method]directory-entry-stream.read-directory-entry", &entries, 1);
  end(&f); /* the leak checker sees what is left */
}

static void what_was_written_is_in_the_file_after_a_flush(void **state) {
  (void)state;
  struct files f;
  begin(&f, false);
  weir_value file = open_at(&f, "file", WASI_OPEN_CREATE, WRITES);
  weir_value out = *CALL(&f, "write-via-stream", file, u64(0))->result.of.payload;
  weir_value content = bytes("kept"), args[] = {out, content};
  fake_call(&f.b.linker, &f.b.store, STREAMS, "[method]output-stream.write", args, 2);
  weir_value_clear(&content);
  fake_drop(&f.b.linker, STREAMS, "output-stream", &out);
  assert_int_equal(weir_wasi_flush(f.b.wasi, NULL), WEIR_OK);
  expect_file(&f, "file", "kept");
  end(&f);
}

static void every_function_of_files_0_2_was_called(void **state) {
  (void)state;
  for (size_t i = 0; i < seen.count; i++) {
    const struct fake_func *f = &seen.funcs[i];
    if (strstr(f->interface_name, "filesystem") && strstr(f->interface_name, "@0.2.") && !f->called)
      fail_msg("%s#%s was not called", f->interface_name, f->name);
  }
  assert_true(seen.count > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_are_written_and_read_at_offsets),
      cmocka_unit_test(streams_go_on_where_they_are),
      cmocka_unit_test(a_failure_of_a_stream_has_the_code_of_files),
      cmocka_unit_test(a_descriptor_tells_what_it_is),
      cmocka_unit_test(paths_are_made_changed_and_removed),
      cmocka_unit_test(a_read_only_directory_stays_as_it_is),
      cmocka_unit_test(every_entry_is_read_once),
      cmocka_unit_test(a_store_goes_while_jobs_run),
      cmocka_unit_test(what_was_written_is_in_the_file_after_a_flush),
      cmocka_unit_test(every_function_of_files_0_2_was_called),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
