/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The instance object behind weir/instance.h: a root of the runtime, and the host functions bound to its imports. */
#ifndef EMBED_INSTANCE_H
#define EMBED_INSTANCE_H

#include "embed/component.h"
#include "embed/host_call.h"
#include "embed/store.h"
#include "runtime/root.h"

struct weir_instance {
  struct weir_store *store;
  const weir_component *component;
  struct rt_root *root;
  struct host_func *host_funcs;      /* by graph.host_funcs */
  struct rt_host_func **host_table;  /* pointers to them, as the runtime wants it */
  struct linker_def **resource_defs; /* by graph.resources, NULL for defined ones */
  struct list all;
};

/* Called by the store after the runtime's root is gone. */
void instance_free(weir_instance *inst);

#endif
