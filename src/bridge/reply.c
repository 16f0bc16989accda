/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a caller does with a request that was accepted: wait, take the outcome, cancel. A waiting caller watches the
 * request's deadline itself, so that it is answered in time even where a job keeps the worker from looking.
 */
#include "bridge/core.h"
#include "bridge/request.h"

/* The request has a deadline and it is over. */
static bool is_late(const struct weir_bridge_request *r, uint64_t now) {
  return r->deadline.set && r->deadline.at <= now;
}

static weir_status wait_locked(struct weir_bridge_request *r, uint64_t until) {
  while (r->phase != REQUEST_DONE) {
    uint64_t now = uv_hrtime();
    if (is_late(r, now)) {
      request_expire(r);
      return WEIR_OK;
    }
    if (now >= until)
      return WEIR_ERR_TIMEOUT;
    uint64_t next = r->deadline.set && r->deadline.at < until ? r->deadline.at : until;
    bridge_wait_until(r->bridge, &r->ended, next);
  }
  return WEIR_OK;
}

static bool is_answered(const struct weir_bridge_request *r) {
  return atomic_load_explicit(&r->answered, memory_order_acquire);
}

weir_status weir_bridge_wait(weir_bridge_request *r, uint64_t timeout) {
  struct weir_bridge *b = r->bridge;
  if (bridge_forked(b))
    return WEIR_ERR_GONE;
  if (is_answered(r))
    return WEIR_OK;
  if (timeout > 0 && weir_bridge_on_worker(b))
    return WEIR_ERR_WOULD_DEADLOCK;
  uint64_t begin = uv_hrtime();
  weir_status status = WEIR_OK;
  if (timeout <= b->spin.span || !spin_caller(&b->spin, &r->answered)) {
    uv_mutex_lock(&b->lock);
    status = wait_locked(r, time_add(begin, timeout));
    uv_mutex_unlock(&b->lock);
  }
  if (status == WEIR_OK)
    spin_waited(&b->spin, uv_hrtime() - begin);
  return status;
}

weir_status request_result(struct weir_bridge_request *r, const void *kind, void **ret_result, weir_error **ret_error) {
  struct weir_bridge *b = r->bridge;
  if (bridge_forked(b))
    return bridge_refuse(WEIR_ERR_GONE, "a bridge does not survive fork()", ret_error);
  uv_mutex_lock(&b->lock);
  bool done = r->phase == REQUEST_DONE, take = done && r->kind == kind;
  weir_status status = r->status;
  weir_error *error = take && ret_error ? r->error : NULL;
  void *result = take && ret_result ? r->result : NULL;
  if (error)
    r->error = NULL;
  if (result)
    r->result = NULL;
  uv_mutex_unlock(&b->lock);
  if (!done)
    return bridge_refuse(WEIR_ERR_MISUSE, "the request has not ended yet", ret_error);
  if (!take)
    return bridge_refuse(WEIR_ERR_MISUSE, "calls and other requests have different results", ret_error);
  if (ret_result)
    *ret_result = result;
  if (error)
    *ret_error = error;
  else if (status != WEIR_OK)
    bridge_refuse(status, bridge_message(status), ret_error);
  return status;
}

weir_status weir_bridge_result(weir_bridge_request *r, void **ret_result, weir_error **ret_error) {
  return request_result(r, NULL, ret_result, ret_error);
}

void weir_bridge_cancel(weir_bridge_request *r) {
  if (bridge_forked(r->bridge))
    return;
  uv_mutex_lock(&r->bridge->lock);
  request_cancel(r);
  uv_mutex_unlock(&r->bridge->lock);
}
