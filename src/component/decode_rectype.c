/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The types that modules define (Binary.md#core-type-definitions: core:rectype and its parts). The reader passes over
 * parts that nobody needs later, but exactly, since the next definition begins where this one ends. Inside recursion
 * groups and module types the byte 0x50 always begins a subtype that is not final. Nothing in here recurses.
 */
#include "component/decode_items.h"

static weir_status fail_here(const struct cursor *c, const char *message) {
  return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c), "%s", message);
}

/* The supertypes of a subtype. */
static weir_status skip_indices(struct cursor *c, uint32_t *ret_count) {
  uint32_t index;
  WEIR_TRY(decode_count(c, 1, ret_count));
  for (uint32_t i = 0; i < *ret_count; i++)
    WEIR_TRY(cursor_u32_leb(c, &index));
  return WEIR_OK;
}

/* An abstract heap type, with the prefix that makes it shared. */
static weir_status skip_abstract_heap_type(struct cursor *c, const char *message) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte == 0x65) {
    c->pos++;
    WEIR_TRY(cursor_peek(c, &byte));
  }
  if (byte < 0x68 || byte > 0x75)
    return fail_here(c, message);
  c->pos++;
  return WEIR_OK;
}

static weir_status skip_heap_type(struct cursor *c) {
  struct cursor ahead = *c;
  int64_t number;
  uint8_t byte;
  uint32_t index;
  WEIR_TRY(cursor_s33_leb(&ahead, &number));
  if (number >= 0) {
    *c = ahead;
    return WEIR_OK;
  }
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte != 0x62)
    return skip_abstract_heap_type(c, "invalid heap type");
  c->pos++;
  return cursor_u32_leb(c, &index);
}

weir_status decode_reftype(struct cursor *c, const char *message) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte != 0x63 && byte != 0x64)
    return skip_abstract_heap_type(c, message);
  c->pos++;
  return skip_heap_type(c);
}

weir_status decode_core_valtype(struct cursor *c, uint8_t *ret) {
  WEIR_TRY(cursor_peek(c, ret));
  if (*ret < 0x7b || *ret > 0x7f)
    return decode_reftype(c, "invalid value type");
  c->pos++;
  return WEIR_OK;
}

static weir_status skip_field(struct cursor *c) {
  uint8_t byte;
  bool is_mutable;
  WEIR_TRY(cursor_peek(c, &byte));
  if (byte == 0x77 || byte == 0x78)
    c->pos++;
  else
    WEIR_TRY(decode_core_valtype(c, &byte));
  return decode_flag(c, "mutability of a field", &is_mutable);
}

/* A vector of value types. Up to `room` numeric ones are kept; *ret_plain: there were no others. */
static weir_status read_valtypes(struct cursor *c, uint8_t *types, uint8_t room, uint8_t *ret_count, bool *ret_plain) {
  uint32_t count;
  WEIR_TRY(decode_count(c, 1, &count));
  *ret_plain = count <= room;
  *ret_count = *ret_plain ? (uint8_t)count : 0;
  for (uint32_t i = 0; i < count; i++) {
    uint8_t byte;
    WEIR_TRY(decode_core_valtype(c, &byte));
    *ret_plain = *ret_plain && byte >= 0x7c && byte <= 0x7f;
    if (*ret_plain)
      types[i] = (uint8_t)(CORE_I32 + (0x7f - byte));
  }
  return WEIR_OK;
}

static weir_status read_func(struct cursor *c, struct core_signature *ret, bool *ret_plain) {
  bool params, results;
  WEIR_TRY(read_valtypes(c, ret->params, sizeof(ret->params), &ret->param_count, &params));
  WEIR_TRY(read_valtypes(c, ret->results, sizeof(ret->results), &ret->result_count, &results));
  *ret_plain = params && results;
  return WEIR_OK;
}

static weir_status skip_struct(struct cursor *c) {
  uint32_t count;
  WEIR_TRY(decode_count(c, 2, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(skip_field(c));
  return WEIR_OK;
}

static weir_status skip_continuation(struct cursor *c) {
  int64_t index;
  size_t at = cursor_offset(c);
  WEIR_TRY(cursor_s33_leb(c, &index));
  return index >= 0 ? WEIR_OK : diag_at(c->diag, WEIR_ERR_MALFORMED, at, "invalid continuation type");
}

/* The prefixes of a comptype: shared, describes, descriptor. `*byte` is the byte just read and becomes the next. */
static weir_status skip_prefixes(struct cursor *c, uint8_t *byte, bool *ret_any) {
  static const uint8_t prefixes[] = {0x65, 0x4c, 0x4d};
  *ret_any = false;
  for (size_t i = 0; i < sizeof(prefixes); i++) {
    uint32_t index;
    if (*byte != prefixes[i])
      continue;
    *ret_any = true;
    if (i > 0)
      WEIR_TRY(cursor_u32_leb(c, &index));
    WEIR_TRY(cursor_u8(c, byte));
  }
  return WEIR_OK;
}

static weir_status read_comptype(struct cursor *c, struct ast_core_type *type) {
  uint8_t byte;
  bool prefixed, plain;
  WEIR_TRY(cursor_u8(c, &byte));
  WEIR_TRY(skip_prefixes(c, &byte, &prefixed));
  switch (byte) {
    case 0x60:
      WEIR_TRY(read_func(c, &type->func, &plain));
      type->is_plain_func = plain && !prefixed;
      return WEIR_OK;
    case 0x5f:
      return skip_struct(c);
    case 0x5e:
      return skip_field(c);
    case 0x5d:
      return skip_continuation(c);
    default:
      return decode_bad_byte(c, byte, "type");
  }
}

weir_status decode_subtype(struct cursor *c, struct ast_core_type *type) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  type->is_plain_func = false;
  if (byte != 0x4f && byte != 0x50)
    return read_comptype(c, type);
  uint32_t supertypes;
  c->pos++;
  WEIR_TRY(skip_indices(c, &supertypes));
  WEIR_TRY(read_comptype(c, type));
  type->is_plain_func = type->is_plain_func && byte == 0x4f && supertypes == 0;
  return WEIR_OK;
}

weir_status decode_rectype(struct cursor *c, struct ast_core_type *type, uint32_t *ret_count) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  *ret_count = 1;
  if (byte != 0x4e)
    return decode_subtype(c, type);
  c->pos++;
  WEIR_TRY(decode_count(c, 2, ret_count));
  for (uint32_t i = 0; i < *ret_count; i++)
    WEIR_TRY(decode_subtype(c, type));
  type->is_plain_func = type->is_plain_func && *ret_count == 1;
  return WEIR_OK;
}
