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
  if (failure == NULL)
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
    return loop_deadlock(store, "the guest waits, but not for a clock, for input or for output", d);
  uv_run(wasi->loop, UV_RUN_ONCE);
  return WEIR_OK;
}

/*
 * A guest that always has more to do must not keep the loop from its events; but asking the kernel costs more than most
 * rounds do.
 */
enum { ROUNDS_BETWEEN_EVENTS = 16 };

static weir_status loop_drive(weir_wasi *wasi, weir_store *store, const weir_call *call, struct diag *d) {
  bool asked = false;  /* what input is still wanted has been asked since the loop last ran */
  unsigned rounds = 0; /* since then */
  for (;;) {
    weir_step step = weir_store_step(store);
    if (weir_call_finished(call))
      return WEIR_OK;
    if (wasi->timed_out)
      return diag_set(d, WEIR_ERR_TIMEOUT, "the guest has not ended in the time that it was given");
    switch (step) {
      case WEIR_STEP_READY:
        if (++rounds % ROUNDS_BETWEEN_EVENTS != 0)
          continue;
        uv_run(wasi->loop, UV_RUN_NOWAIT);
        asked = false;
        continue;
      case WEIR_STEP_WAITING:
        break;
      case WEIR_STEP_FAILED:
        return loop_failure(store, d);
      case WEIR_STEP_REFUSED:
        return diag_set(d, WEIR_ERR_MISUSE, "the store belongs to another thread");
      case WEIR_STEP_STUCK:
        return loop_deadlock(store, "all tasks wait for each other, and the host owes none of them anything", d);
      case WEIR_STEP_IDLE:
        return loop_deadlock(store, "no task is left that could end the call", d);
      default:
        return diag_set(d, WEIR_ERR_MISUSE, "a step ended in no state that there is");
    }
    if (!asked && wasi_host_ask(wasi)) {
      asked = true;
      continue;
    }
    asked = false;
    rounds = 0;
    WEIR_TRY(loop_wait(wasi, store, d));
  }
}

weir_status weir_wasi_drive(weir_wasi *wasi, weir_store *store, weir_call *call, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  if (wasi->running || wasi_is_guest_of_loop(wasi)) {
    diag_set(&d, WEIR_ERR_MISUSE, "weir_wasi_drive: %s",
             wasi->running ? "the host is being driven already" : "the loop is another's, who runs it");
    return diag_raise(&d, ret_error);
  }
  wasi->running = true;
  weir_status status = loop_drive(wasi, store, call, &d);
  wasi->running = false;
  return status == WEIR_OK ? WEIR_OK : diag_raise(&d, ret_error);
}

static void timeout_over(uv_timer_t *timer) {
  ((weir_wasi *)timer->data)->timed_out = true;
}

void weir_wasi_set_timeout(weir_wasi *wasi, uint64_t milliseconds) {
  if (wasi_is_guest_of_loop(wasi))
    return;
  wasi->timed_out = false;
  uv_timer_stop(&wasi->timeout);
  if (milliseconds == 0)
    return;
  uv_update_time(wasi->loop);
  uv_timer_start(&wasi->timeout, timeout_over, milliseconds, 0);
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
  if (wasi_is_guest_of_loop(wasi)) {
    wasi_output_flush(&wasi->out);
    wasi_output_flush(&wasi->err);
  } else {
    while (wasi_output_pending(&wasi->out) || wasi_output_pending(&wasi->err))
      uv_run(wasi->loop, UV_RUN_ONCE);
  }
  wasi->running = false;
  int error = wasi->out.error != 0 ? wasi->out.error : wasi->err.error;
  if (error == 0)
    return WEIR_OK;
  diag_set(&d, WEIR_ERR_IO, "output was lost: %s", strerror(error));
  return diag_raise(&d, ret_error);
}
