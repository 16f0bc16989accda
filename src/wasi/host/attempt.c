/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See attempt.h. A call that waits is in its event, and is told by the event, by its store that is being freed, or by a
 * guest that cancels the call; then it leaves the event.
 */
#include "wasi/host/attempt.h"

#include <string.h>

#include "base/mem.h"

static const char cannot_wait[] = "the system cannot wait for this";

struct waiting { /* a copy of a wasi_attempt that has to wait; `size` bytes of it */
  size_t size;
  struct wasi_attempt first;
};

static void waiting_free(struct waiting *w) {
  struct wasi_attempt *a = &w->first;
  wasi_event_leave(&a->waiter);
  wasi_object_release(a->object);
  if (a->done)
    a->done(a);
  mem_free(a->alloc, w, w->size);
}

static void waiting_cancelled(void *data, weir_host_call *call) {
  waiting_free(data);
  weir_host_call_cancelled(call);
}

static void waiting_again(struct wasi_waiter *waiter);

static bool waiting_wait(struct waiting *w) {
  struct wasi_attempt *a = &w->first;
  a->waiter.happened = waiting_again;
  return wasi_event_wait(a->event, &a->waiter);
}

static void waiting_again(struct wasi_waiter *waiter) {
  struct wasi_attempt *a = LIST_OWNER(waiter, struct wasi_attempt, waiter);
  struct waiting *w = LIST_OWNER(a, struct waiting, first);
  bool done = a->attempt(a);
  if (!done && waiting_wait(w))
    return;
  if (!done)
    weir_host_call_fail(a->call, cannot_wait);
  waiting_free(w);
}

static struct waiting *waiting_new(const struct wasi_attempt *a, size_t size) {
  size_t whole = offsetof(struct waiting, first) + size;
  struct waiting *w = mem_zalloc(a->alloc, whole);
  if (!w)
    return NULL;
  w->size = whole;
  memcpy(&w->first, a, size);
  w->first.waiter = (struct wasi_waiter){0};
  return w;
}

void wasi_attempt_begin(struct wasi_attempt *a, size_t size) {
  if (a->attempt(a)) {
    if (a->done)
      a->done(a);
    return;
  }
  struct waiting *w = waiting_new(a, size);
  if (!w) {
    weir_host_call_fail(a->call, "out of memory");
    if (a->done)
      a->done(a);
    return;
  }
  wasi_object_hold(a->object);
  if (waiting_wait(w)) {
    weir_host_call_on_cancel(a->call, waiting_cancelled, w, NULL);
    return;
  }
  weir_host_call_fail(a->call, cannot_wait);
  waiting_free(w);
}
