/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Work and memory of standard streams do not grow with what a guest has open: what a host does with ends is counted for
 * N streams and for 4 N, which may take 5 times as much. What it does without them shows in the number of instructions,
 * which the processor counts; where the system does not let it (a virtual machine, a container), bench/scaling_wasi.c
 * is all there is.
 */
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fake_guest.h"

enum { FEW = 3000, TIMES = 4, MANY = FEW * TIMES, FACTOR = 5 };

struct pair {
  weir_stream *data, *future;
};

struct scene {
  struct bench b;
  int in[2], out[2];
  struct pair pairs[MANY];
  struct outcome outcomes[MANY];
  char bytes[MANY];
  size_t count;
};

static struct pair open_input(struct scene *s) {
  weir_value *ends =
      fake_call(&s->b.linker, &s->b.store, "wasi:cli/stdin@0.3.0", "read-via-stream", NULL, 0)->result.of.list.items;
  return (struct pair){weir_stream_from_value(&ends[0]), weir_stream_from_value(&ends[1])};
}

static struct pair open_output(struct scene *s) {
  weir_value readable = {0};
  struct pair p = {0};
  weir_stream_new(&s->b.store, WEIR_ELEMENT_U8, &readable, &p.data, NULL);
  weir_host_call *call =
      fake_call(&s->b.linker, &s->b.store, "wasi:cli/stdout@0.3.0", "write-via-stream", &readable, 1);
  p.future = weir_stream_from_value(&call->result);
  return p;
}

/* The guest's part of a scene, and what it drops at the end and in which order. */
typedef struct pair open_fn(struct scene *s);

static void settle(struct scene *s) {
  do
    weir_store_step(&s->b.store);
  while (wasi_host_ask(s->b.wasi) || !list_empty(&s->b.store.completions));
  uv_run(s->b.wasi->loop, UV_RUN_NOWAIT);
  weir_store_step(&s->b.store);
}

static void drop(struct pair p) {
  weir_stream_drop(p.data);
  weir_stream_drop(p.future);
}

static void drop_all(struct scene *s, bool backwards) {
  for (size_t i = 0; i < s->count; i++)
    drop(s->pairs[backwards ? s->count - 1 - i : i]);
  settle(s);
}

static void read_all(struct scene *s) {
  for (size_t i = 0; i < s->count; i++)
    weir_stream_read(s->pairs[i].data, &s->bytes[i], 1, outcome_note, &s->outcomes[i], NULL);
  settle(s);
}

static void write_all(struct scene *s) {
  for (size_t i = 0; i < s->count; i++)
    weir_stream_write(s->pairs[i].data, "x", 1, outcome_note, &s->outcomes[i], NULL);
  settle(s);
}

static void cancel_all(struct scene *s) {
  for (size_t i = 0; i < s->count; i++)
    weir_stream_cancel(s->pairs[i].data);
  settle(s);
}

static size_t done(const struct scene *s) {
  size_t count = 0;
  for (size_t i = 0; i < s->count; i++)
    count += s->outcomes[i].calls > 0 && s->outcomes[i].result == WEIR_COPY_COMPLETED;
  return count;
}

/* ---- what the guest does ----------------------------------------------------------------------------------------- */

static void only_drop(struct scene *s) {
  (void)s;
}

static void read_and_get(struct scene *s) {
  char text[MANY];
  memset(text, 'x', s->count);
  read_all(s);
  assert_int_equal(write(s->in[1], text, s->count), s->count);
  while (done(s) < s->count)
    settle(s);
}

static void read_and_cancel(struct scene *s) {
  read_all(s);
  cancel_all(s);
  assert_int_equal(done(s), 0);
}

static void write_and_be_read(struct scene *s) {
  write_all(s);
  while (done(s) < s->count)
    settle(s);
}

/* The pipe is full: a few of the writes are taken, and the rest wait for a buffer. */
static void write_and_cancel(struct scene *s) {
  char block[4096] = {0};
  while (write(s->out[1], block, sizeof(block)) > 0) {
  }
  write_all(s);
  cancel_all(s);
}

/* ---- counted ----------------------------------------------------------------------------------------------------- */

struct cost {
  uint64_t steps, instructions; /* 0: they cannot be counted */
};

/* Counts instructions of this thread outside of the kernel, from now on. -1: that cannot be. */
static int count_instructions(void) {
  struct perf_event_attr what = {.type = PERF_TYPE_HARDWARE,
                                 .size = sizeof(what),
                                 .config = PERF_COUNT_HW_INSTRUCTIONS,
                                 .exclude_kernel = 1,
                                 .exclude_hv = 1};
  return (int)syscall(SYS_perf_event_open, &what, 0, -1, -1, 0);
}

static uint64_t instructions_counted(int fd) {
  uint64_t count = 0;
  if (fd < 0)
    return 0;
  if (read(fd, &count, sizeof(count)) != sizeof(count))
    count = 0;
  close(fd);
  return count;
}

static struct cost cost_of(size_t count, open_fn *open, void (*act)(struct scene *s), bool backwards) {
  struct scene *s = calloc(1, sizeof(*s));
  s->count = count;
  assert_int_equal(pipe(s->in), 0);
  assert_int_equal(pipe2(s->out, O_NONBLOCK), 0);
  bench_open(&s->b, s->in[0], s->out[1], -1);
  int counter = count_instructions();
  for (size_t i = 0; i < count; i++)
    s->pairs[i] = open(s);
  act(s);
  drop_all(s, backwards);
  struct cost cost = {s->b.store.steps, instructions_counted(counter)};
  assert_true(list_count(&s->b.wasi->in.flows.all) + list_count(&s->b.wasi->out.flows.all) <= 2 * WASI_OUTPUT_BUFFERS);
  bench_close(&s->b);
  for (int i = 0; i < 2; i++) {
    close(s->in[i]);
    close(s->out[i]);
  }
  free(s);
  return cost;
}

static void check(open_fn *open, void (*act)(struct scene *s)) {
  for (int backwards = 0; backwards < 2; backwards++) {
    struct cost few = cost_of(FEW, open, act, backwards), many = cost_of(MANY, open, act, backwards);
    assert_in_range(many.steps, 1, FACTOR * few.steps);
    if (few.instructions > 0 && many.instructions > FACTOR * few.instructions)
      fail_msg("%llu instructions for %d streams, %llu for %d", (unsigned long long)few.instructions, FEW,
               (unsigned long long)many.instructions, MANY);
  }
}

static void streams_of_input_cost_the_same_however_many_there_are(void **state) {
  (void)state;
  check(open_input, only_drop);
  check(open_input, read_and_get);
  check(open_input, read_and_cancel);
}

static void streams_of_output_cost_the_same_however_many_there_are(void **state) {
  (void)state;
  check(open_output, only_drop);
  check(open_output, write_and_be_read);
  check(open_output, write_and_cancel);
}

/* Within one call of the guest: no step lets completions through. */
static void check_flat(open_fn *open) {
  struct scene *s = calloc(1, sizeof(*s));
  bench_open(&s->b, -1, -1, -1);
  for (size_t i = 0; i < MANY; i++)
    drop(open(s));
  assert_in_range(list_count(&s->b.wasi->in.flows.all), 0, 2 * WASI_INPUT_ASKING);
  assert_in_range(list_count(&s->b.wasi->out.flows.all), 0, 2 * WASI_OUTPUT_BUFFERS);
  bench_close(&s->b);
  free(s);
}

static void streams_that_are_opened_and_dropped_leave_nothing(void **state) {
  (void)state;
  check_flat(open_input);
  check_flat(open_output);
}

static void idle_streams_of_output_have_few_buffers(void **state) {
  (void)state;
  struct scene *s = calloc(1, sizeof(*s));
  bench_open(&s->b, -1, -1, -1);
  for (s->count = 0; s->count < MANY; s->count++)
    s->pairs[s->count] = open_output(s);
  write_and_be_read(s);
  assert_in_range(s->b.wasi->out.buffers, 1, WASI_OUTPUT_BUFFERS);
  bench_close(&s->b);
  free(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams_of_input_cost_the_same_however_many_there_are),
      cmocka_unit_test(streams_of_output_cost_the_same_however_many_there_are),
      cmocka_unit_test(streams_that_are_opened_and_dropped_leave_nothing),
      cmocka_unit_test(idle_streams_of_output_have_few_buffers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
