/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See store_type.h. */
#include "embed/store_type.h"

static bool is_of_an_instance(const struct store *s, const struct weir_type *type) {
  for (const struct list *n = s->instances.next; n != &s->instances; n = n->next)
    if (type_table_has(LIST_OWNER(n, struct instance, all)->component->graph->types, type))
      return true;
  return false;
}

weir_status store_type_adopt(struct store *s, const struct weir_type *type, const struct weir_type **ret,
                             struct diag *d) {
  if (!is_of_an_instance(s, type))
    return engine_type_adopt(s->engine, type, ret, d);
  *ret = type;
  return WEIR_OK;
}
