/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a store does in its rounds with calls of host functions: results are lowered, cancellations told. */
#include "embed/host_call.h"
#include "embed/limits.h"
#include "embed/seam.h"
#include "runtime/errand.h"
#include "runtime/hold.h"
#include "runtime/trap.h"

void host_call_tell_cancels(struct store *s) {
  struct list batch;
  list_take(&batch, &s->host_cancels);
  while (!list_empty(&batch)) {
    struct host_call *call = LIST_OWNER(batch.next, struct host_call, cancel);
    list_remove(&call->cancel);
    if (call->outcome.kind == HOST_CALL_NONE && !s->rt.failed)
      host_call_tell_cancel(call);
  }
}

static void conclude(void *arg) {
  struct host_call *call = arg;
  struct rt_store *rt = &host_call_store(call)->rt;
  if (!rt->failed)
    rt_fail(rt, host_call_conclude(call));
  host_call_destroy(call);
}

/* To make room for its result. */
static bool may_call_guest(const struct host_call *call) {
  const struct weir_type *type = call->func->rt.type->result;
  return call->outcome.kind == HOST_CALL_RETURNED && type && type->has_pointer;
}

/* Its caller was set aside in the midst of its code, or this step has used up its time slice. */
static bool must_wait(const struct store *s, const struct host_call *call) {
  if (!s->rt.slices || s->rt.failed || call->hold)
    return false;
  return call->subtask->lower->inst->frozen > 0 || (s->rt.slice_used && may_call_guest(call));
}

bool host_call_deliver_all(struct store *s) {
  struct list batch;
  uint32_t pieces = 0;
  bool any = !list_empty(&s->host_calls_done);
  list_take(&batch, &s->host_calls_done);
  while (!list_empty(&batch)) {
    limits_leave_time(s, &pieces); /* where it has none, calls only end from here on */
    struct host_call *call = LIST_OWNER(batch.next, struct host_call, inbox);
    list_remove(&call->inbox);
    if (must_wait(s, call)) {
      list_append(&s->host_calls_done, &call->inbox);
      continue;
    }
    s->rt.host_calls--;
    if (call->hold) /* its own stack sees to it */
      hold_wake(&s->rt, call->hold);
    else if (may_call_guest(call))
      errand_run(&s->rt, call->subtask->lower->inst, conclude, call);
    else
      conclude(call);
  }
  return any;
}

void host_call_release_all(struct store *s) {
  while (!list_empty(&s->host_calls)) {
    struct host_call *call = LIST_OWNER(s->host_calls.next, struct host_call, all);
    call->phase = HOST_CALL_RELEASED;
    if (call->outcome.kind == HOST_CALL_NONE)
      host_call_tell_cancel(call);
    host_call_let_go(call, COMPLETION_GONE);
    host_call_destroy(call);
  }
}
