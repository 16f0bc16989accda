/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Size, alignment and offsets of value types in linear memory, for both pointer sizes at once. Parts are complete
 * before the whole, so nothing here recurses. Sums are taken in 64 bits: a sum of 2^32 parts below 2^28 fits.
 * Origin: CanonicalABI.md#alignment and #element-size.
 */
#include "component/link_types.h"
#include "component/types.h"

static uint64_t size_align(uint64_t size, uint32_t align) {
  return (size + align - 1) / align * align;
}

static uint32_t layout_scalar(enum type_kind kind) {
  switch (kind) {
    case TYPE_BOOL:
    case TYPE_S8:
    case TYPE_U8:
      return 1;
    case TYPE_S16:
    case TYPE_U16:
      return 2;
    case TYPE_S64:
    case TYPE_U64:
    case TYPE_F64:
      return 8;
    default: /* 32-bit numbers, char, and every index of a table */
      return 4;
  }
}

static uint8_t layout_discriminant(uint32_t cases) {
  if (cases <= 0x100)
    return 1;
  return cases <= 0x10000 ? 2 : 4;
}

static uint64_t layout_record(struct weir_type *t, struct type_field *fields, int ptr) {
  uint64_t size = 0;
  uint32_t align = 1;
  for (uint32_t i = 0; i < t->field_count; i++) {
    const struct type_layout *part = &fields[i].type->layout[ptr];
    size = size_align(size, part->align);
    fields[i].offset[ptr] = (uint32_t)size;
    size += part->size;
    if (part->align > align)
      align = part->align;
  }
  t->layout[ptr].align = align;
  return size_align(size, align);
}

static uint64_t layout_variant(struct weir_type *t, int ptr) {
  uint32_t size = 0;
  uint32_t align = 1;
  for (uint32_t i = 0; i < t->field_count; i++) {
    if (!t->fields[i].type)
      continue;
    const struct type_layout *part = &t->fields[i].type->layout[ptr];
    if (part->align > align)
      align = part->align;
    if (part->size > size)
      size = part->size;
  }
  t->disc_size = layout_discriminant(t->field_count);
  t->layout[ptr].payload = (uint32_t)size_align(t->disc_size, align);
  t->layout[ptr].align = align > t->disc_size ? align : t->disc_size;
  return size_align((uint64_t)t->layout[ptr].payload + size, t->layout[ptr].align);
}

static uint32_t layout_flags(uint32_t labels) {
  if (labels <= 8)
    return 1;
  return labels <= 16 ? 2 : 4;
}

static uint64_t layout_size(struct weir_type *t, struct type_field *fields, int ptr) {
  switch (t->kind) {
    case TYPE_STRING:
    case TYPE_LIST:
    case TYPE_MAP:
      t->layout[ptr].align = ptr ? 8 : 4;
      return ptr ? 16 : 8;
    case TYPE_FIXED_LIST:
      t->layout[ptr].align = t->elem->layout[ptr].align;
      return (uint64_t)t->length * t->elem->layout[ptr].size;
    case TYPE_RECORD:
    case TYPE_TUPLE:
      return layout_record(t, fields, ptr);
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      return layout_variant(t, ptr);
    case TYPE_FLAGS:
      return t->layout[ptr].align = layout_flags(t->field_count);
    default:
      return t->layout[ptr].align = layout_scalar(t->kind);
  }
}

uint64_t layout_fill(struct weir_type *type, struct type_field *fields) {
  uint64_t size = 0;
  for (int ptr = 0; ptr < 2; ptr++) {
    size = layout_size(type, fields, ptr);
    type->layout[ptr].size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
  }
  return size;
}
