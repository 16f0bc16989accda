/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Calls begin: what is checked, how arguments are taken, and what stays with the host where a call is refused. */
#include "abi/value.h"
#include "base/mem.h"
#include "embed/call.h"
#include "embed/give.h"
#include "embed/seam.h"
#include "runtime/task.h"
#include "runtime/trap.h"

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
  c->base.ops = &call_ops;
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
  bool plain = s->traced || func->type->params->has_handle;
  if (value_keep(&c->args, plain) != WEIR_OK) {
    call_destroy(c);
    return diag_nomem(d);
  }
  if (func->type->params->has_handle && give_value(s, inst->root, func->type->params, &c->args, d) != WEIR_OK) {
    call_destroy(c);
    return d->status;
  }
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

static weir_status call_begin(struct instance *inst, const weir_func *func, weir_value *args, size_t count,
                              struct call **ret, struct diag *d) {
  WEIR_TRY(call_check(inst, func, d));
  WEIR_TRY(call_new(inst, func, args, count, ret, d));
  struct store *s = inst->store;
  struct rt_lift *lift = &inst->root->lifts[func->ref.index];
  (*ret)->inst = inst;
  (*ret)->func = func;
  uintptr_t before = store_enter(s);
  if (s->traced)
    seam_export_start(*ret);
  else if (lift->inst->held > 0 && !lift->type->async)
    seam_export_put_off(*ret);
  else
    call_launch(*ret, lift);
  store_leave(s, before);
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
  struct inbox *mine = inst && store_own(inst->store) ? inst->store->inbox : NULL;
  uintptr_t before = mine ? inbox_enter(mine) : 0; /* so that loans of a call that is refused end at once */
  weir_status status = call_begin(inst, func, take_args, count, ret, d);
  if (status != WEIR_OK)
    refuse_args(func, take_args, count);
  if (mine)
    inbox_leave(mine, before);
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
