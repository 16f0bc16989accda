/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Host resources that are made outside of calls, their representations (0 is one), and their destructor. */
#include "behaviour/behaviour.h"

#define TYPES "host:res/types@0.2.0" /* the guest imports 0.2.1 */

struct fixture {
  struct world *w;
  int drops[16];
  weir_store *dropped_in;
  struct pending pending;
};

static void thing_dropped(void *data, weir_store *store, uint64_t rep) {
  struct fixture *f = data;
  f->dropped_in = store;
  assert_true(rep < 16);
  f->drops[rep]++;
}

static void look(void *data, weir_host_call *call, weir_value *args, size_t count) {
  uint64_t rep = 99;
  (void)data, (void)count;
  must(weir_resource_rep(&args[0], &rep), NULL);
  weir_value result = u32((uint32_t)rep);
  must(weir_host_call_return(call, &result, NULL), NULL);
}

static void nothing(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  must(weir_host_call_return(call, NULL, NULL), NULL);
}

static void open_fixture(struct fixture *f) {
  *f = (struct fixture){.w = world_open("resources")};
  struct world *w = f->w;
  must(weir_linker_define_resource(w->linker, TYPES, "thing", thing_dropped, f, NULL, NULL), NULL);
  world_func(w, TYPES, "make", "func(rep: u32) -> own<thing>", nothing, f);
  world_func(w, TYPES, "look", "func(t: borrow<thing>) -> u32", look, f);
  world_func(w, TYPES, "look-late", "async func(t: borrow<thing>) -> u32", pending_call, &f->pending);
  world_func(w, TYPES, "give", "func(t: thing)", nothing, f);
  world_func(w, TYPES, "make-late", "async func() -> thing", pending_call, &f->pending);
  world_func(w, NULL, "gone", "func(rep: u32)", nothing, f);
  world_start(w);
}

/* Frees the world, and then `rep` has been dropped once and nothing else at all. */
static void close_dropped(struct fixture *f, int rep) {
  world_close(f->w);
  for (int i = 0; i < 16; i++)
    assert_int_equal(f->drops[i], i == rep);
}

static void the_host_makes_it_outside_of_a_call(void **state) {
  struct fixture f;
  weir_value thing;
  uint64_t rep = 99;
  (void)state;
  open_fixture(&f);
  must(weir_resource_new(f.w->instance, TYPES, "thing", 0, &thing, NULL), NULL);
  assert_int_equal(weir_resource_rep(&thing, &rep), WEIR_OK);
  assert_int_equal(rep, 0);
  assert_true(weir_value_owns_resource(&thing));
  assert_int_equal(call_now(f.w, "look-at", &thing, 1).of.u32, 0);
  call_now(f.w, "keep", &thing, 1);
  assert_int_equal(weir_resource_rep(&thing, &rep), WEIR_ERR_TYPE); /* it was taken out of the value */
  assert_int_equal(f.drops[0], 0);
  call_now(f.w, "drop-kept", NULL, 0);
  assert_ptr_equal(f.dropped_in, f.w->store);
  close_dropped(&f, 0);
}

/* The resource type that an import names; NULL: none does. */
static const weir_resource_type *imported_type(const weir_component *c, const char *name) {
  for (size_t i = 0; i < weir_component_import_count(c); i++)
    for (size_t k = 0; k < weir_extern_count(weir_component_import(c, i)); k++) {
      const weir_extern *e = weir_extern_at(weir_component_import(c, i), k);
      if (weir_extern_kind_of(e) == WEIR_EXTERN_RESOURCE && strcmp(weir_extern_name(e), name) == 0)
        return weir_extern_resource(e);
    }
  return NULL;
}

static void by_its_type_and_not_by_name(void **state) {
  struct fixture f;
  weir_value thing;
  weir_error *error = NULL;
  (void)state;
  open_fixture(&f);
  const weir_resource_type *type = imported_type(f.w->component, "thing");
  assert_non_null(type);
  must(weir_resource_new_typed(f.w->instance, type, 6, &thing, NULL), NULL);
  assert_ptr_equal(weir_value_resource_type(&thing), type);
  assert_int_equal(call_now(f.w, "look-at", &thing, 1).of.u32, 6);
  weir_value_clear(&thing);
  struct world *other = world_open("resources"); /* an equal type is another one */
  assert_int_equal(weir_resource_new_typed(f.w->instance, imported_type(other->component, "thing"), 7, &thing, &error),
                   WEIR_ERR_NOT_FOUND);
  assert_int_equal(thing.kind, WEIR_VALUE_NONE);
  weir_error_free(error);
  assert_int_equal(weir_resource_new_typed(f.w->instance, NULL, 7, &thing, NULL), WEIR_ERR_NOT_FOUND);
  assert_int_equal(weir_resource_new_typed(NULL, type, 7, &thing, NULL), WEIR_ERR_MISUSE);
  world_close(other);
  close_dropped(&f, 6);
}

static void the_component_may_name_it(void **state) {
  struct fixture f;
  weir_value thing;
  (void)state;
  open_fixture(&f);
  must(weir_resource_new(f.w->instance, "host:res/types@0.2.1", "thing", 3, &thing, NULL), NULL);
  weir_value_clear(&thing);
  assert_int_equal(f.drops[3], 1);
  close_dropped(&f, 3);
}

static void what_the_guest_never_got_goes_with_the_store(void **state) {
  struct fixture f;
  weir_value thing;
  (void)state;
  open_fixture(&f);
  must(weir_resource_new(f.w->instance, TYPES, "thing", 2, &thing, NULL), NULL);
  close_dropped(&f, 2);
}

static void what_is_not_there_is_not_made(void **state) {
  struct fixture f;
  weir_value thing = u32(1);
  weir_error *error = NULL;
  (void)state;
  open_fixture(&f);
  assert_int_equal(weir_resource_new(f.w->instance, TYPES, "nothing", 1, &thing, &error), WEIR_ERR_NOT_FOUND);
  assert_words(weir_error_message(error), "does not import the resource `nothing` of " TYPES);
  weir_error_free(error);
  assert_int_equal(thing.kind, WEIR_VALUE_NONE);
  assert_int_equal(weir_resource_new(f.w->instance, NULL, "thing", 1, &thing, NULL), WEIR_ERR_NOT_FOUND);
  assert_int_equal(weir_resource_new(NULL, TYPES, "thing", 1, &thing, NULL), WEIR_ERR_MISUSE);
  world_end_store(f.w);
  assert_int_equal(weir_resource_new(f.w->instance, TYPES, "thing", 1, &thing, NULL), WEIR_ERR_MISUSE);
  close_dropped(&f, -1);
}

static void a_representation_is_asked_of_a_hosts_resource_only(void **state) {
  struct fixture f;
  uint64_t rep = 99;
  (void)state;
  open_fixture(&f);
  weir_value arg = u32(3), none = {0};
  weir_value gadget = call_now(f.w, "new-gadget", &arg, 1), number = u32(3);
  assert_int_equal(weir_resource_rep(&gadget, &rep), WEIR_ERR_TYPE);
  assert_int_equal(weir_resource_rep(&number, &rep), WEIR_ERR_TYPE);
  assert_int_equal(weir_resource_rep(&none, &rep), WEIR_ERR_TYPE);
  weir_value copy = gadget;
  weir_value_clear(&gadget);
  world_settle(f.w);
  assert_int_equal(weir_resource_rep(&copy, &rep), WEIR_ERR_MISUSE);
  assert_int_equal(rep, 99);
  close_dropped(&f, -1);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_host_makes_it_outside_of_a_call),
    cmocka_unit_test(by_its_type_and_not_by_name),
    cmocka_unit_test(the_component_may_name_it),
    cmocka_unit_test(what_the_guest_never_got_goes_with_the_store),
    cmocka_unit_test(what_is_not_there_is_not_made),
    cmocka_unit_test(a_representation_is_asked_of_a_hosts_resource_only),
};

BEHAVIOUR_MAIN(tests)
