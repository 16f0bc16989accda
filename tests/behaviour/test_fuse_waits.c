/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Exports of a fused component wait as those of the components in it do: for other calls of the host, for functions of
 * the host, and they can be cancelled. Each case runs unfused and fused.
 */
#include "base/str.h"
#include "behaviour/behaviour.h"
#include "support/fault.h"

struct fixture {
  struct world *w;
  struct pending slow;
};

static void fuse_world(struct world *w) {
  void *bytes;
  size_t size;
  char *nested;
  weir_error *error = NULL;
  must(weir_fuse_component(w->component, NULL, &bytes, &size, NULL, &nested, &error), &error);
  if (nested)
    fail_msg("not fused: %s", nested);
  weir_component_free(w->component);
  w->component = component_from(w->engine, bytes, size);
  weir_bytes_free(bytes);
}

static void open_fixture(struct fixture *f, bool fused) {
  *f = (struct fixture){.w = world_open("fuse-waits")};
  world_func(f->w, NULL, "slow", NULL, pending_call, &f->slow);
  if (fused)
    fuse_world(f->w);
  world_start(f->w);
}

static void tell(struct fixture *f, uint32_t value) {
  weir_value arg = u32(value);
  assert_int_equal(call_now(f->w, "tell", &arg, 1).of.u32, 1);
}

static void ask(struct fixture *f, struct outcome *o, uint32_t value) {
  weir_value arg = u32(value);
  call_args(f->w, o, "ask", &arg, 1);
  world_settle(f->w);
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static void wait_for_another_call(bool fused) {
  struct fixture f;
  struct outcome o;
  open_fixture(&f, fused);
  for (uint32_t i = 0; i < 3; i++) {
    call(f.w, &o, "run");
    world_settle(f.w);
    assert_int_equal(o.count, 0);
    tell(&f, 40 + i);
    assert_u32(&o, 1040 + i);
    assert_int_equal(weir_store_live_tasks(f.w->store), 0);
  }
  world_close(f.w);
}

static void an_export_waits_for_another_call_of_the_host(void **state) {
  (void)state;
  wait_for_another_call(false);
  wait_for_another_call(true);
}

/* Two calls of the host are under way, and end in the other order; a third call waits for the first two's component. */
static void wait_for_the_host(bool fused) {
  struct fixture f;
  struct outcome first, second, waiting;
  open_fixture(&f, fused);
  call(f.w, &waiting, "run");
  ask(&f, &first, 5);
  ask(&f, &second, 6);
  assert_int_equal(f.slow.count, 2);
  assert_int_equal(f.slow.args[1].of.u32, 6);
  pending_return(&f.slow, 1, u32(60));
  world_settle(f.w);
  assert_u32(&second, 1120);
  assert_int_equal(first.count + waiting.count, 0);
  tell(&f, 1);
  assert_u32(&waiting, 1001);
  pending_return(&f.slow, 0, u32(50));
  world_settle(f.w);
  assert_u32(&first, 1100);
  assert_int_equal(weir_store_live_tasks(f.w->store), 0);
  world_close(f.w);
}

static void exports_wait_for_functions_of_the_host(void **state) {
  (void)state;
  wait_for_the_host(false);
  wait_for_the_host(true);
}

static void cancel(bool fused) {
  struct fixture f;
  struct outcome o, next;
  open_fixture(&f, fused);
  call(f.w, &o, "run");
  world_settle(f.w);
  weir_call_cancel(o.call);
  world_settle(f.w);
  assert_ended(&o, WEIR_ERR_CANCELLED);
  ask(&f, &next, 1);
  pending_return(&f.slow, 0, u32(7));
  world_settle(f.w);
  assert_u32(&next, 1014);
  world_close(f.w);
}

static void an_export_that_waits_can_be_cancelled(void **state) {
  (void)state;
  cancel(false);
  cancel(true);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static weir_status fuse_only(const struct weir_alloc *alloc, void *ctx) {
  weir_engine_config config = {.size = sizeof(config), .alloc = alloc, .fast_compile = true, .features = ALL_FEATURES};
  struct str text = *(struct str *)ctx;
  weir_component *c = NULL;
  weir_engine *engine = NULL;
  void *bytes = NULL;
  size_t size;
  char *nested = NULL;
  weir_status status = weir_engine_new(&config, &engine, NULL);
  if (status == WEIR_OK)
    status = weir_component_inspect(engine, text.data, text.size, &c, NULL);
  if (status == WEIR_OK)
    status = weir_fuse_component(c, NULL, &bytes, &size, NULL, &nested, NULL);
  assert_null(nested); /* want of memory is no reason to stay nested */
  weir_bytes_free(bytes);
  weir_component_free(c);
  weir_engine_free(engine);
  return status;
}

static void memory_may_run_out(void **state) {
  (void)state;
  struct str text;
  char *data = guest_text("fuse-waits", &text.size);
  text.data = data;
  assert_true(fault_sweep(fuse_only, &text) > 50);
  free(data);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_export_waits_for_another_call_of_the_host),
    cmocka_unit_test(exports_wait_for_functions_of_the_host),
    cmocka_unit_test(an_export_that_waits_can_be_cancelled),
    cmocka_unit_test(memory_may_run_out),
};
BEHAVIOUR_MAIN(tests)
