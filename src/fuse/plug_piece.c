/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Pieces of a linked component (plug_import.h): sections, indices, aliases. */
#include "fuse/plug_import.h"
#include "wasm/put.h"

void plug_put_part(struct text *out, enum plug_part_id id, struct text *body) {
  put_byte(out, (uint8_t)id);
  put_sized(out, body);
}

void plug_put_sort(struct text *out, enum ast_sort sort) {
  if (sort & AST_SORT_CORE)
    put_byte(out, 0);
  put_byte(out, (uint8_t)sort);
}

uint32_t plug_count(struct writing *w, enum ast_sort sort) {
  if (sort == AST_SORT_FUNC)
    return w->funcs++;
  return sort == AST_SORT_INSTANCE ? w->instances++ : w->type_count++;
}

uint32_t plug_put_alias(struct writing *w, enum ast_sort sort, uint32_t instance, struct str name) {
  enum { ALIAS_EXPORT = 0 };
  struct text body = {0};
  put_u32(&body, 1);
  plug_put_sort(&body, sort);
  put_byte(&body, ALIAS_EXPORT);
  put_u32(&body, instance);
  put_name(&body, name);
  plug_put_part(w->out, PART_ALIAS, &body);
  text_done(&body);
  return plug_count(w, sort);
}
