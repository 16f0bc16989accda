/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Definitions against imports: all that is missing or differs is told at once, before anything runs. */
#include <stdio.h>

#include "unit/embed/embed_fixture.h"

static const char guest[] =
    "(component"
    "  (import \"plain\" (func (param \"a\" u32) (result string)))"
    "  (import \"later\" (func async (param \"s\" (stream u8))))"
    "  (import \"host:x/types@0.3.1\" (instance"
    "    (export \"thing\" (type $t (sub resource)))"
    "    (export \"make\" (func (result (own $t))))"
    "    (export \"look\" (func (param \"t\" (borrow $t)))))))";

/* Checks; what the check says, or "" where it is content. */
static char *check(struct fixture *f, const char *text) {
  static char message[2048];
  weir_error *error = NULL;
  weir_component *c = load(f, text);
  weir_status status = weir_linker_check(f->linker, c, &error);
  assert_true(status == WEIR_OK || status == WEIR_ERR_LINK);
  assert_int_equal(status == WEIR_OK, !error);
  strcpy(message, error ? weir_error_message(error) : "");
  weir_error_free(error);
  weir_component_free(c);
  return message;
}

static void define_resource(struct fixture *f, const char *interface_name) {
  assert_int_equal(weir_linker_define_resource(f->linker, interface_name, "thing", NULL, f, host_freed, NULL), WEIR_OK);
}

static void all_that_is_missing_is_listed_with_its_type(void **state) {
  char *message = check(*state, guest);
  assert_words(message, "nobody provides");
  assert_words(message, "plain: func(a: u32) -> string");
  assert_words(message, "later: async func(s: stream<u8>)");
  assert_words(message, "host:x/types@0.3.1#thing: resource");
  assert_words(message, "host:x/types@0.3.1#make: func() -> thing");
  assert_words(message, "host:x/types@0.3.1#look: func(t: borrow<thing>)");
}

static void what_differs_is_listed_with_both_types(void **state) {
  struct fixture *f = *state;
  define(f, NULL, "plain", "func(a: u64) -> string");
  define(f, NULL, "later", "func(s: stream<u8>)"); /* not async */
  define_resource(f, "host:x/types@0.3.0");
  define(f, "host:x/types@0.3.0", "make", "func() -> thing");
  char *message = check(f, guest);
  assert_words(message, "plain: expected func(a: u32) -> string, found func(a: u64) -> string");
  assert_words(message, "later: expected async func(s: stream<u8>), found func(s: stream<u8>)");
  assert_words(message, "#look");
  assert_null(strstr(message, "#make"));
}

static bool add_mismatch(void *data, const weir_mismatch *m) {
  char *told = data;
  snprintf(told + strlen(told), 1024 - strlen(told), "%d %s %s|%s|%s|%s\n", (int)m->kind,
           m->interface_name ? m->interface_name : "-", m->name, m->wanted, m->found ? m->found : "-",
           m->note ? m->note : "-");
  return true;
}

static bool count_one(void *data, const weir_mismatch *m) {
  (void)m;
  ++*(int *)data;
  return false;
}

static void each_mismatch_is_told_in_parts(void **state) {
  struct fixture *f = *state;
  char told[1024] = "";
  int count = 0;
  define(f, NULL, "plain", "func(a: u64) -> string");
  define(f, "host:x/types@0.4.0", "make", "func()");
  weir_component *c = load(f, guest);
  assert_int_equal(weir_linker_check_each(f->linker, c, add_mismatch, told, NULL), WEIR_ERR_LINK);
  assert_string_equal(told,
                      "3 host:x/types@0.3.1 thing|resource|-|host:x/types@0.4.0 is another version\n"
                      "1 - plain|func(a: u32) -> string|func(a: u64) -> string|-\n"
                      "1 - later|async func(s: stream<u8>)|-|-\n"
                      "1 host:x/types@0.3.1 make|func() -> thing|-|host:x/types@0.4.0 is another version\n"
                      "1 host:x/types@0.3.1 look|func(t: borrow<thing>)|-|host:x/types@0.4.0 is another version\n");
  assert_int_equal(weir_linker_check_each(f->linker, c, count_one, &count, NULL), WEIR_ERR_LINK);
  assert_int_equal(count, 1); /* false: no more */
  weir_component_free(c);
}

static void each_kind_of_difference_is_seen(void **state) {
  static const char *const wrong[] = {
      "func(a: u32)",
      "func() -> string",
      "func(a: u32, b: u32) -> string",
      "async func(a: u32) -> string",
      "func(a: u32) -> list<char>",
      "func(a: option<u32>) -> string",
      "func(a: u32) -> own<thing>",
  };
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
    define(f, NULL, "plain", wrong[i]);
    assert_words(check(f, "(component (import \"plain\" (func (param \"a\" u32) (result string))))"), "another type");
  }
}

static void names_of_parameters_do_not_matter(void **state) {
  struct fixture *f = *state;
  define(f, NULL, "plain", "func(other: u32) -> string");
  assert_string_equal(check(f, "(component (import \"plain\" (func (param \"a\" u32) (result string))))"), "");
}

static void borrowing_is_not_owning(void **state) {
  struct fixture *f = *state;
  define_resource(f, NULL);
  define(f, NULL, "take", "func(t: own<thing>)");
  assert_words(check(f,
                     "(component (import \"thing\" (type $t (sub resource)))"
                     " (import \"take\" (func (param \"t\" (borrow $t)))))"),
               "expected func(t: borrow<thing>)");
}

static void a_definition_without_signature_takes_any_type(void **state) {
  struct fixture *f = *state;
  define(f, NULL, "plain", NULL);
  assert_string_equal(check(f, "(component (import \"plain\" (func (param \"a\" u32) (result string))))"), "");
}

static void compatible_versions_serve_each_other(void **state) {
  struct fixture *f = *state;
  static const char want[] = "(component (import \"a:b/c@0.3.5\" (instance (export \"f\" (func)))))";
  define(f, "a:b/c@0.4.0", "f", "func()");
  assert_words(check(f, want), "a:b/c@0.3.5#f");
  define(f, "a:b/c@0.3.9", "f", "func()");
  assert_string_equal(check(f, want), "");
}

static void the_exact_version_is_preferred(void **state) {
  struct fixture *f = *state;
  define(f, "a:b/c@0.3.9", "f", "func() -> u32");
  define(f, "a:b/c@0.3.5", "f", "func()");
  assert_string_equal(check(f, "(component (import \"a:b/c@0.3.5\" (instance (export \"f\" (func)))))"), "");
}

static void defining_again_replaces_and_releases(void **state) {
  struct fixture *f = *state;
  define(f, NULL, "f", "func()");
  define(f, NULL, "f", "func() -> u32");
  assert_int_equal(f->freed, 1);
  assert_string_equal(check(f, "(component (import \"f\" (func (result u32))))"), "");
  define_resource(f, NULL);
  define_resource(f, NULL);
  assert_int_equal(f->freed, 2);
  weir_linker_free(f->linker);
  f->linker = NULL;
  assert_int_equal(f->freed, 4);
}

static void an_instance_keeps_definitions_that_are_replaced(void **state) {
  struct fixture *f = *state;
  weir_store *store;
  weir_instance *instance;
  define(f, NULL, "f", "func()");
  weir_component *c = load(f, "(component (import \"f\" (func $f)) (core func (canon lower (func $f))))");
  assert_int_equal(weir_store_new(f->engine, NULL, &store, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(store, f->linker, c, &instance, NULL), WEIR_OK);
  weir_component_free(c);
  define(f, NULL, "f", "func(a: u8)");
  assert_int_equal(f->freed, 0);
  weir_store_free(store);
  assert_int_equal(f->freed, 1);
}

static void a_bad_signature_is_refused_and_its_data_left_alone(void **state) {
  struct fixture *f = *state;
  weir_error *error = NULL;
  size_t offset = 0;
  assert_int_equal(
      weir_linker_define_func(f->linker, NULL, "f", "func(a: list<>)", host_nothing, f, host_freed, &error),
      WEIR_ERR_PARSE);
  assert_words(weir_error_message(error), "signature of `f`");
  assert_true(weir_error_offset(error, &offset));
  assert_int_equal(offset, 13);
  weir_error_free(error);
  assert_int_equal(f->freed, 0);
  assert_words(check(f, "(component (import \"f\" (func)))"), "nobody provides");
}

static void what_a_host_cannot_give_is_missing(void **state) {
  assert_words(check(*state, "(component (import \"m\" (core module)) (import \"c\" (component)))"), "core module");
}

static void instantiating_says_the_same(void **state) {
  struct fixture *f = *state;
  weir_store *store;
  weir_instance *instance;
  weir_error *error = NULL;
  weir_component *c = load(f, guest);
  assert_int_equal(weir_store_new(f->engine, NULL, &store, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(store, NULL, c, &instance, &error), WEIR_ERR_LINK);
  assert_words(weir_error_message(error), "plain: func(a: u32) -> string");
  weir_error_free(error);
  assert_null(weir_store_failure(store)); /* nothing ran: the store is as good as before */
  weir_component *empty = load(f, "(component)");
  assert_int_equal(weir_instance_new(store, NULL, empty, &instance, NULL), WEIR_OK);
  weir_component_free(empty);
  weir_component_free(c);
  weir_store_free(store);
}

/* A linker remembers what it has checked, and forgets that with each definition. */
static void what_was_served_before_is_checked_again_after_a_definition(void **state) {
  struct fixture *f = *state;
  static const char want[] = "(component (import \"plain\" (func (param \"a\" u32))))";
  weir_component *c = load(f, want), *other = load(f, "(component (import \"other\" (func)))");
  weir_store *store;
  weir_instance *instance;
  define(f, NULL, "plain", "func(a: u32)");
  assert_int_equal(weir_store_new(f->engine, NULL, &store, NULL), WEIR_OK);
  for (int i = 0; i < 2; i++)
    assert_int_equal(weir_instance_new(store, f->linker, c, &instance, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(store, f->linker, other, &instance, NULL), WEIR_ERR_LINK);
  define(f, NULL, "plain", "func(a: u64)");
  assert_int_equal(weir_instance_new(store, f->linker, c, &instance, NULL), WEIR_ERR_LINK);
  define(f, NULL, "plain", "func(a: u32)");
  assert_int_equal(weir_instance_new(store, f->linker, c, &instance, NULL), WEIR_OK);
  weir_store_free(store);
  weir_component_free(other);
  weir_component_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(all_that_is_missing_is_listed_with_its_type),
      FIXTURE_TEST(what_differs_is_listed_with_both_types),
      FIXTURE_TEST(each_mismatch_is_told_in_parts),
      FIXTURE_TEST(what_was_served_before_is_checked_again_after_a_definition),
      FIXTURE_TEST(each_kind_of_difference_is_seen),
      FIXTURE_TEST(names_of_parameters_do_not_matter),
      FIXTURE_TEST(borrowing_is_not_owning),
      FIXTURE_TEST(a_definition_without_signature_takes_any_type),
      FIXTURE_TEST(compatible_versions_serve_each_other),
      FIXTURE_TEST(the_exact_version_is_preferred),
      FIXTURE_TEST(defining_again_replaces_and_releases),
      FIXTURE_TEST(an_instance_keeps_definitions_that_are_replaced),
      FIXTURE_TEST(a_bad_signature_is_refused_and_its_data_left_alone),
      FIXTURE_TEST(what_a_host_cannot_give_is_missing),
      FIXTURE_TEST(instantiating_says_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
