/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Random types and values through both back ends: host -> guest A -> guest B -> host must give the value back, for all
 * encodings, both pointer sizes, flat and in memory. Seeds are fixed. On the way: flat slots of 32 bits are
 * zero-extended, and a reader ignores what stands in the upper bits.
 */
#include "abi/value_packed.h"
#include "abi_support.h"
#include "base/utf8.h"

struct gen {
  struct types types;
  uint64_t state;
};

static uint32_t pick(struct gen *g, uint32_t below) {
  g->state ^= g->state << 13;
  g->state ^= g->state >> 7;
  g->state ^= g->state << 17;
  return (uint32_t)((g->state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % below;
}

static uint64_t pick64(struct gen *g) {
  uint64_t high = pick(g, UINT32_MAX);
  return high << 32 | pick(g, UINT32_MAX);
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

static const struct weir_type *gen_type(struct gen *g, int depth);

static const struct weir_type *gen_fields(struct gen *g, enum type_kind kind, int depth) {
  const struct weir_type *parts[6];
  uint32_t n = 1 + pick(g, 6);
  for (uint32_t i = 0; i < n; i++)
    parts[i] = kind == TYPE_VARIANT && pick(g, 3) == 0 ? NULL : gen_type(g, depth - 1);
  return compound(&g->types, kind, n, parts);
}

static const struct weir_type *gen_key(struct gen *g) {
  static const uint8_t kinds[] = {TYPE_BOOL, TYPE_U8, TYPE_S16, TYPE_U64, TYPE_CHAR, TYPE_STRING};
  return prim(&g->types, kinds[pick(g, sizeof(kinds))]);
}

static const struct weir_type *gen_compound(struct gen *g, int depth) {
  struct type_table *table = g->types.table;
  struct diag *d = &g->types.diag;
  switch (pick(g, 9)) {
    case 0:
      return gen_fields(g, TYPE_RECORD, depth);
    case 1:
      return gen_fields(g, TYPE_TUPLE, depth);
    case 2:
      return gen_fields(g, TYPE_VARIANT, depth);
    case 3:
      return compound(&g->types, pick(g, 2) ? TYPE_ENUM : TYPE_FLAGS, 1 + pick(g, 32), NULL);
    case 4:
      return type_option(table, gen_type(g, depth - 1), d);
    case 5:
      return type_result(table, pick(g, 2) ? gen_type(g, depth - 1) : NULL, pick(g, 2) ? gen_type(g, depth - 1) : NULL,
                         d);
    case 6:
      return type_fixed_list(table, gen_type(g, depth - 1), 1 + pick(g, 4), d);
    case 7:
      return type_map(table, gen_key(g), gen_type(g, depth - 1), d);
    default:
      return list_of(&g->types, gen_type(g, depth - 1));
  }
}

static const struct weir_type *gen_type(struct gen *g, int depth) {
  if (depth == 0 || pick(g, 3) == 0)
    return prim(&g->types, TYPE_BOOL + pick(g, TYPE_STRING - TYPE_BOOL + 1));
  return gen_compound(g, depth);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static uint32_t gen_scalar_value(struct gen *g) {
  static const uint32_t edges[] = {0, 0x7f, 0x80, 0xff, 0x100, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
  switch (pick(g, 4)) {
    case 0:
      return edges[pick(g, sizeof(edges) / sizeof(edges[0]))];
    case 1:
      return 0x80 + pick(g, 0x80);
    default:
      return 0x20 + pick(g, 0x5f);
  }
}

static void gen_string(struct gen *g, weir_value *ret) {
  char text[400];
  size_t size = 0;
  uint32_t count = pick(g, 4) == 0 ? 0 : pick(g, 50), style = pick(g, 3);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t c = style == 0 ? 0x20 + pick(g, 0x5f) : gen_scalar_value(g);
    size += (size_t)utf8_encode(style == 1 ? c & 0xff : c, (uint8_t *)text + size);
  }
  assert_int_equal(weir_value_new_string(text, size, ret), WEIR_OK);
}

static void gen_value(struct gen *g, const struct weir_type *t, weir_value *ret);

/* Makes a list of scalars a packed one. */
static void pack(weir_value *list) {
  weir_value packed;
  weir_value_kind kind = list->of.list.items[0].kind;
  size_t size = value_packed_size(kind);
  assert_int_equal(weir_value_new_packed(kind, NULL, list->of.list.count, &packed), WEIR_OK);
  for (size_t i = 0; i < list->of.list.count; i++)
    memcpy((char *)packed.of.packed.data + i * size, &list->of.list.items[i].of, size);
  assert_true(weir_value_equal(&packed, list));
  weir_value_clear(list);
  *list = packed;
}

static void gen_items(struct gen *g, const struct weir_type *t, uint32_t count, weir_value *ret) {
  weir_status status = t->elem ? weir_value_new_list(count, ret) : weir_value_new_record(count, ret);
  assert_int_equal(status, WEIR_OK);
  for (uint32_t i = 0; i < count; i++)
    gen_value(g, t->elem ? t->elem : t->fields[i].type, &ret->of.list.items[i]);
  if ((t->kind == TYPE_LIST || t->kind == TYPE_FIXED_LIST) && abi_is_scalar(t->elem) && count > 0 && pick(g, 2))
    pack(ret);
}

static void gen_variant(struct gen *g, const struct weir_type *t, weir_value *ret) {
  uint32_t number = pick(g, t->field_count);
  weir_value payload = {.kind = WEIR_VALUE_NONE};
  if (t->fields[number].type)
    gen_value(g, t->fields[number].type, &payload);
  assert_int_equal(weir_value_new_variant(number, &payload, ret), WEIR_OK);
}

static void gen_value(struct gen *g, const struct weir_type *t, weir_value *ret) {
  static const uint8_t kinds[] = {WEIR_VALUE_BOOL, WEIR_VALUE_S8,  WEIR_VALUE_U8,  WEIR_VALUE_S16,
                                  WEIR_VALUE_U16,  WEIR_VALUE_S32, WEIR_VALUE_U32, WEIR_VALUE_S64,
                                  WEIR_VALUE_U64,  WEIR_VALUE_F32, WEIR_VALUE_F64, WEIR_VALUE_CHAR};
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  switch (t->kind) {
    case TYPE_STRING:
      gen_string(g, ret);
      break;
    case TYPE_LIST:
    case TYPE_MAP:
      gen_items(g, t, pick(g, 6), ret);
      break;
    case TYPE_FIXED_LIST:
      gen_items(g, t, t->length, ret);
      break;
    case TYPE_RECORD:
    case TYPE_TUPLE:
      gen_items(g, t, t->field_count, ret);
      break;
    case TYPE_FLAGS:
      ret->kind = WEIR_VALUE_FLAGS;
      ret->of.flags = (uint32_t)(pick64(g) & ((UINT64_C(1) << t->field_count) - 1));
      break;
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      gen_variant(g, t, ret);
      break;
    default:
      ret->kind = kinds[t->kind - TYPE_BOOL];
      ret->of.u64 = t->kind == TYPE_CHAR ? gen_scalar_value(g) : t->kind == TYPE_BOOL ? pick(g, 2) : pick64(g);
      break;
  }
}

/* ---- the round trip ---------------------------------------------------------------------------------------------- */

static void check_slots(struct gen *g, const struct weir_type *t, bool memory64, union eng_val *vals, uint32_t max) {
  if (t->flat_count[memory64] > max)
    return;
  for (uint32_t i = 0; i < t->flat_count[memory64]; i++) {
    uint8_t core = t->flat[memory64][i];
    if (core != CORE_I32 && core != CORE_F32)
      continue;
    assert_int_equal(vals[i].u64 >> 32, 0);
    vals[i].u64 |= (uint64_t)pick(g, UINT32_MAX) << 32;
  }
}

static void guest_pick(struct gen *g, struct guest *guest) {
  guest_init(guest, (enum ast_encoding)pick(g, 3), pick(g, 3) == 0, 64);
  guest->cx.packed_lists = pick(g, 2);
}

/* As a program would that has the values in memory of its own. */
static void lend(weir_value *v, uint32_t lent) {
  if (v->kind == WEIR_VALUE_LIST || v->kind == WEIR_VALUE_RECORD)
    for (size_t i = 0; i < v->of.list.count; i++)
      lend(&v->of.list.items[i], lent);
  if (v->kind == WEIR_VALUE_VARIANT && v->of.payload)
    lend(v->of.payload, lent);
  if (value_has_content(v))
    v->tag = value_tag(v) | lent;
}

static void keep(struct gen *g, const struct weir_type *t, weir_value *value) {
  weir_value kept;
  lend(value, WEIR_VALUE_LENT);
  assert_int_equal(value_check(t, value, NULL), WEIR_OK);
  kept = *value;
  assert_int_equal(value_keep(&kept, pick(g, 2)), WEIR_OK);
  assert_true(weir_value_equal(&kept, value));
  lend(value, 0);
  assert_int_equal(value_check(t, &kept, NULL), WEIR_OK);
  assert_true(weir_value_equal(&kept, value));
  weir_value_clear(&kept);
}

static void round_trip(struct gen *g, const struct weir_type *t, weir_value *value) {
  struct guest a, b;
  union eng_val in[16], out[16];
  struct abi_place from, to;
  weir_value back;
  uint32_t max_a = pick(g, 3) == 0 ? 1 : 16, max_b = pick(g, 3) == 0 ? 4 : 16;
  memset(in, 0xa5, sizeof(in));
  memset(out, 0xa5, sizeof(out));
  guest_pick(g, &a);
  guest_pick(g, &b);
  assert_int_equal(abi_target(&a.cx, t, max_a, in, NULL, &to), WEIR_OK);
  assert_int_equal(abi_lower_value(&a.cx, to, t, value), WEIR_OK);
  check_slots(g, t, a.cx.memory64, in, max_a);
  assert_int_equal(abi_source(&a.cx, t, max_a, in, &from), WEIR_OK);
  assert_int_equal(abi_target(&b.cx, t, max_b, out, NULL, &to), WEIR_OK);
  weir_status status = abi_copy(&a.cx, from, &b.cx, to, t);
  if (status != WEIR_OK)
    fail_msg("copy: %s %s", diag_message(&a.diag), diag_message(&b.diag));
  check_slots(g, t, b.cx.memory64, out, max_b);
  assert_int_equal(abi_source(&b.cx, t, max_b, out, &from), WEIR_OK);
  assert_int_equal(abi_lift_value(&b.cx, from, t, &back), WEIR_OK);
  assert_int_equal(value_check(t, &back, NULL), WEIR_OK);
  assert_true(weir_value_equal(value, &back));
  weir_value_clear(&back);
  guest_done(&a);
  guest_done(&b);
}

static void values_come_back(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 1500; seed++) {
    struct gen g = {.state = seed * UINT64_C(0x9e3779b97f4a7c15)};
    types_init(&g.types);
    const struct weir_type *t = gen_type(&g, 4);
    if (!t)
      fail_msg("seed %u: %s", (unsigned)seed, diag_message(&g.types.diag));
    for (int i = 0; i < 6; i++) {
      weir_value value, copy;
      struct diag d;
      gen_value(&g, t, &value);
      diag_init(&d);
      if (value_check(t, &value, &d) != WEIR_OK)
        fail_msg("seed %u: %s", (unsigned)seed, diag_message(&d));
      assert_int_equal(weir_value_copy(&value, &copy), WEIR_OK);
      assert_true(weir_value_equal(&value, &copy));
      keep(&g, t, &copy);
      round_trip(&g, t, &value);
      weir_value_clear(&value);
      weir_value_clear(&copy);
    }
    types_done(&g.types);
  }
}

/* Random bytes as a value: either a trap or a value that has the type. */
static void any_bytes_lift_or_trap(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3000; seed++) {
    struct gen g = {.state = seed * UINT64_C(0xd1342543de82ef95)};
    struct guest a, b;
    weir_value value;
    types_init(&g.types);
    const struct weir_type *t = repeated(&g.types, gen_type(&g, 3), 1);
    size_t size = t->layout[0].size + pick(&g, 64);
    guest_init(&a, (enum ast_encoding)pick(&g, 3), false, size);
    guest_init(&b, (enum ast_encoding)pick(&g, 3), false, 64 + (size_t)t->layout[0].size);
    for (size_t i = 0; i < size; i++)
      a.cx.base[i] = (uint8_t)(pick(&g, 2) ? pick(&g, 4) : 0);
    weir_status status = abi_lift_value(&a.cx, in_memory(0), t, &value);
    if (status == WEIR_OK)
      assert_int_equal(value_check(t, &value, NULL), WEIR_OK);
    else
      assert_true(status == WEIR_ERR_TRAP && value.kind == WEIR_VALUE_NONE);
    /* The other back end agrees. */
    b.next += t->layout[0].size;
    assert_int_equal(abi_copy(&a.cx, in_memory(0), &b.cx, in_memory(64), t), status);
    weir_value_clear(&value);
    guest_done(&a);
    guest_done(&b);
    types_done(&g.types);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_come_back),
      cmocka_unit_test(any_bytes_lift_or_trap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
