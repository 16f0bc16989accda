/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The life of a bridge as its owner sees it: made, shut down, freed.
 *
 * What holds: phases only go forward, under the lock; the worker is joined exactly once, by the first thread that
 * claims the join, or never, where the worker frees its own bridge. In order: making, which waits for the start hook;
 * shutting down; freeing.
 */
#include "weir/bridge.h"

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/sized.h"
#include "bridge/core.h"
#include "bridge/worker.h"

/* ---- made -------------------------------------------------------------------------------------------------------- */

/* With the defaults filled in; `alloc` becomes what the config's leads to. */
static weir_status read_config(const struct weir_bridge_config *config, struct weir_bridge_config *ret,
                               struct weir_alloc *alloc, struct diag *d) {
  *ret = (struct weir_bridge_config)WEIR_BRIDGE_CONFIG_INIT;
  *alloc = mem_system;
  if (config)
    WEIR_TRY(SIZED_READ(config, ret, weir_bridge_config, d));
  if (ret->alloc)
    WEIR_TRY(SIZED_READ(ret->alloc, alloc, weir_alloc, d));
  ret->alloc = alloc;
  if (ret->capacity == 0)
    ret->capacity = BRIDGE_CAPACITY;
  if (!ret->name)
    ret->name = "weir-bridge";
  if (ret->spin == 0)
    ret->spin = SPIN_DEFAULT;
  if (ret->tick_interval == 0)
    ret->tick_interval = TICK_INTERVAL;
  return WEIR_OK;
}

static void lists_init(struct weir_bridge *b) {
  list_init(&b->queue);
  list_init(&b->jobs);
  list_init(&b->news);
  list_init(&b->turns);
  list_init(&b->turns_ready);
  list_init(&b->timers);
}

static bool locks_init(struct weir_bridge *b) {
  if (uv_mutex_init(&b->lock) != 0)
    return false;
  if (uv_cond_init(&b->room) != 0)
    goto no_room;
  if (uv_cond_init(&b->changed) == 0)
    return true;
  uv_cond_destroy(&b->room);
no_room:
  uv_mutex_destroy(&b->lock);
  return false;
}

static weir_status bridge_make(const struct weir_bridge_config *config, struct weir_bridge **ret, struct diag *d) {
  const struct weir_alloc *alloc = config->alloc;
  struct weir_bridge *b = mem_zalloc(alloc, sizeof(*b));
  if (!b)
    return diag_nomem(d);
  if (!locks_init(b)) {
    mem_free(alloc, b, sizeof(*b));
    return diag_nomem(d);
  }
  lists_init(b);
  b->alloc = *alloc;
  b->config = *config;
  b->config.alloc = NULL;
  b->config.name = NULL;
  strncpy(b->name, config->name, sizeof(b->name) - 1);
  process_mark_init(&b->process);
  spin_init(&b->spin, config->spin, spin_processors());
  b->holders = 1;
  *ret = b;
  return WEIR_OK;
}

/* Waits for the start hook. */
static weir_status bridge_opened(struct weir_bridge *b, weir_error **ret_error) {
  uv_mutex_lock(&b->lock);
  while (b->phase == BRIDGE_STARTING || (b->start_status != WEIR_OK && b->phase != BRIDGE_STOPPED))
    uv_cond_wait(&b->changed, &b->lock);
  weir_status status = b->start_status;
  weir_error *error = b->start_error;
  b->start_error = NULL;
  uv_mutex_unlock(&b->lock);
  if (status == WEIR_OK)
    return WEIR_OK;
  if (!error)
    return bridge_refuse(status, "the bridge's start hook failed", ret_error);
  if (ret_error)
    *ret_error = error;
  else
    weir_error_free(error);
  return status;
}

weir_status weir_bridge_new(const weir_bridge_config *config, weir_bridge **ret, weir_error **ret_error) {
  struct weir_bridge_config c;
  struct weir_alloc alloc;
  struct weir_bridge *b;
  struct diag d;
  diag_init(&d);
  weir_status status = read_config(config, &c, &alloc, &d);
  if (status == WEIR_OK)
    status = bridge_make(&c, &b, &d);
  if (status != WEIR_OK)
    return diag_raise(&d, ret_error);
  status = worker_start(b, &b->thread, &d);
  if (status != WEIR_OK) {
    bridge_unref(b);
    return diag_raise(&d, ret_error);
  }
  status = bridge_opened(b, ret_error);
  if (status == WEIR_OK)
    *ret = b;
  else
    weir_bridge_free(b);
  return status;
}

/* ---- shut down --------------------------------------------------------------------------------------------------- */

static void enter_phase(struct weir_bridge *b, enum bridge_phase phase) {
  if (b->phase >= phase)
    return;
  b->phase = phase;
  uv_cond_broadcast(&b->room);
  uv_cond_broadcast(&b->changed);
  bridge_wake(b);
}

/*
 * Whether the drain came to its end within its time; else the drain is an abort from now on, as where another thread
 * made it one. Under the lock.
 */
static bool wait_drained(struct weir_bridge *b, uint64_t until) {
  while (b->phase == BRIDGE_DRAINING) {
    if (uv_hrtime() >= until) {
      enter_phase(b, BRIDGE_ABORTING);
      return false;
    }
    bridge_wait_until(b, &b->changed, until);
  }
  return true;
}

/* Joins the worker once, whoever comes first; the others wait for that thread. Under the lock. */
static void join_worker(struct weir_bridge *b) {
  if (!b->join_claimed) {
    b->join_claimed = true;
    uv_mutex_unlock(&b->lock);
    pthread_join(b->thread, NULL);
    uv_mutex_lock(&b->lock);
    b->joined = true;
    uv_cond_broadcast(&b->changed);
  }
  while (!b->joined)
    uv_cond_wait(&b->changed, &b->lock);
}

weir_status weir_bridge_shutdown(weir_bridge *b, weir_bridge_shutdown_mode mode, uint64_t timeout,
                                 weir_error **ret_error) {
  if (bridge_forked(b))
    return bridge_refuse(WEIR_ERR_GONE, "a bridge does not survive fork()", ret_error);
  if (weir_bridge_on_worker(b))
    return bridge_refuse(WEIR_ERR_WOULD_DEADLOCK, "a bridge's worker would deadlock, joining itself", ret_error);
  uint64_t until = time_add(uv_hrtime(), timeout);
  uv_mutex_lock(&b->lock);
  enter_phase(b, mode == WEIR_BRIDGE_DRAIN ? BRIDGE_DRAINING : BRIDGE_ABORTING);
  bool in_time = mode != WEIR_BRIDGE_DRAIN || wait_drained(b, until);
  join_worker(b);
  uv_mutex_unlock(&b->lock);
  if (in_time)
    return WEIR_OK;
  return bridge_refuse(WEIR_ERR_TIMEOUT, "the bridge did not drain within the timeout; the rest was aborted",
                       ret_error);
}

/* The worker frees its own bridge: nobody joins it, and it ends after the turn that it is in. */
static void free_on_worker(struct weir_bridge *b) {
  uv_mutex_lock(&b->lock);
  bool claimed = b->join_claimed;
  b->join_claimed = b->joined = true;
  enter_phase(b, BRIDGE_ABORTING);
  uv_mutex_unlock(&b->lock);
  if (!claimed)
    pthread_detach(pthread_self());
}

void weir_bridge_free(weir_bridge *b) {
  if (!b || bridge_forked(b))
    return;
  if (weir_bridge_on_worker(b))
    free_on_worker(b);
  else
    weir_bridge_shutdown(b, WEIR_BRIDGE_ABORT, 0, NULL);
  bridge_unref(b);
}
