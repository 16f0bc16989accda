/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls of exported functions from the host; behind weir/instance.h. */
#ifndef EMBED_CALL_H
#define EMBED_CALL_H

#include "embed/component.h"
#include "embed/state.h"

struct weir_call {
  struct weir_store *store;
  const struct func_type *type;
  struct rt_task *task; /* until it has resolved */
  weir_value args;      /* a record, until it has started; with handles, until it has ended */
  weir_value result;
  weir_status status;   /* once finished */
  weir_error *error;    /* where status is not WEIR_OK; may be NULL */
  bool finished, owned; /* owned: the embedder still holds the handle */
  bool cancel_requested;
  weir_call_fn done;
  void *data;
  struct list all, inbox;
};

/* Calls `done` of everything that has finished. true: there was something. */
bool call_deliver_all(struct weir_store *s);

/* The store has failed: every call that is not finished fails with it. */
void call_fail_all(struct weir_store *s);

/* Makes the requests of weir_call_cancel(). true: there was one. */
bool call_cancel_all(struct weir_store *s);

/* The store is going: what is not finished ends as WEIR_ERR_CANCELLED, and every handle is freed. */
void call_release_all(struct weir_store *s);

#endif
