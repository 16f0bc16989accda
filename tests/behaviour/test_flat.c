/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The typed fast paths: every scalar type both ways, what is refused, and calls that do not end at once. */
#include "behaviour/behaviour.h"

static const char *const types[] = {"bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char"};

struct fixture {
  struct world *w;
  uint64_t seen[16], give; /* what the host function got, and gives where it does not echo */
  bool echo;
  const char *fail;
  struct pending wait;
};

static void host(void *data, weir_flat_call *call, uint64_t *slots) {
  struct fixture *f = data;
  assert_ptr_equal(weir_flat_call_store(call), f->w->store);
  assert_true(weir_func_is_imported(weir_flat_call_func(call)) && weir_func_is_flat(weir_flat_call_func(call)));
  memcpy(f->seen, slots, sizeof(f->seen));
  memset(slots + 1, 0xff, 15 * sizeof(*slots)); /* all 16 are ours */
  if (!f->echo)
    slots[0] = f->give;
  if (f->fail)
    weir_flat_call_fail(call, f->fail);
}

static void flat(struct fixture *f, const char *name, const char *signature) {
  weir_error *error = NULL;
  must(weir_linker_define_func_flat(f->w->linker, NULL, name, signature, host, f, NULL, &error), &error);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("scalars"), .echo = true};
  for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
    char name[32], signature[64];
    snprintf(name, sizeof(name), "host-%s", types[i]);
    snprintf(signature, sizeof(signature), "func(x: %s) -> %s", types[i], types[i]);
    flat(f, name, signature);
  }
  flat(f, "many", "async func(p0: u8, p1: s64, p2: f32, p3: char, p4: bool, p5: u16) -> char");
  world_start(f->w);
}

static weir_status run(struct fixture *f, const char *name, const uint64_t *args, size_t count, uint64_t *ret,
                       const char *words) {
  weir_error *error = NULL;
  weir_status status = weir_call_flat(f->w->instance, world_export(f->w, name), args, count, ret, &error);
  if (status == WEIR_OK) {
    assert_null(error);
    return status;
  }
  assert_int_equal(weir_error_status(error), status);
  assert_words(weir_error_message(error), words ? words : "");
  weir_error_free(error);
  return status;
}

static void expect_echo(struct fixture *f, const char *type, uint64_t given, uint64_t back) {
  char name[32];
  uint64_t result = 0x5555555555555555;
  snprintf(name, sizeof(name), "echo-%s", type);
  assert_int_equal(run(f, name, &given, 1, &result, NULL), WEIR_OK);
  assert_int_equal(f->seen[0], back);
  assert_int_equal(result, back);
}

static void every_scalar_goes_through_a_guest_and_a_host(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  expect_echo(&f, "bool", 1, 1);
  expect_echo(&f, "bool", 0, 0);
  expect_echo(&f, "s8", (uint32_t)-128, (uint32_t)-128);
  expect_echo(&f, "u8", 255, 255);
  expect_echo(&f, "s16", (uint32_t)-32768, (uint32_t)-32768);
  expect_echo(&f, "u16", 65535, 65535);
  expect_echo(&f, "s32", (uint32_t)INT32_MIN, (uint32_t)INT32_MIN);
  expect_echo(&f, "u32", UINT32_MAX, UINT32_MAX);
  expect_echo(&f, "s64", (uint64_t)INT64_MIN, (uint64_t)INT64_MIN);
  expect_echo(&f, "u64", UINT64_MAX, UINT64_MAX);
  expect_echo(&f, "f32", 0x7fc00001, 0x7fc00001);
  expect_echo(&f, "f64", 0x7ff8000000000001, 0x7ff8000000000001);
  expect_echo(&f, "char", 0x10ffff, 0x10ffff);
  world_close(f.w);
}

static void bits_beyond_the_type_do_not_count(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  expect_echo(&f, "bool", 0xf00, 1);
  expect_echo(&f, "u8", 0x1ff, 0xff);
  expect_echo(&f, "s8", 0x80, (uint32_t)-128);
  expect_echo(&f, "s8", UINT64_MAX, UINT32_MAX);
  expect_echo(&f, "u32", UINT64_MAX, UINT32_MAX);
  uint64_t result;
  assert_int_equal(run(&f, "wide-u8", NULL, 0, &result, NULL), WEIR_OK); /* the guest's too: 0x12345 */
  assert_int_equal(result, 0x45);
  assert_int_equal(run(&f, "wide-s8", NULL, 0, &result, NULL), WEIR_OK);
  assert_int_equal(result, 0x45);
  assert_int_equal(run(&f, "wide-u16", NULL, 0, &result, NULL), WEIR_OK);
  assert_int_equal(result, 0x2345);
  assert_int_equal(run(&f, "wide-bool", NULL, 0, &result, NULL), WEIR_OK);
  assert_int_equal(result, 1);
  f.echo = false;
  f.give = 0x1ff; /* and the host's */
  uint64_t given = 7;
  assert_int_equal(run(&f, "echo-u8", &given, 1, &result, NULL), WEIR_OK);
  assert_int_equal(result, 0xff);
  world_close(f.w);
}

static void arguments_and_result_travel_through_memory(void **state) {
  (void)state;
  struct fixture f;
  uint64_t result;
  open_fixture(&f);
  f.echo = false;
  f.give = 0x1f601;
  assert_int_equal(run(&f, "run-many-async", NULL, 0, &result, NULL), WEIR_OK);
  assert_int_equal(result, 0x1f601);
  assert_int_equal(f.seen[0], 200);
  assert_int_equal(f.seen[1], (uint64_t)-5);
  assert_int_equal(f.seen[2], 0x3fc00000);
  assert_int_equal(f.seen[3], 0x1f600);
  assert_int_equal(f.seen[4], 1);
  assert_int_equal(f.seen[5], 65535);
  assert_int_equal(run(&f, "run-many", NULL, 0, &result, NULL),
                   WEIR_OK); /* in a synchronous task, since lowered async */
  world_close(f.w);
}

static void sixteen_parameters(void **state) {
  (void)state;
  struct fixture f;
  uint64_t args[17], sum;
  open_fixture(&f);
  for (uint64_t i = 0; i < 17; i++)
    args[i] = i;
  assert_int_equal(run(&f, "sum", args, 16, &sum, NULL), WEIR_OK);
  assert_int_equal(sum, 120);
  assert_int_equal(run(&f, "sum", args, 15, &sum, "16 arguments, not 15"), WEIR_ERR_TYPE);
  assert_int_equal(run(&f, "sum", args, 17, &sum, "16 arguments, not 17"), WEIR_ERR_TYPE);
  assert_int_equal(run(&f, "sum", args, 16, NULL, NULL), WEIR_OK); /* the result is not wanted */
  world_close(f.w);
}

static void what_is_no_character_is_refused(void **state) {
  (void)state;
  struct fixture f;
  uint64_t given = 0xd800, result = 5;
  open_fixture(&f);
  assert_int_equal(run(&f, "echo-char", &given, 1, &result, "scalar value"), WEIR_ERR_TYPE);
  given = 0x110000;
  assert_int_equal(run(&f, "echo-char", &given, 1, &result, "scalar value"), WEIR_ERR_TYPE);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_IDLE); /* nothing has happened */
  given = 'a';
  f.echo = false;
  f.give = 0xdfff; /* the host's mistake is told to the guest as a failure */
  assert_int_equal(run(&f, "echo-char", &given, 1, &result, "host-char"), WEIR_ERR_HOST);
  assert_int_equal(result, 5);
  world_close(f.w);
}

static void a_guest_that_gives_no_character_traps(void **state) {
  (void)state;
  struct fixture f;
  uint64_t result;
  open_fixture(&f);
  assert_int_equal(run(&f, "bad-char", NULL, 0, &result, NULL), WEIR_ERR_TRAP);
  assert_int_equal(run(&f, "sum", NULL, 0, &result, "has failed before"), WEIR_ERR_TRAP);
  world_close(f.w);
}

static void a_trap_fails_the_call(void **state) {
  (void)state;
  struct fixture f;
  open_fixture(&f);
  assert_int_equal(run(&f, "trap", NULL, 0, NULL, "unreachable"), WEIR_ERR_TRAP);
  assert_int_equal(weir_store_step(f.w->store), WEIR_STEP_FAILED);
  world_close(f.w);
}

static void a_host_function_can_fail(void **state) {
  (void)state;
  struct fixture f;
  uint64_t arg = 1;
  open_fixture(&f);
  f.fail = "no luck";
  assert_int_equal(run(&f, "echo-u32", &arg, 1, NULL, "no luck"), WEIR_ERR_HOST);
  world_close(f.w);
}

static void a_call_that_yields_is_run_to_its_return(void **state) {
  (void)state;
  struct fixture f;
  uint64_t arg = 77, result = 0;
  open_fixture(&f);
  assert_int_equal(run(&f, "later", &arg, 1, &result, NULL), WEIR_OK);
  assert_int_equal(result, 77);
  assert_int_equal(weir_store_live_tasks(f.w->store), 0);
  world_close(f.w);
}

/* ---- calls that wait for the host, with the guest of test_calls.c ------------------------------------------------ */

static void open_calls(struct fixture *f) {
  *f = (struct fixture){.w = world_open("calls")};
  world_func(f->w, NULL, "wait", "async func() -> u32", pending_call, &f->wait);
  world_func(f->w, NULL, "echo", NULL, pending_call, &f->wait);
  world_func(f->w, NULL, "now", NULL, pending_call, &f->wait);
  world_start(f->w);
}

static void a_call_that_waits_for_the_host_goes_on_alone(void **state) {
  (void)state;
  struct fixture f;
  uint64_t result;
  open_calls(&f);
  assert_int_equal(run(&f, "ask", NULL, 0, &result, "without the host"), WEIR_ERR_DEADLOCK);
  assert_int_equal(weir_store_live_tasks(f.w->store), 1);
  pending_return(&f.wait, 0, u32(4));
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  assert_int_equal(run(&f, "ask", NULL, 0, &result, NULL), WEIR_ERR_DEADLOCK); /* and may go with its store */
  world_close(f.w);
}

static void a_call_that_has_not_started_keeps_its_arguments(void **state) {
  (void)state;
  struct fixture f;
  uint64_t result;
  open_calls(&f);
  call_now(f.w, "inc", NULL, 0);
  assert_int_equal(run(&f, "linger", NULL, 0, &result, NULL), WEIR_ERR_DEADLOCK);
  call_now(f.w, "dec", NULL, 0);
  assert_int_equal(world_settle(f.w), WEIR_STEP_WAITING);
  pending_return(&f.wait, 0, u32(4));
  assert_int_equal(world_settle(f.w), WEIR_STEP_IDLE);
  world_close(f.w);
}

static void call_inside(void *data, weir_call *handle) {
  struct fixture *f = data;
  uint64_t arg = 4, result = 0;
  assert_int_equal(run(f, "plain", &arg, 1, &result, NULL), WEIR_OK); /* ends at once */
  assert_int_equal(result, 5);
  assert_int_equal(run(f, "ask", NULL, 0, &result, "inside a callback"), WEIR_ERR_WOULD_DEADLOCK);
  weir_call_free(handle);
  f->give = 1;
}

static void inside_a_callback_only_what_ends_at_once(void **state) {
  (void)state;
  struct fixture f;
  weir_call *handle;
  weir_value arg = u32(1);
  open_calls(&f);
  must(weir_call_start(f.w->instance, world_export(f.w, "plain"), &arg, 1, call_inside, &f, &handle, NULL), NULL);
  world_settle(f.w);
  assert_int_equal(f.give, 1);
  world_close(f.w);
}

static void other_types_are_refused(void **state) {
  (void)state;
  struct fixture f;
  uint64_t arg = 0;
  weir_error *error = NULL;
  open_calls(&f);
  assert_int_equal(run(&f, "say", &arg, 1, NULL, "`say`"), WEIR_ERR_TYPE);
  assert_int_equal(weir_linker_define_func_flat(f.w->linker, NULL, "x", "func(s: string)", host, &f, NULL, &error),
                   WEIR_ERR_TYPE);
  weir_error_free(error);
  assert_int_equal(weir_linker_define_func_flat(f.w->linker, NULL, "x", NULL, host, &f, NULL, NULL), WEIR_ERR_MISUSE);
  assert_int_equal(weir_linker_define_func_flat(f.w->linker, NULL, "x", "func() -> list<u8>", host, &f, NULL, NULL),
                   WEIR_ERR_TYPE);
  world_close(f.w);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(every_scalar_goes_through_a_guest_and_a_host),
    cmocka_unit_test(bits_beyond_the_type_do_not_count),
    cmocka_unit_test(arguments_and_result_travel_through_memory),
    cmocka_unit_test(sixteen_parameters),
    cmocka_unit_test(what_is_no_character_is_refused),
    cmocka_unit_test(a_guest_that_gives_no_character_traps),
    cmocka_unit_test(a_trap_fails_the_call),
    cmocka_unit_test(a_host_function_can_fail),
    cmocka_unit_test(a_call_that_yields_is_run_to_its_return),
    cmocka_unit_test(a_call_that_waits_for_the_host_goes_on_alone),
    cmocka_unit_test(a_call_that_has_not_started_keeps_its_arguments),
    cmocka_unit_test(inside_a_callback_only_what_ends_at_once),
    cmocka_unit_test(other_types_are_refused),
};

BEHAVIOUR_MAIN(tests)
