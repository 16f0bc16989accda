/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * core:type (Binary.md#type-definitions). What is not needed later is only passed over, but passed over exactly, since
 * the next definition begins where this one ends. The byte 0x50 begins a module type, and after 0x00 a subtype that is
 * not final; inside recursion groups and module types it is always the subtype. Nothing in here recurses.
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

static weir_status skip_reftype(struct cursor *c, const char *message) {
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
    return skip_reftype(c, "invalid value type");
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

/* A vector of value types, of which up to `room` numeric ones are kept; *ret_plain tells whether that was all. */
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

static weir_status read_subtype(struct cursor *c, struct ast_core_type *type) {
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

static weir_status read_rectype(struct cursor *c, struct ast_core_type *type, uint32_t *ret_count) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  *ret_count = 1;
  if (byte != 0x4e)
    return read_subtype(c, type);
  c->pos++;
  WEIR_TRY(decode_count(c, 2, ret_count));
  for (uint32_t i = 0; i < *ret_count; i++)
    WEIR_TRY(read_subtype(c, type));
  type->is_plain_func = type->is_plain_func && *ret_count == 1;
  return WEIR_OK;
}

/* ---- module types ------------------------------------------------------------------------------------------------ */

static weir_status skip_limits(struct cursor *c, uint8_t flag_mask, const char *message) {
  uint8_t flags;
  uint64_t bound;
  uint32_t page_size;
  WEIR_TRY(cursor_peek(c, &flags));
  if ((flags & ~flag_mask) != 0)
    return fail_here(c, message);
  c->pos++;
  WEIR_TRY(cursor_u64_leb(c, &bound));
  if ((flags & 0x01) != 0)
    WEIR_TRY(cursor_u64_leb(c, &bound));
  return (flags & 0x08) != 0 ? cursor_u32_leb(c, &page_size) : WEIR_OK;
}

static weir_status skip_global(struct cursor *c) {
  uint8_t byte;
  WEIR_TRY(decode_core_valtype(c, &byte));
  WEIR_TRY(cursor_u8(c, &byte));
  return byte <= 3 ? WEIR_OK : decode_bad_byte(c, byte, "global flags");
}

/* core:externtype */
static weir_status skip_externtype(struct cursor *c) {
  uint8_t byte;
  uint32_t index;
  WEIR_TRY(cursor_u8(c, &byte));
  switch (byte) {
    case 0x00:
    case 0x20:
      return cursor_u32_leb(c, &index);
    case 0x01:
      WEIR_TRY(skip_reftype(c, "malformed reference type"));
      return skip_limits(c, 0x07, "invalid table resizable limits flags");
    case 0x02:
      return skip_limits(c, 0x0f, "invalid memory limits flags");
    case 0x03:
      return skip_global(c);
    case 0x04:
      WEIR_TRY(decode_expect(c, 0x00, "tag attributes"));
      return cursor_u32_leb(c, &index);
    default:
      return decode_bad_byte(c, byte, "external kind");
  }
}

static weir_status skip_module_import(struct cursor *c) {
  struct str name;
  WEIR_TRY(cursor_name(c, &name));
  WEIR_TRY(cursor_name(c, &name));
  return skip_externtype(c);
}

static weir_status skip_module_alias(struct cursor *c) {
  uint32_t number;
  WEIR_TRY(decode_expect(c, 0x10, "outer alias kind"));
  WEIR_TRY(decode_expect(c, 0x01, "outer alias target"));
  WEIR_TRY(cursor_u32_leb(c, &number));
  return cursor_u32_leb(c, &number);
}

static weir_status skip_module_decl(struct cursor *c) {
  struct ast_core_type type = {0};
  struct str name;
  uint32_t count;
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  switch (byte) {
    case 0x00:
      return skip_module_import(c);
    case 0x01:
      return read_rectype(c, &type, &count);
    case 0x02:
      return skip_module_alias(c);
    case 0x03:
      WEIR_TRY(cursor_name(c, &name));
      return skip_externtype(c);
    default:
      return decode_bad_byte(c, byte, "type definition");
  }
}

static weir_status skip_module_type(struct cursor *c) {
  uint32_t count;
  WEIR_TRY(decode_count(c, 3, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(skip_module_decl(c));
  return WEIR_OK;
}

static weir_status read_core_type(struct cursor *c, struct ast_core_type *type, uint32_t *ret_count) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  *ret_count = 1;
  if (byte == 0x50) {
    c->pos++;
    type->is_module = true;
    return skip_module_type(c);
  }
  if (byte != 0x00)
    return read_rectype(c, type, ret_count);
  c->pos++;
  WEIR_TRY(decode_expect(c, 0x50, "non-final sub type"));
  c->pos--;
  return read_subtype(c, type);
}

weir_status decode_core_type(struct decoder *dec, struct cursor *c, const struct ast_core_type **ret,
                             uint32_t *ret_count) {
  struct ast_core_type *type = ARENA_NEW(dec->arena, struct ast_core_type);
  if (type == NULL)
    return diag_nomem(c->diag);
  size_t start = c->pos;
  WEIR_TRY(read_core_type(c, type, ret_count));
  type->bytes = c->data + start;
  type->size = c->pos - start;
  *ret = type;
  return WEIR_OK;
}
