/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Interning: one structure is one pointer; flags, limits, and comparison between tables. */
#include "component/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "support/fault.h"

struct fixture {
  struct arena arena;
  struct diag diag;
  struct type_table *types;
};

static void open_types(struct fixture *f) {
  arena_init(&f->arena, &mem_system);
  diag_init(&f->diag);
  f->types = type_table_new(&f->arena);
  assert_non_null(f->types);
}

static void close_types(struct fixture *f) {
  diag_done(&f->diag);
  arena_done(&f->arena);
}

static const struct weir_type *prim(struct fixture *f, enum type_kind kind) {
  return type_primitive(f->types, kind, &f->diag);
}

static const struct weir_type *pair(struct fixture *f, enum type_kind kind, const char *a, const struct weir_type *at,
                                    const char *b, const struct weir_type *bt) {
  struct type_field fields[2] = {{.label = str_from(a), .type = at}, {.label = str_from(b), .type = bt}};
  return type_fields(f->types, kind, fields, 2, &f->diag);
}

static void equal_structures_are_one_type(void **state) {
  (void)state;
  struct fixture f;
  open_types(&f);
  const struct weir_type *u8 = prim(&f, TYPE_U8), *s = prim(&f, TYPE_STRING);
  struct weir_resource_type r = {.index = 0}, q = {.index = 1};
  assert_ptr_equal(u8, prim(&f, TYPE_U8));
  assert_ptr_not_equal(u8, prim(&f, TYPE_S8));
  assert_ptr_equal(type_list(f.types, u8, &f.diag), type_list(f.types, u8, &f.diag));
  assert_ptr_equal(pair(&f, TYPE_RECORD, "a", u8, "b", s), pair(&f, TYPE_RECORD, "a", u8, "b", s));
  assert_ptr_not_equal(pair(&f, TYPE_RECORD, "a", u8, "b", s), pair(&f, TYPE_RECORD, "a", u8, "c", s));
  assert_ptr_not_equal(pair(&f, TYPE_RECORD, "a", u8, "b", s), pair(&f, TYPE_RECORD, "a", s, "b", u8));
  assert_ptr_not_equal(pair(&f, TYPE_VARIANT, "a", u8, "b", s), pair(&f, TYPE_VARIANT, "a", u8, "b", NULL));
  assert_ptr_not_equal(pair(&f, TYPE_ENUM, "a", NULL, "b", NULL), pair(&f, TYPE_FLAGS, "a", NULL, "b", NULL));
  assert_ptr_not_equal(type_fixed_list(f.types, u8, 4, &f.diag), type_fixed_list(f.types, u8, 5, &f.diag));
  assert_ptr_not_equal(type_channel(f.types, TYPE_STREAM, NULL, &f.diag),
                       type_channel(f.types, TYPE_STREAM, u8, &f.diag));
  assert_ptr_equal(type_handle(f.types, TYPE_OWN, &r, &f.diag), type_handle(f.types, TYPE_OWN, &r, &f.diag));
  assert_ptr_not_equal(type_handle(f.types, TYPE_OWN, &r, &f.diag), type_handle(f.types, TYPE_OWN, &q, &f.diag));
  assert_ptr_not_equal(type_handle(f.types, TYPE_OWN, &r, &f.diag), type_handle(f.types, TYPE_BORROW, &r, &f.diag));
  close_types(&f);
}

static void ids_are_dense_and_survive_growth(void **state) {
  (void)state;
  struct fixture f;
  open_types(&f);
  const struct weir_type *u8 = prim(&f, TYPE_U8);
  const struct weir_type *made[1000];
  for (uint32_t i = 0; i < 1000; i++) {
    made[i] = type_fixed_list(f.types, u8, i + 1, &f.diag);
    assert_int_equal(made[i]->id, i + 1);
  }
  for (uint32_t i = 0; i < 1000; i++)
    assert_ptr_equal(made[i], type_fixed_list(f.types, u8, i + 1, &f.diag));
  assert_int_equal(type_table_count(f.types), 1001);
  close_types(&f);
}

static void labels_are_copied(void **state) {
  (void)state;
  struct fixture f;
  char label[] = "width";
  open_types(&f);
  struct type_field field = {.label = str_from(label), .type = prim(&f, TYPE_U32)};
  const struct weir_type *t = type_fields(f.types, TYPE_RECORD, &field, 1, &f.diag);
  label[0] = 'x';
  assert_true(str_eq(t->fields[0].label, STR("width")));
  close_types(&f);
}

static void flags_say_what_is_inside(void **state) {
  (void)state;
  struct fixture f;
  struct weir_resource_type r = {.index = 0};
  open_types(&f);
  const struct weir_type *u32 = prim(&f, TYPE_U32), *s = prim(&f, TYPE_STRING);
  const struct weir_type *borrow = type_handle(f.types, TYPE_BORROW, &r, &f.diag);
  const struct weir_type *deep = type_list(f.types, pair(&f, TYPE_RECORD, "a", u32, "b", borrow), &f.diag);
  assert_true(deep->has_borrow && deep->has_handle && deep->has_pointer && !deep->raw && !deep->numeric);
  const struct weir_type *stream = type_channel(f.types, TYPE_STREAM, s, &f.diag);
  assert_true(stream->has_handle && !stream->has_pointer && !stream->has_borrow);
  assert_true(prim(&f, TYPE_ERROR_CONTEXT)->has_handle);
  assert_true(type_map(f.types, s, u32, &f.diag)->has_pointer);
  assert_true(u32->numeric && u32->raw && prim(&f, TYPE_F64)->numeric);
  assert_false(prim(&f, TYPE_BOOL)->numeric || prim(&f, TYPE_BOOL)->raw);
  assert_false(prim(&f, TYPE_CHAR)->numeric || prim(&f, TYPE_CHAR)->raw);
  close_types(&f);
}

static void raw_means_no_padding(void **state) {
  (void)state;
  struct fixture f;
  open_types(&f);
  const struct weir_type *u8 = prim(&f, TYPE_U8), *u32 = prim(&f, TYPE_U32);
  assert_true(pair(&f, TYPE_RECORD, "a", u32, "b", u32)->raw);
  assert_false(pair(&f, TYPE_RECORD, "a", u8, "b", u32)->raw);
  assert_false(pair(&f, TYPE_RECORD, "a", u32, "b", u8)->raw);
  assert_true(type_fixed_list(f.types, pair(&f, TYPE_TUPLE, "", u8, "", u8), 3, &f.diag)->raw);
  assert_false(type_option(f.types, u8, &f.diag)->raw);
  assert_false(type_list(f.types, u8, &f.diag)->raw);
  close_types(&f);
}

static void refused(struct fixture *f, const struct weir_type *t, weir_status status) {
  assert_null(t);
  assert_int_equal(f->diag.status, status);
  diag_done(&f->diag);
}

static void shapes_that_do_not_exist_are_refused(void **state) {
  (void)state;
  struct fixture f;
  struct type_field labels[33];
  open_types(&f);
  const struct weir_type *u8 = prim(&f, TYPE_U8);
  for (int i = 0; i < 33; i++)
    labels[i] = (struct type_field){.label = STR("x")};
  refused(&f, type_fields(f.types, TYPE_RECORD, NULL, 0, &f.diag), WEIR_ERR_INVALID);
  refused(&f, type_fields(f.types, TYPE_VARIANT, NULL, 0, &f.diag), WEIR_ERR_INVALID);
  refused(&f, type_fields(f.types, TYPE_FLAGS, labels, 33, &f.diag), WEIR_ERR_INVALID);
  refused(&f, type_fields(f.types, TYPE_RECORD, labels, 1, &f.diag), WEIR_ERR_INVALID);
  refused(&f, type_fixed_list(f.types, u8, 0, &f.diag), WEIR_ERR_INVALID);
  refused(&f, type_primitive(f.types, TYPE_LIST, &f.diag), WEIR_ERR_INVALID);
  assert_non_null(type_fields(f.types, TYPE_FLAGS, labels, 32, &f.diag));
  assert_non_null(type_fields(f.types, TYPE_TUPLE, NULL, 0, &f.diag));
  close_types(&f);
}

static void nesting_ends_at_a_hundred(void **state) {
  (void)state;
  struct fixture f;
  open_types(&f);
  const struct weir_type *t = prim(&f, TYPE_U8);
  for (int i = 1; i < 100; i++)
    assert_non_null(t = type_list(f.types, t, &f.diag));
  refused(&f, type_list(f.types, t, &f.diag), WEIR_ERR_LIMIT);
  close_types(&f);
}

static void functions_are_interned(void **state) {
  (void)state;
  struct fixture f;
  open_types(&f);
  const struct weir_type *u8 = prim(&f, TYPE_U8);
  const struct weir_type *none = type_fields(f.types, TYPE_TUPLE, NULL, 0, &f.diag);
  const struct func_type *a = type_func(f.types, false, none, u8, &f.diag);
  assert_ptr_equal(a, type_func(f.types, false, none, u8, &f.diag));
  assert_ptr_not_equal(a, type_func(f.types, true, none, u8, &f.diag));
  assert_ptr_not_equal(a, type_func(f.types, false, none, NULL, &f.diag));
  close_types(&f);
}

static void only_nominal_types_take_a_name(void **state) {
  (void)state;
  struct fixture f;
  open_types(&f);
  const struct weir_type *u8 = prim(&f, TYPE_U8);
  const struct weir_type *r = pair(&f, TYPE_RECORD, "a", u8, "b", u8);
  assert_int_equal(type_name_set(f.types, r, STR("first"), STR(""), &f.diag), WEIR_OK);
  assert_int_equal(type_name_set(f.types, r, STR("second"), STR(""), &f.diag), WEIR_OK);
  assert_true(str_eq(r->name, STR("first")));
  assert_ptr_equal(r, pair(&f, TYPE_RECORD, "a", u8, "b", u8));
  assert_int_equal(type_name_set(f.types, u8, STR("byte"), STR(""), &f.diag), WEIR_OK);
  assert_int_equal(u8->name.size, 0);
  close_types(&f);
}

static bool same_index(void *data, const struct weir_resource_type *want, const struct weir_resource_type *offer) {
  (*(int *)data)++;
  return want->index == offer->index;
}

static const struct weir_type *record_of(struct fixture *f, const char *label, const struct weir_resource_type *r) {
  return pair(f, TYPE_RECORD, label, type_list(f->types, prim(f, TYPE_U8), &f->diag), "r",
              type_handle(f->types, TYPE_OWN, r, &f->diag));
}

static void matching_compares_structure_labels_and_resources(void **state) {
  (void)state;
  struct fixture f, g;
  struct weir_resource_type a = {.index = 1}, b = {.index = 1}, c = {.index = 2};
  int asked = 0;
  open_types(&f);
  open_types(&g);
  prim(&g, TYPE_S64); /* so that equal types have other ids */
  assert_true(type_matches(record_of(&f, "x", &a), record_of(&g, "x", &b), same_index, &asked));
  assert_int_equal(asked, 1);
  assert_false(type_matches(record_of(&f, "x", &a), record_of(&g, "x", &c), same_index, &asked));
  assert_false(type_matches(record_of(&f, "x", &a), record_of(&g, "y", &b), same_index, &asked));
  assert_false(type_matches(type_option(f.types, prim(&f, TYPE_U8), &f.diag),
                            type_result(g.types, prim(&g, TYPE_U8), NULL, &g.diag), same_index, &asked));
  assert_false(type_matches(type_channel(f.types, TYPE_FUTURE, NULL, &f.diag),
                            type_channel(g.types, TYPE_FUTURE, prim(&g, TYPE_U8), &g.diag), same_index, &asked));
  close_types(&f);
  close_types(&g);
}

/* Each level holds the one before it twice: 2^45 paths, 90 pairs. */
static void matching_does_not_walk_every_path(void **state) {
  (void)state;
  struct fixture f, g;
  int asked = 0;
  open_types(&f);
  open_types(&g);
  const struct weir_type *t = prim(&f, TYPE_U8), *u = prim(&g, TYPE_U8);
  for (int i = 0; i < 45; i++) {
    t = type_list(f.types, pair(&f, TYPE_TUPLE, "", t, "", t), &f.diag);
    u = type_list(g.types, pair(&g, TYPE_TUPLE, "", u, "", u), &g.diag);
  }
  assert_true(type_matches(t, u, same_index, &asked));
  close_types(&f);
  close_types(&g);
}

static weir_status build_everything(const struct weir_alloc *alloc, void *ctx) {
  (void)ctx;
  struct fixture f;
  weir_status status = WEIR_OK;
  for (size_t fill = 0; fill <= 1024 && status == WEIR_OK; fill += 16) {
    arena_init(&f.arena, alloc);
    diag_init(&f.diag);
    const struct weir_type *t = NULL;
    f.types = arena_alloc(&f.arena, fill) ? type_table_new(&f.arena) : NULL;
    if (f.types && (t = prim(&f, TYPE_STRING)) && (t = pair(&f, TYPE_RECORD, "one", t, "two", t)) &&
        (t = type_list(f.types, t, &f.diag)) && type_name_set(f.types, t, STR("x"), STR(""), &f.diag) == WEIR_OK &&
        (t = type_fields(f.types, TYPE_TUPLE, NULL, 0, &f.diag)))
      status = type_func(f.types, false, t, NULL, &f.diag) ? WEIR_OK : WEIR_ERR_NOMEM;
    else
      status = WEIR_ERR_NOMEM;
    if (f.types && status != WEIR_OK)
      assert_int_equal(f.diag.status, WEIR_ERR_NOMEM);
    diag_done(&f.diag);
    arena_done(&f.arena);
  }
  return status;
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  assert_true(fault_sweep(build_everything, NULL) > 32);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_structures_are_one_type),
      cmocka_unit_test(ids_are_dense_and_survive_growth),
      cmocka_unit_test(labels_are_copied),
      cmocka_unit_test(flags_say_what_is_inside),
      cmocka_unit_test(raw_means_no_padding),
      cmocka_unit_test(shapes_that_do_not_exist_are_refused),
      cmocka_unit_test(nesting_ends_at_a_hundred),
      cmocka_unit_test(functions_are_interned),
      cmocka_unit_test(only_nominal_types_take_a_name),
      cmocka_unit_test(matching_compares_structure_labels_and_resources),
      cmocka_unit_test(matching_does_not_walk_every_path),
      cmocka_unit_test(every_allocation_may_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
