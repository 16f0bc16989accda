/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What components are written with, whoever writes one: sections, sorts, aliases. Origin: Binary.md. Want of memory is
 * sticky in `out`.
 */
#ifndef FUSE_PART_H
#define FUSE_PART_H

#include "component/ast.h"
#include "wasm/put.h"

enum part_id {
  PART_CUSTOM = 0,
  PART_CORE_MODULE = 1,
  PART_CORE_INSTANCE = 2,
  PART_CORE_TYPE = 3,
  PART_COMPONENT = 4,
  PART_INSTANCE = 5,
  PART_ALIAS = 6,
  PART_TYPE = 7,
  PART_CANON = 8,
  PART_IMPORT = 10,
  PART_EXPORT = 11
};

enum part_alias { PART_ALIAS_EXPORT = 0, PART_ALIAS_CORE_EXPORT = 1 }; /* aliastarget */

/* A section: its number, its size and `body`, which is empty then. */
void part_put(struct text *out, enum part_id id, struct text *body);
void part_put_sort(struct text *out, enum ast_sort sort);
/* The section of an alias of what an instance, or a core instance, exports. */
void part_put_alias(struct text *out, enum part_alias target, enum ast_sort sort, uint32_t instance, struct str name);
/* The section of an export; a function's has the type that is given. */
void part_put_export(struct text *out, struct str name, enum ast_sort sort, uint32_t index, uint32_t func_type);

#endif
