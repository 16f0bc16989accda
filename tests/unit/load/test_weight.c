/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What would unfold to more than the validator should be given is refused before it, however it is hidden; what people
 * build is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "component/weigh.h"
#include "engine/eng.h"
#include "load/bytes.h"
#include "support/fault.h"

enum { FEATURES = 0x1ff };

struct binary {
  uint8_t *bytes;
  size_t size;
};

static struct binary binary_of(struct text *take_text, const char *end) {
  struct binary b = {0};
  size_t size;
  struct diag d;
  text_add(take_text, str_from(end));
  char *text = text_take(take_text, &size);
  assert_non_null(text);
  diag_init(&d);
  if (eng_text_to_binary((const uint8_t *)text, size, &b.bytes, &b.size, &d) != WEIR_OK)
    fail_msg("%s", diag_message(&d));
  diag_done(&d);
  free(text);
  return b;
}

/* Each component instantiates the one before twice. */
static void doubled_components(struct text *t, int levels) {
  text_init(t);
  text_add(t, STR("(component (component $c0 (type $r (resource (rep i32))) (export \"r\" (type $r)))"));
  for (int i = 1; i <= levels; i++)
    text_printf(t,
                "(component $c%d (alias outer 1 $c%d (component $x)) (instance $a (instantiate $x))"
                " (instance $b (instantiate $x)) (export \"a\" (instance $a)) (export \"b\" (instance $b)))",
                i, i - 1);
}

/* Each instance type exports the one before twice. */
static void doubled_types(struct text *t, int levels) {
  text_init(t);
  text_add(t, STR("(component (type $t0 (instance (export \"r\" (type (sub resource)))))"));
  for (int i = 1; i <= levels; i++)
    text_printf(t,
                "(type $t%d (instance (alias outer 1 $t%d (type $x)) (export \"a\" (instance (type $x)))"
                " (export \"b\" (instance (type $x)))))",
                i, i - 1);
}

static void validates_as(const struct binary *b, size_t size, weir_status expected, const char *words) {
  struct diag d;
  diag_init(&d);
  weir_status status = bytes_validate(&mem_system, b->bytes, size, FEATURES, &d);
  if (status != expected || !strstr(status == WEIR_OK ? "" : diag_message(&d), words))
    fail_msg("%s: %s", weir_status_name(status), diag_message(&d));
  diag_done(&d);
}

static void components_that_double_are_refused(void **state) {
  (void)state;
  struct text t;
  doubled_components(&t, 20);
  struct binary b = binary_of(&t, "(instance (instantiate $c20)))");
  validates_as(&b, b.size, WEIR_ERR_LIMIT, "unfolds to more than");
  eng_bytes_free(b.bytes, b.size);
}

static void components_that_nobody_instantiates_are_refused_too(void **state) {
  (void)state;
  struct text t;
  doubled_components(&t, 20);
  struct binary b = binary_of(&t, ")");
  validates_as(&b, b.size, WEIR_ERR_LIMIT, "unfolds to more than");
  eng_bytes_free(b.bytes, b.size);
}

static void types_that_double_are_refused(void **state) {
  (void)state;
  struct text t;
  doubled_types(&t, 20);
  struct binary b = binary_of(&t, "(import \"x\" (instance (type $t20))))");
  validates_as(&b, b.size, WEIR_ERR_LIMIT, "unfolds to more than");
  eng_bytes_free(b.bytes, b.size);
}

/* The validator would only come to the bad end after the long beginning. */
static void a_bad_end_hides_nothing(void **state) {
  (void)state;
  struct text t;
  doubled_components(&t, 20);
  text_add(&t, STR("(component $last (core module))"));
  struct binary b = binary_of(&t, "(instance (instantiate $c20)))");
  for (size_t cut = 1; cut < 12; cut++)
    validates_as(&b, b.size - cut, WEIR_ERR_LIMIT, "unfolds to more than");
  eng_bytes_free(b.bytes, b.size);
}

static void what_is_malformed_keeps_the_validators_words(void **state) {
  (void)state;
  struct binary b = {(uint8_t *)(uintptr_t) "\0asm\x0d\0\1\0\x63\0", 10};
  validates_as(&b, b.size, WEIR_ERR_INVALID, "malformed section id: 99");
}

/* A chain of components, each with the one before as its argument; and hundreds of instances of one. */
static void long_compositions_are_accepted(void **state) {
  (void)state;
  struct text t;
  text_init(&t);
  text_add(&t, STR("(component (type $i (instance (export \"r\" (type (sub resource))) (export \"f\" (func))))"
                   "(import \"i0\" (instance $i0 (type $i)))"));
  for (int i = 1; i <= 300; i++)
    text_printf(&t,
                "(component $c%d (alias outer 1 $i (type $i)) (import \"i\" (instance $x (type $i)))"
                " (export \"o\" (instance $x)))"
                "(instance $n%d (instantiate $c%d (with \"i\" (instance $i%d))))"
                "(alias export $n%d \"o\" (instance $i%d))",
                i, i, i, i - 1, i, i);
  for (int i = 0; i < 300; i++)
    text_add(&t, STR("(instance (instantiate $c1 (with \"i\" (instance $i0))))"));
  struct binary b = binary_of(&t, ")");
  validates_as(&b, b.size, WEIR_OK, "");
  eng_bytes_free(b.bytes, b.size);
}

static weir_status weigh_with(const struct weir_alloc *alloc, void *data) {
  const struct binary *b = data;
  return bytes_validate(alloc, b->bytes, b->size, FEATURES, NULL);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  struct text t;
  doubled_components(&t, 3);
  struct binary b = binary_of(&t, "(instance (instantiate $c3)))");
  assert_true(fault_sweep(weigh_with, &b) >= 5);
  eng_bytes_free(b.bytes, b.size);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(components_that_double_are_refused),
      cmocka_unit_test(components_that_nobody_instantiates_are_refused_too),
      cmocka_unit_test(types_that_double_are_refused),
      cmocka_unit_test(a_bad_end_hides_nothing),
      cmocka_unit_test(what_is_malformed_keeps_the_validators_words),
      cmocka_unit_test(long_compositions_are_accepted),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
