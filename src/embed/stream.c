/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See stream.h. An operation that may call the guest's realloc (values with pointers or handles) starts in the next
 * step; all others start at once. The objects are from malloc(), since a value may outlive its store.
 */
#include "embed/stream.h"

#include <stdlib.h>

#include "embed/seam.h"
#include "runtime/channel.h"
#include "runtime/cx.h"
#include "runtime/end.h"
#include "runtime/trap.h"

/* ---- making and ending ---------------------------------------------------------------------------------------------- */

static void drop_value(struct value_handle *self) {
  weir_stream_drop((struct weir_stream *)(void *)self);
}

static struct weir_stream *wrap(struct weir_store *s, struct rt_end *end) {
  struct weir_stream *w = calloc(1, sizeof *w);
  if (!w)
    return NULL;
  w->base.drop = drop_value;
  w->store = s;
  w->id = ++s->hold_ids;
  w->end = end;
  end->inst = NULL;
  end->host = w;
  list_init(&w->inbox);
  list_append(&s->streams, &w->all);
  return w;
}

static void unwrap(struct weir_stream *w) {
  list_remove(&w->all);
  list_remove(&w->inbox);
  free(w);
}

/* The element of streams that hosts make: until a guest gets one, and for good where both ends stay with the host. */
static const struct weir_type element_u8 = {
    .kind = TYPE_U8, .layout = {{1, 1, 0}, {1, 1, 0}}, .numeric = true, .raw = true};

static weir_status make(weir_store *s, bool future, weir_element hint, weir_value *ret_readable,
                        weir_stream **ret_writable) {
  struct rt_end *r, *w;
  struct diag d;
  diag_init(&d);
  if (rt_waitables_full(&s->rt))
    return WEIR_ERR_LIMIT;
  if (channel_new(&s->rt, future, hint == WEIR_ELEMENT_U8 ? &element_u8 : NULL, &r, &w) != WEIR_OK)
    return WEIR_ERR_NOMEM;
  struct weir_stream *readable = wrap(s, r);
  struct weir_stream *writable = readable ? wrap(s, w) : NULL;
  if (!writable) {
    if (readable)
      unwrap(readable);
    end_drop(w);
    end_drop(r);
    return WEIR_ERR_NOMEM;
  }
  readable->untyped = future;
  readable->hint = hint;
  *ret_readable = (weir_value){.kind = future ? WEIR_VALUE_FUTURE : WEIR_VALUE_STREAM, .of.stream = readable};
  *ret_writable = writable;
  if (s->traced && s->tap)
    s->tap->stream_new(s->tap_data, readable, writable);
  return WEIR_OK;
}

weir_status weir_stream_new(weir_store *store, weir_element element, weir_value *ret_readable,
                            weir_stream **ret_writable) {
  return make(store, false, element, ret_readable, ret_writable);
}

weir_status weir_future_new(weir_store *store, weir_value *ret_readable, weir_stream **ret_writable) {
  return make(store, true, WEIR_ELEMENT_NONE, ret_readable, ret_writable);
}

weir_stream *weir_value_take_stream(weir_value *value) {
  if (value->kind != WEIR_VALUE_STREAM && value->kind != WEIR_VALUE_FUTURE)
    return NULL;
  weir_stream *s = value->of.stream;
  *value = (weir_value){0};
  return s;
}

void weir_value_from_stream(weir_stream *take_readable, weir_value *ret) {
  bool future = take_readable->end && take_readable->end->channel->future;
  *ret = (weir_value){.kind = future ? WEIR_VALUE_FUTURE : WEIR_VALUE_STREAM, .of.stream = take_readable};
}

/* ---- between handles and values ------------------------------------------------------------------------------------------ */

weir_status stream_to_value(struct abi_cx *abi, const struct weir_type *t, struct rt_end *end, weir_value *ret) {
  struct weir_stream *w = wrap(store_of(end->store), end);
  if (!w)
    return diag_nomem(abi->diag);
  *ret = (weir_value){.kind = t->kind == TYPE_FUTURE ? WEIR_VALUE_FUTURE : WEIR_VALUE_STREAM, .of.stream = w};
  return WEIR_OK;
}

weir_status stream_from_value(struct abi_cx *abi, const struct weir_type *t, weir_value *value, struct rt_end **ret) {
  struct rt_cx *cx = (struct rt_cx *)(void *)abi;
  struct weir_stream *w = value->of.stream;
  if (!w->store || &w->store->rt != cx->inst->store)
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a stream or future of another store");
  struct rt_end *end = w->end;
  if (!end->readable || w->busy || end->state != RT_COPY_IDLE)
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave an end of a stream or future that is in use or done");
  if (!w->untyped && !end_carries(end, t->elem))
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a stream or future of another element type");
  end->host = NULL;
  unwrap(w);
  *value = (weir_value){0};
  *ret = end;
  return WEIR_OK;
}

/* ---- operations --------------------------------------------------------------------------------------------------------------- */

static bool may_call_guest(const struct rt_end *end) {
  const struct weir_type *elem = end->channel->elem;
  return end->buffer.kind == RT_BUFFER_VALUES && elem && (elem->has_pointer || elem->has_handle);
}

static void begin_copy(struct weir_stream *w) {
  struct weir_store *s = w->store;
  s->rt.nesting_depth++;
  if (!s->rt.failed)
    rt_fail(&s->rt, end_copy(w->end));
  s->rt.nesting_depth--;
}

static weir_status check(const weir_stream *w, bool readable, const struct rt_buffer *buffer) {
  if (!w->store || !store_is_mine(w->store) || w->store->rt.stopping || w->dropping || w->busy ||
      w->end->readable != readable || w->end->state != RT_COPY_IDLE)
    return WEIR_ERR_MISUSE;
  if (w->end->channel->future && buffer->length != 1)
    return WEIR_ERR_MISUSE;
  if (buffer->length > RT_BUFFER_MAX)
    return WEIR_ERR_LIMIT;
  if (w->end->channel->future && buffer->length != 1)
    return WEIR_ERR_MISUSE;
  const struct weir_type *elem = w->end->channel->elem;
  if (buffer->kind == RT_BUFFER_BYTES && elem && !elem->numeric)
    return WEIR_ERR_TYPE;
  return WEIR_OK;
}

static weir_status start(weir_stream *w, bool readable, const struct rt_buffer *buffer, weir_copy_fn done, void *data) {
  WEIR_TRY(check(w, readable, buffer));
  if (w->store->traced && w->store->tap)
    w->store->tap->stream_start(w->store->tap_data, w, buffer);
  w->end->buffer = *buffer;
  w->busy = true;
  w->done = done;
  w->data = data;
  if (may_call_guest(w->end))
    list_append(&w->store->stream_starts, &w->inbox);
  else
    begin_copy(w);
  store_wake(w->store);
  return WEIR_OK;
}

static struct rt_buffer host_buffer(enum rt_buffer_kind kind, void *data, size_t length) {
  uint32_t clamped = length > RT_BUFFER_MAX ? (uint32_t)RT_BUFFER_MAX + 1 : (uint32_t)length;
  return (struct rt_buffer){.kind = (uint8_t)kind, .host = data, .length = clamped};
}

weir_status weir_stream_read(weir_stream *readable, void *buffer, size_t capacity, weir_copy_fn done, void *data) {
  struct rt_buffer b = host_buffer(RT_BUFFER_BYTES, buffer, capacity);
  return start(readable, true, &b, done, data);
}

weir_status weir_stream_write(weir_stream *writable, const void *buffer, size_t count, weir_copy_fn done, void *data) {
  struct rt_buffer b = host_buffer(RT_BUFFER_BYTES, (void *)buffer, count);
  return start(writable, false, &b, done, data);
}

weir_status weir_stream_read_values(weir_stream *readable, weir_value *buffer, size_t capacity, weir_copy_fn done,
                                    void *data) {
  struct rt_buffer b = host_buffer(RT_BUFFER_VALUES, buffer, capacity);
  return start(readable, true, &b, done, data);
}

weir_status weir_stream_write_values(weir_stream *writable, weir_value *take_values, size_t count, weir_copy_fn done,
                                     void *data) {
  struct rt_buffer b = host_buffer(RT_BUFFER_VALUES, take_values, count);
  return start(writable, false, &b, done, data);
}

static void cancel_copy(struct weir_stream *w) {
  if (!w->store || !w->busy || w->end->state == RT_COPY_CANCELLING)
    return;
  if (!list_empty(&w->inbox)) { /* not started yet */
    list_remove(&w->inbox);
    w->end->state = RT_COPY_CANCELLING;
    struct rt_end *other = w->end->channel->pending; /* goes on waiting */
    w->end->channel->pending = w->end;
    end_cancel(w->end);
    w->end->channel->pending = other;
  } else {
    w->end->state = RT_COPY_CANCELLING;
    if (!w->end->w.has_pending_event)
      end_cancel(w->end);
  }
  store_wake(w->store);
}

void weir_stream_cancel(weir_stream *w) {
  if (w->store && w->store->traced && w->store->tap && w->busy && w->end->state != RT_COPY_CANCELLING)
    w->store->tap->stream_cancel(w->store->tap_data, w);
  cancel_copy(w);
}

static void drop(struct weir_stream *w) {
  if (w->store && w->busy) {
    w->dropping = true;
    cancel_copy(w);
    return;
  }
  if (w->store) {
    struct weir_store *s = w->store;
    end_drop(w->end);
    store_wake(s);
  }
  unwrap(w);
}

void weir_stream_drop(weir_stream *w) {
  if (!w)
    return;
  if (w->store && w->store->traced && w->store->tap && !w->dropping)
    w->store->tap->stream_drop(w->store->tap_data, w);
  drop(w);
}

/* ---- for the store --------------------------------------------------------------------------------------------------------------- */

bool stream_start_all(struct weir_store *s) {
  struct list batch;
  bool any = !list_empty(&s->stream_starts);
  list_take(&batch, &s->stream_starts);
  while (!list_empty(&batch)) {
    struct weir_stream *w = LIST_OWNER(batch.next, struct weir_stream, inbox);
    list_remove(&w->inbox);
    begin_copy(w);
  }
  return any;
}

/* Tells the host that an operation has ended. The end may be gone afterwards. */
static void complete(struct weir_stream *w, weir_copy_result result, size_t count) {
  weir_copy_fn done = w->done;
  bool dropping = w->dropping;
  w->busy = false;
  w->done = NULL;
  if (dropping)
    w->busy = true; /* the callback cannot start another one */
  if (done)
    done(w->data, w, result, count);
  if (dropping) {
    w->busy = false;
    drop(w);
  }
}

bool stream_deliver_all(struct weir_store *s) {
  struct list batch;
  bool any = !list_empty(&s->rt.inbox_ends);
  list_take(&batch, &s->rt.inbox_ends);
  while (!list_empty(&batch)) {
    struct rt_end *end = LIST_OWNER(batch.next, struct rt_end, inbox);
    uint64_t cause = s->cause;
    end_deliver(end);
    if (s->traced && s->tap)
      s->cause = s->tap->stream_done(s->tap_data, end->host, (weir_copy_result)end->result, end->buffer.progress);
    complete(end->host, (weir_copy_result)end->result, end->buffer.progress);
    s->cause = cause;
  }
  return any;
}

/* A callback may drop any end, so ends move one by one to a list that is looked at afterwards. */
void stream_release_all(struct weir_store *s) {
  struct list batch;
  list_take(&batch, &s->streams);
  while (!list_empty(&batch)) {
    struct weir_stream *w = LIST_OWNER(batch.next, struct weir_stream, all);
    list_remove(&w->all);
    list_append(&s->streams, &w->all);
    if (!w->busy || !w->done)
      continue;
    weir_copy_fn done = w->done;
    w->done = NULL;
    done(w->data, w, WEIR_COPY_CANCELLED, w->end->buffer.progress);
  }
  while (!list_empty(&s->streams)) {
    struct weir_stream *w = LIST_OWNER(s->streams.next, struct weir_stream, all);
    bool dropping = w->dropping;
    list_remove(&w->all);
    list_remove(&w->inbox);
    w->store = NULL;
    w->end = NULL;
    w->busy = false;
    if (dropping)
      free(w);
  }
}
