/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The small rules that several sections of a component use: value types, names with attributes, sorts and types of
 * imports and exports.
 */
#ifndef COMPONENT_DECODE_PARTS_H
#define COMPONENT_DECODE_PARTS_H

#include "component/ast.h"
#include "wasm/cursor.h"

/* Whether a byte is a primvaltype. */
bool decode_primitive(uint8_t byte, enum type_kind *ret);

weir_status decode_valtype(struct cursor *c, struct ast_valtype *ret);
/* <valtype>? */
weir_status decode_optional_valtype(struct cursor *c, struct ast_valtype *ret);
weir_status decode_resultlist(struct cursor *c, struct ast_valtype *ret);

/* A name without attributes, and nameattributes. */
weir_status decode_plain_name(struct cursor *c, struct ast_name *ret);
weir_status decode_name(struct cursor *c, struct ast_name *ret);

/* A sort that a component may import, export or hand on: of the core sorts only modules. */
weir_status decode_sort(struct cursor *c, enum ast_sort *ret);
/* Such a sort and an index. */
weir_status decode_sort_index(struct cursor *c, struct ast_sort_index *ret);
weir_status decode_extern_type(struct cursor *c, struct ast_extern_type *ret);

#endif
