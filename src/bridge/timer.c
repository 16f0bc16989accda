/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See timer.h. */
#include "bridge/timer.h"

#include "base/mem.h"
#include "bridge/core.h"

struct weir_bridge_timer {
  struct alarm alarm;
  struct list all; /* weir_bridge.timers */
  struct weir_bridge *bridge;
  void (*fire)(void *data);
  void *data;
};

weir_status weir_bridge_after(weir_bridge *b, uint64_t delay, void (*fire)(void *data), void *data,
                              weir_bridge_timer **ret) {
  if (bridge_forked(b) || !weir_bridge_on_worker(b) || !fire)
    return WEIR_ERR_MISUSE;
  struct weir_bridge_timer *t = mem_zalloc(&b->alloc, sizeof(*t));
  if (!t)
    return WEIR_ERR_NOMEM;
  t->alarm.at = time_add(uv_hrtime(), delay);
  t->alarm.kind = ALARM_TIMER;
  t->bridge = b;
  t->fire = fire;
  t->data = data;
  uv_mutex_lock(&b->lock);
  list_append(&b->timers, &t->all);
  alarm_add(&b->alarms, &t->alarm);
  bridge_wake(b); /* a turn looks when to wake up next */
  uv_mutex_unlock(&b->lock);
  if (ret)
    *ret = t;
  return WEIR_OK;
}

static void timer_free(struct weir_bridge *b, struct weir_bridge_timer *t) {
  uv_mutex_lock(&b->lock);
  alarm_remove(&b->alarms, &t->alarm);
  list_remove(&t->all);
  uv_mutex_unlock(&b->lock);
  mem_free(&b->alloc, t, sizeof(*t));
}

void weir_bridge_timer_cancel(weir_bridge_timer *t) {
  if (t)
    timer_free(t->bridge, t);
}

void timer_fire(struct weir_bridge *b, struct alarm *a) {
  struct weir_bridge_timer *t = LIST_OWNER(a, struct weir_bridge_timer, alarm);
  void (*fire)(void *data) = t->fire;
  void *data = t->data;
  timer_free(b, t);
  fire(data);
}

void timer_drop_all(struct weir_bridge *b) {
  while (!list_empty(&b->timers))
    timer_free(b, LIST_OWNER(b->timers.next, struct weir_bridge_timer, all));
}
