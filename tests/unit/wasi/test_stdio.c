/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Standard streams that are functions of the embedder's, or memory, in the place of descriptors. */
#include "wasi/host/memory.h"

#include <pthread.h>

#include "fake_guest.h"
#include "support/fault.h"
#include "wasi/wit.h"

#define STDIN "wasi:cli/stdin@0.3.0"
#define STDOUT "wasi:cli/stdout@0.3.0"
#define STDERR "wasi:cli/stderr@0.3.0"

/* ---- standard streams -------------------------------------------------------------------------------------------- */

struct ends {
  weir_stream *data, *future;
};

static struct ends reader_open(struct bench *b) {
  weir_host_call *call = fake_call(&b->linker, &b->store, STDIN, "read-via-stream", NULL, 0);
  assert_true(call->finished && !call->failed);
  weir_value *pair = call->result.of.list.items;
  return (struct ends){weir_stream_from_value(&pair[0]), weir_stream_from_value(&pair[1])};
}

static struct ends writer_open(struct bench *b, const char *interface_name) {
  struct ends w;
  weir_value readable = {0};
  assert_int_equal(weir_stream_new(&b->store, WEIR_ELEMENT_U8, &readable, &w.data, NULL), WEIR_OK);
  weir_host_call *call = fake_call(&b->linker, &b->store, interface_name, "write-via-stream", &readable, 1);
  assert_true(call->finished && !call->failed);
  w.future = weir_stream_from_value(&call->result);
  return w;
}

static void expect_read(struct bench *b, struct ends r, const char *text) {
  char bytes[17] = {0};
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read(r.data, bytes, 16, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(b, &outcome), WEIR_OK);
  assert_string_equal(bytes, text);
}

static void expect_end(struct bench *b, struct ends r, int code) {
  char byte;
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read(r.data, &byte, 1, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(b, &outcome), WEIR_OK);
  assert_int_equal(outcome.result, WEIR_COPY_DROPPED);
  assert_int_equal(bench_result(b, r.future), code);
}

static void begin_write(struct ends w, const char *text, struct outcome *ret) {
  *ret = (struct outcome){0};
  assert_int_equal(weir_stream_write(w.data, text, strlen(text), outcome_note, ret, NULL), WEIR_OK);
}

static void write_text(struct bench *b, struct ends w, const char *text) {
  struct outcome outcome;
  begin_write(w, text, &outcome);
  assert_int_equal(bench_drive(b, &outcome), WEIR_OK);
  assert_int_equal(outcome.count, strlen(text));
}

static void end_write(struct bench *b, struct ends w, int code) {
  weir_stream_drop(w.data);
  assert_int_equal(bench_result(b, w.future), code);
}

static void memory_is_read_to_its_end(void **state) {
  (void)state;
  struct bench b;
  weir_wasi_source source = {.memory = "0123456789abcdefgh", .memory_size = 18};
  bench_open_world(&b, &(weir_wasi_config){.stdin_source = &source});
  struct ends r = reader_open(&b);
  expect_read(&b, r, "0123456789abcdef");
  expect_read(&b, r, "gh");
  expect_end(&b, r, -1);
  expect_end(&b, reader_open(&b), -1);
  bench_close(&b);
  bench_open_world(&b, &(weir_wasi_config){.stdin_source = &(weir_wasi_source){0}});
  expect_end(&b, reader_open(&b), -1);
  bench_close(&b);
}

static void check_written(const struct bench *b, int descriptor, const char *text) {
  size_t size;
  const void *bytes = weir_wasi_written(b->wasi, descriptor, &size);
  assert_int_equal(size, strlen(text));
  assert_memory_equal(bytes ? bytes : "", text, size);
}

static void output_is_kept_in_memory_up_to_its_limit(void **state) {
  (void)state;
  struct bench b;
  weir_wasi_sink out = {.limit = 8}, err = {.limit = 100};
  bench_open_world(&b, &(weir_wasi_config){.stdout_sink = &out, .stderr_sink = &err});
  check_written(&b, 1, "");
  struct ends w = writer_open(&b, STDOUT), e = writer_open(&b, STDERR);
  write_text(&b, w, "12345");
  write_text(&b, e, "error");
  write_text(&b, w, "6789");
  end_write(&b, w, WASI_CLI_ERROR_CODE_IO);
  end_write(&b, e, -1);
  check_written(&b, 1, "12345678");
  check_written(&b, 2, "error");
  check_written(&b, 0, "");
  bench_close(&b);
}

static void more_output_than_its_first_memory_is_kept(void **state) {
  (void)state;
  struct bench b;
  static char text[10001];
  memset(text, 'x', 10000);
  bench_open_world(&b, &(weir_wasi_config){.stdout_sink = &(weir_wasi_sink){.limit = UINT64_MAX}});
  struct ends w = writer_open(&b, STDOUT);
  for (int i = 0; i < 3; i++) {
    struct outcome outcome;
    begin_write(w, text, &outcome);
    assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
    text[outcome.count] = '\0'; /* at first less is taken at once */
  }
  end_write(&b, w, -1);
  size_t size;
  assert_non_null(weir_wasi_written(b.wasi, 1, &size));
  assert_true(size > 8192);
  bench_close(&b);
}

/* A pipe of the embedder's, with room for 4 bytes, between a guest and another thread. */
struct pipe4 {
  pthread_mutex_t lock;
  weir_wasi *wasi;
  char bytes[4];
  size_t count, later;
  bool ended;
};

static int64_t pipe4_read(void *data, void *bytes, size_t size) {
  struct pipe4 *p = data;
  pthread_mutex_lock(&p->lock);
  size_t count = p->count < size ? p->count : size;
  int64_t moved = count > 0 || p->ended ? (int64_t)count : WEIR_WASI_LATER;
  memcpy(bytes, p->bytes, count);
  p->count -= count;
  p->later += moved < 0;
  pthread_mutex_unlock(&p->lock);
  return moved;
}

static int64_t pipe4_write(void *data, const void *bytes, size_t size) {
  struct pipe4 *p = data;
  pthread_mutex_lock(&p->lock);
  size_t room = 4 - p->count, count = room < size ? room : size;
  memcpy(p->bytes + p->count, bytes, count);
  p->count += count;
  p->later += count == 0;
  pthread_mutex_unlock(&p->lock);
  return count > 0 ? (int64_t)count : WEIR_WASI_LATER;
}

static void *feed(void *data) {
  struct pipe4 *p = data;
  const char text[] = "a text by fours!";
  for (size_t sent = 0; sent < 16;) {
    int64_t count = pipe4_write(p, text + sent, 16 - sent);
    sent += count > 0 ? (size_t)count : 0;
    weir_wasi_wake(p->wasi);
  }
  pthread_mutex_lock(&p->lock);
  p->ended = true;
  pthread_mutex_unlock(&p->lock);
  weir_wasi_wake(p->wasi);
  return NULL;
}

static void a_guest_waits_for_a_function_that_says_later(void **state) {
  (void)state;
  struct bench b;
  struct pipe4 p = {.lock = PTHREAD_MUTEX_INITIALIZER};
  char got[17] = {0};
  size_t size = 0;
  pthread_t thread;
  bench_open_world(&b, &(weir_wasi_config){.stdin_source = &(weir_wasi_source){.read = pipe4_read, .data = &p}});
  p.wasi = b.wasi;
  struct ends r = reader_open(&b);
  assert_int_equal(pthread_create(&thread, NULL, feed, &p), 0);
  while (size < 16) {
    struct outcome outcome = {0};
    assert_int_equal(weir_stream_read(r.data, got + size, 16 - size, outcome_note, &outcome, NULL), WEIR_OK);
    assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
    size += outcome.count;
  }
  assert_string_equal(got, "a text by fours!");
  expect_end(&b, r, -1);
  pthread_join(thread, NULL);
  bench_close(&b);
}

static void *drain(void *data) {
  struct pipe4 *p = data;
  static char got[17];
  for (size_t size = 0; size < 16;) {
    int64_t count = pipe4_read(p, got + size, 16 - size);
    size += count > 0 ? (size_t)count : 0;
    weir_wasi_wake(p->wasi);
  }
  return got;
}

static void a_guest_writes_no_faster_than_a_function_takes(void **state) {
  (void)state;
  struct bench b;
  struct pipe4 p = {.lock = PTHREAD_MUTEX_INITIALIZER};
  pthread_t thread;
  void *got;
  bench_open_world(&b, &(weir_wasi_config){.stdout_sink = &(weir_wasi_sink){.write = pipe4_write, .data = &p}});
  p.wasi = b.wasi;
  struct ends w = writer_open(&b, STDOUT);
  write_text(&b, w, "a text by"); /* into the host's buffer, of which the pipe takes 4 */
  struct outcome outcome;
  begin_write(w, " fours!", &outcome);
  weir_store_step(&b.store);
  assert_int_equal(outcome.calls, 0);
  assert_true(uv_loop_alive(b.wasi->loop));
  assert_int_equal(pthread_create(&thread, NULL, drain, &p), 0);
  assert_int_equal(bench_drive(&b, &outcome), WEIR_OK);
  end_write(&b, w, -1);
  pthread_join(thread, &got);
  assert_string_equal(got, "a text by fours!");
  bench_close(&b);
}

static int64_t answer(void *data, void *bytes, size_t size) {
  memset(bytes, 'x', size);
  return *(int64_t *)data;
}

static int64_t take(void *data, const void *bytes, size_t size) {
  (void)bytes, (void)size;
  return *(int64_t *)data;
}

static void a_broken_function_is_a_failure_of_the_stream(void **state) {
  (void)state;
  int64_t given[] = {WEIR_WASI_BROKEN, -77, 1 << 20, INT64_MAX, INT64_MIN};
  for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
    struct bench b;
    bench_open_world(&b, &(weir_wasi_config){.stdin_source = &(weir_wasi_source){.read = answer, .data = &given[i]},
                                             .stdout_sink = &(weir_wasi_sink){.write = take, .data = &given[i]}});
    expect_end(&b, reader_open(&b), WASI_CLI_ERROR_CODE_IO);
    struct ends w = writer_open(&b, STDOUT);
    write_text(&b, w, "lost");
    end_write(&b, w, WASI_CLI_ERROR_CODE_IO);
    bench_close(&b);
  }
}

static void a_store_that_goes_leaves_no_one_waiting(void **state) {
  (void)state;
  struct bench b;
  int64_t later = WEIR_WASI_LATER;
  struct outcome outcome = {0}, written;
  char byte;
  bench_open_world(&b, &(weir_wasi_config){.stdin_source = &(weir_wasi_source){.read = answer, .data = &later},
                                           .stdout_sink = &(weir_wasi_sink){.write = take, .data = &later}});
  struct ends r = reader_open(&b), w = writer_open(&b, STDOUT);
  assert_int_equal(weir_stream_read(r.data, &byte, 1, outcome_note, &outcome, NULL), WEIR_OK);
  begin_write(w, "never", &written);
  weir_store_step(&b.store);
  wasi_host_ask(b.wasi);
  assert_int_equal(outcome.calls, 0);
  weir_wasi_set_timeout(b.wasi, 0);
  assert_int_equal(weir_wasi_flush(b.wasi, NULL), WEIR_ERR_TIMEOUT);
  bench_close(&b); /* the loop ends */
}

/* On a loop of the embedder's nobody can wait for room: what is left is said to be. */
static void flushing_on_anothers_loop_does_not_block(void **state) {
  (void)state;
  struct bench b;
  uv_loop_t loop;
  int64_t moved = WEIR_WASI_LATER;
  struct outcome outcome;
  assert_int_equal(uv_loop_init(&loop), 0);
  bench_open_world(&b,
                   &(weir_wasi_config){.loop = &loop, .stdout_sink = &(weir_wasi_sink){.write = take, .data = &moved}});
  struct ends w = writer_open(&b, STDOUT);
  begin_write(w, "text", &outcome);
  weir_store_step(&b.store);
  assert_int_equal(weir_wasi_flush(b.wasi, NULL), WEIR_ERR_TIMEOUT);
  moved = 4;
  weir_wasi_wake(b.wasi);
  assert_int_equal(uv_run(&loop, UV_RUN_ONCE) != 0, false); /* nobody waits any more */
  assert_int_equal(weir_wasi_flush(b.wasi, NULL), WEIR_OK);
  bench_close(&b);
  assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
  assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- 0.2 --------------------------------------------------------------------------------------------------------- */

static weir_host_call *on_input(struct bench *b, const char *name, uint64_t size) {
  weir_host_call *call = fake_call(&b->linker, &b->store, "wasi:cli/stdin@0.2.12", "get-stdin", NULL, 0);
  weir_value args[] = {call->result, {.kind = WEIR_VALUE_U64, .of.u64 = size}};
  return fake_call(&b->linker, &b->store, "wasi:io/streams@0.2.12", name, args, size ? 2 : 1);
}

static weir_host_call *on_pollable(struct bench *b, const weir_value *pollable, const char *name) {
  weir_value args[] = {*pollable};
  return fake_call(&b->linker, &b->store, "wasi:io/poll@0.2.12", name, args, 1);
}

static void what_said_later_is_not_ready_until_the_bell_rings(void **state) {
  (void)state;
  struct bench b;
  int64_t moved = WEIR_WASI_LATER;
  bench_open_world(&b, &(weir_wasi_config){.stdin_source = &(weir_wasi_source){.read = answer, .data = &moved}});
  weir_host_call *read = on_input(&b, "[method]input-stream.read", 4);
  assert_int_equal(read->result.of.payload->of.string.size, 0);
  weir_value pollable = on_input(&b, "[method]input-stream.subscribe", 0)->result;
  assert_false(on_pollable(&b, &pollable, "[method]pollable.ready")->result.of.boolean);
  weir_host_call *block = on_pollable(&b, &pollable, "[method]pollable.block");
  assert_false(block->finished);
  moved = 3;
  weir_wasi_wake(b.wasi);
  uv_run(b.wasi->loop, UV_RUN_ONCE);
  assert_true(block->finished);
  read = on_input(&b, "[method]input-stream.read", 4);
  assert_int_equal(read->result.of.payload->of.string.size, 3);
  bench_close(&b);
}

/* Where memory is out, what is kept so far stays, and the guest is told. */
static weir_status keep_output(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  static const uint8_t bytes[5000] = {0};
  struct wasi_memory memory;
  struct wasi_calls calls = wasi_calls_of_sink(&(weir_wasi_sink){.limit = 100000}, &memory, alloc);
  int64_t first = calls.write(calls.data, bytes, 100), second = calls.write(calls.data, bytes, sizeof(bytes));
  bool good = first > 0 && second > 0;
  assert_true(memory.kept_size == (first > 0 ? 100 : 0) + (second > 0 ? sizeof(bytes) : 0));
  wasi_memory_done(&memory);
  return good ? WEIR_OK : WEIR_ERR_NOMEM;
}

static void where_memory_is_out_output_in_memory_fails(void **state) {
  (void)state;
  assert_int_equal(fault_sweep(keep_output, NULL), 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_is_read_to_its_end),
      cmocka_unit_test(output_is_kept_in_memory_up_to_its_limit),
      cmocka_unit_test(more_output_than_its_first_memory_is_kept),
      cmocka_unit_test(a_guest_waits_for_a_function_that_says_later),
      cmocka_unit_test(a_guest_writes_no_faster_than_a_function_takes),
      cmocka_unit_test(a_broken_function_is_a_failure_of_the_stream),
      cmocka_unit_test(a_store_that_goes_leaves_no_one_waiting),
      cmocka_unit_test(flushing_on_anothers_loop_does_not_block),
      cmocka_unit_test(what_said_later_is_not_ready_until_the_bell_rings),
      cmocka_unit_test(where_memory_is_out_output_in_memory_fails),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
