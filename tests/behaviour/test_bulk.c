/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Many values at a time: packed lists both ways, trees in the program's memory, with interceptors and records too. */
#include "behaviour/behaviour.h"
#include "weir/intercept.h"
#include "weir/record.h"

/* A guest that is set aside at each loop needs a step for each element. */
static uint32_t many(void) {
  return slices_everywhere() ? 100 : 100000;
}

struct fixture {
  struct world *w;
  weir_value_kind seen; /* the form of the list that `look` got */
  weir_value answer;    /* of `numbers` */
  weir_status answered;
};

static void numbers(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  (void)args, (void)count;
  weir_value answer = f->answer;
  f->answered = weir_host_call_return(call, &answer, NULL);
  if (f->answered != WEIR_OK)
    weir_host_call_fail(call, "refused");
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  struct fixture *f = data;
  (void)count;
  f->seen = args[0].kind;
  weir_value result = u32((uint32_t)args[0].of.packed.count);
  must(weir_host_call_return(call, &result, NULL), NULL);
}

static void open_fixture(struct fixture *f, bool packed) {
  *f = (struct fixture){.w = world_open("lists")};
  bool slices = slices_everywhere();
  weir_store_config config = WEIR_STORE_CONFIG_INIT;
  config.packed_lists = packed;
  config.slice = slices ? WEIR_SLICE_EVERYWHERE : 0;
  weir_store_free(f->w->store);
  must(weir_store_new(f->w->engine, &config, &f->w->store, NULL), NULL);
  weir_store_on_wake(f->w->store, world_wake, f->w);
  world_func(f->w, NULL, "numbers", "func() -> list<u32>", numbers, f);
  world_func(f->w, NULL, "look", "func(l: list<f64>) -> u32", look, f);
}

static weir_value lent_u32(const uint32_t *data, size_t count) {
  return (weir_value){
      .kind = WEIR_VALUE_PACKED, .tag = WEIR_VALUE_U32 | WEIR_VALUE_LENT, .of.packed = {(void *)data, count}};
}

static void sum_of_many(struct fixture *f) {
  uint32_t count = many(), *data = calloc(count, sizeof(*data)), want = 0;
  for (uint32_t i = 0; i < count; i++)
    want += data[i] = i * 7;
  weir_value owned, lent = lent_u32(data, count), again = lent;
  must(weir_value_new_packed(WEIR_VALUE_U32, data, count, &owned), NULL);
  assert_int_equal(call_now(f->w, "sum", &owned, 1).of.u32, want);
  assert_int_equal(owned.kind, WEIR_VALUE_NONE);
  assert_int_equal(call_now(f->w, "sum", &lent, 1).of.u32, want);
  assert_int_equal(lent.kind, WEIR_VALUE_NONE);
  assert_int_equal(call_now(f->w, "sum", &again, 1).of.u32, want); /* the memory is still the program's */
  free(data);
}

static void a_packed_list_is_an_argument(void **state) {
  struct fixture f;
  (void)state;
  open_fixture(&f, false);
  world_start(f.w);
  sum_of_many(&f);
  world_close(f.w);
}

/* -2, 3 */
static void check_echo(struct fixture *f, bool packed) {
  static const int16_t data[] = {-2, 3};
  weir_value arg, want;
  must(weir_value_new_packed(WEIR_VALUE_S16, data, 2, &arg), NULL);
  must(weir_value_new_packed(WEIR_VALUE_S16, data, 2, &want), NULL);
  weir_value back = call_now(f->w, "echo", &arg, 1);
  assert_int_equal(back.kind, packed ? WEIR_VALUE_PACKED : WEIR_VALUE_LIST);
  assert_true(weir_value_equal(&back, &want));
  arg = back; /* what came goes back as it is */
  back = call_now(f->w, "echo", &arg, 1);
  assert_true(weir_value_equal(&back, &want));
  weir_value_clear(&back);
  weir_value_clear(&want);
}

static void lists_arrive_as_the_store_wants(void **state) {
  (void)state;
  for (int packed = 0; packed < 2; packed++) {
    struct fixture f;
    static const double halves[] = {0.5, 1.5, 2.5};
    open_fixture(&f, packed);
    world_start(f.w);
    check_echo(&f, packed);
    weir_value arg = {
        .kind = WEIR_VALUE_PACKED, .tag = WEIR_VALUE_F64 | WEIR_VALUE_LENT, .of.packed = {(void *)halves, 3}};
    assert_int_equal(call_now(f.w, "tell", &arg, 1).of.u32, 3);
    assert_int_equal(f.seen, packed ? WEIR_VALUE_PACKED : WEIR_VALUE_LIST);
    world_close(f.w);
  }
}

static void a_host_function_returns_what_lies_on_its_stack(void **state) {
  static const uint32_t data[] = {5, 6, 7};
  struct fixture f;
  (void)state;
  open_fixture(&f, false);
  world_start(f.w);
  f.answer = lent_u32(data, 3);
  assert_int_equal(call_now(f.w, "ask", NULL, 0).of.u32, 18);
  assert_int_equal(f.answered, WEIR_OK);
  world_close(f.w);
}

static void a_packed_list_of_other_elements_is_refused(void **state) {
  static const uint32_t data[] = {5, 6, 7};
  struct fixture f;
  struct outcome o;
  (void)state;
  open_fixture(&f, false);
  world_start(f.w);
  weir_value arg = lent_u32(data, 3);
  weir_call *handle;
  weir_error *error = NULL;
  assert_int_equal(weir_call_start(f.w->instance, world_export(f.w, "echo"), &arg, 1, NULL, NULL, &handle, &error),
                   WEIR_ERR_TYPE);
  assert_words(weir_error_message(error), "expected list, found packed list");
  weir_error_free(error);
  f.answer =
      (weir_value){.kind = WEIR_VALUE_PACKED, .tag = WEIR_VALUE_S32 | WEIR_VALUE_LENT, .of.packed = {(void *)data, 3}};
  call(f.w, &o, "ask");
  world_settle(f.w);
  assert_int_equal(f.answered, WEIR_ERR_TYPE);
  assert_ended(&o, WEIR_ERR_HOST);
  world_close(f.w);
}

/* One array of values, and every text in the same constant: nothing is allocated by the program. */
static void a_tree_of_the_programs_is_only_read(void **state) {
  struct fixture f;
  (void)state;
  open_fixture(&f, false);
  world_start(f.w);
  uint32_t count = many();
  weir_value *items = calloc(count, sizeof(*items));
  for (uint32_t i = 0; i < count; i++)
    items[i] = (weir_value){.kind = WEIR_VALUE_STRING, .tag = WEIR_VALUE_LENT, .of.string = {"twelve bytes", 12}};
  for (int i = 0; i < 2; i++) {
    weir_value arg = {.kind = WEIR_VALUE_LIST, .tag = WEIR_VALUE_LENT, .of.list = {items, count}};
    assert_int_equal(call_now(f.w, "length", &arg, 1).of.u32, 12 * count);
  }
  assert_int_equal(items[count - 1].kind, WEIR_VALUE_STRING);
  free(items);
  world_close(f.w);
}

/* ---- with interceptors and records ------------------------------------------------------------------------------- */

/* What interceptors see never lends. */
static weir_verdict watch(void *data, weir_crossing *crossing) {
  int *seen = data;
  for (size_t i = 0; i < crossing->arg_count; i++) {
    (*seen)++;
    assert_int_equal(crossing->args[i].tag & WEIR_VALUE_LENT, 0);
    assert_true(crossing->args[i].kind == WEIR_VALUE_PACKED || crossing->args[i].kind == WEIR_VALUE_LIST);
  }
  return WEIR_GO_ON;
}

static void interceptors_see_packed_lists(void **state) {
  struct fixture f;
  int seen = 0;
  (void)state;
  open_fixture(&f, true);
  weir_interceptor interceptor = {.size = sizeof(weir_interceptor), .before_export = watch};
  must(weir_store_intercept(f.w->store, &interceptor, &seen, NULL), NULL);
  world_start(f.w);
  sum_of_many(&f);
  check_echo(&f, true);
  assert_int_equal(seen, 5);
  world_close(f.w);
}

static void a_record_has_the_elements_in_any_form(void **state) {
  static const uint32_t data[] = {5, 6, 7};
  (void)state;
  if (slices_everywhere())
    return; /* such a store is not recorded */
  for (int packed = 0; packed < 2; packed++) {
    struct fixture f;
    char path[] = "/tmp/weir-bulk-XXXXXX";
    weir_recorder *recorder;
    weir_error *error = NULL;
    weir_replay_report report = WEIR_REPLAY_REPORT_INIT;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    open_fixture(&f, packed);
    weir_record_config config = {.size = sizeof(weir_record_config), .path = path, .component = f.w->component};
    must(weir_record_start(f.w->store, &config, &recorder, &error), &error);
    world_start(f.w);
    f.answer = lent_u32(data, 3);
    assert_int_equal(call_now(f.w, "ask", NULL, 0).of.u32, 18);
    check_echo(&f, packed);
    must(weir_recorder_close(recorder, &error), &error);
    world_end_store(f.w);
    must(weir_replay(f.w->engine, f.w->component, path, NULL, &report, &error), &error);
    weir_replay_report_clear(&report);
    unlink(path);
    world_close(f.w);
  }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_packed_list_is_an_argument),
    cmocka_unit_test(lists_arrive_as_the_store_wants),
    cmocka_unit_test(a_host_function_returns_what_lies_on_its_stack),
    cmocka_unit_test(a_packed_list_of_other_elements_is_refused),
    cmocka_unit_test(a_tree_of_the_programs_is_only_read),
    cmocka_unit_test(interceptors_see_packed_lists),
    cmocka_unit_test(a_record_has_the_elements_in_any_form),
};

BEHAVIOUR_MAIN(tests)
