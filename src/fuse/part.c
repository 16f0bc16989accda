/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See part.h. */
#include "fuse/part.h"

void part_put(struct text *out, enum part_id id, struct text *body) {
  put_byte(out, (uint8_t)id);
  put_sized(out, body);
}

void part_put_sort(struct text *out, enum ast_sort sort) {
  if (sort & AST_SORT_CORE)
    put_byte(out, 0);
  put_byte(out, (uint8_t)sort);
}

void part_put_alias(struct text *out, enum part_alias target, enum ast_sort sort, uint32_t instance, struct str name) {
  struct text body = {0};
  put_u32(&body, 1);
  part_put_sort(&body, sort);
  put_byte(&body, (uint8_t)target);
  put_u32(&body, instance);
  put_name(&body, name);
  part_put(out, PART_ALIAS, &body);
  text_done(&body);
}

void part_put_export(struct text *out, struct str name, enum ast_sort sort, uint32_t index, uint32_t func_type) {
  enum { PLAIN_NAME = 0, NO_TYPE = 0, HAS_TYPE = 1 };
  struct text body = {0};
  put_u32(&body, 1);
  put_byte(&body, PLAIN_NAME);
  put_name(&body, name);
  part_put_sort(&body, sort);
  put_u32(&body, index);
  put_byte(&body, sort == AST_SORT_FUNC ? HAS_TYPE : NO_TYPE);
  if (sort == AST_SORT_FUNC) {
    part_put_sort(&body, sort);
    put_u32(&body, func_type);
  }
  part_put(out, PART_EXPORT, &body);
  text_done(&body);
}
