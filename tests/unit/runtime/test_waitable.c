/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Waitables and their sets: events in the order in which they came, each once, with what is true when it is delivered.
 */
#include "runtime/waitable.h"

#include "runtime/event.h"
#include "runtime/subtask.h"
#include "unit/runtime/runtime_fixture.h"

struct parts {
  struct rt_set set, other;
  struct rt_subtask tasks[3];
  struct rt_trampoline lower;
};

static struct parts *parts(struct fixture *f) {
  struct parts *p = test_malloc(sizeof(*p));
  p->lower = (struct rt_trampoline){.inst = &f->inst};
  waitable_set_init(&p->set);
  waitable_set_init(&p->other);
  for (uint32_t i = 0; i < 3; i++) {
    subtask_init(&p->tasks[i], &p->lower, NULL);
    p->tasks[i].w.index = i + 1;
    waitable_join(&p->tasks[i].w, &p->set);
  }
  return p;
}

static void assert_event(struct rt_event_tuple e, uint32_t index, uint32_t payload) {
  assert_int_equal(e.code, RT_EVENT_SUBTASK);
  assert_int_equal(e.p1, index);
  assert_int_equal(e.p2, payload);
}

static void events_come_in_order_and_once(void **state) {
  struct fixture *f = *state;
  struct parts *p = parts(f);
  assert_int_equal(event_of_set(&f->s, &p->set).code, RT_EVENT_NONE);
  subtask_started(&p->tasks[2]);
  subtask_started(&p->tasks[0]);
  assert_event(event_of_set(&f->s, &p->set), 3, RT_SUBTASK_STARTED);
  assert_event(event_of_set(&f->s, &p->set), 1, RT_SUBTASK_STARTED);
  assert_int_equal(event_of_set(&f->s, &p->set).code, RT_EVENT_NONE);
  test_free(p);
}

static void an_event_says_what_is_true_when_it_is_delivered(void **state) {
  struct fixture *f = *state;
  struct parts *p = parts(f);
  subtask_started(&p->tasks[0]);
  subtask_started(&p->tasks[1]);
  subtask_resolve(&p->tasks[0], true); /* keeps its place */
  assert_event(event_of_set(&f->s, &p->set), 1, RT_SUBTASK_RETURNED);
  assert_event(event_of_set(&f->s, &p->set), 2, RT_SUBTASK_STARTED);
  assert_true(p->tasks[0].resolve_delivered);
  assert_false(p->tasks[1].resolve_delivered);
  test_free(p);
}

static void a_waitable_takes_its_event_along(void **state) {
  struct fixture *f = *state;
  struct parts *p = parts(f);
  subtask_started(&p->tasks[0]);
  waitable_join(&p->tasks[0].w, &p->other);
  assert_int_equal(p->set.elems, 2);
  assert_int_equal(p->other.elems, 1);
  assert_int_equal(event_of_set(&f->s, &p->set).code, RT_EVENT_NONE);
  assert_event(event_of_set(&f->s, &p->other), 1, RT_SUBTASK_STARTED);
  waitable_join(&p->tasks[0].w, NULL);
  subtask_resolve(&p->tasks[0], true);
  assert_int_equal(p->other.elems, 0);
  assert_true(list_empty(&p->other.pending));
  waitable_join(&p->tasks[0].w, &p->other); /* it waited with its event outside */
  assert_event(event_of_set(&f->s, &p->other), 1, RT_SUBTASK_RETURNED);
  test_free(p);
}

static void a_subtask_that_nobody_knows_has_no_event(void **state) {
  struct fixture *f = *state;
  struct parts *p = parts(f);
  waitable_join(&p->tasks[0].w, NULL);
  p->tasks[0].w.index = 0;
  subtask_started(&p->tasks[0]);
  subtask_resolve(&p->tasks[0], true);
  assert_false(p->tasks[0].w.has_pending_event);
  assert_true(subtask_resolved(&p->tasks[0]));
  test_free(p);
}

static void cancelled_is_told_apart_by_whether_it_had_started(void **state) {
  struct fixture *f = *state;
  struct parts *p = parts(f);
  subtask_resolve(&p->tasks[0], false);
  subtask_started(&p->tasks[1]);
  subtask_resolve(&p->tasks[1], false);
  assert_event(event_of_set(&f->s, &p->set), 1, RT_SUBTASK_CANCELLED_BEFORE_STARTED);
  assert_event(event_of_set(&f->s, &p->set), 2, RT_SUBTASK_CANCELLED_BEFORE_RETURNED);
  test_free(p);
}

static void loans_end_when_the_result_is_delivered(void **state) {
  struct fixture *f = *state;
  struct parts *p = parts(f);
  struct rt_handle *h;
  uint32_t indices[10];
  for (int i = 0; i < 10; i++)
    assert_int_equal(rt_table_add(&f->s, &f->inst.handles, RT_RESOURCE, &h, &indices[i]), WEIR_OK);
  for (int i = 0; i < 10; i++) /* more than fit into the subtask, the first one twice */
    assert_int_equal(subtask_add_lender(&p->tasks[0], indices[i % 9]), WEIR_OK);
  assert_int_equal(f->inst.handles.entries[indices[0]].num_lends, 2);
  assert_int_equal(f->inst.handles.entries[indices[8]].num_lends, 1);
  assert_int_equal(f->inst.handles.entries[indices[9]].num_lends, 0);
  subtask_started(&p->tasks[0]);
  event_of_waitable(&p->tasks[0].w);
  assert_int_equal(f->inst.handles.entries[indices[0]].num_lends, 2);
  subtask_resolve(&p->tasks[0], true);
  assert_int_equal(f->inst.handles.entries[indices[0]].num_lends, 2);
  event_of_waitable(&p->tasks[0].w);
  for (int i = 0; i < 10; i++)
    assert_int_equal(f->inst.handles.entries[indices[i]].num_lends, 0);
  subtask_done(&p->tasks[0]);
  test_free(p);
}

static void a_loan_without_memory_is_not_made(void **state) {
  struct fixture *f = *state;
  struct parts *p = parts(f);
  struct rt_handle *h;
  uint32_t index;
  assert_int_equal(rt_table_add(&f->s, &f->inst.handles, RT_RESOURCE, &h, &index), WEIR_OK);
  for (int i = 0; i < RT_INLINE_LENDERS; i++)
    assert_int_equal(subtask_add_lender(&p->tasks[0], index), WEIR_OK);
  fault_arm(&f->fault, 1, true);
  assert_int_equal(subtask_add_lender(&p->tasks[0], index), WEIR_ERR_NOMEM);
  fault_arm(&f->fault, 0, false);
  assert_int_equal(f->inst.handles.entries[index].num_lends, RT_INLINE_LENDERS);
  subtask_deliver_resolve(&p->tasks[0]);
  assert_int_equal(f->inst.handles.entries[index].num_lends, 0);
  subtask_done(&p->tasks[0]);
  test_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(events_come_in_order_and_once),
      FIXTURE_TEST(an_event_says_what_is_true_when_it_is_delivered),
      FIXTURE_TEST(a_waitable_takes_its_event_along),
      FIXTURE_TEST(a_subtask_that_nobody_knows_has_no_event),
      FIXTURE_TEST(cancelled_is_told_apart_by_whether_it_had_started),
      FIXTURE_TEST(loans_end_when_the_result_is_delivered),
      FIXTURE_TEST(a_loan_without_memory_is_not_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
