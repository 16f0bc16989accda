/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* wasi:clocks@0.2 over the clocks of 0.3: a pollable of a time is one wait of the host's one kernel timer. */
#include "wasi/clocks/clocks.h"

#include "base/diag.h"
#include "base/mem.h"
#include "wasi/p2/p2.h"
#include "wasi/p2/poll.h"
#include "wasi/wit.h"

/* ---- pollables of a time ----------------------------------------------------------------------------------------- */

struct timer { /* what the pollable is of; it has no handle of its own */
  struct wasi_object object;
  struct wasi_clocks *clocks;
  uint64_t at; /* of the kernel's clock */
  struct wasi_clock_wait wait;
  struct wasi_p2_pollee pollee;
};

static struct timer *timer_of(struct wasi_event *event) {
  return LIST_OWNER(LIST_OWNER(event, struct wasi_p2_pollee, event), struct timer, pollee);
}

static bool timer_watch(struct wasi_event *event) {
  struct timer *t = timer_of(event);
  return wasi_clocks_wait(t->clocks, &t->wait, t->at);
}

static void timer_unwatch(struct wasi_event *event) {
  struct timer *t = timer_of(event);
  wasi_clocks_unwait(t->clocks, &t->wait);
}

static void timer_expired(struct wasi_clock_wait *wait) {
  wasi_event_happened(&LIST_OWNER(wait, struct timer, wait)->pollee.event);
}

static bool timer_ready(struct wasi_p2_pollee *pollee) {
  const struct timer *t = LIST_OWNER(pollee, struct timer, pollee);
  return t->at <= wasi_clocks_now(t->clocks);
}

static void timer_free(struct wasi_object *object) {
  struct timer *t = (struct timer *)object;
  wasi_clocks_unwait(t->clocks, &t->wait);
  mem_free(object->objects->alloc, t, sizeof(*t));
}

static const struct wasi_object_type timer_type = {.free = timer_free};

static weir_status subscribe(struct wasi_p2 *p2, weir_store *store, uint64_t at, uint64_t *ret) {
  struct timer *t = mem_zalloc(p2->alloc, sizeof(*t));
  if (!t)
    return WEIR_ERR_NOMEM;
  wasi_object_init_bare(p2->objects, &timer_type, &t->object);
  t->clocks = p2->clocks;
  t->at = at;
  t->wait.expired = timer_expired;
  wasi_event_init(&t->pollee.event, timer_watch, timer_unwatch);
  t->pollee.ready = timer_ready;
  weir_status status = wasi_p2_pollable_new(p2, store, &t->object, &t->pollee, ret);
  wasi_object_release(&t->object);
  return status;
}

/* ---- the interfaces ---------------------------------------------------------------------------------------------- */

weir_status wasi_p2_clocks_monotonic_clock_now(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return wasi_clocks_monotonic_clock_now(p2->clocks, store, ret);
}

weir_status wasi_p2_clocks_monotonic_clock_resolution(struct wasi_p2 *p2, weir_store *store, uint64_t *ret) {
  return wasi_clocks_monotonic_clock_get_resolution(p2->clocks, store, ret);
}

weir_status wasi_p2_clocks_monotonic_clock_subscribe_instant(struct wasi_p2 *p2, weir_store *store, uint64_t when,
                                                             uint64_t *ret) {
  return subscribe(p2, store, time_add(p2->clocks->origin, when), ret);
}

weir_status wasi_p2_clocks_monotonic_clock_subscribe_duration(struct wasi_p2 *p2, weir_store *store, uint64_t when,
                                                              uint64_t *ret) {
  return subscribe(p2, store, time_add(wasi_clocks_now(p2->clocks), when), ret);
}

weir_status wasi_p2_clocks_wall_clock_now(struct wasi_p2 *p2, weir_store *store, struct wasi_p2_clocks_datetime *ret) {
  struct wasi_clocks_instant now;
  WEIR_TRY(wasi_clocks_system_clock_now(p2->clocks, store, &now));
  *ret = (struct wasi_p2_clocks_datetime){now.seconds < 0 ? 0 : (uint64_t)now.seconds, now.nanoseconds};
  return WEIR_OK;
}

weir_status wasi_p2_clocks_wall_clock_resolution(struct wasi_p2 *p2, weir_store *store,
                                                 struct wasi_p2_clocks_datetime *ret) {
  enum { NANOSECONDS = 1000000000 };
  uint64_t resolution;
  WEIR_TRY(wasi_clocks_system_clock_get_resolution(p2->clocks, store, &resolution));
  *ret = (struct wasi_p2_clocks_datetime){resolution / NANOSECONDS, (uint32_t)(resolution % NANOSECONDS)};
  return WEIR_OK;
}

/* A guest learns nothing of where it runs: its zone is UTC, as the text has it where there is no other. */
weir_status wasi_p2_clocks_timezone_display(struct wasi_p2 *p2, weir_store *store, struct wasi_p2_clocks_datetime when,
                                            struct wasi_p2_clocks_timezone_display *ret) {
  (void)p2, (void)store, (void)when;
  *ret = (struct wasi_p2_clocks_timezone_display){.name = {"UTC", 3}};
  return WEIR_OK;
}

weir_status wasi_p2_clocks_timezone_utc_offset(struct wasi_p2 *p2, weir_store *store,
                                               struct wasi_p2_clocks_datetime when, int32_t *ret) {
  (void)p2, (void)store, (void)when;
  *ret = 0;
  return WEIR_OK;
}
