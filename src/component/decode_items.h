/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* One function for each kind of definition: reads one item of the section's vector into the arena. */
#ifndef COMPONENT_DECODE_ITEMS_H
#define COMPONENT_DECODE_ITEMS_H

#include "component/ast.h"
#include "component/decode_reader.h"
#include "wasm/cursor.h"

weir_status decode_core_instance(struct decoder *dec, struct cursor *c, const struct ast_instance **ret);
weir_status decode_instance(struct decoder *dec, struct cursor *c, const struct ast_instance **ret);
weir_status decode_alias(struct decoder *dec, struct cursor *c, const struct ast_alias **ret);
weir_status decode_import(struct decoder *dec, struct cursor *c, const struct ast_import **ret);
weir_status decode_export(struct decoder *dec, struct cursor *c, const struct ast_export **ret);
weir_status decode_start(struct decoder *dec, struct cursor *c, const struct ast_start **ret);
weir_status decode_canon(struct decoder *dec, struct cursor *c, const struct ast_canon **ret);
weir_status decode_type(struct decoder *dec, struct cursor *c, const struct ast_type **ret);

/* `*ret_count` is the number of core types in the definition: the members of a recursion group, else 1. */
weir_status decode_core_type(struct decoder *dec, struct cursor *c, const struct ast_core_type **ret,
                             uint32_t *ret_count);
/* Skips a core:valtype; `*ret` is its first byte. */
weir_status decode_core_valtype(struct cursor *c, uint8_t *ret);
/* Skips a core:reftype, else fails with `message`. */
weir_status decode_reftype(struct cursor *c, const char *message);
/* A core:rectype and the number of its definitions; a core:subtype. Plain function types are taken apart. */
weir_status decode_rectype(struct cursor *c, struct ast_core_type *type, uint32_t *ret_count);
weir_status decode_subtype(struct cursor *c, struct ast_core_type *type);

#endif
