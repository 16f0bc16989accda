/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * weir_store_config.caller_stack: whatever of the host's is called from among guests runs on the stack that the thread
 * came with. The guest (examples/guests/wat/binder.wat) has a stack of its own, since it waits for the end of what it
 * cancels. Without the setting the same callbacks run there: so what is asserted here can be otherwise.
 */
#include "behaviour/behaviour.h"

enum { NEAR = 128 << 10 };

struct stage {
  weir_engine *engine;
  weir_component *component;
  weir_linker *linker;
  weir_store *store;
  weir_instance *instance;
  uintptr_t base;
  int near, far;
  weir_host_call *asleep;
};

static void look_where(struct stage *s) {
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  uintptr_t distance = here > s->base ? here - s->base : s->base - here;
  if (distance < NEAR)
    s->near++;
  else
    s->far++;
}

static void cancelled(void *data, weir_host_call *call) {
  look_where(data);
  weir_host_call_cancelled(call);
}

static void host_sleep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct stage *s = data;
  (void)args, (void)count;
  look_where(s);
  s->asleep = call;
  weir_host_call_on_cancel(call, cancelled, s, NULL);
}

static void number(void *data, weir_host_call *call, weir_value *args, size_t count) {
  uint64_t rep = 0;
  (void)count;
  look_where(data);
  must(weir_resource_rep(&args[0], &rep), NULL);
  weir_value result = {.kind = WEIR_VALUE_U32, .of.u32 = (uint32_t)rep};
  must(weir_host_call_return(call, &result, NULL), NULL);
}

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  assert_int_equal(rep, 7);
  look_where(data);
}

static void flat_sleep(void *data, weir_flat_call *call, uint64_t *slots) {
  (void)call, (void)slots;
  look_where(data);
}

static weir_verdict look_and_go_on(void *data, weir_crossing *crossing) {
  (void)crossing;
  look_where(data);
  return WEIR_GO_ON;
}

static weir_component *read_component(weir_engine *engine) {
  static char text[1 << 15];
  FILE *file = fopen(WEIR_SOURCE_DIR "/examples/guests/wat/binder.wat", "rb");
  assert_non_null(file);
  size_t size = fread(text, 1, sizeof(text), file);
  fclose(file);
  return component_from(engine, text, size);
}

static void open_stage(struct stage *s, bool caller_stack, bool flat, bool intercepted) {
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  weir_interceptor interceptor = WEIR_INTERCEPTOR_INIT;
  weir_error *error = NULL;
  *s = (struct stage){.base = (uintptr_t)__builtin_frame_address(0)};
  config.caller_stack = caller_stack;
  must(weir_engine_new(NULL, &s->engine, &error), &error);
  s->component = read_component(s->engine);
  must(weir_linker_new(s->engine, &s->linker, &error), &error);
  must(weir_linker_define_resource(s->linker, NULL, "ticket", dropped, s, NULL, &error), &error);
  must(weir_linker_define_func(s->linker, NULL, "number", "func(t: borrow<ticket>) -> u32", number, s, NULL, &error),
       &error);
  if (flat)
    must(weir_linker_define_func_flat(s->linker, NULL, "sleep", "async func(ms: u32)", flat_sleep, s, NULL, &error),
         &error);
  else
    must(weir_linker_define_func(s->linker, NULL, "sleep", "async func(ms: u32)", host_sleep, s, NULL, &error), &error);
  must(weir_store_new(s->engine, &config, &s->store, &error), &error);
  interceptor.before_import = interceptor.after_import = look_and_go_on;
  interceptor.holds = true; /* so every guest has a stack of its own */
  if (intercepted)
    must(weir_store_intercept(s->store, &interceptor, s, NULL), NULL);
  must(weir_instance_new(s->store, s->linker, s->component, &s->instance, &error), &error);
}

static void close_stage(struct stage *s) {
  weir_store_free(s->store);
  weir_linker_free(s->linker);
  weir_component_free(s->component);
  weir_engine_free(s->engine);
}

static weir_call *start_nap(struct stage *s) {
  weir_value args[2] = {{.kind = WEIR_VALUE_U32, .of.u32 = 9}, {.kind = WEIR_VALUE_U32, .of.u32 = 21}};
  weir_call *call;
  weir_error *error = NULL;
  must(weir_call_start(s->instance, weir_component_find_func(s->component, NULL, "nap"), args, 2, NULL, NULL, &call,
                       &error),
       &error);
  return call;
}

static void settle(struct stage *s) {
  for (int i = 0; i < STEPS_MAX && weir_store_step(s->store) == WEIR_STEP_READY; i++) {
  }
}

static void expect(const struct stage *s, bool caller_stack, int count) {
  assert_int_equal(caller_stack ? s->near : s->far, count);
  assert_int_equal(caller_stack ? s->far : s->near, 0);
}

static void end_nap(struct stage *s, weir_call *call) {
  weir_value result;
  settle(s);
  must(weir_call_result(call, &result, NULL), NULL);
  assert_int_equal(result.of.u32, 42);
  weir_call_free(call);
}

static void host_functions(void **state) {
  (void)state;
  for (int caller = 0; caller < 2; caller++) {
    struct stage s;
    open_stage(&s, caller, false, false);
    weir_call *call = start_nap(&s);
    settle(&s);
    must(weir_host_call_return(s.asleep, NULL, NULL), NULL);
    end_nap(&s, call);
    expect(&s, caller, 1);
    close_stage(&s);
  }
}

static void flat_host_functions(void **state) {
  (void)state;
  for (int caller = 0; caller < 2; caller++) {
    struct stage s;
    open_stage(&s, caller, true, false);
    end_nap(&s, start_nap(&s));
    expect(&s, caller, 1);
    close_stage(&s);
  }
}

static void interceptors(void **state) {
  (void)state;
  for (int flat = 0; flat < 2; flat++) {
    struct stage s;
    open_stage(&s, true, flat, true);
    weir_call *call = start_nap(&s);
    settle(&s);
    if (!flat)
      must(weir_host_call_return(s.asleep, NULL, NULL), NULL);
    end_nap(&s, call);
    expect(&s, true, 3); /* before, the function, after */
    close_stage(&s);
  }
}

static void cancellations(void **state) {
  (void)state;
  for (int caller = 0; caller < 2; caller++) {
    struct stage s;
    open_stage(&s, caller, false, false);
    weir_call *call = start_nap(&s);
    settle(&s);
    must(weir_call_cancel(call), NULL);
    settle(&s);
    assert_int_equal(weir_call_result(call, NULL, NULL), WEIR_ERR_CANCELLED);
    weir_call_free(call);
    expect(&s, caller, 2);
    close_stage(&s);
  }
}

static void destructors(void **state) {
  (void)state;
  for (int caller = 0; caller < 2; caller++) {
    struct stage s;
    weir_value ticket, result;
    weir_error *error = NULL;
    open_stage(&s, caller, false, true);
    must(weir_resource_new(s.instance, NULL, "ticket", 7, &ticket, &error), &error);
    must(weir_call_run(s.instance, weir_component_find_func(s.component, NULL, "spend"), &ticket, 1, &result, &error),
         &error);
    assert_int_equal(result.of.u32, 7);
    expect(&s, caller, 4); /* before, the function, after; the destructor */
    close_stage(&s);
  }
}

/* A start function that calls the host, beside a built-in that waits or not. */
static const char starter[] =
    "(component (import \"now\" (func $now))"
    " (core module $m (import \"\" \"now\" (func $now)) (start $now))"
    " (canon lower (func $now) (core func $now'))"
    " (core instance (instantiate $m (with \"\" (instance (export \"now\" (func $now')))))))";

static void host_now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  look_where(data);
  must(weir_host_call_return(call, NULL, NULL), NULL);
}

static void flat_now(void *data, weir_flat_call *call, uint64_t *slots) {
  (void)call, (void)slots;
  look_where(data);
}

static void start_functions(void **state) {
  (void)state;
  for (int flat = 0; flat < 2; flat++) {
    struct stage s;
    weir_instance *instance;
    weir_error *error = NULL;
    open_stage(&s, true, flat, false);
    weir_call *call = start_nap(&s); /* from here on the store has stacks */
    weir_component *component = component_from(s.engine, starter, strlen(starter));
    if (flat)
      must(weir_linker_define_func_flat(s.linker, NULL, "now", "func()", flat_now, &s, NULL, NULL), NULL);
    else
      must(weir_linker_define_func(s.linker, NULL, "now", "func()", host_now, &s, NULL, NULL), NULL);
    for (int i = 0; i < 3; i++)
      must(weir_instance_new(s.store, s.linker, component, &instance, &error), &error);
    expect(&s, true, 4);
    weir_call_free(call);
    weir_component_free(component);
    close_stage(&s);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(host_functions), cmocka_unit_test(flat_host_functions), cmocka_unit_test(interceptors),
    cmocka_unit_test(cancellations),  cmocka_unit_test(destructors),         cmocka_unit_test(start_functions),
};

BEHAVIOUR_MAIN(tests)
