/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a component tells of itself: weir/type.h, weir/func.h and weir/extern.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/weir.h"

static const char guest[] =
    "(component"
    "  (import \"docs:shop/types@1.0.0\" (instance $types"
    "    (type $item (record (field \"name\" string) (field \"price\" u32)))"
    "    (export \"item\" (type $i (eq $item)))"
    "    (export \"basket\" (type $b (sub resource)))"
    "    (export \"[constructor]basket\" (func (result (own $b))))"
    "    (export \"[method]basket.add\" (func (param \"self\" (borrow $b)) (param \"what\" $i)))"
    "    (export \"[static]basket.merge\" (func (param \"a\" (own $b)) (param \"b\" (own $b)) (result (own $b))))"
    "    (export \"wait\" (func async (param \"ms\" u64)))))"
    "  (alias export $types \"item\" (type $item))"
    "  (import \"shapes\" (instance"
    "    (type $t (tuple u8 string))"
    "    (type $v (variant (case \"nothing\") (case \"one\" u8)))"
    "    (export \"v\" (type $ve (eq $v)))"
    "    (type $f (flags \"a\" \"b\"))"
    "    (export \"f\" (type $fe (eq $f)))"
    "    (type $e (enum \"x\" \"y\" \"z\"))"
    "    (export \"e\" (type $ee (eq $e)))"
    "    (type $o (option $ee))"
    "    (type $r (result (error string)))"
    "    (type $l (list f32))"
    "    (type $four (list u16 4))"
    "    (type $s (stream u8))"
    "    (type $fu (future))"
    "    (export \"all\" (func (param \"t\" $t) (param \"v\" $ve) (param \"f\" $fe) (param \"o\" $o) (param \"r\" $r)"
    "      (param \"l\" $l) (param \"four\" $four) (param \"s\" $s) (param \"fu\" $fu)))))"
    "  (core module $M (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"
    "  (core instance $m (instantiate $M))"
    "  (type $own (resource (rep i32)))"
    "  (func $add (param \"left\" u32) (param \"right\" u32) (result u32) (canon lift (core func $m \"add\")))"
    "  (export \"add\" (func $add))"
    "  (instance $inner (export \"deep\" (func $add)))"
    "  (instance $ops (export \"sum\" (func $add)) (export \"inner\" (instance $inner)) (export \"thing\" (type $own)))"
    "  (export \"docs:calc/ops@0.1.0\" (instance $ops)))";

struct fixture {
  weir_engine *engine;
  weir_component *component;
};

static int open_fixture(void **state) {
  struct fixture *f = calloc(1, sizeof(*f));
  weir_engine_config config = {.size = sizeof(weir_engine_config), .features = 0x1ff, .fast_compile = true};
  weir_error *error = NULL;
  *state = f;
  if (!f || weir_engine_new(&config, &f->engine, NULL) != WEIR_OK)
    return 1;
  if (weir_component_new(f->engine, guest, sizeof(guest) - 1, &f->component, &error) == WEIR_OK)
    return 0;
  print_error("%s\n", weir_error_message(error));
  return 1;
}

static int close_fixture(void **state) {
  struct fixture *f = *state;
  weir_component_free(f->component);
  weir_engine_free(f->engine);
  free(f);
  return 0;
}

static const weir_extern *find(const weir_extern *instance, const char *name) {
  for (size_t i = 0; i < weir_extern_count(instance); i++)
    if (strcmp(weir_extern_name(weir_extern_at(instance, i)), name) == 0)
      return weir_extern_at(instance, i);
  fail_msg("no `%s`", name);
  return NULL;
}

static const weir_extern *shop(void **state) {
  return weir_component_import(((struct fixture *)*state)->component, 0);
}

static const weir_extern *shapes(void **state) {
  return weir_component_import(((struct fixture *)*state)->component, 1);
}

static const weir_type *param(void **state, size_t index) {
  return weir_func_param_type(weir_extern_func(find(shapes(state), "all")), index);
}

/* ---- externs ------------------------------------------------------------------------------------------------ */

static void imports_and_exports_come_in_order_with_names(void **state) {
  const weir_component *c = ((struct fixture *)*state)->component;
  assert_int_equal(weir_component_import_count(c), 2);
  assert_null(weir_component_import(c, 2));
  assert_string_equal(weir_extern_name(shop(state)), "docs:shop/types@1.0.0");
  assert_int_equal(weir_extern_kind_of(shop(state)), WEIR_EXTERN_INSTANCE);
  assert_string_equal(weir_extern_kind_name(WEIR_EXTERN_INSTANCE), "instance");
  assert_string_equal(weir_extern_kind_name((weir_extern_kind)77), "unknown");
  assert_null(weir_extern_interface(shop(state)));
  assert_int_equal(weir_extern_count(shop(state)), 6);
  assert_null(weir_extern_at(shop(state), 6));
  assert_int_equal(weir_component_export_count(c), 2);
  assert_null(weir_component_export(c, 2));
  const weir_extern *add = weir_component_export(c, 0);
  assert_string_equal(weir_extern_name(add), "add");
  assert_int_equal(weir_extern_kind_of(add), WEIR_EXTERN_FUNC);
  assert_null(weir_extern_interface(add));
  assert_int_equal(weir_extern_count(add), 0);
}

static void an_extern_is_one_thing_only(void **state) {
  const weir_extern *item = find(shop(state), "item"), *basket = find(shop(state), "basket");
  assert_int_equal(weir_extern_kind_of(item), WEIR_EXTERN_TYPE);
  assert_non_null(weir_extern_type(item));
  assert_null(weir_extern_func(item));
  assert_null(weir_extern_resource(item));
  assert_int_equal(weir_extern_kind_of(basket), WEIR_EXTERN_RESOURCE);
  assert_non_null(weir_extern_resource(basket));
  assert_null(weir_extern_type(basket));
  assert_string_equal(weir_extern_interface(basket), "docs:shop/types@1.0.0");
}

static void instances_nest_and_their_functions_are_found(void **state) {
  const weir_component *c = ((struct fixture *)*state)->component;
  const weir_extern *ops = weir_component_export(c, 1), *inner = find(ops, "inner");
  const weir_extern *deep = find(inner, "deep");
  assert_string_equal(weir_extern_interface(inner), "docs:calc/ops@0.1.0");
  assert_string_equal(weir_extern_interface(deep), "docs:calc/ops@0.1.0/inner");
  assert_ptr_equal(weir_component_find_func(c, "docs:calc/ops@0.1.0", "sum"), weir_extern_func(find(ops, "sum")));
  assert_ptr_equal(weir_component_find_func(c, "docs:calc/ops@0.1.0/inner", "deep"), weir_extern_func(deep));
  assert_ptr_equal(weir_component_find_func(c, NULL, "add"), weir_extern_func(weir_component_export(c, 0)));
  assert_null(weir_component_find_func(c, NULL, "sum"));
  assert_null(weir_component_find_func(c, "docs:calc/ops@0.1.0", "inner"));
  assert_null(weir_component_find_func(c, "docs:shop/types@1.0.0", "wait"));
}

static void externs_are_printed(void **state) {
  char *text = NULL;
  size_t size = 0;
  assert_int_equal(weir_extern_print(find(shop(state), "wait"), &text, &size), WEIR_OK);
  assert_string_equal(text, "wait: async func(ms: u64);\n");
  assert_int_equal(size, strlen(text));
  weir_text_free(text);
  assert_int_equal(weir_extern_print(shop(state), &text, NULL), WEIR_OK);
  assert_non_null(strstr(text, "  resource basket {\n    constructor();\n    add: func(what: item);\n"));
  weir_text_free(text);
}

/* ---- functions ---------------------------------------------------------------------------------------------- */

static void a_function_knows_its_place(void **state) {
  const weir_func *wait = weir_extern_func(find(shop(state), "wait"));
  assert_string_equal(weir_func_name(wait), "wait");
  assert_string_equal(weir_func_interface(wait), "docs:shop/types@1.0.0");
  assert_true(weir_func_is_imported(wait));
  assert_true(weir_func_is_async(wait));
  assert_true(weir_func_is_flat(wait));
  assert_int_equal(weir_func_role_of(wait), WEIR_FUNC_FREE);
  assert_null(weir_func_resource(wait));
  assert_string_equal(weir_func_member(wait), "wait");
  assert_null(weir_func_result_type(wait));
  const weir_func *add = weir_component_find_func(((struct fixture *)*state)->component, NULL, "add");
  assert_null(weir_func_interface(add));
  assert_false(weir_func_is_imported(add));
  assert_false(weir_func_is_flat(weir_extern_func(find(shapes(state), "all"))));
}

static void assert_role(void **state, const char *name, weir_func_role role, const char *member) {
  const weir_func *func = weir_extern_func(find(shop(state), name));
  assert_int_equal(weir_func_role_of(func), role);
  assert_string_equal(weir_func_member(func), member);
  assert_ptr_equal(weir_func_resource(func), weir_extern_resource(find(shop(state), "basket")));
}

static void members_belong_to_their_resource(void **state) {
  assert_role(state, "[constructor]basket", WEIR_FUNC_CONSTRUCTOR, "");
  assert_role(state, "[method]basket.add", WEIR_FUNC_METHOD, "add");
  assert_role(state, "[static]basket.merge", WEIR_FUNC_STATIC, "merge");
}

static void an_import_is_not_called(void **state) {
  struct fixture *f = *state;
  static const char importer[] = "(component (import \"f\" (func)))";
  weir_component *c = NULL;
  weir_linker *linker = NULL;
  weir_store *store = NULL;
  weir_instance *instance = NULL;
  weir_call *call = NULL;
  weir_error *error = NULL;
  assert_int_equal(weir_component_new(f->engine, importer, sizeof(importer) - 1, &c, NULL), WEIR_OK);
  assert_int_equal(weir_linker_new(f->engine, &linker, NULL), WEIR_OK);
  assert_int_equal(weir_linker_define_func(linker, NULL, "f", NULL, NULL, NULL, NULL, NULL), WEIR_OK);
  assert_int_equal(weir_store_new(f->engine, NULL, &store, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(store, linker, c, &instance, NULL), WEIR_OK);
  const weir_func *func = weir_extern_func(weir_component_import(c, 0));
  assert_int_equal(weir_call_start(instance, func, NULL, 0, NULL, NULL, &call, &error), WEIR_ERR_MISUSE);
  assert_non_null(strstr(weir_error_message(error), "import"));
  weir_error_free(error);
  weir_store_free(store);
  weir_linker_free(linker);
  weir_component_free(c);
}

static void arguments_are_read_from_text(void **state) {
  const weir_func *add = weir_component_find_func(((struct fixture *)*state)->component, NULL, "add");
  weir_value args[2];
  weir_error *error = NULL;
  size_t offset = 0;
  char *text = NULL;
  assert_int_equal(weir_func_parse_args(add, "(1, 2)", 6, args, NULL), WEIR_OK);
  assert_int_equal(args[1].of.u32, 2);
  assert_int_equal(weir_func_parse_args(add, "(1, x)", 6, args, &error), WEIR_ERR_PARSE);
  assert_true(weir_error_offset(error, &offset));
  assert_int_equal(offset, 4);
  assert_int_equal(args[0].kind, WEIR_VALUE_NONE);
  weir_error_free(error);
  assert_int_equal(weir_func_print(add, &text, NULL), WEIR_OK);
  assert_string_equal(text, "func(left: u32, right: u32) -> u32");
  weir_text_free(text);
}

/* ---- types -------------------------------------------------------------------------------------------------- */

static void records_have_fields(void **state) {
  const weir_type *item = weir_extern_type(find(shop(state), "item"));
  assert_int_equal(weir_type_kind_of(item), WEIR_TYPE_RECORD);
  assert_string_equal(weir_type_name(item), "item");
  assert_string_equal(weir_type_interface(item), "docs:shop/types@1.0.0");
  assert_int_equal(weir_type_part_count(item), 2);
  assert_string_equal(weir_type_part_name(item, 1), "price");
  assert_int_equal(weir_type_kind_of(weir_type_part_type(item, 1)), WEIR_TYPE_U32);
  assert_null(weir_type_part_name(item, 2));
  assert_null(weir_type_part_type(item, 2));
  assert_int_equal(weir_type_find_part(item, "price", 5), 1);
  assert_int_equal(weir_type_find_part(item, "pric", 4), WEIR_NO_PART);
  assert_ptr_equal(item, weir_func_param_type(weir_extern_func(find(shop(state), "[method]basket.add")), 1));
}

static void tuples_have_elements_without_names(void **state) {
  const weir_type *t = param(state, 0);
  assert_int_equal(weir_type_kind_of(t), WEIR_TYPE_TUPLE);
  assert_int_equal(weir_type_part_count(t), 2);
  assert_null(weir_type_part_name(t, 0));
  assert_int_equal(weir_type_kind_of(weir_type_part_type(t, 1)), WEIR_TYPE_STRING);
  assert_null(weir_type_name(t));
  assert_null(weir_type_interface(t));
}

static void cases_and_labels_are_parts(void **state) {
  const weir_type *v = param(state, 1), *f = param(state, 2), *o = param(state, 3), *r = param(state, 4);
  assert_int_equal(weir_type_kind_of(v), WEIR_TYPE_VARIANT);
  assert_null(weir_type_part_type(v, 0));
  assert_string_equal(weir_type_part_name(v, 1), "one");
  assert_int_equal(weir_type_kind_of(weir_type_part_type(v, 1)), WEIR_TYPE_U8);
  assert_int_equal(weir_type_kind_of(f), WEIR_TYPE_FLAGS);
  assert_int_equal(weir_type_find_part(f, "b", 1), 1);
  assert_int_equal(weir_type_kind_of(o), WEIR_TYPE_OPTION);
  assert_string_equal(weir_type_part_name(o, 0), "none");
  assert_string_equal(weir_type_part_name(o, 1), "some");
  assert_int_equal(weir_type_kind_of(weir_type_part_type(o, 1)), WEIR_TYPE_ENUM);
  assert_int_equal(weir_type_part_count(weir_type_part_type(o, 1)), 3);
  assert_int_equal(weir_type_kind_of(r), WEIR_TYPE_RESULT);
  assert_null(weir_type_part_type(r, 0));
  assert_string_equal(weir_type_part_name(r, 1), "error");
}

static void elements_have_lengths_and_sizes(void **state) {
  const weir_type *l = param(state, 5), *four = param(state, 6), *s = param(state, 7), *fu = param(state, 8);
  assert_int_equal(weir_type_kind_of(l), WEIR_TYPE_LIST);
  assert_int_equal(weir_type_packed_size(weir_type_element(l)), 4);
  assert_int_equal(weir_type_packed_size(l), 0);
  assert_int_equal(weir_type_length(l), 0);
  assert_int_equal(weir_type_kind_of(four), WEIR_TYPE_FIXED_LIST);
  assert_int_equal(weir_type_length(four), 4);
  assert_int_equal(weir_type_packed_size(weir_type_element(four)), 2);
  assert_int_equal(weir_type_kind_of(s), WEIR_TYPE_STREAM);
  assert_int_equal(weir_type_packed_size(weir_type_element(s)), 1);
  assert_true(weir_type_has_handle(s));
  assert_false(weir_type_has_handle(four));
  assert_int_equal(weir_type_kind_of(fu), WEIR_TYPE_FUTURE);
  assert_null(weir_type_element(fu));
}

static void resource_types_are_who_they_are(void **state) {
  const weir_component *c = ((struct fixture *)*state)->component;
  const weir_resource_type *basket = weir_extern_resource(find(shop(state), "basket"));
  const weir_func *merge = weir_extern_func(find(shop(state), "[static]basket.merge"));
  const weir_func *add = weir_extern_func(find(shop(state), "[method]basket.add"));
  assert_int_equal(weir_type_kind_of(weir_func_result_type(merge)), WEIR_TYPE_OWN);
  assert_ptr_equal(weir_type_resource(weir_func_result_type(merge)), basket);
  assert_int_equal(weir_type_kind_of(weir_func_param_type(add, 0)), WEIR_TYPE_BORROW);
  assert_ptr_equal(weir_type_resource(weir_func_param_type(add, 0)), basket);
  assert_string_equal(weir_resource_type_name(basket), "basket");
  assert_string_equal(weir_resource_type_interface(basket), "docs:shop/types@1.0.0");
  assert_true(weir_resource_type_is_imported(basket));
  const weir_resource_type *thing = weir_extern_resource(find(weir_component_export(c, 1), "thing"));
  assert_false(weir_resource_type_is_imported(thing));
  assert_ptr_not_equal(thing, basket);
  assert_null(weir_type_resource(NULL));
}

static void no_type_has_nothing(void **state) {
  (void)state;
  assert_int_equal(weir_type_kind_of(NULL), WEIR_TYPE_NONE);
  assert_int_equal(weir_type_part_count(NULL), 0);
  assert_null(weir_type_part_type(NULL, 0));
  assert_int_equal(weir_type_find_part(NULL, "x", 1), WEIR_NO_PART);
  assert_null(weir_type_element(NULL));
  assert_true(weir_type_equal(NULL, NULL));
  assert_string_equal(weir_type_kind_name(WEIR_TYPE_NONE), "none");
  assert_string_equal(weir_type_kind_name(WEIR_TYPE_FIXED_LIST), "fixed-length-list");
  assert_string_equal(weir_type_kind_name((weir_type_kind)1000), "unknown");
}

/* ---- parsed types ------------------------------------------------------------------------------------------- */

static const weir_type *parsed(void **state, const char *text) {
  const weir_type *type = NULL;
  struct fixture *f = *state;
  assert_int_equal(weir_type_parse(f->engine, text, strlen(text), &type, NULL), WEIR_OK);
  return type;
}

static void types_are_equal_by_structure(void **state) {
  const weir_type *item = weir_extern_type(find(shop(state), "item"));
  assert_true(weir_type_equal(item, parsed(state, "record { name: string, price: u32 }")));
  assert_false(weir_type_equal(item, parsed(state, "record { name: string, cost: u32 }")));
  assert_false(weir_type_equal(item, NULL));
  assert_ptr_equal(parsed(state, "list<u8>"), parsed(state, "list< u8 >"));
}

static void a_parsed_type_outlives_stores_and_components(void **state) {
  struct fixture *f = *state;
  const weir_type *type = parsed(state, "list<option<u16>>");
  weir_component_free(f->component);
  f->component = NULL;
  assert_int_equal(weir_type_kind_of(weir_type_element(type)), WEIR_TYPE_OPTION);
}

static void parsed_types_are_limited(void **state) {
  (void)state;
  weir_engine_config config = {.size = sizeof(weir_engine_config), .max_types = 2};
  weir_engine *engine = NULL;
  const weir_type *type = NULL;
  weir_error *error = NULL;
  assert_int_equal(weir_engine_new(&config, &engine, NULL), WEIR_OK);
  assert_int_equal(weir_type_parse(engine, "list<u8>", 8, &type, NULL), WEIR_OK);
  assert_int_equal(weir_type_parse(engine, "list<u16>", 9, &type, &error), WEIR_ERR_LIMIT);
  weir_error_free(error);
  weir_engine_free(engine);
}

static void values_are_checked_with_a_path(void **state) {
  const weir_type *type = parsed(state, "list<record { a: u8, b: option<string> }>");
  weir_value value = {0};
  weir_error *error = NULL;
  assert_int_equal(weir_value_parse(type, "[{a: 1, b: none}]", 17, &value, NULL), WEIR_OK);
  assert_int_equal(weir_value_check(type, &value, &error), WEIR_OK);
  value.of.list.items[0].of.list.items[1].tag = 7;
  assert_int_equal(weir_value_check(type, &value, &error), WEIR_ERR_TYPE);
  assert_non_null(strstr(weir_error_message(error), "element 0, field `b`"));
  weir_error_free(error);
  weir_value_clear(&value);
}

/* ---- components that are only looked at ------------------------------------------------------------------------- */

static weir_component *inspected(void **state, const char *text) {
  weir_component *c = NULL;
  weir_error *error = NULL;
  struct fixture *f = *state;
  if (weir_component_inspect(f->engine, text, strlen(text), &c, &error) != WEIR_OK)
    fail_msg("%s", weir_error_message(error));
  return c;
}

static void what_is_only_looked_at_tells_the_same(void **state) {
  weir_component *c = inspected(state, guest);
  char *want = NULL, *got = NULL;
  assert_int_equal(weir_component_print(((struct fixture *)*state)->component, &want, NULL), WEIR_OK);
  assert_int_equal(weir_component_print(c, &got, NULL), WEIR_OK);
  assert_string_equal(got, want);
  weir_text_free(want);
  weir_text_free(got);
  weir_component_free(c);
}

static void what_is_only_looked_at_has_no_code(void **state) {
  struct fixture *f = *state;
  weir_component *c = inspected(state, "(component)");
  weir_store *store = NULL;
  weir_instance *instance = NULL;
  weir_error *error = NULL;
  void *bytes = NULL;
  size_t size = 0;
  assert_int_equal(weir_store_new(f->engine, NULL, &store, NULL), WEIR_OK);
  assert_int_equal(weir_instance_new(store, NULL, c, &instance, &error), WEIR_ERR_MISUSE);
  assert_non_null(strstr(weir_error_message(error), "looked at"));
  weir_error_free(error);
  weir_code *code = weir_component_code(c);
  assert_int_equal(weir_code_serialize(code, &bytes, &size, NULL), WEIR_ERR_MISUSE);
  assert_true(weir_code_size(code) > 0);
  weir_code_free(code);
  weir_store_free(store);
  weir_component_free(c);
}

static void parts_are_counted(void **state) {
  const weir_component *c = ((struct fixture *)*state)->component;
  size_t size = 0;
  const unsigned char *bytes = weir_component_bytes(c, &size);
  assert_int_equal(weir_bytes_kind_of(bytes, size), WEIR_BYTES_COMPONENT);
  assert_null(weir_component_name(c));
  assert_int_equal(weir_component_part_count(c, WEIR_PART_CORE_MODULES), 1);
  assert_int_equal(weir_component_part_count(c, WEIR_PART_HOST_FUNCTIONS), 5);
  assert_int_equal(weir_component_part_count(c, (weir_component_part)99), 0);
  assert_string_equal(weir_component_module_name(c, 0), "M");
  assert_true(weir_component_module_size(c, 0) > 8);
  assert_int_equal(weir_component_module_import_count(c, 0), 0);
  assert_null(weir_component_module_name(c, 1));
  weir_component *named = inspected(state, "(component $shop)");
  assert_string_equal(weir_component_name(named), "shop");
  weir_component_free(named);
}

/* ---- texts that could be long ----------------------------------------------------------------------------------- */

/* Each tuple has lists of the one before twice: printed in full it would have 2^17 of each. */
static weir_component *unfolding(void **state) {
  char text[8000] = "(component (type $t0 (tuple u8 u8))";
  for (int i = 1; i < 17; i++)
    snprintf(text + strlen(text), 100, "(type $l%d (list $t%d)) (type $t%d (tuple $l%d $l%d))", i, i - 1, i, i, i);
  strcat(text, "(import \"f\" (func (param \"p\" $t16))))");
  return inspected(state, text);
}

static void graphs_of_types_do_not_unfold(void **state) {
  weir_component *c = unfolding(state);
  char *text = NULL;
  size_t size = 0;
  assert_int_equal(weir_component_json(c, &text, &size, NULL), WEIR_OK);
  assert_true(size > 1 << 20 && size < 1100000);
  weir_text_free(text);
  assert_int_equal(weir_component_print(c, &text, &size), WEIR_OK);
  assert_true(size > 1 << 20 && size < 1100000);
  weir_text_free(text);
  weir_component_free(c);
}

static void json_refers_to_types_by_number(void **state) {
  char *text = NULL;
  assert_int_equal(weir_component_json(((struct fixture *)*state)->component, &text, NULL, NULL), WEIR_OK);
  assert_non_null(strstr(text, "\"role\": \"method\", \"member\": \"add\", \"resource\": 0"));
  assert_non_null(strstr(text,
                         "{\"kind\": \"record\", \"name\": \"item\", \"interface\": \"docs:shop/types@1.0.0\", "
                         "\"parts\": [{\"name\": \"name\", \"type\": \"string\"}, "));
  assert_non_null(strstr(text, "{\"kind\": \"own\", \"resource\": 0}"));
  weir_text_free(text);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

static void bytes_are_told_apart(void **state) {
  (void)state;
  assert_int_equal(weir_bytes_kind_of(NULL, 0), WEIR_BYTES_UNKNOWN);
  assert_int_equal(weir_bytes_kind_of("\0asm\x0d\0\1\0", 8), WEIR_BYTES_COMPONENT);
  assert_int_equal(weir_bytes_kind_of("\0asm\1\0\0\0", 8), WEIR_BYTES_MODULE);
  assert_int_equal(weir_bytes_kind_of("\0weirc\r\n", 8), WEIR_BYTES_CODE);
  assert_int_equal(weir_bytes_kind_of("(component)", 11), WEIR_BYTES_TEXT);
  assert_int_equal(weir_bytes_kind_of("\0abc", 4), WEIR_BYTES_UNKNOWN);
}

static void text_becomes_binary_and_is_validated(void **state) {
  struct fixture *f = *state;
  void *bytes = NULL;
  size_t size = 0;
  weir_error *error = NULL;
  assert_int_equal(weir_bytes_from_text(f->engine, "(module (func))", 15, &bytes, &size, NULL), WEIR_OK);
  assert_int_equal(weir_bytes_kind_of(bytes, size), WEIR_BYTES_MODULE);
  assert_int_equal(weir_bytes_validate(f->engine, bytes, size, NULL), WEIR_OK);
  assert_int_equal(weir_bytes_validate(f->engine, bytes, size - 1, &error), WEIR_ERR_MALFORMED);
  weir_error_free(error);
  weir_bytes_free(bytes);
  assert_int_equal(weir_bytes_from_text(f->engine, "(what)", 6, &bytes, &size, NULL), WEIR_ERR_MALFORMED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(imports_and_exports_come_in_order_with_names),
      cmocka_unit_test(an_extern_is_one_thing_only),
      cmocka_unit_test(instances_nest_and_their_functions_are_found),
      cmocka_unit_test(externs_are_printed),
      cmocka_unit_test(a_function_knows_its_place),
      cmocka_unit_test(members_belong_to_their_resource),
      cmocka_unit_test(an_import_is_not_called),
      cmocka_unit_test(arguments_are_read_from_text),
      cmocka_unit_test(records_have_fields),
      cmocka_unit_test(tuples_have_elements_without_names),
      cmocka_unit_test(cases_and_labels_are_parts),
      cmocka_unit_test(elements_have_lengths_and_sizes),
      cmocka_unit_test(resource_types_are_who_they_are),
      cmocka_unit_test(no_type_has_nothing),
      cmocka_unit_test(types_are_equal_by_structure),
      cmocka_unit_test(parsed_types_are_limited),
      cmocka_unit_test(values_are_checked_with_a_path),
      cmocka_unit_test(what_is_only_looked_at_tells_the_same),
      cmocka_unit_test(what_is_only_looked_at_has_no_code),
      cmocka_unit_test(parts_are_counted),
      cmocka_unit_test(graphs_of_types_do_not_unfold),
      cmocka_unit_test(json_refers_to_types_by_number),
      cmocka_unit_test(bytes_are_told_apart),
      cmocka_unit_test(text_becomes_binary_and_is_validated),
      cmocka_unit_test(a_parsed_type_outlives_stores_and_components),
  };
  return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
