/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The engine object behind weir/engine.h. Immutable but for its count of holders. */
#ifndef LOAD_ENGINE_H
#define LOAD_ENGINE_H

#include <stdatomic.h>

#include "base/handle.h"
#include "base/inbox.h"
#include "engine/eng.h"
#include "weir/engine.h"

struct weir_engine {
  struct weir_alloc alloc;
  struct eng *eng;
  uint32_t features, readings;
  uint64_t max_component_size;
  uint32_t max_nesting, max_types;
  bool fuel, deadlines, no_adapters;
  atomic_uint holders;
  struct handle_home handles;
  struct inbox_home inboxes; /* of stores */
};

weir_engine *engine_ref(weir_engine *e);

#endif
