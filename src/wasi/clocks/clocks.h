/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:clocks/monotonic-clock and wasi:clocks/system-clock. All waits of a host share one kernel timer with nanosecond
 * deadlines (timerfd), because a loop's own timers know only milliseconds and its cached time may let them fire early.
 * The guest's monotonic clock is the kernel's, counted from when the host was made: it does not tell the uptime.
 *
 * An embedder may give clocks of its own. Then all times here are by those, counted from where they begin; the kernel
 * timer only says when to look at them again, as the bell does.
 */
#ifndef WASI_CLOCKS_CLOCKS_H
#define WASI_CLOCKS_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <uv.h>

#include "base/alarm.h"
#include "wasi/host/bell.h"
#include "wasi/wit.h"

struct wasi_clocks {
  const struct weir_alloc *alloc;
  uv_loop_t *loop;
  weir_wasi_clock own; /* the embedder's clocks; without functions: there are none */
  uint64_t origin;     /* the time at the guest's mark 0 */
  struct alarm_heap waits;
  int timer_fd;            /* -1: not made yet */
  bool polled;             /* `poll` is initialised */
  uint64_t armed_for;      /* when the kernel timer expires, by the kernel's clock; 0: it is not set */
  uint64_t told;           /* the embedder's clock was told of a wait until then; 0: of none */
  struct wasi_waiter rung; /* on the bell while there are waits for an embedder's clock */
  struct wasi_bell *bell;
  uv_poll_t poll; /* active exactly while there are waits */
};

/* Never fails: the kernel timer is made by the first wait. `own` may be NULL. */
void wasi_clocks_init(struct wasi_clocks *clocks, const struct weir_alloc *alloc, uv_loop_t *loop,
                      struct wasi_bell *bell, const weir_wasi_clock *own);
/* Forgets all waits; gives the handle that is to be closed before `clocks` may go, or NULL. */
uv_handle_t *wasi_clocks_close(struct wasi_clocks *clocks);
/* After the loop has closed its handles. */
void wasi_clocks_done(struct wasi_clocks *clocks);

/* Something that waits for a time of the monotonic clock. */
struct wasi_clock_wait {
  struct alarm alarm;
  void (*expired)(struct wasi_clock_wait *wait); /* it does not wait any more */
};
/* Waits until `at`. false: the system has no timer left. */
bool wasi_clocks_wait(struct wasi_clocks *clocks, struct wasi_clock_wait *wait, uint64_t at);
/* No longer; also where it does not wait. */
void wasi_clocks_unwait(struct wasi_clocks *clocks, struct wasi_clock_wait *wait);

/* The loop is about to wait: tells a clock of the embedder's until when, if that is news. */
void wasi_clocks_tell(struct wasi_clocks *clocks);

/* The monotonic time, in nanoseconds; guests count from `origin`. */
uint64_t wasi_clocks_now(const struct wasi_clocks *clocks);

/* For the kernel, whose time is signed and for which zero means "never": 1 .. INT64_MAX. */
struct timespec wasi_clocks_spec(uint64_t nanoseconds);
/* Of the system's time: seconds may be negative, nanoseconds never are. */
struct wasi_clocks_instant wasi_clocks_instant_of(struct timespec time);

#endif
