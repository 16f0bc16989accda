/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The store object behind weir/store.h: the runtime's store, and what hosts hold of it. Work that a host causes outside
 * of a step waits in an inbox here, so that guests and callbacks run only where the public headers say.
 */
#ifndef EMBED_STORE_H
#define EMBED_STORE_H

#include "base/list.h"
#include "embed/engine.h"
#include "runtime/state.h"
#include "weir/instance.h"
#include "weir/store.h"
#include "weir/stream.h"

struct weir_store {
  struct rt_store rt; /* first */
  weir_engine *engine;
  struct list instances;      /* weir_instance.all */
  struct list calls;          /* weir_call.all: every call that exists */
  struct list calls_done;     /* weir_call.inbox: finished, `done` not yet called */
  struct list call_cancels;   /* weir_call.inbox: cancellation asked for, not yet requested of the task */
  struct list host_calls;     /* weir_host_call.all: pending ones */
  struct list host_calls_done;/* weir_host_call.inbox: finished by the host, result not yet lowered */
  struct list streams;        /* weir_stream.all: host ends */
  struct list stream_starts;  /* weir_stream.inbox: operations that start in the next step */
  struct list resources;      /* weir_resource.all */
  struct list drops;          /* weir_resource.inbox: dropped by the host, destructor not yet called */
  weir_error *failure;        /* made when it is asked for */
  bool stepping;
};

static inline struct weir_store *store_of(struct rt_store *rt) {
  return (struct weir_store *)(void *)rt;
}

/* Something became ready outside of a step: tells the embedder. */
void store_wake(struct weir_store *s);

/* An error with the store's failure in it. Never NULL. */
weir_error *store_failure_error(const struct weir_store *s);

#endif
