/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Results that host functions lend from their own stack: the guest has them, whatever the function writes there once it
 * has given them, and whatever becomes of the call.
 */
#include "behaviour.h"

enum { AT = 16, OUTSIDE = 0xfffffff0 };

static void fill(weir_value *fields, weir_value *payload, weir_value *ret) {
  *payload = u32(300);
  fields[0] = u32(1);
  fields[1] = (weir_value){.kind = WEIR_VALUE_U64, .of.u64 = 20};
  fields[2] = (weir_value){WEIR_VALUE_VARIANT, 1 | WEIR_VALUE_LENT, {.payload = payload}};
  *ret = (weir_value){WEIR_VALUE_RECORD, WEIR_VALUE_LENT, {.list = {fields, 3}}};
}

static void give(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value fields[3], payload, result;
  (void)data, (void)args, (void)count;
  fill(fields, &payload, &result);
  must(weir_host_call_return(call, &result, NULL), NULL);
  memset(fields, 0xff, sizeof(fields));
  memset(&payload, 0xff, sizeof(payload));
}

/* At first with one field too few. */
static void give_twice(void *data, weir_host_call *call, weir_value *args, size_t count) {
  weir_value fields[3], payload, result;
  fill(fields, &payload, &result);
  result.of.list.count = 2;
  assert_int_equal(weir_host_call_return(call, &result, NULL), WEIR_ERR_TYPE);
  give(data, call, args, count);
}

/* `data`: a text for an error, NULL: a number. */
static void tell(void *data, weir_host_call *call, weir_value *args, size_t count) {
  char text[16] = "";
  (void)args, (void)count;
  if (data)
    snprintf(text, sizeof(text), "%s", (const char *)data);
  weir_value payload =
      data ? (weir_value){WEIR_VALUE_STRING, WEIR_VALUE_LENT, {.string = {text, strlen(text)}}} : u32(7);
  weir_value result = {WEIR_VALUE_VARIANT, (data ? 1u : 0u) | WEIR_VALUE_LENT, {.payload = &payload}};
  must(weir_host_call_return(call, &result, NULL), NULL);
  memset(text, 0, sizeof(text));
  memset(&payload, 0xff, sizeof(payload));
}

static void answer_at_the_end(void *data, weir_host_call *call) {
  weir_value fields[] = {u32(1), {.kind = WEIR_VALUE_U64, .of.u64 = 2}};
  weir_value result = {WEIR_VALUE_RECORD, WEIR_VALUE_LENT, {.list = {fields, 2}}};
  weir_host_call_return(call, &result, NULL);
  ++*(int *)data;
}

static void later(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  weir_host_call_on_cancel(call, answer_at_the_end, data, NULL);
}

static struct world *open_world(weir_host_fn giver, char *text, int *told) {
  struct world *w = world_open("results");
  world_func(w, NULL, "give", "func() -> tuple<u32, u64, option<u32>>", giver, NULL);
  world_func(w, NULL, "tell", "func() -> result<u32, string>", tell, text);
  world_func(w, NULL, "later", "async func() -> tuple<u32, u64>", later, told);
  world_start(w);
  return w;
}

static void run_with(weir_host_fn giver) {
  int told = 0;
  struct world *w = open_world(giver, NULL, &told);
  weir_value at = u32(AT);
  assert_int_equal(call_now(w, "run", &at, 1).of.u64, 321);
  world_close(w);
}

static void a_guest_has_what_lay_on_the_stack_of_the_host(void **state) {
  (void)state;
  run_with(give);
}

static void a_result_that_was_refused_leaves_the_call_as_it_was(void **state) {
  (void)state;
  run_with(give_twice);
}

static void a_result_that_lies_outside_of_the_memory_is_a_trap(void **state) {
  int told = 0;
  (void)state;
  struct world *w = open_world(give, NULL, &told);
  weir_value at = u32(OUTSIDE);
  struct outcome o;
  call_args(w, &o, "run", &at, 1);
  world_settle(w);
  assert_ended(&o, WEIR_ERR_TRAP);
  assert_words(o.message, "pointer out-of-bounds");
  world_close(w);
}

static void a_case_with_a_text_arrives_as_one_without(void **state) {
  int told = 0;
  (void)state;
  struct world *w = open_world(give, NULL, &told);
  assert_int_equal(call_now(w, "words", NULL, 0).of.u32, 7);
  world_close(w);
  w = open_world(give, "x", &told);
  assert_int_equal(call_now(w, "words", NULL, 0).of.u32, 'x');
  world_close(w);
}

static void a_result_for_a_store_that_goes_reaches_nobody(void **state) {
  int told = 0;
  (void)state;
  struct world *w = open_world(give, NULL, &told);
  call_now(w, "wait", NULL, 0);
  world_close(w);
  assert_int_equal(told, 1);
}

int main(int argc, char **argv) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_guest_has_what_lay_on_the_stack_of_the_host),
      cmocka_unit_test(a_result_that_was_refused_leaves_the_call_as_it_was),
      cmocka_unit_test(a_result_that_lies_outside_of_the_memory_is_a_trap),
      cmocka_unit_test(a_case_with_a_text_arrives_as_one_without),
      cmocka_unit_test(a_result_for_a_store_that_goes_reaches_nobody),
  };
  return behaviour_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0]));
}
