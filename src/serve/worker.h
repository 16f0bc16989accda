/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The thread of a worker: what it makes, how it serves, how it ends. */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include "serve/state.h"

/* Makes all that a worker has, on the worker's thread. What is half made is released. */
weir_status worker_open(struct worker *w, struct diag *d);
/* Serves until the worker was drained, and releases all. */
void worker_run(struct worker *w);
/* Leaves a wish; any thread. Takes the component. */
void worker_reload(struct worker *w, uint32_t lane, weir_component *take_component);
void worker_drain(struct worker *w, uint64_t milliseconds);

#endif
