/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Signatures from text become the same types that a component would have, or say where they are wrong. */
#include "unit/wit/wave_types.h"

static const struct weir_resource_type known = {.name = {"thing", 5}};

static const struct weir_resource_type *find(void *data, struct str name, bool bare) {
  (void)data, (void)bare;
  return str_eq(name, known.name) ? &known : NULL;
}

static const struct func_type *parse(void **state, const char *text) {
  struct wave_types *fixture = *state;
  const struct func_type *func = NULL;
  struct diag d;
  diag_init(&d);
  if (signature_parse(fixture->types, str_from(text), find, NULL, &func, &d) != WEIR_OK)
    fail_msg("%s: %s", text, diag_message(&d));
  return func;
}

static void refused(void **state, const char *text, size_t offset, const char *part) {
  struct wave_types *fixture = *state;
  const struct func_type *func = NULL;
  struct diag d;
  diag_init(&d);
  assert_int_equal(signature_parse(fixture->types, str_from(text), find, NULL, &func, &d), WEIR_ERR_PARSE);
  if (!strstr(diag_message(&d), part))
    fail_msg("%s: %s", text, diag_message(&d));
  assert_true(d.has_offset);
  assert_int_equal(d.offset, offset);
  diag_done(&d);
}

static void parameters_have_labels_and_results_are_optional(void **state) {
  const struct func_type *f = parse(state, "async func(how-long: u64, %b: string)");
  assert_true(f->async);
  assert_null(f->result);
  assert_int_equal(f->params->field_count, 2);
  assert_memory_equal(f->params->fields[0].label.data, "how-long", 8);
  assert_int_equal(f->params->fields[0].type->kind, TYPE_U64);
  assert_int_equal(f->params->fields[1].label.size, 1);
  f = parse(state, " func ( ) -> bool ");
  assert_false(f->async);
  assert_int_equal(f->params->field_count, 0);
  assert_int_equal(f->result->kind, TYPE_BOOL);
}

static void structure_nests(void **state) {
  const struct func_type *f = parse(state, "func(data: stream<u8>) -> future<result<_, enum { io, pipe }>>");
  assert_int_equal(f->params->fields[0].type->kind, TYPE_STREAM);
  assert_int_equal(f->params->fields[0].type->elem->kind, TYPE_U8);
  const struct weir_type *result = f->result->elem;
  assert_int_equal(result->kind, TYPE_RESULT);
  assert_null(result->fields[0].type);
  assert_int_equal(result->fields[1].type->kind, TYPE_ENUM);
  assert_int_equal(result->fields[1].type->field_count, 2);
}

static void equal_structure_is_the_same_type(void **state) {
  const char *type = "tuple<record { a: u8, b: list<u8, 4> }, variant { x(u8), y }, flags { f }, map<string, f64>>";
  assert_ptr_equal(wave_type(state, type), wave_type(state, type));
  assert_ptr_not_equal(wave_type(state, "list<u8, 4>"), wave_type(state, "list<u8, 5>"));
}

static void bare_names_own_resources(void **state) {
  const struct func_type *f = parse(state, "func(a: own<thing>, b: borrow<thing>, c: thing) -> option<own<thing>>");
  assert_int_equal(f->params->fields[0].type->kind, TYPE_OWN);
  assert_int_equal(f->params->fields[1].type->kind, TYPE_BORROW);
  assert_ptr_equal(f->params->fields[0].type, f->params->fields[2].type);
  assert_ptr_equal(f->params->fields[0].type->resource, &known);
  refused(state, "func(a: other)", 8, "`other`");
  refused(state, "func(a: borrow<other>)", 15, "`other`");
  refused(state, "func(a: list<u33>)", 13, "`u33` is neither a type");
  refused(state, "func() -> %u8", 10, "`u8` is neither a type");
}

static void bare_streams_futures_and_results_have_no_element(void **state) {
  const struct func_type *f = parse(state, "func(a: stream, b: future) -> result");
  assert_null(f->params->fields[0].type->elem);
  assert_null(f->params->fields[1].type->elem);
  assert_null(f->result->fields[0].type);
  f = parse(state, "func() -> result<u8>");
  assert_int_equal(f->result->fields[0].type->kind, TYPE_U8);
}

static void errors_tell_the_place(void **state) {
  refused(state, "", 0, "`func`");
  refused(state, "func", 4, "`(`");
  refused(state, "func(a u8)", 7, "`:`");
  refused(state, "func(a: u8", 10, "`)`");
  refused(state, "func() ->", 9, "a type");
  refused(state, "func() -> u8 u8", 13, "the end");
  refused(state, "func(a: list<u8, 0>)", 18, "at least 1");
  refused(state, "func(a: list<u8, 99999999999>)", 26, "32 bits");
  refused(state, "func(a: tuple<>)", 15, "at least one");
  refused(state, "func(a: record { })", 18, "at least one");
}

static void a_type_stands_alone(void **state) {
  struct wave_types *fixture = *state;
  const struct weir_type *type = NULL;
  struct diag d;
  diag_init(&d);
  assert_int_equal(signature_parse_type(fixture->types, STR(" stream<string> "), &type, &d), WEIR_OK);
  assert_int_equal(type->elem->kind, TYPE_STRING);
  assert_int_equal(signature_parse_type(fixture->types, STR("stream<u8> u8"), &type, &d), WEIR_ERR_PARSE);
  assert_int_equal(d.offset, 11);
  assert_string_equal(diag_message(&d), "expected the end in the type");
  diag_done(&d);
  assert_int_equal(signature_parse_type(fixture->types, STR("list<thing>"), &type, &d), WEIR_ERR_PARSE);
  assert_int_equal(d.offset, 5);
  diag_done(&d);
}

static void nesting_is_bounded(void **state) {
  char text[4096] = "func(a: ";
  for (int i = 0; i < 400; i++)
    strcat(text, "option<");
  struct wave_types *fixture = *state;
  const struct func_type *func = NULL;
  assert_int_equal(signature_parse(fixture->types, str_from(text), find, NULL, &func, NULL), WEIR_ERR_PARSE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parameters_have_labels_and_results_are_optional),
      cmocka_unit_test(structure_nests),
      cmocka_unit_test(equal_structure_is_the_same_type),
      cmocka_unit_test(bare_names_own_resources),
      cmocka_unit_test(bare_streams_futures_and_results_have_no_element),
      cmocka_unit_test(errors_tell_the_place),
      cmocka_unit_test(a_type_stands_alone),
      cmocka_unit_test(nesting_is_bounded),
  };
  return cmocka_run_group_tests(tests, wave_types_open, wave_types_close);
}
