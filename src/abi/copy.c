/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Guest to guest: one value is lifted and lowered in one pass, without a value in between. The order of the text is
 * kept where a guest can see it (calls of realloc, tables). Where a later part fails to lift, earlier parts have been
 * lowered already; nobody can observe that, because the trap ends both guests. Recursion is as deep as the type.
 * Origin: CanonicalABI.md#loading, #storing, #flat-lifting, #flat-lowering.
 */
#include "abi/place.h"
#include "abi/strings.h"

static weir_status copy_value(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                              const struct weir_type *t);

static inline weir_status copy_scalar(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                                      enum type_kind kind) {
  uint64_t v = scalar_load(p->src, from, kind);
  if (kind == TYPE_CHAR)
    WEIR_TRY(char_check(p->src, v));
  scalar_store(p->dst, to, kind, v);
  return WEIR_OK;
}

/* The parameters of most calls: flat on both sides, and mostly plain scalars. */
static weir_status copy_flat_fields(const struct abi_pass *p, union eng_val *from, union eng_val *to,
                                    const struct weir_type *t) {
  const struct type_field *end = t->fields + t->field_count;
  for (const struct type_field *f = t->fields; f < end; f++) {
    const struct weir_type *type = f->type;
    if (type->kind < TYPE_CHAR) {
      to->u64 = scalar_wrap(type->kind, from->u64);
      from++;
      to++;
      continue;
    }
    WEIR_TRY(copy_value(p, (struct abi_place){from, 0}, (struct abi_place){to, 0}, type));
    from += type->flat_count[cx_ptr(p->src)];
    to += type->flat_count[cx_ptr(p->dst)];
  }
  return WEIR_OK;
}

static weir_status copy_fields(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                               const struct weir_type *t) {
  int src = cx_ptr(p->src), dst = cx_ptr(p->dst);
  uint32_t slots = 0;
  if (from.flat && to.flat)
    return copy_flat_fields(p, from.flat, to.flat, t);
  if (t->raw && !from.flat && !to.flat) {
    memmove(cx_at(p->dst, to.address), cx_at(p->src, from.address), t->layout[src].size);
    return WEIR_OK;
  }
  for (uint32_t i = 0; i < t->field_count; i++) {
    const struct type_field *f = &t->fields[i];
    struct abi_place a = place_at(from, slots, f->offset[src]), b = place_at(to, slots, f->offset[dst]);
    if (type_is_scalar(f->type->kind))
      WEIR_TRY(copy_scalar(p, a, b, f->type->kind));
    else
      WEIR_TRY(copy_value(p, a, b, f->type));
    slots += f->type->flat_count[src];
  }
  return WEIR_OK;
}

/* Copies flags whole, and chooses the case of a variant. */
static weir_status copy_variant(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                                const struct weir_type *t) {
  uint32_t number;
  WEIR_TRY(variant_load(p->src, from, t, &number));
  variant_store(p->dst, to, t, number);
  const struct weir_type *payload = t->fields[number].type;
  if (!payload)
    return WEIR_OK;
  return copy_value(p, variant_payload(p->src, from, t), variant_payload(p->dst, to, t), payload);
}

/* Elements in two ranges of memory that are checked. */
static weir_status copy_elements(const struct abi_pass *p, uint64_t from, uint64_t to, const struct weir_type *t,
                                 uint64_t count) {
  uint32_t step = t->layout[cx_ptr(p->src)].size, dst_step = t->layout[cx_ptr(p->dst)].size;
  if (count == 0)
    return WEIR_OK;
  if (t->raw) {
    memmove(cx_at(p->dst, to), cx_at(p->src, from), count * step);
    return WEIR_OK;
  }
  for (uint64_t i = 0; i < count; i++, from += step, to += dst_step)
    WEIR_TRY(copy_value(p, (struct abi_place){NULL, from}, (struct abi_place){NULL, to}, t));
  return WEIR_OK;
}

static weir_status copy_list(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                             const struct weir_type *t) {
  struct abi_pair source, target;
  WEIR_TRY(list_source(p, from, t, &source));
  WEIR_TRY(list_target(p, t, source.length, &target));
  WEIR_TRY(copy_elements(p, source.address, target.address, t->elem, source.length));
  pair_store(p->dst, to, target);
  return WEIR_OK;
}

static weir_status copy_fixed_list(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                                   const struct weir_type *t) {
  if (!from.flat && !to.flat)
    return copy_elements(p, from.address, to.address, t->elem, t->length);
  const struct weir_type *elem = t->elem;
  uint32_t step = elem->layout[cx_ptr(p->src)].size, dst_step = elem->layout[cx_ptr(p->dst)].size;
  uint32_t slots = elem->flat_count[cx_ptr(p->src)];
  for (uint32_t i = 0; i < t->length; i++) {
    WEIR_TRY(copy_value(p, from, to, elem));
    from = place_at(from, slots, step);
    to = place_at(to, slots, dst_step);
  }
  return WEIR_OK;
}

static weir_status copy_string(const struct abi_pass *p, struct abi_place from, struct abi_place to) {
  struct abi_string string;
  struct abi_pair target;
  WEIR_TRY(string_lift(p, pair_load(p->src, from), &string));
  WEIR_TRY(string_lower(p, &string, &target));
  pair_store(p->dst, to, target);
  return WEIR_OK;
}

static weir_status copy_handle(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                               const struct weir_type *t) {
  union abi_handle handle;
  uint32_t index;
  WEIR_TRY(p->src->ops->lift_handle(p->src, t, place_load_u32(p->src, from), &handle));
  WEIR_TRY(p->dst->ops->lower_handle(p->dst, t, handle, &index));
  place_store(p->dst, to, 4, index);
  return WEIR_OK;
}

static weir_status copy_value(const struct abi_pass *p, struct abi_place from, struct abi_place to,
                              const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_RECORD:
    case TYPE_TUPLE:
      return copy_fields(p, from, to, t);
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      return copy_variant(p, from, to, t);
    case TYPE_FLAGS:
      flags_store(p->dst, to, t, flags_load(p->src, from, t));
      return WEIR_OK;
    case TYPE_STRING:
      return copy_string(p, from, to);
    case TYPE_LIST:
    case TYPE_MAP:
      return copy_list(p, from, to, t);
    case TYPE_FIXED_LIST:
      return copy_fixed_list(p, from, to, t);
    case TYPE_ERROR_CONTEXT:
    case TYPE_OWN:
    case TYPE_BORROW:
    case TYPE_STREAM:
    case TYPE_FUTURE:
      return copy_handle(p, from, to, t);
    default:
      return copy_scalar(p, from, to, t->kind);
  }
}

weir_status abi_copy(struct abi_cx *src, struct abi_place from, struct abi_cx *dst, struct abi_place to,
                     const struct weir_type *t) {
  if (!t)
    return WEIR_OK;
  return copy_value(&(struct abi_pass){src, dst}, from, to, t);
}

weir_status abi_copy_array(struct abi_cx *src, uint64_t from, struct abi_cx *dst, uint64_t to,
                           const struct weir_type *t, uint64_t count) {
  if (!t)
    return WEIR_OK;
  return copy_elements(&(struct abi_pass){src, dst}, from, to, t, count);
}
