/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The ticking thread of scripts with time slices (cli/wast/clock.h). */
#include "cli/wast/clock.h"

#include <time.h>

#include "weir/limits.h"

static void *run(void *arg) {
  static const struct timespec pause = {.tv_nsec = 50000};
  struct wast_clock *c = arg;
  while (!atomic_load(&c->stop)) {
    nanosleep(&pause, NULL);
    weir_engine_tick(c->engine);
  }
  return NULL;
}

weir_status wast_clock_start(struct wast_clock *c, weir_engine *engine) {
  c->engine = engine;
  c->running = pthread_create(&c->thread, NULL, run, c) == 0;
  return c->running ? WEIR_OK : WEIR_ERR_NOMEM;
}

void wast_clock_stop(struct wast_clock *c) {
  if (!c->running)
    return;
  atomic_store(&c->stop, true);
  pthread_join(c->thread, NULL);
  c->running = false;
}
