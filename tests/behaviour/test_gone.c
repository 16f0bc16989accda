/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A host still has the call of a guest whose task has trapped, with all that was on its stack: whatever the host does
 * with the call reads nothing of that stack, which others have written over.
 */
#include "behaviour.h"

enum { FRAME = 4096, DEPTH = 64 };

static weir_host_call *kept;

static void keep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  kept = call;
}

static int cancels;

static void on_cancel(void *data, weir_host_call *call) {
  (void)data, (void)call;
  cancels++;
}

static volatile unsigned char seen;

/* What the stack had below is gone. */
static void scribble(int depth) {
  unsigned char frame[FRAME];
  memset(frame, 0xff, sizeof(frame));
  seen = frame[depth];
  if (depth > 0)
    scribble(depth - 1);
  seen = frame[depth + 1];
}

static struct world *trapped(void) {
  struct world *w = world_open("gone");
  struct outcome o;
  world_func(w, NULL, "pend", "async func() -> string", keep, NULL);
  world_start(w);
  call(w, &o, "run");
  world_settle(w);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_words(o.message, "cannot block a synchronous task");
  scribble(DEPTH);
  return w;
}

static void a_host_may_ask_to_be_told_of_a_cancellation_that_never_comes(void **state) {
  (void)state;
  struct world *w = trapped();
  int wakes = w->wakes;
  weir_host_call_on_cancel(kept, on_cancel, NULL, NULL);
  assert_int_equal(w->wakes, wakes); /* nothing was asked for */
  world_settle(w);
  assert_int_equal(cancels, 0);
  world_close(w);
}

static void a_result_that_comes_too_late_reaches_nobody(void **state) {
  (void)state;
  struct world *w = trapped();
  weir_value text = {0};
  must(weir_value_new_string("late", 4, &text), NULL);
  weir_host_call_return(kept, &text, NULL);
  assert_int_equal(weir_store_step(w->store), WEIR_STEP_FAILED);
  world_close(w);
}

static void a_completion_that_comes_too_late_reaches_nobody(void **state) {
  (void)state;
  struct world *w = trapped();
  weir_completion *c = NULL;
  weir_value text = {0};
  must(weir_value_new_string("late", 4, &text), NULL);
  if (weir_host_call_detach(kept, &c) == WEIR_OK) {
    weir_completion_return(c, &text, NULL);
    weir_completion_free(c);
  } else {
    weir_value_clear(&text);
  }
  assert_int_equal(weir_store_step(w->store), WEIR_STEP_FAILED);
  world_close(w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_host_may_ask_to_be_told_of_a_cancellation_that_never_comes),
    cmocka_unit_test(a_result_that_comes_too_late_reaches_nobody),
    cmocka_unit_test(a_completion_that_comes_too_late_reaches_nobody),
};

BEHAVIOUR_MAIN(tests)
