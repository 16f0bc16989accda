/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Futures between a host and a guest: written once, early or late, dropped, cancelled, of the wrong type. */
#include "behaviour/streams.h"

static void a_guest_awaits_a_hosts_future(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value args[1], values[2] = {string("at last"), {0}};
  weir_stream *end;
  must(weir_future_new(w->store, &args[0], &end, NULL), NULL);
  call_args(w, &o, "await", args, 1);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  assert_int_equal(weir_stream_write_values(end, values, 2, copied, &c, NULL), WEIR_ERR_MISUSE); /* one value */
  assert_int_equal(weir_stream_write_values(end, values, 0, copied, &c, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_stream_write_values(end, values, 1, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 1);
  assert_int_equal(values[0].kind, WEIR_VALUE_NONE); /* moved from */
  assert_ended(&o, WEIR_OK);
  assert_string(&o.result, "at last");
  weir_value_clear(&o.result);
  assert_int_equal(weir_stream_write_values(end, values, 1, copied, &c, NULL), WEIR_ERR_MISUSE); /* once */
  weir_stream_drop(end);
  close_streams(w);
}

static void a_future_may_be_written_before_it_is_given_away(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value args[1], value = string("early");
  weir_stream *end;
  must(weir_future_new(w->store, &args[0], &end, NULL), NULL);
  assert_int_equal(weir_stream_write_values(end, &value, 1, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_int_equal(c.count, 0);
  call_args(w, &o, "await", args, 1);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 1);
  assert_ended(&o, WEIR_OK);
  assert_string(&o.result, "early");
  weir_value_clear(&o.result);
  weir_stream_drop(end);
  close_streams(w);
}

static void a_value_of_the_wrong_type_in_a_future_fails_the_store(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value args[1], value = u32(1);
  weir_stream *end;
  must(weir_future_new(w->store, &args[0], &end, NULL), NULL);
  assert_int_equal(weir_stream_write_values(end, &value, 1, copied, &c, NULL), WEIR_OK); /* its type is not known yet */
  call_args(w, &o, "await", args, 1);
  world_settle(w);
  assert_ended(&o, WEIR_ERR_HOST);
  assert_words(o.message, "future");
  world_end_store(w);
  assert_int_equal(c.count, 1);
  assert_int_equal(value.of.u32, 1); /* not taken */
  weir_stream_drop(end);
  world_close(w);
}

static void a_future_dropped_without_a_value_traps_its_reader(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  weir_value args[1];
  weir_stream *end;
  must(weir_future_new(w->store, &args[0], &end, NULL), NULL);
  call_args(w, &o, "await", args, 1);
  world_settle(w);
  weir_stream_drop(end);
  assert_int_equal(world_settle(w), WEIR_STEP_FAILED);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_words(o.message, "without writing");
  world_close(w);
}

static void a_future_dropped_before_it_is_read_traps_too(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  weir_value args[1];
  weir_stream *end;
  must(weir_future_new(w->store, &args[0], &end, NULL), NULL);
  weir_stream_drop(end);
  call_args(w, &o, "await", args, 1);
  world_settle(w);
  assert_ended(&o, WEIR_ERR_TRAP);
  world_close(w);
}

static void a_host_awaits_a_guests_future(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value arg = string("promised"), got = {0};
  call_args(w, &o, "promise", &arg, 1);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  weir_stream *end = result_stream(&o);
  char byte;
  assert_int_equal(weir_stream_read(end, &byte, 1, copied, &c, NULL), WEIR_ERR_TYPE); /* not bytes */
  assert_int_equal(weir_stream_read_values(end, &got, 1, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 1);
  assert_string(&got, "promised");
  weir_value_clear(&got);
  weir_stream_drop(end);
  weir_value how = call_now(w, "produced", NULL, 0);
  assert_int_equal(how.of.u32, 0); /* COMPLETED */
  close_streams(w);
}

static void a_host_that_drops_a_guests_future_ends_its_write(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  weir_value arg = string("promised");
  call_args(w, &o, "promise", &arg, 1);
  world_settle(w);
  weir_value_clear(&o.result);
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  weir_value how = call_now(w, "produced", NULL, 0);
  assert_int_equal(how.of.u32, 1); /* DROPPED */
  close_streams(w);
}

static void a_write_of_values_is_cancelled_before_it_starts(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value args[1], value = string("no");
  weir_stream *end;
  must(weir_future_new(w->store, &args[0], &end, NULL), NULL);
  call_args(w, &o, "await", args, 1);
  world_settle(w); /* the guest reads */
  assert_int_equal(weir_stream_write_values(end, &value, 1, copied, &c, NULL), WEIR_OK);
  weir_stream_cancel(end);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  assert_copy(&c, 1, WEIR_COPY_CANCELLED, 0);
  assert_int_equal(o.count, 0);
  assert_int_equal(weir_stream_write_values(end, &value, 1, copied, &c, NULL), WEIR_OK); /* it may be tried again */
  world_settle(w);
  assert_copy(&c, 2, WEIR_COPY_COMPLETED, 1);
  assert_ended(&o, WEIR_OK);
  assert_string(&o.result, "no");
  weir_value_clear(&o.result);
  weir_stream_drop(end);
  close_streams(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_guest_awaits_a_hosts_future),
    cmocka_unit_test(a_future_may_be_written_before_it_is_given_away),
    cmocka_unit_test(a_value_of_the_wrong_type_in_a_future_fails_the_store),
    cmocka_unit_test(a_future_dropped_without_a_value_traps_its_reader),
    cmocka_unit_test(a_future_dropped_before_it_is_read_traps_too),
    cmocka_unit_test(a_host_awaits_a_guests_future),
    cmocka_unit_test(a_host_that_drops_a_guests_future_ends_its_write),
    cmocka_unit_test(a_write_of_values_is_cancelled_before_it_starts),
};

BEHAVIOUR_MAIN(tests)
