/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What `weir run` allows a guest: the options, the settings that follow from them, and the clock that the library does
 * not have: a thread that lets the deadline of the store pass when the time is over.
 */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/limits.h"

struct guard_options {
  uint64_t timeout; /* milliseconds; 0: none */
  uint64_t fuel;    /* 0: without end */
  uint64_t max_memory;
  uint64_t schedule_seed;
};

/* Adds what the engine must know. */
void guard_engine_config(const struct guard_options *o, weir_config *config);
void guard_store_config(const struct guard_options *o, weir_store_config *config);

/* One clock for one guest. Zero-initialise. */
struct guard {
  weir_engine *engine;
  uint64_t timeout; /* milliseconds */
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  bool running, stop;
};

/* Starts the clock, if there is to be one. */
weir_status guard_start(struct guard *g, weir_engine *engine, const struct guard_options *o);
/* Stops it; may be called for one that does not run. */
void guard_stop(struct guard *g);

#endif
