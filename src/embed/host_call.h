/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of host functions by guests; behind weir/linker.h.
 *
 *   CALLING --fn returns, not finished--> PENDING --finished by the host--> FINISHED (in the inbox) --step--> gone
 *      | finished inside fn: the result is lowered when fn has returned
 */
#ifndef EMBED_HOST_CALL_H
#define EMBED_HOST_CALL_H

#include "embed/linker.h"
#include "embed/state.h"

struct host_func {        /* an import of an instance, bound */
  struct rt_host_func rt; /* first */
  struct weir_instance *inst;
  struct linker_def *def; /* held; NULL: not bound (never called) */
};

enum host_call_phase { HOST_CALL_CALLING, HOST_CALL_PENDING, HOST_CALL_FINISHED };
enum host_call_outcome { HOST_CALL_NONE, HOST_CALL_RETURNED, HOST_CALL_FAILED, HOST_CALL_EXITED, HOST_CALL_CANCELLED };

struct weir_host_call {
  struct host_func *func;
  struct rt_subtask *subtask;
  enum host_call_phase phase;
  enum host_call_outcome outcome;
  weir_value result;
  char *message; /* FAILED */
  int exit_code; /* EXITED */
  void (*on_cancel)(void *data, weir_host_call *call);
  void *cancel_data;
  struct list all, inbox;
};

/* Binds a definition. `def` is held from then on. */
void host_func_bind(struct host_func *f, struct weir_instance *inst, struct linker_def *def,
                    const struct func_type *type);

/* Lowers the results of calls that hosts have finished. true: there was one. */
bool host_call_deliver_all(struct weir_store *s);

/* The store is going: tells every pending call's on_cancel, then frees it. */
void host_call_release_all(struct weir_store *s);

#endif
