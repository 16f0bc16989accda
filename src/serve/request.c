/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A request, from its head to its line in the access log (request.h).
 *
 *   WAITING --an instance has room--> RUNNING --response over--> OVER --the guest's call has exited--> (used again)
 *      |                                 |
 *      `--too many, late, gone-----------'--> answered here, or broken off
 *
 * What holds: a request that runs is in its instance's list until its response is over. In order: memory; answers of
 * the server's own; the end; what is told of a handling; waiting; beginning.
 */
#include "serve/request.h"

#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "serve/client.h"
#include "serve/route.h"
#include "serve/service.h"
#include "serve/tell.h"
#include "wasi/http/handle.h"

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void late(struct http_deadline *deadline);

static struct request *request_take(struct worker *w) {
  struct request *r;
  if (list_empty(&w->spare)) {
    r = mem_zalloc(w->alloc, sizeof(*r));
  } else {
    r = LIST_OWNER(w->spare.next, struct request, link);
    list_remove(&r->link);
    *r = (struct request){0};
  }
  if (!r)
    return NULL;
  r->worker = w;
  r->deadline.late = late;
  list_init(&r->link);
  return r;
}

static void request_give(struct request *r) {
  list_remove(&r->link);
  http_deadline_stop(r->worker->http, &r->deadline);
  list_append(&r->worker->spare, &r->link);
}

static uint64_t wall_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct str field_of(const struct http_exchange *x, struct str name) {
  const struct http_fields *fields = x->received ? x->received->fields : NULL;
  int64_t at = fields ? http_fields_find(fields, name, 0) : HTTP_FIELD_NONE;
  return at == HTTP_FIELD_NONE ? (struct str){0} : http_fields_at(fields, (uint32_t)at).value;
}

/* ---- answers of the server's own --------------------------------------------------------------------------------- */

/* Answers without an instance, and forgets the request. */
static void answer(struct request *r, uint16_t status, const char *why) {
  struct worker *w = r->worker;
  struct http_fields fields;
  struct http_head head = {.status = status, .length = 0, .fields = &fields};
  char seconds[16];
  http_fields_init(&fields, w->alloc);
  snprintf(seconds, sizeof(seconds), "%u", (unsigned)w->config->retry_after);
  if (status == 503)
    http_fields_add(&fields, STR("retry-after"), str_from(seconds));
  http_send_head(r->x, &head, true);
  http_fields_done(&fields);
  r->status = status;
  r->why = why;
  tell_over(r, r->x);
  http_release(r->x);
  request_give(r);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void leave_instance(struct request *r) {
  struct instance *i = r->instance;
  r->instance = NULL;
  list_remove(&r->link);
  if (!i || !i->slot)
    return;
  slot_release(i->slot, weir_store_live_tasks(i->store) > 0, worker_now(r->worker));
}

static void give_if_ended(struct request *r) {
  if (r->over && r->exited)
    request_give(r);
}

/* ---- what is told of a handling ---------------------------------------------------------------------------------- */

static void on_answered(void *data, struct wasi_http_handling *h, uint16_t status) {
  struct request *r = data;
  (void)h;
  r->status = status;
}

static const char *reason_of(weir_status status) {
  switch (status) {
    case WEIR_ERR_TRAP:
      return "trap";
    case WEIR_ERR_HOST:
      return "host";
    case WEIR_ERR_EXIT:
      return "exit";
    case WEIR_ERR_LIMIT:
      return "limit";
    case WEIR_ERR_CANCELLED:
      return "cancelled";
    default:
      return weir_status_name(status);
  }
}

static void on_failed(void *data, struct wasi_http_handling *h, weir_status status, const weir_error *error) {
  struct request *r = data;
  (void)h;
  r->guest_failed = r->guest_failed || status != WEIR_ERR_CANCELLED || (r->instance && r->instance->why);
  if (!r->why)
    r->why = r->instance && r->instance->why ? r->instance->why : reason_of(status);
  if (error && status != WEIR_ERR_CANCELLED)
    snprintf(r->detail, sizeof(r->detail), "%s", weir_error_message(error));
}

static void on_done(void *data, struct wasi_http_handling *h, const struct http_failure *why) {
  struct request *r = data;
  (void)h;
  if (r->instance && weir_store_failure(r->instance->store)) {
    r->guest_failed = true;
    r->why = r->why ? r->why : "trap";
  }
  if (why && !r->why)
    r->why = http_failure_name(why->code);
  r->over = true;
  meter_add(&r->worker->meter.running, (uint64_t)-1);
  http_deadline_set(r->worker->http, &r->deadline, 0);
  tell_over(r, r->x);
  leave_instance(r);
  worker_due(r->worker);
  give_if_ended(r);
}

static void on_exited(void *data, struct wasi_http_handling *h) {
  struct request *r = data;
  (void)h;
  r->exited = true;
  give_if_ended(r);
}

static const struct wasi_http_watcher watcher = {
    .answered = on_answered, .failed = on_failed, .done = on_done, .exited = on_exited};

/* ---- time -------------------------------------------------------------------------------------------------------- */

static void late(struct http_deadline *deadline) {
  struct request *r = LIST_OWNER(deadline, struct request, deadline);
  struct worker *w = r->worker;
  meter_add(&w->meter.timed_out, 1);
  if (!r->handle) {
    w->waiting_count--;
    meter_set(&w->meter.waiting, w->waiting_count);
    answer(r, 504, "time-out");
    return;
  }
  struct http_failure why = http_failure(HTTP_RESPONSE_TIMEOUT);
  r->why = "time-out";
  r->guest_failed = true;
  if (r->instance && r->instance->slot)
    slot_retire(r->instance->slot);
  wasi_http_handling_cancel(r->handle, &why);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* The client is gone before its turn. */
static void waiting_failed(void *data, struct http_exchange *x, const struct http_failure *why) {
  struct request *r = data;
  struct worker *w = r->worker;
  w->waiting_count--;
  meter_set(&w->meter.waiting, w->waiting_count);
  r->why = http_failure_name(why->code);
  tell_over(r, x);
  http_release(x);
  request_give(r);
}

static const struct http_listener waiting_listener = {.failed = waiting_failed};

/* None has been made, and there is none that might get room. */
static bool is_in_vain(const struct request *r) {
  return r->lane->service && r->lane->service->instances == 0;
}

static void wait_for_instance(struct request *r) {
  struct worker *w = r->worker;
  if (w->waiting_count >= w->config->max_waiting) {
    meter_add(&w->meter.refused, 1);
    answer(r, 503, "busy");
    return;
  }
  http_listen(r->x, &waiting_listener, r);
  list_append(&r->lane->waiting, &r->link);
  w->waiting_count++;
  meter_set(&w->meter.waiting, w->waiting_count);
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

/* The exchange was given back: it is answered here. */
static void start_failed(struct request *r, weir_status status, weir_error *take_error) {
  struct instance *i = r->instance;
  if (take_error)
    snprintf(r->detail, sizeof(r->detail), "%s", weir_error_message(take_error));
  weir_error_free(take_error);
  meter_add(&r->worker->meter.running, (uint64_t)-1);
  r->instance = NULL;
  answer(r, 500, reason_of(status));
  instance_break(i, "failed");
}

/* An instance that is recorded cannot be set aside: it is stopped when all its time is over. */
static void set_deadline(const struct instance *i) {
  const weir_serve_config *c = i->service->worker->config;
  if (i->flight.recorder && c->slice_ms > 0)
    weir_store_set_deadline(i->store, (c->request_ms + c->after_ms) / c->slice_ms + 2);
}

/* The guest, and all that it calls, goes on with the trace of the request. */
static void pass_trace(struct request *r) {
  char parent[TRACE_PARENT + 1];
  trace_write(&r->trace, parent);
  http_received_set(r->x, STR("traceparent"), str_from(parent));
}

static void start(struct request *r, struct slot *slot) {
  struct worker *w = r->worker;
  struct instance *i = slot->instance;
  weir_error *error = NULL;
  r->instance = i;
  r->number = i->number;
  r->started = uv_hrtime();
  list_append(&i->requests, &r->link);
  meter_add(&w->meter.running, 1);
  set_deadline(i);
  pass_trace(r);
  weir_status status =
      wasi_http_handle(w->wasi, i->store, i->instance, i->service->handler, r->x, &watcher, r, &r->handle, &error);
  if (status != WEIR_OK)
    start_failed(r, status, error);
}

/* The component that answers; false: none does. */
static bool take_lane(struct request *r) {
  const struct worker *w = r->worker;
  const weir_serve_config *c = w->config;
  const struct http_head *head = r->x->received;
  uint32_t route = route_find(c->routes, (uint32_t)c->route_count, head->authority, head->path);
  if (route < lane_count(w))
    r->lane = &w->lanes[route];
  return r->lane;
}

void request_begin(void *worker, struct http_exchange *x) {
  struct worker *w = worker;
  struct request *r = request_take(w);
  if (!r) {
    struct http_failure why = http_failure_nomem();
    http_reset(x, &why);
    http_release(x);
    return;
  }
  r->x = x;
  r->wall = wall_clock();
  r->began = uv_hrtime();
  client_learn(r);
  trace_begin(&r->trace, field_of(x, STR("traceparent")), &w->trace);
  http_deadline_set(w->http, &r->deadline, http_loop_now(w->http) + w->config->request_ms);
  if (!take_lane(r)) {
    answer(r, 404, "no route");
    return;
  }
  struct service *service = r->lane->service;
  struct slot *slot = service && list_empty(&r->lane->waiting) ? service_take(service) : NULL;
  if (slot)
    start(r, slot);
  else if (is_in_vain(r))
    answer(r, 500, "no instance");
  else
    wait_for_instance(r);
}

static void admit(struct worker *w, struct lane *lane) {
  while (lane->service && !list_empty(&lane->waiting)) {
    struct slot *slot = service_take(lane->service);
    struct request *r = LIST_OWNER(lane->waiting.next, struct request, link);
    if (!slot && !is_in_vain(r))
      return;
    list_remove(&r->link);
    w->waiting_count--;
    meter_set(&w->meter.waiting, w->waiting_count);
    if (slot)
      start(r, slot);
    else
      answer(r, 500, "no instance");
  }
}

void requests_admit(struct worker *w) {
  for (uint32_t i = 0; i < lane_count(w); i++)
    admit(w, &w->lanes[i]);
}

void requests_done(struct worker *w) {
  for (uint32_t i = 0; i < lane_count(w); i++)
    while (!list_empty(&w->lanes[i].waiting))
      answer(LIST_OWNER(w->lanes[i].waiting.next, struct request, link), 503, "draining");
  w->waiting_count = 0;
  meter_set(&w->meter.waiting, 0);
  while (!list_empty(&w->spare)) {
    struct request *r = LIST_OWNER(w->spare.next, struct request, link);
    list_remove(&r->link);
    mem_free(w->alloc, r, sizeof(*r));
  }
}
