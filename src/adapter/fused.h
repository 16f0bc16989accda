/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Fused modules: all core instances of a component, and its adapters, as one core module. src/fuse writes them,
 * src/load reads them, src/runtime instantiates them; here is what these agree on. docs/fused.md describes the format
 * for others.
 *
 *   imports   "instance/I" "KIND#T"   the core function of graph.trampolines[T], which is of instance I
 *             "adapter" "HELPER"      a helper (adapter.h)
 *   exports   "C/NAME"                what the graph names: NAME of graph.core_instances[C]
 *             "start/C"               what runs in the turn of that core instance, if anything does
 *             "adapter/T"             the adapter of a trampoline that the graph names
 *             "flags"                 the memory of flags (adapter.h), if there is one
 *   section   "weir:fused"            the version of this format, then the component, its core modules without code:
 *                                     the graph is linked from it, so that all numbers above are the same
 */
#ifndef ADAPTER_FUSED_H
#define ADAPTER_FUSED_H

#include "adapter/adapter.h"
#include "base/arena.h"

enum { FUSED_VERSION = 3 };
#define FUSED_SECTION "weir:fused"
#define FUSED_FLAGS "flags"
#define FUSED_ADAPTER "adapter" /* the module of the helpers' imports */

/* The meaning of an import of a fused module. */
struct fused_import {
  bool helper;
  uint32_t index; /* of the trampoline, or enum adapter_helper */
};

/* A fused module as its loader has read it. Frozen with the component. */
struct fused {
  const struct fused_import *imports; /* in their order */
  uint32_t import_count;
  const bool *made; /* by graph.trampolines: the runtime makes its function. The others are adapters, or nobody's */
  bool has_adapters;
};

/* data == NULL: memory is out. */
struct str fused_export_name(struct arena *arena, const struct core_ref *ref);
struct str fused_start_name(struct arena *arena, uint32_t core_instance);
struct str fused_instance_name(struct arena *arena, uint32_t instance);
struct str fused_trampoline_name(struct arena *arena, const struct graph *g, uint32_t trampoline);
const char *fused_helper_name(enum adapter_helper helper);

/* The meaning of an import with these names. false: the graph has nothing for it. */
bool fused_import_read(const struct graph *g, struct str module, struct str name, struct fused_import *ret);

#endif
