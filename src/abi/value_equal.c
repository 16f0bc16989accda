/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Structural equality of values, and the words for their kinds. Recurses as deep as values nest. */
#include "abi/value.h"

#include <math.h>
#include <string.h>

#include "abi/value_packed.h"

static bool number_equal(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

static bool bytes_equal(const weir_value *a, const weir_value *b) {
  return a->of.string.size == b->of.string.size &&
         (a->of.string.size == 0 || memcmp(a->of.string.data, b->of.string.data, a->of.string.size) == 0);
}

static bool items_equal(const weir_value *a, const weir_value *b) {
  if (a->of.list.count != b->of.list.count)
    return false;
  for (size_t i = 0; i < a->of.list.count; i++) {
    if (!weir_value_equal(&a->of.list.items[i], &b->of.list.items[i]))
      return false;
  }
  return true;
}

/* Two lists of which one at least is packed. */
static bool packed_equal(const weir_value *packed, const weir_value *list) {
  struct value_packed p = value_packed_of(packed), other = {0};
  size_t count = value_count(list);
  if (value_is_packed(list)) {
    other = value_packed_of(list);
    if (p.kind != other.kind && count)
      return false;
  }
  if (p.count != count || (count && value_packed_size(p.kind) == 0))
    return false;
  for (size_t i = 0; i < count; i++) {
    weir_value a = value_packed_item(&p, i);
    weir_value b = value_is_packed(list) ? value_packed_item(&other, i) : list->of.list.items[i];
    if (!weir_value_equal(&a, &b))
      return false;
  }
  return true;
}

static bool is_list(const weir_value *v) {
  return v->kind == WEIR_VALUE_LIST || value_is_packed(v);
}

static bool payload_equal(const weir_value *a, const weir_value *b) {
  static const weir_value none;
  return weir_value_equal(a ? a : &none, b ? b : &none);
}

static bool plain_equal(const weir_value *a, const weir_value *b) {
  switch (a->kind) {
    case WEIR_VALUE_BOOL:
      return a->of.boolean == b->of.boolean;
    case WEIR_VALUE_S8:
    case WEIR_VALUE_U8:
      return a->of.u8 == b->of.u8;
    case WEIR_VALUE_S16:
    case WEIR_VALUE_U16:
      return a->of.u16 == b->of.u16;
    case WEIR_VALUE_S32:
    case WEIR_VALUE_U32:
    case WEIR_VALUE_CHAR:
    case WEIR_VALUE_FLAGS:
      return a->of.u32 == b->of.u32;
    case WEIR_VALUE_S64:
    case WEIR_VALUE_U64:
      return a->of.u64 == b->of.u64;
    case WEIR_VALUE_F32:
      return number_equal(a->of.f32, b->of.f32);
    case WEIR_VALUE_F64:
      return number_equal(a->of.f64, b->of.f64);
    default:
      return true;
  }
}

bool weir_value_equal(const weir_value *a, const weir_value *b) {
  if (a->kind == WEIR_VALUE_PACKED || (value_is_packed(a) && b->kind != WEIR_VALUE_BYTES))
    return is_list(b) && packed_equal(a, b);
  if (value_is_packed(b) && a->kind != WEIR_VALUE_BYTES)
    return is_list(a) && packed_equal(b, a);
  if (a->kind != b->kind)
    return false;
  switch (a->kind) {
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      return bytes_equal(a, b);
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      return items_equal(a, b);
    case WEIR_VALUE_VARIANT:
      return value_tag(a) == value_tag(b) && payload_equal(a->of.payload, b->of.payload);
    case WEIR_VALUE_RESOURCE:
    case WEIR_VALUE_ERROR_CONTEXT:
      return a->of.resource == b->of.resource;
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
      return a->of.stream == b->of.stream;
    default:
      return plain_equal(a, b);
  }
}

const char *value_kind_name(weir_value_kind kind) {
  static const char *const names[] = {
      [WEIR_VALUE_NONE] = "nothing",
      [WEIR_VALUE_BOOL] = "bool",
      [WEIR_VALUE_S8] = "s8",
      [WEIR_VALUE_U8] = "u8",
      [WEIR_VALUE_S16] = "s16",
      [WEIR_VALUE_U16] = "u16",
      [WEIR_VALUE_S32] = "s32",
      [WEIR_VALUE_U32] = "u32",
      [WEIR_VALUE_S64] = "s64",
      [WEIR_VALUE_U64] = "u64",
      [WEIR_VALUE_F32] = "f32",
      [WEIR_VALUE_F64] = "f64",
      [WEIR_VALUE_CHAR] = "char",
      [WEIR_VALUE_STRING] = "string",
      [WEIR_VALUE_LIST] = "list",
      [WEIR_VALUE_RECORD] = "record",
      [WEIR_VALUE_VARIANT] = "variant",
      [WEIR_VALUE_FLAGS] = "flags",
      [WEIR_VALUE_RESOURCE] = "resource",
      [WEIR_VALUE_STREAM] = "stream",
      [WEIR_VALUE_FUTURE] = "future",
      [WEIR_VALUE_ERROR_CONTEXT] = "error-context",
      [WEIR_VALUE_BYTES] = "bytes",
      [WEIR_VALUE_PACKED] = "packed list",
  };
  if ((unsigned)kind >= sizeof(names) / sizeof(names[0]))
    return "an unknown kind";
  return names[kind];
}
