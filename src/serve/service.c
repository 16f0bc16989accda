/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Services: components as a worker serves them, and their instances (service.h).
 *
 * What holds: no store is freed while the loop is inside of it; what ends is put into a list, and freed before the loop
 * sleeps. In order: making an instance; its steps; its end; services.
 */
#include "serve/service.h"

#include <stdio.h>

#include "base/mem.h"
#include "serve/flight.h"
#include "serve/trouble.h"
#include "wasi/http/handle.h"

enum { ROUNDS_NANOSECONDS = 1000000 }; /* for one store, until others have their turn */

/* ---- making ------------------------------------------------------------------------------------------------------ */

static void say(const struct worker *w, const char *what, const weir_error *error) {
  struct text words = {0};
  text_printf(&words, "%s: %s", what, error ? weir_error_message(error) : "out of memory");
  trouble_tell(w, &words);
}

static void count_live(struct instance *i) {
  struct meter *m = &i->service->worker->meter;
  size_t live = weir_store_live_tasks(i->store);
  meter_add(&m->live_tasks, (uint64_t)live - (uint64_t)i->live);
  i->live = live;
}

static void woken(void *data);
static void step_due(struct http_due *due);

static weir_status instance_open(struct instance *i, weir_error **ret_error) {
  struct worker *w = i->service->worker;
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  if (w->config->store)
    config = *w->config->store;
  config.slice = w->config->slice_ms > 0 && w->config->record_when == WEIR_SERVE_RECORD_NEVER;
  WEIR_TRY(weir_store_new(w->engine, &config, &i->store, ret_error));
  WEIR_TRY(flight_begin(i, ret_error));
  weir_store_on_wake(i->store, woken, i);
  return weir_instance_new(i->store, w->linker, i->service->component, &i->instance, ret_error);
}

static void *instance_make(void *data) {
  struct service *service = data;
  struct worker *w = service->worker;
  weir_error *error = NULL;
  struct instance *i = mem_zalloc(w->alloc, sizeof(*i));
  if (!i)
    return NULL;
  i->service = service;
  i->number = ++w->instances;
  list_init(&i->requests);
  list_init(&i->ending);
  list_init(&i->step.node);
  i->step.run = step_due;
  if (instance_open(i, &error) != WEIR_OK) {
    flight_end(i);
    weir_store_free(i->store);
    list_remove(&i->step.node); /* half an instance may have asked for a step */
    mem_free(w->alloc, i, sizeof(*i));
    say(w, "an instance cannot be made", error);
    weir_error_free(error);
    return NULL;
  }
  service->instances++;
  meter_add(&w->meter.made, 1);
  meter_add(&w->meter.instances, 1);
  return i;
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

/*
 * The store is stepped by the worker's own loop: what wakes it on the worker's thread costs no system call, and all
 * rounds of a request pass before the loop sleeps, so that its response is one write.
 */
static void woken(void *data) {
  struct instance *i = data;
  struct worker *w = i->service->worker;
  uv_thread_t self = uv_thread_self();
  if (uv_thread_equal(&self, &w->self)) {
    http_loop_due(w->http, &i->step);
  } else {
    atomic_store(&i->woken, true);
    uv_async_send(&w->wake);
  }
}

void services_wake(struct worker *w) {
  for (struct list *l = w->services.next; l != &w->services; l = l->next) {
    const struct slots *p = &LIST_OWNER(l, struct service, link)->slots;
    for (int state = 0; state < SLOT_GONE; state++)
      for (struct list *s = p->by_state[state].next; s != &p->by_state[state]; s = s->next) {
        struct instance *i = LIST_OWNER(s, struct slot, link)->instance;
        if (atomic_exchange(&i->woken, false))
          http_loop_due(w->http, &i->step);
      }
  }
}

/* The trap may be of work after all responses, which no line of the access log tells. */
static void break_trapped(struct instance *i) {
  struct worker *w = i->service->worker;
  char what[48];
  snprintf(what, sizeof(what), "instance %llu has failed", (unsigned long long)i->number);
  meter_add(&w->meter.trapped, 1);
  say(w, what, weir_store_failure(i->store));
  instance_break(i, "trap");
}

static void stepped(struct instance *i, weir_step step) {
  struct worker *w = i->service->worker;
  count_live(i);
  if (!i->slot)
    return;
  if (step == WEIR_STEP_FAILED) {
    break_trapped(i);
  } else if (step == WEIR_STEP_STUCK) {
    instance_break(i, "deadlock");
  } else if (step == WEIR_STEP_IDLE && i->slot->requests == 0) {
    slot_quiet(i->slot, worker_now(w));
    worker_due(w);
  }
}

static void step_due(struct http_due *due) {
  struct instance *i = LIST_OWNER(due, struct instance, step);
  uint64_t begun = uv_hrtime();
  weir_step step;
  do
    step = weir_store_step(i->store);
  while (step == WEIR_STEP_READY && uv_hrtime() - begun < ROUNDS_NANOSECONDS);
  if (step == WEIR_STEP_READY)
    http_loop_due(i->service->worker->http, &i->step);
  stepped(i, step);
}

void instance_break(struct instance *i, const char *why) {
  if (!i->slot)
    return;
  i->why = why;
  slot_fail(i->slot);
}

/* A guest may have trapped in a call, outside of a step: its instance ends now, and another one takes the request. */
struct slot *service_take(struct service *service) {
  struct slot *slot;
  while ((slot = slots_take(&service->slots))) {
    struct instance *i = slot->instance;
    i->slot = slot;
    if (!weir_store_failure(i->store))
      return slot;
    break_trapped(i);
  }
  return NULL;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void instance_end(void *data, void *instance) {
  struct service *service = data;
  struct instance *i = instance;
  i->slot = NULL;
  if (!i->why && i->live > 0) {
    i->why = "overdue";
    meter_add(&service->worker->meter.overdue, 1);
  }
  list_append(&service->worker->ending, &i->ending);
  worker_due(service->worker);
}

/* Their responses may go on without an instance. */
static void orphan_requests(struct instance *i) {
  while (!list_empty(&i->requests)) {
    struct request *r = LIST_OWNER(i->requests.next, struct request, link);
    list_remove(&r->link);
    r->instance = NULL;
  }
}

static void instance_free(struct instance *i) {
  struct worker *w = i->service->worker;
  i->service->instances--;
  flight_end(i);
  weir_store_free(i->store); /* what its requests are told now, they are told with `why` */
  list_remove(&i->step.node);
  orphan_requests(i);
  meter_add(&w->meter.live_tasks, 0 - (uint64_t)i->live);
  meter_add(&w->meter.instances, (uint64_t)-1);
  meter_add(&w->meter.ended, 1);
  mem_free(w->alloc, i, sizeof(*i));
}

static void service_free(struct service *service) {
  struct worker *w = service->worker;
  list_remove(&service->link);
  weir_component_free(service->component);
  mem_free(w->alloc, service, sizeof(*service));
}

void instances_end_due(struct worker *w) {
  while (!list_empty(&w->ending)) {
    struct instance *i = LIST_OWNER(w->ending.next, struct instance, ending);
    struct service *service = i->service;
    list_remove(&i->ending);
    instance_free(i);
    if (service->slots.retired && service->instances == 0)
      service_free(service);
  }
}

/* ---- services ---------------------------------------------------------------------------------------------------- */

static const struct slots_ops ops = {.make = instance_make, .end = instance_end};

/*
 * The world of 0.2 lets a host send an instance any number of requests, one behind the other here. Many such guests
 * were tried with one request each only, and some keep what they have allocated: so an instance is soon changed for a
 * new one.
 */
enum { P2_REQUESTS = 100 };

static struct slots_limits limits_of(const struct worker *w, const weir_func *handler) {
  const weir_serve_config *c = w->config;
  bool p2 = wasi_http_handler_is_p2(handler);
  return (struct slots_limits){.instances = c->max_instances,
                               .ahead = c->instances_ahead,
                               .requests = p2 && c->instance_requests == 0 ? P2_REQUESTS : c->instance_requests,
                               .at_once = p2 ? 1 : c->instance_concurrency,
                               .idle = c->idle_ms,
                               .after = c->after_ms};
}

weir_status service_new(struct worker *w, const weir_component *component, struct service **ret, struct diag *d) {
  struct service *service = mem_zalloc(w->alloc, sizeof(*service));
  if (!service)
    return diag_nomem(d);
  service->worker = w;
  service->component = weir_component_ref(component);
  service->handler = wasi_http_find_handler(component); /* there is one: weir_server_new() has looked */
  struct slots_limits limits = limits_of(w, service->handler);
  slots_init(&service->slots, w->alloc, &limits, &ops, service);
  list_append(&w->services, &service->link);
  *ret = service;
  return WEIR_OK;
}

static void free_if_empty(struct service *service) {
  if (service->instances == 0)
    service_free(service);
}

void service_retire(struct service *service) {
  slots_retire(&service->slots);
  free_if_empty(service);
}

void service_end(struct service *service) {
  slots_done(&service->slots);
  free_if_empty(service);
}
