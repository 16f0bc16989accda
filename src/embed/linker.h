/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The linker behind weir/linker.h: definitions by interface and name, each counted since instances keep them. */
#ifndef EMBED_LINKER_H
#define EMBED_LINKER_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/vec.h"
#include "component/graph.h"
#include "load/engine.h"
#include "weir/flat.h"
#include "weir/linker.h"

struct linker_def {
  const struct weir_alloc *alloc;
  atomic_uint holders;
  struct arena arena; /* names and the type */
  struct str interface, name;
  bool is_resource;
  const struct func_type *type; /* NULL: any */
  weir_host_fn fn;
  weir_flat_fn flat; /* in place of fn: all scalars */
  void (*drop)(void *data, uint64_t rep);
  void *data;
  void (*free)(void *data);
};

struct weir_linker {
  weir_engine *engine;
  VEC(struct linker_def *) defs;
};

struct linker_def *linker_def_ref(struct linker_def *def);
void linker_def_unref(struct linker_def *def);

/* The definition for an import, versions matched as semver does; NULL: none. */
struct linker_def *linker_find(const weir_linker *l, struct str interface, struct str name, bool is_resource);

/* Checks a component's imports; see weir_linker_check(). */
weir_status linker_check(const weir_linker *l, const struct graph *g, struct diag *d);

#endif
