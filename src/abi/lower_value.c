/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Host to guest: lowering of values that value_check() has accepted, so kinds, counts and case numbers are not checked
 * again. A lowered handle leaves the value; after a failure the handles that were not reached are still in the value.
 * Origin: CanonicalABI.md#storing, #flat-lowering.
 */
#include "abi/place.h"
#include "abi/strings.h"
#include "abi/value_packed.h"

static weir_status lower_from(const struct abi_pass *p, struct abi_place to, const struct weir_type *t,
                              weir_value *value);

static void lower_scalar(const struct abi_pass *p, struct abi_place to, enum type_kind kind, const weir_value *value) {
  /* Reads only the bits of the member that the kind names: a host may have set no others. */
  uint64_t bits = kind == TYPE_BOOL ? value->of.u8 : value->of.u64;
  scalar_store(p->dst, to, kind, scalar_wrap(kind, bits));
}

static weir_status lower_fields(const struct abi_pass *p, struct abi_place to, const struct weir_type *t,
                                weir_value *value) {
  int ptr = cx_ptr(p->dst);
  uint32_t slots = 0;
  for (uint32_t i = 0; i < t->field_count; i++) {
    const struct type_field *f = &t->fields[i];
    WEIR_TRY(lower_from(p, place_at(to, slots, f->offset[ptr]), f->type, &value->of.list.items[i]));
    slots += f->type->flat_count[ptr];
  }
  return WEIR_OK;
}

/* Integers and floats lie in memory as they are packed; a boolean must be normal there, and flat values have slots. */
static void lower_packed(const struct abi_pass *p, struct abi_place to, const struct weir_type *elem,
                         const struct value_packed *packed) {
  size_t size = value_packed_size(packed->kind);
  if (!to.flat && elem->kind != TYPE_BOOL) {
    if (packed->count != 0)
      memcpy(cx_at(p->dst, to.address), packed->data, packed->count * size);
    return;
  }
  for (size_t i = 0; i < packed->count; i++) {
    scalar_store(p->dst, to, elem->kind, scalar_wrap(elem->kind, int_load(packed->data + i * size, (uint32_t)size)));
    to = place_at(to, 1, size);
  }
}

/* Numbers one after the other in memory. */
static void lower_numbers(const struct abi_pass *p, uint64_t address, const struct weir_type *elem,
                          const weir_value *items, uint64_t count) {
  uint32_t size = elem->layout[0].size;
  uint8_t *at = count != 0 ? cx_at(p->dst, address) : NULL;
  for (uint64_t i = 0; i < count; i++)
    int_store(at + i * size, size, items[i].of.u64);
}

static weir_status lower_elements(const struct abi_pass *p, struct abi_place to, const struct weir_type *elem,
                                  weir_value *items, uint64_t count) {
  int ptr = cx_ptr(p->dst);
  if (elem->numeric && !to.flat) {
    lower_numbers(p, to.address, elem, items, count);
    return WEIR_OK;
  }
  for (uint64_t i = 0; i < count; i++) {
    WEIR_TRY(lower_from(p, to, elem, &items[i]));
    to = place_at(to, elem->flat_count[ptr], elem->layout[ptr].size);
  }
  return WEIR_OK;
}

/* The elements of a list in any form. */
static weir_status lower_content(const struct abi_pass *p, struct abi_place to, const struct weir_type *t,
                                 weir_value *value) {
  if (!value_is_packed(value))
    return lower_elements(p, to, t->elem, value->of.list.items, value->of.list.count);
  struct value_packed packed = value_packed_of(value);
  lower_packed(p, to, t->elem, &packed);
  return WEIR_OK;
}

static weir_status lower_list(const struct abi_pass *p, struct abi_place to, const struct weir_type *t,
                              weir_value *value) {
  struct abi_pair target;
  WEIR_TRY(list_target(p, t, value_count(value), &target));
  WEIR_TRY(lower_content(p, (struct abi_place){NULL, target.address}, t, value));
  pair_store(p->dst, to, target);
  return WEIR_OK;
}

static weir_status lower_variant(const struct abi_pass *p, struct abi_place to, const struct weir_type *t,
                                 weir_value *value) {
  uint32_t tag = value_tag(value);
  variant_store(p->dst, to, t, tag);
  const struct weir_type *payload = t->fields[tag].type;
  if (!payload)
    return WEIR_OK;
  return lower_from(p, variant_payload(p->dst, to, t), payload, value->of.payload);
}

static weir_status lower_string(const struct abi_pass *p, struct abi_place to, const weir_value *value) {
  struct abi_string s = string_of_value(value);
  struct abi_pair target;
  WEIR_TRY(string_lower(p, &s, &target));
  pair_store(p->dst, to, target);
  return WEIR_OK;
}

static weir_status lower_handle(const struct abi_pass *p, struct abi_place to, const struct weir_type *t,
                                weir_value *value) {
  struct abi_cx *cx = p->dst;
  union abi_handle handle;
  uint32_t index;
  WEIR_TRY(cx->ops->handle_from_value(cx, t, value, &handle));
  WEIR_TRY(cx->ops->lower_handle(cx, t, handle, &index));
  place_store(cx, to, 4, index);
  return WEIR_OK;
}

static weir_status lower_from(const struct abi_pass *p, struct abi_place to, const struct weir_type *t,
                              weir_value *value) {
  switch (t->kind) {
    case TYPE_RECORD:
    case TYPE_TUPLE:
      return lower_fields(p, to, t, value);
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      return lower_variant(p, to, t, value);
    case TYPE_FLAGS:
      flags_store(p->dst, to, t, value->of.flags);
      return WEIR_OK;
    case TYPE_STRING:
      return lower_string(p, to, value);
    case TYPE_LIST:
    case TYPE_MAP:
      return lower_list(p, to, t, value);
    case TYPE_FIXED_LIST:
      return lower_content(p, to, t, value);
    case TYPE_ERROR_CONTEXT:
    case TYPE_OWN:
    case TYPE_BORROW:
    case TYPE_STREAM:
    case TYPE_FUTURE:
      return lower_handle(p, to, t, value);
    default:
      lower_scalar(p, to, t->kind, value);
      return WEIR_OK;
  }
}

weir_status abi_lower_value(struct abi_cx *dst, struct abi_place to, const struct weir_type *t, weir_value *value) {
  if (!t)
    return WEIR_OK;
  return lower_from(&(struct abi_pass){NULL, dst}, to, t, value);
}

weir_status abi_lower_values(struct abi_cx *dst, uint64_t address, const struct weir_type *t, uint64_t count,
                             weir_value *values) {
  if (!t)
    return WEIR_OK;
  return lower_elements(&(struct abi_pass){NULL, dst}, (struct abi_place){NULL, address}, t, values, count);
}
