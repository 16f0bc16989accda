/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Operations of hosts on their ends: started, cancelled, and the end dropped.
 *
 * What holds: an end has one operation at a time. An operation that may call the guest's realloc (values with pointers
 * or handles) starts in the next step, all others at once. In order: what an operation needs; starting; cancelling and
 * dropping; asking.
 */
#include "abi/value.h"
#include "embed/give.h"
#include "embed/seam.h"
#include "embed/stream.h"
#include "runtime/buffer.h"
#include "runtime/channel.h"
#include "runtime/end.h"
#include "runtime/errand.h"
#include "runtime/trap.h"

static bool may_call_guest(const struct rt_end *end) {
  const struct weir_type *elem = end->channel->elem;
  return end->buffer.kind == RT_BUFFER_VALUES && elem && (elem->has_pointer || elem->has_handle);
}

static void begin_copy(void *arg) {
  struct host_end *w = arg;
  struct store *s = w->store;
  s->rt.nesting_depth++;
  if (!s->rt.failed)
    rt_fail(&s->rt, channel_end_copy(w->end));
  s->rt.nesting_depth--;
}

/* The instance that its values would go to or come from, if there is one. */
static struct rt_instance *other_side(const struct host_end *w) {
  return w->end->channel->pending ? w->end->channel->pending->inst : NULL;
}

static bool must_wait(const struct host_end *w) {
  const struct rt_instance *inst = other_side(w);
  const struct rt_channel *c = w->end->channel;
  bool lent_now = w->end->buffer.kind == RT_BUFFER_LENT && c->pending; /* the host is called in steps only */
  return lent_now || may_call_guest(w->end) || (inst && inst->frozen > 0);
}

static weir_status check_end(const struct host_end *w, bool readable, struct diag *d) {
  if (!w)
    return diag_set(d, WEIR_ERR_MISUSE, "the end is gone, was given away, or is another thread's");
  if (w->store->rt.stopping)
    return diag_set(d, WEIR_ERR_MISUSE, "the store is being freed");
  if (w->end->readable != readable)
    return diag_set(d, WEIR_ERR_MISUSE, "the end is the %s one", w->end->readable ? "readable" : "writable");
  if (w->dropping || w->busy)
    return diag_set(d, WEIR_ERR_MISUSE, "an operation of the end is under way");
  if (w->end->state != RT_COPY_IDLE)
    return diag_set(d, WEIR_ERR_MISUSE, "the end is done: the other end is gone, or the future has its value");
  return WEIR_OK;
}

static weir_status check(const struct host_end *w, bool readable, const struct rt_buffer *buffer, struct diag *d) {
  WEIR_TRY(check_end(w, readable, d));
  const struct weir_type *elem = w->end->channel->elem;
  if (w->end->channel->future && buffer->length != 1 && buffer->kind != RT_BUFFER_LENT)
    return diag_set(d, WEIR_ERR_MISUSE, "a future has one element");
  if (buffer->length > BUFFER_MAX_LENGTH)
    return diag_set(d, WEIR_ERR_LIMIT, "no more than %d elements at a time", (int)BUFFER_MAX_LENGTH);
  if (buffer->kind == RT_BUFFER_LENT && w->end->channel->future)
    return diag_set(d, WEIR_ERR_TYPE, "futures are not read and written in place");
  if (buffer->kind != RT_BUFFER_VALUES && elem && !elem->numeric)
    return diag_set(d, WEIR_ERR_TYPE, "elements that are not numbers are read and written as values");
  return WEIR_OK;
}

static weir_status check_values(const struct weir_type *elem, const weir_value *values, uint32_t count,
                                struct diag *d) {
  for (uint32_t i = 0; i < count; i++) {
    weir_status status = value_check(elem, &values[i], d);
    if (status == WEIR_OK)
      continue;
    diag_prefix(d, "value %u: ", (unsigned)i);
    return status;
  }
  return WEIR_OK;
}

/* Values of a type that is known must be of it, and what they hold is the store's from now on. */
static weir_status give_elements(const struct host_end *w, const struct rt_buffer *buffer, struct diag *d) {
  const struct weir_type *elem = w->end->channel->elem;
  weir_value *values = buffer->host;
  if (w->end->readable || buffer->kind != RT_BUFFER_VALUES)
    return WEIR_OK;
  if (elem)
    WEIR_TRY(check_values(elem, values, buffer->length, d));
  if (elem && !elem->has_handle)
    return WEIR_OK;
  for (uint32_t i = 0; i < buffer->length; i++) /* handles leave values, so those must not be somebody else's */
    if (value_keep(&values[i], true) != WEIR_OK)
      return diag_nomem(d);
  for (uint32_t i = 0; elem && i < buffer->length; i++)
    WEIR_TRY(give_value(w->store, NULL, elem, &values[i], d));
  return WEIR_OK;
}

static weir_status begin(struct host_end *w, bool readable, const struct rt_buffer *buffer, struct diag *d) {
  WEIR_TRY(check(w, readable, buffer, d));
  WEIR_TRY(give_elements(w, buffer, d));
  if (w->store->traced && w->store->tap)
    w->store->tap->stream_start(w->store->tap_data, w, buffer);
  w->end->buffer = *buffer;
  w->busy = true;
  if (must_wait(w))
    list_append(&w->store->stream_starts, &w->inbox);
  else
    begin_copy(w);
  store_wake(w->store);
  return WEIR_OK;
}

weir_status stream_start(weir_stream *handle, bool readable, const struct rt_buffer *buffer,
                         struct stream_ending ending) {
  struct host_end *w = handle_usable(handle, HANDLE_END);
  struct diag d;
  diag_init(&d);
  weir_status status = begin(w, readable, buffer, &d);
  if (status == WEIR_OK) {
    w->done = ending.done;
    w->data = ending.data;
    w->moved = 0;
  } else {
    diag_raise(&d, ending.ret_error);
  }
  diag_done(&d);
  return status;
}

static struct rt_buffer host_buffer(enum rt_buffer_kind kind, void *data, size_t length) {
  uint32_t clamped = length > BUFFER_MAX_LENGTH ? (uint32_t)BUFFER_MAX_LENGTH + 1 : (uint32_t)length;
  return (struct rt_buffer){.kind = (uint8_t)kind, .host = data, .length = clamped};
}

weir_status weir_stream_read(weir_stream *readable, void *buffer, size_t capacity, weir_copy_fn done, void *data,
                             weir_error **ret_error) {
  struct rt_buffer b = host_buffer(RT_BUFFER_BYTES, buffer, capacity);
  return stream_start(readable, true, &b, (struct stream_ending){done, data, ret_error});
}

weir_status weir_stream_write(weir_stream *writable, const void *buffer, size_t count, weir_copy_fn done, void *data,
                              weir_error **ret_error) {
  struct rt_buffer b = host_buffer(RT_BUFFER_BYTES, (void *)buffer, count);
  return stream_start(writable, false, &b, (struct stream_ending){done, data, ret_error});
}

weir_status weir_stream_read_values(weir_stream *readable, weir_value *buffer, size_t capacity, weir_copy_fn done,
                                    void *data, weir_error **ret_error) {
  struct rt_buffer b = host_buffer(RT_BUFFER_VALUES, buffer, capacity);
  return stream_start(readable, true, &b, (struct stream_ending){done, data, ret_error});
}

weir_status weir_stream_write_values(weir_stream *writable, weir_value *take_values, size_t count, weir_copy_fn done,
                                     void *data, weir_error **ret_error) {
  struct rt_buffer b = host_buffer(RT_BUFFER_VALUES, take_values, count);
  return stream_start(writable, false, &b, (struct stream_ending){done, data, ret_error});
}

bool stream_start_all(struct store *s) {
  struct list batch;
  bool any = !list_empty(&s->stream_starts);
  list_take(&batch, &s->stream_starts);
  while (!list_empty(&batch)) {
    struct host_end *w = LIST_OWNER(batch.next, struct host_end, inbox);
    struct rt_instance *inst = other_side(w);
    list_remove(&w->inbox);
    if (!s->rt.failed && inst && (inst->frozen > 0 || s->rt.slice_used))
      list_append(&s->stream_starts, &w->inbox);
    else if (inst && may_call_guest(w->end))
      errand_run(&s->rt, inst, begin_copy, w);
    else
      begin_copy(w);
  }
  return any;
}

/* ---- cancelling and dropping ------------------------------------------------------------------------------------- */

/* The end of a handle that is good, for the calling thread. */
static struct host_end *end_get_mine(const weir_stream *handle) {
  struct host_end *w = handle_usable(handle, HANDLE_END);
  return w && !w->store->rt.stopping ? w : NULL;
}

static void cancel_copy(struct host_end *w) {
  if (!w->busy || w->end->state == RT_COPY_CANCELLING || w->end->channel->moving)
    return;                     /* (while values move it completes with them) */
  if (!list_empty(&w->inbox)) { /* not started yet */
    list_remove(&w->inbox);
    w->end->state = RT_COPY_CANCELLING;
    struct rt_end *other = w->end->channel->pending; /* goes on waiting */
    w->end->channel->pending = w->end;
    channel_end_cancel(w->end);
    w->end->channel->pending = other;
  } else {
    w->end->state = RT_COPY_CANCELLING;
    if (!w->end->w.has_pending_event)
      channel_end_cancel(w->end);
  }
  store_wake(w->store);
}

static void cancel(void *object) {
  struct host_end *w = object;
  if (w->store->rt.stopping)
    return;
  if (w->store->traced && w->store->tap && w->busy && w->end->state != RT_COPY_CANCELLING)
    w->store->tap->stream_cancel(w->store->tap_data, w);
  cancel_copy(w);
}

void stream_drop(struct host_end *w) {
  struct store *s = w->store;
  if (w->busy) {
    w->dropping = true;
    cancel_copy(w);
    return;
  }
  channel_end_drop(w->end);
  host_end_free(w);
  store_wake(s);
}

static void let_go(void *object) {
  struct host_end *w = object;
  if (w->store->rt.stopping || w->dropping)
    return;
  if (w->store->traced && w->store->tap)
    w->store->tap->stream_drop(w->store->tap_data, w);
  stream_drop(w);
}

const struct handle_ops stream_ops = {.cancel = cancel, .end = let_go};

void weir_stream_cancel(weir_stream *end) {
  handle_ask(end, HANDLE_END, HANDLE_CANCEL);
}

void weir_stream_drop(weir_stream *end) {
  handle_ask(end, HANDLE_END, HANDLE_LET_GO);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

const weir_type *weir_stream_element(const weir_stream *end) {
  const struct host_end *w = end_get_mine(end);
  return w ? w->end->channel->elem : NULL;
}

bool weir_stream_is_future(const weir_stream *end) {
  const struct host_end *w = end_get_mine(end);
  return w && w->end->channel->future;
}

/* An operation whose event is pending has had all that it gets, unless there is room left for more. */
weir_end_state weir_stream_other_end(const weir_stream *end) {
  const struct host_end *w = handle_usable(end, HANDLE_END);
  if (!w || w->store->rt.stopping || w->dropping || w->end->channel->dropped)
    return WEIR_END_DROPPED;
  const struct rt_end *other = w->end->channel->pending;
  if (!other || other == w->end)
    return WEIR_END_IDLE;
  bool waits = !other->w.has_pending_event || buffer_remain(&other->buffer) > 0;
  return waits ? WEIR_END_COPYING : WEIR_END_IDLE;
}
