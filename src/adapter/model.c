/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See model.h. */
#include "adapter/model.h"

static bool same_side(const struct adapter_side *a, const struct adapter_side *b) {
  return a->memory == b->memory && a->realloc == b->realloc && a->encoding == b->encoding && a->flag == b->flag &&
         a->throws == b->throws;
}

uint32_t adapter_module_string(struct adapter_module *m, const struct adapter_side *src,
                               const struct adapter_side *dst) {
  uint32_t i = 0;
  while (i < m->string_count && !(same_side(&m->strings[i].src, src) && same_side(&m->strings[i].dst, dst)))
    i++;
  if (i == ADAPTER_MAX_STRINGS)
    return GRAPH_NONE;
  if (i == m->string_count)
    m->strings[m->string_count++] = (struct adapter_string){*src, *dst};
  return m->func_count + m->count + i;
}
