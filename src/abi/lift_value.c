/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Guest to host: lifting to values. One lift may allocate a bounded number of bytes, because all lists of a guest may
 * refer to the same memory and so describe values far larger than that memory. On any failure the values made so far
 * are released, handles in them included. Origin: CanonicalABI.md#loading, #flat-lifting.
 */
#include "abi/place.h"
#include "abi/strings.h"
#include "abi/value.h"
#include "abi/value_kind.h"
#include "abi/value_packed.h"

struct lift {
  struct abi_pass pass;
  uint64_t budget; /* bytes of host values that may still be made */
};

static weir_status lift_into(struct lift *l, struct abi_place from, const struct weir_type *t, weir_value *ret);

static uint64_t lift_limit(const struct abi_cx *cx) {
  return cx->lift_limit ? cx->lift_limit : ABI_LIFT_LIMIT;
}

static weir_status lift_spend(struct lift *l, uint64_t bytes) {
  if (bytes > l->budget)
    return diag_set(l->pass.src->diag, WEIR_ERR_LIMIT,
                    "a value lifted to the host takes more than %llu bytes"
                    " (weir_store_config.max_value_bytes sets it)",
                    (unsigned long long)lift_limit(l->pass.src));
  l->budget -= bytes;
  return WEIR_OK;
}

static weir_status lift_scalar(struct lift *l, struct abi_place from, enum type_kind kind, weir_value *ret) {
  uint64_t v = scalar_load(l->pass.src, from, kind);
  if (kind == TYPE_CHAR)
    WEIR_TRY(char_check(l->pass.src, v));
  ret->kind = value_kind_of(kind);
  ret->of.u64 = v; /* every narrower member is its low bits */
  return WEIR_OK;
}

/* Makes the array of a list or record; the items are empty, so the array can be released at any time. */
static weir_status lift_items(struct lift *l, weir_value_kind kind, uint64_t count, weir_value *ret) {
  WEIR_TRY(lift_spend(l, count * sizeof(weir_value)));
  weir_status status = kind == WEIR_VALUE_LIST ? weir_value_new_list(count, ret) : weir_value_new_record(count, ret);
  return status == WEIR_OK ? WEIR_OK : diag_nomem(l->pass.src->diag);
}

static weir_status lift_each_field(struct lift *l, struct abi_place from, const struct weir_type *t,
                                   weir_value *items) {
  int ptr = cx_ptr(l->pass.src);
  uint32_t slots = 0;
  for (uint32_t i = 0; i < t->field_count; i++) {
    const struct type_field *f = &t->fields[i];
    WEIR_TRY(lift_into(l, place_at(from, slots, f->offset[ptr]), f->type, &items[i]));
    slots += f->type->flat_count[ptr];
  }
  return WEIR_OK;
}

static weir_status lift_fields(struct lift *l, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  WEIR_TRY(lift_items(l, WEIR_VALUE_RECORD, t->field_count, ret));
  return lift_each_field(l, from, t, ret->of.list.items);
}

/* Integers and floats, each as a value of its own. */
static void lift_numbers(struct lift *l, uint64_t address, const struct weir_type *elem, uint64_t count,
                         weir_value *items) {
  uint32_t size = elem->layout[0].size;
  weir_value_kind kind = value_kind_of(elem->kind);
  const uint8_t *from = count != 0 ? cx_at(l->pass.src, address) : NULL;
  for (uint64_t i = 0; i < count; i++) {
    items[i].kind = kind;
    items[i].of.u64 = scalar_wrap(elem->kind, int_load(from + i * size, size));
  }
}

static weir_status lift_elements(struct lift *l, struct abi_place from, const struct weir_type *elem, uint64_t count,
                                 weir_value *items) {
  int ptr = cx_ptr(l->pass.src);
  if (elem->numeric && !from.flat) {
    lift_numbers(l, from.address, elem, count, items);
    return WEIR_OK;
  }
  for (uint64_t i = 0; i < count; i++) {
    WEIR_TRY(lift_into(l, from, elem, &items[i]));
    from = place_at(from, elem->flat_count[ptr], elem->layout[ptr].size);
  }
  return WEIR_OK;
}

static weir_status lift_bytes(struct lift *l, struct abi_pair source, weir_value *ret) {
  WEIR_TRY(lift_spend(l, source.length));
  if (weir_value_new_bytes(source.length != 0 ? cx_at(l->pass.src, source.address) : NULL, source.length, ret) !=
      WEIR_OK)
    return diag_nomem(l->pass.src->diag);
  return WEIR_OK;
}

/* In memory: characters are checked and booleans made normal, all else is copied as it lies. */
static weir_status lift_packed(struct lift *l, struct abi_pair source, const struct weir_type *elem, weir_value *ret) {
  struct abi_cx *cx = l->pass.src;
  uint32_t size = scalar_size(elem->kind);
  WEIR_TRY(lift_spend(l, source.length * size));
  if (value_packed_new(value_kind_of(elem->kind), source.length, ret) != WEIR_OK)
    return diag_nomem(cx->diag);
  if (source.length == 0)
    return WEIR_OK;
  const uint8_t *from = cx_at(cx, source.address);
  memcpy(ret->of.packed.data, from, source.length * size);
  for (uint64_t i = 0; elem->kind == TYPE_BOOL && i < source.length; i++)
    ((uint8_t *)ret->of.packed.data)[i] = from[i] != 0;
  for (uint64_t i = 0; elem->kind == TYPE_CHAR && i < source.length; i++)
    WEIR_TRY(char_check(cx, int_load(from + i * size, size)));
  return WEIR_OK;
}

static weir_status lift_list(struct lift *l, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  struct abi_pair source;
  WEIR_TRY(list_source(&l->pass, from, t, &source));
  if (t->elem->kind == TYPE_U8)
    return lift_bytes(l, source, ret);
  if (l->pass.src->packed_lists && type_is_scalar(t->elem->kind) && t->kind == TYPE_LIST)
    return lift_packed(l, source, t->elem, ret);
  WEIR_TRY(lift_items(l, WEIR_VALUE_LIST, source.length, ret));
  return lift_elements(l, (struct abi_place){NULL, source.address}, t->elem, source.length, ret->of.list.items);
}

static weir_status lift_fixed_list(struct lift *l, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  WEIR_TRY(lift_items(l, WEIR_VALUE_LIST, t->length, ret));
  return lift_elements(l, from, t->elem, t->length, ret->of.list.items);
}

static weir_status lift_variant(struct lift *l, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  struct abi_cx *cx = l->pass.src;
  uint32_t number;
  WEIR_TRY(variant_load(cx, from, t, &number));
  weir_value payload = {.kind = WEIR_VALUE_NONE};
  const struct weir_type *type = t->fields[number].type;
  if (type) {
    WEIR_TRY(lift_spend(l, sizeof(weir_value)));
    weir_status status = lift_into(l, variant_payload(cx, from, t), type, &payload);
    if (status != WEIR_OK) {
      weir_value_clear(&payload);
      return status;
    }
  }
  return weir_value_new_variant(number, &payload, ret) == WEIR_OK ? WEIR_OK : diag_nomem(cx->diag);
}

static weir_status lift_string(struct lift *l, struct abi_place from, weir_value *ret) {
  struct abi_string s;
  WEIR_TRY(string_lift(&l->pass, pair_load(l->pass.src, from), &s));
  WEIR_TRY(lift_spend(l, string_utf8_size(&s)));
  return string_to_value(l->pass.src, &s, ret);
}

static weir_status lift_handle(struct lift *l, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  struct abi_cx *cx = l->pass.src;
  union abi_handle handle;
  WEIR_TRY(cx->ops->lift_handle(cx, t, place_load_u32(cx, from), &handle));
  return cx->ops->handle_to_value(cx, t, handle, ret);
}

static weir_status lift_into(struct lift *l, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  switch (t->kind) {
    case TYPE_RECORD:
    case TYPE_TUPLE:
      return lift_fields(l, from, t, ret);
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      return lift_variant(l, from, t, ret);
    case TYPE_FLAGS:
      ret->kind = WEIR_VALUE_FLAGS;
      ret->of.flags = flags_load(l->pass.src, from, t);
      return WEIR_OK;
    case TYPE_STRING:
      return lift_string(l, from, ret);
    case TYPE_LIST:
    case TYPE_MAP:
      return lift_list(l, from, t, ret);
    case TYPE_FIXED_LIST:
      return lift_fixed_list(l, from, t, ret);
    case TYPE_ERROR_CONTEXT:
    case TYPE_OWN:
    case TYPE_BORROW:
    case TYPE_STREAM:
    case TYPE_FUTURE:
      return lift_handle(l, from, t, ret);
    default:
      return lift_scalar(l, from, t->kind, ret);
  }
}

weir_status abi_lift_value(struct abi_cx *src, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  if (!t)
    return WEIR_OK;
  struct lift l = {{src, NULL}, lift_limit(src)};
  weir_status status = lift_into(&l, from, t, ret);
  if (status != WEIR_OK)
    weir_value_clear(ret);
  return status;
}

weir_status abi_lift_fields(struct abi_cx *src, struct abi_place from, const struct weir_type *t, weir_value *ret) {
  for (uint32_t i = 0; i < t->field_count; i++)
    ret[i] = (weir_value){.kind = WEIR_VALUE_NONE};
  struct lift l = {{src, NULL}, lift_limit(src)};
  weir_status status = lift_each_field(&l, from, t, ret);
  for (uint32_t i = 0; status != WEIR_OK && i < t->field_count; i++)
    weir_value_clear(&ret[i]);
  return status;
}

weir_status abi_lift_values(struct abi_cx *src, uint64_t address, const struct weir_type *t, uint64_t count,
                            weir_value *ret) {
  for (uint64_t i = 0; i < count; i++)
    ret[i] = (weir_value){.kind = WEIR_VALUE_NONE};
  if (!t)
    return WEIR_OK;
  struct lift l = {{src, NULL}, lift_limit(src)};
  weir_status status = lift_elements(&l, (struct abi_place){NULL, address}, t, count, ret);
  for (uint64_t i = 0; status != WEIR_OK && i < count; i++)
    weir_value_clear(&ret[i]);
  return status;
}
