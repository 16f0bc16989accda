/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Streams into standard output: order, back-pressure, errors, and stores that are freed in the middle. */
#include "wasi/cli/output.h"

#include "fake_guest.h"
#include "wasi/wit.h"

#define STDOUT "wasi:cli/stdout@0.3.0"

struct writer {
  weir_stream *data, *future;
};

static struct writer writer_open(struct bench *b) {
  struct writer w;
  weir_value readable = {0};
  assert_int_equal(weir_stream_new(&b->store, WEIR_ELEMENT_U8, &readable, &w.data, NULL), WEIR_OK);
  weir_host_call *call = fake_call(&b->linker, &b->store, STDOUT, "write-via-stream", &readable, 1);
  assert_true(call->finished && !call->failed);
  w.future = weir_stream_from_value(&call->result);
  return w;
}

static void writer_write(struct bench *b, struct writer w, const char *text) {
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_write(w.data, text, strlen(text), outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(b, &outcome), WEIR_OK);
  assert_int_equal(outcome.result, WEIR_COPY_COMPLETED);
  assert_int_equal(outcome.count, strlen(text));
}

static void check_pipe(int fd, const char *expected) {
  char bytes[256] = {0};
  assert_int_equal(read(fd, bytes, sizeof(bytes) - 1), strlen(expected));
  assert_string_equal(bytes, expected);
}

static void what_a_guest_writes_arrives_and_the_end_is_ok(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, -1, ends[1], -1);
  struct writer w = writer_open(&b);
  writer_write(&b, w, "hello, ");
  writer_write(&b, w, "world\n");
  weir_stream_drop(w.data);
  assert_int_equal(bench_result(&b, w.future), -1);
  check_pipe(ends[0], "hello, world\n");
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

static void several_streams_take_turns_in_the_order_of_their_writes(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, -1, ends[1], -1);
  struct writer first = writer_open(&b), second = writer_open(&b);
  writer_write(&b, first, "1");
  writer_write(&b, second, "2");
  writer_write(&b, first, "3");
  weir_stream_drop(first.data);
  assert_int_equal(bench_result(&b, first.future), -1);
  writer_write(&b, second, "4");
  weir_stream_drop(second.data);
  assert_int_equal(bench_result(&b, second.future), -1);
  check_pipe(ends[0], "1234");
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
}

static void a_reader_that_is_gone_is_an_error_and_ends_the_stream(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  struct outcome outcome = {0};
  assert_int_equal(pipe(ends), 0);
  close(ends[0]);
  bench_open(&b, -1, ends[1], -1);
  struct writer w = writer_open(&b);
  writer_write(&b, w, "lost");
  assert_int_equal(bench_result(&b, w.future), WASI_CLI_ERROR_CODE_PIPE);
  assert_int_equal(weir_stream_write(w.data, "x", 1, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
  assert_int_equal(outcome.result, WEIR_COPY_DROPPED);
  bench_close(&b);
  close(ends[1]);
}

static void a_full_device_is_an_io_error(void **state) {
  (void)state;
  int full = open("/dev/full", O_WRONLY);
  struct bench b;
  bench_open(&b, -1, full, -1);
  struct writer w = writer_open(&b);
  writer_write(&b, w, "lost");
  assert_int_equal(bench_result(&b, w.future), WASI_CLI_ERROR_CODE_IO);
  bench_close(&b);
  close(full);
}

/* How much a guest can write, block by block, while nobody reads the pipe; a copy goes to `sent` unless it is NULL. */
static size_t write_until_blocked(struct bench *b, struct writer w, const char *block, size_t size, char *sent) {
  size_t total = 0;
  for (;;) {
    struct outcome outcome = {0};
    assert_int_equal(weir_stream_write(w.data, block, size, outcome_note, &outcome, NULL), WEIR_OK);
    weir_store_step(&b->store);
    if (outcome.calls == 0) {
      weir_stream_cancel(w.data);
      weir_store_step(&b->store);
      assert_int_equal(outcome.result, WEIR_COPY_CANCELLED);
      assert_int_equal(outcome.count, 0);
      return total;
    }
    if (sent)
      memcpy(sent + total, block, outcome.count);
    total += outcome.count;
  }
}

static void a_slow_reader_slows_the_guest_and_loses_nothing(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  char *block = malloc(1 << 16), *got = malloc(1 << 21), *sent = malloc(1 << 21);
  for (size_t i = 0; i < 1 << 16; i++)
    block[i] = (char)(i * 7 % 251);
  assert_int_equal(pipe(ends), 0);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  bench_open(&b, -1, ends[1], -1);
  struct writer w = writer_open(&b);
  size_t total = write_until_blocked(&b, w, block, 1 << 16, sent);
  assert_in_range(total, 1 << 16, (1 << 20) + 2 * WASI_OUTPUT_MAX); /* the pipe's buffer and ours, and no more */
  assert_true(wasi_output_pending(&b.wasi->out));
  weir_stream_drop(w.data);
  size_t count = 0;
  while (wasi_output_pending(&b.wasi->out)) {
    ssize_t more = read(ends[0], got + count, 1000);
    assert_true(more > 0);
    count += (size_t)more;
    uv_run(b.wasi->loop, UV_RUN_NOWAIT);
  }
  assert_int_equal(bench_result(&b, w.future), -1);
  for (ssize_t more; (more = read(ends[0], got + count, 1 << 16)) > 0;)
    count += (size_t)more;
  assert_int_equal(count, total);
  assert_memory_equal(got, sent, total);
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
  free(block);
  free(got);
  free(sent);
}

static void check_store_freed_while_reading(bool newest_first) {
  int ends[2];
  struct bench b;
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, -1, ends[1], -1);
  struct writer first = writer_open(&b), second = writer_open(&b), third = writer_open(&b);
  writer_write(&b, first, "a");
  weir_stream_drop(second.data); /* is settling then */
  weir_store_step(&b.store);
  (void)third;
  b.store.newest_first = newest_first;
  store_done(&b.store);
  assert_true(list_empty(&b.wasi->out.flows.all));
  check_pipe(ends[0], "a");
  weir_wasi_free(b.wasi);
  close(ends[0]);
  close(ends[1]);
}

static void a_store_may_be_freed_while_streams_are_open(void **state) {
  (void)state;
  check_store_freed_while_reading(false);
  check_store_freed_while_reading(true);
}

static void check_store_freed_while_writing(bool newest_first, bool lose_reader) {
  int ends[2];
  struct bench b;
  char *block = calloc(1, 1 << 21);
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, -1, ends[1], -1);
  struct writer w = writer_open(&b), idle = writer_open(&b);
  size_t total = write_until_blocked(&b, w, block, 1 << 16, NULL);
  (void)idle;
  b.store.newest_first = newest_first;
  store_done(&b.store);
  assert_true(wasi_output_pending(&b.wasi->out)); /* written is written, also when the store is gone */
  if (lose_reader) {
    close(ends[0]);
    assert_int_equal(weir_wasi_flush(b.wasi, NULL), WEIR_ERR_IO);
  } else {
    size_t in_pipe = (size_t)read(ends[0], block, 1 << 21);
    assert_int_equal(weir_wasi_flush(b.wasi, NULL), WEIR_OK);
    assert_int_equal(in_pipe + (size_t)read(ends[0], block, 1 << 21), total);
    close(ends[0]);
  }
  assert_true(list_empty(&b.wasi->out.flows.all));
  weir_wasi_free(b.wasi);
  close(ends[1]);
  free(block);
}

static void bytes_leave_also_when_their_store_is_gone(void **state) {
  (void)state;
  check_store_freed_while_writing(false, false);
  check_store_freed_while_writing(true, false);
  check_store_freed_while_writing(false, true);
}

static void a_host_may_be_freed_with_bytes_unwritten(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  char *block = calloc(1, 1 << 16);
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, -1, ends[1], -1);
  write_until_blocked(&b, writer_open(&b), block, 1 << 16, NULL);
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
  free(block);
}

static void a_store_that_refuses_streams_traps_the_call(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, -1, -1, -1);
  weir_value readable = {0};
  weir_stream *data;
  assert_int_equal(weir_stream_new(&b.store, WEIR_ELEMENT_U8, &readable, &data, NULL), WEIR_OK);
  b.store.refuse = true;
  assert_true(fake_call(&b.linker, &b.store, STDOUT, "write-via-stream", &readable, 1)->failed);
  weir_value_clear(&readable);
  bench_close(&b);
}

static void a_store_that_fails_later_ends_the_stream(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, -1, -1, -1);
  struct writer w = writer_open(&b);
  assert_int_equal(weir_stream_write(w.data, "x", 1, outcome_note, &(struct outcome){0}, NULL), WEIR_OK);
  b.store.refuse = true;
  weir_store_step(&b.store); /* the next read is refused, and so is the result */
  assert_true(list_empty(&b.wasi->out.flows.all));
  b.store.refuse = false;
  bench_close(&b);
}

static void output_that_nobody_reads_ends_with_the_time(void **state) {
  (void)state;
  int ends[2];
  struct bench b;
  weir_error *error = NULL;
  char *block = calloc(1, 1 << 16);
  assert_int_equal(pipe(ends), 0);
  bench_open(&b, -1, ends[1], -1);
  write_until_blocked(&b, writer_open(&b), block, 1 << 16, NULL);
  for (uint64_t time = 0; time < 2; time++) {
    weir_wasi_set_timeout(b.wasi, time);
    assert_int_equal(weir_wasi_flush(b.wasi, &error), WEIR_ERR_TIMEOUT);
    assert_string_equal(weir_error_message(error), "output was lost: nobody has read it in the time that there was");
    weir_error_free(error);
  }
  bench_close(&b);
  close(ends[0]);
  close(ends[1]);
  free(block);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_a_guest_writes_arrives_and_the_end_is_ok),
      cmocka_unit_test(several_streams_take_turns_in_the_order_of_their_writes),
      cmocka_unit_test(a_reader_that_is_gone_is_an_error_and_ends_the_stream),
      cmocka_unit_test(a_full_device_is_an_io_error),
      cmocka_unit_test(output_that_nobody_reads_ends_with_the_time),
      cmocka_unit_test(a_slow_reader_slows_the_guest_and_loses_nothing),
      cmocka_unit_test(a_store_may_be_freed_while_streams_are_open),
      cmocka_unit_test(bytes_leave_also_when_their_store_is_gone),
      cmocka_unit_test(a_host_may_be_freed_with_bytes_unwritten),
      cmocka_unit_test(a_store_that_refuses_streams_traps_the_call),
      cmocka_unit_test(a_store_that_fails_later_ends_the_stream),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
