/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The thread that ticks an engine: also while the worker cannot, seldom while it sleeps, and never after the bridge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <uv.h>

#include <cmocka.h>

#include "jobs.h"
#include "weir/limits.h"

static atomic_int ticks;
static const char engine = 0; /* its address stands for one */

void weir_engine_tick(weir_engine *given) {
  if ((const char *)given == &engine)
    atomic_fetch_add(&ticks, 1);
}

static weir_bridge_config config_of(uint64_t interval) {
  atomic_store(&ticks, 0);
  return (weir_bridge_config){
      .size = sizeof(weir_bridge_config), .tick_engine = (weir_engine *)(uintptr_t)&engine, .tick_interval = interval};
}

static void until(int count) {
  while (atomic_load(&ticks) < count)
    uv_sleep(1);
}

/* Keeps the worker until the ticks have come. */
static void busy_start(void *data, weir_bridge_request *request) {
  until((int)(intptr_t)data);
  weir_bridge_complete(request, WEIR_OK, NULL);
}

static void ticks_come_while_a_job_keeps_the_worker(void **state) {
  (void)state;
  weir_bridge_config config = config_of(MS(1));
  weir_bridge *b;
  assert_int_equal(weir_bridge_new(&config, &b, NULL), WEIR_OK);
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = busy_start, .data = (void *)(intptr_t)200};
  uint64_t begin = uv_hrtime();
  assert_int_equal(weir_bridge_run(b, &job, NULL, NULL), WEIR_OK);
  assert_true(uv_hrtime() - begin >= MS(150)); /* and not faster than they should */
  weir_bridge_free(b);
  int after = atomic_load(&ticks);
  uv_sleep(20);
  assert_int_equal(atomic_load(&ticks), after);
}

static weir_status slow_start(void *data, weir_bridge *bridge, weir_error **ret_error) {
  (void)data, (void)bridge, (void)ret_error;
  until(3);
  return WEIR_OK;
}

static void slow_stop(void *data, weir_bridge *bridge) {
  (void)data, (void)bridge;
  until(atomic_load(&ticks) + 3);
}

static void ticks_come_in_the_hooks_too(void **state) {
  (void)state;
  weir_bridge_config config = config_of(MS(1));
  config.start = slow_start;
  config.stop = slow_stop;
  weir_bridge *b;
  assert_int_equal(weir_bridge_new(&config, &b, NULL), WEIR_OK);
  weir_bridge_free(b);
  assert_true(atomic_load(&ticks) >= 6);
}

static void a_bridge_that_sleeps_is_ticked_seldom_and_wakes_its_ticker(void **state) {
  (void)state;
  weir_bridge_config config = config_of(MS(1));
  weir_bridge *b;
  assert_int_equal(weir_bridge_new(&config, &b, NULL), WEIR_OK);
  until(64);
  uv_sleep(20); /* it is slow by now */
  int before = atomic_load(&ticks);
  uv_sleep(300);
  assert_true(atomic_load(&ticks) - before <= 2);
  weir_bridge_job job = {.size = sizeof(weir_bridge_job), .start = busy_start, .data = (void *)(intptr_t)(before + 20)};
  uint64_t begin = uv_hrtime();
  assert_int_equal(weir_bridge_run(b, &job, NULL, NULL), WEIR_OK);
  assert_true(uv_hrtime() - begin < MS(10000)); /* twenty slow ones take longer */
  weir_bridge_free(b);
}

static void without_an_engine_nothing_ticks(void **state) {
  (void)state;
  weir_bridge *b;
  atomic_store(&ticks, 0);
  assert_int_equal(weir_bridge_new(NULL, &b, NULL), WEIR_OK);
  uv_sleep(30);
  weir_bridge_free(b);
  assert_int_equal(atomic_load(&ticks), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ticks_come_while_a_job_keeps_the_worker),
      cmocka_unit_test(ticks_come_in_the_hooks_too),
      cmocka_unit_test(a_bridge_that_sleeps_is_ticked_seldom_and_wakes_its_ticker),
      cmocka_unit_test(without_an_engine_nothing_ticks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
