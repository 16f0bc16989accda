/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A look-up that refuses unknown indices, in the words of the validator. */
#include "wasm/index_map.h"

const char *space_name(enum wasm_space space) {
  static const char *const names[SPACE_COUNT] = {
      [SPACE_FUNC] = "function",        [SPACE_TABLE] = "table",      [SPACE_MEMORY] = "memory",
      [SPACE_GLOBAL] = "global",        [SPACE_TAG] = "tag",          [SPACE_TYPE] = "type",
      [SPACE_ELEM] = "element segment", [SPACE_DATA] = "data segment"};
  return names[space];
}

weir_status index_map_get(const struct index_maps *m, enum wasm_space space, uint32_t index, size_t at, struct diag *d,
                          uint32_t *ret) {
  const struct index_map *map = &m->of[space];
  if (index >= map->count)
    return diag_at(d, WEIR_ERR_MALFORMED, at, "unknown %s %u", space_name(space), (unsigned)index);
  *ret = !map->to ? index : map->to[index];
  return WEIR_OK;
}
