/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:clocks/monotonic-clock@0.3.0 and wasi:clocks/system-clock@0.3.0 (wasi:clocks/types has no functions).
 *
 * A wait lives from the call until it fires, is cancelled, or its store is freed; the last two arrive through the same
 * callback, after which the host call is not touched any more.
 *
 * In order: time; waits; calls that wait; the interfaces; life.
 */
#include "wasi/clocks/clocks.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "wasi/wit.h"

enum { NANOSECONDS = 1000000000 };

struct clock_wait { /* a call that waits */
  struct wasi_clock_wait wait;
  struct wasi_clocks *clocks;
  weir_host_call *call;
};

/* ---- time -------------------------------------------------------------------------------------------------------- */

struct timespec wasi_clocks_spec(uint64_t nanoseconds) {
  if (nanoseconds == 0)
    nanoseconds = 1;
  if (nanoseconds > INT64_MAX)
    nanoseconds = INT64_MAX;
  return (struct timespec){.tv_sec = (time_t)(nanoseconds / NANOSECONDS), .tv_nsec = (long)(nanoseconds % NANOSECONDS)};
}

struct wasi_clocks_instant wasi_clocks_instant_of(struct timespec time) {
  return (struct wasi_clocks_instant){.seconds = time.tv_sec, .nanoseconds = (uint32_t)time.tv_nsec};
}

static uint64_t time_from(struct timespec time) {
  return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

static uint64_t kernel_now(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return time_from(now);
}

static bool has_own(const struct wasi_clocks *clocks) {
  return clocks->own.monotonic;
}

uint64_t wasi_clocks_now(const struct wasi_clocks *clocks) {
  return has_own(clocks) ? clocks->own.monotonic(clocks->own.data) : kernel_now();
}

static uint64_t resolution_of(const struct wasi_clocks *clocks, clockid_t clock) {
  struct timespec resolution = {.tv_nsec = 1};
  if (has_own(clocks))
    return clocks->own.resolution == 0 ? 1 : clocks->own.resolution;
  clock_getres(clock, &resolution);
  return time_from(resolution);
}

/* ---- waits ------------------------------------------------------------------------------------------------------- */

static void clocks_rearm(struct wasi_clocks *clocks);

/* Ends all waits whose time has come. */
static void clocks_look(struct wasi_clocks *clocks) {
  uint64_t now = wasi_clocks_now(clocks);
  struct alarm *first;
  while ((first = clocks->waits.first) && first->at <= now) {
    struct wasi_clock_wait *wait = LIST_OWNER(first, struct wasi_clock_wait, alarm);
    alarm_remove(&clocks->waits, first);
    wait->expired(wait);
  }
  clocks_rearm(clocks);
}

static void clocks_expired(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  struct wasi_clocks *clocks = poll->data;
  uint64_t expirations;
  /* Only to make the descriptor quiet again; the time is asked for below. */
  while (read(clocks->timer_fd, &expirations, sizeof(expirations)) < 0 && errno == EINTR) {
  }
  clocks->armed_for = 0;
  clocks_look(clocks);
}

static void clocks_rung(struct wasi_waiter *waiter) {
  clocks_look(LIST_OWNER(waiter, struct wasi_clocks, rung));
}

/* When by the kernel's clock to look again for a wait; with a clock of the embedder's that may be too early. */
static uint64_t kernel_time_of(const struct wasi_clocks *clocks, uint64_t at) {
  if (!has_own(clocks))
    return at;
  uint64_t now = wasi_clocks_now(clocks);
  return time_add(kernel_now(), at > now ? at - now : 0);
}

/* A clock of the embedder's may go on at any time, and the bell tells. */
static void bell_follow(struct wasi_clocks *clocks, bool waits) {
  if (!waits)
    wasi_event_leave(&clocks->rung);
  else if (has_own(clocks) && !clocks->rung.event)
    wasi_event_wait(&clocks->bell->rung, &clocks->rung);
}

void wasi_clocks_tell(struct wasi_clocks *clocks) {
  const struct alarm *first = clocks->waits.first;
  uint64_t until = first ? first->at : 0;
  if (!clocks->own.on_wait || until == clocks->told)
    return;
  clocks->told = until;
  if (first)
    clocks->own.on_wait(clocks->own.data, until);
}

/*
 * The kernel timer is set to the first deadline or an earlier one (whose wait was cancelled: to set it anew would
 * cost a system call for each), and the loop waits for it only where there is one.
 */
static void clocks_rearm(struct wasi_clocks *clocks) {
  const struct alarm *first = clocks->waits.first;
  bell_follow(clocks, first);
  if (!first) {
    if (clocks->polled)
      uv_poll_stop(&clocks->poll);
    return;
  }
  uint64_t at = kernel_time_of(clocks, first->at);
  if (clocks->armed_for == 0 || clocks->armed_for > at) {
    struct itimerspec setting = {.it_value = wasi_clocks_spec(at)};
    timerfd_settime(clocks->timer_fd, TFD_TIMER_ABSTIME, &setting, NULL);
    clocks->armed_for = at;
  }
  if (!uv_is_active((uv_handle_t *)&clocks->poll))
    uv_poll_start(&clocks->poll, UV_READABLE, clocks_expired);
}

static bool clocks_open(struct wasi_clocks *clocks) {
  if (clocks->polled)
    return true;
  if (clocks->timer_fd < 0)
    clocks->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (clocks->timer_fd < 0 || uv_poll_init(clocks->loop, &clocks->poll, clocks->timer_fd) != 0)
    return false;
  clocks->poll.data = clocks;
  clocks->polled = true;
  return true;
}

bool wasi_clocks_wait(struct wasi_clocks *clocks, struct wasi_clock_wait *wait, uint64_t at) {
  if (!clocks_open(clocks))
    return false;
  wait->alarm.at = at;
  alarm_add(&clocks->waits, &wait->alarm);
  clocks_rearm(clocks);
  return true;
}

void wasi_clocks_unwait(struct wasi_clocks *clocks, struct wasi_clock_wait *wait) {
  alarm_remove(&clocks->waits, &wait->alarm);
  clocks_rearm(clocks);
}

/* ---- calls that wait --------------------------------------------------------------------------------------------- */

static void wait_free(struct clock_wait *wait) {
  mem_free(wait->clocks->alloc, wait, sizeof(*wait));
}

static void wait_expired(struct wasi_clock_wait *wait) {
  struct clock_wait *w = LIST_OWNER(wait, struct clock_wait, wait);
  weir_host_call *call = w->call;
  wait_free(w);
  weir_host_call_return(call, NULL, NULL);
}

static void wait_cancelled(void *data, weir_host_call *call) {
  struct clock_wait *wait = data;
  wasi_clocks_unwait(wait->clocks, &wait->wait);
  wait_free(wait);
  weir_host_call_cancelled(call);
}

static void wait_start(struct wasi_clocks *clocks, weir_host_call *call, uint64_t deadline) {
  struct clock_wait *wait = mem_zalloc(clocks->alloc, sizeof(*wait));
  if (!wait) {
    weir_host_call_fail(call, "out of memory");
    return;
  }
  *wait = (struct clock_wait){.wait.expired = wait_expired, .clocks = clocks, .call = call};
  if (!wasi_clocks_wait(clocks, &wait->wait, deadline)) {
    wait_free(wait);
    weir_host_call_fail(call, "the system has no timer left");
    return;
  }
  weir_host_call_on_cancel(call, wait_cancelled, wait, NULL);
}

/* ---- the interfaces ---------------------------------------------------------------------------------------------- */

weir_status wasi_clocks_monotonic_clock_now(struct wasi_clocks *clocks, weir_store *store, uint64_t *ret) {
  (void)store;
  *ret = wasi_clocks_now(clocks) - clocks->origin;
  return WEIR_OK;
}

weir_status wasi_clocks_monotonic_clock_get_resolution(struct wasi_clocks *clocks, weir_store *store, uint64_t *ret) {
  (void)store;
  *ret = resolution_of(clocks, CLOCK_MONOTONIC);
  return WEIR_OK;
}

void wasi_clocks_monotonic_clock_wait_until(struct wasi_clocks *clocks, weir_host_call *call, uint64_t when) {
  uint64_t deadline = time_add(clocks->origin, when);
  if (deadline <= wasi_clocks_now(clocks))
    weir_host_call_return(call, NULL, NULL);
  else
    wait_start(clocks, call, deadline);
}

void wasi_clocks_monotonic_clock_wait_for(struct wasi_clocks *clocks, weir_host_call *call, uint64_t how_long) {
  if (how_long == 0)
    weir_host_call_return(call, NULL, NULL);
  else
    wait_start(clocks, call, time_add(wasi_clocks_now(clocks), how_long));
}

weir_status wasi_clocks_system_clock_now(struct wasi_clocks *clocks, weir_store *store,
                                         struct wasi_clocks_instant *ret) {
  (void)store;
  struct timespec now = {0};
  if (has_own(clocks)) {
    clocks->own.system(clocks->own.data, &ret->seconds, &ret->nanoseconds);
    return WEIR_OK;
  }
  clock_gettime(CLOCK_REALTIME, &now);
  *ret = wasi_clocks_instant_of(now);
  return WEIR_OK;
}

weir_status wasi_clocks_system_clock_get_resolution(struct wasi_clocks *clocks, weir_store *store, uint64_t *ret) {
  (void)store;
  *ret = resolution_of(clocks, CLOCK_REALTIME);
  return WEIR_OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_clocks_init(struct wasi_clocks *clocks, const struct weir_alloc *alloc, uv_loop_t *loop,
                      struct wasi_bell *bell, const weir_wasi_clock *own) {
  *clocks = (struct wasi_clocks){.alloc = alloc, .loop = loop, .bell = bell, .timer_fd = -1};
  clocks->rung.happened = clocks_rung;
  if (own)
    clocks->own = *own;
  else
    clocks->origin = kernel_now();
}

uv_handle_t *wasi_clocks_close(struct wasi_clocks *clocks) {
  struct alarm *first;
  wasi_event_leave(&clocks->rung);
  while ((first = clocks->waits.first)) {
    struct wasi_clock_wait *wait = LIST_OWNER(first, struct wasi_clock_wait, alarm);
    alarm_remove(&clocks->waits, first);
    if (wait->expired == wait_expired) /* others are of parts that have gone before */
      wait_free(LIST_OWNER(wait, struct clock_wait, wait));
  }
  return clocks->polled ? (uv_handle_t *)&clocks->poll : NULL;
}

void wasi_clocks_done(struct wasi_clocks *clocks) {
  if (clocks->timer_fd >= 0)
    close(clocks->timer_fd);
}
