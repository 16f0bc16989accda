/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One code, wrapped from many threads at once: each has a component of its own, and the last hold ends it. */
#include <pthread.h>
#include <stdatomic.h>

#include "behaviour/behaviour.h"

enum { THREADS = 6, ROUNDS = 300 };

struct shared {
  weir_engine *engine;
  weir_code *code;
  pthread_barrier_t begin;
  atomic_int calls;
};

static const char guest[] =
    "(component (core module $m (func (export \"f\") (result i32) (i32.const 7)))"
    " (core instance $i (instantiate $m)) (func (export \"f\") (result u32) (canon lift (core func $i \"f\"))))";

/* Everything is checked by counting: cmocka's assertions are for the main thread. */
static bool wrap_and_call(struct shared *s) {
  weir_component *c;
  weir_store *store;
  weir_instance *instance;
  uint64_t result = 0;
  weir_code *held = weir_code_ref(s->code);
  bool good = weir_component_from_code(s->engine, held, &c, NULL) == WEIR_OK;
  weir_code_free(held);
  if (!good || weir_store_new(s->engine, NULL, &store, NULL) != WEIR_OK)
    return false;
  good = weir_instance_new(store, NULL, c, &instance, NULL) == WEIR_OK &&
         weir_call_flat(instance, weir_component_find_func(c, NULL, "f"), NULL, 0, &result, NULL) == WEIR_OK &&
         result == 7;
  weir_code *again = weir_component_code(c);
  good = good && again == s->code;
  weir_component_free(c);
  weir_code_free(again);
  weir_store_free(store);
  return good;
}

static void *work(void *data) {
  struct shared *s = data;
  pthread_barrier_wait(&s->begin);
  for (int i = 0; i < ROUNDS; i++)
    if (wrap_and_call(s))
      atomic_fetch_add(&s->calls, 1);
  return NULL;
}

static void one_code_is_wrapped_by_many_threads_at_once(void **state) {
  (void)state;
  struct shared s = {0};
  pthread_t threads[THREADS];
  must(weir_engine_new(NULL, &s.engine, NULL), NULL);
  weir_component *first = component_from(s.engine, guest, strlen(guest));
  s.code = weir_component_code(first);
  weir_component_free(first);
  pthread_barrier_init(&s.begin, NULL, THREADS);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, work, &s), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(atomic_load(&s.calls), THREADS * ROUNDS);
  weir_code_free(s.code);
  weir_engine_free(s.engine);
}

static const struct CMUnitTest tests[] = {cmocka_unit_test(one_code_is_wrapped_by_many_threads_at_once)};

BEHAVIOUR_MAIN(tests)
