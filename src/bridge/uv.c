/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A store in a loop of the embedder's, which steps the store in two ways: an async handle for what other threads say,
 * and an idle handle for what is ready on this one, which costs no system call and comes before the loop sends what
 * steps have made. The async handle counts as alive (uv_ref) while the store has work or waits for its host, so that
 * the loop ends when there is nothing to come. See weir/uv.h.
 */
#include "weir/uv.h"

#include <uv.h>

#include "base/mem.h"
#include "bridge/core.h"
#include "embed/store_step.h"

/* Steps at a time, and nanoseconds after which no more are begun: then other events of the loop have their turn. */
enum { ROUNDS = 64, TURN = 500000 };

struct weir_uv {
  uv_async_t wake; /* first */
  uv_idle_t idle;  /* active: the store is to be stepped */
  unsigned closing;
  weir_store *store;
  weir_uv_step_fn on_step;
  void *data;
  uv_thread_t thread;
  struct weir_alloc alloc;
  bool detached; /* closing: the handle is not to be touched */
};

static uv_handle_t *handle_of(struct weir_uv *a) {
  return (uv_handle_t *)&a->wake;
}

static void on_idle(uv_idle_t *idle);

/* On any thread; references are the loop's thread's. Another thread wakes only what waits, and that is alive. */
static void on_wake(void *data) {
  struct weir_uv *a = data;
  uv_thread_t self = uv_thread_self();
  if (uv_thread_equal(&self, &a->thread))
    uv_idle_start(&a->idle, on_idle);
  else
    uv_async_send(&a->wake);
}

static void settle(struct weir_uv *a, weir_step step) {
  if (step == WEIR_STEP_READY || step == WEIR_STEP_WAITING)
    uv_ref(handle_of(a));
  else
    uv_unref(handle_of(a));
  if (step == WEIR_STEP_READY)
    uv_idle_start(&a->idle, on_idle);
}

static void run(struct weir_uv *a) {
  uint64_t end = uv_hrtime() + TURN;
  uv_idle_start(&a->idle, on_idle);
  for (int i = 0; i < ROUNDS && uv_is_active((uv_handle_t *)&a->idle); i++) {
    if (i > 0 && uv_hrtime() > end)
      return;
    uv_idle_stop(&a->idle);
    weir_step step = weir_store_step(a->store);
    if (a->detached) /* by a callback of the store */
      return;
    settle(a, step);
    if (a->on_step)
      a->on_step(a->data, a->store, step);
    if (a->detached)
      return;
  }
}

static void on_idle(uv_idle_t *idle) {
  run(idle->data);
}

static void on_async(uv_async_t *wake) {
  run((struct weir_uv *)(void *)wake);
}

static void release(uv_handle_t *handle) {
  struct weir_uv *a = handle->data;
  struct weir_alloc alloc = a->alloc;
  if (--a->closing == 0)
    mem_free(&alloc, a, sizeof(*a));
}

weir_status weir_uv_attach(weir_store *store, struct uv_loop_s *loop, weir_uv_step_fn on_step, void *data,
                           weir_uv **ret, weir_error **ret_error) {
  const struct store *s = store_get_mine(store);
  if (!s || store_is_inside(s))
    return bridge_refuse(WEIR_ERR_MISUSE, "the store is another thread's, gone, or inside a step", ret_error);
  const struct weir_alloc *alloc = &s->engine->alloc;
  struct weir_uv *a = mem_zalloc(alloc, sizeof(*a));
  if (!a)
    return bridge_refuse(WEIR_ERR_NOMEM, "no memory for a store in a loop", ret_error);
  *a = (struct weir_uv){.store = store, .on_step = on_step, .data = data, .alloc = *alloc};
  a->thread = uv_thread_self();
  int error = uv_async_init(loop, &a->wake, on_async);
  if (error != 0) {
    mem_free(alloc, a, sizeof(*a));
    return bridge_refuse(WEIR_ERR_IO, uv_strerror(error), ret_error);
  }
  uv_idle_init(loop, &a->idle);
  a->wake.data = a->idle.data = a;
  weir_store_on_wake(store, on_wake, a);
  uv_idle_start(&a->idle, on_idle); /* for what has become ready before */
  *ret = a;
  return WEIR_OK;
}

void weir_uv_detach(weir_uv *a) {
  if (!a || a->detached)
    return;
  a->detached = true;
  store_step_forget_wake(a->store, a); /* it may have another driver by now */
  a->closing = 2;
  uv_close(handle_of(a), release);
  uv_close((uv_handle_t *)&a->idle, release);
}
