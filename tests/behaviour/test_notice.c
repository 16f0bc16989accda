/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* weir_engine_config.notice: a function that gives no weir_error says there why it refuses. */
#include <pthread.h>

#include "behaviour/behaviour.h"

struct ear {
  int count;
  weir_notice kind;
  char text[256];
};

static void hear(void *data, weir_notice kind, const char *text) {
  struct ear *ear = data;
  ear->count++;
  ear->kind = kind;
  snprintf(ear->text, sizeof(ear->text), "%s", text);
}

static weir_engine *engine_that_tells(struct ear *ear) {
  weir_engine_config config = WEIR_ENGINE_CONFIG_INIT;
  weir_engine *engine;
  config.notice = hear;
  config.notice_data = ear;
  must(weir_engine_new(&config, &engine, NULL), NULL);
  return engine;
}

static void expect(const struct ear *ear, int count, weir_notice kind, const char *text) {
  assert_int_equal(ear->count, count);
  assert_int_equal(ear->kind, kind);
  assert_non_null(strstr(ear->text, text));
}

static void a_stale_handle(void **state) {
  (void)state;
  struct ear ear = {0};
  weir_engine *engine = engine_that_tells(&ear);
  weir_store *store;
  must(weir_store_new(engine, NULL, &store, NULL), NULL);
  weir_store_free(store);
  assert_int_equal(weir_store_disown(store), WEIR_ERR_MISUSE);
  expect(&ear, 1, WEIR_NOTICE_MISUSE, "weir_store_disown: the handle is stale");
  weir_engine_free(engine);
}

static void a_wrong_time(void **state) {
  (void)state;
  struct ear ear = {0};
  weir_engine *engine = engine_that_tells(&ear);
  weir_store *store;
  must(weir_store_new(engine, NULL, &store, NULL), NULL);
  assert_int_equal(weir_store_set_fuel(store, 1), WEIR_ERR_MISUSE);
  expect(&ear, 1, WEIR_NOTICE_MISUSE, "weir_store_set_fuel: the engine counts no fuel");
  assert_int_equal(weir_store_post(store, NULL, NULL, NULL), WEIR_ERR_MISUSE);
  expect(&ear, 2, WEIR_NOTICE_MISUSE, "weir_store_post: there is no function to run");
  assert_int_equal(weir_store_step(store), WEIR_STEP_IDLE);
  assert_int_equal(ear.count, 2); /* what is right is not told */
  weir_store_free(store);
  weir_engine_free(engine);
}

static void *disown(void *store) {
  assert_int_equal(weir_store_disown(store), WEIR_ERR_MISUSE);
  return NULL;
}

static void another_thread(void **state) {
  (void)state;
  struct ear ear = {0};
  weir_engine *engine = engine_that_tells(&ear);
  weir_store *store;
  pthread_t thread;
  must(weir_store_new(engine, NULL, &store, NULL), NULL);
  assert_int_equal(weir_store_step(store), WEIR_STEP_IDLE); /* the store is this thread's now */
  assert_int_equal(pthread_create(&thread, NULL, disown, store), 0);
  pthread_join(thread, NULL);
  expect(&ear, 1, WEIR_NOTICE_MISUSE, "weir_store_disown: the store is another thread's");
  weir_store_free(store);
  weir_engine_free(engine);
}

static void nothing_at_all(void **state) {
  (void)state;
  struct ear ear = {0};
  weir_engine *engine = engine_that_tells(&ear);
  assert_int_equal(weir_store_disown(NULL), WEIR_ERR_MISUSE); /* which engine's? */
  assert_int_equal(ear.count, 0);
  weir_engine_free(engine);
}

static void a_cache_without_its_directory(void **state) {
  (void)state;
  struct ear ear = {0};
  weir_engine *engine = engine_that_tells(&ear);
  weir_cache_config config = WEIR_CACHE_CONFIG_INIT;
  weir_cache *cache;
  config.directory = "/dev/null/cache";
  must(weir_cache_new(engine, &config, &cache, NULL), NULL);
  expect(&ear, 1, WEIR_NOTICE_TROUBLE, "/dev/null/cache cannot be used");
  weir_cache_free(cache);
  weir_engine_free(engine);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_stale_handle),
    cmocka_unit_test(a_wrong_time),
    cmocka_unit_test(another_thread),
    cmocka_unit_test(nothing_at_all),
    cmocka_unit_test(a_cache_without_its_directory),
};

BEHAVIOUR_MAIN(tests)
