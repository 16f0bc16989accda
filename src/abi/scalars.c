/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Scalars as 64 bits each, without values in between: for the typed fast paths. The form is that of flat slots, so flat
 * values are only copied and wrapped (CanonicalABI.md#flat-lifting).
 */
#include "abi/place.h"
#include "component/graph.h"

bool abi_all_scalars(const struct weir_type *params) {
  if (params->field_count > TYPE_MAX_FLAT)
    return false;
  for (uint32_t i = 0; i < params->field_count; i++)
    if (!abi_is_scalar(params->fields[i].type))
      return false;
  return true;
}

bool abi_is_scalar(const struct weir_type *t) {
  return type_is_scalar(t->kind);
}

bool weir_func_is_flat(const weir_func *func) {
  const struct weir_type *result = func->type->result;
  return abi_all_scalars(func->type->params) && (!result || abi_is_scalar(result));
}

bool abi_scalar_fits(const struct weir_type *t, uint64_t bits) {
  return t->kind != TYPE_CHAR || scalar_is_char(bits);
}

weir_status abi_lift_scalar(struct abi_cx *src, struct abi_place from, const struct weir_type *t, uint64_t *ret) {
  *ret = scalar_load(src, from, t->kind);
  return t->kind == TYPE_CHAR ? char_check(src, *ret) : WEIR_OK;
}

void abi_lower_scalar(struct abi_cx *dst, struct abi_place to, const struct weir_type *t, uint64_t bits) {
  scalar_store(dst, to, t->kind, scalar_wrap(t->kind, bits));
}

weir_status abi_lift_scalars(struct abi_cx *src, struct abi_place from, const struct weir_type *params, uint64_t *ret) {
  int ptr = cx_ptr(src);
  for (uint32_t i = 0; i < params->field_count; i++) {
    const struct type_field *f = &params->fields[i];
    WEIR_TRY(abi_lift_scalar(src, place_at(from, i, f->offset[ptr]), f->type, &ret[i]));
  }
  return WEIR_OK;
}

void abi_lower_scalars(struct abi_cx *dst, struct abi_place to, const struct weir_type *params, const uint64_t *bits) {
  int ptr = cx_ptr(dst);
  for (uint32_t i = 0; i < params->field_count; i++) {
    const struct type_field *f = &params->fields[i];
    abi_lower_scalar(dst, place_at(to, i, f->offset[ptr]), f->type, bits[i]);
  }
}

void abi_unpack_numbers(const struct weir_type *params, const union eng_val *vals, uint64_t *ret) {
  for (uint32_t i = 0; i < params->field_count; i++)
    ret[i] = scalar_wrap(params->fields[i].type->kind, vals[i].u64);
}
