/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a loop does with a store: wake-ups and the descriptor, idleness, and the step, which does all that is ready. The
 * order of a step stands in step_once(): what came from outside first, then guests, then what hosts are told.
 */
#include "embed/store_step.h"

#include <errno.h>

#include "base/mem.h"
#include "embed/call.h"
#include "embed/host_call.h"
#include "embed/resource.h"
#include "embed/seam.h"
#include "embed/stream.h"
#include "runtime/store.h"

void weir_store_on_wake(weir_store *store, void (*wake)(void *data), void *data) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (!b)
    return;
  inbox_on_wake(b, wake, data);
  if (inbox_has_mail(b)) /* whose bell rang when nobody listened */
    inbox_ring(b);
}

void store_step_forget_wake(weir_store *store, const void *data) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (b)
    inbox_forget_wake(b, data);
}

void store_step_take_mail(struct store *s) {
  struct mail *next = inbox_take(s->inbox);
  while (next) {
    struct mail *mail = next;
    next = mail->next;
    mail->deliver(mail, s);
  }
}

int weir_store_fd(weir_store *store) {
  struct store *s = store_get_mine(store);
  if (s)
    return inbox_fd(s->inbox);
  errno = EPERM;
  return -1;
}

void weir_store_wake(weir_store *store) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (b)
    inbox_ring(b);
}

weir_status weir_store_disown(weir_store *store) {
  struct store *s = store_get_mine(store);
  if (!s || store_is_inside(s))
    return handle_refuse(store, HANDLE_STORE, "weir_store_disown", "the caller is inside of the store");
  inbox_disown(s->inbox);
  return WEIR_OK;
}

weir_status weir_store_own(weir_store *store) {
  struct inbox *b = handle_place(store, HANDLE_STORE);
  if (b && inbox_own(b))
    return WEIR_OK;
  return handle_refuse(store, HANDLE_STORE, "weir_store_own", "another thread is inside of the store");
}

/* ---- idleness ---------------------------------------------------------------------------------------------------- */

weir_status weir_store_on_idle(weir_store *store, weir_idle_fn idle, void *data) {
  struct store *s = store_get_mine(store);
  if (!s || !idle || s->rt.stopping)
    return handle_refuse(store, HANDLE_STORE, "weir_store_on_idle",
                         "there is no callback, or the store is being freed");
  struct idle_waiter *w = mem_zalloc(&s->engine->alloc, sizeof(*w));
  if (!w)
    return WEIR_ERR_NOMEM;
  w->idle = idle;
  w->data = data;
  list_append(&s->idle, &w->all);
  if (store_step_idle_is_due(s))
    store_wake(s);
  return WEIR_OK;
}

void store_step_tell_idle(struct store *s, weir_status status) {
  struct list batch;
  list_take(&batch, &s->idle);
  while (!list_empty(&batch)) {
    struct idle_waiter *w = LIST_OWNER(batch.next, struct idle_waiter, all);
    struct idle_waiter copy = *w;
    list_remove(&w->all);
    mem_free(&s->engine->alloc, w, sizeof(*w));
    copy.idle(copy.data, status);
  }
}

/* ---- the step ---------------------------------------------------------------------------------------------------- */

/*
 * What a host waits for to be told to guests, or to begin there, has its turn when those that were held have had
 * theirs, and before their instances can be held again.
 */
static void step_guests(struct store *s) {
  if (s->rt.slices)
    store_round_holds(&s->rt);
  host_call_deliver_all(s);
  call_cancel_all(s);
  stream_start_all(s);
  resource_drop_all(s);
  if (s->rt.slices && !list_empty(&s->call_starts))
    seam_export_start_due(s);
  if (!s->rt.slices)
    store_round_holds(&s->rt);
  store_round_threads(&s->rt);
}

/* Calls of a store that has failed end with it. */
static void step_failed(struct store *s) {
  if (!s->rt.failed)
    return;
  if (s->traced)
    seam_check_failed(s);
  call_fail_all(s);
}

static void step_once(struct store *s) {
  s->rt.slice_used = false;
  host_call_tell_cancels(s); /* before the turn is counted: a replay's host does it between steps */
  store_step_take_mail(s);
  if (s->traced)
    seam_begin_step(s);
  else if (!s->rt.slices && seam_export_due(s)) /* with slices: step_guests() */
    seam_export_start_due(s);
  step_guests(s);
  step_failed(s);
  if (!stream_deliver_all(s))
    step_failed(s);
  call_deliver_all(s);
  if (store_step_idle_is_due(s))
    store_step_tell_idle(s, s->rt.failed ? s->rt.failure.status : WEIR_OK);
}

bool store_step_is_wanted(const struct store *s) {
  return store_has_ready(&s->rt) || !list_empty(&s->host_calls_done) || !list_empty(&s->host_cancels) ||
         !list_empty(&s->call_cancels) || !list_empty(&s->stream_starts) || resource_has_due(s) ||
         !list_empty(&s->rt.inbox_ends) || !list_empty(&s->calls_done) || inbox_has_mail(s->inbox) ||
         store_step_idle_is_due(s) || seam_export_due(s);
}

weir_step store_step(struct store *s) {
  if (!store_own(s))
    return WEIR_STEP_REFUSED;
  if (store_is_inside(s))
    return WEIR_STEP_READY;
  store_step_begin(s);
  s->stepping = true;
  uintptr_t before = inbox_enter(s->inbox);
  step_once(s);
  inbox_leave(s->inbox, before);
  s->stepping = false;
  bool more = store_step_is_wanted(s);
  store_step_end(s, more);
  if (more)
    return WEIR_STEP_READY;
  if (s->rt.failed)
    return WEIR_STEP_FAILED;
  if (s->gate_waits > 0)
    return WEIR_STEP_WAITING;
  if (s->rt.live_tasks == 0)
    return WEIR_STEP_IDLE;
  return s->rt.host_calls > 0 || !list_empty(&s->streams) ? WEIR_STEP_WAITING : WEIR_STEP_STUCK;
}

weir_step weir_store_step(weir_store *store) {
  struct store *s = store_get(store);
  return s ? store_step(s) : WEIR_STEP_REFUSED;
}
