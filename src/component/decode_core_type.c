/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * core:type (Binary.md#type-definitions): a module type, or a type that modules define. The byte 0x50 begins a module
 * type, and after 0x00 a subtype that is not final.
 */
#include "component/decode_items.h"
#include "component/module_type.h"

static weir_status read_core_type(struct cursor *c, struct ast_core_type *type, uint32_t *ret_count) {
  uint8_t byte;
  WEIR_TRY(cursor_peek(c, &byte));
  *ret_count = 1;
  if (byte == 0x50) {
    c->pos++;
    type->is_module = true;
    return module_type_skip(c);
  }
  if (byte != 0x00)
    return decode_rectype(c, type, ret_count);
  c->pos++;
  WEIR_TRY(decode_expect(c, 0x50, "non-final sub type"));
  c->pos--;
  return decode_subtype(c, type);
}

weir_status decode_core_type(struct decoder *dec, struct cursor *c, const struct ast_core_type **ret,
                             uint32_t *ret_count) {
  struct ast_core_type *type = ARENA_NEW(dec->arena, struct ast_core_type);
  if (!type)
    return diag_nomem(c->diag);
  size_t start = c->pos;
  WEIR_TRY(read_core_type(c, type, ret_count));
  type->bytes = c->data + start;
  type->size = c->pos - start;
  *ret = type;
  return WEIR_OK;
}
