/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Requests, from the head to the line in the access log. */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include "serve/state.h"

/* From http_server_config. */
void request_begin(void *worker, struct http_exchange *x);
/* Gives instances to requests that wait, as far as there are any. */
void requests_admit(struct worker *w);
/* Answers those that wait with 503, and frees the spare ones. */
void requests_done(struct worker *w);

#endif
