/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The clock of `weir run --timeout`, which the library does not have: a thread that lets the deadline of the store pass
 * when the time is over. The rest of the program then ends by itself. If it does not, because a host function blocks or
 * nobody reads an error message, the thread ends the process a second later.
 */
#ifndef CLI_TIME_LIMIT_H
#define CLI_TIME_LIMIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/engine.h"

/* Zero-initialise. */
struct time_limit {
  weir_engine *engine;
  uint64_t milliseconds;
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  bool running, stop;
};

/* Starts the clock. WEIR_ERR_NOMEM. */
weir_status time_limit_start(struct time_limit *t, weir_engine *engine, uint64_t milliseconds);
/* Stops the clock; no effect on a clock that does not run. */
void time_limit_stop(struct time_limit *t);

#endif
