/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the linker has to know of a core module: imports, exports, which memories have 64-bit addresses, its name. Read
 * from the bytes; everything else in them is skipped.
 */
#ifndef WASM_MODULE_H
#define WASM_MODULE_H

#include "base/diag.h"
#include "base/name_index.h"

struct core_bytes { /* a core module, unread */
  const uint8_t *data;
  size_t size;
};

enum core_kind { CORE_KIND_FUNC, CORE_KIND_TABLE, CORE_KIND_MEMORY, CORE_KIND_GLOBAL, CORE_KIND_TAG, CORE_KIND_COUNT };

struct core_import {
  struct str module, name;
  uint8_t kind; /* enum core_kind */
};

struct core_export {
  struct str name;
  uint8_t kind;
  uint32_t index;
};

struct core_module {
  struct core_import *imports;
  struct core_export *exports;
  bool *memory64; /* of each memory, imported ones first */
  uint32_t import_count, import_capacity;
  uint32_t export_count, export_capacity;
  uint32_t memory_count, memory_capacity;
  struct name_index export_names; /* name -> position in exports */
  struct str name;
  bool has_tags; /* imported or its own */
};

/* Arrays are in `arena`, names point into the bytes. WEIR_ERR_MALFORMED, WEIR_ERR_UNSUPPORTED, WEIR_ERR_NOMEM. */
weir_status core_module_read(struct arena *arena, const struct core_bytes *bytes, struct core_module *ret,
                             struct diag *d);
/* NULL where the module has no such export. */
const struct core_export *core_module_export(const struct core_module *m, struct str name);

/* Doubles an array in an arena; the old one stays behind. false: memory is out. */
bool arena_grow(struct arena *arena, void *data_slot, uint32_t *capacity, uint32_t count, size_t size);

#define ARENA_PUSH(arena, data, count, capacity, value) \
  (arena_grow((arena), &(data), &(capacity), (count), sizeof(*(data))) ? ((data)[(count)++] = (value), true) : false)

#endif
