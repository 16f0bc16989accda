/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Streams and futures between two ends of a host: the state machine, every order of copy, cancel and drop. */
#include "runtime/channel.h"

#include "unit/runtime/runtime_fixture.h"

static const struct weir_type byte = {.kind = TYPE_U8, .layout = {{1, 1, 0}, {1, 1, 0}}, .numeric = true, .raw = true};

struct pair {
  struct rt_end *r, *w;
  char in[16], out[16];
};

static struct pair open_pair(struct fixture *f, bool future) {
  struct pair p = {.in = "0123456789abcde"};
  assert_int_equal(channel_new(&f->s, future, &byte, &p.r, &p.w), WEIR_OK);
  assert_int_equal(f->s.pool_ends.live, 2);
  return p;
}

static void close_pair(struct fixture *f, struct pair *p) {
  if (p->r)
    channel_end_drop(p->r);
  if (p->w)
    channel_end_drop(p->w);
  assert_int_equal(f->s.pool_ends.live, 0);
  assert_int_equal(f->s.pool_channels.live, 0);
}

static void copy(struct rt_end *end, void *bytes, uint32_t n) {
  end->buffer = (struct rt_buffer){.kind = RT_BUFFER_BYTES, .host = bytes, .length = n};
  assert_int_equal(channel_end_copy(end), WEIR_OK);
}

/* The event is there; delivering it gives that, and leaves the end in that state. */
static void assert_delivered(struct rt_end *end, enum rt_copy_result result, uint32_t n, enum rt_copy_state after) {
  assert_true(end->w.has_pending_event);
  assert_false(list_empty(&end->inbox));
  uint32_t packed = channel_end_deliver(end);
  assert_int_equal(packed & 15, result);
  if (!end->channel->future)
    assert_int_equal(packed >> 4, n);
  assert_int_equal(end->state, after);
  assert_false(end->w.has_pending_event);
  assert_true(list_empty(&end->inbox));
}

static void a_writer_waits_for_a_reader(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.w, p.in, 5);
  assert_false(p.w->w.has_pending_event);
  assert_int_equal(p.w->state, RT_COPY_COPYING);
  copy(p.r, p.out, 8);
  assert_delivered(p.r, RT_COPY_COMPLETED, 5, RT_COPY_IDLE);
  assert_delivered(p.w, RT_COPY_COMPLETED, 5, RT_COPY_IDLE);
  assert_memory_equal(p.out, "01234", 5);
  close_pair(f, &p);
}

static void a_buffer_with_room_goes_on_being_filled_until_it_is_told(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.r, p.out, 8);
  copy(p.w, p.in, 3);
  assert_delivered(p.w, RT_COPY_COMPLETED, 3, RT_COPY_IDLE);
  copy(p.w, p.in + 3, 3);
  assert_delivered(p.w, RT_COPY_COMPLETED, 3, RT_COPY_IDLE);
  assert_delivered(p.r, RT_COPY_COMPLETED, 6, RT_COPY_IDLE);
  copy(p.w, p.in, 1); /* nobody reads now */
  assert_false(p.w->w.has_pending_event);
  p.w->state = RT_COPY_CANCELLING;
  channel_end_cancel(p.w);
  assert_delivered(p.w, RT_COPY_CANCELLED, 0, RT_COPY_IDLE);
  assert_memory_equal(p.out, "012345", 6);
  close_pair(f, &p);
}

static void a_full_buffer_makes_the_next_writer_wait(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.r, p.out, 4);
  copy(p.w, p.in, 4);
  assert_delivered(p.w, RT_COPY_COMPLETED, 4, RT_COPY_IDLE);
  copy(p.w, p.in, 2);
  assert_false(p.w->w.has_pending_event);
  assert_delivered(p.r, RT_COPY_COMPLETED, 4, RT_COPY_IDLE);
  copy(p.r, p.out, 4);
  assert_delivered(p.r, RT_COPY_COMPLETED, 2, RT_COPY_IDLE);
  assert_delivered(p.w, RT_COPY_COMPLETED, 2, RT_COPY_IDLE);
  close_pair(f, &p);
}

static void a_reader_of_nothing_learns_that_a_writer_is_there(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.r, NULL, 0);
  assert_false(p.r->w.has_pending_event);
  copy(p.w, p.in, 2);
  assert_delivered(p.r, RT_COPY_COMPLETED, 0, RT_COPY_IDLE);
  assert_false(p.w->w.has_pending_event);
  copy(p.r, p.out, 2);
  assert_delivered(p.w, RT_COPY_COMPLETED, 2, RT_COPY_IDLE);
  assert_delivered(p.r, RT_COPY_COMPLETED, 2, RT_COPY_IDLE);
  close_pair(f, &p);
}

static void a_writer_of_nothing_meets_a_reader_of_nothing(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.r, NULL, 0);
  copy(p.w, NULL, 0);
  assert_delivered(p.w, RT_COPY_COMPLETED, 0, RT_COPY_IDLE);
  assert_false(p.r->w.has_pending_event); /* the reader goes on waiting */
  copy(p.w, p.in, 1);
  assert_delivered(p.r, RT_COPY_COMPLETED, 0, RT_COPY_IDLE);
  p.w->state = RT_COPY_CANCELLING;
  channel_end_cancel(p.w);
  assert_delivered(p.w, RT_COPY_CANCELLED, 0, RT_COPY_IDLE);
  close_pair(f, &p);
}

static void dropping_ends_what_the_other_end_does(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.w, p.in, 5);
  channel_end_drop(p.r);
  p.r = NULL;
  assert_delivered(p.w, RT_COPY_DROPPED, 0, RT_COPY_DONE);
  close_pair(f, &p);
  p = open_pair(f, false);
  copy(p.r, p.out, 5);
  channel_end_drop(p.w);
  p.w = NULL;
  assert_delivered(p.r, RT_COPY_DROPPED, 0, RT_COPY_DONE);
  close_pair(f, &p);
}

static void what_moved_before_the_drop_is_told_with_it(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.w, p.in, 5);
  copy(p.r, p.out, 2);
  assert_delivered(p.r, RT_COPY_COMPLETED, 2, RT_COPY_IDLE);
  channel_end_drop(p.r);
  p.r = NULL;
  assert_delivered(p.w, RT_COPY_DROPPED, 2, RT_COPY_DONE);
  close_pair(f, &p);
}

static void copying_with_a_dropped_end_is_told_at_once(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  channel_end_drop(p.r);
  p.r = NULL;
  copy(p.w, p.in, 5);
  assert_delivered(p.w, RT_COPY_DROPPED, 0, RT_COPY_DONE);
  close_pair(f, &p);
}

static void a_cancelled_copy_tells_what_had_moved(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.w, p.in, 5);
  copy(p.r, p.out, 2);
  assert_delivered(p.r, RT_COPY_COMPLETED, 2, RT_COPY_IDLE);
  p.w->state = RT_COPY_CANCELLING; /* its event is there already: nothing to cancel */
  assert_delivered(p.w, RT_COPY_CANCELLED, 2, RT_COPY_IDLE);
  copy(p.r, p.out, 2); /* the writer's buffer is its own again */
  assert_false(p.r->w.has_pending_event);
  p.r->state = RT_COPY_CANCELLING;
  channel_end_cancel(p.r);
  assert_delivered(p.r, RT_COPY_CANCELLED, 0, RT_COPY_IDLE);
  close_pair(f, &p);
}

static void cancelling_for_an_end_that_does_not_wait_changes_nothing(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, false);
  copy(p.w, p.in, 5);
  channel_end_cancel(p.r);
  assert_false(p.w->w.has_pending_event);
  assert_false(p.r->w.has_pending_event);
  copy(p.r, p.out, 5);
  assert_delivered(p.r, RT_COPY_COMPLETED, 5, RT_COPY_IDLE);
  assert_delivered(p.w, RT_COPY_COMPLETED, 5, RT_COPY_IDLE);
  close_pair(f, &p);
}

static void a_future_is_copied_once(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, true);
  copy(p.r, p.out, 1);
  copy(p.w, p.in, 1);
  assert_delivered(p.w, RT_COPY_COMPLETED, 1, RT_COPY_DONE);
  assert_delivered(p.r, RT_COPY_COMPLETED, 1, RT_COPY_DONE);
  assert_memory_equal(p.out, "0", 1);
  close_pair(f, &p);
}

static void a_cancelled_write_of_a_future_may_be_tried_again(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, true);
  copy(p.w, p.in, 1);
  p.w->state = RT_COPY_CANCELLING;
  channel_end_cancel(p.w);
  assert_delivered(p.w, RT_COPY_CANCELLED, 0, RT_COPY_IDLE);
  copy(p.w, p.in + 1, 1);
  copy(p.r, p.out, 1);
  assert_delivered(p.r, RT_COPY_COMPLETED, 1, RT_COPY_DONE);
  assert_delivered(p.w, RT_COPY_COMPLETED, 1, RT_COPY_DONE);
  assert_memory_equal(p.out, "1", 1);
  close_pair(f, &p);
}

static void the_write_of_a_future_that_nobody_wants_is_dropped(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, true);
  channel_end_drop(p.r);
  p.r = NULL;
  copy(p.w, p.in, 1);
  assert_delivered(p.w, RT_COPY_DROPPED, 0, RT_COPY_DONE);
  close_pair(f, &p);
}

static void a_future_dropped_without_a_value_fails_its_reader(void **state) {
  struct fixture *f = *state;
  struct pair p = open_pair(f, true);
  copy(p.r, p.out, 1);
  channel_end_drop(p.w);
  p.w = NULL;
  assert_true(f->s.failed);
  assert_int_equal(f->s.failure.status, WEIR_ERR_TRAP);
  close_pair(f, &p);
}

static void without_memory_nothing_is_made(void **state) {
  struct fixture *f = *state;
  struct rt_end *r = NULL, *w = NULL;
  for (size_t k = 1; k <= 2; k++) { /* the pool of channels, that of ends */
    fault_arm(&f->fault, k, true);
    assert_int_equal(channel_new(&f->s, false, &byte, &r, &w), WEIR_ERR_NOMEM);
    assert_null(r);
    assert_null(w);
    assert_int_equal(f->s.pool_ends.live, 0);
    assert_int_equal(f->s.pool_channels.live, 0);
  }
  fault_arm(&f->fault, 0, false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(a_writer_waits_for_a_reader),
      FIXTURE_TEST(a_buffer_with_room_goes_on_being_filled_until_it_is_told),
      FIXTURE_TEST(a_full_buffer_makes_the_next_writer_wait),
      FIXTURE_TEST(a_reader_of_nothing_learns_that_a_writer_is_there),
      FIXTURE_TEST(a_writer_of_nothing_meets_a_reader_of_nothing),
      FIXTURE_TEST(dropping_ends_what_the_other_end_does),
      FIXTURE_TEST(what_moved_before_the_drop_is_told_with_it),
      FIXTURE_TEST(copying_with_a_dropped_end_is_told_at_once),
      FIXTURE_TEST(a_cancelled_copy_tells_what_had_moved),
      FIXTURE_TEST(cancelling_for_an_end_that_does_not_wait_changes_nothing),
      FIXTURE_TEST(a_future_is_copied_once),
      FIXTURE_TEST(a_cancelled_write_of_a_future_may_be_tried_again),
      FIXTURE_TEST(the_write_of_a_future_that_nobody_wants_is_dropped),
      FIXTURE_TEST(a_future_dropped_without_a_value_fails_its_reader),
      FIXTURE_TEST(without_memory_nothing_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
