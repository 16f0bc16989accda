/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See core.h. */
#include "bridge/core.h"

#include "base/error.h"
#include "base/mem.h"

#define WAIT_SLICE (UINT64_C(3600) * 1000000000) /* one wait of the system; keeps its arithmetic from overflowing */

void bridge_ref(struct weir_bridge *b) {
  atomic_fetch_add_explicit(&b->holders, 1, memory_order_relaxed);
}

void bridge_unref(struct weir_bridge *b) {
  if (atomic_fetch_sub_explicit(&b->holders, 1, memory_order_acq_rel) != 1)
    return;
  struct weir_alloc alloc = b->alloc;
  weir_error_free(b->start_error);
  uv_cond_destroy(&b->changed);
  uv_cond_destroy(&b->room);
  uv_mutex_destroy(&b->lock);
  process_mark_done(&b->process);
  mem_free(&alloc, b, sizeof(*b));
}

bool bridge_forked(const struct weir_bridge *b) {
  return process_is_child(&b->process);
}

bool weir_bridge_on_worker(const weir_bridge *b) {
  return atomic_load_explicit(&b->worker_live, memory_order_acquire) && pthread_equal(b->worker, pthread_self());
}

struct uv_loop_s *weir_bridge_loop(weir_bridge *b) {
  return weir_bridge_on_worker(b) ? &b->loop : NULL;
}

void bridge_wake(struct weir_bridge *b) {
  atomic_store_explicit(&b->poked, true, memory_order_release);
  if (!b->asleep)
    return; /* it looks before it sleeps */
  b->asleep = false;
  if (!weir_bridge_on_worker(b)) /* which is in a callback of its loop, and takes a turn before that blocks */
    uv_async_send(&b->wakeup);
}

void bridge_wait_until(struct weir_bridge *b, uv_cond_t *condition, uint64_t until) {
  uint64_t now = uv_hrtime();
  if (until <= now)
    return;
  uint64_t span = until - now;
  uv_cond_timedwait(condition, &b->lock, span < WAIT_SLICE ? span : WAIT_SLICE);
}

void bridge_tell(weir_status status, const char *message, weir_error **ret_error) {
  struct error_detail detail = {.status = status, .message = message};
  if (ret_error)
    *ret_error = error_new(&detail);
}

const char *bridge_message(weir_status status) {
  switch (status) {
    case WEIR_ERR_CANCELLED:
      return "the request was cancelled";
    case WEIR_ERR_TIMEOUT:
      return "the request took longer than its timeout";
    case WEIR_ERR_LOST:
      return "the request was started, but its job ended without a reply";
    case WEIR_ERR_GONE:
      return "the bridge has been shut down";
    case WEIR_ERR_WOULD_DEADLOCK:
      return "called on the bridge's own worker: it would deadlock, waiting for itself";
    default:
      return weir_status_name(status);
  }
}
