/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The streams of wasi:filesystem/types: read-via-stream, write-via-stream, append-via-stream and read-directory. What
 * travels, how they end, what a guest that goes away leaves, and what a store or host that goes does.
 */
#include "fake_files.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The two ends that a function gives. */
struct given {
  weir_stream *data, *future;
};

static weir_stream *end_of(weir_value *value) {
  weir_stream *end = fake_end(value);
  *value = (weir_value){0};
  return end;
}

static struct given given_by(weir_host_call *call) {
  assert_false(call->failed);
  return (struct given){end_of(&call->result.of.list.items[0]), end_of(&call->result.of.list.items[1])};
}

static struct given read_from(struct files *f, weir_value file, uint64_t offset) {
  return given_by(CALL(f, "read-via-stream", file, number(offset)));
}

static struct outcome read_some(struct files *f, weir_stream *data, void *buffer, size_t size) {
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read(data, buffer, size, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(&f->b, &outcome), WEIR_OK);
  return outcome;
}

/* Reads to the end in pieces of `piece`, and looks at the result. */
static size_t read_all(struct files *f, struct given given, char *to, size_t piece, int result) {
  size_t size = 0;
  struct outcome outcome;
  do {
    outcome = read_some(f, given.data, to + size, piece);
    size += outcome.count;
  } while (outcome.result == WEIR_COPY_COMPLETED);
  assert_int_equal(outcome.result, WEIR_COPY_DROPPED);
  assert_int_equal(bench_result(&f->b, given.future), result);
  return size;
}

static void check_reading(struct files *f) {
  enum { SIZE = 300000 };
  char *sent = malloc(SIZE + 1), *got = malloc(SIZE + 100000);
  for (size_t i = 0; i < SIZE; i++)
    sent[i] = (char)('a' + i * i % 23);
  sent[SIZE] = '\0';
  put_file(f, "file", sent);
  weir_value file = must_open(f, "file", 0, READS);
  assert_int_equal(read_all(f, read_from(f, file, 0), got, 1000, OK), SIZE);
  assert_memory_equal(got, sent, SIZE);
  assert_int_equal(read_all(f, read_from(f, file, 100001), got, 65536, OK), SIZE - 100001);
  assert_memory_equal(got, sent + 100001, SIZE - 100001);
  assert_int_equal(read_all(f, read_from(f, file, SIZE), got, 10, OK), 0);
  assert_int_equal(read_all(f, read_from(f, file, UINT64_MAX), got, 10, OK), 0);
  free(sent);
  free(got);
}

static void a_file_is_read_from_any_place(void **state) {
  (void)state;
  files_both_ways(check_reading);
}

static void check_unreadable(struct files *f) {
  char buffer[10];
  put_file(f, "file", "four");
  weir_value file = must_open(f, "file", 0, WRITES);
  assert_int_equal(read_all(f, read_from(f, file, 0), buffer, 10, CODE(BAD_DESCRIPTOR)), 0);
  assert_int_equal(read_all(f, read_from(f, f->top, 0), buffer, 10, CODE(IS_DIRECTORY)), 0);
}

static void what_cannot_be_read_says_so(void **state) {
  (void)state;
  files_both_ways(check_unreadable);
}

/* A pipe gives what it has; where it has nothing, nobody waits for more. */
static void check_pipe(struct files *f) {
  char buffer[10];
  assert_int_equal(mkfifoat(f->fd, "pipe", 0600), 0);
  int writer = openat(f->fd, "pipe", O_RDWR | O_CLOEXEC);
  weir_value pipe = must_open(f, "pipe", 0, READS);
  assert_int_equal(write(writer, "text", 4), 4);
  assert_int_equal(read_all(f, read_from(f, pipe, 0), buffer, 10, CODE(IO)), 4);
  assert_memory_equal(buffer, "text", 4);
  close(writer);
  assert_int_equal(read_all(f, read_from(f, pipe, 0), buffer, 10, OK), 0);
}

static void a_pipe_is_read_without_waiting(void **state) {
  (void)state;
  files_both_ways(check_pipe);
}

/* The handle may go before its streams. */
static void check_dropped_handle(struct files *f) {
  char buffer[10];
  put_file(f, "file", "four");
  weir_value file = must_open(f, "file", 0, READS);
  struct given given = read_from(f, file, 0);
  files_drop(f, file);
  assert_int_equal(read_all(f, given, buffer, 10, OK), 4);
}

static void a_stream_outlives_its_descriptor(void **state) {
  (void)state;
  files_both_ways(check_dropped_handle);
}

/* Many more streams than are asked at once, some of which are read from and then dropped in the middle. */
static void check_readers_go(struct files *f) {
  enum { STREAMS = 100 };
  char buffer[3];
  int before = open_descriptors();
  put_file(f, "file", "a text that is longer");
  weir_value file = must_open(f, "file", 0, READS);
  for (int i = 0; i < STREAMS; i++) {
    struct given given = read_from(f, file, 0);
    if (i % 3 == 0)
      assert_int_equal(read_some(f, given.data, buffer, 3).count, 3);
    weir_stream_drop(given.data);
    if (i % 2 == 0)
      weir_stream_drop(given.future);
    else
      assert_int_equal(bench_result(&f->b, given.future), OK);
  }
  files_drop(f, file);
  weir_store_step(&f->b.store);
  wasi_host_ask(f->b.wasi);
  weir_store_step(&f->b.store);
  assert_int_equal(open_descriptors(), before);
  assert_int_equal(f->b.wasi->files.bytes.used, 0);
}

static void readers_that_go_leave_nothing(void **state) {
  (void)state;
  files_both_ways(check_readers_go);
}

static void without_memory_for_it_reading_fails(void **state) {
  (void)state;
  struct files f;
  char buffer[10];
  files_begin(&f, &(weir_wasi_config){.max_file_bytes = 4000}, false);
  put_file(&f, "file", "a text for two reads");
  weir_value file = must_open(&f, "file", 0, READS);
  assert_int_equal(read_all(&f, read_from(&f, file, 0), buffer, 10, CODE(INSUFFICIENT_MEMORY)), 10);
  files_end(&f);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

struct writing {
  weir_stream *data, *future;
};

/* The guest's side of a new stream that is given to a function as its argument. */
static struct writing write_to(struct files *f, weir_value file, const char *name, uint64_t offset) {
  struct writing w;
  weir_value readable;
  assert_int_equal(weir_stream_new(&f->b.store, WEIR_ELEMENT_U8, &readable, &w.data, NULL), WEIR_OK);
  weir_value args[] = {file, readable, number(offset)};
  weir_host_call *call = files_call(f, name, args, strcmp(name, "append-via-stream") == 0 ? 2 : 3);
  assert_false(call->failed);
  w.future = end_of(&call->result);
  return w;
}

static struct outcome write_some(struct files *f, weir_stream *data, const void *bytes, size_t size) {
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_write(data, bytes, size, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(&f->b, &outcome), WEIR_OK);
  return outcome;
}

/* Writes in pieces, drops the end, and waits for the result. */
static void write_all(struct files *f, struct writing w, const char *bytes, size_t size, size_t piece) {
  for (size_t at = 0; at < size;) {
    struct outcome outcome = write_some(f, w.data, bytes + at, size - at < piece ? size - at : piece);
    assert_int_equal(outcome.result, WEIR_COPY_COMPLETED);
    at += outcome.count;
  }
  weir_stream_drop(w.data);
  assert_int_equal(bench_result(&f->b, w.future), OK);
}

static void assert_content(struct files *f, const char *name, const char *expected, size_t size) {
  char *got = malloc(size + 1);
  int fd = openat(f->fd, name, O_RDONLY);
  assert_true(fd >= 0);
  assert_int_equal(read(fd, got, size + 1), size);
  assert_memory_equal(got, expected, size);
  close(fd);
  free(got);
}

static void check_writing(struct files *f) {
  enum { SIZE = 300000 };
  char *sent = malloc(SIZE);
  for (size_t i = 0; i < SIZE; i++)
    sent[i] = (char)(i * i % 251);
  weir_value file = must_open(f, "file", WASI_OPEN_CREATE, WRITES);
  write_all(f, write_to(f, file, "write-via-stream", 0), sent, SIZE, 777);
  assert_content(f, "file", sent, SIZE);
  write_all(f, write_to(f, file, "write-via-stream", 5), "12345", 5, 5);
  memcpy(sent + 5, "12345", 5);
  assert_content(f, "file", sent, SIZE);
  write_all(f, write_to(f, file, "append-via-stream", 0), "", 0, 1);
  assert_content(f, "file", sent, SIZE);
  free(sent);
}

static void a_file_is_written_at_any_place(void **state) {
  (void)state;
  files_both_ways(check_writing);
}

static void check_appending(struct files *f) {
  put_file(f, "file", "one ");
  weir_value file = must_open(f, "file", 0, WRITES);
  write_all(f, write_to(f, file, "append-via-stream", 0), "two ", 4, 1);
  write_all(f, write_to(f, file, "append-via-stream", 0), "three", 5, 5);
  assert_content(f, "file", "one two three", 13);
  write_all(f, write_to(f, file, "write-via-stream", 15), "!", 1, 1);
  assert_content(f, "file", "one two three\0\0!", 16);
}

static void a_file_is_appended_to(void **state) {
  (void)state;
  files_both_ways(check_appending);
}

/* What a guest has written reaches the file while its stream stays open. */
static void check_open_stream(struct files *f) {
  struct stat info;
  weir_value file = must_open(f, "log", WASI_OPEN_CREATE, WRITES);
  struct writing w = write_to(f, file, "append-via-stream", 0);
  for (int i = 0; i < 3; i++)
    assert_int_equal(write_some(f, w.data, "line\n", 5).count, 5);
  do {
    uv_run(f->b.wasi->loop, UV_RUN_ONCE);
    weir_store_step(&f->b.store);
    assert_int_equal(fstatat(f->fd, "log", &info, 0), 0);
  } while (info.st_size < 15);
  weir_stream_drop(w.data);
  assert_int_equal(bench_result(&f->b, w.future), OK);
}

static void an_open_stream_does_not_keep_bytes_back(void **state) {
  (void)state;
  files_both_ways(check_open_stream);
}

static void check_unwritable(struct files *f) {
  put_file(f, "file", "four");
  weir_value file = must_open(f, "file", 0, READS);
  struct writing w = write_to(f, file, "write-via-stream", 0);
  assert_int_equal(bench_result(&f->b, w.future), CODE(BAD_DESCRIPTOR));
  assert_int_equal(write_some(f, w.data, "x", 1).result, WEIR_COPY_DROPPED);
  w = write_to(f, f->top, "append-via-stream", 0);
  assert_int_equal(bench_result(&f->b, w.future), CODE(IS_DIRECTORY));
  weir_value good = must_open(f, "file", 0, WRITES);
  w = write_to(f, good, "write-via-stream", UINT64_MAX);
  write_some(f, w.data, "x", 1);
  assert_int_equal(bench_result(&f->b, w.future), CODE(FILE_TOO_LARGE));
}

static void what_cannot_be_written_says_so(void **state) {
  (void)state;
  files_both_ways(check_unwritable);
}

/* The store goes with bytes under way, and then the host: what was taken is stored. */
static void check_store_goes(struct files *f) {
  weir_value file = must_open(f, "file", WASI_OPEN_CREATE, WRITES);
  struct writing w = write_to(f, file, "write-via-stream", 0);
  assert_int_equal(write_some(f, w.data, "text", 4).count, 4);
  struct outcome outcome = {0};
  struct given given = read_from(f, file, 0);
  char buffer[4];
  assert_int_equal(weir_stream_read(given.data, buffer, 4, outcome_note, &outcome, NULL), WEIR_OK);
  bench_close(&f->b);
  assert_content(f, "file", "text", 4);
  files_open_host(f, &no_limits, false);
}

static void a_store_goes_while_streams_are_open(void **state) {
  (void)state;
  files_both_ways(check_store_goes);
}

/* ---- from file to file ------------------------------------------------------------------------------------------- */

/* The stream of one file is given to another file. */
static weir_stream *hand_over(struct files *f, weir_value from, uint64_t from_offset, weir_value to, uint64_t offset,
                              weir_stream **ret_read) {
  weir_host_call *call = CALL(f, "read-via-stream", from, number(from_offset));
  weir_value readable = call->result.of.list.items[0];
  call->result.of.list.items[0] = (weir_value){0};
  *ret_read = end_of(&call->result.of.list.items[1]);
  call = offset == UINT64_MAX ? CALL(f, "append-via-stream", to, readable)
                              : CALL(f, "write-via-stream", to, readable, number(offset));
  return end_of(&call->result);
}

static void check_copying(struct files *f) {
  enum { SIZE = 300001 };
  char *sent = malloc(SIZE + 1);
  for (size_t i = 0; i < SIZE; i++)
    sent[i] = (char)('a' + i * i % 23);
  sent[SIZE] = '\0';
  put_file(f, "from", sent);
  weir_value from = must_open(f, "from", 0, READS), to = must_open(f, "to", WASI_OPEN_CREATE, WRITES);
  weir_stream *read, *written = hand_over(f, from, 0, to, 0, &read);
  assert_int_equal(bench_result(&f->b, written), OK);
  assert_int_equal(bench_result(&f->b, read), OK);
  assert_content(f, "to", sent, SIZE);
  written = hand_over(f, from, SIZE - 3, to, 2, &read);
  assert_int_equal(bench_result(&f->b, written), OK);
  memcpy(sent + 2, sent + SIZE - 3, 3);
  assert_content(f, "to", sent, SIZE);
  free(sent);
}

static void a_file_is_copied_to_another(void **state) {
  (void)state;
  files_both_ways(check_copying);
}

/* The kernel does not copy these: what it says comes through the stream. */
static void check_copying_by_hand(struct files *f) {
  put_file(f, "from", "text");
  weir_value from = must_open(f, "from", 0, READS), blind = must_open(f, "from", 0, WRITES);
  weir_value to = must_open(f, "to", WASI_OPEN_CREATE, WRITES), both = must_open(f, "from", 0, READS | WRITES);
  weir_stream *read, *written;
  for (int i = 0; i < 2; i++) {
    written = hand_over(f, from, 0, to, UINT64_MAX, &read);
    assert_int_equal(bench_result(&f->b, written), OK);
    assert_int_equal(bench_result(&f->b, read), OK);
  }
  assert_content(f, "to", "texttext", 8);
  written = hand_over(f, blind, 0, to, 0, &read);
  assert_int_equal(bench_result(&f->b, written), OK);
  assert_int_equal(bench_result(&f->b, read), CODE(BAD_DESCRIPTOR));
  written = hand_over(f, from, 0, from, 0, &read);
  assert_int_equal(bench_result(&f->b, written), CODE(BAD_DESCRIPTOR));
  assert_int_equal(bench_result(&f->b, read), OK);
  written = hand_over(f, both, 2, both, 1, &read); /* from itself, a bit further on */
  assert_int_equal(bench_result(&f->b, written), OK);
  assert_content(f, "from", "txtt", 4);
}

static void what_the_kernel_does_not_copy_is_copied_too(void **state) {
  (void)state;
  files_both_ways(check_copying_by_hand);
}

static void check_copy_is_left(struct files *f) {
  int before = open_descriptors();
  weir_stream *read;
  put_file(f, "from", "text");
  weir_value from = must_open(f, "from", 0, READS), to = must_open(f, "to", WASI_OPEN_CREATE, WRITES);
  hand_over(f, from, 0, to, 0, &read);
  store_done(&f->b.store);
  weir_wasi_free(f->b.wasi);
  assert_content(f, "to", "text", 4); /* the piece that was under way */
  files_open_host(f, &no_limits, false);
  assert_int_equal(open_descriptors(), before);
}

static void a_store_goes_in_the_midst_of_a_copy(void **state) {
  (void)state;
  files_both_ways(check_copy_is_left);
}

/* ---- directories ------------------------------------------------------------------------------------------------- */

/* Reads entries in pieces; marks what it has seen by the number in the name. */
static size_t list_all(struct files *f, struct given given, size_t piece, bool *seen, int result) {
  weir_value values[100];
  size_t count = 0;
  struct outcome outcome;
  do {
    outcome = (struct outcome){0};
    memset(values, 0, sizeof(values));
    assert_int_equal(weir_stream_read_values(given.data, values, piece, outcome_note, &outcome, NULL), WEIR_OK);
    assert_int_equal(bench_drive(&f->b, &outcome), WEIR_OK);
    for (size_t i = 0; i < outcome.count; i++, count++) {
      const weir_value *fields = values[i].of.list.items;
      assert_int_equal(fields[0].tag, WASI_FILESYSTEM_DESCRIPTOR_TYPE_REGULAR_FILE);
      char name[16] = {0};
      assert_true(fields[1].of.string.size < sizeof(name));
      memcpy(name, fields[1].of.string.data, fields[1].of.string.size);
      int number = atoi(name + 1);
      assert_false(seen[number]);
      seen[number] = true;
      weir_value_clear(&values[i]);
    }
  } while (outcome.result == WEIR_COPY_COMPLETED);
  assert_int_equal(bench_result(&f->b, given.future), result);
  return count;
}

static void check_listing(struct files *f) {
  enum { FILES = 2000 };
  for (int i = 0; i < FILES; i++) {
    char name[16];
    snprintf(name, sizeof(name), "f%d", i);
    put_file(f, name, "");
  }
  for (size_t piece = 7; piece <= 100; piece += 93) {
    bool seen[FILES] = {0};
    assert_int_equal(list_all(f, given_by(CALL(f, "read-directory", f->top)), piece, seen, OK), FILES);
  }
  weir_value file = must_open(f, "f1", 0, READS);
  bool seen[FILES] = {0};
  int before = open_descriptors();
  assert_int_equal(list_all(f, given_by(CALL(f, "read-directory", file)), 10, seen, CODE(NOT_DIRECTORY)), 0);
  struct given given = given_by(CALL(f, "read-directory", f->top)); /* a reader that goes in the middle */
  weir_value one = {0};
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read_values(given.data, &one, 1, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(&f->b, &outcome), WEIR_OK);
  weir_value_clear(&one);
  weir_stream_drop(given.data);
  assert_int_equal(bench_result(&f->b, given.future), OK);
  assert_int_equal(open_descriptors(), before);
}

static void a_directory_is_listed_whole(void **state) {
  (void)state;
  files_both_ways(check_listing);
}

static void check_names(struct files *f) {
  bool seen[1];
  put_file(f, "\xff", "");
  assert_int_equal(list_all(f, given_by(CALL(f, "read-directory", f->top)), 10, seen, CODE(ILLEGAL_BYTE_SEQUENCE)), 0);
}

static void a_name_that_is_no_text_ends_a_listing(void **state) {
  (void)state;
  files_both_ways(check_names);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_is_read_from_any_place),
      cmocka_unit_test(what_cannot_be_read_says_so),
      cmocka_unit_test(a_pipe_is_read_without_waiting),
      cmocka_unit_test(a_stream_outlives_its_descriptor),
      cmocka_unit_test(readers_that_go_leave_nothing),
      cmocka_unit_test(without_memory_for_it_reading_fails),
      cmocka_unit_test(a_file_is_written_at_any_place),
      cmocka_unit_test(a_file_is_appended_to),
      cmocka_unit_test(an_open_stream_does_not_keep_bytes_back),
      cmocka_unit_test(what_cannot_be_written_says_so),
      cmocka_unit_test(a_store_goes_while_streams_are_open),
      cmocka_unit_test(a_directory_is_listed_whole),
      cmocka_unit_test(a_name_that_is_no_text_ends_a_listing),
      cmocka_unit_test(a_file_is_copied_to_another),
      cmocka_unit_test(what_the_kernel_does_not_copy_is_copied_too),
      cmocka_unit_test(a_store_goes_in_the_midst_of_a_copy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
