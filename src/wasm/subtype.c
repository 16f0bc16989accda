/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Copies a definition of a type. One pass reads each part into a value, maps the value's index, and puts the value
 * into the output, where the caller wants one. A vector is as long as the input at most, because each entry takes a
 * byte.
 *
 * The parts: indices and value types, the four kinds of definitions, what stands in front of them.
 */
#include "wasm/subtype.h"

#include "wasm/put.h"

enum { SUB = 0x50, SUB_FINAL = 0x4f, PREFIX_DESCRIBES = 0x4c, PREFIX_DESCRIPTOR = 0x4d };

struct copy {
  struct cursor *c;
  const struct index_maps *maps;
  struct text *out;
};

static weir_status malformed(const struct copy *k, const char *what) {
  return diag_at(k->c->diag, WEIR_ERR_MALFORMED, cursor_offset(k->c), "malformed %s", what);
}

static void out_byte(const struct copy *k, uint8_t byte) {
  if (k->out)
    put_byte(k->out, byte);
}

static void out_u32(const struct copy *k, uint32_t n) {
  if (k->out)
    put_u32(k->out, n);
}

/* An index of a type, read and mapped. */
static weir_status index_read(const struct copy *k, uint32_t *ret) {
  size_t at = cursor_offset(k->c);
  WEIR_TRY(cursor_u32_leb(k->c, ret));
  return !k->maps ? WEIR_OK : index_map_get(k->maps, SPACE_TYPE, *ret, at, k->c->diag, ret);
}

static weir_status value_copy(const struct copy *k, weir_status (*read)(struct cursor *c, struct wasm_valtype *ret)) {
  struct wasm_valtype type;
  size_t at = cursor_offset(k->c);
  WEIR_TRY(read(k->c, &type));
  if (k->maps)
    WEIR_TRY(valtype_map(&type, k->maps, at, k->c->diag));
  if (k->out)
    valtype_put(k->out, &type);
  return WEIR_OK;
}

static weir_status values_copy(const struct copy *k) {
  uint32_t count;
  WEIR_TRY(cursor_u32_leb(k->c, &count));
  out_u32(k, count);
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(value_copy(k, valtype_read));
  return WEIR_OK;
}

static weir_status func_copy(const struct copy *k) {
  WEIR_TRY(values_copy(k));
  return values_copy(k);
}

static weir_status field_copy(const struct copy *k) {
  uint8_t mutable;
  WEIR_TRY(value_copy(k, valtype_read_storage));
  WEIR_TRY(cursor_u8(k->c, &mutable));
  if (mutable > 1)
    return malformed(k, "mutability");
  out_byte(k, mutable);
  return WEIR_OK;
}

static weir_status struct_copy(const struct copy *k) {
  uint32_t count;
  WEIR_TRY(cursor_u32_leb(k->c, &count));
  out_u32(k, count);
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(field_copy(k));
  return WEIR_OK;
}

static weir_status cont_copy(const struct copy *k) {
  size_t at = cursor_offset(k->c);
  int64_t index;
  uint32_t mapped;
  WEIR_TRY(cursor_s33_leb(k->c, &index));
  if (index < 0)
    return malformed(k, "continuation type");
  mapped = (uint32_t)index;
  if (k->maps)
    WEIR_TRY(index_map_get(k->maps, SPACE_TYPE, mapped, at, k->c->diag, &mapped));
  if (k->out)
    put_s64(k->out, mapped);
  return WEIR_OK;
}

/* `*byte` is a prefix with an index: copies both and reads the next byte. */
static weir_status clause_copy(const struct copy *k, uint8_t prefix, uint8_t *byte) {
  uint32_t index;
  if (*byte != prefix)
    return WEIR_OK;
  WEIR_TRY(index_read(k, &index));
  out_byte(k, prefix);
  out_u32(k, index);
  return cursor_u8(k->c, byte);
}

/* The rest, behind the supertypes; `byte` is its first. */
static weir_status composite_copy(const struct copy *k, uint8_t byte, uint8_t *ret_form) {
  if (byte == PREFIX_SHARED) {
    out_byte(k, byte);
    WEIR_TRY(cursor_u8(k->c, &byte));
  }
  WEIR_TRY(clause_copy(k, PREFIX_DESCRIBES, &byte));
  WEIR_TRY(clause_copy(k, PREFIX_DESCRIPTOR, &byte));
  *ret_form = byte;
  out_byte(k, byte);
  switch (byte) {
    case TYPE_FUNC:
      return func_copy(k);
    case TYPE_STRUCT:
      return struct_copy(k);
    case TYPE_ARRAY:
      return field_copy(k);
    case TYPE_CONT:
      return cont_copy(k);
    default:
      return malformed(k, "type");
  }
}

weir_status subtype_copy(struct cursor *c, const struct index_maps *maps, struct text *out, struct wasm_subtype *ret) {
  struct copy k = {c, maps, out};
  uint8_t byte, form;
  uint32_t supers = 0, super = SUBTYPE_NO_SUPER;
  bool is_final = true;
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte == SUB || byte == SUB_FINAL) {
    is_final = byte == SUB_FINAL;
    WEIR_TRY(cursor_u32_leb(c, &supers));
    if (supers > 1)
      return malformed(&k, "type: there is one supertype at most");
    if (supers == 1)
      WEIR_TRY(index_read(&k, &super));
    WEIR_TRY(cursor_u8(c, &byte));
  }
  if (!is_final || supers != 0) {
    out_byte(&k, is_final ? SUB_FINAL : SUB);
    out_u32(&k, supers);
    if (supers == 1)
      out_u32(&k, super);
  }
  WEIR_TRY(composite_copy(&k, byte, &form));
  *ret = (struct wasm_subtype){.form = form, .super = super};
  return WEIR_OK;
}
