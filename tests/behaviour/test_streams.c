/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Streams between a host and a guest: partial copies, back-pressure, drops and cancellations. */
#include "behaviour/streams.h"

/* ---- host to guest ----------------------------------------------------------------------------------------------- */

static void a_guest_reads_in_pieces_what_a_host_writes(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_stream *end = call_with_bytes(w, &o, "sum");
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  static const uint8_t bytes[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  size_t at = 0;
  for (int i = 1; at < sizeof(bytes); i++) {
    assert_int_equal(weir_stream_write(end, bytes + at, sizeof(bytes) - at, copied, &c, NULL), WEIR_OK);
    assert_int_equal(c.count, i - 1); /* in a step, not here */
    world_settle(w);
    assert_int_equal(c.count, i);
    assert_int_equal(c.result, WEIR_COPY_COMPLETED);
    assert_true(c.moved > 0);
    at += c.moved;
  }
  assert_int_equal(at, sizeof(bytes));
  assert_int_equal(o.count, 0);
  weir_stream_drop(end);
  world_settle(w);
  assert_u32(&o, 55);
  close_streams(w);
}

static void a_write_waits_until_the_guest_reads(void **state) {
  (void)state;
  struct world *w = open_streams();
  weir_value args[1];
  weir_stream *end;
  struct copy c = {0};
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &end, NULL), NULL);
  assert_int_equal(weir_stream_write(end, "abc", 3, copied, &c, NULL), WEIR_OK);
  assert_int_equal(weir_stream_write(end, "abc", 3, copied, &c, NULL), WEIR_ERR_MISUSE); /* one at a time */
  world_settle(w);
  assert_int_equal(c.count, 0);
  struct outcome o;
  call_args(w, &o, "sum", args, 1);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 3);
  weir_stream_drop(end);
  world_settle(w);
  assert_u32(&o, 'a' + 'b' + 'c');
  close_streams(w);
}

static void a_reader_that_goes_away_is_told_to_the_writer(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_stream *end = call_with_bytes(w, &o, "read-once");
  char bytes[20] = {0};
  assert_int_equal(weir_stream_write(end, bytes, sizeof(bytes), copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_u32(&o, 16 << 4); /* completed with 16 */
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 16);
  assert_int_equal(weir_stream_write(end, bytes, 4, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 2, WEIR_COPY_DROPPED, 0);
  assert_int_equal(weir_stream_write(end, bytes, 1, copied, &c, NULL), WEIR_ERR_MISUSE); /* done */
  weir_stream_drop(end);
  assert_int_equal(c.count, 2);
  close_streams(w);
}

static void a_writer_dropped_at_once_ends_the_read(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  weir_stream *end = call_with_bytes(w, &o, "sum");
  weir_stream_drop(end);
  world_settle(w);
  assert_u32(&o, 0);
  close_streams(w);
}

static void a_writer_dropped_during_its_write_completes_first(void **state) {
  (void)state;
  struct world *w = open_streams();
  weir_value args[1];
  weir_stream *end;
  struct outcome o;
  struct copy c = {0};
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &end, NULL), NULL);
  assert_int_equal(weir_stream_write(end, "abc", 3, copied, &c, NULL), WEIR_OK);
  weir_stream_drop(end);
  assert_int_equal(c.count, 0);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_CANCELLED, 0);
  call_args(w, &o, "sum", args, 1);
  world_settle(w);
  assert_u32(&o, 0);
  close_streams(w);
}

static void a_cancelled_write_tells_how_much_had_moved(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_stream *end = call_with_bytes(w, &o, "read-and-leave");
  assert_int_equal(weir_stream_write(end, "abcdefgh", 8, copied, &c, NULL), WEIR_OK); /* the guest has asked for 4 */
  weir_stream_cancel(end);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_CANCELLED, 4);
  weir_stream_cancel(end); /* nothing under way */
  world_settle(w);
  assert_int_equal(c.count, 1);
  assert_u32(&o, UINT32_MAX); /* BLOCKED */
  weir_stream_drop(end);
  close_streams(w);
}

/* A host that keeps many ends asks before it starts an operation. */
static void an_end_tells_what_the_other_one_does(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  char bytes[20] = {0};
  weir_value args[1];
  weir_stream *unused;
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &args[0], &unused, NULL), NULL);
  assert_int_equal(weir_stream_other_end(unused), WEIR_END_IDLE);
  assert_int_equal(weir_stream_other_end(args[0].of.stream), WEIR_END_IDLE);
  weir_value_clear(&args[0]);
  assert_int_equal(weir_stream_other_end(unused), WEIR_END_DROPPED);
  weir_stream_drop(unused);
  assert_int_equal(weir_stream_other_end(unused), WEIR_END_DROPPED); /* stale */
  weir_stream *end = call_with_bytes(w, &o, "read-once");
  world_settle(w);
  assert_int_equal(weir_stream_other_end(end), WEIR_END_COPYING); /* the guest reads 16 */
  assert_int_equal(weir_stream_write(end, bytes, 10, copied, &c, NULL), WEIR_OK);
  assert_int_equal(weir_stream_other_end(end), WEIR_END_COPYING); /* and has room for 6 more */
  weir_stream_cancel(end);
  world_settle(w);
  assert_int_equal(c.moved, 10);
  assert_int_equal(weir_stream_other_end(end), WEIR_END_DROPPED);
  weir_stream_drop(end);
  close_streams(w);
}

static void a_stream_of_nothing_counts(void **state) {
  (void)state;
  struct world *w = open_streams();
  weir_value args[1];
  weir_stream *end;
  struct outcome o;
  struct copy c = {0};
  must(weir_stream_new(w->store, WEIR_ELEMENT_NONE, &args[0], &end, NULL), NULL);
  call_args(w, &o, "count", args, 1);
  size_t left = 7;
  for (int i = 0; i < 10 && left > 0; i++) {
    assert_int_equal(weir_stream_write(end, NULL, left, copied, &c, NULL), WEIR_OK);
    world_settle(w);
    left -= c.moved;
  }
  assert_int_equal(left, 0);
  weir_stream_drop(end);
  world_settle(w);
  assert_u32(&o, 7);
  close_streams(w);
}

static void a_stream_of_another_element_is_the_hosts_mistake(void **state) {
  (void)state;
  struct world *w = open_streams();
  weir_value args[1];
  weir_stream *end;
  must(weir_stream_new(w->store, WEIR_ELEMENT_NONE, &args[0], &end, NULL), NULL);
  call_refused(w, "sum", args, 1, WEIR_ERR_TYPE, "element type");
  assert_int_equal(args[0].kind, WEIR_VALUE_NONE); /* taken all the same */
  weir_stream_drop(end);
  close_streams(w);
}

static void a_stream_of_nothing_does_not_become_one_of_bytes(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  weir_value args[1];
  weir_stream *end;
  must(weir_stream_new(w->store, WEIR_ELEMENT_NONE, &args[0], &end, NULL), NULL);
  call_args(w, &o, "pass-nothings", args, 1); /* known to a guest, and back */
  world_settle(w);
  weir_stream_to_value(result_stream(&o), &args[0]);
  call_refused(w, "sum", args, 1, WEIR_ERR_TYPE, "element type");
  weir_stream_drop(end);
  close_streams(w);
}

/* ---- guest to host ----------------------------------------------------------------------------------------------- */

static void a_host_reads_in_pieces_what_a_guest_writes(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value arg = u32(100);
  uint8_t got[100];
  call_args(w, &o, "produce", &arg, 1);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING); /* back-pressure: the guest waits for the first read */
  weir_stream *end = result_stream(&o);
  size_t at = 0;
  while (at < 100) {
    size_t room = 100 - at < 7 ? 100 - at : 7;
    assert_int_equal(weir_stream_read(end, got + at, room, copied, &c, NULL), WEIR_OK);
    world_settle(w);
    assert_int_equal(c.result, WEIR_COPY_COMPLETED);
    assert_int_equal(c.moved, room);
    at += c.moved;
  }
  for (size_t i = 0; i < 100; i++)
    assert_int_equal(got[i], i);
  assert_int_equal(weir_stream_read(end, got, 1, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_int_equal(c.result, WEIR_COPY_DROPPED);
  assert_int_equal(c.moved, 0);
  weir_stream_drop(end);
  close_streams(w);
}

static void a_host_that_stops_reading_ends_the_guests_write(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value arg = u32(50);
  uint8_t got[8];
  call_args(w, &o, "produce", &arg, 1);
  world_settle(w);
  weir_stream *end = result_stream(&o);
  assert_int_equal(weir_stream_read(end, got, 8, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 8);
  weir_stream_drop(end);
  assert_int_equal(world_settle(w), WEIR_STEP_IDLE);
  weir_value produced = call_now(w, "produced", NULL, 0);
  assert_int_equal(produced.of.u32, 8);
  close_streams(w);
}

static void a_reader_dropped_during_its_read_completes_first(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_stream *end;
  weir_value arg = {0};
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &arg, &end, NULL), NULL);
  call_args(w, &o, "pass", &arg, 1); /* through a guest, so that its type is known */
  world_settle(w);
  weir_stream *readable = result_stream(&o);
  uint8_t got[8];
  assert_int_equal(weir_stream_read(readable, got, 8, copied, &c, NULL), WEIR_OK);
  weir_stream_drop(readable);
  assert_int_equal(weir_stream_read(readable, got, 8, copied, &c, NULL), WEIR_ERR_MISUSE);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_CANCELLED, 0);
  struct copy d = {0};
  assert_int_equal(weir_stream_write(end, "x", 1, copied, &d, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&d, 1, WEIR_COPY_DROPPED, 0);
  weir_stream_drop(end);
  close_streams(w);
}

static void both_ends_of_a_stream_may_be_a_hosts(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct copy r = {0}, c = {0};
  weir_value value;
  weir_stream *end;
  uint8_t got[8] = {0};
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &value, &end, NULL), NULL);
  weir_stream *readable = weir_stream_from_value(&value);
  assert_int_equal(weir_stream_read(end, got, 8, copied, &r, NULL), WEIR_ERR_MISUSE); /* the wrong end */
  assert_int_equal(weir_stream_write(readable, "x", 1, copied, &r, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_stream_read(readable, got, 8, copied, &r, NULL), WEIR_OK);
  assert_int_equal(weir_stream_write(end, "abc", 3, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&r, 1, WEIR_COPY_COMPLETED, 3);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 3);
  assert_memory_equal(got, "abc", 3);
  weir_stream_drop(readable);
  weir_stream_drop(end);
  close_streams(w);
}

static void an_unused_stream_is_dropped_with_its_value(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct copy c = {0};
  weir_value value;
  weir_stream *end;
  must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &value, &end, NULL), NULL);
  weir_value_clear(&value);
  assert_int_equal(weir_stream_write(end, "abc", 3, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_DROPPED, 0);
  weir_stream_drop(end);
  close_streams(w);
}

/* A second component in the same store, which knows nothing of the first. */
static void call_other(struct world *w, weir_component **ret, struct outcome *o, const char *name, weir_value *arg) {
  size_t size;
  char *text = guest_text("streams", &size);
  weir_error *error = NULL;
  *ret = component_from(w->engine, text, size);
  free(text);
  weir_instance *instance;
  must(weir_instance_new(w->store, NULL, *ret, &instance, &error), &error);
  *o = (struct outcome){0};
  const weir_func *func = weir_component_find_func(*ret, NULL, name);
  must(weir_call_start(instance, func, arg, 1, outcome_done, o, &o->call, &error), &error);
}

static void a_stream_goes_from_one_component_to_another(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o, sum;
  weir_component *other;
  weir_value arg = u32(10);
  call_args(w, &o, "produce", &arg, 1);
  world_settle(w);
  weir_stream_to_value(result_stream(&o), &arg);
  call_other(w, &other, &sum, "sum", &arg);
  world_settle(w);
  assert_u32(&sum, 45);
  weir_component_free(other);
  close_streams(w);
}

static void strings_go_from_one_component_to_another(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_component *other;
  weir_value args[2] = {string("word"), u32(2)}, out = {0};
  call_args(w, &o, "speak", args, 2);
  world_settle(w);
  weir_stream_to_value(result_stream(&o), &args[0]);
  call_other(w, &other, &o, "copy", args);
  world_settle(w);
  weir_stream *end = result_stream(&o);
  assert_int_equal(weir_stream_read_values(end, &out, 1, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 1);
  assert_string(&out, "word");
  weir_value_clear(&out);
  weir_stream_drop(end);
  weir_component_free(other);
  close_streams(w);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static weir_stream *speak(struct world *w, const char *words, uint32_t n) {
  struct outcome o;
  weir_value args[2] = {string(words), u32(n)};
  call_args(w, &o, "speak", args, 2);
  world_settle(w);
  return result_stream(&o);
}

static void strings_are_read_as_values_in_pieces(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct copy c = {0};
  weir_value out[4] = {{0}};
  weir_stream *end = speak(w, "thr\xc3\xa9\xc3\xa9", 5);
  size_t got = 0;
  for (int i = 0; i < 5 && c.result != WEIR_COPY_DROPPED; i++) {
    assert_int_equal(weir_stream_read_values(end, out, 4, copied, &c, NULL), WEIR_OK);
    assert_int_equal(c.count, i);
    world_settle(w);
    for (size_t k = 0; k < c.moved; k++) {
      assert_string(&out[k], "thr\xc3\xa9\xc3\xa9");
      weir_value_clear(&out[k]);
    }
    got += c.moved;
  }
  assert_int_equal(got, 5);
  assert_int_equal(c.result, WEIR_COPY_DROPPED);
  weir_stream_drop(end);
  close_streams(w);
}

static void a_stream_of_a_guest_is_given_on_to_a_guest(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o;
  struct copy c = {0};
  weir_value args[1], out = {0};
  weir_stream_to_value(speak(w, "word", 3), &args[0]);
  assert_int_equal(args[0].kind, WEIR_VALUE_STREAM);
  world_start(w); /* a second instance: strings do not move within one */
  call_args(w, &o, "copy", args, 1);
  world_settle(w);
  weir_stream *end = result_stream(&o);
  assert_int_equal(world_settle(w), WEIR_STEP_WAITING);
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(weir_stream_read_values(end, &out, 1, copied, &c, NULL), WEIR_OK);
    world_settle(w);
    assert_copy(&c, i, WEIR_COPY_COMPLETED, 1);
    assert_string(&out, "word");
    weir_value_clear(&out);
  }
  assert_int_equal(weir_stream_read_values(end, &out, 1, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 4, WEIR_COPY_DROPPED, 0);
  weir_stream_drop(end);
  close_streams(w);
}

static void a_stream_of_strings_dropped_early_ends_its_writer(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct copy c = {0};
  weir_value out = {0};
  weir_stream *end = speak(w, "word", 3);
  assert_int_equal(weir_stream_read_values(end, &out, 1, copied, &c, NULL), WEIR_OK);
  weir_stream_drop(end); /* before it has started */
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_CANCELLED, 0);
  assert_int_equal(out.kind, WEIR_VALUE_NONE);
  close_streams(w);
}

/* ---- the store ends ---------------------------------------------------------------------------------------------- */

static void freeing_the_store_cancels_what_is_under_way(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome reads, writes, holds;
  struct copy r = {0}, c = {0};
  weir_value arg = u32(50);
  uint8_t got[8];
  weir_stream *held = call_with_bytes(w, &holds, "hold");
  call_args(w, &writes, "produce", &arg, 1);
  weir_stream *end = call_with_bytes(w, &reads, "sum");
  world_settle(w);
  weir_stream *produced = result_stream(&writes);
  assert_int_equal(weir_stream_read(produced, got, 8, copied, &r, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&r, 1, WEIR_COPY_COMPLETED, 8);
  weir_stream_drop(produced);
  assert_int_equal(weir_stream_write(held, "abcdefgh", 8, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  assert_copy(&c, 1, WEIR_COPY_COMPLETED, 4); /* the guest had asked for 4, and does not look at them */
  assert_int_equal(weir_stream_write(held, "efgh", 4, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  world_end_store(w);
  assert_copy(&c, 2, WEIR_COPY_CANCELLED, 0);
  assert_ended(&reads, WEIR_ERR_CANCELLED);
  assert_ended(&holds, WEIR_ERR_CANCELLED);
  weir_stream_drop(end); /* handles of streams may be let go of afterwards */
  weir_stream_drop(held);
  world_close(w);
}

struct pipe {
  weir_stream *other;
  int count;
};

static void drop_other(void *data, weir_stream *end, weir_copy_result result, size_t count) {
  struct pipe *p = data;
  (void)end;
  assert_int_equal(result, WEIR_COPY_CANCELLED);
  assert_int_equal(count, 0);
  p->count++;
  weir_stream_drop(p->other);
  p->other = NULL;
}

static void a_completion_may_drop_another_end_while_the_store_is_freed(void **state) {
  (void)state;
  struct world *w = open_streams();
  weir_value value[2];
  weir_stream *writable[2];
  struct pipe p = {0};
  uint8_t got[8];
  for (int i = 0; i < 2; i++)
    must(weir_stream_new(w->store, WEIR_ELEMENT_U8, &value[i], &writable[i], NULL), NULL);
  weir_stream *readable = weir_stream_from_value(&value[0]);
  p.other = writable[0]; /* the next one of the store's list */
  assert_int_equal(weir_stream_read(readable, got, 8, drop_other, &p, NULL), WEIR_OK);
  world_end_store(w);
  assert_int_equal(p.count, 1);
  assert_null(p.other);
  weir_stream_drop(readable);
  weir_value_clear(&value[1]);
  weir_stream_drop(writable[1]);
  world_close(w);
}

static void a_trap_leaves_ends_that_can_be_dropped(void **state) {
  (void)state;
  struct world *w = open_streams();
  struct outcome o, bad;
  struct copy c = {0};
  weir_stream *end = call_with_bytes(w, &o, "hold");
  assert_int_equal(weir_stream_write(end, "abcdefgh", 8, copied, &c, NULL), WEIR_OK);
  world_settle(w);
  weir_value args[1];
  weir_stream *future;
  must(weir_future_new(w->store, &args[0], &future, NULL), NULL);
  weir_stream_drop(future);
  call_args(w, &bad, "await", args, 1);
  assert_int_equal(world_settle(w), WEIR_STEP_FAILED);
  assert_ended(&bad, WEIR_ERR_TRAP);
  assert_ended(&o, WEIR_ERR_TRAP);
  weir_stream_drop(end);
  world_settle(w);
  world_end_store(w);
  assert_int_equal(c.count, 1);
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_guest_reads_in_pieces_what_a_host_writes),
    cmocka_unit_test(a_write_waits_until_the_guest_reads),
    cmocka_unit_test(a_reader_that_goes_away_is_told_to_the_writer),
    cmocka_unit_test(a_writer_dropped_at_once_ends_the_read),
    cmocka_unit_test(a_writer_dropped_during_its_write_completes_first),
    cmocka_unit_test(a_cancelled_write_tells_how_much_had_moved),
    cmocka_unit_test(an_end_tells_what_the_other_one_does),
    cmocka_unit_test(a_stream_of_nothing_counts),
    cmocka_unit_test(a_stream_of_another_element_is_the_hosts_mistake),
    cmocka_unit_test(a_host_reads_in_pieces_what_a_guest_writes),
    cmocka_unit_test(a_host_that_stops_reading_ends_the_guests_write),
    cmocka_unit_test(a_reader_dropped_during_its_read_completes_first),
    cmocka_unit_test(both_ends_of_a_stream_may_be_a_hosts),
    cmocka_unit_test(an_unused_stream_is_dropped_with_its_value),
    cmocka_unit_test(a_stream_of_nothing_does_not_become_one_of_bytes),
    cmocka_unit_test(a_stream_goes_from_one_component_to_another),
    cmocka_unit_test(strings_go_from_one_component_to_another),
    cmocka_unit_test(strings_are_read_as_values_in_pieces),
    cmocka_unit_test(a_stream_of_a_guest_is_given_on_to_a_guest),
    cmocka_unit_test(a_stream_of_strings_dropped_early_ends_its_writer),
    cmocka_unit_test(freeing_the_store_cancels_what_is_under_way),
    cmocka_unit_test(a_completion_may_drop_another_end_while_the_store_is_freed),
    cmocka_unit_test(a_trap_leaves_ends_that_can_be_dropped),
};

BEHAVIOUR_MAIN(tests)
