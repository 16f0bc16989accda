/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * SIGINT and SIGTERM of `weir run`. A thread of its own waits for them, since a handler may do next to nothing and a
 * guest that computes looks at nothing. The first one stops the guest, so that its output leaves and its record gets an
 * end, and the process then ends by that signal, as its parent expects. A second one ends the process at once, as the
 * first one does where there is nothing to stop, and as the thread does where the guest has not stopped in time.
 *
 * A signal that the process ignored when it began (nohup) stays ignored.
 */
#ifndef CLI_STOP_SIGNAL_H
#define CLI_STOP_SIGNAL_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "weir/limits.h"
#include "weir/wasi.h"

struct stop_signal {
  sigset_t before; /* the mask of the main thread, without them */
  int signal_fd, end_fd;
  pthread_t thread;
  bool running;
  pthread_mutex_t mutex;
  /* under the lock */
  weir_engine *engine; /* NULL: there is nothing to stop */
  weir_wasi *wasi;
  int grace; /* milliseconds */
  int came;  /* the signal; 0: none */
};

/* Before any other thread is made. WEIR_ERR_NOMEM: signals end the process at once, as always. */
weir_status stop_signal_start(struct stop_signal *s);

/*
 * From now on there is something to stop: a tick lets the deadline of the store pass, if it has one, and the host is
 * stopped. Both must live until stop_signal_end(). The process is ended where that has not been called `grace`
 * milliseconds after the signal.
 */
void stop_signal_watch(struct stop_signal *s, weir_engine *engine, weir_wasi *wasi, int grace);

/* The signal that came, or 0. */
int stop_signal_came(struct stop_signal *s);

/* Ends the thread, if it runs. Returns the signal that came, or 0. */
int stop_signal_end(struct stop_signal *s);

/* Ends the process by a signal. */
_Noreturn void stop_signal_die(int signal);

#endif
