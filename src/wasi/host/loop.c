/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Driving a store with the host's loop. The store is stepped until it waits for the host, then the loop blocks until
 * something has happened. Every handle of the loop is active exactly while something may come from it, so a store that
 * waits beside a loop without active handles waits for ever.
 */
#include "weir/wasi.h"

#include <string.h>

#include "wasi/host/host.h"
#include "weir/call.h"
#include "weir/store.h"

static weir_status loop_deadlock(const weir_store *store, const char *what, struct diag *d) {
  return diag_set(d, WEIR_ERR_DEADLOCK, "deadlock detected: %s (%zu live task%s)", what, weir_store_live_tasks(store),
                  weir_store_live_tasks(store) == 1 ? "" : "s");
}

static weir_status loop_failure(const weir_store *store, struct diag *d) {
  const weir_error *failure = weir_store_failure(store);
  if (!failure)
    return diag_set(d, WEIR_ERR_TRAP, "the store has failed");
  const char *backtrace = weir_error_backtrace(failure);
  weir_status status = diag_set(d, weir_error_status(failure), "%s", weir_error_message(failure));
  d->exit_code = weir_error_exit_code(failure);
  diag_backtrace(d, backtrace, strlen(backtrace));
  return status;
}

/* The store waits for the host: blocks until there is news for it. */
static weir_status loop_wait(weir_wasi *wasi, const weir_store *store, struct diag *d) {
  if (!uv_loop_alive(wasi->loop))
    return loop_deadlock(store, "the guest waits, but not for a clock, for input, for output or for a file", d);
  wasi_clocks_tell(&wasi->clocks);
  uv_run(wasi->loop, UV_RUN_ONCE);
  return WEIR_OK;
}

/*
 * A guest that always has more to do must not keep the loop from its events; but asking the kernel costs more than most
 * rounds do.
 */
enum { ROUNDS_BETWEEN_EVENTS = 16 };

/* What is driven to: the end of a call, or (NULL) of all tasks. */
static bool loop_done(const weir_store *store, const weir_call *call) {
  return call ? weir_call_finished(call) : weir_store_live_tasks(store) == 0;
}

static bool is_over(const struct wasi_alarm *alarm) {
  return alarm->at != UINT64_MAX && uv_hrtime() >= alarm->at;
}

/* Whether somebody has stopped the host, or the time is over. */
static weir_status loop_check_stop(const weir_wasi *wasi, const weir_store *store, struct diag *d) {
  if (atomic_load(&wasi->stopped))
    return diag_set(d, WEIR_ERR_CANCELLED, "the host was stopped (weir_wasi_stop)");
  if (is_over(&wasi->timeout))
    return diag_set(d, WEIR_ERR_TIMEOUT, "the guest has not ended in the time that it was given");
  if (!is_over(&wasi->drain))
    return WEIR_OK;
  size_t tasks = weir_store_live_tasks(store);
  return diag_set(d, WEIR_ERR_TIMEOUT, "%zu task%s that still work%s after their calls have returned", tasks,
                  tasks == 1 ? "" : "s", tasks == 1 ? "s" : "");
}

/* A step that nothing follows of itself. */
static weir_status loop_at_rest(weir_step step, const weir_store *store, struct diag *d) {
  switch (step) {
    case WEIR_STEP_FAILED:
      return loop_failure(store, d);
    case WEIR_STEP_REFUSED:
      return diag_set(d, WEIR_ERR_MISUSE, "the store belongs to another thread");
    case WEIR_STEP_STUCK:
      return loop_deadlock(store, "all tasks wait for each other, and the host owes none of them anything", d);
    case WEIR_STEP_IDLE:
      return loop_deadlock(store, "no task is left that could end the call", d);
    default:
      return WEIR_OK;
  }
}

static weir_status loop_drive(weir_wasi *wasi, weir_store *store, const weir_call *call, struct diag *d) {
  unsigned rounds = 0; /* since the loop last waited */
  while (!loop_done(store, call)) {
    if (rounds % ROUNDS_BETWEEN_EVENTS == 0)
      WEIR_TRY(loop_check_stop(wasi, store, d));
    weir_step step = weir_store_step(store);
    if (loop_done(store, call))
      break;
    WEIR_TRY(loop_at_rest(step, store, d));
    if (step == WEIR_STEP_READY || wasi_host_ask(wasi)) {
      if (++rounds % ROUNDS_BETWEEN_EVENTS == 0)
        uv_run(wasi->loop, UV_RUN_NOWAIT);
    } else {
      rounds = 0;
      WEIR_TRY(loop_wait(wasi, store, d));
    }
  }
  if (wasi_host_ask(wasi)) /* what was written last of all, to a stream that nobody had looked at */
    weir_store_step(store);
  return WEIR_OK;
}

/* Whether the loop may be run for `function` now. */
static weir_status loop_begin(weir_wasi *wasi, const char *function, struct diag *d) {
  if (wasi->running || wasi_host_is_guest(wasi))
    return diag_set(d, WEIR_ERR_MISUSE, "%s: %s", function,
                    wasi->running ? "the host is being driven already" : "the loop is another's, who runs it");
  wasi->running = true;
  return WEIR_OK;
}

weir_status weir_wasi_drive(weir_wasi *wasi, weir_store *store, weir_call *call, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = loop_begin(wasi, "weir_wasi_drive", &d);
  if (status == WEIR_OK) {
    status = loop_drive(wasi, store, call, &d);
    wasi->running = false;
  }
  return status == WEIR_OK ? WEIR_OK : diag_raise(&d, ret_error);
}

/* ---- beside a loop of another kind ------------------------------------------------------------------------------- */

int weir_wasi_fd(const weir_wasi *wasi) {
  return wasi_host_is_guest(wasi) ? -1 : uv_backend_fd(wasi->loop);
}

weir_status weir_wasi_turn(weir_wasi *wasi, uint64_t *ret_milliseconds, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  if (loop_begin(wasi, "weir_wasi_turn", &d) != WEIR_OK)
    return diag_raise(&d, ret_error);
  wasi_clocks_tell(&wasi->clocks);
  uv_run(wasi->loop, UV_RUN_NOWAIT);
  bool again = wasi_host_ask(wasi);
  wasi->running = false;
  int wait = uv_backend_timeout(wasi->loop);
  *ret_milliseconds = again ? 0 : wait < 0 ? UINT64_MAX : (uint64_t)wait;
  return WEIR_OK;
}

/* ---- time, and being stopped ------------------------------------------------------------------------------------- */

static void alarm_rings(uv_timer_t *timer) {
  (void)timer; /* who runs the loop looks at the time */
}

static void alarm_set(weir_wasi *wasi, struct wasi_alarm *alarm, uint64_t milliseconds) {
  uint64_t now = uv_hrtime(), span = milliseconds < UINT64_MAX / 1000000 ? milliseconds * 1000000 : UINT64_MAX;
  uv_timer_stop(&alarm->timer);
  alarm->at = span < UINT64_MAX - now ? now + span : UINT64_MAX;
  if (alarm->at == UINT64_MAX)
    return;
  uv_update_time(wasi->loop);
  uv_timer_start(&alarm->timer, alarm_rings, milliseconds + 1, 0); /* the loop's time may be behind */
}

weir_status weir_wasi_drain(weir_wasi *wasi, weir_store *store, uint64_t milliseconds, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = loop_begin(wasi, "weir_wasi_drain", &d);
  if (status == WEIR_OK) {
    alarm_set(wasi, &wasi->drain, milliseconds);
    status = loop_drive(wasi, store, NULL, &d);
    alarm_set(wasi, &wasi->drain, UINT64_MAX);
    wasi->running = false;
  }
  return status == WEIR_OK ? WEIR_OK : diag_raise(&d, ret_error);
}

void weir_wasi_set_timeout(weir_wasi *wasi, uint64_t milliseconds) {
  if (!wasi_host_is_guest(wasi))
    alarm_set(wasi, &wasi->timeout, milliseconds);
}

void weir_wasi_stop(weir_wasi *wasi) {
  if (wasi_host_is_guest(wasi))
    return;
  atomic_store(&wasi->stopped, true);
  wasi_bell_ring(&wasi->bell);
}

void weir_wasi_wake(weir_wasi *wasi) {
  wasi_bell_ring(&wasi->bell);
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static bool output_pending(const weir_wasi *wasi) {
  return wasi_output_pending(&wasi->out) || wasi_output_pending(&wasi->err);
}

/*
 * Where the time is over already, what leaves without waiting still does. What goes to files is never lost: it is
 * written before the host is gone, whoever runs the loop.
 */
static void flush(weir_wasi *wasi) {
  if (wasi_host_is_guest(wasi)) {
    wasi_output_flush(&wasi->out);
    wasi_output_flush(&wasi->err);
    return;
  }
  uv_run(wasi->loop, UV_RUN_NOWAIT);
  while ((output_pending(wasi) || wasi_filesystem_pending(&wasi->files)) && !is_over(&wasi->timeout))
    uv_run(wasi->loop, UV_RUN_ONCE);
}

weir_status weir_wasi_flush(weir_wasi *wasi, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  if (wasi->running) {
    diag_set(&d, WEIR_ERR_MISUSE, "weir_wasi_flush: the host is being driven");
    return diag_raise(&d, ret_error);
  }
  wasi->running = true;
  wasi->out.error = wasi->err.error = 0; /* earlier failures have been told to the guest */
  flush(wasi);
  wasi->running = false;
  int error = wasi->out.error != 0 ? wasi->out.error : wasi->err.error;
  if (error != 0)
    diag_set(&d, WEIR_ERR_IO, "output was lost: %s", strerror(error));
  else if (output_pending(wasi))
    diag_set(&d, WEIR_ERR_TIMEOUT, "output was lost: nobody has read it in the time that there was");
  else
    return WEIR_OK;
  return diag_raise(&d, ret_error);
}
