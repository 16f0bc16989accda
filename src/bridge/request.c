/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One request: its life, its outcome, and what is told of it. See request.h; reply.c has the caller's operations.
 *
 * What holds: a request is settled once, under the lock of the bridge, whoever comes first (the job, a deadline, the
 * caller, an abort); its job ends once, perhaps later; and everything is told after the lock was released, by one
 * thread, each once. In order: making and freeing; the outcome; the job's side; telling.
 */
#include "bridge/request.h"

#include "base/error.h"
#include "base/mem.h"
#include "bridge/core.h"
#include "bridge/count.h"
#include "bridge/port.h"

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

struct weir_bridge_request *request_new(struct weir_bridge *b, const struct weir_bridge_job *job, bool handle,
                                        size_t tail) {
  struct weir_bridge_request *r = tail > SIZE_MAX - sizeof(*r) ? NULL : mem_zalloc(&b->alloc, sizeof(*r) + tail);
  if (!r)
    return NULL;
  if (uv_cond_init(&r->ended) != 0) {
    mem_free(&b->alloc, r, sizeof(*r) + tail);
    return NULL;
  }
  r->bridge = b;
  r->tail_size = tail;
  r->job = *job;
  atomic_init(&r->holders, handle ? 2 : 1);
  list_init(&r->place);
  list_init(&r->news);
  list_init(&r->port_place);
  bridge_ref(b);
  return r;
}

void request_discard(struct weir_bridge_request *r) {
  struct weir_bridge *b = r->bridge;
  weir_error_free(r->error);
  if (r->result && r->job.free_result)
    r->job.free_result(r->result);
  if (r->job.port) {
    if (!r->posted)
      port_unreserve(r->job.port);
    port_unref(r->job.port);
  }
  uv_cond_destroy(&r->ended);
  mem_free(&b->alloc, r, sizeof(*r) + r->tail_size);
  bridge_unref(b);
}

static void give_up_hold(struct weir_bridge_request *r) {
  if (atomic_fetch_sub_explicit(&r->holders, 1, memory_order_acq_rel) == 1)
    request_discard(r);
}

void weir_bridge_request_free(weir_bridge_request *r) {
  if (r && !bridge_forked(r->bridge))
    give_up_hold(r);
}

/* ---- the outcome ------------------------------------------------------------------------------------------------- */

static void add_news(struct weir_bridge_request *r) {
  if (r->bridge->closed)
    return;
  if (list_empty(&r->news))
    list_append(&r->bridge->news, &r->news);
  bridge_wake(r->bridge);
}

/* The worker's hold is still there. */
static void post(struct weir_bridge_request *r) {
  r->posted = true;
  atomic_fetch_add_explicit(&r->holders, 1, memory_order_relaxed);
  if (!port_post(r->job.port, r))
    atomic_fetch_sub_explicit(&r->holders, 1, memory_order_relaxed);
}

void request_settle(struct weir_bridge_request *r, const struct request_outcome *outcome) {
  struct weir_bridge *b = r->bridge;
  uint64_t now = uv_hrtime();
  if (r->phase == REQUEST_QUEUED) {
    list_remove(&r->place);
    b->stats.queued--;
    count_waited(b, now - r->submitted_at);
    uv_cond_signal(&b->room);
  } else {
    b->stats.running--;
    count_ran(b, now - r->started_at);
  }
  alarm_remove(&b->alarms, &r->deadline);
  count_outcome(b, outcome->status);
  r->phase = REQUEST_DONE;
  r->status = outcome->status;
  r->result = outcome->take_result;
  r->error = outcome->take_error;
  atomic_store_explicit(&r->answered, true, memory_order_release);
  uv_cond_broadcast(&r->ended);
  if (r->job.port)
    post(r);
  add_news(r);
}

void request_expire(struct weir_bridge_request *r) {
  r->cancel_wanted = true;
  request_settle(r, &(struct request_outcome){.status = WEIR_ERR_TIMEOUT});
}

void request_cancel(struct weir_bridge_request *r) {
  if (r->phase == REQUEST_DONE || r->cancel_wanted)
    return;
  r->cancel_wanted = true;
  if (r->phase == REQUEST_QUEUED)
    request_settle(r, &(struct request_outcome){.status = WEIR_ERR_CANCELLED});
  else
    add_news(r);
}

/* ---- the job's side ---------------------------------------------------------------------------------------------- */

void request_job_end(struct weir_bridge_request *r) {
  r->job_open = false;
  r->bridge->open_jobs--;
  list_remove(&r->place);
  add_news(r);
}

static void release_outcome(const struct weir_bridge_job *job, const struct request_outcome *outcome) {
  if (outcome->take_result && job->free_result)
    job->free_result(outcome->take_result);
  weir_error_free(outcome->take_error);
}

void request_finish(struct weir_bridge_request *r, const struct request_outcome *outcome) {
  struct weir_bridge *b = r->bridge;
  struct weir_bridge_job job = r->job;
  uv_mutex_lock(&b->lock);
  bool open = r->job_open, answered = r->phase == REQUEST_DONE;
  if (open && !answered)
    request_settle(r, outcome);
  if (open)
    request_job_end(r);
  bool tell_here = open && b->closed; /* the worker takes no more news */
  uv_mutex_unlock(&b->lock);
  if (!open || answered)
    release_outcome(&job, outcome);
  if (tell_here)
    request_tell(r);
}

void weir_bridge_complete(weir_bridge_request *r, weir_status status, void *take_result) {
  request_finish(r, &(struct request_outcome){.status = status, .take_result = take_result});
}

void weir_bridge_fail(weir_bridge_request *r, weir_status status, const char *message) {
  struct error_detail detail = {.status = status == WEIR_OK ? WEIR_ERR_MISUSE : status, .message = message};
  request_finish(r, &(struct request_outcome){.status = detail.status, .take_error = error_new(&detail)});
}

void weir_bridge_drop(weir_bridge_request *r) {
  request_finish(r, &(struct request_outcome){.status = WEIR_ERR_LOST});
}

void weir_bridge_on_cancel(weir_bridge_request *r, void (*cancel)(void *data, weir_bridge_request *request),
                           void *data) {
  uv_mutex_lock(&r->bridge->lock);
  r->cancel = cancel;
  r->cancel_data = data;
  if (r->cancel_wanted)
    add_news(r);
  uv_mutex_unlock(&r->bridge->lock);
}

bool weir_bridge_cancel_wanted(weir_bridge_request *r) {
  uv_mutex_lock(&r->bridge->lock);
  bool wanted = r->cancel_wanted;
  uv_mutex_unlock(&r->bridge->lock);
  return wanted;
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

enum duty { DUTY_NONE, DUTY_CANCEL, DUTY_DONE, DUTY_RELEASE };

/* What has to be told next, which counts as told from here on. A cancellation is not told once the job has ended. */
static enum duty next_duty(struct weir_bridge_request *r) {
  if (r->job_open && r->cancel_wanted && !r->cancel_told && r->cancel) {
    r->cancel_told = true;
    return DUTY_CANCEL;
  }
  if (r->phase != REQUEST_DONE)
    return DUTY_NONE;
  if (!r->done_told) {
    r->done_told = true;
    if (r->job.done)
      return DUTY_DONE;
  }
  if (r->job_open || r->released)
    return DUTY_NONE;
  r->released = true;
  list_remove(&r->news);
  return DUTY_RELEASE;
}

static void release(struct weir_bridge_request *r) {
  if (r->job.free)
    r->job.free(r->job.data);
  give_up_hold(r);
}

void request_tell(struct weir_bridge_request *r) {
  struct weir_bridge *b = r->bridge;
  for (;;) {
    uv_mutex_lock(&b->lock);
    enum duty duty = next_duty(r);
    void (*cancel)(void *, weir_bridge_request *) = r->cancel;
    void *cancel_data = r->cancel_data;
    uv_mutex_unlock(&b->lock);
    if (duty == DUTY_CANCEL)
      cancel(cancel_data, r);
    else if (duty == DUTY_DONE)
      r->job.done(r->job.done_data, r);
    else if (duty == DUTY_RELEASE)
      release(r);
    if (duty == DUTY_NONE || duty == DUTY_RELEASE)
      return;
  }
}
