/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The pool of instances: who takes a request, when instances are made, and when they go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/slots.h"
#include "support/fault.h"

struct fixture {
  struct fault fault;
  struct slots slots;
  int made, ended;
  bool broken; /* nothing can be made */
};

static void *make(void *data) {
  struct fixture *f = data;
  return f->broken ? NULL : (void *)(uintptr_t)++f->made;
}

static void end(void *data, void *instance) {
  struct fixture *f = data;
  assert_non_null(instance);
  f->ended++;
}

static const struct slots_ops ops = {make, end};

static void open_fixture(struct fixture *f, struct slots_limits limits) {
  *f = (struct fixture){0};
  fault_init(&f->fault);
  slots_init(&f->slots, &f->fault.alloc, &limits, &ops, f);
}

static void close_fixture(struct fixture *f) {
  slots_done(&f->slots);
  assert_int_equal(f->made, f->ended);
  fault_done(&f->fault);
}

static struct slots_limits limits(uint32_t instances, uint32_t requests, uint32_t at_once) {
  return (struct slots_limits){
      .instances = instances, .requests = requests, .at_once = at_once, .idle = 100, .after = 50};
}

static void an_instance_takes_several_at_once_before_another_is_made(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, limits(2, 0, 2));
  struct slot *a = slots_take(&f.slots), *b = slots_take(&f.slots), *c = slots_take(&f.slots);
  assert_ptr_equal(a, b);
  assert_ptr_not_equal(a, c);
  assert_ptr_equal(slots_take(&f.slots), c);
  assert_null(slots_take(&f.slots)); /* all are full */
  slot_release(a, false, 1);
  assert_ptr_equal(slots_take(&f.slots), a);
  assert_int_equal(f.made, 2);
  close_fixture(&f);
}

static void an_instance_goes_after_its_last_request(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, limits(2, 2, 1));
  struct slot *a = slots_take(&f.slots);
  slot_release(a, false, 1);
  assert_ptr_equal(slots_take(&f.slots), a);
  assert_int_equal(a->state, SLOT_LEAVING);
  assert_int_equal(f.ended, 0);
  slot_release(a, false, 2);
  assert_int_equal(f.ended, 1);
  assert_int_equal(slots_count(&f.slots), 0);
  close_fixture(&f);
}

static void work_after_the_response_keeps_an_instance(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, limits(1, 0, 1));
  struct slot *a = slots_take(&f.slots);
  slot_release(a, true, 10);
  assert_int_equal(a->state, SLOT_AFTER);
  assert_ptr_equal(slots_take(&f.slots), a); /* it takes requests meanwhile, and is not watched then */
  assert_int_equal(slots_sweep(&f.slots, 1000), UINT64_MAX);
  slot_release(a, true, 1000);
  assert_int_equal(slots_sweep(&f.slots, 1049), 1050);
  slot_quiet(a, 1049);
  assert_int_equal(a->state, SLOT_IDLE);
  assert_int_equal(f.slots.failed, 0);
  close_fixture(&f);
}

static void work_after_the_response_has_its_limit(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, limits(2, 1, 1));
  struct slot *a = slots_take(&f.slots), *b = slots_take(&f.slots);
  slot_release(a, true, 10);
  slot_release(b, true, 20);
  assert_int_equal(a->state, SLOT_LEAVING);
  assert_int_equal(slots_sweep(&f.slots, 60), 70);
  assert_int_equal(f.ended, 1);
  slot_quiet(b, 65);
  assert_int_equal(f.ended, 2);
  assert_int_equal(f.slots.failed, 1);
  close_fixture(&f);
}

static void idle_instances_go_but_for_those_that_are_made_ahead(void **state) {
  (void)state;
  struct fixture f;
  struct slots_limits l = limits(8, 0, 1);
  l.ahead = 1;
  open_fixture(&f, l);
  assert_true(slots_make_ahead(&f.slots, 0));
  assert_false(slots_make_ahead(&f.slots, 0));
  struct slot *a = slots_take(&f.slots), *b = slots_take(&f.slots);
  assert_true(slots_make_ahead(&f.slots, 0)); /* the one that was taken is made again */
  slot_release(a, false, 10);
  slot_release(b, false, 20);
  assert_int_equal(slots_sweep(&f.slots, 99), 100);
  assert_int_equal(slots_sweep(&f.slots, 110), UINT64_MAX);
  assert_int_equal(f.ended, 2);
  assert_ptr_equal(slots_take(&f.slots), b); /* the last used is kept */
  close_fixture(&f);
}

static void a_broken_instance_is_replaced(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, limits(1, 0, 4));
  struct slot *a = slots_take(&f.slots);
  slots_take(&f.slots);
  slot_fail(a);
  assert_int_equal(f.ended, 1);
  assert_non_null(slots_take(&f.slots));
  assert_int_equal(f.made, 2);
  close_fixture(&f);
}

static void all_leave_when_the_component_is_replaced(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, limits(4, 0, 1));
  struct slot *a = slots_take(&f.slots), *b = slots_take(&f.slots), *c = slots_take(&f.slots);
  slot_release(b, true, 0);
  slot_release(c, false, 0);
  slots_retire(&f.slots);
  assert_int_equal(f.ended, 1);
  assert_null(slots_take(&f.slots));
  slot_release(a, false, 1);
  slot_quiet(b, 1);
  assert_int_equal(f.ended, 3);
  assert_int_equal(slots_count(&f.slots), 0);
  close_fixture(&f);
}

static void nothing_is_taken_where_nothing_can_be_made(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f, limits(4, 0, 1));
  f.broken = true;
  assert_null(slots_take(&f.slots));
  assert_false(slots_make_ahead(&f.slots, 0));
  f.broken = false;
  fault_arm(&f.fault, 1, false);
  assert_null(slots_take(&f.slots));
  assert_non_null(slots_take(&f.slots));
  close_fixture(&f);
}

/* Whatever happens in whatever order: the counts agree, and every instance ends once. */
static void any_order_of_events_ends_well(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= 40; seed++) {
    struct fixture f;
    struct slot *taken[64];
    uint32_t count = 0, random = seed * 2654435761u;
    open_fixture(&f, limits(1 + seed % 5, seed % 7, 1 + seed % 3));
    for (uint64_t now = 0; now < 300; now++) {
      random = random * 1664525u + 1013904223u;
      struct slot *slot = count > 0 ? taken[(random >> 8) % count] : NULL;
      uint32_t act = random >> 28;
      if (act < 8 && count < 64) {
        slot = slots_take(&f.slots);
        if (slot)
          taken[count++] = slot;
      } else if (slot && act < 14) {
        taken[(random >> 8) % count] = taken[count - 1];
        count--;
        slot_release(slot, act & 1, now);
      } else if (slot && act == 14) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < count; i++)
          if (taken[i] != slot)
            taken[kept++] = taken[i];
        count = kept;
        slot_fail(slot);
      } else {
        slots_sweep(&f.slots, now);
      }
      assert_true(slots_count(&f.slots) <= f.slots.limits.instances);
      assert_int_equal(f.made - f.ended, slots_count(&f.slots));
    }
    close_fixture(&f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_instance_takes_several_at_once_before_another_is_made),
      cmocka_unit_test(an_instance_goes_after_its_last_request),
      cmocka_unit_test(work_after_the_response_keeps_an_instance),
      cmocka_unit_test(work_after_the_response_has_its_limit),
      cmocka_unit_test(idle_instances_go_but_for_those_that_are_made_ahead),
      cmocka_unit_test(a_broken_instance_is_replaced),
      cmocka_unit_test(all_leave_when_the_component_is_replaced),
      cmocka_unit_test(nothing_is_taken_where_nothing_can_be_made),
      cmocka_unit_test(any_order_of_events_ends_well),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
