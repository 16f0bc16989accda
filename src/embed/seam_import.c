/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of host functions in a traced store. See seam.h.
 *
 *   BEGIN --gate lets it go--> RUNNING --the host finishes--> END --gate lets it go--> OVER: recorded, then delivered
 *
 * A call of synchronous type that is not OVER when its function has returned holds its guest (runtime/hold.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include "abi/value.h"
#include "embed/callout.h"
#include "embed/flat_host.h"
#include "embed/host_call.h"
#include "embed/linker.h"
#include "embed/seam.h"
#include "embed/seam_args.h"
#include "runtime/hold.h"
#include "runtime/trap.h"

static struct store *store_of_host_call(const struct host_call *call) {
  return call->func->inst->store;
}

/* The store fails with what it is: no host function has failed. */
static void fail_without_memory(struct host_call *call) {
  struct rt_store *rt = &store_of_host_call(call)->rt;
  rt_fail(rt, diag_nomem(&rt->failure));
  outcome_fail(&call->outcome, "out of memory");
}

/* With arguments that are shown again when it has ended. Numbers are copied without an allocation. */
static void run_shown(struct host_call *call) {
  enum { ON_STACK = 16 };
  const struct linker_def *def = call->func->def;
  size_t count = call->args.of.list.count;
  weir_value on_stack[ON_STACK];
  weir_value *given = count <= ON_STACK ? on_stack : value_alloc(count * sizeof(*given));
  call->args_shown = given;
  if (!given || seam_args_give(call->args.of.list.items, count, given) != WEIR_OK)
    fail_without_memory(call);
  else
    callout_host(store_of_host_call(call), def, call->handle, given, count);
  if (given)
    seam_args_take_back(given, count);
  if (given != on_stack)
    free(given);
}

static void run_fn(struct host_call *call, uint64_t cause) {
  struct store *s = store_of_host_call(call);
  const struct linker_def *def = call->func->def;
  uint64_t before = s->cause;
  s->cause = cause;
  call->stage = HOST_STAGE_RUNNING;
  if (def->flat)
    flat_host_call_values(call); /* leaves the arguments as they are */
  else if (call->keep_args)
    run_shown(call);
  else
    callout_host(s, def, call->handle, call->args.of.list.items, call->args.of.list.count);
  if (!call->keep_args)
    weir_value_clear(&call->args);
  s->cause = before;
}

/*
 * Where the host's function has not run the arguments go now: what was given with them is let go of in the host's
 * place.
 */
static void record_end(struct host_call *call, uint64_t cause) {
  struct store *s = store_of_host_call(call);
  uint64_t before = s->cause;
  call->stage = HOST_STAGE_OVER;
  s->cause = cause;
  if (!call->args_shown)
    weir_value_clear(&call->args);
  if (s->tap)
    s->tap->import_end(s->tap_data, call);
  s->cause = before;
}

/* What interceptors let go of meanwhile (a result that they replace) is of the same cause as the call's end. */
static enum seam_next ask_at_end(struct host_call *call, uint64_t cause, struct seam_room *begun) {
  struct store *s = store_of_host_call(call);
  uint64_t before = s->cause;
  s->cause = cause;
  enum seam_next next = s->gate ? s->gate->import_end(s->gate_data, call, begun) : SEAM_GO;
  s->cause = before;
  return next;
}

/* There is an outcome. true: it is final and recorded. `begun`: as the gate's import_end. */
static bool settle(struct host_call *call, uint64_t cause, struct seam_room *begun) {
  if (call->stage == HOST_STAGE_OVER)
    return true;
  call->stage = HOST_STAGE_END;
  if (ask_at_end(call, cause, begun) == SEAM_WAIT)
    return false;
  record_end(call, cause);
  return true;
}

static void queue(struct host_call *call) {
  struct store *s = store_of_host_call(call);
  call->phase = HOST_CALL_FINISHED;
  list_append(&s->host_calls_done, &call->inbox);
  store_wake(s);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static void fail_unheld(struct host_call *call) {
  char message[256];
  bool hosts = call->stage == HOST_STAGE_RUNNING;
  snprintf(message, sizeof(message),
           "host function `" STR_FMT
           "` of synchronous type cannot be held back here: only where an interceptor said that "
           "it holds before the store had instances, and not in start functions",
           STR_ARG(call->func->def->name));
  outcome_clear(&call->outcome);
  struct diag d;
  diag_init(&d);
  if (hosts)
    host_call_unfinished(call, &d);
  outcome_fail(&call->outcome, hosts ? diag_message(&d) : message);
  diag_done(&d);
}

/* The call fails, is told and recorded as failed. */
static weir_status cannot_hold(struct host_call *call, uint64_t cause) {
  struct store *s = store_of_host_call(call);
  uint64_t before = s->cause;
  s->rt.host_calls--;
  s->cause = cause;
  fail_unheld(call);
  s->cause = before;
  settle(call, cause, NULL);
  weir_status status = s->rt.failed ? s->rt.failure.status : host_call_conclude(call);
  host_call_destroy(call);
  return status;
}

static weir_status hold(struct host_call *call, uint64_t cause) {
  bool possible =
      call->stage == HOST_STAGE_RUNNING ? host_call_may_wait(call) : hold_possible(&store_of_host_call(call)->rt);
  return possible ? host_call_hold(call) : cannot_hold(call, cause);
}

static weir_status wait(struct host_call *call, uint64_t cause) {
  struct store *s = store_of_host_call(call);
  if (call->phase != HOST_CALL_FINISHED)
    call->phase = HOST_CALL_PENDING;
  s->rt.host_calls++;
  if (!call->func->rt.type->async)
    return hold(call, cause);
  call->subtask->host = call;
  return WEIR_OK;
}

/* ---- the guest's side -------------------------------------------------------------------------------------------- */

static weir_status conclude(struct host_call *call) {
  struct store *s = store_of_host_call(call);
  weir_status status = s->rt.failed ? s->rt.failure.status : host_call_conclude(call);
  host_call_destroy(call);
  return status;
}

/* What was a flat call waits at its beginning, or with its result; or it cannot, and has failed. */
static weir_status go_on_flat(struct host_call *call) {
  struct store *s = store_of_host_call(call);
  if (s->gate->flat_import(s->gate_data, call) == SEAM_WAIT)
    return wait(call, 0);
  if (call->stage != HOST_STAGE_BEGIN)
    record_end(call, 0);
  return settle(call, 0, NULL) ? conclude(call) : wait(call, 0);
}

/* A tap is told, before the gate. */
static weir_status call_recorded(struct host_call *call) {
  struct store *s = store_of_host_call(call);
  uint64_t event = s->tap->import_call(s->tap_data, call);
  struct seam_room room;
  if (s->rt.failed) {
    host_call_destroy(call);
    return s->rt.failure.status;
  }
  call->stage = HOST_STAGE_BEGIN;
  uint64_t before = s->cause;
  s->cause = event;
  enum seam_next next = s->gate ? s->gate->import_begin(s->gate_data, call, &room) : SEAM_GO;
  s->cause = before;
  if (next == SEAM_GO)
    run_fn(call, event);
  if (next == SEAM_WAIT || call->outcome.kind == HOST_CALL_NONE || !settle(call, event, &room))
    return wait(call, event);
  return conclude(call);
}

/* The same where there is only a gate: the way of most calls, and so short. */
static weir_status call_watched(struct host_call *call) {
  struct store *s = store_of_host_call(call);
  struct seam_room room;
  call->stage = HOST_STAGE_BEGIN;
  enum seam_next next = s->gate ? s->gate->import_begin(s->gate_data, call, &room) : SEAM_GO;
  if (next == SEAM_GO)
    run_fn(call, 0);
  if (next == SEAM_WAIT || call->outcome.kind == HOST_CALL_NONE)
    return wait(call, 0);
  call->stage = HOST_STAGE_END;
  if (s->gate && s->gate->import_end(s->gate_data, call, &room) == SEAM_WAIT)
    return wait(call, 0);
  call->stage = HOST_STAGE_OVER;
  return conclude(call);
}

weir_status seam_import_call(struct host_call *call, weir_value *take_args) {
  struct store *s = store_of_host_call(call);
  call->args = *take_args;
  if (s->flat_waits)
    return go_on_flat(call);
  call->id = ++s->call_ids;
  call->task = s->rt.current ? rt_task_id(&s->rt, s->rt.current->task) : 0;
  return s->tap ? call_recorded(call) : call_watched(call);
}

/* What the host makes of it while it is told is known when it has been told. */
weir_status seam_import_cancel(struct host_call *call) {
  struct store *s = store_of_host_call(call);
  uint64_t event = s->tap ? s->tap->import_cancel(s->tap_data, call) : 0;
  uint64_t before = s->cause;
  if (call->phase != HOST_CALL_PENDING || call->stage != HOST_STAGE_RUNNING || !call->on_cancel.tell)
    return WEIR_OK;
  s->cause = event;
  call->phase = HOST_CALL_CALLING;
  host_call_tell_cancel(call);
  s->cause = before;
  call->phase = HOST_CALL_PENDING;
  if (call->outcome.kind == HOST_CALL_NONE || !settle(call, event, NULL))
    return WEIR_OK;
  s->rt.host_calls--;
  return conclude(call);
}

/* ---- from outside ------------------------------------------------------------------------------------------------ */

void seam_import_finished(struct host_call *call) {
  if (settle(call, store_of_host_call(call)->cause, NULL))
    queue(call);
}

void seam_import_go(struct host_call *call, enum seam_next next) {
  call->phase = HOST_CALL_PENDING;
  if (call->stage == HOST_STAGE_END) { /* the gate has run to its end */
    record_end(call, 0);
    queue(call);
    return;
  }
  if (next == SEAM_DONE) {
    seam_import_finished(call);
  } else if (call->subtask->cancellation_requested) {
    call->outcome.kind = HOST_CALL_CANCELLED;
    seam_import_finished(call);
  } else {
    run_fn(call, 0);
    if (call->outcome.kind != HOST_CALL_NONE && call->stage == HOST_STAGE_RUNNING)
      seam_import_finished(call);
  }
}
