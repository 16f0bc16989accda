/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Canonical definitions (Binary.md#canonical-definitions). Opcodes and operands come from canon.def; this file says
 * how each class of operands is read. The `shared` byte that the text gives to the thread.spawn definitions is not
 * read: neither the validator nor any producer knows it.
 */
#include "component/decode_items.h"
#include "component/decode_parts.h"

static bool canon_of(uint8_t opcode, enum canon_kind *ret) {
  for (unsigned i = 0; i < CANON_KIND_COUNT; i++) {
    if (canon_info((enum canon_kind)i)->opcode != opcode)
      continue;
    *ret = (enum canon_kind)i;
    return true;
  }
  return false;
}

static weir_status read_option(struct cursor *c, struct ast_canon_opts *opts) {
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  switch (byte) {
    case 0x00:
    case 0x01:
    case 0x02:
      opts->encoding = (enum ast_encoding)byte;
      return WEIR_OK;
    case 0x03:
      return decode_index(c, &opts->memory);
    case 0x04:
      return decode_index(c, &opts->realloc);
    case 0x05:
      return decode_index(c, &opts->post_return);
    case 0x06:
      opts->async = true;
      return WEIR_OK;
    case 0x07:
      return decode_index(c, &opts->callback);
    case 0x08:
      return decode_index(c, &opts->core_type);
    case 0x09:
      opts->gc = true;
      return WEIR_OK;
    default:
      return decode_bad_byte(c, byte, "canonical option");
  }
}

static weir_status read_options(struct cursor *c, struct ast_canon_opts *opts) {
  uint32_t count;
  WEIR_TRY(decode_count(c, 1, &count));
  for (uint32_t i = 0; i < count; i++)
    WEIR_TRY(read_option(c, opts));
  return WEIR_OK;
}

static weir_status read_lift(struct cursor *c, struct ast_canon *canon) {
  WEIR_TRY(decode_expect(c, 0x00, "canonical function lift"));
  WEIR_TRY(decode_index(c, &canon->index));
  WEIR_TRY(read_options(c, &canon->opts));
  return decode_index(c, &canon->type);
}

static weir_status read_lower(struct cursor *c, struct ast_canon *canon) {
  WEIR_TRY(decode_expect(c, 0x00, "canonical function lower"));
  WEIR_TRY(decode_index(c, &canon->index));
  return read_options(c, &canon->opts);
}

static weir_status read_slot(struct cursor *c, struct ast_canon *canon) {
  uint8_t byte;
  WEIR_TRY(cursor_u8(c, &byte));
  if (byte != 0x7f && byte != 0x7e)
    return decode_bad_byte(c, byte, "type of a context slot");
  canon->is64 = byte == 0x7e;
  return cursor_u32_leb(c, &canon->slot);
}

static weir_status read_cancel_memory(struct cursor *c, struct ast_canon *canon) {
  WEIR_TRY(decode_flag(c, "cancellable", &canon->cancellable));
  return decode_index(c, &canon->index);
}

static weir_status read_two_indices(struct cursor *c, struct ast_canon *canon) {
  WEIR_TRY(decode_index(c, &canon->index));
  return decode_index(c, &canon->type);
}

static weir_status read_operands(struct cursor *c, enum canon_operands operands, struct ast_canon *canon) {
  switch (operands) {
    case CANON_OPERANDS_NONE:
      return WEIR_OK;
    case CANON_OPERANDS_TYPE:
    case CANON_OPERANDS_SPAWN_REF:
      return decode_index(c, &canon->index);
    case CANON_OPERANDS_TYPE_OPTS:
      WEIR_TRY(decode_index(c, &canon->index));
      return read_options(c, &canon->opts);
    case CANON_OPERANDS_TYPE_ASYNC:
      WEIR_TRY(decode_index(c, &canon->index));
      return decode_flag(c, "async", &canon->async);
    case CANON_OPERANDS_OPTS:
      return read_options(c, &canon->opts);
    case CANON_OPERANDS_ASYNC:
      return decode_flag(c, "async", &canon->async);
    case CANON_OPERANDS_CANCEL:
      return decode_flag(c, "cancellable", &canon->cancellable);
    case CANON_OPERANDS_CANCEL_MEMORY:
      return read_cancel_memory(c, canon);
    case CANON_OPERANDS_RESULT_OPTS:
      WEIR_TRY(decode_resultlist(c, &canon->result));
      return read_options(c, &canon->opts);
    case CANON_OPERANDS_SLOT:
      return read_slot(c, canon);
    case CANON_OPERANDS_THREAD_NEW:
    case CANON_OPERANDS_SPAWN_INDIRECT:
      return read_two_indices(c, canon);
    case CANON_OPERANDS_LIFT:
      return read_lift(c, canon);
    case CANON_OPERANDS_LOWER:
      break;
  }
  return read_lower(c, canon);
}

weir_status decode_canon(struct decoder *dec, struct cursor *c, const struct ast_canon **ret) {
  static const struct ast_canon_opts no_options = {
      .memory = AST_NONE, .realloc = AST_NONE, .post_return = AST_NONE, .callback = AST_NONE, .core_type = AST_NONE};
  struct ast_canon *canon = ARENA_NEW(dec->arena, struct ast_canon);
  uint8_t opcode;
  if (!canon)
    return diag_nomem(c->diag);
  WEIR_TRY(cursor_u8(c, &opcode));
  if (!canon_of(opcode, &canon->kind))
    return decode_bad_byte(c, opcode, "canonical function");
  canon->opts = no_options;
  canon->index = canon->type = AST_NONE;
  *ret = canon;
  return read_operands(c, canon_info(canon->kind)->operands, canon);
}
