/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The response to a request that no guest has answered: a status without body. */
#ifndef WASI_HTTP_ANSWER_H
#define WASI_HTTP_ANSWER_H

#include "wasi/http/transfer.h"

/* The status that tells a client of a failure: what the client can mend is 4xx. */
uint16_t wasi_http_answer_status(enum http_failure_code code);

/*
 * Answers with the status of a failure. Where the response has begun, the exchange is broken off; one that was given to
 * its end stays.
 */
void wasi_http_answer(struct wasi_http_transfer *t, const struct http_failure *why);

#endif
