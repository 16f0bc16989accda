/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * WASI 0.2 without files: pollables, streams over standard input and output, clocks, and what 0.3 has under other
 * names.
 * The last case fails where a function of 0.2 was not called by those before it.
 */
#include <errno.h>
#include <signal.h>

#include "fake_guest.h"
#include "support/fault.h"
#include "wasi/p2/output.h"
#include "wasi/wit.h"

#define STREAMS "wasi:io/streams@0.2.12"
#define POLL "wasi:io/poll@0.2.12"
#define MONOTONIC "wasi:clocks/monotonic-clock@0.2.12"
#define IN "[method]input-stream."
#define OUT "[method]output-stream."

/* ---- calls of a guest -------------------------------------------------------------------------------------------- */

static weir_host_call *ask(struct bench *b, const char *interface_name, const char *name, weir_value *args,
                           size_t count) {
  return fake_call(&b->linker, &b->store, interface_name, name, args, count);
}

static const weir_value *get(struct bench *b, const char *interface_name, const char *name) {
  const weir_host_call *call = ask(b, interface_name, name, NULL, 0);
  assert_true(call->finished && !call->failed);
  return &call->result;
}

static weir_value u64(uint64_t n) {
  return (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = n};
}

static weir_host_call *method(struct bench *b, const char *name, const weir_value *self, weir_value argument) {
  weir_value args[] = {*self, argument};
  return ask(b, strstr(name, "pollable.") ? POLL : STREAMS, name, args, argument.kind == WEIR_VALUE_NONE ? 1 : 2);
}

static weir_host_call *with_bytes(struct bench *b, const char *name, const weir_value *self, const char *text,
                                  size_t size) {
  weir_value bytes;
  assert_int_equal(weir_value_new_bytes(text, size, &bytes), WEIR_OK);
  weir_host_call *call = method(b, name, self, bytes);
  weir_value_clear(&bytes);
  return call;
}

struct until_finished {
  weir_call call;
  const weir_host_call *host;
};

static void look(void *data) {
  struct until_finished *until = data;
  until->call.finished = until->host->finished;
}

static void finish(struct bench *b, const weir_host_call *call) {
  struct until_finished until = {.host = call};
  b->store.on_step = look;
  b->store.data = &until;
  assert_int_equal(weir_wasi_drive(b->wasi, &b->store, &until.call, NULL), WEIR_OK);
  b->store.on_step = NULL;
}

static void expect_ok(const weir_host_call *call) {
  assert_true(call->finished && !call->failed);
  assert_int_equal(call->result.tag, 0);
}

static void expect_count(const weir_host_call *call, uint64_t count) {
  expect_ok(call);
  assert_int_equal(call->result.of.payload->of.u64, count);
}

static void expect_bytes(const weir_host_call *call, const char *text) {
  expect_ok(call);
  assert_int_equal(call->result.of.payload->of.string.size, strlen(text));
  assert_memory_equal(call->result.of.payload->of.string.data, text, strlen(text));
}

static void expect_closed(const weir_host_call *call) {
  assert_true(call->finished && !call->failed);
  assert_int_equal(call->result.tag, 1);
  assert_int_equal(call->result.of.payload->tag, WASI_P2_IO_STREAM_ERROR_CLOSED);
}

static void expect_pipe(int fd, const char *expected) {
  char bytes[256] = {0};
  assert_int_equal(read(fd, bytes, sizeof(bytes) - 1), strlen(expected));
  assert_string_equal(bytes, expected);
}

static const weir_value none = {0};

/* A host with a pipe as standard input and one as standard output. */
struct pipes {
  struct bench b;
  int in[2], out[2];
};

static void pipes_open(struct pipes *p) {
  assert_int_equal(pipe(p->in), 0);
  assert_int_equal(pipe(p->out), 0);
  bench_open(&p->b, p->in[0], p->out[1], p->out[1]);
}

static struct weir_linker seen; /* what all cases have called */

static void note_calls(const struct bench *b) {
  if (seen.count == 0)
    seen = b->linker;
  for (size_t i = 0; i < b->linker.count; i++)
    seen.funcs[i].called |= b->linker.funcs[i].called;
}

static void pipes_close(struct pipes *p) {
  note_calls(&p->b);
  bench_close(&p->b);
  for (int i = 0; i < 2; i++) {
    close(p->in[i]);
    close(p->out[i]);
  }
}

static const weir_value *stdin_of(struct pipes *p) {
  return get(&p->b, "wasi:cli/stdin@0.2.12", "get-stdin");
}

static const weir_value *stdout_of(struct pipes *p) {
  return get(&p->b, "wasi:cli/stdout@0.2.12", "get-stdout");
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static void what_is_written_leaves_in_order(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *out = stdout_of(&p), *err = get(&p.b, "wasi:cli/stderr@0.2.12", "get-stderr");
  expect_count(method(&p.b, OUT "check-write", out, none), WASI_P2_ROOM);
  expect_ok(with_bytes(&p.b, OUT "write", out, "one ", 4));
  expect_ok(with_bytes(&p.b, OUT "blocking-write-and-flush", out, "two ", 4));
  expect_ok(with_bytes(&p.b, OUT "write", err, "three", 5));
  expect_ok(method(&p.b, OUT "flush", out, none));
  expect_ok(method(&p.b, OUT "blocking-flush", out, none));
  expect_pipe(p.out[0], "one two three");
  expect_ok(method(&p.b, OUT "write-zeroes", out, u64(2)));
  expect_ok(method(&p.b, OUT "blocking-write-zeroes-and-flush", out, u64(1)));
  char zeroes[4] = "xxx";
  assert_int_equal(read(p.out[0], zeroes, 4), 3);
  assert_memory_equal(zeroes, "\0\0\0", 3);
  pipes_close(&p);
}

/* Writes until bytes are left here; gives how many were written. */
static size_t fill(struct pipes *p, const weir_value *out) {
  static char bytes[WASI_P2_ROOM];
  size_t written = 0;
  for (;;) {
    weir_host_call *room = method(&p->b, OUT "check-write", out, none);
    expect_ok(room);
    size_t size = room->result.of.payload->of.u64;
    if (size == 0)
      return written;
    expect_ok(with_bytes(&p->b, OUT "write", out, bytes, size));
    written += size;
  }
}

/* Reads so much of the other end of the pipe, and lets the host write meanwhile. */
static void read_pipe(struct pipes *p, size_t size) {
  static char bytes[WASI_P2_ROOM];
  fcntl(p->out[0], F_SETFL, O_NONBLOCK);
  while (size > 0) {
    ssize_t count = read(p->out[0], bytes, size < sizeof(bytes) ? size : sizeof(bytes));
    if (count > 0)
      size -= (size_t)count;
    uv_run(p->b.wasi->loop, UV_RUN_NOWAIT);
  }
}

static void a_full_pipe_makes_the_guest_wait_and_no_byte_is_lost(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *out = stdout_of(&p);
  size_t written = fill(&p, out);
  assert_true(with_bytes(&p.b, OUT "write", out, "x", 1)->failed); /* more than was allowed traps */
  weir_host_call *subscribed = method(&p.b, OUT "subscribe", out, none);
  assert_false(method(&p.b, "[method]pollable.ready", &subscribed->result, none)->result.of.boolean);
  weir_host_call *flush = method(&p.b, OUT "blocking-flush", out, none);
  weir_host_call *block = method(&p.b, "[method]pollable.block", &subscribed->result, none);
  assert_false(flush->finished || block->finished);
  read_pipe(&p, written - 100);
  finish(&p.b, flush);
  finish(&p.b, block);
  expect_ok(flush);
  assert_true(method(&p.b, "[method]pollable.ready", &subscribed->result, none)->result.of.boolean);
  read_pipe(&p, 100);
  pipes_close(&p);
}

static void bytes_leave_after_their_stream_was_dropped(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *out = stdout_of(&p);
  size_t written = fill(&p, out);
  fake_drop(&p.b.linker, STREAMS, "output-stream", out);
  assert_true(method(&p.b, OUT "check-write", out, none)->failed); /* the number leads to nothing */
  weir_wasi_set_timeout(p.b.wasi, 0);
  assert_int_equal(weir_wasi_flush(p.b.wasi, NULL), WEIR_ERR_TIMEOUT);
  weir_wasi_set_timeout(p.b.wasi, UINT64_MAX);
  read_pipe(&p, written - 100);
  assert_int_equal(weir_wasi_flush(p.b.wasi, NULL), WEIR_OK);
  read_pipe(&p, 100);
  pipes_close(&p);
}

static void nobody_reads_means_closed(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *out = stdout_of(&p);
  close(p.out[0]);
  expect_closed(with_bytes(&p.b, OUT "write", out, "x", 1));
  expect_closed(method(&p.b, OUT "check-write", out, none));
  expect_closed(with_bytes(&p.b, OUT "blocking-write-and-flush", out, "x", 1));
  p.out[0] = dup(p.in[0]);
  pipes_close(&p);
}

static void a_failure_is_told_once(void **state) {
  (void)state;
  struct bench b;
  int fd = open("/dev/full", O_WRONLY);
  bench_open(&b, -1, fd, -1);
  const weir_value *out = get(&b, "wasi:cli/stdout@0.2.12", "get-stdout");
  weir_host_call *call = with_bytes(&b, OUT "write", out, "x", 1);
  assert_int_equal(call->result.tag, 1);
  assert_int_equal(call->result.of.payload->tag, WASI_P2_IO_STREAM_ERROR_LAST_OPERATION_FAILED);
  weir_value *error = call->result.of.payload->of.payload;
  const weir_value *words = &ask(&b, "wasi:io/error@0.2.12", "[method]error.to-debug-string", error, 1)->result;
  assert_int_equal(words->of.string.size, strlen(strerror(ENOSPC)));
  assert_memory_equal(words->of.string.data, strerror(ENOSPC), words->of.string.size);
  expect_closed(method(&b, OUT "check-write", out, none));
  fake_drop(&b.linker, "wasi:io/error@0.2.12", "error", error);
  note_calls(&b);
  bench_close(&b);
  close(fd);
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

static void a_blocking_read_waits_and_another_does_not(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *in = stdin_of(&p);
  expect_bytes(method(&p.b, IN "read", in, u64(10)), "");
  weir_host_call *call = method(&p.b, IN "blocking-read", in, u64(3));
  assert_false(call->finished);
  assert_int_equal(write(p.in[1], "abcdefgh", 8), 8);
  finish(&p.b, call);
  expect_bytes(call, "abc");
  expect_count(method(&p.b, IN "skip", in, u64(2)), 2);
  expect_count(method(&p.b, IN "blocking-skip", in, u64(1)), 1);
  expect_bytes(method(&p.b, IN "read", in, u64(UINT64_MAX)), "gh");
  call = method(&p.b, IN "blocking-skip", in, u64(1));
  assert_false(call->finished);
  close(p.in[1]);
  finish(&p.b, call);
  expect_closed(call);
  expect_closed(method(&p.b, IN "read", in, u64(1)));
  p.in[1] = dup(p.out[0]);
  pipes_close(&p);
}

static void bytes_are_spliced_from_input_to_output(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *in = stdin_of(&p), *out = stdout_of(&p);
  weir_value args[] = {*out, *in, u64(5)};
  expect_count(ask(&p.b, STREAMS, OUT "splice", args, 3), 0);
  weir_host_call *call = ask(&p.b, STREAMS, OUT "blocking-splice", args, 3);
  assert_false(call->finished);
  assert_int_equal(write(p.in[1], "splice me", 9), 9);
  finish(&p.b, call);
  expect_count(call, 5);
  expect_count(ask(&p.b, STREAMS, OUT "splice", args, 3), 4);
  expect_pipe(p.out[0], "splice me");
  close(p.in[1]);
  expect_closed(ask(&p.b, STREAMS, OUT "splice", args, 3));
  p.in[1] = dup(p.out[0]);
  pipes_close(&p);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static weir_host_call *poll_on(struct bench *b, weir_value *pollables, size_t count) {
  weir_value list;
  assert_int_equal(weir_value_new_list(count, &list), WEIR_OK);
  for (size_t i = 0; i < count; i++)
    list.of.list.items[i] = pollables[i];
  weir_host_call *call = ask(b, POLL, "poll", &list, 1);
  for (size_t i = 0; i < count; i++)
    list.of.list.items[i] = none;
  weir_value_clear(&list);
  return call;
}

static weir_value timer(struct bench *b, const char *name, uint64_t when) {
  weir_value at = u64(when);
  return ask(b, MONOTONIC, name, &at, 1)->result;
}

static void poll_tells_all_that_are_ready(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  weir_value pollables[] = {
      timer(&p.b, "subscribe-duration", UINT64_MAX), method(&p.b, IN "subscribe", stdin_of(&p), none)->result,
      timer(&p.b, "subscribe-instant", UINT64_MAX), method(&p.b, IN "subscribe", stdin_of(&p), none)->result};
  weir_host_call *call = poll_on(&p.b, pollables, 4);
  assert_false(call->finished);
  assert_int_equal(write(p.in[1], "x", 1), 1);
  finish(&p.b, call);
  assert_int_equal(call->result.of.list.count, 2);
  assert_int_equal(call->result.of.list.items[0].of.u32, 1);
  assert_int_equal(call->result.of.list.items[1].of.u32, 3);
  pollables[0] = timer(&p.b, "subscribe-duration", 0);
  call = poll_on(&p.b, pollables, 3);
  assert_true(call->finished);
  assert_int_equal(call->result.of.list.count, 2);
  pipes_close(&p);
}

static void a_timer_wakes_a_poll(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  weir_value pollables[] = {method(&p.b, IN "subscribe", stdin_of(&p), none)->result,
                            timer(&p.b, "subscribe-duration", 1000000)};
  weir_host_call *call = poll_on(&p.b, pollables, 2);
  finish(&p.b, call);
  assert_int_equal(call->result.of.list.count, 1);
  assert_int_equal(call->result.of.list.items[0].of.u32, 1);
  for (int i = 0; i < 2; i++)
    fake_drop(&p.b.linker, POLL, "pollable", &pollables[i]);
  assert_true(poll_on(&p.b, pollables, 2)->failed);
  assert_true(poll_on(&p.b, NULL, 0)->failed);
  pipes_close(&p);
}

static void a_pollable_outlives_its_stream(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *in = stdin_of(&p);
  weir_value pollable = method(&p.b, IN "subscribe", in, none)->result;
  fake_drop(&p.b.linker, STREAMS, "input-stream", in);
  weir_host_call *call = method(&p.b, "[method]pollable.block", &pollable, none);
  assert_int_equal(write(p.in[1], "x", 1), 1);
  finish(&p.b, call);
  fake_drop(&p.b.linker, POLL, "pollable", &pollable);
  pipes_close(&p);
}

static void a_store_goes_while_its_guest_waits(void **state) {
  (void)state;
  struct pipes p;
  pipes_open(&p);
  const weir_value *out = stdout_of(&p);
  weir_value pollables[] = {timer(&p.b, "subscribe-duration", UINT64_MAX),
                            method(&p.b, IN "subscribe", stdin_of(&p), none)->result};
  fill(&p, out);
  assert_false(poll_on(&p.b, pollables, 2)->finished);
  assert_false(method(&p.b, OUT "blocking-flush", out, none)->finished);
  assert_false(method(&p.b, IN "blocking-read", stdin_of(&p), u64(1))->finished);
  pipes_close(&p); /* the leak checker sees what is left */
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

static void clocks_and_random_numbers_are_those_of_0_3(void **state) {
  (void)state;
  struct bench b;
  bench_open(&b, -1, -1, -1);
  assert_int_not_equal(get(&b, MONOTONIC, "now")->of.u64, 0);
  assert_int_not_equal(get(&b, MONOTONIC, "resolution")->of.u64, 0);
  weir_value now = *get(&b, "wasi:clocks/wall-clock@0.2.12", "now");
  assert_true(now.of.list.items[0].of.u64 > 1700000000);
  assert_int_equal(get(&b, "wasi:clocks/wall-clock@0.2.12", "resolution")->of.list.count, 2);
  weir_host_call *zone = ask(&b, "wasi:clocks/timezone@0.2.12", "display", &now, 1);
  assert_memory_equal(zone->result.of.list.items[1].of.string.data, "UTC", 3);
  assert_int_equal(ask(&b, "wasi:clocks/timezone@0.2.12", "utc-offset", &now, 1)->result.of.s32, 0);
  weir_value size = u64(100000);
  assert_int_equal(ask(&b, "wasi:random/random@0.2.12", "get-random-bytes", &size, 1)->result.of.string.size, 100000);
  assert_int_equal(ask(&b, "wasi:random/insecure@0.2.12", "get-insecure-random-bytes", &size, 1)->result.of.string.size,
                   100000);
  size = u64(UINT64_MAX);
  assert_true(ask(&b, "wasi:random/random@0.2.12", "get-random-bytes", &size, 1)->failed);
  get(&b, "wasi:random/random@0.2.12", "get-random-u64");
  get(&b, "wasi:random/insecure@0.2.12", "get-insecure-random-u64");
  assert_int_equal(get(&b, "wasi:random/insecure-seed@0.2.12", "insecure-seed")->of.list.count, 2);
  note_calls(&b);
  bench_close(&b);
}

static void the_environment_is_that_of_0_3(void **state) {
  (void)state;
  struct bench b;
  weir_value ok = {.kind = WEIR_VALUE_VARIANT}, code = {.kind = WEIR_VALUE_U8, .of.u8 = 7};
  bench_open(&b, -1, -1, -1);
  assert_int_equal(get(&b, "wasi:cli/environment@0.2.12", "get-environment")->of.list.count, 0);
  assert_int_equal(get(&b, "wasi:cli/environment@0.2.12", "get-arguments")->of.list.count, 0);
  assert_int_equal(get(&b, "wasi:cli/environment@0.2.12", "initial-cwd")->tag, 0);
  assert_int_equal(ask(&b, "wasi:cli/exit@0.2.12", "exit", &ok, 1)->exit_code, 0);
  assert_int_equal(ask(&b, "wasi:cli/exit@0.2.12", "exit-with-code", &code, 1)->exit_code, 7);
  assert_int_equal(get(&b, "wasi:cli/terminal-stdin@0.2.12", "get-terminal-stdin")->tag, 0);
  assert_int_equal(get(&b, "wasi:cli/terminal-stdout@0.2.12", "get-terminal-stdout")->tag, 0);
  assert_int_equal(get(&b, "wasi:cli/terminal-stderr@0.2.12", "get-terminal-stderr")->tag, 0);
  note_calls(&b);
  bench_close(&b);
}

/* ---- failing ----------------------------------------------------------------------------------------------------- */

static bool try_all(struct bench *b) {
  weir_host_call *in = ask(b, "wasi:cli/stdin@0.2.12", "get-stdin", NULL, 0);
  weir_host_call *out = ask(b, "wasi:cli/stdout@0.2.12", "get-stdout", NULL, 0);
  weir_value at = u64(UINT64_MAX);
  weir_host_call *time = ask(b, MONOTONIC, "subscribe-duration", &at, 1);
  if (in->failed || out->failed || time->failed)
    return false;
  weir_host_call *subscribed = method(b, IN "subscribe", &in->result, none);
  if (subscribed->failed)
    return false;
  weir_value pollables[] = {time->result, subscribed->result};
  bool good = !poll_on(b, pollables, 2)->failed;
  good &= !method(b, IN "blocking-read", &in->result, u64(1))->failed;
  for (int i = 0; good && i < 4; i++) { /* a pipe holds one of them */
    static char bytes[WASI_P2_ROOM];
    weir_host_call *room = method(b, OUT "check-write", &out->result, none);
    if (room->result.of.payload->of.u64 > 0)
      good = !with_bytes(b, OUT "write", &out->result, bytes, WASI_P2_ROOM)->failed;
  }
  return good;
}

static weir_status use_everything(const struct weir_alloc *alloc, void *ctx) {
  int in[2], out[2];
  struct diag d;
  struct bench b = {0};
  (void)ctx;
  assert_int_equal(pipe(in), 0);
  assert_int_equal(pipe(out), 0);
  weir_wasi_config config = {.size = sizeof(weir_wasi_config), .stdin_fd = in[0], .stdout_fd = out[1], .stderr_fd = -1};
  diag_init(&d);
  weir_status status = wasi_host_new(alloc, &config, &b.wasi, &d);
  diag_done(&d);
  if (status == WEIR_OK) {
    store_init(&b.store);
    weir_wasi_link(b.wasi, &b.linker, NULL);
    status = try_all(&b) ? WEIR_OK : WEIR_ERR_NOMEM;
    bench_close(&b);
  }
  for (int i = 0; i < 2; i++) {
    close(in[i]);
    close(out[i]);
  }
  return status;
}

static void without_memory_calls_fail_and_nothing_leaks(void **state) {
  (void)state;
  assert_in_range(fault_sweep(use_everything, NULL), 10, 100);
}

static void every_function_of_0_2_was_called(void **state) {
  (void)state;
  size_t count = 0;
  for (size_t i = 0; i < seen.count; i++) {
    const struct fake_func *f = &seen.funcs[i];
    if (!strstr(f->interface_name, "@0.2.") || strstr(f->interface_name, "filesystem") ||
        strstr(f->interface_name, "sockets") || strstr(f->interface_name, "http"))
      continue;
    count++;
    if (!f->called)
      fail_msg("%s#%s was not called", f->interface_name, f->name);
  }
  assert_true(count > 0);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_leaves_in_order),
      cmocka_unit_test(a_full_pipe_makes_the_guest_wait_and_no_byte_is_lost),
      cmocka_unit_test(bytes_leave_after_their_stream_was_dropped),
      cmocka_unit_test(nobody_reads_means_closed),
      cmocka_unit_test(a_failure_is_told_once),
      cmocka_unit_test(a_blocking_read_waits_and_another_does_not),
      cmocka_unit_test(bytes_are_spliced_from_input_to_output),
      cmocka_unit_test(poll_tells_all_that_are_ready),
      cmocka_unit_test(a_timer_wakes_a_poll),
      cmocka_unit_test(a_pollable_outlives_its_stream),
      cmocka_unit_test(a_store_goes_while_its_guest_waits),
      cmocka_unit_test(clocks_and_random_numbers_are_those_of_0_3),
      cmocka_unit_test(the_environment_is_that_of_0_3),
      cmocka_unit_test(without_memory_calls_fail_and_nothing_leaks),
      cmocka_unit_test(every_function_of_0_2_was_called),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
