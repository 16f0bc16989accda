/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What `weir run` allows a guest: the options, the settings that follow from them, and the clock that the library does
 * not have: a thread that lets the deadline of the store pass when the time is over.
 */
#ifndef CLI_RUN_LIMITS_H
#define CLI_RUN_LIMITS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "weir/limits.h"

struct run_limits {
  uint64_t timeout; /* milliseconds; 0: none */
  uint64_t fuel;    /* 0: without end */
  uint64_t max_memory;
  uint64_t schedule_seed;
};

/* Adds what the engine must know. */
void run_limits_for_engine(const struct run_limits *o, weir_config *config);
void run_limits_for_store(const struct run_limits *o, weir_store_config *config);

/* One clock for one guest. Zero-initialise. */
struct time_limit {
  weir_engine *engine;
  uint64_t timeout; /* milliseconds */
  pthread_t thread;
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  bool running, stop;
};

/* Starts the clock, if there is to be one. */
weir_status time_limit_start(struct time_limit *t, weir_engine *engine, const struct run_limits *o);
/* Stops it; may be called for one that does not run. */
void time_limit_stop(struct time_limit *t);

#endif
