/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Streams and futures: two ends share a channel. The operation that comes first waits with its buffer; the other one
 * copies, and both have an event then.
 *
 * In order: ends; events; copying; built-ins; handles that are passed on.
 */
#include "fuse/rt/rt.h"

static bool is_future(const struct fr_end *e) {
  return e->w.kind >= FUTURE_READ;
}

static bool is_copying(const struct fr_end *e) {
  return e->state == COPYING || e->state == CANCELLING;
}

static struct fr_end *new_end(u8 kind, struct fr_shared *shared) {
  struct fr_end *e = make(sizeof(*e));
  e->w.kind = kind;
  e->shared = shared;
  shared->ends++;
  return e;
}

static void free_end(struct fr_end *e) {
  if (--e->shared->ends == 0)
    drop(e->shared, sizeof(*e->shared));
  drop(e, sizeof(*e));
}

static void finish_copy(struct fr_end *e, u8 result, bool reclaim) {
  e->result = result;
  e->reclaim = reclaim;
  set_pending(&e->w);
}

static void notify_pending(struct fr_shared *s, u8 result) {
  struct fr_end *e = s->pending;
  s->pending = NULL;
  finish_copy(e, result, false);
}

static void take_copy(struct fr_end *e) {
  if (e->state == CANCELLING && e->result == COMPLETED && !is_future(e))
    e->result = CANCELLED; /* with its progress: cancel-stream.wast */
  u32 payload = e->result;
  if (e->reclaim && e->shared->pending == e)
    e->shared->pending = NULL;
  if (is_future(e)) {
    e->state = e->result == CANCELLED ? IDLE : DONE;
  } else {
    e->state = e->result == DROPPED ? DONE : IDLE;
    payload |= e->buffer.progress << 4;
  }
  told = (struct fr_told){e->w.kind - STREAM_READ + EVENT_STREAM_READ, e->w.index, payload};
}

u32 take_event(struct fr_waitable *w) {
  clear_pending(w);
  if (w->kind != SUBTASK) {
    take_copy((struct fr_end *)w);
    return told.p2;
  }
  struct fr_subtask *s = (struct fr_subtask *)w;
  if (resolved(s))
    deliver(s);
  told = (struct fr_told){EVENT_SUBTASK, w->index, s->state};
  return told.p2;
}

static void copy(struct fr_end *from, struct fr_end *to, u32 size, u32 count) {
  struct fr_buffer *src = &from->buffer, *dst = &to->buffer;
  pass.src = from->w.inst;
  pass.dst = to->w.inst;
  pass.task = NULL;
  pass.sub = NULL;
  if (size > 0)
    ((copy_fn *)(src->site + dst->site))(src->address, dst->address, count);
  src->address += count * size;
  dst->address += count * size;
  src->progress += count;
  dst->progress += count;
}

/* The other end, if its buffer waits; otherwise this end's waits, or the other end is gone. */
static struct fr_end *meet(struct fr_end *e) {
  struct fr_shared *s = e->shared;
  struct fr_end *other = s->pending;
  if (s->dropped) {
    finish_copy(e, DROPPED, false);
    return NULL;
  }
  if (!other) {
    s->pending = e;
    return NULL;
  }
  if (other->w.inst == e->w.inst && !(s->type & TYPE_NUMERIC))
    trap_copy();
  return other;
}

static void copy_stream(struct fr_end *e, u32 size, bool reads) {
  struct fr_end *other = meet(e);
  if (!other)
    return;
  u32 theirs = other->buffer.length - other->buffer.progress, ours = e->buffer.length;
  if (theirs > 0) {
    if (ours > 0) {
      copy(reads ? other : e, reads ? e : other, size, ours < theirs ? ours : theirs);
      finish_copy(other, COMPLETED, true);
    }
    finish_copy(e, COMPLETED, false);
    return;
  }
  if (!reads && e->buffer.length == 0 && other->buffer.length == 0) {
    finish_copy(e, COMPLETED, false);
    return;
  }
  notify_pending(e->shared, COMPLETED);
  e->shared->pending = e;
}

static void copy_future(struct fr_end *e, u32 size, bool reads) {
  struct fr_end *other = meet(e);
  if (!other)
    return;
  copy(reads ? other : e, reads ? e : other, size, 1);
  notify_pending(e->shared, COMPLETED);
  finish_copy(e, COMPLETED, false);
}

/* On this stack until the event is there. */
static u32 await_copy(struct fr_end *e) {
  e->w.has_sync_waiter = true;
  e->w.waiter = current;
  while (!e->w.pending)
    block();
  e->w.has_sync_waiter = false;
  return take_event(&e->w);
}

/* The range of the buffer has been checked. */
EXPORT(copy)
u32 copy_end(u32 inst, u32 kind, u32 type, u32 is_async, u32 site, u32 size, u32 index, u32 address, u32 count) {
  struct fr_end *e = get_kind(inst, index, (u8)kind);
  if (e->shared->type != type || e->state != IDLE || (e->w.set && !is_async))
    trap_copy();
  e->buffer = (struct fr_buffer){address, count, 0, site};
  e->state = COPYING;
  e->w.inst = inst;
  e->w.index = index;
  bool reads = kind == STREAM_READ || kind == FUTURE_READ;
  if (is_future(e))
    copy_future(e, size, reads);
  else
    copy_stream(e, size, reads);
  if (e->w.pending)
    return take_event(&e->w);
  return is_async ? 0xffffffff : await_copy(e);
}

EXPORT(check_leave) void check_may_leave(u32 inst) {
  check_leave(inst);
}

EXPORT(cancel_copy) u32 cancel_copy(u32 inst, u32 kind, u32 type, u32 is_async, u32 index) {
  check_leave(inst);
  struct fr_end *e = get_kind(inst, index, (u8)kind);
  if (e->shared->type != type || e->state != COPYING || e->w.has_sync_waiter || (e->w.set && !is_async))
    trap_copy();
  e->state = CANCELLING;
  if (!e->w.pending)
    notify_pending(e->shared, CANCELLED);
  return take_event(&e->w);
}

EXPORT(new_ends) u64 new_ends(u32 inst, u32 kind, u32 type) {
  check_leave(inst);
  struct fr_shared *s = make(sizeof(*s));
  s->type = type;
  u32 reader = add(inst, new_end((u8)kind, s));
  u32 writer = add(inst, new_end((u8)kind + 1, s));
  return reader | (u64)writer << 32;
}

EXPORT(drop_end) void drop_end(u32 inst, u32 kind, u32 type, u32 index) {
  check_leave(inst);
  struct fr_end *e = get_kind(inst, index, (u8)kind);
  if (e->shared->type != type || is_copying(e) || (kind == FUTURE_WRITE && e->state != DONE))
    trap_copy();
  remove(inst, index);
  if (!e->shared->dropped) {
    e->shared->dropped = true;
    if (e->shared->pending)
      notify_pending(e->shared, DROPPED);
  }
  drop_waitable(&e->w);
  free_end(e);
}

static u32 pass_end(u8 kind, u32 type, u32 index) {
  struct fr_end *e = get_kind(pass.src, index, kind);
  if (e->shared->type != type || e->state != IDLE || e->w.set)
    trap_copy();
  remove(pass.src, index);
  return add(pass.dst, e);
}

/* A handle goes from who lifts to who lowers. */
EXPORT(handle) u32 handle(u32 tag, u32 numeric, u32 index) {
  u32 type = tag >> 2 & 0x3fffff;
  switch (tag & 3) {
    case HANDLE_OWN:
      return pass_own(type, index);
    case HANDLE_BORROW:
      return pass_borrow(type, tag >> 24, index);
    case HANDLE_STREAM:
      return pass_end(STREAM_READ, type | numeric, index);
    default:
      return pass_end(FUTURE_READ, type | numeric, index);
  }
}
