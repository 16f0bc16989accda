/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The rendezvous of two ends. What always holds: at most one end of a channel waits with its buffer (channel.pending);
 * the other end finds it there, copies, and tells it. buffer.h copies the elements. A channel lives as long as one of
 * its ends.
 *
 * In order: ends and their channel; events; copying, cancelling and dropping.
 */
#include "runtime/channel.h"

#include <string.h>

#include "runtime/buffer.h"
#include "runtime/end.h"
#include "runtime/hold.h"
#include "runtime/trap.h"
#include "runtime/waitable.h"

static struct rt_end *end_new(struct rt_store *s, struct rt_channel *c, bool readable) {
  struct rt_end *e = pool_take(&s->pool_ends);
  if (!e)
    return NULL;
  memset(e, 0, sizeof(*e));
  waitable_init(&e->w, c->future ? (readable ? RT_FUTURE_READABLE : RT_FUTURE_WRITABLE)
                                 : (readable ? RT_STREAM_READABLE : RT_STREAM_WRITABLE));
  list_init(&e->inbox);
  e->readable = readable;
  e->store = s;
  e->channel = c;
  return e;
}

weir_status channel_new(struct rt_store *s, bool future, const struct weir_type *elem, struct rt_end **ret_readable,
                        struct rt_end **ret_writable) {
  struct rt_channel *c = pool_take(&s->pool_channels);
  if (!c)
    return diag_nomem(&s->failure);
  *c = (struct rt_channel){.future = future, .refs = 2, .elem = elem};
  struct rt_end *r = end_new(s, c, true);
  struct rt_end *w = end_new(s, c, false);
  if (r && w) {
    *ret_readable = r;
    *ret_writable = w;
    return WEIR_OK;
  }
  if (r)
    pool_give(&s->pool_ends, r);
  if (w)
    pool_give(&s->pool_ends, w);
  pool_give(&s->pool_channels, c);
  return diag_nomem(&s->failure);
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

/* set_pending_event of an end: guests learn through their sets, hosts through the store's inbox. */
static void end_notify(struct rt_end *end, enum rt_copy_result result, bool reclaim) {
  end->result = (uint8_t)result;
  end->reclaim = reclaim;
  if (end->inst) {
    waitable_set_pending(&end->w);
    return;
  }
  end->w.has_pending_event = true;
  if (list_empty(&end->inbox))
    list_append(&end->store->inbox_ends, &end->inbox);
}

/* reset_and_notify_pending. */
static void notify_pending(struct rt_channel *c, enum rt_copy_result result) {
  struct rt_end *pending = c->pending;
  c->pending = NULL;
  end_notify(pending, result, false);
}

uint32_t channel_end_deliver(struct rt_end *end) {
  enum rt_copy_result result = (enum rt_copy_result)end->result;
  /* A copy that a cancel finds done is reported as cancelled, with its progress (cancel-stream.wast). */
  if (end->state == RT_COPY_CANCELLING && result == RT_COPY_COMPLETED && !end->channel->future)
    result = RT_COPY_CANCELLED;
  if (end->reclaim && end->channel->pending == end)
    end->channel->pending = NULL;
  waitable_clear_pending(&end->w);
  list_remove(&end->inbox);
  end->result = (uint8_t)result;
  bool done = result == RT_COPY_DROPPED || (end->channel->future && result == RT_COPY_COMPLETED);
  end->state = done ? RT_COPY_DONE : RT_COPY_IDLE;
  return end->channel->future ? (uint32_t)result : (uint32_t)result | end->buffer.progress << 4;
}

/* ---- copying ----------------------------------------------------------------------------------------------------- */

/* The temporary rule: both ends in one component instance only for numbers (or nothing). */
static weir_status check_same_instance(const struct rt_end *end, const struct rt_end *other) {
  const struct weir_type *elem = end->channel->elem;
  if (!end->inst || end->inst != other->inst || !elem || elem->numeric)
    return WEIR_OK;
  return rt_trap(end->store, "cannot read from and write to intra-component %s", end_noun(end));
}

static weir_status transfer(struct rt_end *end, struct rt_end *other) {
  struct rt_channel *c = end->channel;
  c->moving = true;
  weir_status status = end->readable ? buffer_transfer(other, end) : buffer_transfer(end, other);
  c->moving = false;
  return status;
}

/* A guest must write before it drops (builtin_channel.c); only a host can leave a reader without a value. */
static weir_status trap_never_written(struct rt_store *s) {
  return rt_trap(s, "cannot read from future whose writable end the host dropped without writing");
}

/* SharedFutureImpl.read and write: one element, both ends complete at once. */
static weir_status future_copy(struct rt_end *end) {
  struct rt_channel *c = end->channel;
  if (c->dropped) {
    if (end->readable)
      return trap_never_written(end->store);
    end_notify(end, RT_COPY_DROPPED, false);
  } else if (!c->pending) {
    c->pending = end;
  } else {
    WEIR_TRY(check_same_instance(end, c->pending));
    WEIR_TRY(transfer(end, c->pending));
    notify_pending(c, RT_COPY_COMPLETED);
    end_notify(end, RT_COPY_COMPLETED, false);
  }
  return WEIR_OK;
}

/* `end` waits in the place of the other, whose operation has completed. */
static void wait_instead(struct rt_end *end) {
  notify_pending(end->channel, RT_COPY_COMPLETED);
  end->channel->pending = end;
}

static bool goes_on(const struct rt_end *user) {
  return user->buffer.stays && !user->buffer.over;
}

/*
 * A host uses the buffer of the other end. Where it uses nothing it is as one with an empty buffer: its operation
 * completes, and the other's goes on waiting.
 */
static weir_status meet_lent(struct rt_end *end, struct rt_end *other) {
  bool waits = other->buffer.kind == RT_BUFFER_LENT;
  struct rt_end *user = waits ? other : end, *lender = waits ? end : other;
  uint32_t before = lender->buffer.progress;
  WEIR_TRY(transfer(end, other));
  bool used = lender->buffer.progress != before, stays = used && goes_on(user);
  if (waits ? !used : stays) {
    wait_instead(end);
    return WEIR_OK;
  }
  if (used && !stays)
    end_notify(other, RT_COPY_COMPLETED, true);
  end_notify(end, RT_COPY_COMPLETED, false);
  return WEIR_OK;
}

/* Neither has a buffer: the writer, whose operation completes without elements, has to bring one. */
static void meet_both_lent(struct rt_end *end) {
  if (end->readable)
    wait_instead(end);
  else
    end_notify(end, RT_COPY_COMPLETED, false);
}

/* Both sides have room. */
static weir_status meet(struct rt_end *end, struct rt_end *other) {
  uint32_t before = other->buffer.progress;
  bool lent = end->buffer.kind == RT_BUFFER_LENT, other_lent = other->buffer.kind == RT_BUFFER_LENT;
  if (lent && other_lent) {
    meet_both_lent(end);
    return WEIR_OK;
  }
  if (buffer_remain(&end->buffer) > 0) {
    if (lent || other_lent)
      return meet_lent(end, other);
    WEIR_TRY(transfer(end, other));
    if (other->buffer.progress != before)
      end_notify(other, RT_COPY_COMPLETED, true);
  }
  end_notify(end, RT_COPY_COMPLETED, false);
  return WEIR_OK;
}

/* SharedStreamImpl.read and write. A side whose buffer got elements keeps it pending until its event is delivered. */
static weir_status stream_copy(struct rt_end *end) {
  struct rt_channel *c = end->channel;
  struct rt_end *other = c->pending;
  if (c->dropped) {
    end_notify(end, RT_COPY_DROPPED, false);
    return WEIR_OK;
  }
  if (!other) {
    c->pending = end;
    return WEIR_OK;
  }
  WEIR_TRY(check_same_instance(end, other));
  if (buffer_remain(&other->buffer) > 0) {
    return meet(end, other);
  } else if (!end->readable && end->buffer.length == 0 && other->buffer.length == 0) {
    end_notify(end, RT_COPY_COMPLETED, false);
  } else {
    notify_pending(c, RT_COPY_COMPLETED);
    c->pending = end;
  }
  return WEIR_OK;
}

/* Meanwhile the other end may be dropped, or its operation cancelled. */
static weir_status wait_for_other(const struct rt_end *end) {
  while (end->channel->pending && end->channel->pending->inst && end->channel->pending->inst->frozen > 0)
    WEIR_TRY(hold_while_frozen(end->store, end->channel->pending->inst));
  return WEIR_OK;
}

weir_status channel_end_copy(struct rt_end *end) {
  WEIR_TRY(wait_for_other(end));
  end->state = RT_COPY_COPYING;
  return end->channel->future ? future_copy(end) : stream_copy(end);
}

void channel_end_cancel(struct rt_end *end) {
  if (end->channel->pending == end)
    notify_pending(end->channel, RT_COPY_CANCELLED);
}

void channel_end_drop(struct rt_end *end) {
  struct rt_store *s = end->store;
  struct rt_channel *c = end->channel;
  if (!c->dropped) {
    c->dropped = true;
    if (c->pending && c->pending != end && c->future && c->pending->readable)
      trap_never_written(s);
    else if (c->pending && c->pending != end)
      notify_pending(c, RT_COPY_DROPPED);
  }
  c->pending = NULL;
  waitable_join(&end->w, NULL);
  list_remove(&end->inbox);
  pool_give(&s->pool_ends, end);
  if (--c->refs == 0)
    pool_give(&s->pool_channels, c);
}
