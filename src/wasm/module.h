/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The linker's view of a core module: imports, exports, the memories with 64-bit addresses, the name. The reader skips
 * everything else in the bytes.
 */
#ifndef WASM_MODULE_H
#define WASM_MODULE_H

#include "base/diag.h"
#include "base/name_index.h"
#include "base/vec.h"

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
  VEC(struct core_import) imports;
  VEC(struct core_export) exports;
  VEC(bool) memory64;             /* of each memory, imported ones first */
  struct name_index export_names; /* name -> position in exports */
  struct str name;
  bool has_tags; /* imported or its own */
};

/* Arrays are in `arena`, names point into the bytes. WEIR_ERR_MALFORMED, WEIR_ERR_UNSUPPORTED, WEIR_ERR_NOMEM. */
weir_status core_module_read(struct arena *arena, const struct core_bytes *bytes, struct core_module *ret,
                             struct diag *d);
/* NULL: the module has no such export. */
const struct core_export *core_module_export(const struct core_module *m, struct str name);

#endif
