/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The threads of a server (weir/serve.h).
 *
 *   NEW --start--> STARTING --> RUNNING --drain--> DRAINING --wait--> ENDING --all threads ended--> ENDED
 *                      `--failed--> ENDED
 *
 * What holds: `state` moves only forward. A worker ends only after it was drained, and so may be woken under `lock`
 * while the state is RUNNING. In order: workers; ticks; starting; stopping; reloading.
 */
#include "base/mem.h"
#include "load/component.h"
#include "serve/admin.h"
#include "serve/server_new.h"
#include "serve/worker.h"

enum { NANOSECONDS = 1000000 }; /* of a millisecond */

/* ---- workers ----------------------------------------------------------------------------------------------------- */

/* Waits until all workers have begun: so the first request finds all of them, or none. */
static bool may_go(weir_server *s, bool failed) {
  uv_mutex_lock(&s->lock);
  if (failed)
    s->failed++;
  else
    s->ready++;
  uv_cond_broadcast(&s->changed);
  while (!failed && !s->go)
    uv_cond_wait(&s->changed, &s->lock);
  uv_mutex_unlock(&s->lock);
  return !failed;
}

static void worker_main(void *arg) {
  struct worker *w = arg;
  weir_server *s = w->owner;
  weir_status status = worker_open(w, &w->failure);
  if (may_go(s, status != WEIR_OK))
    worker_run(w);
}

static void join_workers(weir_server *s) {
  for (uint32_t i = 0; i < s->opened; i++)
    uv_thread_join(&s->workers[i].thread);
}

/* Also the reason where one has failed. */
static weir_status await_workers(weir_server *s, struct diag *d) {
  uv_mutex_lock(&s->lock);
  while (s->ready + s->failed < s->opened)
    uv_cond_wait(&s->changed, &s->lock);
  bool failed = s->failed > 0 || s->opened < s->config.workers;
  s->go = true;
  uv_cond_broadcast(&s->changed);
  uv_mutex_unlock(&s->lock);
  if (!failed)
    return WEIR_OK;
  for (uint32_t i = 0; i < s->opened; i++)
    if (s->workers[i].failure.status != WEIR_OK)
      return diag_set(d, s->workers[i].failure.status, "%s", diag_message(&s->workers[i].failure));
  return diag_set(d, WEIR_ERR_IO, "a thread cannot be made");
}

/* Workers that have begun. Under `lock`, or before anybody else knows of them. */
static void drain_workers(weir_server *s, uint64_t milliseconds) {
  for (uint32_t i = 0; i < s->opened; i++)
    if (s->workers[i].failure.status == WEIR_OK)
      worker_drain(&s->workers[i], milliseconds);
}

/* ---- ticks ------------------------------------------------------------------------------------------------------- */

static void tick(void *arg) {
  weir_server *s = arg;
  uv_mutex_lock(&s->lock);
  while (s->ticking)
    if (uv_cond_timedwait(&s->tick_end, &s->lock, (uint64_t)s->config.slice_ms * NANOSECONDS) == UV_ETIMEDOUT)
      weir_engine_tick(s->engine);
  uv_mutex_unlock(&s->lock);
}

static weir_status start_ticks(weir_server *s, struct diag *d) {
  if (s->config.slice_ms == 0)
    return WEIR_OK;
  s->ticking = true;
  if (uv_thread_create(&s->ticker, tick, s) == 0)
    return WEIR_OK;
  s->ticking = false;
  return diag_set(d, WEIR_ERR_IO, "a thread cannot be made");
}

static void end_ticks(weir_server *s) {
  uv_mutex_lock(&s->lock);
  bool was_ticking = s->ticking;
  s->ticking = false;
  uv_cond_signal(&s->tick_end);
  uv_mutex_unlock(&s->lock);
  if (was_ticking)
    uv_thread_join(&s->ticker);
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static weir_status start_workers(weir_server *s, struct diag *d) {
  for (uint32_t i = 0; i < s->config.workers; i++) {
    if (uv_thread_create(&s->workers[i].thread, worker_main, &s->workers[i]) != 0)
      break;
    s->opened++;
  }
  return await_workers(s, d);
}

static void set_state(weir_server *s, enum server_state state) {
  uv_mutex_lock(&s->lock);
  atomic_store(&s->state, (int)state);
  uv_cond_broadcast(&s->changed);
  uv_mutex_unlock(&s->lock);
}

static void end_all(weir_server *s) {
  join_workers(s);
  end_ticks(s);
  admin_end(&s->admin);
  set_state(s, SERVER_ENDED);
}

static weir_status server_start(weir_server *s, struct diag *d) {
  int before = SERVER_NEW;
  if (!atomic_compare_exchange_strong(&s->state, &before, SERVER_STARTING))
    return diag_set(d, WEIR_ERR_MISUSE, "the server was started before");
  weir_status status = start_ticks(s, d);
  if (status == WEIR_OK)
    status = start_workers(s, d);
  if (status == WEIR_OK)
    status = admin_start(&s->admin, d);
  s->config.world = NULL; /* it was lent until here */
  if (status == WEIR_OK) {
    set_state(s, SERVER_RUNNING);
  } else {
    drain_workers(s, 0);
    end_all(s);
  }
  return status;
}

weir_status weir_server_start(weir_server *server, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = server_start(server, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

/* ---- stopping ---------------------------------------------------------------------------------------------------- */

/* Under `lock`. What is being started on another thread is let start. */
static int settled_state(weir_server *s) {
  while (atomic_load(&s->state) == SERVER_STARTING)
    uv_cond_wait(&s->changed, &s->lock);
  return atomic_load(&s->state);
}

void weir_server_drain(weir_server *s, uint64_t milliseconds) {
  uv_mutex_lock(&s->lock);
  if (settled_state(s) == SERVER_RUNNING) {
    atomic_store(&s->state, SERVER_DRAINING);
    uv_cond_broadcast(&s->changed);
    drain_workers(s, milliseconds);
  }
  uv_mutex_unlock(&s->lock);
}

/* One of those that wait at once ends the threads. */
void weir_server_wait(weir_server *s) {
  uv_mutex_lock(&s->lock);
  int state = settled_state(s);
  while (state == SERVER_RUNNING) {
    uv_cond_wait(&s->changed, &s->lock);
    state = atomic_load(&s->state);
  }
  bool is_mine = state == SERVER_DRAINING;
  if (is_mine)
    atomic_store(&s->state, SERVER_ENDING);
  while (!is_mine && atomic_load(&s->state) == SERVER_ENDING)
    uv_cond_wait(&s->changed, &s->lock);
  uv_mutex_unlock(&s->lock);
  if (is_mine)
    end_all(s);
}

void weir_server_free(weir_server *server) {
  if (!server)
    return;
  weir_server_drain(server, 0);
  weir_server_wait(server);
  server_free(server);
}

/* ---- reloading --------------------------------------------------------------------------------------------------- */

static weir_status not_running(struct diag *d) {
  return diag_set(d, WEIR_ERR_MISUSE, "the server does not run");
}

static weir_status server_reload(weir_server *s, size_t route, const weir_component *component, struct diag *d) {
  if (route >= s->component_count)
    return diag_set(d, WEIR_ERR_MISUSE, "there is no route %zu", route);
  if (component->engine != s->engine)
    return diag_set(d, WEIR_ERR_MISUSE, "the component is of another engine");
  if (atomic_load(&s->state) != SERVER_RUNNING)
    return not_running(d);
  WEIR_TRY(server_check(component, &s->config, s->workers[0].linker, d));
  uv_mutex_lock(&s->lock);
  bool runs = atomic_load(&s->state) == SERVER_RUNNING; /* so no worker has ended */
  for (uint32_t i = 0; runs && i < s->config.workers; i++)
    worker_reload(&s->workers[i], (uint32_t)route, weir_component_ref(component));
  uv_mutex_unlock(&s->lock);
  return runs ? WEIR_OK : not_running(d);
}

weir_status weir_server_reload(weir_server *server, size_t route, const weir_component *component,
                               weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = server_reload(server, route, component, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
