/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The state behind weir/store.h and weir/instance.h: the runtime's store, and what hosts hold of it. Data only. Work that a host causes outside
 * of a step waits in an inbox here, so that guests and callbacks run only where the public headers say.
 */
#ifndef EMBED_STATE_H
#define EMBED_STATE_H

#include "base/list.h"
#include "embed/component.h"
#include "embed/engine.h"
#include "runtime/state.h"
#include "weir/instance.h"
#include "weir/store.h"
#include "weir/stream.h"

struct host_func;
struct linker_def;

struct weir_store {
  struct rt_store rt; /* first */
  weir_engine *engine;
  struct list instances;       /* weir_instance.all */
  struct list calls;           /* weir_call.all: every call that exists */
  struct list calls_done;      /* weir_call.inbox: finished, `done` not yet called */
  struct list call_cancels;    /* weir_call.inbox: cancellation asked for, not yet requested of the task */
  struct list host_calls;      /* weir_host_call.all: pending ones */
  struct list host_calls_done; /* weir_host_call.inbox: finished by the host, result not yet lowered */
  struct list streams;         /* weir_stream.all: host ends */
  struct list stream_starts;   /* weir_stream.inbox: operations that start in the next step */
  struct list resources;       /* weir_resource.all */
  struct list drops;           /* weir_resource.inbox: dropped by the host, destructor not yet called */
  weir_error *failure;         /* made when it is asked for */
  bool stepping;
};

static inline struct weir_store *store_of(struct rt_store *rt) {
  return (struct weir_store *)(void *)rt;
}

/* Something became ready outside of a step: tells the embedder. */
static inline void store_wake(struct weir_store *s) {
  if (s->rt.wake && !s->stepping)
    s->rt.wake(s->rt.wake_data);
}

struct weir_instance { /* an instantiated component: a root of the runtime, and what is bound to its imports */
  struct weir_store *store;
  const weir_component *component;
  struct rt_root *root;
  struct host_func *host_funcs;      /* by graph.host_funcs */
  struct rt_host_func **host_table;  /* pointers to them, as the runtime wants it */
  struct linker_def **resource_defs; /* by graph.resources, NULL for defined ones */
  struct list all;
};

#endif
