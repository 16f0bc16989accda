/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of exported functions from the host; behind weir/instance.h. A call lives until the embedder has let go of its
 * handle, it has ended, and its task has exited. What has happened to it is a set of bits that only grows; the embedder
 * is told of them in their order, in steps.
 */
#ifndef EMBED_CALL_H
#define EMBED_CALL_H

#include "embed/state.h"
#include "load/component.h"
#include "weir/call.h"

enum call_fact { CALL_STARTED = 1 << 0, CALL_ENDED = 1 << 1, CALL_EXITED = 1 << 2 };

/* Of calls in traced stores, and of those that are put off: seam_export.c. */
enum call_stage { CALL_STAGE_BEGIN = 1, CALL_STAGE_RUNNING, CALL_STAGE_END, CALL_STAGE_OVER };

struct call {          /* what a weir_call leads to */
  struct handled base; /* first */
  struct store *store;
  const struct func_type *type;
  weir_call *handle;    /* NULL: the embedder has let go */
  struct rt_task *task; /* until it has exited */
  weir_value args;      /* a record, until it has started */
  weir_value result;
  weir_status status; /* once ended */
  weir_error *error;  /* where status is not WEIR_OK; may be NULL */
  uint8_t facts;      /* enum call_fact: what has happened, */
  uint8_t told;       /* and what the embedder knows */
  bool cancel_requested;
  bool telling; /* callbacks run: it must stay */
  weir_call_fn done;
  void *data;
  weir_call_event_fn on_event;
  void *event_data;
  struct list all, inbox, cancel;
  struct instance *inst;
  const weir_func *func;
  uint8_t stage; /* enum call_stage; 0: neither */
  struct list start;
  /* traced stores only */
  uint64_t id;         /* for interceptors */
  uint64_t tap_id;     /* the tap's, once it has been told of the call */
  void *gate_wait;     /* the gate's, while it waits, */
  uint32_t gate_depth; /* and how far it has got */
  bool keep_args;      /* until it has ended: the gate shows them */
};

static inline bool call_ended(const struct call *c) {
  return (c->facts & CALL_ENDED) != 0;
}

/* What any thread may ask of a call: weir_call_cancel() and weir_call_free(). */
extern const struct handle_ops call_ops;

/* Finished, and its task has come to its end or to a point where it waits: until then it may trap (time slices). */
bool call_settled(const weir_call *handle);

/* Enters the guest. */
void call_launch(struct call *c, struct rt_lift *lift);
/* Ends it: the embedder is told in a step. */
void call_end(struct call *c, weir_status status, weir_error *take_error);

/* The call goes, whatever it has come to; or if nobody needs it any more. */
void call_destroy(struct call *c);
void call_free_unless_needed(struct call *c);

/* Checks of everything that calls an export, for an instance that may be NULL; a message in `d`. */
weir_status call_check(struct instance *inst, const weir_func *func, struct diag *d);

/* weir_call_start() of an instance that is alive, or NULL; the arguments are taken in any case. */
weir_status call_start(struct instance *inst, const weir_func *func, weir_value *take_args, size_t count,
                       struct call **ret, struct diag *d);

/*
 * Takes over a task that began without a call: nobody holds a handle of it, and its scalar arguments are kept until it
 * starts. WEIR_ERR_NOMEM: nothing was changed.
 */
weir_status call_take_over(struct store *s, struct rt_task *task, const uint64_t *args, struct call **ret,
                           struct diag *d);

/* Tells embedders what has happened. true: there was something. */
bool call_deliver_all(struct store *s);

/* The store has failed: every call that is not finished fails with it, and what has not exited never will. */
void call_fail_all(struct store *s);

/* Ends every call with `status`, and the failure of the store if that is why; those that nobody holds go with it. */
void call_end_all(struct store *s, weir_status status, bool failed);

/* Makes the requests of weir_call_cancel(). true: there was one. */
bool call_cancel_all(struct store *s);

/* The store is going: what is not finished ends as WEIR_ERR_CANCELLED, and every handle is freed. */
void call_release_all(struct store *s);

#endif
