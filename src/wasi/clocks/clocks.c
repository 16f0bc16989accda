/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * wasi:clocks/monotonic-clock@0.3.0 and wasi:clocks/system-clock@0.3.0 (wasi:clocks/types has no functions).
 *
 * A wait lives from the call until it fires, is cancelled, or its store is freed; the last two arrive through the same
 * callback, after which the host call is not touched any more.
 */
#include "wasi/clocks/clocks.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "wasi/host/def.h"

enum { NANOSECONDS = 1000000000 };

struct clock_wait {
  struct alarm alarm;
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

static uint64_t time_from(struct timespec time) {
  return (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
}

static uint64_t kernel_now(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return time_from(now);
}

static void return_resolution(weir_host_call *call, clockid_t clock) {
  struct timespec resolution = {.tv_nsec = 1};
  clock_getres(clock, &resolution);
  wasi_return_u64(call, time_from(resolution));
}

weir_status wasi_clocks_instant(struct timespec time, weir_value *ret) {
  weir_status status = weir_value_record(2, ret);
  if (status != WEIR_OK)
    return status;
  ret->of.list.items[0] = (weir_value){.kind = WEIR_VALUE_S64, .of.s64 = time.tv_sec};
  ret->of.list.items[1] = (weir_value){.kind = WEIR_VALUE_U32, .of.u32 = (uint32_t)time.tv_nsec};
  return WEIR_OK;
}

/* ---- waits ------------------------------------------------------------------------------------------------------- */

static void wait_free(struct clock_wait *wait) {
  mem_free(wait->clocks->alloc, wait, sizeof(*wait));
}

static void clocks_rearm(struct wasi_clocks *clocks);

static void clocks_expired(uv_poll_t *poll, int status, int events) {
  (void)status, (void)events;
  struct wasi_clocks *clocks = poll->data;
  uint64_t expirations;
  /* Only to make the descriptor quiet again; the time is asked for below. */
  while (read(clocks->timer_fd, &expirations, sizeof(expirations)) < 0 && errno == EINTR) {
  }
  clocks->armed_for = 0;
  uint64_t now = kernel_now();
  struct alarm *first;
  while ((first = clocks->waits.first) != NULL && first->at <= now) {
    struct clock_wait *wait = LIST_OWNER(first, struct clock_wait, alarm);
    weir_host_call *call = wait->call;
    alarm_remove(&clocks->waits, first);
    wait_free(wait);
    weir_host_call_return(call, NULL);
  }
  clocks_rearm(clocks);
}

/*
 * The kernel timer is set to the first deadline or an earlier one (whose wait was cancelled: to set it anew would cost a
 * system call for each), and the loop waits for it only where there is one.
 */
static void clocks_rearm(struct wasi_clocks *clocks) {
  const struct alarm *first = clocks->waits.first;
  if (first == NULL) {
    if (clocks->polled)
      uv_poll_stop(&clocks->poll);
    return;
  }
  if (clocks->armed_for == 0 || clocks->armed_for > first->at) {
    struct itimerspec setting = {.it_value = wasi_clocks_spec(first->at)};
    timerfd_settime(clocks->timer_fd, TFD_TIMER_ABSTIME, &setting, NULL);
    clocks->armed_for = first->at;
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

static void wait_cancelled(void *data, weir_host_call *call) {
  struct clock_wait *wait = data;
  struct wasi_clocks *clocks = wait->clocks;
  alarm_remove(&clocks->waits, &wait->alarm);
  wait_free(wait);
  clocks_rearm(clocks);
  weir_host_call_cancelled(call);
}

static void wait_start(struct wasi_clocks *clocks, weir_host_call *call, uint64_t deadline) {
  if (!clocks_open(clocks)) {
    weir_host_call_fail(call, "the system has no timer left");
    return;
  }
  struct clock_wait *wait = mem_zalloc(clocks->alloc, sizeof(*wait));
  if (wait == NULL) {
    weir_host_call_fail(call, "out of memory");
    return;
  }
  *wait = (struct clock_wait){.alarm.at = deadline, .clocks = clocks, .call = call};
  alarm_add(&clocks->waits, &wait->alarm);
  clocks_rearm(clocks);
  weir_host_call_on_cancel(call, wait_cancelled, wait);
}

/* ---- the interfaces ---------------------------------------------------------------------------------------------- */

static void monotonic_now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)args, (void)count;
  struct wasi_clocks *clocks = data;
  wasi_return_u64(call, kernel_now() - clocks->origin);
}

static void monotonic_get_resolution(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  return_resolution(call, CLOCK_MONOTONIC);
}

static void monotonic_wait_until(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)count;
  struct wasi_clocks *clocks = data;
  uint64_t deadline = time_add(clocks->origin, args[0].of.u64);
  if (deadline <= kernel_now())
    weir_host_call_return(call, NULL);
  else
    wait_start(clocks, call, deadline);
}

static void monotonic_wait_for(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)count;
  if (args[0].of.u64 == 0)
    weir_host_call_return(call, NULL);
  else
    wait_start(data, call, time_add(kernel_now(), args[0].of.u64));
}

static void system_now(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  struct timespec now = {0};
  weir_value instant = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  weir_status status = wasi_clocks_instant(now, &instant);
  wasi_return(call, status, &instant);
}

static void system_get_resolution(void *data, weir_host_call *call, weir_value *args, size_t count) {
  (void)data, (void)args, (void)count;
  return_resolution(call, CLOCK_REALTIME);
}

#define MONOTONIC "wasi:clocks/monotonic-clock@0.3.0"
#define SYSTEM "wasi:clocks/system-clock@0.3.0"

static const struct wasi_def defs[] = {
    {MONOTONIC, "now", "func() -> u64", monotonic_now},
    {MONOTONIC, "get-resolution", "func() -> u64", monotonic_get_resolution},
    {MONOTONIC, "wait-until", "async func(when: u64)", monotonic_wait_until},
    {MONOTONIC, "wait-for", "async func(how-long: u64)", monotonic_wait_for},
    {SYSTEM, "now", "func() -> record { seconds: s64, nanoseconds: u32 }", system_now},
    {SYSTEM, "get-resolution", "func() -> u64", system_get_resolution},
};

weir_status wasi_clocks_link(struct wasi_clocks *clocks, weir_linker *linker, weir_error **ret_error) {
  return wasi_define(linker, defs, sizeof(defs) / sizeof(defs[0]), clocks, ret_error);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

void wasi_clocks_init(struct wasi_clocks *clocks, const struct weir_alloc *alloc, uv_loop_t *loop) {
  *clocks = (struct wasi_clocks){.alloc = alloc, .loop = loop, .origin = kernel_now(), .timer_fd = -1};
}

uv_handle_t *wasi_clocks_close(struct wasi_clocks *clocks) {
  struct alarm *first;
  while ((first = clocks->waits.first) != NULL) {
    alarm_remove(&clocks->waits, first);
    wait_free(LIST_OWNER(first, struct clock_wait, alarm));
  }
  return clocks->polled ? (uv_handle_t *)&clocks->poll : NULL;
}

void wasi_clocks_done(struct wasi_clocks *clocks) {
  if (clocks->timer_fd >= 0)
    close(clocks->timer_fd);
}
