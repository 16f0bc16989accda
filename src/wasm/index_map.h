/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Old index -> new index, for each index space of a module. A map refuses an index that it lacks, with its place, so
 * that no index of the input is trusted. Without an array a space keeps its numbers.
 */
#ifndef WASM_INDEX_MAP_H
#define WASM_INDEX_MAP_H

#include "base/diag.h"
#include "wasm/opcode.h"

struct index_map {
  const uint32_t *to; /* NULL: the same numbers */
  uint32_t count;     /* indices below are known */
};

struct index_maps {
  struct index_map of[SPACE_COUNT];
};

/* `at`: the offset of the index in the input. WEIR_ERR_MALFORMED: the module has no such item. */
weir_status index_map_get(const struct index_maps *m, enum wasm_space space, uint32_t index, size_t at, struct diag *d,
                          uint32_t *ret);
/* "function", "table", ... */
const char *space_name(enum wasm_space space);

#endif
