/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside fuse/: a component in the making around a merged module. Its definitions are appended in the order of the
 * binary format's index spaces; the counts below are those spaces. Want of memory is sticky in `out`.
 */
#ifndef FUSE_SHELL_H
#define FUSE_SHELL_H

#include "base/arena.h"
#include "base/name_index.h"
#include "component/graph.h"
#include "fuse/form.h"
#include "fuse/part.h"
#include "fuse/plug_type.h"
#include "wasm/sections.h"

/* An import of the merged module. */
struct shell_import {
  uint32_t trampoline; /* the canonical definition that it is, or GRAPH_NONE */
  uint32_t outer;      /* otherwise: of outer_builtins */
  uint32_t func;       /* the core function that the module is given */
  uint32_t late;       /* its place in the table of those that are defined behind the module, or GRAPH_NONE */
};

struct shell {
  struct arena *arena;
  const struct graph *g;
  struct str bytes;  /* of the component that is fused */
  struct str module; /* the merged module */
  bool inside;       /* with a runtime in it */
  struct diag *d;
  struct text *out;
  struct wasm_sections sections; /* of the module */
  struct shell_import *imports;  /* by function import of the module */
  uint32_t import_count, late_count;
  struct name_index exports; /* of the module */
  uint32_t *host_funcs;      /* by graph.host_funcs: the function in the shell, or GRAPH_NONE */
  uint32_t *lifts;           /* by graph.lifts: the same */
  uint32_t *own_funcs;       /* by trampoline: its core function, or GRAPH_NONE */
  uint32_t instance;         /* the core instance of the merged module */
  uint32_t stubs;            /* the core instance of the stubs */
  uint32_t unit_stream;      /* the type of the runtime's stream, or GRAPH_NONE */
  /* The sizes of index spaces. */
  uint32_t types, funcs, instances, components, core_modules, core_instances, core_funcs, core_memories, core_tables,
      core_types;
  struct plug_types plain; /* for canonical definitions: any type, resources as they are defined */
  struct plug_types named; /* for exports: only what has a name */
};

/*
 * The imports of the component that is fused, as they are, with what their types need, and aliases of the functions and
 * types in them. WEIR_ERR_UNSUPPORTED: something else is defined in front of an import.
 */
weir_status shell_put_imports(struct shell *s);

/* The merged module between what it is given and what is defined with its exports: shell_core.c. */
weir_status shell_put_core(struct shell *s);

/* A canonical definition that makes a core function; *ret is its index (shell_canon.c). */
weir_status shell_put_canon(struct shell *s, uint32_t trampoline, uint32_t *ret);
/* The same of a built-in for the runtime inside (outer.h). */
weir_status shell_put_outer(struct shell *s, uint32_t outer, uint32_t *ret);
/* A lifted function; *ret is its index. Each lift is put once. */
weir_status shell_put_lift(struct shell *s, uint32_t lift, uint32_t *ret);
/* A function that is lifted or imported. */
weir_status shell_put_func(struct shell *s, const struct func_ref *ref, uint32_t *ret);
/* What has to come behind the module, because it names an export of it or a resource that is defined there. */
bool shell_is_late(const struct graph_trampoline *t);

/* An alias of an export of a core instance; its index among the core definitions of the sort. */
uint32_t shell_put_core_alias(struct shell *s, uint32_t instance, struct str name, enum ast_sort sort);
/*
 * What a core reference leads to: mostly an alias of an export of the merged module; *ret is its index among the core
 * definitions of the sort.
 */
weir_status shell_put_core_ref(struct shell *s, const struct core_ref *ref, enum ast_sort sort, uint32_t *ret);

/* The same of a realloc or post-return of a component instance (guard.h). */
weir_status shell_put_guarded(struct shell *s, const struct core_ref *ref, uint32_t instance, uint32_t *ret);

/* Whether the merged module exports something under a name. */
bool shell_has_export(const struct shell *s, struct str name);

/* The exports, under their names and types (shell_exports.c). WEIR_ERR_UNSUPPORTED. */
weir_status shell_put_exports(struct shell *s);
/* The same of an instance: an inner component gives functions and types their names (shell_inner.c). */
weir_status shell_put_instance(struct shell *s, const struct weir_extern *item, uint32_t *ret);

/* An alias of an export of an instance. */

#endif
