/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls of an interceptor's functions, on the stack that its store wants for them (embed/callout.h). */
#ifndef INTERCEPT_ASK_H
#define INTERCEPT_ASK_H

#include "embed/state.h"
#include "intercept/interceptors.h"

/* The errand of interceptor_ask(). The interceptor has the function. */
weir_verdict interceptor_ask_errand(struct store *s, const struct interceptor *one, enum ask ask, weir_crossing *shown);

/* What the interceptor says; WEIR_GO_ON where it has no such function. */
static inline weir_verdict interceptor_ask(struct store *s, const struct interceptor *one, enum ask ask,
                                           weir_crossing *shown) {
  if (!one->ask[ask])
    return WEIR_GO_ON;
  return s->config.caller_stack ? interceptor_ask_errand(s, one, ask, shown) : one->ask[ask](one->data, shown);
}

void interceptor_tell_failure(struct store *s, const struct interceptor *one, const weir_crossing *shown);

#endif
