/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* stream.* and future.*: one function for each operation, since the two differ only in data. See builtin.h. */
#include "runtime/buffer.h"
#include "runtime/builtin.h"
#include "runtime/channel.h"
#include "runtime/end.h"
#include "runtime/event.h"
#include "runtime/sync.h"
#include "runtime/table.h"
#include "runtime/thread.h"
#include "runtime/trap.h"

struct operation {
  enum rt_handle_kind kind;
  const char *verb;
};

static struct operation operation_of(enum canon_kind kind) {
  switch (kind) {
    case CANON_STREAM_READ:
    case CANON_STREAM_CANCEL_READ:
    case CANON_STREAM_DROP_READABLE:
      return (struct operation){RT_STREAM_READABLE, "read from"};
    case CANON_STREAM_WRITE:
    case CANON_STREAM_CANCEL_WRITE:
    case CANON_STREAM_DROP_WRITABLE:
      return (struct operation){RT_STREAM_WRITABLE, "write to"};
    case CANON_FUTURE_READ:
    case CANON_FUTURE_CANCEL_READ:
    case CANON_FUTURE_DROP_READABLE:
      return (struct operation){RT_FUTURE_READABLE, "read from"};
    default:
      return (struct operation){RT_FUTURE_WRITABLE, "write to"};
  }
}

static weir_status get_end(struct rt_trampoline *t, uint32_t index, struct rt_end **ret) {
  struct rt_store *s = t->inst->store;
  void *object = NULL;
  WEIR_TRY(rt_table_object(s, &t->inst->handles, index, operation_of(t->decl->kind).kind, &object));
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

weir_status builtin_channel_new(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_end *r = NULL, *w = NULL;
  if (rt_waitables_full(s))
    return rt_limit_waitables(s);
  WEIR_TRY(rt_fail(s, channel_new(s, t->decl->kind == CANON_FUTURE_NEW, t->decl->value_type->elem, &r, &w)));
  r->channel->root = t->inst->root;
  WEIR_TRY(adopt(t, r));
  WEIR_TRY(adopt(t, w));
  v[0].u64 = (uint64_t)w->w.index << 32 | r->w.index;
  return WEIR_OK;
}

/* The end of read, write and cancel: the event if it is there, else BLOCKED, or wait for it. */
static weir_status finish(struct rt_store *s, struct rt_end *end, bool async, union eng_val *v) {
  if (!end->w.has_pending_event) {
    if (async) {
      v[0].i32 = RT_BLOCKED;
      return WEIR_OK;
    }
    WEIR_TRY(sync_wait_for_event(s, &end->w));
  }
  v[0].u32 = event_of_waitable(&end->w).p2;
  return WEIR_OK;
}

weir_status builtin_channel_copy(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  const struct rt_opts *opts = &t->opts;
  bool future = t->decl->value_type->kind == TYPE_FUTURE;
  uint64_t ptr = opts->memory64 ? v[1].u64 : v[1].u32;
  uint64_t n = future ? 1 : opts->memory64 ? v[2].u64 : v[2].u32;
  struct rt_end *end = NULL;
  if (!opts->async)
    WEIR_TRY(thread_check_may_block(s));
  WEIR_TRY(get_end(t, v[0].u32, &end));
  if (end->state != RT_COPY_IDLE)
    return end_trap_not_idle(s, end, operation_of(t->decl->kind).verb);
  if (end->w.set && !opts->async)
    return sync_trap_in_set(s);
  if (n > RT_BUFFER_MAX)
    return rt_trap(s, "stream read/write count too large");
  WEIR_TRY(buffer_init_guest(&end->buffer, t->inst, opts, end->channel->elem, ptr, (uint32_t)n));
  WEIR_TRY(end_copy(end));
  return finish(s, end, opts->async, v);
}

weir_status builtin_channel_cancel(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_end *end = NULL;
  if (!t->decl->async)
    WEIR_TRY(thread_check_may_block(s));
  WEIR_TRY(get_end(t, v[0].u32, &end));
  if (end->state != RT_COPY_COPYING || end->w.has_sync_waiter)
    return rt_trap(s, "cannot cancel a %s of a %s end which is not copying asynchronously",
                   end->readable ? "read" : "write", end_noun(end));
  if (end->w.set && !t->decl->async)
    return sync_trap_in_set(s);
  end->state = RT_COPY_CANCELLING;
  if (!end->w.has_pending_event)
    end_cancel(end);
  return finish(s, end, t->decl->async, v);
}

weir_status builtin_channel_drop(struct rt_trampoline *t, union eng_val *v) {
  struct rt_store *s = t->inst->store;
  struct rt_end *end = NULL;
  WEIR_TRY(get_end(t, v[0].u32, &end));
  if (end_copying(end))
    return rt_trap(s, "cannot %s busy %s", end->readable ? "remove" : "drop", end_noun(end));
  if (t->decl->kind == CANON_FUTURE_DROP_WRITABLE && end->state != RT_COPY_DONE)
    return rt_trap(s, "cannot drop future write end without first writing a value");
  rt_table_remove(&t->inst->handles, v[0].u32);
  end_drop(end);
  return s->failed ? s->failure.status : WEIR_OK;
}
