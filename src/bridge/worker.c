/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See worker.h. */
#include "bridge/worker.h"

#include <signal.h>
#include <string.h>

#include "bridge/core.h"
#include "bridge/request.h"
#include "bridge/ticker.h"
#include "bridge/timer.h"
#include "bridge/turn.h"

/* ---- the loop ---------------------------------------------------------------------------------------------------- */

static void on_wakeup(uv_async_t *wakeup) {
  (void)wakeup; /* the turn that follows does everything */
}

static void on_prepare(uv_prepare_t *prepare) {
  turn_take(prepare->data);
}

static weir_status loop_open(struct weir_bridge *b, struct diag *d) {
  int error = uv_loop_init(&b->loop);
  if (error != 0)
    return diag_set(d, WEIR_ERR_IO, "no loop for a bridge: %s", uv_strerror(error));
  error = uv_async_init(&b->loop, &b->wakeup, on_wakeup);
  if (error != 0) {
    uv_loop_close(&b->loop);
    return diag_set(d, WEIR_ERR_IO, "no loop for a bridge: %s", uv_strerror(error));
  }
  uv_prepare_init(&b->loop, &b->prepare);
  b->prepare.data = b;
  uv_prepare_start(&b->prepare, on_prepare);
  uv_timer_init(&b->loop, &b->clock);
  uv_idle_init(&b->loop, &b->idle);
  turn_again(b);
  return WEIR_OK;
}

static void close_handle(uv_handle_t *handle, void *data) {
  (void)data;
  if (!uv_is_closing(handle))
    uv_close(handle, NULL);
}

/* Callbacks of handles that jobs have closed run here, and may open others: these are closed too. */
static void loop_close(struct weir_bridge *b) {
  do {
    uv_walk(&b->loop, close_handle, NULL);
    uv_run(&b->loop, UV_RUN_DEFAULT);
  } while (uv_loop_close(&b->loop) == UV_EBUSY);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void set_phase(struct weir_bridge *b, enum bridge_phase phase) {
  uv_mutex_lock(&b->lock);
  if (b->phase < phase)
    b->phase = phase;
  uv_cond_broadcast(&b->changed);
  uv_mutex_unlock(&b->lock);
}

static bool run_start_hook(struct weir_bridge *b) {
  b->start_status = ticker_start(b);
  if (b->start_status != WEIR_OK)
    return false;
  if (!b->config.start)
    return true;
  b->start_status = b->config.start(b->config.data, b, &b->start_error);
  return b->start_status == WEIR_OK;
}

static void close_turns(struct weir_bridge *b) {
  while (!list_empty(&b->turns)) {
    struct bridge_turn *t = LIST_OWNER(b->turns.next, struct bridge_turn, all);
    t->close(t);
  }
}

/* What has not been ended by the stop hook will not be; jobs that go on elsewhere keep their requests. */
static void end_jobs(struct weir_bridge *b) {
  struct list *next;
  uv_mutex_lock(&b->lock);
  for (struct list *n = b->jobs.next; n != &b->jobs; n = next) {
    struct weir_bridge_request *r = LIST_OWNER(n, struct weir_bridge_request, place);
    next = n->next;
    if (!r->job.ends_elsewhere)
      request_job_end(r);
  }
  uv_mutex_unlock(&b->lock);
}

static void worker_main(struct weir_bridge *b) {
  bool started = run_start_hook(b);
  if (started) {
    set_phase(b, BRIDGE_OPEN);
    uv_run(&b->loop, UV_RUN_DEFAULT);
  }
  turn_abort(b);
  close_turns(b);
  if (started && b->config.stop)
    b->config.stop(b->config.data, b);
  ticker_stop(b);
  end_jobs(b);
  turn_tell_all(b, true);
  loop_close(b);
  timer_drop_all(b);
}

static void *worker_thread(void *arg) {
  struct weir_bridge *b = arg;
  pthread_setname_np(pthread_self(), b->name);
  b->worker = pthread_self();
  atomic_store_explicit(&b->worker_live, true, memory_order_release);
  worker_main(b);
  atomic_store_explicit(&b->worker_live, false, memory_order_release);
  set_phase(b, BRIDGE_STOPPED);
  bridge_unref(b);
  return NULL;
}

/* Signals are for the program's own threads, but for those that an instruction of this one causes. */
static void signals_of_worker(sigset_t *ret) {
  static const int kept[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGPROF};
  sigfillset(ret);
  for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
    sigdelset(ret, kept[i]);
}

weir_status worker_start(struct weir_bridge *b, pthread_t *ret_thread, struct diag *d) {
  sigset_t blocked, before;
  WEIR_TRY(loop_open(b, d));
  signals_of_worker(&blocked);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  bridge_ref(b);
  int error = pthread_create(ret_thread, NULL, worker_thread, b);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error == 0)
    return WEIR_OK;
  bridge_unref(b);
  uv_prepare_stop(&b->prepare);
  loop_close(b);
  return diag_set(d, WEIR_ERR_IO, "no thread for a bridge: %s", strerror(error));
}
