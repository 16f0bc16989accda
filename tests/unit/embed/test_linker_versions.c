/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One set of definitions serves an import as a whole, and a signature's resource is one definition, not a name. */
#include <stdio.h>

#include "unit/embed/embed_fixture.h"

/* Checks; what the check says, or "" where it is content. */
static const char *check(struct fixture *f, const char *text) {
  static char message[2048];
  weir_error *error = NULL;
  weir_component *c = load(f, text);
  weir_status status = weir_linker_check(f->linker, c, &error);
  assert_true(status == WEIR_OK || status == WEIR_ERR_LINK);
  snprintf(message, sizeof(message), "%s", error ? weir_error_message(error) : "");
  weir_error_free(error);
  weir_component_free(c);
  return message;
}

static void define_resource(struct fixture *f, const char *interface_name, const char *name) {
  assert_int_equal(weir_linker_define_resource(f->linker, interface_name, name, NULL, f, host_freed, NULL), WEIR_OK);
}

/* An import of one interface with two functions. */
static const char *two_functions(const char *version) {
  static char text[256];
  snprintf(text, sizeof(text),
           "(component (import \"a:b/c@%s\" (instance (export \"f\" (func)) (export \"g\" (func)))))", version);
  return text;
}

static void an_import_is_served_by_one_version_as_a_whole(void **state) {
  struct fixture *f = *state;
  define(f, "a:b/c@1.1.0", "f", "func()");
  define(f, "a:b/c@1.1.0", "g", "func()");
  define(f, "a:b/c@1.3.0", "f", "func()");
  const char *message = check(f, two_functions("1.2.0"));
  assert_words(message, "a:b/c@1.2.0#g: func() (not in a:b/c@1.3.0, which serves this import)");
  assert_null(strstr(message, "#f"));
  assert_string_equal(check(f, two_functions("1.1.0")), "");
  define(f, "a:b/c@1.3.0", "g", "func()");
  assert_string_equal(check(f, two_functions("1.2.0")), "");
}

static void the_exact_version_serves_even_where_a_higher_one_has_more(void **state) {
  struct fixture *f = *state;
  define(f, "a:b/c@1.9.0", "f", "func()");
  define(f, "a:b/c@1.9.0", "g", "func()");
  define(f, "a:b/c@1.2.0", "f", "func()");
  assert_words(check(f, two_functions("1.2.0")), "a:b/c@1.2.0#g: func()");
  assert_string_equal(check(f, two_functions("1.3.0")), "");
}

static void the_highest_is_taken_whatever_came_first(void **state) {
  static const char *const versions[] = {"1.9.0", "1.10.0", "1.2.0"};
  struct fixture *f = *state;
  for (size_t i = 0; i < 3; i++) {
    char name[32];
    snprintf(name, sizeof(name), "a:b/c@%s", versions[i]);
    define(f, name, "f", i == 1 ? "func()" : "func() -> u32");
  }
  assert_string_equal(check(f, "(component (import \"a:b/c@1.0.0\" (instance (export \"f\" (func)))))"), "");
}

static void the_version_that_serves_is_named_where_a_type_differs(void **state) {
  struct fixture *f = *state;
  define(f, "a:b/c@1.3.0", "f", "func() -> u32");
  assert_words(check(f, "(component (import \"a:b/c@1.2.0\" (instance (export \"f\" (func)))))"),
               "expected func(), found func() -> u32; found in a:b/c@1.3.0, which serves this import");
}

static void other_versions_are_named_where_none_serves(void **state) {
  struct fixture *f = *state;
  define(f, "a:b/c@2.0.0", "f", "func()");
  define(f, "a:b/c@1.2.0-rc.1", "f", "func()");
  const char *message = check(f, "(component (import \"a:b/c@1.2.0\" (instance (export \"f\" (func)))))");
  assert_words(message, "a:b/c@1.2.0#f: func() (a:b/c@2.0.0 is another version; a:b/c@1.2.0-rc.1 is another version)");
}

static void a_definition_that_failed_does_not_serve(void **state) {
  struct fixture *f = *state;
  define(f, "a:b/c@1.1.0", "f", "func()");
  assert_int_equal(weir_linker_define_func(f->linker, "a:b/c@1.9.0", "f", "func(", host_nothing, f, NULL, NULL),
                   WEIR_ERR_PARSE);
  assert_string_equal(check(f, "(component (import \"a:b/c@1.0.0\" (instance (export \"f\" (func)))))"), "");
}

/* ---- resources --------------------------------------------------------------------------------------------------- */

static const char user[] =
    "(component"
    "  (import \"a:b/types@1.2.0\" (instance $types (export \"r\" (type (sub resource)))))"
    "  (alias export $types \"r\" (type $r))"
    "  (import \"a:b/user@1.2.0\" (instance"
    "    (alias outer 1 $r (type $outer)) (export \"r\" (type $mine (eq $outer)))"
    "    (export \"look\" (func (param \"r\" (borrow $mine)))))))";

static void a_resource_of_another_interface_is_found(void **state) {
  struct fixture *f = *state;
  define_resource(f, "a:b/types@1.3.0", "r");
  define(f, "a:b/user@1.1.0", "look", "func(r: borrow<r>)");
  assert_string_equal(check(f, user), "");
}

static void a_resource_of_another_version_is_not_the_same(void **state) {
  struct fixture *f = *state;
  define_resource(f, "a:b/types@1.1.0", "r");
  define_resource(f, "a:b/types@1.3.0", "r");
  define(f, "a:b/user@1.1.0", "look", "func(r: borrow<r>)");
  assert_words(check(f, user),
               "found func(r: borrow<r>); found in a:b/user@1.1.0, which serves this import; "
               "the import's `r` is of a:b/types@1.3.0, the definition's of a:b/types@1.1.0");
  define(f, "a:b/user@1.3.0", "look", "func(r: borrow<r>)");
  assert_string_equal(check(f, user), "");
}

/* A guest chooses where the types in its imports come from. */
static void a_resource_of_the_same_name_is_not_the_same(void **state) {
  struct fixture *f = *state;
  define_resource(f, "a:b/types@1.2.0", "r");
  define_resource(f, "a:b/user@1.2.0", "r");
  define(f, "a:b/user@1.2.0", "look", "func(r: borrow<r>)");
  assert_words(check(f, user), "the import's `r` is of a:b/types@1.2.0, the definition's of a:b/user@1.2.0");
}

static void a_resource_of_several_that_are_as_near_is_none(void **state) {
  struct fixture *f = *state;
  define_resource(f, "a:b/types@1.2.0", "r");
  define_resource(f, "a:b/others@1.2.0", "r");
  define(f, "a:b/user@1.2.0", "look", "func(r: borrow<r>)");
  assert_words(check(f, user), "the import's `r` is of a:b/types@1.2.0, the definition's of one of several");
  define(f, "a:b/user@1.2.0", "look", NULL); /* any type */
  assert_string_equal(check(f, user), "");
}

static void instances_inside_instances_have_both_names(void **state) {
  struct fixture *f = *state;
  static const char nested[] =
      "(component (import \"outer\" (instance (export \"inner\" (instance (export \"f\" (func)))))))";
  assert_words(check(f, nested), "outer/inner#f: func()");
  define(f, "outer/inner", "f", "func()");
  assert_string_equal(check(f, nested), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FIXTURE_TEST(an_import_is_served_by_one_version_as_a_whole),
      FIXTURE_TEST(the_exact_version_serves_even_where_a_higher_one_has_more),
      FIXTURE_TEST(the_highest_is_taken_whatever_came_first),
      FIXTURE_TEST(the_version_that_serves_is_named_where_a_type_differs),
      FIXTURE_TEST(other_versions_are_named_where_none_serves),
      FIXTURE_TEST(a_definition_that_failed_does_not_serve),
      FIXTURE_TEST(a_resource_of_another_interface_is_found),
      FIXTURE_TEST(a_resource_of_another_version_is_not_the_same),
      FIXTURE_TEST(a_resource_of_the_same_name_is_not_the_same),
      FIXTURE_TEST(a_resource_of_several_that_are_as_near_is_none),
      FIXTURE_TEST(instances_inside_instances_have_both_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
