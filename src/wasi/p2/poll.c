/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Pollables of 0.2. In order: pollables; waiting for many at once; wasi:io/poll.
 *
 * What always holds: a call that waits is in the event of each of its pollables, and is told by one of them, or by its
 * store that is being freed (on_cancel); then it leaves all. It holds the objects meanwhile.
 */
#include "wasi/p2/poll.h"

#include <string.h>

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/host/attempt.h"
#include "wasi/p2/p2.h"
#include "wasi/wit.h"
#include "weir/resource.h"

static const char cannot_wait[] = "the system cannot wait for this";

/* ---- pollables --------------------------------------------------------------------------------------------------- */

struct pollable {
  struct wasi_object object;
  struct wasi_object *of;
  struct wasi_p2_pollee *pollee;
};

static void pollable_free(struct wasi_object *object) {
  struct pollable *pollable = (struct pollable *)object;
  wasi_object_release(pollable->of);
  mem_free(object->objects->alloc, pollable, sizeof(*pollable));
}

static const struct wasi_object_type pollable_type = {.free = pollable_free};

weir_status wasi_p2_pollable_new(struct wasi_p2 *p2, weir_store *store, struct wasi_object *object,
                                 struct wasi_p2_pollee *pollee, uint64_t *ret) {
  struct pollable *pollable = mem_zalloc(p2->alloc, sizeof(*pollable));
  if (!pollable)
    return WEIR_ERR_NOMEM;
  weir_status status = wasi_object_init(p2->objects, &pollable_type, store, &pollable->object);
  if (status != WEIR_OK) {
    mem_free(p2->alloc, pollable, sizeof(*pollable));
    return status;
  }
  wasi_object_hold(object);
  pollable->of = object;
  pollable->pollee = pollee;
  *ret = pollable->object.number;
  return WEIR_OK;
}

static struct pollable *pollable_get(const struct wasi_p2 *p2, uint64_t number) {
  return (struct pollable *)wasi_object_get(p2->objects, &pollable_type, number);
}

/* ---- many events ------------------------------------------------------------------------------------------------- */

struct poll;

struct poll_item {
  struct wasi_waiter waiter;
  struct pollable *pollable; /* held */
  struct poll *poll;
};

struct poll {
  struct wasi_p2 *p2;
  weir_host_call *call;
  size_t count;
  struct poll_item items[];
};

static size_t poll_size(size_t count) {
  return sizeof(struct poll) + count * sizeof(struct poll_item);
}

static void poll_free(struct poll *poll) {
  for (size_t i = 0; i < poll->count; i++) {
    wasi_event_leave(&poll->items[i].waiter);
    wasi_object_release(poll->items[i].pollable ? &poll->items[i].pollable->object : NULL);
  }
  mem_free(poll->p2->alloc, poll, poll_size(poll->count));
}

static void poll_cancelled(void *data, weir_host_call *call) {
  poll_free(data);
  weir_host_call_cancelled(call);
}

enum { ASKED_AT_ONCE = 32 };

static struct pollfd question(struct wasi_p2_pollee *pollee) {
  return pollee->asks ? pollee->asks(pollee) : (struct pollfd){.fd = -1};
}

/* Up to ASKED_AT_ONCE items from `first`; gives the ready ones. One call of the system answers all that ask it. */
static size_t find_ready(const struct poll *p, size_t first, uint32_t *ret) {
  struct pollfd asked[ASKED_AT_ONCE];
  size_t count = p->count - first < ASKED_AT_ONCE ? p->count - first : ASKED_AT_ONCE, ready = 0;
  bool any = false;
  for (size_t i = 0; i < count; i++) {
    asked[i] = question(p->items[first + i].pollable->pollee);
    any = any || asked[i].fd >= 0;
  }
  bool answered = any && poll(asked, (nfds_t)count, 0) >= 0;
  for (size_t i = 0; i < count; i++) {
    struct wasi_p2_pollee *pollee = p->items[first + i].pollable->pollee;
    if (answered && asked[i].fd >= 0 ? asked[i].revents != 0 : pollee->ready(pollee))
      ret[ready++] = (uint32_t)(first + i);
  }
  return ready;
}

/* Finishes the call with those that are ready. false: none is. */
static bool poll_finish(struct poll *poll) {
  size_t ready = 0;
  uint32_t *numbers = mem_alloc(poll->p2->alloc, poll->count * sizeof(*numbers));
  if (!numbers) {
    weir_host_call_fail(poll->call, "out of memory");
    return true;
  }
  for (size_t i = 0; i < poll->count; i += ASKED_AT_ONCE)
    ready += find_ready(poll, i, numbers + ready);
  struct wasi_list_u32 list = {numbers, ready};
  if (ready > 0)
    wasi_p2_io_poll_poll_return(poll->call, &list);
  mem_free(poll->p2->alloc, numbers, poll->count * sizeof(*numbers));
  return ready > 0;
}

static void poll_again(struct wasi_waiter *waiter) {
  struct poll_item *item = LIST_OWNER(waiter, struct poll_item, waiter);
  struct poll *poll = item->poll;
  if (!poll_finish(poll)) {
    if (wasi_event_wait(&item->pollable->pollee->event, waiter))
      return;
    weir_host_call_fail(poll->call, cannot_wait);
  }
  poll_free(poll);
}

static bool poll_wait(struct poll *poll) {
  for (size_t i = 0; i < poll->count; i++) {
    poll->items[i].waiter.happened = poll_again;
    if (!wasi_event_wait(&poll->items[i].pollable->pollee->event, &poll->items[i].waiter))
      return false;
  }
  return true;
}

static bool poll_fill(struct poll *poll, const struct wasi_values *in) {
  for (size_t i = 0; i < poll->count; i++) {
    struct pollable *pollable = pollable_get(poll->p2, wasi_rep(&in->items[i]));
    if (!pollable)
      return false;
    wasi_object_hold(&pollable->object);
    poll->items[i].pollable = pollable;
    poll->items[i].poll = poll;
  }
  return true;
}

/* ---- the interface ----------------------------------------------------------------------------------------------- */

void wasi_p2_io_poll_poll(struct wasi_p2 *p2, weir_host_call *call, struct wasi_values in) {
  struct poll *poll = in.count > 0 ? mem_zalloc(p2->alloc, poll_size(in.count)) : NULL;
  if (!poll) {
    weir_host_call_fail(call, in.count > 0 ? "out of memory" : "poll: there is nothing to wait for");
    return;
  }
  poll->p2 = p2;
  poll->call = call;
  poll->count = in.count;
  if (!poll_fill(poll, &in)) {
    weir_host_call_fail(call, "poll: not a pollable");
  } else if (!poll_finish(poll)) {
    if (poll_wait(poll)) {
      weir_host_call_on_cancel(call, poll_cancelled, poll, NULL);
      return;
    }
    weir_host_call_fail(call, cannot_wait);
  }
  poll_free(poll);
}

weir_status wasi_p2_io_poll_pollable_ready(struct wasi_p2 *p2, weir_store *store, uint64_t self, bool *ret) {
  (void)store;
  const struct pollable *pollable = pollable_get(p2, self);
  if (!pollable)
    return WEIR_ERR_MISUSE;
  *ret = pollable->pollee->ready(pollable->pollee);
  return WEIR_OK;
}

struct block_attempt {
  struct wasi_attempt first;
  struct wasi_p2_pollee *pollee;
};

static bool attempt_block(struct wasi_attempt *a) {
  struct wasi_p2_pollee *pollee = ((struct block_attempt *)a)->pollee;
  if (!pollee->ready(pollee))
    return false;
  weir_host_call_return(a->call, NULL, NULL);
  return true;
}

void wasi_p2_io_poll_pollable_block(struct wasi_p2 *p2, weir_host_call *call, uint64_t self) {
  struct pollable *pollable = pollable_get(p2, self);
  if (!pollable) {
    weir_host_call_fail(call, "block: not a pollable");
    return;
  }
  struct block_attempt b = {.first = {.alloc = p2->alloc,
                                      .call = call,
                                      .object = &pollable->object,
                                      .event = &pollable->pollee->event,
                                      .attempt = attempt_block},
                            .pollee = pollable->pollee};
  wasi_attempt_begin(&b.first, sizeof(b));
}

void wasi_p2_io_pollable_drop(struct wasi_p2 *p2, uint64_t rep) {
  wasi_object_drop(p2->objects, rep);
}
