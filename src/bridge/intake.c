/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inbox of a bridge: requests come in, and the worker takes them out. See intake.h.
 *
 * What holds: every request that was refused is discarded by its maker, and every one that was accepted is in the queue
 * or in the list of jobs. In order: making a request of a job; entering, which may wait for room; what callers call;
 * taking out.
 */
#include "bridge/intake.h"

#include <string.h>

#include "base/sized.h"
#include "bridge/core.h"
#include "bridge/count.h"
#include "bridge/port.h"
#include "bridge/request.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static weir_status read_job(const struct weir_bridge_job *job, struct weir_bridge_job *ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_status status = SIZED_READ(job, ret, weir_bridge_job, &d);
  return status == WEIR_OK ? WEIR_OK : diag_raise(&d, ret_error);
}

weir_status intake_make(struct weir_bridge *b, const struct intake *in, struct weir_bridge_request **ret,
                        weir_error **ret_error) {
  struct weir_bridge_job job;
  if (bridge_forked(b))
    return bridge_refuse(WEIR_ERR_GONE, "a bridge does not survive fork()", ret_error);
  WEIR_TRY(read_job(in->job, &job, ret_error));
  if (!job.start)
    return bridge_refuse(WEIR_ERR_MISUSE, "a request without a job to start", ret_error);
  if (job.port && port_reserve(job.port) != WEIR_OK) {
    count_refused(b, 1);
    return bridge_refuse(WEIR_ERR_LIMIT, "the port is full: take out what has ended", ret_error);
  }
  struct weir_bridge_request *r = request_new(b, &job, in->handle, in->tail);
  if (!r) {
    if (job.port) {
      port_unreserve(job.port);
      port_unref(job.port);
    }
    return bridge_refuse(WEIR_ERR_NOMEM, "no memory for a request", ret_error);
  }
  r->kind = in->kind;
  r->submitted_at = uv_hrtime();
  r->deadline.at = job.timeout == 0 ? UINT64_MAX : time_add(r->submitted_at, job.timeout);
  *ret = r;
  return WEIR_OK;
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

static bool is_full(const struct weir_bridge *b) {
  return b->stats.queued >= b->config.capacity;
}

/* While a bridge drains, only jobs may hand in more: what the jobs need to come to their end. */
static bool accepts(const struct weir_bridge *b, bool on_worker) {
  return b->phase <= BRIDGE_OPEN || (b->phase == BRIDGE_DRAINING && on_worker);
}

/* Waits for room as the request's policy says. Under the lock. */
static weir_status wait_for_room(struct weir_bridge *b, const struct weir_bridge_request *r) {
  bool on_worker = weir_bridge_on_worker(b);
  while (accepts(b, on_worker) && is_full(b)) {
    if (b->config.full != WEIR_BRIDGE_WAIT || r->job.no_wait)
      return WEIR_ERR_LIMIT;
    if (on_worker)
      return WEIR_ERR_WOULD_DEADLOCK;
    if (uv_hrtime() >= r->deadline.at)
      return WEIR_ERR_TIMEOUT;
    bridge_wait_until(b, &b->room, r->deadline.at);
  }
  return accepts(b, on_worker) ? WEIR_OK : WEIR_ERR_GONE;
}

/* Under the lock. */
static weir_status enter(struct weir_bridge *b, struct weir_bridge_request *r) {
  weir_status status = wait_for_room(b, r);
  if (status != WEIR_OK) {
    b->stats.refused++;
    return status;
  }
  list_append(&b->queue, &r->place);
  b->stats.submitted++;
  b->stats.queued++;
  if (b->stats.queued > b->stats.max_queued)
    b->stats.max_queued = b->stats.queued;
  if (r->deadline.at != UINT64_MAX)
    alarm_add(&b->alarms, &r->deadline);
  bridge_wake(b);
  return WEIR_OK;
}

static const char *refusal(weir_status status) {
  if (status == WEIR_ERR_LIMIT)
    return "the bridge's inbox is full";
  if (status == WEIR_ERR_WOULD_DEADLOCK)
    return "the bridge's inbox is full, and its own worker would deadlock waiting for room";
  if (status == WEIR_ERR_TIMEOUT)
    return "the bridge's inbox stayed full for the whole of the timeout";
  return bridge_message(status);
}

weir_status intake_enter(struct weir_bridge *b, struct weir_bridge_request *r, weir_error **ret_error) {
  uv_mutex_lock(&b->lock);
  weir_status status = enter(b, r);
  uv_mutex_unlock(&b->lock);
  return status == WEIR_OK ? WEIR_OK : bridge_refuse(status, refusal(status), ret_error);
}

weir_status intake_enter_all(struct weir_bridge *b, struct list *requests, weir_error **ret_error) {
  weir_status status = WEIR_OK;
  uv_mutex_lock(&b->lock);
  while (status == WEIR_OK && !list_empty(requests)) {
    struct weir_bridge_request *r = LIST_OWNER(requests->next, struct weir_bridge_request, place);
    list_remove(&r->place);
    status = enter(b, r);
    if (status != WEIR_OK)
      list_prepend(requests, &r->place);
  }
  if (status != WEIR_OK)
    b->stats.refused += list_count(requests) - 1; /* the first is counted */
  uv_mutex_unlock(&b->lock);
  return status == WEIR_OK ? WEIR_OK : bridge_refuse(status, refusal(status), ret_error);
}

weir_status intake_may_wait(const struct weir_bridge *b, weir_error **ret_error) {
  if (bridge_forked(b) || !weir_bridge_on_worker(b))
    return WEIR_OK;
  return bridge_refuse(WEIR_ERR_WOULD_DEADLOCK, bridge_message(WEIR_ERR_WOULD_DEADLOCK), ret_error);
}

/* ---- what callers call ------------------------------------------------------------------------------------------- */

weir_status weir_bridge_submit(weir_bridge *b, const weir_bridge_job *job, weir_bridge_request **ret,
                               weir_error **ret_error) {
  struct weir_bridge_request *r;
  WEIR_TRY(intake_make(b, &(struct intake){.job = job, .handle = ret}, &r, ret_error));
  weir_status status = intake_enter(b, r, ret_error);
  if (status != WEIR_OK)
    request_discard(r);
  else if (ret)
    *ret = r;
  return status;
}

weir_status weir_bridge_run(weir_bridge *b, const weir_bridge_job *job, void **ret_result, weir_error **ret_error) {
  weir_bridge_request *r = NULL;
  WEIR_TRY(intake_may_wait(b, ret_error));
  WEIR_TRY(weir_bridge_submit(b, job, &r, ret_error));
  weir_bridge_wait(r, WEIR_BRIDGE_FOREVER);
  weir_status status = weir_bridge_result(r, ret_result, ret_error);
  weir_bridge_request_free(r);
  return status;
}

/* ---- out --------------------------------------------------------------------------------------------------------- */

bool intake_startable(const struct weir_bridge *b) {
  size_t limit = b->config.max_running;
  return b->phase < BRIDGE_ABORTING && !list_empty(&b->queue) && (limit == 0 || b->open_jobs < limit);
}

struct weir_bridge_request *intake_take(struct weir_bridge *b) {
  if (!intake_startable(b))
    return NULL;
  struct weir_bridge_request *r = LIST_OWNER(b->queue.next, struct weir_bridge_request, place);
  list_remove(&r->place);
  list_append(&b->jobs, &r->place);
  b->open_jobs++;
  r->job_open = true;
  r->phase = REQUEST_RUNNING;
  r->started_at = uv_hrtime();
  b->stats.queued--;
  b->stats.running++;
  b->stats.started++;
  count_waited(b, r->started_at - r->submitted_at);
  uv_cond_signal(&b->room);
  return r;
}
