/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The state behind weir/store.h and weir/instance.h: the runtime's store, and what hosts hold of it. Data only.
 * Work that a host causes outside of a step waits in lists here, so that guests and callbacks run only where the public
 * headers say. Embedders hold handles of these objects (base/handle.h), which are looked up where they come in.
 */
#ifndef EMBED_STATE_H
#define EMBED_STATE_H

#include "base/arena.h"
#include "base/handle.h"
#include "base/inbox.h"
#include "base/list.h"
#include "load/component.h"
#include "load/engine.h"
#include "runtime/state.h"
#include "weir/instance.h"
#include "weir/limits.h"
#include "weir/store.h"
#include "weir/stream.h"

struct host_end;
struct host_func;
struct linker_def;
struct host_drop;
struct seam_gate;
struct seam_tap;

struct store {
  struct rt_store rt; /* first */
  weir_store *handle;
  weir_engine *engine;
  struct list instances;       /* instance.all, */
  uint64_t instance_count;     /* those that a tap was told of */
  struct list calls;           /* call.all: every call that exists */
  struct list calls_done;      /* call.inbox: something has happened that the embedder has not been told */
  struct list call_cancels;    /* call.inbox: cancellation asked for, not yet requested of the task */
  struct list host_calls;      /* host_call.all: pending ones */
  struct list host_calls_done; /* host_call.inbox: finished by the host, result not yet lowered */
  struct list host_cancels;    /* host_call.cancel: to be told of a cancellation that came before they could be */
  struct list streams;         /* host_end.all */
  struct list stream_starts;   /* host_end.inbox: operations that start in the next step */
  struct list resources;       /* host_resource.all */
  struct list drops;           /* host_resource.inbox: dropped by the host, destructor not yet called */
  struct list borrows; /* host_resource.inbox: lent by the arguments that are being lifted, until their call has them */
  struct list idle;    /* idle_waiter.all */
  struct inbox *inbox; /* what comes from outside, and whose the store is */
  struct handle_pool handles; /* of everything that embedders hold of it */
  uint64_t hold_ids;          /* numbers of resources and ends that hosts have held, for records */
  weir_error *failure;        /* made when it is asked for */
  weir_store_config config;   /* as it was asked for */
  /* seam.h; nothing of it is used unless `traced` */
  bool traced; /* it has a gate or a tap, or had */
  bool failure_told;
  const struct seam_gate *gate;
  const struct seam_tap *tap;
  void *gate_data, *tap_data;
  uint64_t turn, cause, call_ids;
  bool late_answers;       /* a replay's: host functions of synchronous type may finish later, and hold their guests */
  bool flat_waits;         /* the gate keeps a flat call, of which an ordinary one is made now */
  size_t gate_waits;       /* calls that the gate keeps waiting */
  struct list call_starts; /* call.start: that wait for a held instance */
  bool stepping;
  bool entered;         /* a call is being started, or a component instantiated, outside of guests */
  bool hooked;          /* inside an interceptor, or the wake callback */
  bool still_signalled; /* the last step left work behind, and the descriptor readable */
};

static inline struct store *store_of(struct rt_store *rt) {
  return (struct store *)(void *)rt;
}

/* Something became ready outside of a step: tells the embedder. */
static inline void store_wake(struct store *s) {
  if (s->stepping)
    return;
  bool before = s->hooked;
  s->hooked = true;
  inbox_ring(s->inbox);
  s->hooked = before;
}

/* The object of a handle; NULL where it is stale. */
static inline struct store *store_get(const weir_store *handle) {
  return handle_object(handle, HANDLE_STORE);
}

/* Whether the calling thread may use the store: it is the owner, or there is none. */
static inline bool store_is_mine(const struct store *s) {
  return inbox_is_usable(s->inbox);
}

/* The same for what runs guests: the calling thread is the owner from now on. */
static inline bool store_own(struct store *s) {
  return inbox_own_first(s->inbox);
}

/* The store of a handle that is good, for the calling thread. */
static inline struct store *store_get_mine(const weir_store *handle) {
  return handle_usable(handle, HANDLE_STORE);
}

/* Guests run outside of a step, between these two: a call is started, or a component instantiated. */
static inline uintptr_t store_enter(struct store *s) {
  s->entered = true;
  return inbox_enter(s->inbox);
}

static inline void store_leave(struct store *s, uintptr_t before) {
  inbox_leave(s->inbox, before);
  s->entered = false;
}

/* Whether code that is under way forbids to step it, to free it, or to give it to another thread. */
static inline bool store_is_inside(const struct store *s) {
  return s->stepping || s->entered || s->hooked || s->rt.current;
}

struct instance { /* an instantiated component: a root of the runtime, and what is bound to its imports */
  struct store *store;
  weir_instance *handle;
  const weir_component *component;
  struct rt_root *root;
  struct host_func *host_funcs;      /* by graph.host_funcs */
  struct rt_host_func **host_table;  /* pointers to them, as the runtime wants it */
  struct linker_def **resource_defs; /* by graph.resources, NULL for defined ones */
  struct host_drop *drops;           /* the same: their destructors */
  void *gate_part;                   /* the gate's */
  uint64_t number;                   /* the tap's, from 0 on */
  struct list all;
};

/* The object of a handle; NULL where it is stale. */
static inline struct instance *instance_get(const weir_instance *handle) {
  return handle_object(handle, HANDLE_INSTANCE);
}

struct host_func {        /* an import of an instance, bound */
  struct rt_host_func rt; /* first */
  struct instance *inst;
  struct linker_def *def; /* held; NULL: not bound (never called) */
  const struct weir_func *decl;
};

#endif
