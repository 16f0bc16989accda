/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The state behind weir/store.h and weir/instance.h: the runtime's store, and what hosts hold of it. Data only.
 * Work that a host causes outside of a step waits in lists here, so that guests and callbacks run only where the public headers say.
 */
#ifndef EMBED_STATE_H
#define EMBED_STATE_H

#include "base/list.h"
#include "embed/component.h"
#include "embed/engine.h"
#include "embed/handle.h"
#include "embed/inbox.h"
#include "runtime/state.h"
#include "weir/instance.h"
#include "weir/store.h"
#include "weir/stream.h"

struct host_func;
struct linker_def;
struct seam_gate;
struct seam_tap;

struct weir_store {
  struct rt_store rt; /* first */
  weir_engine *engine;
  struct list instances;       /* weir_instance.all */
  struct list calls;           /* call.all: every call that exists */
  struct list calls_done;      /* call.inbox: something has happened that the embedder has not been told */
  struct list call_cancels;    /* call.inbox: cancellation asked for, not yet requested of the task */
  struct list host_calls;      /* host_call.all: pending ones */
  struct list host_calls_done; /* host_call.inbox: finished by the host, result not yet lowered */
  struct list streams;         /* weir_stream.all: host ends */
  struct list stream_starts;   /* weir_stream.inbox: operations that start in the next step */
  struct list resources;       /* weir_resource.all */
  struct list drops;           /* weir_resource.inbox: dropped by the host, destructor not yet called */
  struct list idle;            /* idle_waiter.all */
  struct inbox *inbox;         /* what other threads send; held */
  struct handle_pool handles;  /* of calls and host calls */
  uint64_t hold_ids;           /* numbers of resources and ends that hosts have held, for records */
  _Atomic(pthread_t) owner;    /* 0: nobody, the next who runs something in it */
  weir_error *failure;         /* made when it is asked for */
  /* seam.h; nothing of it is used unless `traced` */
  bool traced; /* it has a gate or a tap, or had */
  bool failure_told;
  const struct seam_gate *gate;
  const struct seam_tap *tap;
  void *gate_data, *tap_data;
  uint64_t turn, cause, call_ids;
  bool late_answers;       /* a replay's: host functions of synchronous type may finish later, and hold their guests */
  size_t gate_waits;       /* calls that the gate keeps waiting */
  struct list call_starts; /* call.start: that wait for a held instance */
  bool stepping;
  bool still_signalled; /* the last step left work behind, and the descriptor readable */
};

static inline struct weir_store *store_of(struct rt_store *rt) {
  return (struct weir_store *)(void *)rt;
}

/* Something became ready outside of a step: tells the embedder. */
static inline void store_wake(struct weir_store *s) {
  if (s->stepping)
    return;
  inbox_signal(s->inbox);
  if (s->inbox->wake)
    s->inbox->wake(s->inbox->wake_data);
}

/* Whether the calling thread may use the store: it is the owner, or there is none. */
static inline bool store_is_mine(const struct weir_store *s) {
  pthread_t owner = atomic_load_explicit(&s->owner, memory_order_relaxed);
  return owner == 0 || owner == pthread_self();
}

/* The same for what runs guests: the calling thread is the owner from now on. */
static inline bool store_own(struct weir_store *s) {
  pthread_t owner = atomic_load_explicit(&s->owner, memory_order_relaxed);
  if (owner == pthread_self())
    return true;
  return owner == 0 && atomic_compare_exchange_strong(&s->owner, &owner, pthread_self());
}

struct weir_instance { /* an instantiated component: a root of the runtime, and what is bound to its imports */
  struct weir_store *store;
  const weir_component *component;
  struct rt_root *root;
  struct host_func *host_funcs;      /* by graph.host_funcs */
  struct rt_host_func **host_table;  /* pointers to them, as the runtime wants it */
  struct linker_def **resource_defs; /* by graph.resources, NULL for defined ones */
  struct seam_drop *drops;           /* the same, in traced stores */
  struct list all;
};

struct host_func {        /* an import of an instance, bound */
  struct rt_host_func rt; /* first */
  struct weir_instance *inst;
  struct linker_def *def; /* held; NULL: not bound (never called) */
  const struct graph_host_func *decl;
};

#endif
