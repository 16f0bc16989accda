/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of scalars; behind weir/flat.h. The caller's record lives on the stack. Where the call is given up while its
 * task goes on, an ordinary call takes the task over.
 */
#include "weir/flat.h"

#include <stdlib.h>

#include "embed/call.h"
#include "embed/failure.h"
#include "embed/flat_host.h"
#include "embed/seam.h"
#include "embed/store_step.h"
#include "runtime/lift.h"
#include "runtime/task.h"
#include "runtime/trap.h"

struct flat_call {
  struct seam_flat *watched; /* NULL: nobody watches */
  const uint64_t *args;
  size_t count;
  uint64_t result;
  bool ended, cancelled;
  struct rt_task *task; /* until it has exited */
};

/* ---- the task's caller ------------------------------------------------------------------------------------------- */

static weir_status flat_start(void *caller, struct rt_task *task, struct abi_cx *dst, union eng_val *vals) {
  const struct flat_call *c = caller;
  abi_lower_scalars(dst, (struct abi_place){vals, 0}, task->lift->type->params, c->args);
  return WEIR_OK;
}

static weir_status flat_resolve(void *caller, struct rt_task *task, struct abi_cx *src, union eng_val *vals,
                                uint32_t max_flat) {
  struct flat_call *c = caller;
  const struct weir_type *type = task->lift->type->result;
  (void)max_flat; /* one scalar is always flat */
  c->ended = true;
  c->cancelled = !vals;
  if (!vals || !type)
    return WEIR_OK;
  return abi_lift_scalar(src, (struct abi_place){vals, 0}, type, &c->result);
}

static void flat_exited(void *caller, struct rt_task *task) {
  (void)task;
  ((struct flat_call *)caller)->task = NULL;
}

/* It may trap until its task has come to its end or to a point where it waits (time slices). */
static bool settled(const struct flat_call *c) {
  return c->ended && !(c->task && c->task->inst->store->slices && c->task->returning);
}

static const struct rt_caller_ops flat_caller = {.start = flat_start, .resolve = flat_resolve, .exited = flat_exited};
static const struct rt_caller_ops nobody = {0};

/* ---- the call ---------------------------------------------------------------------------------------------------- */

static weir_status check(struct instance *inst, const weir_func *func, const uint64_t *args, size_t count,
                         struct diag *d) {
  WEIR_TRY(call_check(inst, func, d));
  const struct weir_type *params = func->type->params;
  if (!weir_func_is_flat(func))
    return diag_set(d, WEIR_ERR_TYPE, "`" STR_FMT "` takes or gives more than booleans, numbers and characters",
                    STR_ARG(func->name));
  if (count != params->field_count)
    return diag_set(d, WEIR_ERR_TYPE, "the function takes %u argument%s, not %zu", params->field_count,
                    params->field_count == 1 ? "" : "s", count);
  for (uint32_t i = 0; i < params->field_count; i++)
    if (!abi_scalar_fits(params->fields[i].type, args[i]))
      return diag_set(d, WEIR_ERR_TYPE, "argument %u is not a Unicode scalar value", i + 1);
  return WEIR_OK;
}

static weir_status given_up(weir_step step, struct diag *d) {
  if (step == WEIR_STEP_REFUSED)
    return diag_set(d, WEIR_ERR_WOULD_DEADLOCK, "the call waits, and inside a callback its store cannot be stepped");
  return diag_set(d, WEIR_ERR_DEADLOCK,
                  "wasm trap: deadlock detected: event loop cannot make further progress without the host");
}

/* It has not ended at once: runs the store until it has. */
static weir_status wait_for(struct store *s, struct flat_call *c, struct diag *d) {
  weir_step step = s->stepping ? WEIR_STEP_REFUSED : WEIR_STEP_READY;
  while (step == WEIR_STEP_READY && !settled(c))
    step = store_step(s);
  if (c->ended)
    return WEIR_OK;
  if (s->rt.failed)
    return WEIR_OK;
  struct call *rest;
  WEIR_TRY(rt_fail(&s->rt, call_take_over(s, c->task, c->args, &rest, d)));
  c->task = NULL;
  if (c->watched)
    seam_flat_given_up(c->watched, rest);
  c->watched = NULL;
  return given_up(step, d);
}

/* A synchronous function of an instance that a time slice, or a host, keeps from going on: it goes on first. */
static weir_status wait_to_enter(struct store *s, const struct rt_lift *lift, struct diag *d) {
  weir_step step = s->stepping ? WEIR_STEP_REFUSED : WEIR_STEP_READY;
  while (lift->inst->held > 0 && !lift->type->async && !s->rt.failed) {
    if (step != WEIR_STEP_READY)
      return given_up(step, d);
    step = store_step(s);
  }
  return s->rt.failed ? s->rt.failure.status : WEIR_OK;
}

static weir_status run(struct store *s, struct rt_lift *lift, struct flat_call *c, struct diag *d) {
  WEIR_TRY(wait_to_enter(s, lift, d));
  s->rt.nesting_depth++;
  uintptr_t before = store_enter(s);
  weir_status status = lift_call(lift, lift->inst->depth + 1, &flat_caller, c, NULL, &c->task);
  store_leave(s, before);
  s->rt.nesting_depth--;
  if (status != WEIR_OK) {
    if (s->traced)
      seam_check_failed(s);
    call_fail_all(s);
    store_wake(s);
  } else if (!settled(c)) {
    status = wait_for(s, c, d);
  } else if (store_step_is_wanted(s)) {
    store_wake(s);
  }
  if (c->task)
    c->task->ops = &nobody; /* it goes on, or never will */
  if (s->rt.failed)
    return s->rt.failure.status; /* the store has the words */
  if (status != WEIR_OK)
    return status;
  return c->cancelled ? diag_set(d, WEIR_ERR_CANCELLED, "the call was cancelled") : WEIR_OK;
}

/* With values, as records and whatever waits want them. */
static weir_status run_traced(struct instance *inst, const weir_func *func, struct flat_call *c, struct diag *d,
                              weir_error **ret_error) {
  const struct weir_type *params = func->type->params;
  struct store *s = inst->store;
  weir_value values[TYPE_MAX_FLAT] = {0}, result = {0};
  weir_call *call;
  for (uint32_t i = 0; i < params->field_count; i++)
    flat_value_set(params->fields[i].type, c->args[i], &values[i]);
  WEIR_TRY(weir_call_start(inst->handle, func, values, params->field_count, NULL, NULL, &call, ret_error));
  weir_step step = s->stepping ? WEIR_STEP_REFUSED : WEIR_STEP_READY;
  while (step == WEIR_STEP_READY && !weir_call_finished(call))
    step = store_step(s);
  weir_status status = weir_call_finished(call) ? weir_call_result(call, &result, ret_error) : given_up(step, d);
  weir_call_free(call);
  c->result = flat_bits_of(&result);
  return status;
}

/* What interceptors have made of it. */
static weir_status outcome(struct seam_flat *w, struct flat_call *c, struct diag *d) {
  if (w->status == WEIR_OK) {
    c->result = flat_bits_of(&w->result); /* a scalar: it owns nothing */
  } else if (d->status == WEIR_OK && !w->inst->store->rt.failed) {
    diag_set(d, w->status, "%s", w->message ? w->message : "an interceptor failed the call");
  }
  free(w->message);
  return w->status;
}

/* Watched by interceptors: the call stays on this stack unless one of them lets it wait. */
static weir_status run_watched(struct instance *inst, const weir_func *func, struct flat_call *c, struct diag *d,
                               weir_error **ret_error) {
  struct store *s = inst->store;
  weir_value items[TYPE_MAX_FLAT];
  struct seam_flat w;
  enum seam_next next = seam_flat_export(&w, inst, func, c->args, items);
  if (next == SEAM_GO) {
    c->watched = &w;
    weir_status status = run(s, &inst->root->lifts[func->ref.index], c, d);
    if (!c->watched) /* it goes on without its caller, and so do they */
      return status;
    next = seam_flat_export_end(&w, status, c->result, diag_message(s->rt.failed ? &s->rt.failure : d));
  } else if (next == SEAM_DONE) {
    next = s->gate->flat_end(s->gate_data, &w);
  }
  if (next != SEAM_WAIT)
    return outcome(&w, c, d);
  weir_status status = run_traced(inst, func, c, d, ret_error);
  if (s->flat_waits) /* it could not be made an ordinary call */
    s->gate->flat_drop(s->gate_data);
  return status;
}

static weir_status any_way(struct instance *inst, const weir_func *func, struct flat_call *c, struct diag *d,
                           weir_error **ret_error) {
  WEIR_TRY(check(inst, func, c->args, c->count, d));
  if (!inst->store->traced)
    return run(inst->store, &inst->root->lifts[func->ref.index], c, d);
  if (seam_flat_possible(inst, func))
    return run_watched(inst, func, c, d, ret_error);
  return run_traced(inst, func, c, d, ret_error);
}

weir_status weir_call_flat(weir_instance *instance, const weir_func *func, const uint64_t *args, size_t count,
                           uint64_t *ret_result, weir_error **ret_error) {
  struct flat_call c = {.args = args, .count = count};
  weir_error *error = NULL;
  struct instance *inst = instance_get(instance);
  struct diag d;
  diag_init(&d);
  weir_status status = any_way(inst, func, &c, &d, &error);
  if (status == WEIR_OK) {
    if (ret_result)
      *ret_result = c.result;
    return WEIR_OK;
  }
  if (d.status != WEIR_OK)
    diag_raise(&d, &error);
  else if (!error && inst)
    error = failure_error(inst->store);
  if (ret_error)
    *ret_error = error;
  else
    weir_error_free(error);
  return status;
}
