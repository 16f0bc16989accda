/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See ticker.h. */
#include "bridge/ticker.h"

#include "bridge/core.h"
#include "weir/limits.h"

enum { IDLE_TICKS = 64 }; /* of a worker that sleeps, before the ticker goes slow */

#define SLOW_TICK UINT64_C(1000000000) /* nanoseconds */

/* Waits for the next tick; false: it shall end. Under the lock. */
static bool ticker_wait(struct weir_bridge *b) {
  struct ticker *t = &b->ticker;
  if (b->asleep && t->idle < IDLE_TICKS)
    t->idle++;
  t->slow = t->idle >= IDLE_TICKS && b->config.tick_interval < SLOW_TICK;
  uint64_t until = time_add(uv_hrtime(), t->slow ? SLOW_TICK : b->config.tick_interval);
  bool slow = t->slow;
  while (!t->stop && uv_hrtime() < until && (!slow || t->idle > 0))
    bridge_wait_until(b, &t->changed, until);
  t->slow = false;
  return !t->stop;
}

static void *ticker_main(void *data) {
  struct weir_bridge *b = data;
  pthread_setname_np(pthread_self(), "weir-ticker");
  uv_mutex_lock(&b->lock);
  while (ticker_wait(b)) {
    uv_mutex_unlock(&b->lock);
    weir_engine_tick(b->config.tick_engine);
    uv_mutex_lock(&b->lock);
  }
  uv_mutex_unlock(&b->lock);
  return NULL;
}

weir_status ticker_start(struct weir_bridge *b) {
  if (!b->config.tick_engine)
    return WEIR_OK;
  if (uv_cond_init(&b->ticker.changed) != 0)
    return WEIR_ERR_IO;
  b->ticker.live = pthread_create(&b->ticker.thread, NULL, ticker_main, b) == 0; /* signals are blocked as here */
  if (b->ticker.live)
    return WEIR_OK;
  uv_cond_destroy(&b->ticker.changed);
  return WEIR_ERR_IO;
}

void ticker_stop(struct weir_bridge *b) {
  if (!b->ticker.live)
    return;
  uv_mutex_lock(&b->lock);
  b->ticker.stop = true;
  uv_cond_signal(&b->ticker.changed);
  uv_mutex_unlock(&b->lock);
  pthread_join(b->ticker.thread, NULL);
  uv_cond_destroy(&b->ticker.changed);
  b->ticker.live = false;
}
