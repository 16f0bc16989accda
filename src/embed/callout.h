/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of the host's functions from among guests: host functions, destructors, callbacks of cancellations,
 * interceptors. They run on the stack that the guest runs on; in a store with weir_store_config.caller_stack on the
 * stack that the thread came with (eng_errand()).
 */
#ifndef EMBED_CALLOUT_H
#define EMBED_CALLOUT_H

#include "embed/linker.h"
#include "embed/state.h"

/* The way for a call that has no function below. */
void callout(struct store *s, eng_job job, void *arg);

/* The errands of those below. */
void callout_host_errand(struct store *s, const struct linker_def *def, weir_host_call *call, weir_value *args,
                         size_t count);
void callout_flat_errand(struct store *s, const struct linker_def *def, weir_flat_call *call, uint64_t *slots);

static inline void callout_host(struct store *s, const struct linker_def *def, weir_host_call *call, weir_value *args,
                                size_t count) {
  if (s->config.caller_stack)
    callout_host_errand(s, def, call, args, count);
  else
    def->fn(def->data, call, args, count);
}

static inline void callout_flat(struct store *s, const struct linker_def *def, weir_flat_call *call, uint64_t *slots) {
  if (s->config.caller_stack)
    callout_flat_errand(s, def, call, slots);
  else
    def->flat(def->data, call, slots);
}

void callout_cancel(struct store *s, void (*cancel)(void *data, weir_host_call *call), void *data,
                    weir_host_call *call);

#endif
