/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls of an interceptor's functions, on the stack that its store wants for them (embed/callout.h). */
#ifndef INTERCEPT_ASK_H
#define INTERCEPT_ASK_H

#include "embed/state.h"
#include "intercept/interceptors.h"

/* What the interceptor says; WEIR_GO_ON where it has no such function. */
weir_verdict interceptor_ask(struct store *s, const struct interceptor *one, enum ask ask, weir_crossing *shown);
void interceptor_tell_failure(struct store *s, const struct interceptor *one, const weir_crossing *shown);

#endif
