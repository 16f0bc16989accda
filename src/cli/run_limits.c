/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See run_limits.h. The clock ticks once: the store's deadline is its first tick. */
#include "cli/run_limits.h"

#include <time.h>

void run_limits_for_engine(const struct run_limits *o, weir_config *config) {
  config->fuel = o->fuel != 0;
  config->deadlines = o->timeout != 0;
}

void run_limits_for_store(const struct run_limits *o, weir_store_config *config) {
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

static void *time_limit_run(void *arg) {
  struct time_limit *t = arg;
  struct timespec end = time_in(t->timeout);
  int waited = 0;
  pthread_mutex_lock(&t->mutex);
  while (!t->stop && waited == 0)
    waited = pthread_cond_timedwait(&t->cond, &t->mutex, &end);
  if (!t->stop)
    weir_engine_tick(t->engine);
  pthread_mutex_unlock(&t->mutex);
  return NULL;
}

static weir_status locks_init(struct time_limit *t) {
  pthread_condattr_t attr;
  if (pthread_mutex_init(&t->mutex, NULL) != 0)
    return WEIR_ERR_NOMEM;
  bool made = pthread_condattr_init(&attr) == 0;
  if (made) {
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    made = pthread_cond_init(&t->cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
  }
  if (made)
    return WEIR_OK;
  pthread_mutex_destroy(&t->mutex);
  return WEIR_ERR_NOMEM;
}

static void locks_done(struct time_limit *t) {
  pthread_cond_destroy(&t->cond);
  pthread_mutex_destroy(&t->mutex);
}

weir_status time_limit_start(struct time_limit *t, weir_engine *engine, const struct run_limits *o) {
  if (o->timeout == 0)
    return WEIR_OK;
  *t = (struct time_limit){.engine = engine, .timeout = o->timeout};
  if (locks_init(t) != WEIR_OK)
    return WEIR_ERR_NOMEM;
  if (pthread_create(&t->thread, NULL, time_limit_run, t) != 0) {
    locks_done(t);
    return WEIR_ERR_NOMEM;
  }
  t->running = true;
  return WEIR_OK;
}

void time_limit_stop(struct time_limit *t) {
  if (!t->running)
    return;
  pthread_mutex_lock(&t->mutex);
  t->stop = true;
  pthread_cond_signal(&t->cond);
  pthread_mutex_unlock(&t->mutex);
  pthread_join(t->thread, NULL);
  locks_done(t);
  t->running = false;
}
