/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See stream.h. An operation that may call the guest's realloc (values with pointers or handles) starts in the next
 * step; all others start at once.
 */
#include "embed/stream.h"

#include "base/mem.h"
#include "embed/give.h"
#include "embed/limits.h"
#include "embed/seam.h"
#include "embed/store_type.h"
#include "runtime/buffer.h"
#include "runtime/channel.h"
#include "runtime/cx.h"
#include "runtime/end.h"
#include "runtime/errand.h"
#include "runtime/trap.h"
#include "weir/future.h"

/* ---- making and ending ------------------------------------------------------------------------------------------- */

static void drop_value(struct value_handle *self) {
  weir_stream_drop(((struct host_end *)(void *)self)->handle);
}

static struct host_end *wrap(struct store *s, struct rt_end *end) {
  struct host_end *w = mem_zalloc(&s->engine->alloc, sizeof(*w));
  if (!w)
    return NULL;
  w->handle = handle_take(&s->handles, HANDLE_END, w);
  if (!w->handle) {
    mem_free(&s->engine->alloc, w, sizeof(*w));
    return NULL;
  }
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

static void unwrap(struct host_end *w) {
  handle_give(&w->store->handles, w->handle);
  list_remove(&w->all);
  list_remove(&w->inbox);
  mem_free(&w->store->engine->alloc, w, sizeof(*w));
}

/* The element of streams that hosts make: until a guest gets one, and for good where both ends stay with the host. */
static const struct weir_type element_u8 = {
    .kind = TYPE_U8, .layout = {{1, 1, 0}, {1, 1, 0}}, .numeric = true, .raw = true};

struct making { /* what is made */
  bool future;
  bool untyped;
  weir_element hint;
  const struct weir_type *elem;
};

static weir_status make(struct store *s, const struct making *m, weir_value *ret_readable, weir_stream **ret_writable) {
  struct rt_end *r, *w;
  if (!s || s->rt.stopping)
    return WEIR_ERR_MISUSE;
  if (rt_waitables_full(&s->rt))
    return WEIR_ERR_LIMIT;
  if (channel_new(&s->rt, m->future, m->elem, &r, &w) != WEIR_OK)
    return WEIR_ERR_NOMEM;
  struct host_end *readable = wrap(s, r);
  struct host_end *writable = readable ? wrap(s, w) : NULL;
  if (!writable) {
    if (readable)
      unwrap(readable);
    channel_end_drop(w);
    channel_end_drop(r);
    return WEIR_ERR_NOMEM;
  }
  readable->untyped = m->untyped;
  readable->hint = m->hint;
  *ret_readable =
      (weir_value){.kind = m->future ? WEIR_VALUE_FUTURE : WEIR_VALUE_STREAM, .of.stream = readable->handle};
  *ret_writable = writable->handle;
  if (s->traced && s->tap)
    s->tap->stream_new(s->tap_data, readable, writable);
  return WEIR_OK;
}

weir_status weir_stream_new(weir_store *store, weir_element element, weir_value *ret_readable,
                            weir_stream **ret_writable) {
  if (element > WEIR_ELEMENT_U8)
    return WEIR_ERR_MISUSE;
  struct making m = {.hint = element, .elem = element == WEIR_ELEMENT_U8 ? &element_u8 : NULL};
  return make(store_get_mine(store), &m, ret_readable, ret_writable);
}

weir_status weir_future_new(weir_store *store, weir_value *ret_readable, weir_stream **ret_writable) {
  struct making m = {.future = true, .untyped = true};
  return make(store_get_mine(store), &m, ret_readable, ret_writable);
}

static weir_status make_typed(struct store *s, const struct weir_type *type, weir_value *ret_readable,
                              weir_stream **ret_writable, struct diag *d) {
  const struct weir_type *own;
  if (!s)
    return diag_set(d, WEIR_ERR_MISUSE, "the store is gone, or another thread's");
  if (!type || (type->kind != TYPE_STREAM && type->kind != TYPE_FUTURE))
    return diag_set(d, WEIR_ERR_TYPE, "the type is neither a stream nor a future");
  WEIR_TRY(store_type_adopt(s, type, &own, d));
  struct making m = {.future = own->kind == TYPE_FUTURE, .hint = WEIR_ELEMENT_TYPED, .elem = own->elem};
  weir_status status = make(s, &m, ret_readable, ret_writable);
  return status == WEIR_OK ? WEIR_OK : diag_set(d, status, "a stream cannot be made (%s)", weir_status_name(status));
}

weir_status weir_stream_new_typed(weir_store *store, const weir_type *type, weir_value *ret_readable,
                                  weir_stream **ret_writable, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = make_typed(store_get_mine(store), type, ret_readable, ret_writable, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_stream *weir_stream_from_value(weir_value *value) {
  if (value->kind != WEIR_VALUE_STREAM && value->kind != WEIR_VALUE_FUTURE)
    return NULL;
  weir_stream *s = value->of.stream;
  *value = (weir_value){0};
  return s;
}

void weir_stream_to_value(weir_stream *take_readable, weir_value *ret) {
  const struct host_end *w = host_end_get(take_readable);
  *ret = (weir_value){0};
  if (w && store_is_mine(w->store) && w->end->readable && !w->busy)
    *ret = (weir_value){.kind = w->end->channel->future ? WEIR_VALUE_FUTURE : WEIR_VALUE_STREAM,
                        .of.stream = take_readable};
}

/* ---- between handles and values ---------------------------------------------------------------------------------- */

weir_status stream_to_value(struct abi_cx *abi, const struct weir_type *t, struct rt_end *end, weir_value *ret) {
  struct host_end *w = wrap(store_of(end->store), end);
  if (!w)
    return diag_nomem(abi->diag);
  *ret = (weir_value){.kind = t->kind == TYPE_FUTURE ? WEIR_VALUE_FUTURE : WEIR_VALUE_STREAM, .of.stream = w->handle};
  return WEIR_OK;
}

weir_status stream_from_value(struct abi_cx *abi, const struct weir_type *t, weir_value *value, struct rt_end **ret) {
  struct rt_cx *cx = (struct rt_cx *)(void *)abi;
  struct host_end *w = host_end_get(value->of.stream);
  if (!w || &w->store->rt != cx->inst->store)
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a stream or future of another store");
  struct rt_end *end = w->end;
  if (!host_end_can_be_given(w))
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave an end of a stream or future that is in use or done");
  if (!host_end_fits(w, cx->inst->root, t))
    return host_end_misfit(w, t, WEIR_ERR_HOST, abi->diag);
  end->host = NULL;
  unwrap(w);
  *value = (weir_value){0};
  *ret = end;
  return WEIR_OK;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

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
  return may_call_guest(w->end) || (inst && inst->frozen > 0);
}

static weir_status check(const struct host_end *w, bool readable, const struct rt_buffer *buffer) {
  if (!w || !store_is_mine(w->store) || w->store->rt.stopping || w->dropping || w->busy ||
      w->end->readable != readable || w->end->state != RT_COPY_IDLE)
    return WEIR_ERR_MISUSE;
  if (w->end->channel->future && buffer->length != 1)
    return WEIR_ERR_MISUSE;
  if (buffer->length > BUFFER_MAX_LENGTH)
    return WEIR_ERR_LIMIT;
  const struct weir_type *elem = w->end->channel->elem;
  if (buffer->kind == RT_BUFFER_BYTES && elem && !elem->numeric)
    return WEIR_ERR_TYPE;
  return WEIR_OK;
}

/* Values of a type that is known must be of it, and what they hold is the store's from now on. */
static weir_status give_elements(const struct host_end *w, const struct rt_buffer *buffer) {
  const struct weir_type *elem = w->end->channel->elem;
  weir_value *values = buffer->host;
  if (w->end->readable || buffer->kind != RT_BUFFER_VALUES || !elem)
    return WEIR_OK;
  for (uint32_t i = 0; i < buffer->length; i++)
    WEIR_TRY(value_check(elem, &values[i], NULL));
  for (uint32_t i = 0; elem->has_handle && i < buffer->length; i++)
    WEIR_TRY(give_value(w->store, NULL, elem, &values[i], NULL));
  return WEIR_OK;
}

static weir_status start(weir_stream *handle, bool readable, const struct rt_buffer *buffer, weir_copy_fn done,
                         void *data) {
  struct host_end *w = host_end_get(handle);
  WEIR_TRY(check(w, readable, buffer));
  WEIR_TRY(give_elements(w, buffer));
  if (w->store->traced && w->store->tap)
    w->store->tap->stream_start(w->store->tap_data, w, buffer);
  w->end->buffer = *buffer;
  w->busy = true;
  w->done = done;
  w->data = data;
  if (must_wait(w))
    list_append(&w->store->stream_starts, &w->inbox);
  else
    begin_copy(w);
  store_wake(w->store);
  return WEIR_OK;
}

static struct rt_buffer host_buffer(enum rt_buffer_kind kind, void *data, size_t length) {
  uint32_t clamped = length > BUFFER_MAX_LENGTH ? (uint32_t)BUFFER_MAX_LENGTH + 1 : (uint32_t)length;
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

/* The end of a handle that is good, for the calling thread. */
static struct host_end *end_get_mine(const weir_stream *handle) {
  struct host_end *w = host_end_get(handle);
  return w && store_is_mine(w->store) && !w->store->rt.stopping ? w : NULL;
}

const weir_type *weir_stream_element(const weir_stream *end) {
  const struct host_end *w = end_get_mine(end);
  return w ? w->end->channel->elem : NULL;
}

bool weir_stream_is_future(const weir_stream *end) {
  const struct host_end *w = end_get_mine(end);
  return w && w->end->channel->future;
}

void weir_stream_cancel(weir_stream *end) {
  struct host_end *w = end_get_mine(end);
  if (!w)
    return;
  if (w->store->traced && w->store->tap && w->busy && w->end->state != RT_COPY_CANCELLING)
    w->store->tap->stream_cancel(w->store->tap_data, w);
  cancel_copy(w);
}

/* An operation whose event is pending has had all that it gets, unless there is room left for more. */
weir_end_state weir_stream_other_end(const weir_stream *end) {
  const struct host_end *w = host_end_get(end);
  if (!w || !store_is_mine(w->store) || w->store->rt.stopping || w->dropping || w->end->channel->dropped)
    return WEIR_END_DROPPED;
  const struct rt_end *other = w->end->channel->pending;
  if (!other || other == w->end)
    return WEIR_END_IDLE;
  bool waits = !other->w.has_pending_event || buffer_remain(&other->buffer) > 0;
  return waits ? WEIR_END_COPYING : WEIR_END_IDLE;
}

static void drop(struct host_end *w) {
  struct store *s = w->store;
  if (w->busy) {
    w->dropping = true;
    cancel_copy(w);
    return;
  }
  channel_end_drop(w->end);
  unwrap(w);
  store_wake(s);
}

void weir_stream_drop(weir_stream *end) {
  struct host_end *w = end_get_mine(end);
  if (!w || w->dropping)
    return;
  if (w->store->traced && w->store->tap)
    w->store->tap->stream_drop(w->store->tap_data, w);
  drop(w);
}

/* ---- for the store ----------------------------------------------------------------------------------------------- */

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

/* Tells the host that an operation has ended. The end may be gone afterwards. */
static void complete(struct host_end *w, weir_copy_result result, size_t count) {
  weir_copy_fn done = w->done;
  bool dropping = w->dropping;
  w->busy = false;
  w->done = NULL;
  if (dropping)
    w->busy = true; /* the callback cannot start another one */
  if (done)
    done(w->data, w->handle, result, count);
  if (dropping) {
    w->busy = false;
    drop(w);
  }
}

bool stream_deliver_all(struct store *s) {
  struct list batch;
  uint32_t pieces = 0;
  list_take(&batch, &s->rt.inbox_ends);
  while (!list_empty(&batch)) {
    struct rt_end *end = LIST_OWNER(batch.next, struct rt_end, inbox);
    uint64_t cause = s->cause;
    channel_end_deliver(end);
    if (s->traced && s->tap)
      s->cause = s->tap->stream_done(s->tap_data, end->host, (weir_copy_result)end->result, end->buffer.progress);
    complete(end->host, (weir_copy_result)end->result, end->buffer.progress);
    s->cause = cause;
    if (limits_leave_time(s, &pieces))
      continue;
    list_append_all(&batch, &s->rt.inbox_ends); /* the rest is for later steps */
    list_take(&s->rt.inbox_ends, &batch);
    return false;
  }
  return true;
}

/* A callback may drop any end, so ends move one by one to a list that is looked at afterwards. */
void stream_release_all(struct store *s) {
  struct list batch;
  list_take(&batch, &s->streams);
  while (!list_empty(&batch)) {
    struct host_end *w = LIST_OWNER(batch.next, struct host_end, all);
    list_remove(&w->all);
    list_append(&s->streams, &w->all);
    if (!w->busy || !w->done)
      continue;
    weir_copy_fn done = w->done;
    w->done = NULL;
    done(w->data, w->handle, WEIR_COPY_CANCELLED, w->end->buffer.progress);
  }
  while (!list_empty(&s->streams))
    unwrap(LIST_OWNER(s->streams.next, struct host_end, all));
}
