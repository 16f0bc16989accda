/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the tests of streams and of futures share: copies that count themselves, and calls of guests/streams.wat. */
#ifndef BEHAVIOUR_STREAMS_H
#define BEHAVIOUR_STREAMS_H

#include "behaviour/behaviour.h"

struct copy { /* the completions of one end */
  int count;
  weir_copy_result result;
  size_t moved;
};

static inline void copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct copy *c = data;
  assert_non_null(end);
  c->count++;
  c->result = result;
  c->moved = count;
}

static inline void assert_copy(const struct copy *c, int count, weir_copy_result result, size_t moved) {
  assert_int_equal(c->count, count);
  assert_int_equal(c->result, result);
  assert_int_equal(c->moved, moved);
}

static inline struct world *open_streams(void) {
  struct world *w = world_open("streams");
  world_start(w);
  return w;
}

static inline void close_streams(struct world *w) {
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  world_close(w);
}

/* Starts a call that takes the readable end of a new stream of bytes. */
static inline weir_stream *call_with_bytes(struct world *w, struct outcome *o, const char *name) {
  weir_value args[2] = {{0}, u32(16)};
  weir_stream *writable;
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &writable, NULL), NULL);
  call_args(w, o, name, args, strcmp(name, "read-once") == 0 ? 2 : 1);
  return writable;
}

static inline weir_stream *result_stream(struct outcome *o) {
  assert_ended(o, WEIR_OK);
  weir_stream *end = weir_stream_from_value(&o->result);
  assert_non_null(end);
  return end;
}

#endif
