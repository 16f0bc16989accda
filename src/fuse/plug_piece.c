/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Indices of a linked component (plug_import.h). */
#include "fuse/plug_import.h"

uint32_t plug_count(struct writing *w, enum ast_sort sort) {
  if (sort == AST_SORT_FUNC)
    return w->funcs++;
  return sort == AST_SORT_INSTANCE ? w->instances++ : w->type_count++;
}

uint32_t plug_put_alias(struct writing *w, enum ast_sort sort, uint32_t instance, struct str name) {
  part_put_alias(w->out, PART_ALIAS_EXPORT, sort, instance, name);
  return plug_count(w, sort);
}
