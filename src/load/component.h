/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The component object behind weir/component.h: an engine and its code (code.h), made in no time. Immutable. */
#ifndef LOAD_COMPONENT_H
#define LOAD_COMPONENT_H

#include <stdatomic.h>

#include "load/code.h"
#include "weir/component.h"

struct weir_component {
  uint64_t id;         /* no two components of an engine have the same; not 0 */
  weir_engine *engine; /* the code holds it */
  atomic_uint holders;
  weir_code *code;
  /* The code's own graph and adapters: instances ask for them often. */
  struct graph *graph;
  struct eng_module **modules;
  struct eng_signature **signatures;
};

/* weir_component_from_code() with a diag. */
weir_status component_from_code(weir_engine *engine, const weir_code *code, weir_component **ret, struct diag *d);

#endif
