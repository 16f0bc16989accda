/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handle tables: indices are never 0, freed ones are used again last first, and every misuse is a trap in words. */
#include "unit/runtime/runtime_fixture.h"

static uint32_t add(struct fixture *f, enum rt_handle_kind kind, void *object) {
  uint32_t index = 0;
  assert_int_equal(rt_table_add_object(&f->s, &f->inst.handles, kind, object, &index), WEIR_OK);
  return index;
}

static void indices_begin_at_one_and_are_used_again_last_first(void **state) {
  struct fixture *f = *state;
  int object;
  for (uint32_t i = 1; i <= 20; i++)
    assert_int_equal(add(f, RT_SET, &object), i);
  rt_table_remove(&f->inst.handles, 5);
  rt_table_remove(&f->inst.handles, 7);
  assert_int_equal(add(f, RT_SET, &object), 7);
  assert_int_equal(add(f, RT_SET, &object), 5);
  assert_int_equal(add(f, RT_SET, &object), 21);
}

static void growing_keeps_what_is_there(void **state) {
  struct fixture *f = *state;
  int objects[200];
  void *got;
  for (uint32_t i = 0; i < 200; i++)
    assert_int_equal(add(f, RT_SUBTASK, &objects[i]), i + 1);
  for (uint32_t i = 0; i < 200; i++) {
    assert_int_equal(rt_table_object(&f->s, &f->inst.handles, i + 1, RT_SUBTASK, &got), WEIR_OK);
    assert_ptr_equal(got, &objects[i]);
  }
}

static void a_reused_entry_remembers_nothing(void **state) {
  struct fixture *f = *state;
  struct rt_handle *h;
  uint32_t index;
  assert_int_equal(rt_table_add(&f->s, &f->inst.handles, RT_RESOURCE, &h, &index), WEIR_OK);
  h->own = true;
  h->num_lends = 3;
  rt_table_remove(&f->inst.handles, index);
  assert_int_equal(rt_table_add(&f->s, &f->inst.handles, RT_RESOURCE, &h, &index), WEIR_OK);
  assert_false(h->own);
  assert_int_equal(h->num_lends, 0);
}

static void index_zero_is_unknown(void **state) {
  struct fixture *f = *state;
  struct rt_handle *h;
  int object;
  add(f, RT_SET, &object);
  assert_trapped(f, rt_table_get(&f->s, &f->inst.handles, 0, &h), "unknown handle index 0");
}

static void a_freed_index_is_unknown(void **state) {
  struct fixture *f = *state;
  struct rt_handle *h;
  int object;
  uint32_t index = add(f, RT_SET, &object);
  rt_table_remove(&f->inst.handles, index);
  assert_trapped(f, rt_table_get(&f->s, &f->inst.handles, index, &h), "unknown handle index 1");
}

static void an_index_beyond_the_table_is_unknown(void **state) {
  struct fixture *f = *state;
  struct rt_handle *h;
  assert_trapped(f, rt_table_get(&f->s, &f->inst.handles, UINT32_MAX, &h), "unknown handle index 4294967295");
}

static void another_kind_is_told_with_both_names(void **state) {
  struct fixture *f = *state;
  void *got = NULL;
  int object;
  uint32_t index = add(f, RT_STREAM_READABLE, &object);
  assert_trapped(f, rt_table_object(&f->s, &f->inst.handles, index, RT_SET, &got),
                 "expected waitable set but found readable stream end");
  assert_null(got);
}

static void without_memory_the_table_stays(void **state) {
  struct fixture *f = *state;
  int object;
  void *got;
  uint32_t index = 0, last = 0;
  for (uint32_t i = 0; i < 7; i++) /* as many as the first allocation has room for */
    last = add(f, RT_SET, &object);
  fault_arm(&f->fault, 1, true);
  weir_status status = WEIR_OK;
  for (int i = 0; i < 64 && status == WEIR_OK; i++)
    status = rt_table_add_object(&f->s, &f->inst.handles, RT_SET, &object, &index);
  assert_int_equal(status, WEIR_ERR_NOMEM);
  fault_arm(&f->fault, 0, false);
  assert_int_equal(rt_table_object(&f->s, &f->inst.handles, last, RT_SET, &got), WEIR_OK);
  assert_ptr_equal(got, &object);
}

static void a_table_has_a_limit_and_room_again_below_it(void **state) {
  struct fixture *f = *state;
  int object;
  uint32_t index;
  f->s.limits.handles = 3;
  for (int i = 0; i < 3; i++)
    add(f, RT_SET, &object);
  rt_table_remove(&f->inst.handles, 2);
  assert_int_equal(add(f, RT_SET, &object), 2);
  assert_int_equal(rt_table_add_object(&f->s, &f->inst.handles, RT_SET, &object, &index), WEIR_ERR_LIMIT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(indices_begin_at_one_and_are_used_again_last_first),
      FIXTURE_TEST(growing_keeps_what_is_there),
      FIXTURE_TEST(a_reused_entry_remembers_nothing),
      FIXTURE_TEST(index_zero_is_unknown),
      FIXTURE_TEST(a_freed_index_is_unknown),
      FIXTURE_TEST(an_index_beyond_the_table_is_unknown),
      FIXTURE_TEST(another_kind_is_told_with_both_names),
      FIXTURE_TEST(without_memory_the_table_stays),
      FIXTURE_TEST(a_table_has_a_limit_and_room_again_below_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
