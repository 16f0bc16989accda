/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Hosts that define an interface in several versions: no function ever sees a representation of another version. */
#include "behaviour/behaviour.h"

struct version { /* of both interfaces; it represents its resource by its own number */
  const char *types, *user;
  uint32_t number;
  int drops;
};

static void dropped(void *data, weir_store *store, uint64_t rep) {
  (void)store;
  struct version *v = data;
  assert_int_equal(rep, v->number);
  v->drops++;
}

static void make(void *data, weir_host_call *call, weir_value *args, size_t count) {
  const struct version *v = data;
  weir_value made;
  (void)args;
  assert_int_equal(count, 0);
  must(weir_resource_new(weir_host_call_instance(call), v->types, "r", v->number, &made, NULL), NULL);
  weir_host_call_return(call, &made, NULL);
}

static void rep(void *data, weir_host_call *call, weir_value *args, size_t count) {
  const struct version *v = data;
  assert_int_equal(count, 1);
  assert_int_equal(rep_of(&args[0]), v->number);
  weir_value result = u32(v->number);
  weir_host_call_return(call, &result, NULL);
}

enum { TYPES = 1, METHOD = 2, USER = 4, ALL = 7 };

static void define(struct world *w, struct version *v, int parts) {
  if (parts & TYPES) {
    must(weir_linker_define_resource(w->linker, v->types, "r", dropped, v, NULL, NULL), NULL);
    world_func(w, v->types, "[constructor]r", "func() -> own<r>", make, v);
  }
  if (parts & METHOD)
    world_func(w, v->types, "[method]r.rep", "func(self: borrow<r>) -> u32", rep, v);
  if (parts & USER)
    world_func(w, v->user, "look", "func(r: borrow<r>) -> u32", rep, v);
}

static struct version first(void) {
  return (struct version){"host:v/types@1.1.0", "host:v/user@1.1.0", 11, 0};
}

static struct version third(void) {
  return (struct version){"host:v/types@1.3.0", "host:v/user@1.3.0", 13, 0};
}

static void refused(struct world *w, const char *words) {
  weir_error *error = NULL;
  assert_int_equal(weir_instance_new(w->store, w->linker, w->component, &w->instance, &error), WEIR_ERR_LINK);
  assert_words(weir_error_message(error), words);
  weir_error_free(error);
  world_close(w);
}

static void the_highest_version_serves_alone_in_any_order(void **state) {
  (void)state;
  for (int order = 0; order < 2; order++) {
    struct world *w = world_open("versions");
    struct version one = first(), three = third();
    define(w, order ? &three : &one, order ? ALL : TYPES | USER);
    define(w, order ? &one : &three, order ? TYPES | USER : ALL);
    world_start(w);
    assert_int_equal(call_now(w, "run", NULL, 0).of.u32, 1313);
    assert_int_equal(one.drops, 0);
    assert_int_equal(three.drops, 1);
    world_close(w);
  }
}

static void what_the_highest_version_lacks_is_not_taken_from_another(void **state) {
  (void)state;
  struct world *w = world_open("versions");
  struct version one = first(), three = third();
  define(w, &one, ALL);
  define(w, &three, TYPES | USER);
  refused(w, "host:v/types@1.2.0#[method]r.rep: func(self: borrow<r>) -> u32 (not in host:v/types@1.3.0");
}

static void another_interface_gets_the_resource_of_its_own_version_only(void **state) {
  (void)state;
  struct world *w = world_open("versions");
  struct version one = first(), three = third();
  define(w, &one, ALL);
  define(w, &three, TYPES | METHOD);
  refused(w, "the import's `r` is of host:v/types@1.3.0, the definition's of host:v/types@1.1.0");
}

/* One export stands for another version of it too; a pre-release does not. */
static void exports_are_found_as_imports_are_served(void **state) {
  static const char *const versions[] = {"0.3.0", "0.3.5", "0.3.12-rc.1"};
  (void)state;
  weir_engine *engine;
  must(weir_engine_new(NULL, &engine, NULL), NULL);
  for (int i = 0; i < 3; i++) {
    char text[1024];
    snprintf(text, sizeof(text),
             "(component (core module $m (func (export \"f\"))) (core instance $i (instantiate $m))"
             " (func $f (canon lift (core func $i \"f\"))) (instance $api (export \"run\" (func $f)))"
             " (export \"a:b/c@%s\" (instance $api)))",
             versions[i]);
    weir_component *c = component_from(engine, text, strlen(text));
    assert_int_equal(!!weir_component_find_func(c, "a:b/c@0.3.0", "run"), i < 2);
    assert_int_equal(!!weir_component_find_func(c, "a:b/c@0.3.12-rc.1", "run"), i == 2);
    assert_null(weir_component_find_func(c, "a:b/c@0.4.0", "run"));
    assert_null(weir_component_find_func(c, NULL, "run"));
    weir_component_free(c);
  }
  weir_engine_free(engine);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_highest_version_serves_alone_in_any_order),
    cmocka_unit_test(what_the_highest_version_lacks_is_not_taken_from_another),
    cmocka_unit_test(another_interface_gets_the_resource_of_its_own_version_only),
    cmocka_unit_test(exports_are_found_as_imports_are_served),
};

BEHAVIOUR_MAIN(tests)
