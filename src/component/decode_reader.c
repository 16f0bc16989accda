/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Checked counts, indices and flags, and the limits on nesting and on the number of definitions. */
#include "component/decode_reader.h"

#include "base/vec.h"
#include "component/ast.h"

weir_status decode_bad_byte(const struct cursor *c, uint8_t byte, const char *what) {
  return diag_at(c->diag, WEIR_ERR_MALFORMED, cursor_offset(c) - 1, "invalid leading byte (0x%x) for %s", byte, what);
}

weir_status decode_count(struct cursor *c, size_t item_size, uint32_t *ret) {
  uint32_t count;
  WEIR_TRY(cursor_u32_leb(c, &count));
  if (count > cursor_left(c) / item_size)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, c->base + c->size, "unexpected end");
  *ret = count;
  return WEIR_OK;
}

weir_status decode_index(struct cursor *c, uint32_t *ret) {
  size_t at = cursor_offset(c);
  WEIR_TRY(cursor_u32_leb(c, ret));
  if (*ret == AST_NONE)
    return diag_at(c->diag, WEIR_ERR_MALFORMED, at, "index out of range");
  return WEIR_OK;
}

weir_status decode_flag(struct cursor *c, const char *what, bool *ret) {
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte > 1)
    return decode_bad_byte(c, byte, what);
  *ret = byte == 1;
  return WEIR_OK;
}

weir_status decode_expect(struct cursor *c, uint8_t want, const char *what) {
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  return byte == want ? WEIR_OK : decode_bad_byte(c, byte, what);
}

weir_status decode_enter(struct decoder *dec, const struct cursor *c) {
  if (dec->nesting == DECODE_MAX_NESTING)
    return diag_at(c->diag, WEIR_ERR_LIMIT, cursor_offset(c), "components or types nest deeper than %d",
                   DECODE_MAX_NESTING);
  dec->nesting++;
  return WEIR_OK;
}

void decode_leave(struct decoder *dec) {
  dec->nesting--;
}

weir_status decode_append(struct decoder *dec, const struct cursor *c, struct decode_list *list, void **ret) {
  if (dec->definitions == DECODE_MAX_DEFINITIONS)
    return diag_at(c->diag, WEIR_ERR_LIMIT, cursor_offset(c), "more than %d definitions", DECODE_MAX_DEFINITIONS);
  if (!vec_room_in_arena(dec->arena, &list->data, &list->capacity, list->count, list->size))
    return diag_nomem(c->diag);
  dec->definitions++;
  *ret = (char *)list->data + list->count++ * list->size;
  return WEIR_OK;
}
