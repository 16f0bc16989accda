/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Property: whatever guests and hosts do to each other through the canonical built-ins and the public interface, in
 * whatever order, ends as a result or as a failure that is told; each completion comes exactly once; the store can be
 * freed at any time. The first byte of the input says how ready threads are permuted (0: not at all) and whether the
 * store is freed in the middle of what goes on (128). The rest is read by two interpreters: this one for what the host
 * does, and the one in ops_guest.h for strings of operations that it hands to the guest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/ops_guest.h"
#include "weir/weir.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
  CALLS = 16,
  WORKS = 16,
  ENDS = 12,
  OPS_LONGEST = 128,
  STEPS = 64,
  BUFFER = 8,
  DROPS = 5,
  CANCELS = 6,
  FEATURES = 0x1ff
};

struct call {
  weir_call *handle; /* NULL: freed, or never started */
  int completions;
  bool told; /* nobody has freed the handle before its completion */
};

struct end { /* a host's end of a stream or future, and its buffer */
  weir_stream *end;
  bool future, readable, busy;
  bool done; /* a future has its value, or the other end of a stream is gone: it cannot be given away */
  int started, completed;
  size_t most; /* that a callback uses of what it is lent */
  uint8_t bytes[BUFFER];
  weir_value value;
};

struct world {
  const uint8_t *data;
  size_t size;
  weir_store *store;
  weir_instance *instance;
  struct call calls[CALLS];
  uint32_t call_count;
  weir_host_call *works[WORKS]; /* NULL: finished */
  uint32_t work_count;
  struct end ends[ENDS];
  uint32_t end_count;
  bool now; /* `work` answers at once */
};

static weir_engine *engine;
static weir_component *component;

static void must(bool condition, const char *what) {
  if (condition)
    return;
  fprintf(stderr, "fuzz_ops: %s\n", what);
  abort();
}

static uint8_t take(struct world *w) {
  if (w->size == 0)
    return 0;
  w->size--;
  return *w->data++;
}

/* ---- the host function ------------------------------------------------------------------------------------------- */

static void forget_work(struct world *w, const weir_host_call *call) {
  for (uint32_t i = 0; i < w->work_count; i++)
    if (w->works[i] == call)
      w->works[i] = NULL;
}

static void work_cancelled(void *data, weir_host_call *call) {
  struct world *w = data;
  forget_work(w, call);
  weir_host_call_cancelled(call);
}

static void work(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct world *w = data;
  must(count == 1 && args[0].kind == WEIR_VALUE_U32, "work has its argument");
  uint32_t n = args[0].of.u32;
  if (n == 0 || w->work_count == WORKS) {
    weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = 5};
    weir_host_call_return(call, &result, NULL);
    return;
  }
  if (n == 1)
    weir_host_call_on_cancel(call, work_cancelled, w, NULL);
  w->works[w->work_count++] = call;
}

static void finish_work(struct world *w) {
  uint8_t which = take(w);
  if (w->work_count == 0)
    return;
  weir_host_call **slot = &w->works[which % w->work_count];
  weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = which};
  if (!*slot)
    return;
  if (which >= 250)
    weir_host_call_fail(*slot, "no");
  else if (which >= 248)
    weir_host_call_exit(*slot, 3);
  else if (which >= 246)
    weir_host_call_cancelled(*slot);
  else
    weir_host_call_return(*slot, &result, NULL);
  *slot = NULL;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static void keep_result(struct world *w, weir_value *result);

static void call_done(void *data, weir_call *handle) {
  struct call *c = data;
  c->completions++;
  must(c->handle == handle && weir_call_finished(handle), "a completion comes for a call that has finished");
}

/* `misuse`: the arguments are refused, unless the store has failed before. */
static void try_call(struct world *w, const char *name, weir_value *args, size_t count, bool misuse) {
  if (w->call_count == CALLS) {
    for (size_t i = 0; i < count; i++)
      weir_value_clear(&args[i]);
    return;
  }
  struct call *c = &w->calls[w->call_count];
  const weir_func *func = weir_component_find_func(component, NULL, name);
  weir_status status = weir_call_start(w->instance, func, args, count, call_done, c, &c->handle, NULL);
  must(status == WEIR_ERR_TRAP || status == (misuse ? WEIR_ERR_MISUSE : WEIR_OK),
       "a call starts, or its store has failed, or its arguments are refused");
  if (status != WEIR_OK)
    return;
  c->told = true;
  w->call_count++;
  must(c->completions == 0, "nothing is delivered from inside the starting call");
}

static void start_call(struct world *w, const char *name, weir_value *args, size_t count) {
  try_call(w, name, args, count, false);
}

static void start_ops(struct world *w, const char *name) {
  uint8_t form = take(w);
  size_t size = form % OPS_LONGEST;
  weir_value ops = {.kind = WEIR_VALUE_BYTES, .tag = WEIR_VALUE_LENT};
  if (size > w->size)
    size = w->size;
  if (form < OPS_LONGEST)
    must(weir_value_new_bytes(w->data, size, &ops) == WEIR_OK, "there is memory");
  else
    ops.of.string = (weir_value_string){(char *)(uintptr_t)w->data, size};
  w->data += size;
  w->size -= size;
  start_call(w, name, &ops, 1);
}

static void take_outcome(struct world *w, struct call *c) {
  weir_value result = {0};
  weir_error *error = NULL;
  weir_status status = weir_call_result(c->handle, &result, &error);
  must(status == WEIR_OK || status == WEIR_ERR_MISUSE || status == WEIR_ERR_CANCELLED || status == WEIR_ERR_TRAP ||
           status == WEIR_ERR_HOST || status == WEIR_ERR_EXIT || status == WEIR_ERR_LIMIT,
       "an outcome is one of those a call may have");
  must((status == WEIR_OK) == (!error), "failures tell of themselves");
  weir_error_free(error);
  if (status == WEIR_OK)
    keep_result(w, &result);
}

static void touch_call(struct world *w, uint8_t how) {
  uint8_t which = take(w);
  if (w->call_count == 0)
    return;
  struct call *c = &w->calls[which % w->call_count];
  if (!c->handle)
    return;
  if (how == 0) {
    weir_call_cancel(c->handle);
  } else if (how == 1) {
    take_outcome(w, c);
  } else {
    weir_call_free(c->handle);
    c->told = c->completions > 0;
    c->handle = NULL;
  }
}

/* ---- streams and futures ----------------------------------------------------------------------------------------- */

static struct end *add_end(struct world *w, weir_stream *stream, bool future, bool readable) {
  if (w->end_count == ENDS) {
    weir_stream_drop(stream);
    return NULL;
  }
  struct end *e = &w->ends[w->end_count++];
  e->end = stream;
  e->future = future;
  e->readable = readable;
  return e;
}

static void keep_result(struct world *w, weir_value *result) {
  bool future = result->kind == WEIR_VALUE_FUTURE;
  weir_stream *stream = weir_stream_from_value(result);
  if (stream)
    add_end(w, stream, future, true);
  weir_value_clear(result);
}

static void give_end(struct world *w, bool future) {
  weir_value readable;
  weir_stream *writable;
  weir_status status = future ? weir_future_new(w->store, &readable, &writable, NULL)
                              : weir_stream_new(w->store, WEIR_ELEMENT_U8, &readable, &writable, NULL);
  must(status == WEIR_OK, "streams and futures can be made");
  start_call(w, future ? "take-f" : "take-s", &readable, 1);
  add_end(w, writable, future, false);
}

static void copied(void *data, weir_stream *stream, weir_copy_result result, size_t count) {
  struct end *e = data;
  must(stream && count <= BUFFER && result <= WEIR_COPY_CANCELLED, "a completion makes sense");
  must(e->busy, "a completion comes once for each operation");
  e->busy = false;
  e->done = result == WEIR_COPY_DROPPED || (e->future && result == WEIR_COPY_COMPLETED);
  e->completed++;
  if (e->readable && e->future)
    weir_value_clear(&e->value);
}

/* What a callback does besides looking, where it is lent bytes; how many of them it uses. */
static size_t use_lent(struct end *e, weir_stream *end, size_t count) {
  must(e->busy, "a callback is lent something for an operation that is under way");
  if (e->most == DROPS) {
    weir_stream_drop(end);
    e->end = NULL;
  } else if (e->most == CANCELS) {
    weir_stream_cancel(end);
  }
  return count < e->most ? count : e->most;
}

static size_t look(void *data, weir_stream *end, const void *bytes, size_t count) {
  struct end *e = data;
  size_t n = use_lent(e, end, count);
  memcpy(e->bytes, bytes, n);
  return n;
}

static size_t fill(void *data, weir_stream *end, void *bytes, size_t count) {
  struct end *e = data;
  size_t n = use_lent(e, end, count);
  memcpy(bytes, e->bytes, n);
  return n;
}

static weir_status start_copy_in_place(struct end *e, size_t most) {
  e->most = most;
  return e->readable ? weir_stream_read_in_place(e->end, look, copied, e, NULL)
                     : weir_stream_write_in_place(e->end, fill, copied, e, NULL);
}

static weir_status start_copy(struct end *e, size_t count) {
  if (e->future && e->readable)
    return weir_stream_read_values(e->end, &e->value, 1, copied, e, NULL);
  if (e->future) {
    e->value = (weir_value){.kind = WEIR_VALUE_U32, .of.u32 = 8};
    return weir_stream_write_values(e->end, &e->value, 1, copied, e, NULL);
  }
  return e->readable ? weir_stream_read(e->end, e->bytes, count, copied, e, NULL)
                     : weir_stream_write(e->end, e->bytes, count, copied, e, NULL);
}

static void touch_end(struct world *w, uint8_t how) {
  uint8_t which = take(w);
  if (w->end_count == 0)
    return;
  struct end *e = &w->ends[which % w->end_count];
  if (!e->end)
    return;
  if (how == 0) {
    bool busy = e->busy;
    if (busy)
      return;
    e->busy = true;
    bool in_place = !e->future && which / 16 > BUFFER;
    weir_status status =
        in_place ? start_copy_in_place(e, which / 16 - BUFFER - 1) : start_copy(e, which / 16 % (BUFFER + 1));
    must(status == WEIR_OK || status == WEIR_ERR_MISUSE, "a copy starts, or the end is done");
    e->busy = status == WEIR_OK;
    e->started += status == WEIR_OK;
  } else if (how == 1) {
    weir_stream_cancel(e->end);
  } else if (how == 2) {
    weir_stream_drop(e->end);
    e->end = NULL;
  } else if (e->readable && !e->busy) { /* given on to a guest */
    weir_value value;
    weir_stream_to_value(e->end, &value);
    e->end = NULL;
    try_call(w, e->future ? "take-f" : "take-s", &value, 1, e->done);
  }
}

/* ---- the interpreter --------------------------------------------------------------------------------------------- */

static weir_step step(struct world *w) {
  weir_step result = weir_store_step(w->store);
  must((result == WEIR_STEP_FAILED) <= !!weir_store_failure(w->store), "a failed store says how");
  must(result != WEIR_STEP_IDLE || weir_store_live_tasks(w->store) == 0, "an idle store has no live task");
  must(result != WEIR_STEP_STUCK || weir_store_live_tasks(w->store) > 0, "a stuck store has live tasks");
  return result;
}

static void settle(struct world *w) {
  for (int i = 0; i < STEPS && step(w) == WEIR_STEP_READY; i++) {
  }
}

static void run_one(struct world *w) {
  switch (take(w) % 19) {
    case 0:
      start_ops(w, "run-cb");
      return;
    case 1:
      start_ops(w, "run-stack");
      return;
    case 2:
      start_ops(w, "run-plain");
      return;
    case 3:
      start_ops(w, "run-sync");
      return;
    case 4:
      start_ops(w, "run-other");
      return;
    case 5:
      step(w);
      return;
    case 6:
      settle(w);
      return;
    case 7:
    case 8:
    case 9:
      finish_work(w);
      return;
    case 10:
      touch_call(w, take(w) % 3);
      return;
    case 11:
      touch_call(w, 0);
      return;
    case 12:
      give_end(w, false);
      return;
    case 13:
      give_end(w, true);
      return;
    case 14:
      start_call(w, "give-s", NULL, 0);
      return;
    case 15:
      start_call(w, "give-f", NULL, 0);
      return;
    case 16:
      touch_call(w, 1);
      return;
    default:
      touch_end(w, take(w) % 5 % 4);
      return;
  }
}

/* ---- setting up -------------------------------------------------------------------------------------------------- */

static void set_up(void) {
  weir_engine_config config = {.size = sizeof(weir_engine_config), .features = FEATURES, .fast_compile = true};
  weir_error *error = NULL;
  must(weir_engine_new(&config, &engine, NULL) == WEIR_OK, "there is an engine");
  if (weir_component_new(engine, guest_text, sizeof(guest_text) - 1, &component, &error) != WEIR_OK)
    must(false, weir_error_message(error));
}

static void open_world(struct world *w) {
  weir_linker *linker;
  must(weir_linker_new(engine, &linker, NULL) == WEIR_OK, "there is a linker");
  must(weir_linker_define_func(linker, NULL, "work", NULL, work, w, NULL, NULL) == WEIR_OK, "work is defined");
  weir_store_config config = {.size = sizeof(weir_store_config), .schedule_seed = take(w) & 63};
  must(weir_store_new(engine, &config, &w->store, NULL) == WEIR_OK, "there is a store");
  must(weir_instance_new(w->store, linker, component, &w->instance, NULL) == WEIR_OK, "there is an instance");
  weir_linker_free(linker);
}

/* WEIR_OPS_TRACE=1 tells what became of an input: for making inputs that get far. */
static void trace(const struct world *w) {
  const weir_error *failure = weir_store_failure(w->store);
  fprintf(stderr, "%zu tasks live; %s\n", weir_store_live_tasks(w->store),
          failure ? weir_error_message(failure) : "no failure");
  for (uint32_t i = 0; i < w->call_count; i++)
    fprintf(stderr, "  call %u: %d completions\n", i, w->calls[i].completions);
}

static void close_world(struct world *w) {
  if (getenv("WEIR_OPS_TRACE"))
    trace(w);
  weir_store_free(w->store);
  for (uint32_t i = 0; i < w->call_count; i++)
    must(w->calls[i].told ? w->calls[i].completions == 1 : w->calls[i].completions == 0,
         "every call completes exactly once, or never where its handle was freed before");
  for (uint32_t i = 0; i < w->end_count; i++) {
    must(w->ends[i].started == w->ends[i].completed, "every copy completes exactly once");
    if (w->ends[i].end)
      weir_stream_drop(w->ends[i].end);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (!component)
    set_up();
  struct world w = {.data = data, .size = size > 4096 ? 4096 : size};
  open_world(&w);
  while (w.size > 0)
    run_one(&w);
  if (size == 0 || data[0] < 128)
    settle(&w);
  close_world(&w);
  return 0;
}
