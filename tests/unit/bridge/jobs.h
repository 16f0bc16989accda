/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Jobs for the tests of src/bridge. Each counts how often it was started, freed and told, so that "exactly once" can be
 * asserted; all counters are atomic.
 */
#ifndef TESTS_UNIT_BRIDGE_JOBS_H
#define TESTS_UNIT_BRIDGE_JOBS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/bridge.h"

#define MS(n) ((uint64_t)(n)*1000000)

/* What a job does, and what happened to it. Lives longer than the bridge. */
struct probe {
  weir_bridge *bridge;
  uint64_t delay;     /* until it replies; 0: at once, NEVER: not by itself */
  intptr_t reply;     /* the result */
  weir_status status; /* with this status */
  bool agrees;        /* ends as cancelled when it is asked */
  weir_bridge_timer *timer;
  weir_bridge_request *request;
  atomic_int started, freed, told, asked, results_freed;
};

#define NEVER UINT64_MAX

static inline void probe_fire(void *data) {
  struct probe *p = data;
  p->timer = NULL;
  weir_bridge_complete(p->request, p->status, (void *)p->reply);
}

static inline void probe_cancel(void *data, weir_bridge_request *request) {
  struct probe *p = data;
  atomic_fetch_add(&p->asked, 1);
  if (!p->agrees)
    return;
  weir_bridge_timer_cancel(p->timer);
  p->timer = NULL;
  weir_bridge_complete(request, WEIR_ERR_CANCELLED, NULL);
}

static inline void probe_start(void *data, weir_bridge_request *request) {
  struct probe *p = data;
  atomic_fetch_add(&p->started, 1);
  p->request = request;
  weir_bridge_on_cancel(request, probe_cancel, p);
  if (p->delay == 0)
    weir_bridge_complete(request, p->status, (void *)p->reply);
  else if (p->delay != NEVER)
    weir_bridge_after(p->bridge, p->delay, probe_fire, p, &p->timer);
}

static inline void probe_free(void *data) {
  atomic_fetch_add(&((struct probe *)data)->freed, 1);
}

static inline void probe_done(void *data, weir_bridge_request *request) {
  (void)request;
  atomic_fetch_add(&((struct probe *)data)->told, 1);
}

static inline weir_bridge_job probe_job(struct probe *p, weir_bridge *bridge) {
  p->bridge = bridge;
  return (weir_bridge_job){.size = sizeof(weir_bridge_job),
                           .start = probe_start,
                           .free = probe_free,
                           .data = p,
                           .done = probe_done,
                           .done_data = p};
}

#endif
