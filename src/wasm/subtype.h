/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Definitions of types: functions, structs, arrays and continuations, with their supertypes. A definition has one form
 * here, the shortest: definitions that are equal after renumbering are equal byte for byte. Origin: the core
 * specification, binary format, recursive types; the proposals for shared types and custom descriptors.
 */
#ifndef WASM_SUBTYPE_H
#define WASM_SUBTYPE_H

#include "wasm/index_map.h"
#include "wasm/valtype.h"

enum { TYPE_FUNC = 0x60, TYPE_STRUCT = 0x5f, TYPE_ARRAY = 0x5e, TYPE_CONT = 0x5d, TYPE_GROUP = 0x4e };
enum { SUBTYPE_NO_SUPER = UINT32_MAX };

struct wasm_subtype {
  uint8_t form;   /* TYPE_FUNC, ... */
  uint32_t super; /* the type that it extends, by its new number; or SUBTYPE_NO_SUPER */
};

/*
 * Reads one definition and puts it into `out` (NULL: only reads), with its indices mapped by `maps` (NULL: unchecked
 * and unchanged). WEIR_ERR_MALFORMED.
 */
weir_status subtype_copy(struct cursor *c, const struct index_maps *maps, struct text *out, struct wasm_subtype *ret);

#endif
