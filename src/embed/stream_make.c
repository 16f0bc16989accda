/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Streams and futures of hosts are made, and their ends go into values and come out of them.
 *
 * What holds: an end that a host has, it has as a host_end, and whoever has taken the end out of a value owns it.
 */
#include "base/mem.h"
#include "embed/seam.h"
#include "embed/store_type.h"
#include "embed/stream.h"
#include "runtime/channel.h"
#include "runtime/cx.h"
#include "runtime/end.h"
#include "runtime/trap.h"
#include "weir/future.h"

static struct host_end *wrap(struct store *s, struct rt_end *end) {
  struct host_end *w = mem_zalloc(&s->engine->alloc, sizeof(*w));
  if (!w)
    return NULL;
  w->handle = handle_take(&s->handles, HANDLE_END, w);
  if (!w->handle) {
    mem_free(&s->engine->alloc, w, sizeof(*w));
    return NULL;
  }
  w->base.ops = &stream_ops;
  w->store = s;
  w->id = ++s->hold_ids;
  w->end = end;
  end->inst = NULL;
  end->host = w;
  list_init(&w->inbox);
  list_append(&s->streams, &w->all);
  return w;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* The element of streams that hosts make: until a guest gets one, and for good where both ends stay with the host. */
static const struct weir_type element_u8 = {
    .kind = TYPE_U8, .layout = {{1, 1, 0}, {1, 1, 0}}, .numeric = true, .raw = true};

struct making { /* what is made */
  bool future;
  bool untyped;
  weir_element hint;
  const struct weir_type *elem;
};

static weir_status check(struct store *s, struct diag *d) {
  if (!s || !store_is_mine(s))
    return diag_set(d, WEIR_ERR_MISUSE, "the store is gone, or another thread's");
  if (s->rt.stopping)
    return diag_set(d, WEIR_ERR_MISUSE, "the store is being freed");
  if (rt_waitables_full(&s->rt))
    return diag_set(d, WEIR_ERR_LIMIT,
                    "no more than %u subtasks, ends and sets (weir_store_config.max_waitables sets it)",
                    s->rt.limits.waitables);
  return WEIR_OK;
}

static weir_status make(struct store *s, const struct making *m, weir_value *ret_readable, weir_stream **ret_writable,
                        struct diag *d) {
  struct rt_end *r, *w;
  WEIR_TRY(check(s, d));
  if (channel_new(&s->rt, m->future, m->elem, &r, &w) != WEIR_OK)
    return diag_nomem(d);
  struct host_end *readable = wrap(s, r);
  struct host_end *writable = readable ? wrap(s, w) : NULL;
  if (!writable) {
    if (readable)
      host_end_free(readable);
    channel_end_drop(w);
    channel_end_drop(r);
    return diag_nomem(d);
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

static weir_status make_here(struct store *s, const struct making *m, weir_value *ret_readable,
                             weir_stream **ret_writable, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = make(s, m, ret_readable, ret_writable, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status weir_stream_new(weir_store *store, weir_element element, weir_value *ret_readable,
                            weir_stream **ret_writable, weir_error **ret_error) {
  struct making m = {.hint = element, .elem = element == WEIR_ELEMENT_U8 ? &element_u8 : NULL};
  struct diag d;
  if (element <= WEIR_ELEMENT_U8)
    return make_here(store_get(store), &m, ret_readable, ret_writable, ret_error);
  diag_init(&d);
  diag_set(&d, WEIR_ERR_MISUSE, "there is no such element: weir_stream_new_typed() makes streams of any type");
  return diag_raise(&d, ret_error);
}

weir_status weir_future_new(weir_store *store, weir_value *ret_readable, weir_stream **ret_writable,
                            weir_error **ret_error) {
  struct making m = {.future = true, .untyped = true};
  return make_here(store_get(store), &m, ret_readable, ret_writable, ret_error);
}

static weir_status make_typed(struct store *s, const struct weir_type *type, weir_value *ret_readable,
                              weir_stream **ret_writable, struct diag *d) {
  const struct weir_type *own;
  WEIR_TRY(check(s, d));
  if (!type || (type->kind != TYPE_STREAM && type->kind != TYPE_FUTURE))
    return diag_set(d, WEIR_ERR_TYPE, "the type is neither a stream nor a future");
  WEIR_TRY(store_type_adopt(s, type, &own, d));
  struct making m = {.future = own->kind == TYPE_FUTURE, .hint = WEIR_ELEMENT_TYPED, .elem = own->elem};
  return make(s, &m, ret_readable, ret_writable, d);
}

weir_status weir_stream_new_typed(weir_store *store, const weir_type *type, weir_value *ret_readable,
                                  weir_stream **ret_writable, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = make_typed(store_get(store), type, ret_readable, ret_writable, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

/* ---- in values --------------------------------------------------------------------------------------------------- */

weir_stream *weir_stream_from_value(weir_value *value) {
  if (value->kind != WEIR_VALUE_STREAM && value->kind != WEIR_VALUE_FUTURE)
    return NULL;
  weir_stream *s = value->of.stream;
  *value = (weir_value){0};
  return s;
}

void weir_stream_to_value(weir_stream *take_readable, weir_value *ret) {
  const struct host_end *w = handle_usable(take_readable, HANDLE_END);
  *ret = (weir_value){0};
  if (w && w->end->readable && !w->busy)
    *ret = (weir_value){.kind = w->end->channel->future ? WEIR_VALUE_FUTURE : WEIR_VALUE_STREAM,
                        .of.stream = take_readable};
}

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
  host_end_free(w);
  *value = (weir_value){0};
  *ret = end;
  return WEIR_OK;
}
