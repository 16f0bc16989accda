/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Prints types, functions and whole import and export trees in WIT syntax (WIT.md), for messages and `weir inspect`. */
#ifndef WIT_WIT_H
#define WIT_WIT_H

#include "base/text.h"
#include "component/graph.h"

/* `list<tuple<string, u32>>`; own handles by resource name, borrow<name>; a named type by its name unless `expand`. */
void wit_type(struct text *out, const struct weir_type *t, bool expand);
/* `async func(a: u32) -> string`. */
void wit_func(struct text *out, const struct func_type *f);
/* One import or export with everything in it, indented: `import wasi:cli/stdout@0.3.0: interface { ... }`. */
void wit_item(struct text *out, const char *keyword, const struct weir_extern *item, int indent);

#endif
