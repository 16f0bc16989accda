/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The component object behind weir/component.h: the linked graph and its compiled core modules. Immutable. */
#ifndef EMBED_COMPONENT_H
#define EMBED_COMPONENT_H

#include <stdatomic.h>

#include "base/arena.h"
#include "component/graph.h"
#include "embed/engine.h"
#include "weir/component.h"

struct weir_func {
  const weir_component *component;
  struct str interface; /* "" for a function exported by itself */
  struct str name;
  struct func_ref ref;
  const struct func_type *type;
};

struct weir_component {
  weir_engine *engine;
  atomic_uint holders;
  struct arena arena; /* the graph and everything below */
  const uint8_t *bytes;
  size_t size;
  struct graph *graph;
  struct eng_module **modules;       /* by graph.modules */
  struct eng_signature **signatures; /* by graph.trampolines; several may be the same object */
  struct eng_signature **made;       /* the distinct ones */
  uint32_t made_count;
  struct weir_func *funcs;
  uint32_t func_count;
};

const weir_component *component_ref(const weir_component *c);

#endif
