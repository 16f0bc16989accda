/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Copies between guests: scalars, flags, variants and their coercions, lists, handles, and their traps. */
#include "abi_support.h"

struct pair {
  struct types types;
  struct guest a, b;
};

static void pair_init(struct pair *p) {
  types_init(&p->types);
  guest_init(&p->a, AST_ENCODING_UTF8, false, 256);
  guest_init(&p->b, AST_ENCODING_UTF8, false, 256);
}

static void pair_done(struct pair *p) {
  guest_done(&p->a);
  guest_done(&p->b);
  types_done(&p->types);
}

struct scalar_case {
  enum type_kind kind;
  uint64_t in, flat, stored; /* core value in, core value out, bytes in memory */
  uint32_t size;
};

static const struct scalar_case scalars[] = {
    {TYPE_BOOL, 0, 0, 0, 1},
    {TYPE_BOOL, 2, 1, 1, 1},
    {TYPE_BOOL, 0x100, 1, 1, 1},
    {TYPE_BOOL, 0xffffffff00000000, 0, 0, 1},
    {TYPE_U8, 0xff01, 1, 1, 1},
    {TYPE_S8, 0x80, 0xffffff80, 0x80, 1},
    {TYPE_S8, 0xffffff7f, 0x7f, 0x7f, 1},
    {TYPE_U16, 0xabcd1234, 0x1234, 0x1234, 2},
    {TYPE_S16, 0x18000, 0xffff8000, 0x8000, 2},
    {TYPE_U32, 0x5ffffffff, 0xffffffff, 0xffffffff, 4},
    {TYPE_S32, 0x580000000, 0x80000000, 0x80000000, 4},
    {TYPE_U64, UINT64_MAX, UINT64_MAX, UINT64_MAX, 8},
    {TYPE_S64, UINT64_C(1) << 63, UINT64_C(1) << 63, UINT64_C(1) << 63, 8},
    {TYPE_F32, 0x97fa00001, 0x7fa00001, 0x7fa00001, 4}, /* a signalling NaN keeps its bits */
    {TYPE_F64, 0xfff4000000000001, 0xfff4000000000001, 0xfff4000000000001, 8},
    {TYPE_CHAR, 0xd7ff, 0xd7ff, 0xd7ff, 4},
    {TYPE_CHAR, 0xe000, 0xe000, 0xe000, 4},
    {TYPE_CHAR, 0x10ffff, 0x10ffff, 0x10ffff, 4},
};

static void scalars_are_normalised(void **state) {
  struct pair p;
  (void)state;
  pair_init(&p);
  for (size_t i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
    const struct scalar_case *c = &scalars[i];
    const struct weir_type *t = prim(&p.types, c->kind);
    union eng_val in = {.u64 = c->in}, out = {.u64 = 0xa5a5a5a5a5a5a5a5};
    uint64_t stored = 0;
    memset(p.b.cx.base, 0xee, 32);
    assert_int_equal(abi_copy(&p.a.cx, in_flat(&in), &p.b.cx, in_flat(&out), t), WEIR_OK);
    assert_true(out.u64 == c->flat);
    assert_int_equal(abi_copy(&p.a.cx, in_flat(&in), &p.b.cx, in_memory(8), t), WEIR_OK);
    memcpy(&stored, p.b.cx.base + 8, c->size);
    assert_true(stored == c->stored);
    assert_int_equal(p.b.cx.base[8 + c->size], 0xee);
    assert_int_equal(p.b.cx.base[7], 0xee);
    /* and back */
    out.u64 = 0xa5a5a5a5a5a5a5a5;
    assert_int_equal(abi_copy(&p.b.cx, in_memory(8), &p.a.cx, in_flat(&out), t), WEIR_OK);
    assert_true(out.u64 == c->flat);
    assert_int_equal(abi_copy(&p.b.cx, in_memory(8), &p.a.cx, in_memory(16), t), WEIR_OK);
    assert_memory_equal(p.a.cx.base + 16, p.b.cx.base + 8, c->size);
  }
  pair_done(&p);
}

static void a_stored_bool_is_0_or_1(void **state) {
  struct pair p;
  (void)state;
  pair_init(&p);
  const struct weir_type *t = repeated(&p.types, prim(&p.types, TYPE_BOOL), 3);
  memcpy(p.a.cx.base, "\x80\x00\x01", 3);
  assert_int_equal(abi_copy(&p.a.cx, in_memory(0), &p.b.cx, in_memory(4), t), WEIR_OK);
  assert_memory_equal(p.b.cx.base + 4, "\x01\x00\x01", 3);
  pair_done(&p);
}

static void bad_chars_trap(void **state) {
  const uint32_t bad[] = {0xd800, 0xdfff, 0x110000, 0xffffffff};
  struct pair p;
  (void)state;
  pair_init(&p);
  const struct weir_type *t = prim(&p.types, TYPE_CHAR), *list = list_of(&p.types, t);
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    union eng_val in = {.u64 = bad[i]}, out[2], pair[2] = {{.u64 = 8}, {.u64 = 1}};
    weir_value value;
    put32(&p.a, 8, bad[i]);
    assert_trap(&p.a, abi_copy(&p.a.cx, in_flat(&in), &p.b.cx, in_flat(out), t), "invalid `char` bit pattern");
    assert_trap(&p.a, abi_copy(&p.a.cx, in_memory(8), &p.b.cx, in_flat(out), t), "invalid `char` bit pattern");
    assert_trap(&p.a, abi_copy(&p.a.cx, in_flat(pair), &p.b.cx, in_flat(out), list), "invalid `char` bit pattern");
    assert_trap(&p.a, abi_lift_value(&p.a.cx, in_flat(&in), t, &value), "invalid `char` bit pattern");
  }
  pair_done(&p);
}

static void undefined_flags_are_dropped(void **state) {
  const struct {
    uint32_t count, in, out;
  } cases[] = {{1, 0xffffff01, 1},       {8, 0xffffff11, 0x11},     {9, 0xffffff11, 0x111},
               {16, 0xffff1111, 0x1111}, {17, 0xffff1111, 0x11111}, {32, 0xffffffff, 0xffffffff}};
  struct pair p;
  (void)state;
  pair_init(&p);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const struct weir_type *t = compound(&p.types, TYPE_FLAGS, cases[i].count, NULL);
    union eng_val in = {.u64 = cases[i].in | UINT64_C(1) << 40}, out = {.u64 = 1};
    weir_value value;
    assert_int_equal(abi_copy(&p.a.cx, in_flat(&in), &p.b.cx, in_flat(&out), t), WEIR_OK);
    assert_true(out.u64 == cases[i].out);
    put32(&p.a, 8, cases[i].in);
    put32(&p.b, 8, 0);
    assert_int_equal(abi_copy(&p.a.cx, in_memory(8), &p.b.cx, in_memory(8), t), WEIR_OK);
    assert_int_equal(get32(&p.b, 8), cases[i].out);
    assert_int_equal(abi_lift_value(&p.a.cx, in_flat(&in), t, &value), WEIR_OK);
    assert_true(value.kind == WEIR_VALUE_FLAGS && value.of.flags == cases[i].out);
  }
  pair_done(&p);
}

/* ---- variants ---------------------------------------------------------------------------------------------------- */

static const struct weir_type *mixed_variant(struct types *t) {
  const struct weir_type *two_floats = repeated(t, prim(t, TYPE_F32), 2);
  return compound(t, TYPE_VARIANT, 6,
                  PARTS(prim(t, TYPE_U8), prim(t, TYPE_F32), prim(t, TYPE_U64), prim(t, TYPE_F64), NULL, two_floats));
}

/* Joined to i64: each case gets only its own bits, and gives them zero-extended, with zeroes after them. */
static void joined_slots_are_coerced(void **state) {
  const uint64_t want[] = {0x0d, 0xdeadf00d, 0xbadc0dedeadf00d, 0xbadc0dedeadf00d, 0, 0xdeadf00d};
  struct pair p;
  (void)state;
  pair_init(&p);
  const struct weir_type *t = mixed_variant(&p.types);
  assert_int_equal(t->flat_count[0], 3);
  assert_int_equal(t->flat[0][1], CORE_I64);
  for (uint32_t i = 0; i < 6; i++) {
    union eng_val in[3] = {{.u64 = i | UINT64_C(7) << 32}, {.u64 = 0xbadc0dedeadf00d}, {.u64 = 0xffffffff12345678}};
    union eng_val out[3] = {{.u64 = ~UINT64_C(0)}, {.u64 = ~UINT64_C(0)}, {.u64 = ~UINT64_C(0)}};
    assert_int_equal(abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), WEIR_OK);
    assert_true(out[0].u64 == i);
    assert_true(out[1].u64 == want[i]);
    assert_true(out[2].u64 == (i == 5 ? 0x12345678 : 0));
    memset(out, 0xff, sizeof(out));
    assert_int_equal(abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_memory(16), t), WEIR_OK);
    assert_int_equal(abi_copy(&p.b.cx, in_memory(16), &p.a.cx, in_flat(out), t), WEIR_OK);
    assert_true(out[0].u64 == i && out[1].u64 == want[i] && out[2].u64 == (i == 5 ? 0x12345678 : 0));
  }
  pair_done(&p);
}

static const struct weir_type *big_enum(struct types *t, uint32_t count) {
  struct type_field *fields = calloc(count, sizeof(*fields));
  char *names = malloc((size_t)count * 8);
  assert_true(fields && names);
  for (uint32_t i = 0; i < count; i++) {
    char *name = names + (size_t)i * 8;
    for (int k = 0; k < 6; k++)
      name[k] = (char)('a' + (i >> 3 * k & 7));
    fields[i].label = (struct str){name, 6};
  }
  const struct weir_type *made = type_fields(t->table, TYPE_ENUM, fields, count, &t->diag);
  free(fields);
  free(names);
  assert_non_null(made);
  return made;
}

static void discriminants_are_checked_at_every_size(void **state) {
  const uint32_t counts[] = {1, 3, 256, 257, 65536, 65537};
  struct pair p;
  (void)state;
  pair_init(&p);
  for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
    const struct weir_type *t = big_enum(&p.types, counts[i]);
    union eng_val out = {.u64 = ~UINT64_C(0)};
    weir_value value;
    for (uint32_t number = counts[i] - 1; number <= counts[i]; number++) {
      union eng_val in = {.u64 = number};
      put32(&p.a, 8, number);
      weir_status flat = abi_copy(&p.a.cx, in_flat(&in), &p.b.cx, in_flat(&out), t);
      if (number < counts[i]) {
        assert_int_equal(flat, WEIR_OK);
        assert_true(out.u64 == number);
        assert_int_equal(abi_copy(&p.a.cx, in_memory(8), &p.b.cx, in_flat(&out), t), WEIR_OK);
        assert_int_equal(abi_lift_value(&p.a.cx, in_memory(8), t, &value), WEIR_OK);
        assert_true(value.kind == WEIR_VALUE_VARIANT && value.tag == number && !value.of.payload);
        continue;
      }
      assert_trap(&p.a, flat, "invalid variant discriminant");
      assert_trap(&p.a, abi_lift_value(&p.a.cx, in_flat(&in), t, &value), "invalid variant discriminant");
      if ((uint64_t)number >> 8 * t->disc_size == 0) /* else it cannot stand in memory */
        assert_trap(&p.a, abi_copy(&p.a.cx, in_memory(8), &p.b.cx, in_memory(8), t), "invalid variant discriminant");
    }
  }
  pair_done(&p);
}

static void a_case_leaves_memory_beside_it_alone(void **state) {
  struct pair p;
  (void)state;
  pair_init(&p);
  const struct weir_type *t = type_option(p.types.table, prim(&p.types, TYPE_U32), &p.types.diag);
  memset(p.b.cx.base, 0xee, 32);
  p.a.cx.base[0] = 0;
  assert_int_equal(abi_copy(&p.a.cx, in_memory(0), &p.b.cx, in_memory(8), t), WEIR_OK);
  assert_memory_equal(p.b.cx.base + 8, "\x00\xee\xee\xee\xee\xee\xee\xee\xee", 9);
  pair_done(&p);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static void lists_call_realloc_even_when_empty(void **state) {
  struct pair p;
  (void)state;
  pair_init(&p);
  union eng_val in[2] = {{.u64 = 0}, {.u64 = 0}}, out[2];
  const struct weir_type *t = list_of(&p.types, prim(&p.types, TYPE_U64));
  assert_int_equal(abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), WEIR_OK);
  assert_int_equal(p.b.call_count, 1);
  const struct realloc_call *c = &p.b.calls[0];
  assert_true(c->old == 0 && c->old_size == 0 && c->align == 8 && c->size == 0);
  assert_true(out[0].u64 == GUEST_HEAP && out[1].u64 == 0);
  pair_done(&p);
}

static void lists_of_lists_are_rebuilt(void **state) {
  struct pair p;
  (void)state;
  pair_init(&p);
  const struct weir_type *t = list_of(&p.types, list_of(&p.types, prim(&p.types, TYPE_U16)));
  union eng_val in[2] = {{.u64 = 32}, {.u64 = 2}}, out[2];
  put32(&p.a, 32, 64); /* [[0x1111, 0x2222], []] */
  put32(&p.a, 36, 2);
  put32(&p.a, 40, 66);
  put32(&p.a, 44, 0);
  put32(&p.a, 64, 0x22221111);
  assert_int_equal(abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), WEIR_OK);
  assert_int_equal(p.b.call_count, 3);
  assert_true(p.b.calls[0].size == 16 && p.b.calls[0].align == 4);
  assert_true(p.b.calls[1].size == 4 && p.b.calls[1].align == 2);
  assert_true(p.b.calls[2].size == 0 && p.b.calls[2].align == 2);
  uint32_t at = (uint32_t)out[0].u64;
  assert_int_equal(get32(&p.b, get32(&p.b, at)), 0x22221111);
  assert_int_equal(get32(&p.b, at + 4), 2);
  assert_int_equal(get32(&p.b, at + 12), 0);
  pair_done(&p);
}

struct bad_list {
  bool memory64;
  uint64_t address, length;
  const char *guest, *host;
};

static const struct bad_list bad_lists[] = {
    {false, 2, 0, "wasm trap: unaligned pointer", "list pointer is not aligned"},
    {false, 252, 2, "wasm trap: list content out-of-bounds", "list pointer/length out of bounds of memory"},
    {false, 260, 0, "wasm trap: list content out-of-bounds", "list pointer/length out of bounds"},
    {false, 0, 0x40000000, "list content out-of-bounds", "out of bounds"}, /* 4 GiB: wraps in 32 bits */
    {false, 0, 1u << 26, "list content out-of-bounds", "out of bounds"},
    {true, 0, UINT64_C(1) << 62, "list content out-of-bounds", "out of bounds"}, /* wraps in 64 bits */
    {true, UINT64_MAX - 3, 1, "list content out-of-bounds", "out of bounds"},
};

static void bad_lists_trap(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof(bad_lists) / sizeof(bad_lists[0]); i++) {
    const struct bad_list *b = &bad_lists[i];
    struct pair p;
    weir_value value;
    pair_init(&p);
    p.a.cx.memory64 = b->memory64;
    const struct weir_type *t = list_of(&p.types, prim(&p.types, TYPE_U32));
    union eng_val in[2] = {{.u64 = b->address}, {.u64 = b->length}}, out[2];
    assert_trap(&p.a, abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), b->guest);
    assert_trap(&p.a, abi_lift_value(&p.a.cx, in_flat(in), t, &value), b->host);
    assert_int_equal(p.b.call_count, 0);
    pair_done(&p);
  }
}

static void bad_reallocs_of_lists_trap(void **state) {
  const struct {
    uint64_t forced;
    const char *guest, *host;
  } cases[] = {{0xffffffff, "wasm trap: unaligned pointer", "realloc return: result not aligned"},
               {2, "wasm trap: unaligned pointer", "realloc return: result not aligned"},
               {0xfffffffc, "wasm trap: list content out-of-bounds", "realloc return: beyond end of memory"},
               {252, "wasm trap: list content out-of-bounds", "realloc return: beyond end of memory"}};
  struct pair p;
  (void)state;
  pair_init(&p);
  const struct weir_type *t = list_of(&p.types, prim(&p.types, TYPE_U32));
  union eng_val in[2] = {{.u64 = 8}, {.u64 = 2}}, out[2];
  weir_value value;
  assert_int_equal(weir_value_new_list(2, &value), WEIR_OK);
  value.of.list.items[0].kind = value.of.list.items[1].kind = WEIR_VALUE_U32;
  p.b.forced = true;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    p.b.forced_address = cases[i].forced;
    assert_trap(&p.b, abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), cases[i].guest);
    assert_trap(&p.b, abi_lower_value(&p.b.cx, in_flat(out), t, &value), cases[i].host);
  }
  p.b.forced = false;
  p.b.cx.has_realloc = false;
  assert_trap(&p.b, abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), "no realloc");
  p.b.cx.has_realloc = true;
  p.b.realloc_status = WEIR_ERR_CANCELLED;
  assert_int_equal(abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), WEIR_ERR_CANCELLED);
  weir_value_clear(&value);
  pair_done(&p);
}

static void arrays_copy_between_pointer_sizes(void **state) {
  struct pair p;
  (void)state;
  pair_init(&p);
  p.b.cx.memory64 = true;
  const struct weir_type *t = repeated(&p.types, prim(&p.types, TYPE_STRING), 1);
  put32(&p.a, 0, 64);
  put32(&p.a, 4, 1);
  put32(&p.a, 8, 65);
  put32(&p.a, 12, 2);
  memcpy(p.a.cx.base + 64, "xyz", 3);
  assert_int_equal(abi_copy_array(&p.a.cx, 0, &p.b.cx, 0, t, 2), WEIR_OK);
  assert_true(get32(&p.b, 0) == 64 && get32(&p.b, 8) == 1 && get32(&p.b, 16) == 72 && get32(&p.b, 24) == 2);
  assert_memory_equal(p.b.cx.base + 72, "yz", 2);
  assert_int_equal(abi_copy_array(&p.a.cx, 0, &p.b.cx, 0, NULL, 1000), WEIR_OK);
  pair_done(&p);
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

static void handles_go_through_the_tables(void **state) {
  struct pair p;
  (void)state;
  pair_init(&p);
  const struct weir_type *stream = type_channel(p.types.table, TYPE_STREAM, NULL, &p.types.diag);
  const struct weir_type *t = compound(&p.types, TYPE_TUPLE, 2, PARTS(stream, prim(&p.types, TYPE_ERROR_CONTEXT)));
  union eng_val in[2] = {{.u64 = 2 | UINT64_C(9) << 32}, {.u64 = 1}}, out[2], bad[2] = {{.u64 = 3}, {.u64 = 1}};
  p.a.handles[p.a.handle_count++].rep = 11;
  p.a.handles[p.a.handle_count++].rep = 22;
  assert_int_equal(abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), WEIR_OK);
  assert_true(out[0].u64 == 1 && out[1].u64 == 2);
  assert_true(p.b.handles[0].rep == 22 && p.b.handles[1].rep == 11);
  assert_int_equal(abi_copy(&p.b.cx, in_flat(out), &p.a.cx, in_memory(40), t), WEIR_OK);
  assert_true(get32(&p.a, 40) == 3 && get32(&p.a, 44) == 4);
  assert_trap(&p.b, abi_copy(&p.b.cx, in_flat(bad), &p.a.cx, in_flat(out), t), "unknown handle index");
  p.b.handle_status = WEIR_ERR_LIMIT;
  assert_int_equal(abi_copy(&p.a.cx, in_flat(in), &p.b.cx, in_flat(out), t), WEIR_ERR_LIMIT);
  pair_done(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scalars_are_normalised),
      cmocka_unit_test(a_stored_bool_is_0_or_1),
      cmocka_unit_test(bad_chars_trap),
      cmocka_unit_test(undefined_flags_are_dropped),
      cmocka_unit_test(joined_slots_are_coerced),
      cmocka_unit_test(discriminants_are_checked_at_every_size),
      cmocka_unit_test(a_case_leaves_memory_beside_it_alone),
      cmocka_unit_test(lists_call_realloc_even_when_empty),
      cmocka_unit_test(lists_of_lists_are_rebuilt),
      cmocka_unit_test(bad_lists_trap),
      cmocka_unit_test(bad_reallocs_of_lists_trap),
      cmocka_unit_test(arrays_copy_between_pointer_sizes),
      cmocka_unit_test(handles_go_through_the_tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
