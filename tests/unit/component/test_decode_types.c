/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every shape of type once: that it comes out with its parts, and that the decoder ends exactly behind it. */
#include "unit/component/decode_support.h"

/* Decodes one type with a bool behind it, which shows that the type was read to its end. */
static const struct ast_type *first_type(struct decoded *d, const uint8_t *type, size_t size) {
  struct build b = {0}, section = {0};
  build_bytes(&section, LIT("\2"));
  build_bytes(&section, type, size);
  build_bytes(&section, LIT("\x7f"));
  build_bytes(&b, LIT(HEAD));
  build_section(&b, 7, section.data, section.size);
  decoded_ok(d, b.data, b.size, 2);
  assert_int_equal(d->component->defs[1].of.type->kind, AST_TYPE_PRIMITIVE);
  assert_int_equal(d->component->defs[1].offset, d->size - 1);
  return d->component->defs[0].of.type;
}

static void assert_primitive(struct ast_valtype t, enum type_kind kind) {
  assert_true(t.present && !t.is_index);
  assert_int_equal(t.primitive, kind);
}

static void assert_index(struct ast_valtype t, uint32_t index) {
  assert_true(t.present && t.is_index);
  assert_int_equal(t.index, index);
}

static void primitive_types(void **state) {
  (void)state;
  static const struct {
    uint8_t byte;
    enum type_kind kind;
  } rows[] = {{0x7f, TYPE_BOOL}, {0x7e, TYPE_S8},   {0x7d, TYPE_U8},     {0x7c, TYPE_S16},          {0x7b, TYPE_U16},
              {0x7a, TYPE_S32},  {0x79, TYPE_U32},  {0x78, TYPE_S64},    {0x77, TYPE_U64},          {0x76, TYPE_F32},
              {0x75, TYPE_F64},  {0x74, TYPE_CHAR}, {0x73, TYPE_STRING}, {0x64, TYPE_ERROR_CONTEXT}};
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct decoded d;
    const struct ast_type *t = first_type(&d, &rows[i].byte, 1);
    assert_int_equal(t->kind, AST_TYPE_PRIMITIVE);
    assert_int_equal(t->primitive, rows[i].kind);
    decoded_done(&d);
  }
}

static void types_with_fields(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_type *t = first_type(&d, LIT("\x72\2\1a\x79\2bc\x05"));
  assert_int_equal(t->kind, AST_TYPE_RECORD);
  assert_int_equal(t->field_count, 2);
  assert_str(t->fields[0].label, "a");
  assert_primitive(t->fields[0].type, TYPE_U32);
  assert_str(t->fields[1].label, "bc");
  assert_index(t->fields[1].type, 5);
  decoded_done(&d);

  t = first_type(&d, LIT("\x71\2\1a\0\0\1b\1\x73\0"));
  assert_int_equal(t->kind, AST_TYPE_VARIANT);
  assert_int_equal(t->field_count, 2);
  assert_false(t->fields[0].type.present);
  assert_str(t->fields[1].label, "b");
  assert_primitive(t->fields[1].type, TYPE_STRING);
  decoded_done(&d);

  t = first_type(&d, LIT("\x6f\2\x7f\x83\1"));
  assert_int_equal(t->kind, AST_TYPE_TUPLE);
  assert_int_equal(t->field_count, 2);
  assert_str(t->fields[0].label, "");
  assert_index(t->fields[1].type, 131);
  decoded_done(&d);
}

static void types_with_labels_only(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_type *t = first_type(&d, LIT("\x6e\2\1r\1w"));
  assert_int_equal(t->kind, AST_TYPE_FLAGS);
  assert_int_equal(t->field_count, 2);
  assert_str(t->fields[1].label, "w");
  assert_false(t->fields[1].type.present);
  decoded_done(&d);

  t = first_type(&d, LIT("\x6d\1\3red"));
  assert_int_equal(t->kind, AST_TYPE_ENUM);
  assert_str(t->fields[0].label, "red");
  decoded_done(&d);
}

static void types_around_one_type(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_type *t = first_type(&d, LIT("\x70\x7d"));
  assert_int_equal(t->kind, AST_TYPE_LIST);
  assert_primitive(t->a, TYPE_U8);
  decoded_done(&d);
  t = first_type(&d, LIT("\x67\x7d\x80\2"));
  assert_int_equal(t->kind, AST_TYPE_FIXED_LIST);
  assert_primitive(t->a, TYPE_U8);
  assert_int_equal(t->length, 256);
  decoded_done(&d);
  t = first_type(&d, LIT("\x6b\7"));
  assert_int_equal(t->kind, AST_TYPE_OPTION);
  assert_index(t->a, 7);
  decoded_done(&d);
  t = first_type(&d, LIT("\x66\0"));
  assert_int_equal(t->kind, AST_TYPE_STREAM);
  assert_false(t->a.present);
  decoded_done(&d);
  t = first_type(&d, LIT("\x65\1\x74"));
  assert_int_equal(t->kind, AST_TYPE_FUTURE);
  assert_primitive(t->a, TYPE_CHAR);
  decoded_done(&d);
}

static void types_around_two_types(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_type *t = first_type(&d, LIT("\x6a\0\1\x73"));
  assert_int_equal(t->kind, AST_TYPE_RESULT);
  assert_false(t->a.present);
  assert_primitive(t->b, TYPE_STRING);
  decoded_done(&d);
  t = first_type(&d, LIT("\x63\x73\4"));
  assert_int_equal(t->kind, AST_TYPE_MAP);
  assert_primitive(t->a, TYPE_STRING);
  assert_index(t->b, 4);
  decoded_done(&d);
}

static void resources_and_handles(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_type *t = first_type(&d, LIT("\x3f\x7f\0"));
  assert_int_equal(t->kind, AST_TYPE_RESOURCE);
  assert_int_equal(t->rep, 0x7f);
  assert_int_equal(t->index, AST_NONE);
  decoded_done(&d);
  t = first_type(&d, LIT("\x3f\x7e\1\x09"));
  assert_int_equal(t->rep, 0x7e);
  assert_int_equal(t->index, 9);
  decoded_done(&d);
  t = first_type(&d, LIT("\x69\3"));
  assert_int_equal(t->kind, AST_TYPE_OWN);
  assert_int_equal(t->index, 3);
  decoded_done(&d);
  t = first_type(&d, LIT("\x68\4"));
  assert_int_equal(t->kind, AST_TYPE_BORROW);
  assert_int_equal(t->index, 4);
  decoded_done(&d);
}

static void function_types(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_type *t = first_type(&d, LIT("\x40\1\1p\x7f\0\x79"));
  assert_int_equal(t->kind, AST_TYPE_FUNC);
  assert_false(t->async);
  assert_int_equal(t->field_count, 1);
  assert_str(t->fields[0].label, "p");
  assert_primitive(t->a, TYPE_U32);
  decoded_done(&d);
  t = first_type(&d, LIT("\x43\0\1\0"));
  assert_int_equal(t->kind, AST_TYPE_FUNC);
  assert_true(t->async);
  assert_int_equal(t->field_count, 0);
  assert_false(t->a.present);
  decoded_done(&d);
}

static void component_types_have_all_declarators(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_type *t =
      first_type(&d, LIT("\x41\5\0\x60\0\0\1\x42\1\1\x73\2\3\2\1\2\3\0\1i\3\0\0\4\2\1e\1\1\1v\3\1"));
  static const enum ast_decl_kind kinds[] = {AST_DECL_CORE_TYPE, AST_DECL_TYPE, AST_DECL_ALIAS, AST_DECL_IMPORT,
                                             AST_DECL_EXPORT};
  assert_int_equal(t->kind, AST_TYPE_COMPONENT);
  assert_int_equal(t->decl_count, 5);
  for (unsigned i = 0; i < 5; i++)
    assert_int_equal(t->decls[i].kind, kinds[i]);
  assert_int_equal(t->decls[0].offset, 13);
  assert_int_equal(t->decls[1].offset, 17);
  assert_true(t->decls[0].of.core_type->is_plain_func);
  assert_int_equal(t->decls[1].of.type->kind, AST_TYPE_INSTANCE);
  assert_int_equal(t->decls[1].of.type->decls[0].of.type->primitive, TYPE_STRING);
  assert_int_equal(t->decls[2].of.alias->count, 1);
  assert_int_equal(t->decls[2].of.alias->index, 2);
  const struct ast_import *import = t->decls[3].of.item;
  assert_str(import->name.name, "i");
  assert_int_equal(import->type.sort, AST_SORT_TYPE);
  assert_int_equal(import->type.index, 0);
  const struct ast_import *export = t->decls[4].of.item;
  assert_str(export->name.version_suffix, "v");
  assert_int_equal(export->type.index, AST_NONE);
  decoded_done(&d);
}

/* ---- core types -------------------------------------------------------------------------------------------------- */

/* Decodes a core type that defines `count` types, with (func) behind it; gives the first. */
static const struct ast_core_type *first_core_type(struct decoded *d, const uint8_t *type, size_t size,
                                                   uint32_t count) {
  struct build b = {0}, section = {0};
  build_bytes(&section, LIT("\2"));
  build_bytes(&section, type, size);
  build_bytes(&section, LIT("\x60\0\0"));
  build_bytes(&b, LIT(HEAD));
  build_section(&b, 3, section.data, section.size);
  decoded_ok(d, b.data, b.size, count + 1);
  assert_int_equal(d->component->defs[count].offset, d->size - 3);
  if (count == 0)
    return NULL;
  const struct ast_core_type *t = d->component->defs[0].of.core_type;
  assert_ptr_equal(t->bytes, d->bytes + 11);
  assert_int_equal(t->size, size);
  return t;
}

static void plain_core_functions_are_taken_apart(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_core_type *t = first_core_type(&d, LIT("\x60\4\x7f\x7e\x7d\x7c\1\x7e"), 1);
  static const uint8_t params[] = {CORE_I32, CORE_I64, CORE_F32, CORE_F64};
  assert_true(t->is_plain_func);
  assert_int_equal(t->func.param_count, 4);
  assert_memory_equal(t->func.params, params, 4);
  assert_int_equal(t->func.result_count, 1);
  assert_int_equal(t->func.results[0], CORE_I64);
  decoded_done(&d);
  t = first_core_type(&d, LIT("\x4f\0\x60\1\x7f\0"), 1);
  assert_true(t->is_plain_func);
  assert_int_equal(t->func.param_count, 1);
  decoded_done(&d);
  t = first_core_type(&d, LIT("\x4e\1\x60\1\x7f\0"), 1);
  assert_true(t->is_plain_func);
  decoded_done(&d);
  t = first_core_type(&d,
                      LIT("\x60\x11"
                          "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\0"),
                      1);
  assert_true(t->is_plain_func);
  assert_int_equal(t->func.param_count, 17);
  decoded_done(&d);
}

static void other_core_types_are_passed_over(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
  } rows[] = {
#define ROW(s) {s, sizeof(s) - 1}
      ROW("\x60\1\x7b\0"),                           /* v128 */
      ROW("\x60\1\x70\1\x6f"),                       /* funcref, externref */
      ROW("\x60\3\x63\x83\1\x64\x70\x63\x65\x6e\0"), /* (ref null 131), (ref func), shared any */
      ROW("\x60\2\x63\x62\5\x65\x6f\0"),             /* exact 5, shared extern */
      ROW("\x60\0\2\x7f\x7f"),                       /* two results */
      ROW("\x60\x12"
          "\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f\0"),
      ROW("\0\x50\0\x60\0\0"), /* not final */
      ROW("\0\x50\1\3\x60\0\0"),
      ROW("\x4f\1\3\x60\0\0"),     /* final with a supertype */
      ROW("\x65\x60\0\0"),         /* shared */
      ROW("\x4c\1\x4d\2\x60\0\0"), /* describes, descriptor */
      ROW("\x5f\2\x78\0\x7f\1"),   /* a struct of i8 and mutable i32 */
      ROW("\x5e\x77\1"),           /* an array of mutable i16 */
      ROW("\x5d\x80\1"),           /* a continuation */
#undef ROW
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct decoded d;
    const struct ast_core_type *t = first_core_type(&d, (const uint8_t *)rows[i].bytes, rows[i].size, 1);
    assert_false(t->is_plain_func);
    assert_false(t->is_module);
    decoded_done(&d);
  }
}

static void a_recursion_group_defines_each_of_its_members(void **state) {
  (void)state;
  struct decoded d;
  const struct ast_core_type *t = first_core_type(&d, LIT("\x4e\3\x60\0\0\x50\0\x5f\0\x5e\x7f\0"), 3);
  assert_false(t->is_plain_func);
  assert_ptr_equal(d.component->defs[2].of.core_type, t);
  decoded_done(&d);
  t = first_core_type(&d, LIT("\x4e\2\x5f\0\x60\0\0"), 2);
  assert_false(t->is_plain_func);
  decoded_done(&d);
  first_core_type(&d, LIT("\x4e\0"), 0);
  decoded_done(&d);
}

static void module_types_are_passed_over(void **state) {
  (void)state;
  static const struct {
    const char *bytes;
    size_t size;
  } rows[] = {
#define ROW(s) {s, sizeof(s) - 1}
      ROW("\x50\0"),
      ROW("\x50\1\0\1m\1n\0\0"),        /* import of a function */
      ROW("\x50\1\0\1m\1n\x20\0"),      /* of an exact function */
      ROW("\x50\2\1\x60\0\0\3\1f\0\0"), /* type, export */
      ROW("\x50\1\1\x50\0\x60\0\0"),    /* in here 0x50 is the subtype that is not final */
      ROW("\x50\1\1\x4e\2\x60\0\0\x60\0\0"),
      ROW("\x50\1\2\x10\1\1\0"),                                      /* outer alias */
      ROW("\x50\3\3\1t\1\x70\0\1\3\1u\1\x70\5\1\2\3\1v\1\x64\0\0\1"), /* tables */
      ROW("\x50\3\3\1a\2\0\1\3\1b\2\7\1\2\3\1c\2\x08\1\0"),           /* memories: 32-bit, shared 64-bit, page size */
      ROW("\x50\1\3\1m\2\4\x80\x80\x80\x80\x80\x80\x01"),             /* more than 32 bits */
      ROW("\x50\2\3\1g\3\x7f\1\3\1h\3\x70\0"),                        /* globals */
      ROW("\x50\1\3\1t\4\0\0"),                                       /* tag */
#undef ROW
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct decoded d;
    assert_true(first_core_type(&d, (const uint8_t *)rows[i].bytes, rows[i].size, 1)->is_module);
    decoded_done(&d);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(primitive_types),
      cmocka_unit_test(types_with_fields),
      cmocka_unit_test(types_with_labels_only),
      cmocka_unit_test(types_around_one_type),
      cmocka_unit_test(types_around_two_types),
      cmocka_unit_test(resources_and_handles),
      cmocka_unit_test(function_types),
      cmocka_unit_test(component_types_have_all_declarators),
      cmocka_unit_test(plain_core_functions_are_taken_apart),
      cmocka_unit_test(other_core_types_are_passed_over),
      cmocka_unit_test(a_recursion_group_defines_each_of_its_members),
      cmocka_unit_test(module_types_are_passed_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
