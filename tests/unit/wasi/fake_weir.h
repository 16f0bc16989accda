/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The part of weir's interface that src/wasi uses, faked in one file to be included by a test: streams by the rules of
 * CanonicalABI.md#stream-state, host calls, a linker that is a table, and a store that only delivers completions. The
 * guest is the test: it holds the other ends and uses the same functions.
 *
 * Ends whose store is being freed, or is gone, do nothing: no operation can be started on them, and dropping them has
 * no effect; their memory stays until the test ends. A store cancels what is under way oldest first or newest first, as
 * the test says. `steps` counts all that a host does with ends, so that tests can tell how much work there was.
 */
#ifndef UNIT_WASI_FAKE_WEIR_H
#define UNIT_WASI_FAKE_WEIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "abi/value.h"
#include "base/handle.h"
#include "base/list.h"
#include "weir/call.h"
#include "weir/flat.h"
#include "weir/future.h"
#include "weir/resource.h"
#include "weir/store.h"

struct fake_cell { /* what a handle in a value leads to */
  struct handle_cell cell;
  struct handled handle;
  uint64_t rep; /* of a resource */
};

static void *fake_cell_init(struct fake_cell *c, enum handle_kind kind, const struct handle_ops *ops) {
  void *handle = (void *)((uintptr_t)c | kind);
  c->cell.good = (uintptr_t)handle;
  c->cell.object = &c->handle;
  c->handle.ops = ops;
  return handle;
}

struct weir_stream {
  struct fake_cell handle;
  struct list node; /* in store.ends */
  weir_store *store;
  weir_stream *other;
  bool dropped;
  bool active, completed; /* an operation is under way; its completion is queued */
  bool writes;
  struct list queue; /* in store.completions */
  char *bytes;
  weir_value *values; /* futures, and streams of anything but bytes */
  size_t size, moved;
  weir_look_fn look; /* of an operation in place, which stays */
  weir_fill_fn fill;
  weir_copy_result result;
  weir_copy_fn done;
  void *data;
};

struct weir_host_call {
  struct list node; /* in store.calls */
  weir_store *store;
  bool finished, cancelled, failed;
  int exit_code; /* -1: none */
  weir_value result;
  void (*cancel)(void *data, weir_host_call *call);
  void *data;
};

struct weir_store {
  struct list ends, completions, calls;
  weir_step next_step; /* what a step says */
  bool newest_first, stepping, freeing;
  size_t live_tasks;
  bool refuse; /* streams cannot be made or used any more */
  uint64_t steps;
  void (*on_step)(void *data);
  void *data;
};

struct weir_call {
  bool finished;
};

struct fake_func {
  const char *interface_name, *name, *signature;
  weir_host_fn fn;
  weir_flat_fn flat; /* one of the two */
  void *data;
  bool called;
};

struct fake_resource {
  const char *interface_name, *name;
  weir_resource_drop_fn drop;
  void *data;
};

struct weir_linker {
  struct fake_func funcs[512];
  size_t count, fail_at; /* 0: never */
  struct fake_resource resources[96];
  size_t resource_count;
};

/* ---- streams ----------------------------------------------------------------------------------------------------- */

/* Ends of stores that are gone. */
static struct list fake_graves = {&fake_graves, &fake_graves};

static void end_complete(weir_stream *end, weir_copy_result result) {
  end->completed = true;
  end->result = result;
  list_append(&end->store->completions, &end->queue);
}

void weir_stream_drop(weir_stream *end) {
  if (!end || !end->store || end->store->freeing)
    return;
  assert_false(end->dropped);
  end->store->steps++;
  end->dropped = true;
  if (end->active && !end->completed)
    end_complete(end, WEIR_COPY_CANCELLED);
  if (end->other->active && !end->other->completed)
    end_complete(end->other, WEIR_COPY_DROPPED);
}

static void value_drop(void *handle) {
  weir_stream_drop((weir_stream *)(void *)LIST_OWNER(handle, struct fake_cell, handle));
}

static const struct handle_ops end_ops = {.end = value_drop};

/* The end in a value, which keeps it. */
static inline weir_stream *fake_end(const weir_value *value) {
  return (weir_stream *)(void *)handle_cell_of(value->of.stream);
}

static weir_stream *end_new(weir_store *store) {
  weir_stream *end = calloc(1, sizeof(*end));
  *end = (weir_stream){.store = store};
  list_init(&end->queue);
  list_append(&store->ends, &end->node);
  return end;
}

static weir_status pair_new(weir_store *store, weir_value_kind kind, weir_value *ret_readable, weir_stream **ret) {
  if (store->refuse)
    return WEIR_ERR_NOMEM;
  weir_stream *readable = end_new(store), *writable = end_new(store);
  readable->other = writable;
  writable->other = readable;
  *ret_readable = (weir_value){.kind = kind, .of.stream = fake_cell_init(&readable->handle, HANDLE_END, &end_ops)};
  *ret = writable;
  return WEIR_OK;
}

weir_status weir_stream_new(weir_store *store, weir_element element, weir_value *ret_readable, weir_stream **ret,
                            weir_error **ret_error) {
  (void)ret_error;
  (void)element;
  return pair_new(store, WEIR_VALUE_STREAM, ret_readable, ret);
}

weir_status weir_stream_new_typed(weir_store *store, const weir_type *type, weir_value *ret_readable,
                                  weir_stream **ret_writable, weir_error **ret_error) {
  (void)type, (void)ret_error;
  return pair_new(store, WEIR_VALUE_STREAM, ret_readable, ret_writable);
}

weir_status weir_future_new(weir_store *store, weir_value *ret_readable, weir_stream **ret, weir_error **ret_error) {
  (void)ret_error;
  return pair_new(store, WEIR_VALUE_FUTURE, ret_readable, ret);
}

weir_stream *weir_stream_from_value(weir_value *value) {
  weir_stream *end = fake_end(value);
  *value = (weir_value){0};
  return end;
}

static void end_move(weir_stream *writer, weir_stream *reader) {
  size_t left = writer->size - writer->moved, room = reader->size - reader->moved;
  size_t count = left < room ? left : room;
  if (writer->values) {
    for (size_t i = 0; i < count; i++) {
      reader->values[reader->moved + i] = writer->values[writer->moved + i];
      writer->values[writer->moved + i] = (weir_value){0};
    }
  } else {
    memcpy(reader->bytes + reader->moved, writer->bytes + writer->moved, count);
  }
  writer->moved += count;
  reader->moved += count;
}

static bool end_in_place(const weir_stream *end) {
  return end->active && (end->look || end->fill);
}

/* One of the two uses the buffer of the other. */
static void end_lend(weir_stream *user, weir_stream *lender) {
  size_t left = lender->size - lender->moved, used = 0;
  if (user->completed || lender->completed)
    return;
  if (end_in_place(lender)) {
    end_complete(user->writes ? user : lender, WEIR_COPY_COMPLETED); /* it has to bring a buffer */
    return;
  }
  if (left == 0) {
    end_complete(lender, WEIR_COPY_COMPLETED);
    return;
  }
  used = user->look ? user->look(user->data, user, lender->bytes + lender->moved, left)
                    : user->fill(user->data, user, lender->bytes + lender->moved, left);
  assert_true(used <= left);
  lender->moved += used;
  user->moved += used;
  if (used > 0)
    end_complete(lender, WEIR_COPY_COMPLETED);
  else
    end_complete(user, WEIR_COPY_COMPLETED);
}

/* SharedStreamImpl.read and .write, which mirror each other. */
static void end_meet(weir_stream *end) {
  weir_stream *other = end->other;
  if (other->dropped) {
    end_complete(end, WEIR_COPY_DROPPED);
    return;
  }
  if (!other->active)
    return;
  if (end_in_place(end) || end_in_place(other)) {
    end_lend(end_in_place(other) ? other : end, end_in_place(other) ? end : other);
    return;
  }
  if (other->moved < other->size) {
    if (end->size > 0) {
      end_move(end->writes ? end : other, end->writes ? other : end);
      if (!other->completed)
        end_complete(other, WEIR_COPY_COMPLETED);
    }
    end_complete(end, WEIR_COPY_COMPLETED);
  } else if (!other->completed && end->writes && end->size == 0 && other->size == 0) {
    end_complete(end, WEIR_COPY_COMPLETED);
  } else if (!other->completed) {
    end_complete(other, WEIR_COPY_COMPLETED);
  }
}

static weir_status end_start(weir_stream *end, weir_stream operation) {
  if (!end || !end->store || end->store->freeing || end->active || end->dropped)
    return WEIR_ERR_MISUSE;
  if (end->store->refuse)
    return WEIR_ERR_NOMEM;
  end->store->steps++;
  end->active = true;
  end->completed = false;
  end->writes = operation.writes;
  end->bytes = operation.bytes;
  end->values = operation.values;
  end->size = operation.size;
  end->moved = 0;
  end->look = operation.look;
  end->fill = operation.fill;
  end->done = operation.done;
  end->data = operation.data;
  end_meet(end);
  return WEIR_OK;
}

weir_status weir_stream_read(weir_stream *end, void *buffer, size_t size, weir_copy_fn done, void *data,
                             weir_error **ret_error) {
  (void)ret_error;
  return end_start(end, (weir_stream){.bytes = buffer, .size = size, .done = done, .data = data});
}

weir_status weir_stream_write(weir_stream *end, const void *buffer, size_t size, weir_copy_fn done, void *data,
                              weir_error **ret_error) {
  (void)ret_error;
  char *bytes = (char *)(uintptr_t)buffer;
  return end_start(end, (weir_stream){.writes = true, .bytes = bytes, .size = size, .done = done, .data = data});
}

weir_status weir_stream_read_values(weir_stream *end, weir_value *values, size_t size, weir_copy_fn done, void *data,
                                    weir_error **ret_error) {
  (void)ret_error;
  return end_start(end, (weir_stream){.values = values, .size = size, .done = done, .data = data});
}

weir_status weir_stream_write_values(weir_stream *end, weir_value *values, size_t size, weir_copy_fn done, void *data,
                                     weir_error **ret_error) {
  (void)ret_error;
  return end_start(end, (weir_stream){.writes = true, .values = values, .size = size, .done = done, .data = data});
}

weir_status weir_stream_drain(weir_stream *end, weir_look_fn look, weir_copy_fn done, void *data,
                              weir_error **ret_error) {
  (void)ret_error;
  return end_start(end, (weir_stream){.look = look, .size = SIZE_MAX, .done = done, .data = data});
}

weir_status weir_stream_feed(weir_stream *end, weir_fill_fn fill, weir_copy_fn done, void *data,
                             weir_error **ret_error) {
  (void)ret_error;
  return end_start(end, (weir_stream){.writes = true, .fill = fill, .size = SIZE_MAX, .done = done, .data = data});
}

void *weir_stream_other_data(const weir_stream *end, weir_copy_fn done) {
  const weir_stream *other = end && end->store && !end->store->freeing ? end->other : NULL;
  return other && other->active && !other->completed && other->done == done ? other->data : NULL;
}

void weir_stream_to_value(weir_stream *take_readable, weir_value *ret) {
  *ret = (weir_value){.kind = WEIR_VALUE_STREAM, .of.stream = (weir_stream *)take_readable->handle.cell.good};
}

void weir_stream_cancel(weir_stream *end) {
  if (end->active && !end->completed)
    end_complete(end, WEIR_COPY_CANCELLED);
}

weir_end_state weir_stream_other_end(const weir_stream *end) {
  if (!end || !end->store || end->store->freeing || end->dropped || end->other->dropped)
    return WEIR_END_DROPPED;
  end->store->steps++;
  return end->other->active && !end->other->completed ? WEIR_END_COPYING : WEIR_END_IDLE;
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

static void end_deliver(weir_stream *end) {
  list_remove(&end->queue);
  end->active = false;
  end->done(end->data, end, end->result, end->moved);
}

weir_step weir_store_step(weir_store *store) {
  assert_false(store->stepping);
  store->stepping = true;
  while (!list_empty(&store->completions))
    end_deliver(LIST_OWNER(store->completions.next, weir_stream, queue));
  if (store->on_step)
    store->on_step(store->data);
  store->stepping = false;
  return store->next_step;
}

static void store_init(weir_store *store) {
  *store = (weir_store){.next_step = WEIR_STEP_WAITING, .live_tasks = 1};
  list_init(&store->ends);
  list_init(&store->completions);
  list_init(&store->calls);
}

static void store_cancel_ends(weir_store *store) {
  for (;;) {
    struct list *node = store->newest_first ? store->ends.prev : store->ends.next;
    while (node != &store->ends && !LIST_OWNER(node, weir_stream, node)->active)
      node = store->newest_first ? node->prev : node->next;
    if (node == &store->ends)
      return;
    weir_stream *end = LIST_OWNER(node, weir_stream, node);
    end->result = WEIR_COPY_CANCELLED;
    end_deliver(end);
  }
}

/* weir_store_free(), but for the struct itself, which is the test's. */
static void store_done(weir_store *store) {
  for (struct list *node = store->calls.next, *next; node != &store->calls; node = next) {
    weir_host_call *call = LIST_OWNER(node, weir_host_call, node);
    next = node->next;
    if (!call->finished && call->cancel)
      call->cancel(call->data, call);
    weir_value_clear(&call->result);
    free(call);
  }
  store->freeing = true;
  store_cancel_ends(store);
  while (!list_empty(&store->ends)) {
    weir_stream *end = LIST_OWNER(store->ends.next, weir_stream, node);
    list_remove(&end->node);
    list_append(&fake_graves, &end->node);
    end->store = NULL;
  }
}

size_t weir_store_live_tasks(const weir_store *store) {
  return store->live_tasks;
}

const weir_error *weir_store_failure(const weir_store *store) {
  (void)store;
  return NULL;
}

bool weir_call_finished(const weir_call *call) {
  return call->finished;
}

/* ---- host calls -------------------------------------------------------------------------------------------------- */

weir_store *weir_host_call_store(const weir_host_call *call) {
  return call->store;
}

/* The types of imports are not known here. */
const weir_func *weir_host_call_func(const weir_host_call *call) {
  (void)call;
  return NULL;
}

const weir_type *weir_func_result_type(const weir_func *func) {
  (void)func;
  return NULL;
}

const weir_type *weir_type_part_type(const weir_type *type, size_t index) {
  (void)type, (void)index;
  return NULL;
}

static void call_finish(weir_host_call *call) {
  assert_false(call->finished);
  call->finished = true;
}

weir_status weir_host_call_return(weir_host_call *call, weir_value *take_result, weir_error **ret_error) {
  (void)ret_error;
  if (take_result && value_keep(take_result, true) != WEIR_OK) {
    weir_value_clear(take_result);
    return WEIR_ERR_NOMEM;
  }
  call_finish(call);
  if (take_result) {
    call->result = *take_result;
    *take_result = (weir_value){0};
  }
  return WEIR_OK;
}

weir_status weir_host_call_fail(weir_host_call *call, const char *message) {
  assert_non_null(message);
  call_finish(call);
  call->failed = true;
  return WEIR_OK;
}

weir_status weir_host_call_exit(weir_host_call *call, int code) {
  call_finish(call);
  call->exit_code = code;
  return WEIR_OK;
}

weir_status weir_host_call_cancelled(weir_host_call *call) {
  call_finish(call);
  call->cancelled = true;
  return WEIR_OK;
}

weir_status weir_host_call_on_cancel(weir_host_call *call, void (*cancel)(void *data, weir_host_call *call), void *data,
                                     void (*release)(void *data)) {
  (void)release;
  call->cancel = cancel;
  call->data = data;
  return WEIR_OK;
}

/* ---- the linker -------------------------------------------------------------------------------------------------- */

weir_status weir_linker_define_func(weir_linker *linker, const char *interface_name, const char *name,
                                    const char *signature, weir_host_fn fn, void *data, void (*release)(void *data),
                                    weir_error **ret_error) {
  (void)release, (void)ret_error;
  assert_non_null(signature);
  if (linker->count + 1 == linker->fail_at)
    return WEIR_ERR_NOMEM;
  linker->funcs[linker->count++] = (struct fake_func){interface_name, name, signature, fn, NULL, data, false};
  return WEIR_OK;
}

weir_status weir_linker_let_wait(weir_linker *linker, const char *interface_name, const char *name,
                                 weir_error **ret_error) {
  (void)linker, (void)interface_name, (void)name, (void)ret_error;
  return WEIR_OK;
}

weir_status weir_linker_define_func_flat(weir_linker *linker, const char *interface_name, const char *name,
                                         const char *signature, weir_flat_fn fn, void *data,
                                         void (*release)(void *data), weir_error **ret_error) {
  weir_status status = weir_linker_define_func(linker, interface_name, name, signature, NULL, data, release, ret_error);
  if (status == WEIR_OK)
    linker->funcs[linker->count - 1].flat = fn;
  return status;
}

struct weir_flat_call {
  weir_store *store;
  bool failed;
};

weir_store *weir_flat_call_store(const weir_flat_call *call) {
  return call->store;
}

void weir_flat_call_fail(weir_flat_call *call, const char *message) {
  assert_non_null(message);
  call->failed = true;
}

/* All that are flat take nothing and give a u64, or bits that are taken for one. */
static void call_flat(const struct fake_func *func, weir_host_call *call) {
  uint64_t slots[16] = {0};
  weir_flat_call flat = {.store = call->store};
  func->flat(func->data, &flat, slots);
  call->finished = true;
  call->failed = flat.failed;
  call->result = (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = slots[0]};
}

weir_status weir_linker_define_resource(weir_linker *linker, const char *interface_name, const char *name,
                                        weir_resource_drop_fn drop, void *data, void (*release)(void *data),
                                        weir_error **ret_error) {
  (void)release, (void)ret_error;
  linker->resources[linker->resource_count++] = (struct fake_resource){interface_name, name, drop, data};
  return WEIR_OK;
}

static void resource_drop(void *handle) {
  free(LIST_OWNER(handle, struct fake_cell, handle));
}

static const struct handle_ops resource_ops = {.end = resource_drop};

weir_instance *weir_host_call_instance(const weir_host_call *call) {
  (void)call;
  return NULL;
}

weir_status weir_resource_new(weir_instance *instance, const char *interface_name, const char *name, uint64_t rep,
                              weir_value *ret, weir_error **ret_error) {
  (void)instance, (void)interface_name, (void)name, (void)ret_error;
  struct fake_cell *cell = calloc(1, sizeof(*cell));
  cell->rep = rep;
  *ret = (weir_value){.kind = WEIR_VALUE_RESOURCE, .of.resource = fake_cell_init(cell, HANDLE_RESOURCE, &resource_ops)};
  return WEIR_OK;
}

weir_status weir_resource_rep(const weir_value *value, uint64_t *ret) {
  *ret = LIST_OWNER(handle_cell_of(value->of.resource), struct fake_cell, cell)->rep;
  return WEIR_OK;
}

/* Calls a function of the table; the call lives as long as the store. */
static inline weir_host_call *fake_call(weir_linker *linker, weir_store *store, const char *interface_name,
                                        const char *name, weir_value *args, size_t count) {
  weir_host_call *call = calloc(1, sizeof(*call));
  *call = (weir_host_call){.store = store, .exit_code = -1};
  list_append(&store->calls, &call->node);
  for (size_t i = 0; i < linker->count; i++)
    if (strcmp(linker->funcs[i].interface_name, interface_name) == 0 && strcmp(linker->funcs[i].name, name) == 0) {
      linker->funcs[i].called = true;
      if (linker->funcs[i].flat)
        call_flat(&linker->funcs[i], call);
      else
        linker->funcs[i].fn(linker->funcs[i].data, call, args, count);
      return call;
    }
  fail_msg("%s#%s is not defined", interface_name, name);
  return NULL;
}

/* The guest drops its handle in `value`. */
static inline void fake_drop(const weir_linker *linker, const char *interface_name, const char *name,
                             const weir_value *value) {
  for (size_t i = 0; i < linker->resource_count; i++)
    if (strcmp(linker->resources[i].interface_name, interface_name) == 0 &&
        strcmp(linker->resources[i].name, name) == 0) {
      uint64_t rep = 0;
      weir_resource_rep(value, &rep);
      linker->resources[i].drop(linker->resources[i].data, NULL, rep);
      return;
    }
  fail_msg("%s#%s is no resource", interface_name, name);
}

#endif
