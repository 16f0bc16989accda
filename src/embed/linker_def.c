/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See linker.h: the life of one definition, which its linker and the instances that use it share. */
#include "embed/linker.h"

#include "base/mem.h"

struct linker_def *linker_def_new(const struct weir_alloc *alloc) {
  struct linker_def *def = mem_zalloc(alloc, sizeof(*def));
  if (!def)
    return NULL;
  def->alloc = alloc;
  atomic_init(&def->holders, 1);
  arena_init(&def->arena, def->alloc);
  return def;
}

struct linker_def *linker_def_ref(struct linker_def *def) {
  atomic_fetch_add_explicit(&def->holders, 1, memory_order_relaxed);
  return def;
}

void linker_def_unref(struct linker_def *def) {
  if (!def || atomic_fetch_sub_explicit(&def->holders, 1, memory_order_acq_rel) != 1)
    return;
  if (def->free)
    def->free(def->data);
  eng_module_unref(def->module);
  arena_done(&def->arena);
  mem_free(def->alloc, def, sizeof(*def));
}
