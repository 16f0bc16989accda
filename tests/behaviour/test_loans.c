/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Handles that guests lend to calls: how many at once, for how long, and what becomes of the lists of them. */
#include "behaviour.h"

enum { HANDLES = 9, STARTED = 1 };

static struct world *lending(void) {
  struct world *w = calloc(1, sizeof(*w));
  weir_engine_config c = {.size = sizeof(weir_engine_config), .features = ALL_FEATURES, .fast_compile = true};
  weir_store_config config = {.size = sizeof(weir_store_config), .max_handles = HANDLES};
  weir_error *error = NULL;
  assert_non_null(w);
  must(weir_engine_new(&c, &w->engine, &error), &error);
  must(weir_linker_new(w->engine, &w->linker, &error), &error);
  must(weir_store_new(w->engine, &config, &w->store, &error), &error);
  size_t size;
  char *text = guest_text("loans", &size);
  w->component = component_from(w->engine, text, size);
  free(text);
  world_start(w);
  return w;
}

static void lends(const char *name, uint32_t n, uint32_t result) {
  struct world *w = lending();
  weir_value arg = {.kind = WEIR_VALUE_U32, .of.u32 = n};
  assert_int_equal(call_now(w, name, &arg, 1).of.u32, result);
  world_close(w);
}

static void is_refused(const char *name, uint32_t n, const char *words) {
  struct world *w = lending();
  struct outcome o;
  weir_value arg = {.kind = WEIR_VALUE_U32, .of.u32 = n};
  call_args(w, &o, name, &arg, 1);
  world_settle(w);
  assert_ended(&o, WEIR_ERR_LIMIT);
  assert_words(o.message, words);
  world_close(w);
}

static const char too_many[] =
    "no more than 9 handles lent by one component instance (weir_store_config.max_handles sets it)";

static void a_guest_lends_no_more_at_once_than_it_may_have_handles(void **state) {
  (void)state;
  lends("keep", HANDLES, STARTED);
  is_refused("keep", HANDLES + 1, too_many);
}

static void loans_of_all_calls_count_together(void **state) {
  (void)state;
  lends("keep-two", 4, STARTED);
  is_refused("keep-two", 5, too_many);
}

static void loans_end_with_their_call(void **state) {
  (void)state;
  lends("glances", HANDLES, 100);
}

/* The sanitizers tell where a list is left. */
static void a_call_that_finds_no_room_for_its_handle_leaves_no_list_of_loans(void **state) {
  (void)state;
  is_refused("keep-without-room", HANDLES - 1, "no more than 9 handles in one component instance");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_guest_lends_no_more_at_once_than_it_may_have_handles),
    cmocka_unit_test(loans_of_all_calls_count_together),
    cmocka_unit_test(loans_end_with_their_call),
    cmocka_unit_test(a_call_that_finds_no_room_for_its_handle_leaves_no_list_of_loans),
};

BEHAVIOUR_MAIN(tests)
