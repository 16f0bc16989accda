/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The chain of interceptors of a store: the store's own come first, fixed once it has instances, and behind them those
 * of the instance that is concerned. Each has its number in that order. intercept.c installs them, crossing.h leads a
 * call through the chain, chain.c is the gate of the seam.
 */
#ifndef INTERCEPT_INTERCEPTORS_H
#define INTERCEPT_INTERCEPTORS_H

#include "base/vec.h"
#include "embed/call.h"
#include "embed/host_call.h"
#include "embed/seam.h"
#include "intercept/hook.h"

enum ask { ASK_BEFORE_IMPORT, ASK_AFTER_IMPORT, ASK_BEFORE_EXPORT, ASK_AFTER_EXPORT, ASKS };

struct interceptor { /* an interceptor */
  weir_verdict (*ask[ASKS])(void *data, weir_crossing *crossing);
  void (*failure)(void *data, const weir_crossing *crossing);
  void *data;
  void (*free)(void *data);
  bool holds;
};

struct interceptors {
  VEC(struct interceptor) of;
  bool hear_ends; /* one of them is told how calls end */
};

/* false: out of memory. */
bool interceptors_add(struct interceptors *to, struct interceptor one);

struct chain_part {                 /* an instance's; weir_instance.gate_part */
  struct interceptors interceptors; /* the store's, and behind them its own */
  uint32_t own;                     /* the first of them */
  struct list all;
};

struct chain_waiting {
  struct weir_hook *hook; /* held */
  struct host_call *import;
  struct call *export; /* one of the two */
  uint32_t at;         /* number of the interceptor that decides */
};

struct chain_late { /* a flat call that has to wait, until it is an ordinary one; see seam.h */
  struct weir_hook *hook;
  uint32_t at, depth;
  bool before;
  uint64_t id, task;
  weir_value result;
};

/* The decision of a hook: hook_new(). */
void chain_decided(struct mail *mail, void *owner);

struct chain {
  struct store *store;
  struct interceptors interceptors;
  struct interceptors next; /* of the instance that is made next */
  struct list parts;
  struct chain_late late;
};

extern const struct seam_gate chain_gate;

#endif
