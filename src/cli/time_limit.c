/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The clock of --timeout (time_limit.h). The clock ticks once: the store's deadline is its first tick. */
#include "cli/time_limit.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "weir/limits.h"

enum { GRACE_MILLISECONDS = 1000 };

static struct timespec time_after(struct timespec t, uint64_t milliseconds) {
  t.tv_sec += (time_t)(milliseconds / 1000);
  t.tv_nsec += (long)(milliseconds % 1000) * 1000000;
  if (t.tv_nsec >= 1000000000) {
    t.tv_nsec -= 1000000000;
    t.tv_sec++;
  }
  return t;
}

/* Waits until then, under the lock. False: the clock was stopped. */
static bool wait_until(struct time_limit *t, struct timespec end) {
  int waited = 0;
  while (!t->stop && waited == 0)
    waited = pthread_cond_timedwait(&t->cond, &t->mutex, &end);
  return !t->stop;
}

/* Other threads may be stuck anywhere, in stdio too. */
static void end_process(void) {
  static const char words[] =
      "weir: error: the time is over, and the program was ended in the midst of a host function\n";
  struct pollfd ask = {.fd = STDERR_FILENO, .events = POLLOUT};
  if (poll(&ask, 1, 0) == 1 && (ask.revents & POLLOUT) && write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
    _exit(CLI_TIMEOUT);
  _exit(CLI_TIMEOUT);
}

static void *clock_run(void *arg) {
  struct time_limit *t = arg;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  pthread_mutex_lock(&t->mutex);
  struct timespec end = time_after(now, t->milliseconds);
  if (wait_until(t, end)) {
    weir_engine_tick(t->engine);
    if (wait_until(t, time_after(end, GRACE_MILLISECONDS)))
      end_process();
  }
  pthread_mutex_unlock(&t->mutex);
  return NULL;
}

static weir_status locks_init(struct time_limit *t) {
  pthread_condattr_t attr;
  if (pthread_mutex_init(&t->mutex, NULL) != 0)
    return WEIR_ERR_NOMEM;
  bool made = pthread_condattr_init(&attr) == 0;
  if (made) {
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    made = pthread_cond_init(&t->cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
  }
  if (made)
    return WEIR_OK;
  pthread_mutex_destroy(&t->mutex);
  return WEIR_ERR_NOMEM;
}

static void locks_done(struct time_limit *t) {
  pthread_cond_destroy(&t->cond);
  pthread_mutex_destroy(&t->mutex);
}

weir_status time_limit_start(struct time_limit *t, weir_engine *engine, uint64_t milliseconds) {
  *t = (struct time_limit){.engine = engine, .milliseconds = milliseconds};
  if (locks_init(t) != WEIR_OK)
    return WEIR_ERR_NOMEM;
  if (pthread_create(&t->thread, NULL, clock_run, t) != 0) {
    locks_done(t);
    return WEIR_ERR_NOMEM;
  }
  t->running = true;
  return WEIR_OK;
}

void time_limit_stop(struct time_limit *t) {
  if (!t->running)
    return;
  pthread_mutex_lock(&t->mutex);
  t->stop = true;
  pthread_cond_signal(&t->cond);
  pthread_mutex_unlock(&t->mutex);
  pthread_join(t->thread, NULL);
  locks_done(t);
  t->running = false;
}
