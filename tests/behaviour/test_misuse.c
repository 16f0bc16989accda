/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Every public function that takes a handle of a store or of what is in it, asked in every way that is wrong: the store
 * is gone, the object is gone, on another thread, from inside a host function, an interceptor or the wake callback, and
 * NULL. Each must refuse, or do nothing, and the store must then still do what it did.
 */
#include <errno.h>
#include <pthread.h>

#include "behaviour/behaviour.h"

#define TYPES "host:res/types@0.2.0"

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

struct target { /* handles, good or not */
  weir_store *store;
  weir_instance *instance;
  const weir_linker *linker;
  const weir_component *component;
  const weir_func *func;
  weir_call *call;
  weir_host_call *host_call;
  weir_stream *readable, *writable;
  weir_value resource, readable_value;
};

static void never_done(void *data, weir_call *call) {
  (void)data, (void)call;
  abort();
}

static void never_event(void *data, weir_call *call, weir_call_event event) {
  (void)data, (void)call, (void)event;
  abort();
}

static void never_idle(void *data, weir_status status) {
  (void)data, (void)status;
  abort();
}

static void never_copied(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  (void)data, (void)end, (void)result, (void)count;
  abort();
}

static void never_cancelled(void *data, weir_host_call *call) {
  (void)data, (void)call;
  abort();
}

/* Each: whether it refused. */
typedef bool probe_fn(struct target *t);

static bool step_refused(struct target *t) {
  return weir_store_step(t->store) == WEIR_STEP_REFUSED;
}

static bool step_does_nothing(struct target *t) {
  return weir_store_step(t->store) == WEIR_STEP_READY;
}

static bool free_does_nothing(struct target *t) {
  weir_store_free(t->store);
  return true;
}

static bool wake_does_nothing(struct target *t) {
  weir_store_wake(t->store);
  weir_store_on_wake(t->store, NULL, NULL);
  return true;
}

static bool fd(struct target *t) {
  errno = 0;
  return weir_store_fd(t->store) == -1 && errno == EPERM;
}

static bool disown(struct target *t) {
  return weir_store_disown(t->store) == WEIR_ERR_MISUSE;
}

static bool live_tasks(struct target *t) {
  return weir_store_live_tasks(t->store) == 0;
}

static bool on_idle(struct target *t) {
  return weir_store_on_idle(t->store, never_idle, NULL) == WEIR_ERR_MISUSE;
}

static bool failure(struct target *t) {
  return !weir_store_failure(t->store);
}

static bool limits(struct target *t) {
  uint64_t fuel;
  return weir_store_set_fuel(t->store, 1) == WEIR_ERR_MISUSE && weir_store_fuel(t->store, &fuel) == WEIR_ERR_MISUSE &&
         weir_store_set_deadline(t->store, 1) == WEIR_ERR_MISUSE;
}

static bool intercept(struct target *t) {
  weir_interceptor nothing = WEIR_INTERCEPTOR_INIT;
  return weir_store_intercept(t->store, &nothing, NULL, NULL) == WEIR_ERR_MISUSE;
}

static bool events(struct target *t) {
  weir_events_config config = WEIR_EVENTS_CONFIG_INIT;
  weir_events *q;
  return weir_events_new(t->store, &config, &q) == WEIR_ERR_MISUSE;
}

static bool instance_new(struct target *t) {
  weir_instance *instance;
  weir_error *error = NULL;
  weir_status status = weir_instance_new(t->store, t->linker, t->component, &instance, &error);
  bool refused = status == WEIR_ERR_MISUSE && error && weir_error_status(error) == status;
  weir_error_free(error);
  return refused;
}

static bool calls(struct target *t) {
  weir_value arg = u32(1), result;
  weir_call *call;
  weir_error *error = NULL;
  uint64_t bits = 1;
  if (weir_call_start(t->instance, t->func, &arg, 1, never_done, NULL, &call, &error) != WEIR_ERR_MISUSE || !error)
    return false;
  weir_error_free(error);
  return weir_call_run(t->instance, t->func, &arg, 1, &result, NULL) == WEIR_ERR_MISUSE &&
         weir_call_flat(t->instance, t->func, &bits, 1, &bits, NULL) == WEIR_ERR_MISUSE;
}

static bool call_of(struct target *t) {
  weir_value result;
  weir_error *error = NULL;
  if (weir_call_result(t->call, &result, &error) != WEIR_ERR_MISUSE || !error)
    return false;
  weir_error_free(error);
  return weir_call_on_event(t->call, never_event, NULL) == WEIR_ERR_MISUSE && !weir_call_finished(t->call) &&
         !weir_call_exited(t->call);
}

static bool call_ends(struct target *t) {
  weir_call_free(t->call);
  return weir_call_cancel(t->call) == WEIR_ERR_MISUSE;
}

static bool host_call(struct target *t) {
  weir_completion *completion;
  weir_value result = string("gone"), resource;
  weir_host_call *c = t->host_call;
  return weir_host_call_return(c, &result, NULL) == WEIR_ERR_MISUSE && result.kind == WEIR_VALUE_NONE &&
         weir_host_call_fail(c, "no") == WEIR_ERR_MISUSE && weir_host_call_exit(c, 1) == WEIR_ERR_MISUSE &&
         weir_host_call_cancelled(c) == WEIR_ERR_MISUSE &&
         weir_host_call_on_cancel(c, never_cancelled, NULL, NULL) == WEIR_ERR_MISUSE &&
         weir_host_call_detach(c, &completion) == WEIR_ERR_MISUSE &&
         weir_resource_new(weir_host_call_instance(c), TYPES, "thing", 1, &resource, NULL) == WEIR_ERR_MISUSE;
}

static bool host_call_store(struct target *t) {
  return !weir_host_call_store(t->host_call);
}

static bool streams_new(struct target *t) {
  weir_value readable;
  weir_stream *writable;
  return weir_stream_new(t->store, WEIR_ELEMENT_U8, &readable, &writable, NULL) == WEIR_ERR_MISUSE &&
         weir_future_new(t->store, &readable, &writable, NULL) == WEIR_ERR_MISUSE;
}

static bool copies(struct target *t) {
  char byte = 0;
  weir_value value = {0};
  return weir_stream_read(t->readable, &byte, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE &&
         weir_stream_write(t->writable, &byte, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE &&
         weir_stream_read_values(t->readable, &value, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE &&
         weir_stream_write_values(t->writable, &value, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE;
}

static bool wrong_ends(struct target *t) {
  char byte = 0;
  weir_value value = {0};
  return weir_stream_read(t->writable, &byte, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE &&
         weir_stream_write(t->readable, &byte, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE &&
         weir_stream_read_values(t->writable, &value, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE &&
         weir_stream_write_values(t->readable, &value, 1, never_copied, NULL, NULL) == WEIR_ERR_MISUSE;
}

static bool other_ends(struct target *t) {
  return weir_stream_other_end(t->readable) == WEIR_END_DROPPED &&
         weir_stream_other_end(t->writable) == WEIR_END_DROPPED;
}

static bool ends_do_nothing(struct target *t) {
  weir_stream_cancel(t->readable);
  weir_stream_cancel(t->writable);
  weir_stream_drop(t->readable);
  weir_stream_drop(t->writable);
  weir_stream_drop(t->writable);
  return true;
}

static bool no_value_from(struct target *t) {
  weir_value value = u32(1);
  weir_stream_to_value(t->readable, &value);
  return value.kind == WEIR_VALUE_NONE;
}

static bool no_rep(struct target *t) {
  return rep_of(&t->resource) == 0;
}

static bool values_do_nothing(struct target *t) {
  weir_value resource = t->resource, readable = t->readable_value;
  weir_value_clear(&resource);
  weir_value_clear(&readable);
  resource = t->resource;
  weir_value_clear(&resource); /* and again */
  return resource.kind == WEIR_VALUE_NONE && readable.kind == WEIR_VALUE_NONE;
}

/* ---- in which situations ----------------------------------------------------------------------------------------- */

enum situation {
  STALE = 1,   /* freed, dropped, given away */
  THREAD = 2,  /* another than the owner */
  INSIDE = 4,  /* of a host function, an interceptor, the wake callback */
  NOTHING = 8, /* NULL */
  GOOD = 16,   /* refused all the same */
  ALL = STALE | THREAD | INSIDE | NOTHING,
  NOT_MINE = STALE | THREAD | NOTHING,
};

struct probe {
  const char *name;
  probe_fn *refused;
  int situations;
};

static const struct probe probes[] = {
    {"weir_store_step", step_refused, NOT_MINE},
    {"weir_store_step", step_does_nothing, INSIDE},
    {"weir_store_free", free_does_nothing, STALE | INSIDE | NOTHING},
    {"weir_store_wake", wake_does_nothing, STALE | NOTHING},
    {"weir_store_fd", fd, NOT_MINE},
    {"weir_store_disown", disown, ALL},
    {"weir_store_live_tasks", live_tasks, NOT_MINE},
    {"weir_store_on_idle", on_idle, NOT_MINE},
    {"weir_store_failure", failure, NOT_MINE},
    {"weir_store_set_fuel", limits, NOT_MINE},
    {"weir_store_intercept", intercept, ALL},
    {"weir_events_new", events, ALL},
    {"weir_instance_new", instance_new, ALL},
    {"weir_call_start", calls, ALL},
    {"weir_call_result", call_of, NOT_MINE},
    {"weir_call_cancel", call_ends, STALE | NOTHING},
    {"weir_host_call_return", host_call, NOT_MINE},
    {"weir_host_call_store", host_call_store, STALE | NOTHING},
    {"weir_stream_new", streams_new, NOT_MINE},
    {"weir_stream_read", copies, NOT_MINE},
    {"weir_stream_write", wrong_ends, NOT_MINE | GOOD},
    {"weir_stream_other_end", other_ends, NOT_MINE},
    {"weir_stream_drop", ends_do_nothing, STALE | NOTHING},
    {"weir_stream_to_value", no_value_from, NOT_MINE},
    {"weir_resource_rep", no_rep, NOT_MINE},
    {"weir_value_clear", values_do_nothing, STALE | NOTHING},
};

/* NULL: all refused. */
static const char *ask_all(struct target *t, enum situation situation) {
  for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
    if ((probes[i].situations & situation) && !probes[i].refused(t))
      return probes[i].name;
  return NULL;
}

static void must_all_refuse(const char *name) {
  if (name)
    fail_msg("%s did not refuse", name);
}

/* ---- a store with one of everything ------------------------------------------------------------------------------ */

enum place { NOWHERE, IN_FUNCTION, IN_HOOK, IN_WAKE };

struct bed {
  struct world w;
  struct target good;
  weir_value arg; /* of the waiting call; moved */
  struct pending late;
  int drops;
  enum place asked_in; /* where to ask from inside, once */
  int asked;
  const char *failed;
};

static void ask_inside(struct bed *b, enum place here) {
  if (b->asked_in != here || !b->good.instance)
    return;
  b->asked_in = NOWHERE;
  b->asked++;
  b->failed = ask_all(&b->good, INSIDE);
}

static weir_verdict hook(void *data, weir_crossing *crossing) {
  struct bed *b = data;
  if (b->good.instance && (crossing->store != b->good.store || crossing->instance != b->good.instance))
    b->failed = "weir_crossing";
  ask_inside(b, IN_HOOK);
  return WEIR_GO_ON;
}

static void woken(void *data) {
  ask_inside(data, IN_WAKE);
}

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  struct bed *b = data;
  assert_int_equal(rep, 7);
  b->drops++;
}

static void make(void *data, weir_host_call *host, weir_value *args, size_t count) {
  struct bed *b = data;
  weir_value result;
  assert_int_equal(count, 1);
  ask_inside(b, IN_FUNCTION);
  must(weir_resource_new(weir_host_call_instance(host), TYPES, "thing", args[0].of.u32, &result, NULL), NULL);
  weir_host_call_return(host, &result, NULL);
}

static void nothing(void *data, weir_host_call *host, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  weir_host_call_return(host, NULL, NULL);
}

static void define_all(struct bed *b) {
  struct world *w = &b->w;
  must(weir_linker_define_resource(w->linker, TYPES, "thing", dropped, b, NULL, NULL), NULL);
  world_func(w, TYPES, "make", "func(rep: u32) -> own<thing>", make, b);
  world_func(w, TYPES, "look", "func(t: borrow<thing>) -> u32", nothing, b);
  world_func(w, TYPES, "look-late", "async func(t: borrow<thing>) -> u32", nothing, b);
  world_func(w, TYPES, "give", "func(t: thing)", nothing, b);
  world_func(w, TYPES, "make-late", "async func() -> thing", pending_call, &b->late);
  world_func(w, NULL, "gone", "func(rep: u32)", nothing, b);
}

static void open_store(struct bed *b) {
  static const weir_interceptor hooks = {.size = sizeof(weir_interceptor),
                                         .before_import = hook,
                                         .after_import = hook,
                                         .before_export = hook,
                                         .after_export = hook};
  must(weir_store_new(b->w.engine, NULL, &b->w.store, NULL), NULL);
  weir_store_on_wake(b->w.store, woken, b);
  must(weir_store_intercept(b->w.store, &hooks, b, NULL), NULL);
  world_start(&b->w);
}

static void open_bed(struct bed *b) {
  weir_engine_config config = {.size = sizeof(weir_engine_config),
                               .features = ALL_FEATURES,
                               .fast_compile = true,
                               .fuel = true,
                               .deadlines = true};
  struct target *t = &b->good;
  size_t size;
  char *text = guest_text("resources", &size);
  *b = (struct bed){.arg = u32(7)};
  must(weir_engine_new(&config, &b->w.engine, NULL), NULL);
  must(weir_linker_new(b->w.engine, &b->w.linker, NULL), NULL);
  define_all(b);
  b->w.component = component_from(b->w.engine, text, size);
  free(text);
  open_store(b);
  *t = (struct target){.store = b->w.store,
                       .instance = b->w.instance,
                       .linker = b->w.linker,
                       .component = b->w.component,
                       .func = world_export(&b->w, "make-and-drop"),
                       .resource = call_now(&b->w, "make-and-return", &b->arg, 1)};
  must(weir_call_start(t->instance, world_export(&b->w, "get-late"), NULL, 0, NULL, NULL, &t->call, NULL), NULL);
  world_settle(&b->w);
  t->host_call = b->late.calls[0];
  must(weir_stream_new(t->store, WEIR_ELEMENT_U8, &t->readable_value, &t->writable, NULL), NULL);
  weir_value copy = t->readable_value;
  t->readable = weir_stream_from_value(&copy);
}

/* Everything still works. */
static void use_all(struct bed *b) {
  struct target *t = &b->good;
  struct outcome o;
  weir_value thing, arg = u32(7), result = {0};
  char byte = 'a';
  call_args(&b->w, &o, "make-and-drop", &arg, 1);
  assert_int_equal(rep_of(&t->resource), 7);
  must(weir_resource_new(weir_host_call_instance(t->host_call), TYPES, "thing", 7, &thing, NULL), NULL);
  must(weir_host_call_return(t->host_call, &thing, NULL), NULL);
  must(weir_stream_write(t->writable, &byte, 0, NULL, NULL, NULL), NULL);
  world_settle(&b->w);
  assert_ended(&o, WEIR_OK);
  must(weir_call_result(t->call, &result, NULL), NULL);
  assert_int_equal(b->drops, 2);
  weir_value_clear(&t->resource);
  assert_int_equal(b->drops, 3);
}

static void close_bed(struct bed *b) {
  weir_store_free(b->good.store);
  weir_component_free(b->w.component);
  weir_linker_free(b->w.linker);
  weir_engine_free(b->w.engine);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void of_nothing(void **state) {
  (void)state;
  struct bed b;
  open_bed(&b);
  struct target t = {.linker = b.w.linker, .component = b.w.component, .func = b.good.func};
  t.resource.kind = WEIR_VALUE_RESOURCE;
  t.readable_value.kind = WEIR_VALUE_STREAM;
  must_all_refuse(ask_all(&t, NOTHING));
  t = b.good;
  t.func = NULL;
  assert_true(calls(&t));
  t.component = NULL;
  assert_true(instance_new(&t));
  use_all(&b);
  close_bed(&b);
}

static void after_the_store(void **state) {
  (void)state;
  struct bed b;
  open_bed(&b);
  weir_store_free(b.good.store);
  assert_int_equal(b.drops, 1); /* the value's */
  must_all_refuse(ask_all(&b.good, STALE));
  open_store(&b); /* places are used again */
  must_all_refuse(ask_all(&b.good, STALE));
  assert_int_equal(b.drops, 1);
  weir_store_free(b.w.store);
  close_bed(&b);
}

static void after_each_was_let_go(void **state) {
  (void)state;
  struct bed b;
  open_bed(&b);
  struct target gone = b.good;
  weir_call_free(gone.call);
  weir_host_call_fail(gone.host_call, "enough");
  weir_stream_drop(gone.readable);
  weir_stream_drop(gone.writable);
  weir_value resource = gone.resource;
  weir_value_clear(&resource);
  world_settle(&b.w);
  assert_int_equal(b.drops, 1);
  assert_true(call_of(&gone) && host_call(&gone) && host_call_store(&gone) && copies(&gone) && wrong_ends(&gone));
  assert_true(ends_do_nothing(&gone) && no_value_from(&gone) && values_do_nothing(&gone));
  assert_int_equal(b.drops, 1);
  close_bed(&b);
}

static void *on_another_thread(void *data) {
  struct bed *b = data;
  b->failed = ask_all(&b->good, THREAD);
  return NULL;
}

static void on_the_wrong_thread(void **state) {
  (void)state;
  struct bed b;
  pthread_t thread;
  open_bed(&b);
  assert_int_equal(pthread_create(&thread, NULL, on_another_thread, &b), 0);
  pthread_join(thread, NULL);
  must_all_refuse(b.failed);
  assert_int_equal(b.drops, 0);
  use_all(&b);
  close_bed(&b);
}

static void from(enum place place) {
  struct bed b;
  open_bed(&b);
  must_all_refuse(ask_all(&b.good, GOOD));
  b.asked_in = place;
  use_all(&b);
  assert_int_equal(b.asked, 1);
  must_all_refuse(b.failed);
  close_bed(&b);
}

static void from_inside_a_host_function(void **state) {
  (void)state;
  from(IN_FUNCTION);
}

static void from_inside_an_interceptor(void **state) {
  (void)state;
  from(IN_HOOK);
}

static void from_inside_the_wake_callback(void **state) {
  (void)state;
  from(IN_WAKE);
}

/* ---- objects of another engine ----------------------------------------------------------------------------------- */

static void of_another_engine(void **state) {
  (void)state;
  struct bed a, b;
  weir_instance *instance;
  weir_value value, other;
  weir_stream *writable;
  open_bed(&a);
  open_bed(&b);
  struct target mixed = a.good;
  mixed.component = b.w.component;
  assert_true(instance_new(&mixed));
  assert_int_equal(weir_linker_check(a.w.linker, b.w.component, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_instance_new(a.w.store, b.w.linker, a.w.component, &instance, NULL), WEIR_ERR_MISUSE);
  mixed.func = b.good.func;
  assert_true(calls(&mixed));
  value = b.good.resource; /* lent, and given */
  call_refused(&a.w, "look-at", &value, 1, WEIR_ERR_MISUSE, "another store");
  assert_int_equal(rep_of(&value), 7);
  must(weir_future_new(a.w.store, &other, &writable, NULL), NULL);
  assert_int_equal(weir_host_call_return(a.good.host_call, &other, NULL), WEIR_ERR_TYPE);
  call_refused(&a.w, "keep", &value, 1, WEIR_ERR_MISUSE, "another store");
  assert_int_equal(b.drops, 1); /* what is given is taken all the same */
  close_bed(&a);
  close_bed(&b);
}

static void a_result_of_another_store(void **state) {
  (void)state;
  struct bed a, b;
  open_bed(&a);
  open_bed(&b);
  weir_value value = b.good.resource, thing;
  assert_int_equal(weir_host_call_return(a.good.host_call, &value, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(value.kind, WEIR_VALUE_NONE);
  assert_int_equal(b.drops, 1);
  must(weir_resource_new(weir_host_call_instance(a.good.host_call), TYPES, "thing", 7, &thing, NULL),
       NULL); /* the call goes on */
  must(weir_host_call_return(a.good.host_call, &thing, NULL), NULL);
  world_settle(&a.w);
  assert_int_equal(a.drops, 1);
  close_bed(&a);
  close_bed(&b);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(of_nothing),
    cmocka_unit_test(after_the_store),
    cmocka_unit_test(after_each_was_let_go),
    cmocka_unit_test(on_the_wrong_thread),
    cmocka_unit_test(from_inside_a_host_function),
    cmocka_unit_test(from_inside_an_interceptor),
    cmocka_unit_test(from_inside_the_wake_callback),
    cmocka_unit_test(of_another_engine),
    cmocka_unit_test(a_result_of_another_store),
};

BEHAVIOUR_MAIN(tests)
