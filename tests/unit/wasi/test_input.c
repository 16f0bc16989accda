/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Standard input: read only on demand, its ends, several streams, and guests and stores that go away in the middle.
 */
#include "wasi/cli/input.h"

#include "fake_guest.h"
#include "wasi/wit.h"

struct reader {
  weir_stream *data, *future;
};

static struct reader reader_open(struct bench *b) {
  weir_host_call *call = fake_call(&b->linker, &b->store, "wasi:cli/stdin@0.3.0", "read-via-stream", NULL, 0);
  assert_true(call->finished && !call->failed);
  weir_value *ends = call->result.of.list.items;
  return (struct reader){.data = weir_stream_from_value(&ends[0]), .future = weir_stream_from_value(&ends[1])};
}

/* Reads at most 16 bytes, which must be these. */
static void reader_expect(struct bench *b, struct reader r, const char *expected) {
  char bytes[17] = {0};
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read(r.data, bytes, 16, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(b, &outcome), WEIR_OK);
  assert_int_equal(outcome.result, WEIR_COPY_COMPLETED);
  assert_string_equal(bytes, expected);
}

static void reader_expect_end(struct bench *b, struct reader r, int code) {
  char byte;
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read(r.data, &byte, 1, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(b, &outcome), WEIR_OK);
  assert_int_equal(outcome.result, WEIR_COPY_DROPPED);
  assert_int_equal(bench_result(b, r.future), code);
}

static void say(int fd, const char *text) {
  assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void a_guest_reads_what_comes_and_the_end_is_ok(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  struct reader r = reader_open(&b);
  say(ends[1], "hello");
  reader_expect(&b, r, "hello");
  say(ends[1], "a text of more than 16 bytes");
  reader_expect(&b, r, "a text of more t");
  reader_expect(&b, r, "han 16 bytes");
  close(ends[1]);
  reader_expect_end(&b, r, -1);
  bench_close(&b);
  close(ends[0]);
}

static void nothing_is_read_before_the_guest_reads(void **state) {
  (void)state;
  int ends[2];
  char bytes[8];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  say(ends[1], "mine");
  bench_open(&b, ends[0], -1, -1);
  reader_open(&b);
  weir_store_step(&b.store);
  assert_false(uv_loop_alive(b.wasi->loop));
  assert_int_equal(read(ends[0], bytes, 8), 4);
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

static void no_input_and_closed_input_end_at_once(void **state) {
  (void)state;
  struct bench b;
  int closed = fcntl(0, F_DUPFD, 500);
  close(closed);
  bench_open(&b, -1, -1, -1);
  reader_expect_end(&b, reader_open(&b), -1);
  bench_close(&b);
  bench_open(&b, closed, -1, -1);
  reader_expect_end(&b, reader_open(&b), WASI_CLI_ERROR_CODE_IO);
  bench_close(&b);
}

static void a_file_is_read_to_its_end(void **state) {
  (void)state;
  FILE *file = tmpfile();
  struct bench b;
  fputs("0123456789abcdef0123", file);
  rewind(file);
  bench_open(&b, fileno(file), -1, -1);
  struct reader r = reader_open(&b);
  reader_expect(&b, r, "0123456789abcdef");
  reader_expect(&b, r, "0123");
  reader_expect_end(&b, r, -1);
  bench_close(&b);
  fclose(file);
}

static void what_one_stream_leaves_the_next_one_gets(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  struct reader first = reader_open(&b);
  say(ends[1], "0123456789abcdefgh");
  reader_expect(&b, first, "0123456789abcdef");
  weir_stream_drop(first.data);
  assert_int_equal(bench_result(&b, first.future), -1);
  reader_expect(&b, reader_open(&b), "gh");
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

static void a_stream_that_does_not_read_does_not_hold_up_another(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  struct reader first = reader_open(&b), second = reader_open(&b);
  say(ends[1], "0123456789abcdefgh");
  reader_expect(&b, first, "0123456789abcdef");
  reader_expect(&b, second, "gh");
  say(ends[1], "more");
  reader_expect(&b, first, "more");
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

/* A guest that gives up a read drops its end, and then waits for the result, while no input ever comes. */
static void a_guest_that_loses_interest_gets_its_result(void **state) {
  (void)state;
  int ends[2];
  char byte;
  struct bench b;
  struct outcome outcome = {0};
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  struct reader r = reader_open(&b);
  assert_int_equal(weir_stream_read(r.data, &byte, 1, outcome_note, &outcome, NULL), WEIR_OK);
  weir_store_step(&b.store);
  assert_true(uv_loop_alive(b.wasi->loop)); /* waits for the pipe */
  weir_stream_cancel(r.data);
  weir_store_step(&b.store);
  assert_int_equal(outcome.result, WEIR_COPY_CANCELLED);
  weir_stream_drop(r.data);
  assert_int_equal(bench_result(&b, r.future), -1);
  assert_false(uv_loop_alive(b.wasi->loop));
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

/* A guest that gives up a read and waits for something that cannot come is told so, although input might come. */
static void waiting_for_input_that_nobody_wants_is_a_deadlock(void **state) {
  (void)state;
  int ends[2];
  char byte;
  struct bench b;
  struct outcome read = {0}, never = {0};
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  struct reader r = reader_open(&b);
  assert_int_equal(weir_stream_read(r.data, &byte, 1, outcome_note, &read, NULL), WEIR_OK);
  weir_store_step(&b.store);
  weir_stream_cancel(r.data);
  weir_store_step(&b.store);
  assert_int_equal(bench_drive(&b, &never), WEIR_ERR_DEADLOCK);
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

/*
 * More streams than are asked at once: those that rest are looked at before the loop waits, and the sender gives way.
 */
static void many_readers_all_get_their_bytes(void **state) {
  (void)state;
  enum { COUNT = 3 * WASI_INPUT_ASKING };
  int ends[2];
  char text[COUNT + 1], bytes[COUNT];
  struct bench b;
  struct outcome outcomes[COUNT] = {0};
  memset(text, 'x', COUNT);
  text[COUNT] = '\0';
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  say(ends[1], text);
  struct reader readers[COUNT];
  for (size_t i = 0; i < COUNT; i++)
    readers[i] = reader_open(&b);
  for (size_t i = 0; i < COUNT; i++)
    assert_int_equal(weir_stream_read(readers[i].data, &bytes[i], 1, outcome_note, &outcomes[i], NULL), WEIR_OK);
  for (size_t i = 0; i < COUNT; i++)
    if (outcomes[i].calls == 0)
      assert_int_equal(bench_drive(&b, &outcomes[i]), WEIR_OK);
  for (size_t i = 0; i < COUNT; i++)
    assert_int_equal(outcomes[i].result, WEIR_COPY_COMPLETED);
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

static void check_store_freed(bool newest_first) {
  int ends[2];
  char byte;
  struct bench b;
  struct outcome outcome = {0};
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  struct reader asking = reader_open(&b), sending = reader_open(&b), wanting = reader_open(&b), done = reader_open(&b);
  (void)asking;
  say(ends[1], "0123456789abcdefgh");
  reader_expect(&b, sending, "0123456789abcdef");
  weir_stream_drop(done.data);
  weir_store_step(&b.store);
  assert_int_equal(weir_stream_read(wanting.data, &byte, 1, outcome_note, &outcome, NULL), WEIR_OK);
  b.store.newest_first = newest_first;
  store_done(&b.store);
  assert_true(list_empty(&b.wasi->in.flows.all));
  weir_wasi_free(b.wasi);
  close(ends[0]);
  close(ends[1]);
}

static void check_store_freed_while_polling(bool newest_first) {
  int ends[2];
  char byte;
  struct bench b;
  struct outcome outcome = {0};
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, ends[0], -1, -1);
  struct reader r = reader_open(&b);
  assert_int_equal(weir_stream_read(r.data, &byte, 1, outcome_note, &outcome, NULL), WEIR_OK);
  weir_store_step(&b.store);
  b.store.newest_first = newest_first;
  store_done(&b.store);
  assert_true(list_empty(&b.wasi->in.flows.all));
  say(ends[1], "late");
  uv_run(b.wasi->loop, UV_RUN_NOWAIT); /* must not touch the store */
  weir_wasi_free(b.wasi);
  close(ends[0]);
  close(ends[1]);
}

static void a_store_may_be_freed_in_every_state(void **state) {
  (void)state;
  check_store_freed(false);
  check_store_freed(true);
  check_store_freed_while_polling(false);
  check_store_freed_while_polling(true);
}

static void a_store_that_refuses_streams_traps_the_call(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, -1, -1, -1);
  b.store.refuse = true;
  assert_true(fake_call(&b.linker, &b.store, "wasi:cli/stdin@0.3.0", "read-via-stream", NULL, 0)->failed);
  assert_true(list_empty(&b.wasi->in.flows.all));
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_guest_reads_what_comes_and_the_end_is_ok),
      cmocka_unit_test(nothing_is_read_before_the_guest_reads),
      cmocka_unit_test(no_input_and_closed_input_end_at_once),
      cmocka_unit_test(a_file_is_read_to_its_end),
      cmocka_unit_test(what_one_stream_leaves_the_next_one_gets),
      cmocka_unit_test(a_stream_that_does_not_read_does_not_hold_up_another),
      cmocka_unit_test(many_readers_all_get_their_bytes),
      cmocka_unit_test(a_guest_that_loses_interest_gets_its_result),
      cmocka_unit_test(waiting_for_input_that_nobody_wants_is_a_deadlock),
      cmocka_unit_test(a_store_may_be_freed_in_every_state),
      cmocka_unit_test(a_store_that_refuses_streams_traps_the_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
