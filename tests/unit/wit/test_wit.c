/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Types, functions and interfaces as WIT text. Sources: link_vectors.wat. */
#include "wit/wit.h"

#include "unit/component/link_support.h"

static void assert_taken(struct text *t, const char *want) {
  char *text = text_take(t, NULL);
  assert_non_null(text);
  assert_string_equal(text, want);
  free(text);
}

static void assert_item(const struct weir_extern *item, const char *keyword, int indent, const char *want) {
  struct text t;
  text_init(&t);
  wit_item(&t, keyword, item, indent);
  assert_taken(&t, want);
}

static void declared_types_are_written_out(void **state) {
  (void)state;
  static const struct {
    const char *name, *want;
  } rows[] = {
      {"rec", "export record rec {\n  a: u8,\n  %list: list<string>,\n}\n"},
      {"var", "export variant var {\n  none,\n  some(rec),\n}\n"},
      {"fl", "export flags fl {\n  r,\n  w,\n}\n"},
      {"en", "export enum en {\n  red,\n  green,\n}\n"},
      {"al", "export type al = list<option<result<u8, string>>>;\n"},
      {"res", "export resource res;\n"},
      {"res2", "export type res2 = res;\n"},
  };
  struct linked l;
  const struct graph *g = linked_ok(&l, "types");
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    assert_item(item_of(g->exports, g->export_count, rows[i].name), "export", 0, rows[i].want);
  linked_done(&l);
}

static void functions_are_written_with_names(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "types");
  struct text t;
  text_init(&t);
  wit_func(&t, item_of(g->exports, g->export_count, "pass")->func->type);
  assert_taken(&t, "func(r: borrow<res>) -> res");
  assert_item(item_of(g->exports, g->export_count, "stop"), "export", 1, "  export stop: async func();\n");
  assert_item(item_of(g->exports, g->export_count, "give"), "", 0,
              "give: async func() -> tuple<stream<u8>, future, map<string, u32>, list<u8, 4>>;\n");
  linked_done(&l);
}

static void a_named_type_is_its_name_unless_expanded(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "types");
  const struct weir_type *var = item_of(g->exports, g->export_count, "var")->type;
  struct text t;
  text_init(&t);
  wit_type(&t, var, false);
  assert_taken(&t, "var");
  wit_type(&t, var, true);
  assert_taken(&t, "variant { none, some(rec) }");
  linked_done(&l);
}

static void an_interface_gathers_the_members_of_its_resources(void **state) {
  (void)state;
  struct linked l;
  const struct graph *g = linked_ok(&l, "interface");
  assert_item(item_of(g->imports, g->import_count, "a:b/c@1.0.0"), "import", 0,
              "import a:b/c@1.0.0: interface {\n"
              "  resource thing {\n"
              "    constructor(n: u32);\n"
              "    get: func() -> u32;\n"
              "    wait: async func(%list: u32);\n"
              "    all: static func() -> list<thing>;\n"
              "  }\n"
              "  resource bare;\n"
              "  variant kind {\n"
              "    x(u32),\n"
              "    y,\n"
              "  }\n"
              "  type size = u64;\n"
              "  go: func(k: borrow<thing>) -> result<_, string>;\n"
              "}\n");
  assert_item(item_of(g->imports, g->import_count, "plain"), "import", 0, "import plain: func(x: u32) -> string;\n");
  assert_item(item_of(g->imports, g->import_count, "mod"), "import", 0, "import mod: core module;\n");
  assert_item(item_of(g->imports, g->import_count, "comp"), "import", 0, "import comp: component;\n");
  linked_done(&l);
}

/* A type that holds another twice, fifty deep, has 2^50 leaves. */
static void text_of_a_type_is_bounded(void **state) {
  (void)state;
  struct arena arena;
  struct diag d;
  struct text t;
  arena_init(&arena, &mem_system);
  diag_init(&d);
  struct type_table *types = type_table_new(&arena);
  const struct weir_type *type = type_primitive(types, TYPE_U8, &d);
  for (int i = 0; i < 48; i++) {
    struct type_field fields[2] = {{.label = STR(""), .type = type}, {.label = STR(""), .type = type}};
    type = type_list(types, type_fields(types, TYPE_TUPLE, fields, 2, &d), &d);
    assert_non_null(type);
  }
  text_init(&t);
  wit_type(&t, type, true);
  assert_true(t.size > 1000 && t.size < 2u << 20);
  text_done(&t);
  arena_done(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(declared_types_are_written_out),
      cmocka_unit_test(functions_are_written_with_names),
      cmocka_unit_test(a_named_type_is_its_name_unless_expanded),
      cmocka_unit_test(an_interface_gathers_the_members_of_its_resources),
      cmocka_unit_test(text_of_a_type_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
