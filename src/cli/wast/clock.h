/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lets time pass for scripts with time slices: a thread that ticks every 50 microseconds. */
#ifndef CLI_WAST_CLOCK_H
#define CLI_WAST_CLOCK_H

#include <pthread.h>
#include <stdatomic.h>

#include "weir/engine.h"

struct wast_clock {
  weir_engine *engine;
  pthread_t thread;
  bool running;
  atomic_bool stop;
};

weir_status wast_clock_start(struct wast_clock *c, weir_engine *engine);
/* Stops a clock that was started; no effect on a zeroed one. */
void wast_clock_stop(struct wast_clock *c);

#endif
