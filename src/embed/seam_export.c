/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of exports in a traced store.
 *
 *   BEGIN --gate lets it go, instance is free--> RUNNING: told to the tap --task ends--> END --gate lets it go--> OVER
 *     | answered, failed, cancelled: the tap is not told, since no guest was
 *     +--> END
 *
 * In order: beginning; ending; the store's part (instances, steps, failure, its end). See seam.h.
 */
#include "embed/call.h"
#include "embed/host_call.h"
#include "embed/linker.h"
#include "embed/loan.h"
#include "embed/resource.h"
#include "embed/seam.h"
#include "runtime/store.h"

/* ---- beginning --------------------------------------------------------------------------------------------------- */

static struct rt_lift *lift_of(const struct call *c) {
  return &c->inst->root->lifts[c->func->ref.index];
}

/* The same with a record and without: interceptors can tell when a loan ends. */
static bool may_lend(const struct call *c) {
  return c->type->params->has_handle;
}

/* A held instance is not entered: the call waits in a list that every step looks at. */
void seam_export_put_off(struct call *c) {
  c->stage = CALL_STAGE_BEGIN;
  list_remove(&c->start);
  list_append(&c->store->call_starts, &c->start);
}

static void launch(struct call *c) {
  struct store *s = c->store;
  if (s->rt.failed)
    return;
  if (lift_of(c)->inst->held > 0) {
    seam_export_put_off(c);
    return;
  }
  struct list dropped;
  list_init(&dropped);
  list_remove(&c->start);
  c->stage = CALL_STAGE_RUNNING;
  if (s->tap)
    s->tap->export_call(s->tap_data, c);
  if (may_lend(c))
    loan_begin(&c->args, &dropped);
  call_launch(c, lift_of(c));
  loan_drop_all(&dropped); /* `c` may be gone */
}

static void end_early(struct call *c) {
  c->stage = CALL_STAGE_OVER;
  call_end(c, c->status, c->error);
}

/* What was a flat call waits at its beginning, or with its result. */
static void start_flat(struct call *c) {
  struct store *s = c->store;
  s->gate->flat_export(s->gate_data, c) == SEAM_WAIT ? (void)0 : end_early(c);
  store_wake(s);
}

void seam_export_start(struct call *c) {
  struct store *s = c->store;
  if (s->flat_waits) {
    start_flat(c);
    return;
  }
  c->id = ++s->call_ids;
  c->stage = CALL_STAGE_BEGIN;
  if (may_lend(c))
    loan_wait(&c->args);
  enum seam_next next = s->gate ? s->gate->export_begin(s->gate_data, c) : SEAM_GO;
  if (next == SEAM_GO)
    launch(c);
  else if (next == SEAM_DONE)
    end_early(c);
  store_wake(s);
}

/* Whoever was told of its beginning is told of its end; no recorder was, since no guest was. */
void seam_export_cancel(struct call *c) {
  struct store *s = c->store;
  list_remove(&c->start);
  c->status = WEIR_ERR_CANCELLED;
  c->error = NULL;
  c->stage = CALL_STAGE_END;
  if (s->gate)
    s->gate->export_end(s->gate_data, c);
  end_early(c);
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

/* What interceptors let go of (a result, where they fail the call) is of the cause that the tap gives. */
static enum seam_next ask_at_end(struct call *c, uint64_t cause) {
  struct store *s = c->store;
  uint64_t before = s->cause;
  s->cause = cause;
  enum seam_next next = s->gate ? s->gate->export_end(s->gate_data, c) : SEAM_GO;
  s->cause = before;
  return next;
}

void seam_export_ended(struct call *c) {
  struct store *s = c->store;
  c->stage = CALL_STAGE_END;
  if (may_lend(c))
    loan_end(&c->args);
  uint64_t event = s->tap ? s->tap->export_end(s->tap_data, c, c->status) : 0;
  if (ask_at_end(c, event) != SEAM_WAIT)
    end_early(c);
}

void seam_export_go(struct call *c, enum seam_next next) {
  if (c->stage == CALL_STAGE_BEGIN && next == SEAM_GO)
    launch(c);
  else
    end_early(c);
}

/* ---- the store --------------------------------------------------------------------------------------------------- */

bool seam_export_due(const struct store *s) {
  for (const struct list *n = s->call_starts.next; n != &s->call_starts; n = n->next)
    if (lift_of(LIST_OWNER(n, struct call, start))->inst->held == 0)
      return true;
  return false;
}

void seam_export_start_due(struct store *s) {
  struct list batch;
  list_take(&batch, &s->call_starts);
  while (!list_empty(&batch)) {
    struct call *c = LIST_OWNER(batch.next, struct call, start);
    list_remove(&c->start);
    if (s->rt.slice_used)
      seam_export_put_off(c);
    else
      launch(c);
  }
}

void seam_begin_step(struct store *s) {
  if (seam_export_due(s))
    seam_export_start_due(s);
  if (store_has_ready(&s->rt) || !list_empty(&s->host_calls_done) || !list_empty(&s->call_cancels) ||
      !list_empty(&s->stream_starts) || resource_has_due(s) || !list_empty(&s->rt.inbox_ends))
    s->turn++;
}

weir_status seam_instance(struct instance *inst, struct diag *d) {
  struct store *s = inst->store;
  return s->gate && s->gate->instance(s->gate_data, inst) != WEIR_OK ? diag_nomem(d) : WEIR_OK;
}

void seam_check_failed(struct store *s) {
  if (!s->rt.failed || s->failure_told)
    return;
  s->failure_told = true;
  if (s->tap)
    s->tap->failed(s->tap_data);
  if (s->gate)
    s->gate->failed(s->gate_data);
}

void seam_close(struct store *s) {
  if (s->gate)
    s->gate->close(s->gate_data);
  if (s->tap)
    s->tap->close(s->tap_data);
  s->gate = NULL;
  s->tap = NULL;
}
