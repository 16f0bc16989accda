/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See call.h. */
#include "embed/call.h"

#include "abi/value.h"
#include "abi/value_kind.h"
#include "base/error.h"
#include "base/mem.h"
#include "embed/failure.h"
#include "embed/give.h"
#include "embed/seam.h"
#include "runtime/lift.h"
#include "runtime/release.h"
#include "runtime/task.h"
#include "runtime/trap.h"

struct call *call_of(const weir_call *handle) {
  return handle_object(handle, HANDLE_CALL);
}

static void call_destroy(struct call *c) {
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

static bool call_ended(const struct call *c) {
  return (c->facts & CALL_ENDED) != 0;
}

static void call_destroy_unless_needed(struct call *c) {
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
  call_destroy_unless_needed(c);
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
  call_destroy_unless_needed(c);
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

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static weir_status check_args(const struct func_type *type, weir_value *args, size_t count, struct diag *d) {
  uint32_t want = type->params->field_count;
  if (count != want)
    return diag_set(d, WEIR_ERR_TYPE, "the function takes %u argument%s, not %zu", want, want == 1 ? "" : "s", count);
  for (uint32_t i = 0; i < want; i++) {
    weir_status status = value_check(type->params->fields[i].type, &args[i], d);
    if (status != WEIR_OK) {
      diag_prefix(d, "argument %u (" STR_FMT "): ", i + 1, STR_ARG(type->params->fields[i].label));
      return status;
    }
  }
  return WEIR_OK;
}

static weir_status call_new(struct instance *inst, const weir_func *func, weir_value *args, size_t count,
                            struct call **ret, struct diag *d) {
  struct store *s = inst->store;
  WEIR_TRY(check_args(func->type, args, count, d));
  struct call *c = mem_zalloc(&s->engine->alloc, sizeof(*c));
  if (!c)
    return diag_nomem(d);
  list_init(&c->inbox);
  list_init(&c->cancel);
  list_init(&c->start);
  list_append(&s->calls, &c->all);
  c->store = s;
  c->type = func->type;
  c->handle = handle_take(&s->handles, HANDLE_CALL, c);
  if (!c->handle || weir_value_new_record(count, &c->args) != WEIR_OK) {
    call_destroy(c);
    return diag_nomem(d);
  }
  for (size_t i = 0; i < count; i++) {
    c->args.of.list.items[i] = args[i];
    if (func->type->params->fields[i].type->kind != TYPE_BORROW)
      args[i] = (weir_value){0};
  }
  if (func->type->params->has_handle && give_value(s, inst->root, func->type->params, &c->args, d) != WEIR_OK) {
    call_destroy(c);
    return d->status;
  }
  *ret = c;
  return WEIR_OK;
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

weir_status call_check(struct instance *inst, const weir_func *func, struct diag *d) {
  if (!inst || !func)
    return diag_set(d, WEIR_ERR_MISUSE, inst ? "there is no function" : "the instance is gone with its store");
  struct store *s = inst->store;
  if (!store_own(s))
    return diag_set(d, WEIR_ERR_MISUSE, "the store belongs to another thread (weir_store_disown)");
  if (func->graph != inst->component->graph)
    return diag_set(d, WEIR_ERR_MISUSE, "the function belongs to another component than the instance");
  if (s->rt.current || s->entered || s->hooked)
    return diag_set(d, WEIR_ERR_MISUSE,
                    "a call cannot be started from inside a host function, an interceptor or the wake callback");
  if (s->rt.stopping)
    return diag_set(d, WEIR_ERR_MISUSE, "the store is being freed");
  if (func->imported)
    return diag_set(d, WEIR_ERR_MISUSE, "`" STR_FMT "` is an import: the component calls it", STR_ARG(func->name));
  if (func->ref.kind != FUNC_REF_LIFT)
    return diag_set(d, WEIR_ERR_UNSUPPORTED, "`" STR_FMT "` is an import that is exported again: call the host's own",
                    STR_ARG(func->name));
  if (rt_tasks_full(&s->rt))
    return diag_set(d, WEIR_ERR_LIMIT, "no more than %u live tasks and threads (weir_store_config.max_tasks sets it)",
                    s->rt.limits.tasks);
  if (s->rt.failed)
    return diag_set(d, WEIR_ERR_TRAP, "wasm trap: cannot enter component instance (it has failed before: %s)",
                    diag_message(&s->rt.failure));
  return WEIR_OK;
}

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

static weir_status call_begin(struct instance *inst, const weir_func *func, weir_value *args, size_t count,
                              struct call **ret, struct diag *d) {
  WEIR_TRY(call_check(inst, func, d));
  WEIR_TRY(call_new(inst, func, args, count, ret, d));
  struct store *s = inst->store;
  struct rt_lift *lift = &inst->root->lifts[func->ref.index];
  (*ret)->inst = inst;
  (*ret)->func = func;
  s->entered = true;
  if (s->traced)
    seam_export_start(*ret);
  else if (lift->inst->held > 0 && !lift->type->async)
    seam_export_put_off(*ret);
  else
    call_launch(*ret, lift);
  s->entered = false;
  return WEIR_OK;
}

/* What was to be lent stays with the caller. */
static void refuse_args(const weir_func *func, weir_value *args, size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct weir_type *t = func ? weir_func_param_type(func, i) : NULL;
    if (!t || t->kind != TYPE_BORROW || args[i].kind != WEIR_VALUE_RESOURCE)
      give_refused(t, &args[i]);
  }
}

weir_status call_start(struct instance *inst, const weir_func *func, weir_value *take_args, size_t count,
                       struct call **ret, struct diag *d) {
  weir_status status = call_begin(inst, func, take_args, count, ret, d);
  if (status != WEIR_OK)
    refuse_args(func, take_args, count);
  return status;
}

weir_status weir_call_start(weir_instance *instance, const weir_func *func, weir_value *take_args, size_t count,
                            weir_call_fn done, void *data, weir_call **ret, weir_error **ret_error) {
  struct diag d;
  struct call *c;
  diag_init(&d);
  weir_status status = call_start(instance_get(instance), func, take_args, count, &c, &d);
  if (status == WEIR_OK) {
    c->done = done;
    c->data = data;
    *ret = c->handle;
  } else {
    diag_raise(&d, ret_error);
  }
  diag_done(&d);
  return status;
}

/* ---- the outcome ------------------------------------------------------------------------------------------------- */

/* The call of a handle, if it is not stale and the calling thread may use it. */
static struct call *call_mine(const weir_call *handle) {
  struct call *c = call_of(handle);
  return c && store_is_mine(c->store) ? c : NULL;
}

weir_status weir_call_on_event(weir_call *call, weir_call_event_fn on_event, void *data) {
  struct call *c = call_mine(call);
  if (!c)
    return WEIR_ERR_MISUSE;
  c->on_event = on_event;
  c->event_data = data;
  if (!on_event || c->facts == c->told)
    return WEIR_OK;
  if (list_empty(&c->inbox))
    list_append(&c->store->calls_done, &c->inbox);
  store_wake(c->store);
  return WEIR_OK;
}

bool weir_call_finished(const weir_call *call) {
  const struct call *c = call_mine(call);
  return c && call_ended(c);
}

bool call_settled(const weir_call *handle) {
  const struct call *c = call_mine(handle);
  return c && call_ended(c) && !(c->task && c->store->rt.slices && c->task->returning);
}

bool weir_call_exited(const weir_call *call) {
  const struct call *c = call_mine(call);
  return c && (c->facts & CALL_EXITED) != 0;
}

static weir_status misuse(const char *message, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  diag_set(&d, WEIR_ERR_MISUSE, "%s", message);
  diag_raise(&d, ret_error);
  diag_done(&d);
  return WEIR_ERR_MISUSE;
}

static void take_error(struct call *c, weir_error **ret_error) {
  bool cancelled = c->status == WEIR_ERR_CANCELLED;
  struct error_detail detail = {
      .status = c->status,
      .message = cancelled ? "the call was cancelled" : "(the details have been asked for before)",
  };
  *ret_error = c->error ? c->error : error_new(&detail);
  c->error = NULL;
}

weir_status weir_call_result(weir_call *call, weir_value *ret_result, weir_error **ret_error) {
  struct call *c = call_mine(call);
  if (!c)
    return misuse("the call has been freed, or belongs to another thread", ret_error);
  if (!call_ended(c))
    return misuse("the call has not finished yet", ret_error);
  if (c->status != WEIR_OK) {
    if (ret_error)
      take_error(c, ret_error);
    return c->status;
  }
  if (ret_result)
    *ret_result = c->result;
  else
    weir_value_clear(&c->result);
  c->result = (weir_value){0};
  return WEIR_OK;
}

weir_status weir_call_cancel(weir_call *call) {
  struct call *c = call_mine(call);
  if (!c)
    return WEIR_ERR_MISUSE;
  if (call_ended(c) || c->cancel_requested)
    return WEIR_OK;
  c->cancel_requested = true;
  if (c->stage == CALL_STAGE_END)
    return WEIR_OK; /* too late: only an interceptor keeps its outcome back */
  if (c->stage == CALL_STAGE_BEGIN) {
    seam_export_cancel(c);
    return WEIR_OK;
  }
  if (c->store->traced && c->store->tap)
    c->store->tap->export_cancel(c->store->tap_data, c);
  list_append(&c->store->call_cancels, &c->cancel);
  store_wake(c->store);
  return WEIR_OK;
}

bool call_cancel_all(struct store *s) {
  struct list batch;
  bool any = !list_empty(&s->call_cancels);
  list_take(&batch, &s->call_cancels);
  while (!list_empty(&batch)) {
    struct call *c = LIST_OWNER(batch.next, struct call, cancel);
    list_remove(&c->cancel);
    s->rt.nesting_depth++;
    if (c->task && !s->rt.failed)
      rt_fail(&s->rt, task_request_cancellation(c->task, NULL));
    s->rt.nesting_depth--;
  }
  return any;
}

void weir_call_free(weir_call *call) {
  struct call *c = call_mine(call);
  if (!c)
    return;
  handle_give(&c->store->handles, c->handle);
  c->handle = NULL;
  c->done = NULL;
  c->on_event = NULL;
  list_remove(&c->inbox);
  call_destroy_unless_needed(c);
}

/* ---- for the store ----------------------------------------------------------------------------------------------- */

static weir_call_event event_of(const struct call *c, enum call_fact fact) {
  if (fact != CALL_ENDED)
    return fact == CALL_STARTED ? WEIR_CALL_STARTED : WEIR_CALL_EXITED;
  if (c->status == WEIR_OK)
    return WEIR_CALL_RETURNED;
  return c->status == WEIR_ERR_CANCELLED ? WEIR_CALL_CANCELLED : WEIR_CALL_FAILED;
}

/* A callback may free the handle: what comes after is not told then. */
static void call_tell(struct call *c) {
  c->telling = true;
  for (unsigned fact = CALL_STARTED; fact <= CALL_EXITED; fact <<= 1) {
    if (!(c->facts & fact) || (c->told & fact))
      continue;
    if (fact == CALL_EXITED && !call_ended(c))
      break; /* an interceptor keeps its end back */
    c->told |= (uint8_t)fact;
    if (c->on_event)
      c->on_event(c->event_data, c->handle, event_of(c, (enum call_fact)fact));
    if (fact == CALL_ENDED && c->done)
      c->done(c->data, c->handle);
  }
  c->telling = false;
  call_destroy_unless_needed(c);
}

bool call_deliver_all(struct store *s) {
  struct list batch;
  bool any = !list_empty(&s->calls_done);
  list_take(&batch, &s->calls_done);
  while (!list_empty(&batch)) {
    struct call *c = LIST_OWNER(batch.next, struct call, inbox);
    list_remove(&c->inbox);
    call_tell(c);
  }
  return any;
}

/* Ends every call with `status`; those that nobody holds go with it. */
static void call_end_all(struct store *s, weir_status status, bool failed) {
  for (struct list *n = s->calls.next, *next; n != &s->calls; n = next) {
    next = n->next;
    struct call *c = LIST_OWNER(n, struct call, all);
    bool ended = call_ended(c);
    call_abandon(c);
    if (!ended)
      call_end(c, status, failed ? failure_error(s) : NULL);
    else
      call_destroy_unless_needed(c);
  }
}

void call_fail_all(struct store *s) {
  hold_drop_aside(&s->rt);
  call_end_all(s, s->rt.failure.status, true);
}

void call_release_all(struct store *s) {
  call_end_all(s, WEIR_ERR_CANCELLED, false);
  call_deliver_all(s);
  while (!list_empty(&s->calls))
    call_destroy(LIST_OWNER(s->calls.next, struct call, all));
}
