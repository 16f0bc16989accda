/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See guard.h. The clock ticks once: the store's deadline is its first tick. */
#include "cli/guard.h"

#include <time.h>

void guard_engine_config(const struct guard_options *o, weir_config *config) {
  config->fuel = o->fuel != 0;
  config->deadlines = o->timeout != 0;
}

void guard_store_config(const struct guard_options *o, weir_store_config *config) {
  config->fuel = o->fuel;
  config->deadline = o->timeout != 0 ? 1 : 0;
  config->max_memory_bytes = o->max_memory;
  config->schedule_seed = o->schedule_seed;
}

static struct timespec time_in(uint64_t milliseconds) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  t.tv_sec += (time_t)(milliseconds / 1000);
  t.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  if (t.tv_nsec >= 1000000000) {
    t.tv_nsec -= 1000000000;
    t.tv_sec++;
  }
  return t;
}

static void *guard_run(void *arg) {
  struct guard *g = arg;
  struct timespec end = time_in(g->timeout);
  int waited = 0;
  pthread_mutex_lock(&g->mutex);
  while (!g->stop && waited == 0)
    waited = pthread_cond_timedwait(&g->cond, &g->mutex, &end);
  if (!g->stop)
    weir_engine_tick(g->engine);
  pthread_mutex_unlock(&g->mutex);
  return NULL;
}

static weir_status locks_init(struct guard *g) {
  pthread_condattr_t attr;
  if (pthread_mutex_init(&g->mutex, NULL) != 0)
    return WEIR_ERR_NOMEM;
  bool made = pthread_condattr_init(&attr) == 0;
  if (made) {
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    made = pthread_cond_init(&g->cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
  }
  if (made)
    return WEIR_OK;
  pthread_mutex_destroy(&g->mutex);
  return WEIR_ERR_NOMEM;
}

static void locks_done(struct guard *g) {
  pthread_cond_destroy(&g->cond);
  pthread_mutex_destroy(&g->mutex);
}

weir_status guard_start(struct guard *g, weir_engine *engine, const struct guard_options *o) {
  if (o->timeout == 0)
    return WEIR_OK;
  *g = (struct guard){.engine = engine, .timeout = o->timeout};
  if (locks_init(g) != WEIR_OK)
    return WEIR_ERR_NOMEM;
  if (pthread_create(&g->thread, NULL, guard_run, g) != 0) {
    locks_done(g);
    return WEIR_ERR_NOMEM;
  }
  g->running = true;
  return WEIR_OK;
}

void guard_stop(struct guard *g) {
  if (!g->running)
    return;
  pthread_mutex_lock(&g->mutex);
  g->stop = true;
  pthread_cond_signal(&g->cond);
  pthread_mutex_unlock(&g->mutex);
  pthread_join(g->thread, NULL);
  locks_done(g);
  g->running = false;
}
