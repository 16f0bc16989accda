/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A stream of bytes between a guest and the host, and the future that tells how it ended: what read-via-stream and
 * write-via-stream give. The host has an end of each.
 *
 * Most ends that a guest opens and drops in one go never need an operation. So a flow rests at first: no operation is
 * under way, and nothing is kept for it but the flow itself. It rests again wherever the host has nothing to ask for.
 * The guest may drop its ends meanwhile, which nobody tells: each new flow looks at two that rest (wasi_flows_sweep()).
 * So there are never more than twice as many as the guest had open at once, whatever it opens and drops within one
 * call.
 */
#ifndef WASI_HOST_FLOW_H
#define WASI_HOST_FLOW_H

#include "wasi/host/guard.h"
#include "wasi/host/result.h"

struct wasi_flow;

/* The flows of one descriptor, or one kind of flows. */
struct wasi_flows {
  const struct weir_alloc *alloc;
  struct wasi_guards *guards;
  struct list all;     /* wasi_flow.all */
  struct list resting; /* wasi_flow.rest, the next to be looked at first */
  wasi_result_code_fn *code_of;
  /* Frees the struct around a flow, whose ends are dropped. */
  void (*release)(struct wasi_flow *flow);
};

struct wasi_flow {
  struct list all, rest;
  struct wasi_flows *flows;
  struct wasi_guard_mark mark;
  weir_stream *data; /* the host's end; NULL: dropped */
  struct wasi_result result;
  bool gone; /* its store is being freed */
  void (*store_gone)(struct wasi_flow *flow);
};

void wasi_flows_init(struct wasi_flows *flows, const struct weir_alloc *alloc, struct wasi_guards *guards,
                     wasi_result_code_fn *code_of, void (*release)(struct wasi_flow *flow));
/* Ends all (their stores are gone). */
void wasi_flows_close(struct wasi_flows *flows);
/* Ends those of the next two that rest whose guest has dropped both of its ends. */
void wasi_flows_sweep(struct wasi_flows *flows);

/*
 * Makes the future; the stream is the caller's to set. The flow does not rest yet. `store_gone` is called where its
 * store is being freed: flow->gone is set, and what is under way calls back with CANCELLED, before or afterwards. On
 * failure the flow is released.
 */
weir_status wasi_flow_init(struct wasi_flow *flow, struct wasi_flows *flows, weir_store *store,
                           void (*store_gone)(struct wasi_flow *flow), weir_value *ret_future);

/* No operation is under way from now on. */
void wasi_flow_rest(struct wasi_flow *flow);
/* One is. */
void wasi_flow_rise(struct wasi_flow *flow);

/* Drops the stream, tells the guest how it ended (0, or an errno), and ends. Nothing is under way. */
void wasi_flow_finish(struct wasi_flow *flow, int error);
/* Ends it as it is, and releases it. Nothing is under way. */
void wasi_flow_end(struct wasi_flow *flow);

#endif
