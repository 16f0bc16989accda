/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A drain waits for what calls go on to do after they have returned, and for nothing that cannot go on. */
#include "behaviour/behaviour.h"

#define MS(n) ((uint64_t)(n)*1000000)

struct service {
  struct world *w;
  weir_bridge *bridge;
  uint64_t delay;
  int waits, ends; /* of the host function `wait` */
  size_t live;     /* when the stop hook ran */
};

struct waiting {
  struct service *s;
  weir_host_call *call;
};

static void over(void *data) {
  struct waiting *w = data;
  weir_value five = u32(5);
  w->s->ends++;
  weir_host_call_return(w->call, &five, NULL);
  free(w);
}

static void host_wait(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct service *s = data;
  (void)args, (void)count;
  s->waits++;
  if (s->delay == 0)
    return; /* never */
  struct waiting *w = malloc(sizeof(*w));
  *w = (struct waiting){s, call};
  must(weir_bridge_after(s->bridge, s->delay, over, w, NULL), NULL);
}

static void host_now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)count;
  weir_host_call_return(call, &args[0], NULL);
}

static weir_status begin(void *data, weir_bridge *bridge, weir_error **ret_error) {
  struct service *s = data;
  struct world *w = s->w;
  s->bridge = bridge;
  must(weir_store_new(w->engine, NULL, &w->store, NULL), NULL);
  must(weir_instance_new(w->store, w->linker, w->component, &w->instance, NULL), NULL);
  return weir_bridge_attach(bridge, w->store, ret_error);
}

static void end(void *data, weir_bridge *bridge) {
  struct service *s = data;
  (void)bridge;
  s->live = weir_store_live_tasks(s->w->store);
  world_end_store(s->w);
}

static void open_service(struct service *s, uint64_t delay) {
  weir_bridge_config config = WEIR_BRIDGE_CONFIG_INIT;
  *s = (struct service){.w = world_open("calls"), .delay = delay};
  world_end_store(s->w);
  world_func(s->w, NULL, "wait", "async func() -> u32", host_wait, s);
  world_func(s->w, NULL, "echo", NULL, host_now, s);
  world_func(s->w, NULL, "now", "func(x: u32) -> u32", host_now, s);
  config.start = begin;
  config.stop = end;
  config.data = s;
  must(weir_bridge_new(&config, &s->bridge, NULL), NULL);
}

static weir_status call_on(struct service *s, const char *name) {
  weir_bridge_invocation call = WEIR_BRIDGE_INVOCATION_INIT;
  call.instance = s->w->instance;
  call.func = world_export(s->w, name);
  return weir_bridge_call(s->bridge, &call, NULL, NULL);
}

static weir_status drain(struct service *s, uint64_t timeout) {
  weir_status status = weir_bridge_shutdown(s->bridge, WEIR_BRIDGE_DRAIN, timeout, NULL);
  weir_bridge_free(s->bridge);
  world_close(s->w);
  return status;
}

static void what_goes_on_after_the_return_is_finished(void **state) {
  (void)state;
  struct service s;
  open_service(&s, MS(60));
  must(call_on(&s, "linger"), NULL);
  must(call_on(&s, "linger-stackful"), NULL);
  assert_int_equal(drain(&s, WEIR_BRIDGE_FOREVER), WEIR_OK);
  assert_int_equal(s.waits, 2);
  assert_int_equal(s.ends, 2);
  assert_int_equal(s.live, 0);
}

static void what_never_ends_is_given_up_in_time(void **state) {
  (void)state;
  struct service s;
  open_service(&s, 0);
  must(call_on(&s, "linger"), NULL);
  assert_int_equal(drain(&s, MS(50)), WEIR_ERR_TIMEOUT);
  assert_int_equal(s.live, 1);
}

static void what_cannot_go_on_is_not_waited_for(void **state) {
  (void)state;
  struct service s;
  open_service(&s, 0);
  assert_int_equal(call_on(&s, "stuck"), WEIR_ERR_DEADLOCK);
  assert_int_equal(drain(&s, WEIR_BRIDGE_FOREVER), WEIR_OK);
  open_service(&s, 0);
  must(call_on(&s, "linger"), NULL);
  assert_int_equal(call_on(&s, "trap"), WEIR_ERR_TRAP);
  assert_int_equal(drain(&s, WEIR_BRIDGE_FOREVER), WEIR_OK);
}

static weir_status attached, attached_by_another;

static void attach_what_is_gone(void *data, weir_bridge_request *request) {
  struct service *s = data;
  weir_store *gone, *others = s->w->store;
  must(weir_store_new(s->w->engine, NULL, &gone, NULL), NULL);
  weir_store_free(gone);
  attached = weir_bridge_attach(s->bridge, gone, NULL);
  weir_bridge_detach(s->bridge, gone);
  attached_by_another = weir_bridge_attach(s->bridge, others, NULL);
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void a_store_that_is_gone_or_anothers_is_not_attached(void **state) {
  (void)state;
  struct service s = {.w = world_open("calls")};
  weir_bridge_job job = WEIR_BRIDGE_JOB_INIT;
  job.start = attach_what_is_gone;
  job.data = &s;
  world_settle(s.w); /* it is this thread's from now on */
  must(weir_bridge_new(NULL, &s.bridge, NULL), NULL);
  must(weir_bridge_run(s.bridge, &job, NULL, NULL), NULL);
  assert_int_equal(attached, WEIR_ERR_MISUSE);
  assert_int_equal(attached_by_another, WEIR_ERR_MISUSE);
  assert_int_equal(drain(&s, WEIR_BRIDGE_FOREVER), WEIR_OK);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_goes_on_after_the_return_is_finished),
    cmocka_unit_test(what_never_ends_is_given_up_in_time),
    cmocka_unit_test(what_cannot_go_on_is_not_waited_for),
    cmocka_unit_test(a_store_that_is_gone_or_anothers_is_not_attached),
};

BEHAVIOUR_MAIN(tests)
