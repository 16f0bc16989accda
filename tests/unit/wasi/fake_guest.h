/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A host under test with a fake store and a linker, and the guest's side of its streams, for tests of standard streams.
 */
#ifndef UNIT_WASI_FAKE_GUEST_H
#define UNIT_WASI_FAKE_GUEST_H

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "fake_weir.h"
#include "wasi/host/host.h"

struct bench {
  weir_wasi *wasi;
  weir_store store;
  weir_linker linker;
};

static inline void bench_open(struct bench *b, int in, int out, int err) {
  weir_wasi_config config = {.size = sizeof(weir_wasi_config), .stdin_fd = in, .stdout_fd = out, .stderr_fd = err};
  *b = (struct bench){0};
  store_init(&b->store);
  assert_int_equal(weir_wasi_new(&config, &b->wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(b->wasi, &b->linker, NULL), WEIR_OK);
}

/* With no descriptors, and more of a configuration. */
static inline void bench_open_world(struct bench *b, const weir_wasi_config *more) {
  weir_wasi_config config = *more;
  config.size = sizeof(config);
  config.stdin_fd = config.stdout_fd = config.stderr_fd = -1;
  *b = (struct bench){0};
  store_init(&b->store);
  assert_int_equal(weir_wasi_new(&config, &b->wasi, NULL), WEIR_OK);
  assert_int_equal(weir_wasi_link(b->wasi, &b->linker, NULL), WEIR_OK);
}

static inline void bench_close(struct bench *b) {
  store_done(&b->store);
  weir_wasi_free(b->wasi);
}

/* The outcome of one operation of the guest. */
struct outcome {
  int calls;
  weir_copy_result result;
  size_t count;
};

static inline void outcome_note(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)end;
  struct outcome *outcome = data;
  outcome->calls++;
  outcome->result = result;
  outcome->count = count;
}

struct until {
  weir_call call;
  const struct outcome *outcome;
};

static inline void until_check(void *data) {
  struct until *until = data;
  until->call.finished = until->outcome->calls > 0;
}

/* Drives the host until the outcome is there. */
static inline weir_status bench_drive(struct bench *b, const struct outcome *outcome) {
  struct until until = {.outcome = outcome};
  b->store.on_step = until_check;
  b->store.data = &until;
  weir_status status = weir_wasi_drive(b->wasi, &b->store, &until.call, NULL);
  b->store.on_step = NULL;
  return status;
}

/* Reads a result future: -1 for ok, else the error code. */
static inline int bench_result(struct bench *b, weir_stream *future) {
  weir_value value = {0};
  struct outcome outcome = {0};
  assert_int_equal(weir_stream_read_values(future, &value, 1, outcome_note, &outcome, NULL), WEIR_OK);
  assert_int_equal(bench_drive(b, &outcome), WEIR_OK);
  assert_int_equal(outcome.result, WEIR_COPY_COMPLETED);
  int code = value.tag == 0 ? -1 : (int)value.of.payload->tag;
  weir_value_clear(&value);
  return code;
}

#endif
