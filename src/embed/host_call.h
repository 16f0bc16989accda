/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of host functions by guests; behind weir/linker.h.
 *
 *   CALLING --fn returns, not finished--> PENDING --finished by the host--> FINISHED (in the inbox) --step--> gone
 *      | finished inside fn: the result is lowered when fn has returned
 */
#ifndef EMBED_HOST_CALL_H
#define EMBED_HOST_CALL_H

#include "embed/completion.h"
#include "embed/linker.h"
#include "embed/state.h"

/* Of calls in traced stores: seam_import.c. Those that were there before it was traced are RUNNING. */
enum host_stage { HOST_STAGE_RUNNING, HOST_STAGE_BEGIN, HOST_STAGE_END, HOST_STAGE_OVER };

/* RELEASED: its store is being freed. */
enum host_call_phase { HOST_CALL_CALLING, HOST_CALL_PENDING, HOST_CALL_FINISHED, HOST_CALL_RELEASED };

struct host_call { /* what a weir_host_call leads to */
  struct host_func *func;
  struct rt_subtask *subtask;
  weir_host_call *handle;
  enum host_call_phase phase;
  struct host_outcome outcome;
  char *refused;                      /* why the host's last result was refused; from malloc(), NULL: none was */
  struct weir_completion *completion; /* NULL: never detached */
  struct cancel_watch {
    void (*tell)(void *data, weir_host_call *call);
    void *data;
    void (*free)(void *data);
  } on_cancel;
  weir_status lowering; /* what lowering the result gave, where `lowered` */
  struct rt_hold *hold; /* of synchronous type, not finished when its function returned: on its guest's stack */
  /* traced stores only */
  uint64_t id, task;   /* for interceptors */
  uint64_t tap_id;     /* the tap's, once it has been told of the call */
  weir_value args;     /* a record, until the function has run, or longer: keep_args */
  void *gate_wait;     /* the gate's, while it waits, */
  uint32_t gate_depth; /* and how far it has got */
  uint8_t stage;       /* enum host_stage */
  bool keep_args;      /* the gate shows them when it has ended */
  bool args_shown;     /* what is in them are copies: seam_args.h */
  /* all stores again: the flags lie together, since every call clears its record */
  bool cancel_told;    /* on_cancel was called; it never is again */
  bool lowered;        /* the result is the guest's already */
  struct list borrows; /* host_resource.inbox: what its arguments lend */
  struct list all, inbox, cancel;
};

/* Binds a definition. `def` is held from then on. */
void host_func_bind(struct host_func *f, struct instance *inst, struct linker_def *def, const struct func_type *type);

static inline struct store *host_call_store(const struct host_call *call) {
  return call->func->inst->store;
}

/* The call of a handle; NULL where it is stale, or the store another thread's. */
struct host_call *host_call_of(const weir_host_call *handle);

/* Whether a call of synchronous type may finish after its function has returned. */
bool host_call_may_wait(const struct host_call *call);
/* Holds the guest until such a call, which is counted as pending, is finished; then concludes it and destroys it. */
weir_status host_call_hold(struct host_call *call);

/* Its function, of synchronous type, has returned without finishing it. */
weir_status host_call_unfinished(const struct host_call *call, struct diag *d);

/*
 * While the function runs, a result that lowers without code of the guest is lowered when it is given: nothing of the
 * result has to be kept. host_call_lower() does that, and leaves a failure for host_call_conclude().
 */
bool host_call_lowers_now(const struct host_call *call, const weir_value *result);
void host_call_lower(struct host_call *call, weir_value *result);

/* Ends the subtask as the outcome says. */
weir_status host_call_conclude(struct host_call *call);
void host_call_destroy(struct host_call *call);
/* Whoever holds its completion finds the call finished, or `to`. */
void host_call_let_go(struct host_call *call, enum completion_state to);

/*
 * The guest has asked to cancel it: calls on_cancel, if there is one, none was called before, and no thread has
 * finished the call. Then the callback's data goes.
 */
void host_call_tell_cancel(struct host_call *call);
/* Another callback, or none; the data of the one before goes. */
void host_call_watch(struct host_call *call, struct cancel_watch watch);
/* The same for callbacks that were set after the guest had asked. */
void host_call_tell_cancels(struct store *s);

/* Lowers the results of calls that hosts have finished. true: there was one. */
bool host_call_deliver_all(struct store *s);

/* The store is going: tells every pending call's on_cancel, then frees it. */
void host_call_release_all(struct store *s);

#endif
