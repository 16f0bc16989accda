/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What all parts of calls stand on: a call's life, and the caller of its task.
 *
 * What holds: a call goes when its handle is freed, it has ended, its task has exited, and no callback of it runs. In
 * order: life; the task's caller, which learns what the guest does; entering the guest; the ends that a store gives to
 * all of its calls. call_start.c begins calls, call_tell.c tells of them, call_handle.c is what hosts do with one.
 */
#include "embed/call.h"

#include "abi/value.h"
#include "abi/value_kind.h"
#include "base/error.h"
#include "base/mem.h"
#include "embed/failure.h"
#include "embed/seam.h"
#include "runtime/lift.h"
#include "runtime/release.h"

void call_destroy(struct call *c) {
  handle_give(&c->store->handles, c->handle);
  list_remove(&c->all);
  list_remove(&c->inbox);
  list_remove(&c->cancel);
  list_remove(&c->start);
  if (c->gate_wait && c->store->gate)
    c->store->gate->forget(c->store->gate_data, c->gate_wait);
  weir_value_clear(&c->args);
  weir_value_clear(&c->result);
  weir_error_free(c->error);
  mem_free(&c->store->engine->alloc, c, sizeof(*c));
}

void call_free_unless_needed(struct call *c) {
  if (!c->handle && call_ended(c) && !c->task && !c->telling)
    call_destroy(c);
}

/* Something has happened: the embedder is told in a step, if it wants to know. */
static void call_happened(struct call *c, enum call_fact fact) {
  c->facts |= (uint8_t)fact;
  if (!c->handle || (fact != CALL_ENDED && !c->on_event))
    return;
  list_remove(&c->inbox);
  list_append(&c->store->calls_done, &c->inbox);
}

void call_end(struct call *c, weir_status status, weir_error *take_error) {
  weir_value_clear(&c->args);
  list_remove(&c->cancel);
  list_remove(&c->start);
  c->status = status;
  c->error = take_error;
  call_happened(c, CALL_ENDED);
  call_free_unless_needed(c);
}

/* ---- the task's caller ------------------------------------------------------------------------------------------- */

static weir_status host_start(void *caller, struct rt_task *task, struct abi_cx *dst, union eng_val *vals) {
  struct call *c = caller;
  const struct weir_type *params = task->lift->type->params;
  struct abi_place to;
  WEIR_TRY(abi_target(dst, params, MAX_FLAT_PARAMS, vals, NULL, &to));
  weir_status status = abi_lower_value(dst, to, params, &c->args);
  if (!params->has_handle && !c->keep_args)
    weir_value_clear(&c->args);
  call_happened(c, CALL_STARTED);
  return status; /* else they stay until the call has ended; what was given away is gone from them */
}

/* The task has ended: in a traced store the call may go on for a while. */
static void call_task_ended(struct call *c, weir_status status) {
  if (!c->store->traced || c->stage != CALL_STAGE_RUNNING) {
    call_end(c, status, NULL);
    return;
  }
  c->status = status;
  seam_export_ended(c);
}

static weir_status host_resolve(void *caller, struct rt_task *task, struct abi_cx *src, union eng_val *vals,
                                uint32_t max_flat) {
  struct call *c = caller;
  const struct weir_type *type = task->lift->type->result;
  if (!vals) {
    call_task_ended(c, WEIR_ERR_CANCELLED);
    return WEIR_OK;
  }
  if (type) {
    struct abi_place from;
    WEIR_TRY(abi_source(src, type, max_flat, vals, &from));
    WEIR_TRY(abi_lift_value(src, from, type, &c->result));
  }
  call_task_ended(c, WEIR_OK);
  return WEIR_OK;
}

static void host_exited(void *caller, struct rt_task *task) {
  struct call *c = caller;
  (void)task;
  c->task = NULL;
  if (c->store->traced && c->store->tap && c->stage)
    c->store->tap->export_exit(c->store->tap_data, c);
  call_happened(c, CALL_EXITED);
  call_free_unless_needed(c);
}

static const struct rt_caller_ops host_caller = {.start = host_start, .resolve = host_resolve, .exited = host_exited};
static const struct rt_caller_ops nobody = {0};

/* The task is dead with its store: its frames may still unwind, but nobody listens. */
static void call_abandon(struct call *c) {
  if (!c->task)
    return;
  c->task->ops = &nobody;
  c->task = NULL;
  call_happened(c, CALL_EXITED);
}

/* ---- entering the guest ------------------------------------------------------------------------------------------ */

void call_launch(struct call *c, struct rt_lift *lift) {
  struct store *s = c->store;
  s->rt.nesting_depth++;
  weir_status status = lift_call(lift, lift->inst->depth + 1, &host_caller, c, NULL, &c->task);
  s->rt.nesting_depth--;
  if (status != WEIR_OK) {
    if (s->traced)
      seam_check_failed(s);
    call_fail_all(s);
  }
  store_wake(s);
}

weir_status call_take_over(struct store *s, struct rt_task *task, const uint64_t *args, struct call **ret,
                           struct diag *d) {
  const struct weir_type *params = task->lift->type->params;
  struct call *c = mem_zalloc(&s->engine->alloc, sizeof(*c));
  if (!c || weir_value_new_record(params->field_count, &c->args) != WEIR_OK) {
    mem_free(&s->engine->alloc, c, sizeof(*c));
    return diag_nomem(d);
  }
  for (uint32_t i = 0; i < params->field_count; i++) {
    c->args.of.list.items[i].kind = value_kind_of(params->fields[i].type->kind);
    c->args.of.list.items[i].of.u64 = args[i];
  }
  list_init(&c->inbox);
  list_init(&c->cancel);
  list_init(&c->start);
  list_append(&s->calls, &c->all);
  c->store = s;
  c->type = task->lift->type;
  c->task = task;
  task->ops = &host_caller;
  task->caller = c;
  *ret = c;
  return WEIR_OK;
}

/* ---- all calls of a store ---------------------------------------------------------------------------------------- */

/*
 * Ends every call with `status`; those that nobody holds go with it. What a call lets go of may run a destructor of the
 * host's, and that may free any other call: so the next one is always the first of those that are left.
 */
void call_end_all(struct store *s, weir_status status, bool failed) {
  struct list left;
  list_take(&left, &s->calls);
  while (!list_empty(&left)) {
    struct call *c = LIST_OWNER(left.next, struct call, all);
    list_remove(&c->all);
    list_append(&s->calls, &c->all);
    bool ended = call_ended(c);
    call_abandon(c);
    if (!ended)
      call_end(c, status, failed ? failure_error(s) : NULL);
    else
      call_free_unless_needed(c);
  }
}

void call_fail_all(struct store *s) {
  hold_drop_aside(&s->rt);
  call_end_all(s, s->rt.failure.status, true);
}
