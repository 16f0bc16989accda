/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lists of scalars that lie packed: WEIR_VALUE_BYTES and WEIR_VALUE_PACKED are one thing here, and everything that
 * reads values reads both through this view. A kind of elements that cannot be packed has size 0.
 */
#ifndef ABI_VALUE_PACKED_H
#define ABI_VALUE_PACKED_H

#include "abi/value.h"

struct value_packed {
  weir_value_kind kind; /* of the elements; a host may have put anything in there */
  const uint8_t *data;
  size_t count;
};

static inline bool value_is_packed(const weir_value *v) {
  return v->kind == WEIR_VALUE_BYTES || v->kind == WEIR_VALUE_PACKED;
}

/* Of a value that is packed. */
static inline struct value_packed value_packed_of(const weir_value *v) {
  if (v->kind == WEIR_VALUE_BYTES)
    return (struct value_packed){WEIR_VALUE_U8, (const uint8_t *)v->of.string.data, v->of.string.size};
  return (struct value_packed){(weir_value_kind)value_tag(v), v->of.packed.data, v->of.packed.count};
}

/* Bytes of one element; 0: elements of this kind cannot be packed. */
static inline size_t value_packed_size(weir_value_kind kind) {
  static const uint8_t sizes[] = {
      [WEIR_VALUE_BOOL] = 1, [WEIR_VALUE_S8] = 1,  [WEIR_VALUE_U8] = 1,  [WEIR_VALUE_S16] = 2,
      [WEIR_VALUE_U16] = 2,  [WEIR_VALUE_S32] = 4, [WEIR_VALUE_U32] = 4, [WEIR_VALUE_S64] = 8,
      [WEIR_VALUE_U64] = 8,  [WEIR_VALUE_F32] = 4, [WEIR_VALUE_F64] = 8, [WEIR_VALUE_CHAR] = 4,
  };
  return (uint32_t)kind < sizeof(sizes) ? sizes[kind] : 0;
}

/* One element as a value. `kind` can be packed, and `index` is below `count`. */
weir_value value_packed_item(const struct value_packed *p, size_t index);

/* The number of elements of a list in any form. */
static inline size_t value_count(const weir_value *v) {
  return value_is_packed(v) ? value_packed_of(v).count : v->of.list.count;
}

/* A packed list of `count` elements for the caller to fill. WEIR_ERR_NOMEM. */
weir_status value_packed_new(weir_value_kind element, size_t count, weir_value *ret);

#endif
