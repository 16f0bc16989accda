/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside adapter/: a module of adapters while it is put together (module.c) and written (module_sections.c). */
#ifndef ADAPTER_MODULE_WRITER_H
#define ADAPTER_MODULE_WRITER_H

#include "adapter/model.h"
#include "base/arena.h"
#include "base/text.h"

struct adapter_source;

struct module_writer {
  struct arena scratch;
  struct adapter_module *m; /* large, so in the arena */
  const struct adapter_source *source;
  const struct core_signature **types; /* distinct ones */
  uint32_t type_count;
  uint32_t *import_types; /* by import */
};

/* Of the functions for strings. */
extern const struct core_signature module_string_signature;

/* The number of a type; equal signatures are one type. */
uint32_t module_writer_type(struct module_writer *w, const struct core_signature *sig);

/* How a binary module begins. */
extern const struct str module_preamble;
/* Of an import or export. */
enum { MODULE_EXTERN_FUNC = 0, MODULE_EXTERN_MEMORY = 2, MODULE_EXTERN_GLOBAL = 3 };
void module_put_signature(struct text *t, const struct core_signature *sig);
/* A decimal number as a name. */
void module_put_number(struct text *t, uint32_t n);
/* The name section, with the module's name for backtraces. `body` is empty before and after. */
void module_put_name(struct text *out, struct text *body);

static inline bool module_import_is_memory(enum adapter_import_kind kind) {
  return kind == ADAPTER_IMPORT_MEMORY || kind == ADAPTER_IMPORT_FLAGS;
}

/*
 * Writes all sections, once everything that adapters import is listed. The module makes the memory of flags with so
 * many pages; 0: it makes none.
 */
void module_sections_write(struct module_writer *w, uint32_t flag_pages, struct text *out);

#endif
