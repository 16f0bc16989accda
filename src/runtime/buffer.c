/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What buffers hold is moved: four combinations of guest and host sides, all through the canonical ABI's translator,
 * and buffers that a host uses where they lie. Origin: CanonicalABI.md#buffer-state.
 *
 * What holds: a guest's buffer was checked when its copy began, and memories do not shrink. In order: beginning; where
 * the next elements are; the four combinations; lending; the choice among them.
 */
#include "runtime/buffer.h"

#include <string.h>

#include "abi/value.h"
#include "runtime/cx.h"
#include "runtime/trap.h"

weir_status buffer_init_guest(struct rt_buffer *b, struct rt_instance *inst, const struct rt_opts *opts,
                              const struct weir_type *elem, uint64_t address, uint32_t length) {
  struct rt_store *s = inst->store;
  if (length > BUFFER_MAX_LENGTH)
    return rt_trap(s, "stream read/write count too large");
  if (elem && length > 0) {
    struct rt_cx cx;
    cx_init(&cx, inst, opts);
    WEIR_TRY(rt_fail(s, abi_check_range(&cx.abi, elem, address, length)));
  }
  *b = (struct rt_buffer){.kind = RT_BUFFER_GUEST, .opts = opts, .address = address, .length = length};
  return WEIR_OK;
}

static uint64_t place_of(const struct rt_end *e) {
  const struct weir_type *elem = e->channel->elem;
  uint64_t size = elem ? elem->layout[e->buffer.opts->memory64].size : 0;
  return e->buffer.address + e->buffer.progress * size;
}

static char *host_bytes(const struct rt_end *e) {
  return (char *)e->buffer.host + (size_t)e->buffer.progress * e->channel->elem->layout[0].size;
}

static weir_value *host_values(const struct rt_end *e) {
  return (weir_value *)e->buffer.host + e->buffer.progress;
}

/* A context with the memory in view: the range was checked when the copy began. */
static void view(struct rt_cx *cx, const struct rt_end *end) {
  cx_init(cx, end->inst, end->buffer.opts);
  abi_refresh(&cx->abi);
}

static weir_status guest_to_guest(struct rt_end *from, struct rt_end *to, uint32_t n) {
  struct rt_cx src, dst;
  view(&src, from);
  view(&dst, to);
  dst.other = from->inst;
  return abi_copy_array(&src.abi, place_of(from), &dst.abi, place_of(to), from->channel->elem, n);
}

static weir_status guest_to_host(struct rt_end *from, struct rt_end *to, uint32_t n) {
  struct rt_cx src;
  view(&src, from);
  if (to->buffer.kind == RT_BUFFER_VALUES)
    return abi_lift_values(&src.abi, place_of(from), from->channel->elem, n, host_values(to));
  memcpy(host_bytes(to), src.abi.base + place_of(from), (size_t)n * from->channel->elem->layout[0].size);
  return WEIR_OK;
}

/* A host may have offered its values before it knew their type. */
static weir_status check_values(const struct rt_end *from, uint32_t n) {
  struct diag *d = &from->store->failure;
  for (uint32_t i = 0; i < n; i++) {
    if (value_check(from->channel->elem, &host_values(from)[i], d) == WEIR_OK)
      continue;
    diag_prefix(d, "value that the host wrote to a %s: ", from->channel->future ? "future" : "stream");
    return d->status = WEIR_ERR_HOST;
  }
  return WEIR_OK;
}

/* Values that were written are gone from the host's buffer (weir/stream.h). */
static weir_status lower_values(struct rt_end *from, struct abi_cx *dst, uint64_t place, uint32_t n) {
  WEIR_TRY(abi_lower_values(dst, place, from->channel->elem, n, host_values(from)));
  for (uint32_t i = 0; i < n; i++)
    weir_value_clear(&host_values(from)[i]);
  return WEIR_OK;
}

static weir_status host_to_guest(struct rt_end *from, struct rt_end *to, uint32_t n) {
  struct rt_cx dst;
  if (from->buffer.kind == RT_BUFFER_VALUES)
    WEIR_TRY(check_values(from, n));
  view(&dst, to);
  if (from->buffer.kind == RT_BUFFER_VALUES)
    return lower_values(from, &dst.abi, place_of(to), n);
  memcpy(dst.abi.base + place_of(to), host_bytes(from), (size_t)n * from->channel->elem->layout[0].size);
  return WEIR_OK;
}

static weir_status host_to_host(struct rt_end *from, struct rt_end *to, uint32_t n) {
  if (from->buffer.kind != to->buffer.kind)
    return rt_trap(from->store, "the two ends of a stream between hosts use different kinds of buffers");
  if (from->buffer.kind == RT_BUFFER_BYTES) {
    if (!from->channel->elem)
      return WEIR_OK;
    memcpy(host_bytes(to), host_bytes(from), (size_t)n * from->channel->elem->layout[0].size);
    return WEIR_OK;
  }
  for (uint32_t i = 0; i < n; i++) {
    host_values(to)[i] = host_values(from)[i];
    host_values(from)[i] = (weir_value){0};
    if (value_keep(&host_values(to)[i], true) != WEIR_OK)
      return diag_nomem(&from->store->failure);
  }
  return WEIR_OK;
}

/* The elements that are left of a buffer, as they lie in memory. */
static void *bytes_of(const struct rt_end *e) {
  struct rt_cx cx;
  if (!e->channel->elem)
    return NULL;
  if (!e->inst)
    return host_bytes(e);
  view(&cx, e);
  return cx.abi.base + place_of(e);
}

/* One of the two ends has a buffer, which the host of the other uses where it lies, once in each operation. */
static weir_status lend_buffer(struct rt_end *lender, struct rt_end *user) {
  struct rt_store *s = lender->store;
  uint32_t n = buffer_remain(&lender->buffer);
  if (lender->buffer.kind != RT_BUFFER_GUEST && lender->buffer.kind != RT_BUFFER_BYTES)
    return rt_trap(s, "the two ends of a stream between hosts use different kinds of buffers");
  size_t used = s->lend(user, bytes_of(lender), n);
  if (used > n)
    return rt_fail(s, diag_set(&s->failure, WEIR_ERR_HOST, "a host used more elements of a stream than it was lent"));
  lender->buffer.progress += (uint32_t)used;
  if (user->buffer.stays)
    return WEIR_OK;
  user->buffer.progress += (uint32_t)used;
  user->buffer.length = user->buffer.progress;
  return WEIR_OK;
}

weir_status buffer_transfer(struct rt_end *from, struct rt_end *to) {
  if (to->buffer.kind == RT_BUFFER_LENT)
    return lend_buffer(from, to);
  if (from->buffer.kind == RT_BUFFER_LENT)
    return lend_buffer(to, from);
  uint32_t n = buffer_remain(&from->buffer);
  if (n > buffer_remain(&to->buffer))
    n = buffer_remain(&to->buffer);
  const struct weir_type *elem = from->channel->elem;
  weir_status status = WEIR_OK;
  if (elem && !elem->numeric && (from->buffer.kind == RT_BUFFER_BYTES || to->buffer.kind == RT_BUFFER_BYTES)) {
    status = diag_set(&from->store->failure, WEIR_ERR_HOST, "a host copies elements that are not numbers as bytes");
  } else if (!from->inst && !to->inst) {
    status = host_to_host(from, to, n); /* also where no guest has given a future its type */
  } else if (elem) {
    if (from->inst)
      status = to->inst ? guest_to_guest(from, to, n) : guest_to_host(from, to, n);
    else
      status = host_to_guest(from, to, n);
  }
  WEIR_TRY(rt_fail(from->store, status));
  from->buffer.progress += n;
  to->buffer.progress += n;
  return WEIR_OK;
}
