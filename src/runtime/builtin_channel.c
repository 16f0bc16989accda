/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * stream.* and future.*. The two differ only in data, so there is one function for each operation, and at the end of
 * the file the built-ins, which say what kind of handle it takes. See builtin.h.
 */
#include "runtime/buffer.h"
#include "runtime/builtin.h"
#include "runtime/channel.h"
#include "runtime/end.h"
#include "runtime/event.h"
#include "runtime/sync.h"
#include "runtime/table.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

static weir_status get_end(struct rt_trampoline *t, enum rt_handle_kind kind, uint32_t index, struct rt_end **ret) {
  struct rt_store *s = t->inst->store;
  void *object = NULL;
  WEIR_TRY(rt_table_object(s, &t->inst->handles, index, kind, &object));
  struct rt_end *end = object;
  if (!end_carries(end, t->decl->value_type->elem))
    return rt_trap(s, "handle index %u used with the wrong type, expected a different %s type", index, end_noun(end));
  *ret = end;
  return WEIR_OK;
}

static weir_status adopt(struct rt_trampoline *t, struct rt_end *end) {
  end->inst = t->inst;
  return rt_table_add_object(t->inst->store, &t->inst->handles, (enum rt_handle_kind)end->w.kind, end, &end->w.index);
}

static weir_status channel_make(struct rt_trampoline *t, bool future, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_end *r = NULL, *w = NULL;
  if (rt_waitables_full(s))
    return rt_limit_waitables(s);
  WEIR_TRY(rt_fail(s, channel_new(s, future, t->decl->value_type->elem, &r, &w)));
  r->channel->root = t->inst->root;
  WEIR_TRY(adopt(t, r));
  WEIR_TRY(adopt(t, w));
  v[0].u64 = (uint64_t)w->w.index << 32 | r->w.index;
  return WEIR_OK;
}

/*
 * The end of read, write and cancel: the event if it is there, else BLOCKED, or wait for it. The result may be an i64
 * (of a 64-bit memory), so all of it is written.
 */
static weir_status finish(struct rt_store *s, struct rt_end *end, bool async, union eng_val *v) {
  if (!end->w.has_pending_event) {
    if (async) {
      v[0].u64 = (uint32_t)BLOCKED;
      return WEIR_OK;
    }
    WEIR_TRY(sync_wait_for_event(s, &end->w));
  }
  v[0].u64 = event_of_waitable(&end->w).p2;
  return WEIR_OK;
}

static weir_status channel_copy(struct rt_trampoline *t, enum rt_handle_kind kind, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  const struct rt_opts *opts = &t->opts;
  bool future = kind == RT_FUTURE_READABLE || kind == RT_FUTURE_WRITABLE;
  uint64_t ptr = opts->memory64 ? v[1].u64 : v[1].u32;
  uint64_t n = future ? 1 : opts->memory64 ? v[2].u64 : v[2].u32;
  struct rt_end *end = NULL;
  if (!opts->async)
    WEIR_TRY(thread_check_may_block(s));
  WEIR_TRY(get_end(t, kind, v[0].u32, &end));
  if (end->state != RT_COPY_IDLE)
    return end_trap_not_idle(s, end, end->readable ? "read from" : "write to");
  if (end->w.set && !opts->async)
    return sync_trap_in_set(s);
  if (n > BUFFER_MAX_LENGTH)
    return rt_trap(s, "stream read/write count too large");
  WEIR_TRY(buffer_init_guest(&end->buffer, t->inst, opts, end->channel->elem, ptr, (uint32_t)n));
  WEIR_TRY(channel_end_copy(end));
  return finish(s, end, opts->async, v);
}

static weir_status channel_cancel(struct rt_trampoline *t, enum rt_handle_kind kind, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_end *end = NULL;
  if (!t->decl->async)
    WEIR_TRY(thread_check_may_block(s));
  WEIR_TRY(get_end(t, kind, v[0].u32, &end));
  if (end->state != RT_COPY_COPYING || end->w.has_sync_waiter)
    return rt_trap(s, "cannot cancel a %s of a %s end which is not copying asynchronously",
                   end->readable ? "read" : "write", end_noun(end));
  if (end->w.set && !t->decl->async)
    return sync_trap_in_set(s);
  end->state = RT_COPY_CANCELLING;
  if (!end->w.has_pending_event)
    channel_end_cancel(end);
  return finish(s, end, t->decl->async, v);
}

static weir_status channel_drop(struct rt_trampoline *t, enum rt_handle_kind kind, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_end *end = NULL;
  WEIR_TRY(get_end(t, kind, v[0].u32, &end));
  if (end_copying(end))
    return rt_trap(s, "cannot %s busy %s", end->readable ? "remove" : "drop", end_noun(end));
  if (kind == RT_FUTURE_WRITABLE && end->state != RT_COPY_DONE)
    return rt_trap(s, "cannot drop future write end without first writing a value");
  rt_table_remove(&t->inst->handles, v[0].u32);
  channel_end_drop(end);
  return s->failed ? s->failure.status : WEIR_OK;
}

/* ---- the built-ins ----------------------------------------------------------------------------------------------- */

weir_status builtin_stream_new(struct rt_trampoline *t, union eng_val *v) {
  return channel_make(t, false, v);
}

weir_status builtin_future_new(struct rt_trampoline *t, union eng_val *v) {
  return channel_make(t, true, v);
}

weir_status builtin_stream_read(struct rt_trampoline *t, union eng_val *v) {
  return channel_copy(t, RT_STREAM_READABLE, v);
}

weir_status builtin_stream_write(struct rt_trampoline *t, union eng_val *v) {
  return channel_copy(t, RT_STREAM_WRITABLE, v);
}

weir_status builtin_stream_cancel_read(struct rt_trampoline *t, union eng_val *v) {
  return channel_cancel(t, RT_STREAM_READABLE, v);
}

weir_status builtin_stream_cancel_write(struct rt_trampoline *t, union eng_val *v) {
  return channel_cancel(t, RT_STREAM_WRITABLE, v);
}

weir_status builtin_stream_drop_readable(struct rt_trampoline *t, union eng_val *v) {
  return channel_drop(t, RT_STREAM_READABLE, v);
}

weir_status builtin_stream_drop_writable(struct rt_trampoline *t, union eng_val *v) {
  return channel_drop(t, RT_STREAM_WRITABLE, v);
}

weir_status builtin_future_read(struct rt_trampoline *t, union eng_val *v) {
  return channel_copy(t, RT_FUTURE_READABLE, v);
}

weir_status builtin_future_write(struct rt_trampoline *t, union eng_val *v) {
  return channel_copy(t, RT_FUTURE_WRITABLE, v);
}

weir_status builtin_future_cancel_read(struct rt_trampoline *t, union eng_val *v) {
  return channel_cancel(t, RT_FUTURE_READABLE, v);
}

weir_status builtin_future_cancel_write(struct rt_trampoline *t, union eng_val *v) {
  return channel_cancel(t, RT_FUTURE_WRITABLE, v);
}

weir_status builtin_future_drop_readable(struct rt_trampoline *t, union eng_val *v) {
  return channel_drop(t, RT_FUTURE_READABLE, v);
}

weir_status builtin_future_drop_writable(struct rt_trampoline *t, union eng_val *v) {
  return channel_drop(t, RT_FUTURE_WRITABLE, v);
}
