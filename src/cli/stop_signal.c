/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Signals of `weir run` (stop_signal.h). All threads block the signals, and one thread reads them from a descriptor: no
 * code of weir's ever runs in a handler.
 */
#include "cli/stop_signal.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

_Noreturn void stop_signal_die(int number) {
  sigset_t one;
  signal(number, SIG_DFL);
  sigemptyset(&one);
  sigaddset(&one, number);
  pthread_sigmask(SIG_UNBLOCK, &one, NULL);
  raise(number);
  _exit(128 + number);
}

/* Waits for a signal so many milliseconds, -1: for ever. 0: the thread is to end; -1: the time is over. */
static int next_signal(const struct stop_signal *s, int milliseconds) {
  struct pollfd ask[2] = {{.fd = s->end_fd, .events = POLLIN}, {.fd = s->signal_fd, .events = POLLIN}};
  struct signalfd_siginfo info;
  int ready;
  do
    ready = poll(ask, 2, milliseconds);
  while (ready < 0 && errno == EINTR);
  if (ready == 0)
    return -1;
  if (ask[0].revents || read(s->signal_fd, &info, sizeof(info)) != sizeof(info))
    return 0;
  return (int)info.ssi_signo;
}

/* Milliseconds for that; 0: there is nothing to stop. */
static int stop(struct stop_signal *s, int number) {
  pthread_mutex_lock(&s->mutex);
  s->came = number;
  int grace = s->engine ? s->grace : 0;
  if (s->engine) {
    weir_engine_tick(s->engine);
    weir_wasi_stop(s->wasi);
  }
  pthread_mutex_unlock(&s->mutex);
  return grace;
}

static void *watch(void *arg) {
  struct stop_signal *s = arg;
  int number = next_signal(s, -1);
  if (number == 0)
    return NULL;
  int grace = stop(s, number);
  int second = grace > 0 ? next_signal(s, grace) : number;
  if (second != 0)
    stop_signal_die(second > 0 ? second : number);
  return NULL;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void add_unless_ignored(sigset_t *set, int number) {
  struct sigaction now;
  if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
    sigaddset(set, number);
}

static void close_all(struct stop_signal *s) {
  if (s->signal_fd >= 0)
    close(s->signal_fd);
  if (s->end_fd >= 0)
    close(s->end_fd);
  pthread_mutex_destroy(&s->mutex);
  pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

weir_status stop_signal_start(struct stop_signal *s) {
  sigset_t stops;
  *s = (struct stop_signal){.signal_fd = -1, .end_fd = -1};
  sigemptyset(&stops);
  add_unless_ignored(&stops, SIGINT);
  add_unless_ignored(&stops, SIGTERM);
  if (pthread_mutex_init(&s->mutex, NULL) != 0)
    return WEIR_ERR_NOMEM;
  pthread_sigmask(SIG_BLOCK, &stops, &s->before);
  s->signal_fd = signalfd(-1, &stops, SFD_CLOEXEC);
  s->end_fd = eventfd(0, EFD_CLOEXEC);
  s->running = s->signal_fd >= 0 && s->end_fd >= 0 && pthread_create(&s->thread, NULL, watch, s) == 0;
  if (s->running)
    return WEIR_OK;
  close_all(s);
  return WEIR_ERR_NOMEM;
}

void stop_signal_watch(struct stop_signal *s, weir_engine *engine, weir_wasi *wasi, int grace) {
  if (!s->running)
    return;
  pthread_mutex_lock(&s->mutex);
  s->engine = engine;
  s->wasi = wasi;
  s->grace = grace;
  pthread_mutex_unlock(&s->mutex);
}

int stop_signal_came(struct stop_signal *s) {
  if (!s->running)
    return 0;
  pthread_mutex_lock(&s->mutex);
  int came = s->came;
  pthread_mutex_unlock(&s->mutex);
  return came;
}

int stop_signal_end(struct stop_signal *s) {
  static const uint64_t one = 1;
  if (!s->running)
    return 0;
  if (write(s->end_fd, &one, sizeof(one)) != sizeof(one))
    abort();
  pthread_join(s->thread, NULL);
  close_all(s);
  s->running = false;
  return s->came;
}
