/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What is said of a request whose response is over. */
#ifndef SERVE_TELL_H
#define SERVE_TELL_H

#include "serve/state.h"

/* The response is over: the request is counted, written into the access log, and the record of its instance is kept if
 * the request was as `record_when` says; then the instance takes no more requests. */
void tell_over(struct request *r, const struct http_exchange *x);

#endif
