/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A call in front of interceptors. What always holds: the first `*depth` interceptors were told of its beginning, and
 * not yet of its end.
 *
 * In order: what interceptors see; their functions (weir_crossing_answer() and so on); the outcome of a call, of three
 * kinds; waiting; the way in, the way out, and failures.
 */
#include "intercept/crossing.h"

#include <stdlib.h>
#include <string.h>

#include "abi/value.h"
#include "base/error.h"
#include "base/utf8.h"
#include "embed/give.h"
#include "intercept/ask.h"

/* ---- what interceptors see --------------------------------------------------------------------------------------- */

/* Field by field: this is on the way of every call, and clearing so large an object at once is slow. */
static inline void begin(struct crossing *x, struct chain *chain, struct instance *inst, const struct func_type *type) {
  x->chain = chain;
  x->interceptors =
      inst->gate_part ? &((const struct chain_part *)inst->gate_part)->interceptors : &chain->interceptors;
  x->type = type;
  x->import = NULL;
  x->export = NULL;
  x->flat = NULL;
  x->touched = false;
  x->shown.store = chain->store->handle;
  x->shown.instance = inst->handle;
  x->shown.async_type = type->async;
  x->shown.result = NULL;
  x->shown.status = WEIR_OK;
  x->shown.message = "";
}

static inline void show_args(struct crossing *x, const weir_value *args) {
  bool has = args->kind == WEIR_VALUE_RECORD;
  x->shown.args = has ? args->of.list.items : NULL;
  x->shown.arg_count = has ? args->of.list.count : 0;
}

void crossing_show_args(struct crossing *x, const weir_value *args) {
  show_args(x, args);
}

static inline void show(struct crossing *x, bool import, uint64_t id, uint64_t task, const weir_value *args) {
  x->shown.import = import;
  x->shown.call = id;
  x->shown.task = task;
  show_args(x, args);
}

static inline void show_name(struct crossing *x, struct str interface_name, struct str name) {
  x->shown.interface_name = interface_name.data;
  x->shown.interface_size = interface_name.size;
  x->shown.name = name.data;
  x->shown.name_size = name.size;
}

void crossing_of_import(struct crossing *x, struct chain *chain, struct host_call *call) {
  begin(x, chain, call->func->inst, call->func->rt.type);
  x->import = call;
  x->depth = &call->gate_depth;
  call->keep_args = x->interceptors->hear_ends;
  show(x, true, call->id, call->task, &call->args);
  show_name(x, call->func->decl->interface_name, call->func->decl->name);
}

/* A task has a number once it has called an import: to look must not give it one, since records have them. */
void crossing_of_export(struct crossing *x, struct chain *chain, struct call *c) {
  begin(x, chain, c->inst, c->type);
  x->export = c;
  x->depth = &c->gate_depth;
  c->keep_args = x->interceptors->hear_ends;
  show(x, false, c->id, c->task ? c->task->id : 0, &c->args);
  show_name(x, c->func->interface_name, c->func->name);
}

void crossing_of_flat(struct crossing *x, struct chain *chain, struct seam_flat *c) {
  begin(x, chain, c->inst, c->type);
  x->flat = c;
  x->depth = &c->depth;
  show(x, c->import, c->id, c->task, &c->args);
  if (c->import)
    show_name(x, c->import->decl->interface_name, c->import->decl->name);
  else
    show_name(x, c->export->interface_name, c->export->name);
}

void crossing_touch(struct crossing *x) {
  if (x->touched)
    return;
  x->touched = true;
  x->answer = (weir_value){0};
  x->words = NULL;
  x->hook = NULL;
}

void crossing_done(struct crossing *x) {
  if (!x->touched)
    return;
  weir_value_clear(&x->answer);
  free(x->words);
  hook_gone(x->hook);
  x->touched = false;
}

/* ---- for interceptors -------------------------------------------------------------------------------------------- */

static struct crossing *crossing_of(weir_crossing *c) {
  return (struct crossing *)(void *)c;
}

weir_verdict weir_crossing_answer(weir_crossing *c, weir_value *take_result) {
  struct crossing *x = crossing_of(c);
  crossing_touch(x);
  weir_value_clear(&x->answer);
  if (take_result) {
    x->answer = *take_result;
    *take_result = (weir_value){0};
  }
  return value_keep(&x->answer, true) == WEIR_OK ? WEIR_ANSWER : weir_crossing_fail(c, "out of memory");
}

weir_verdict weir_crossing_fail(weir_crossing *c, const char *message) {
  struct crossing *x = crossing_of(c);
  crossing_touch(x);
  free(x->words);
  x->words = message ? utf8_copy(message) : NULL;
  return WEIR_FAIL;
}

weir_hook *weir_crossing_hold(weir_crossing *c) {
  struct crossing *x = crossing_of(c);
  crossing_touch(x);
  if (!x->hook)
    x->hook = hook_new(x->chain->store->inbox, chain_decided);
  return x->hook;
}

const weir_type *weir_crossing_param_type(const weir_crossing *c, size_t index) {
  const struct weir_type *params = ((const struct crossing *)(const void *)c)->type->params;
  return index < params->field_count ? params->fields[index].type : NULL;
}

const weir_type *weir_crossing_result_type(const weir_crossing *c) {
  return ((const struct crossing *)(const void *)c)->type->result;
}

/* ---- the outcome ------------------------------------------------------------------------------------------------- */

static weir_status import_status(const struct host_call *call) {
  switch (call->outcome.kind) {
    case HOST_CALL_RETURNED:
      return WEIR_OK;
    case HOST_CALL_EXITED:
      return WEIR_ERR_EXIT;
    case HOST_CALL_CANCELLED:
      return WEIR_ERR_CANCELLED;
    default:
      return WEIR_ERR_HOST;
  }
}

static weir_status status_of(const struct crossing *x) {
  if (x->flat)
    return x->flat->status;
  return x->import ? import_status(x->import) : x->export->status;
}

static const char *message_of(const struct crossing *x, weir_status status) {
  const char *words = NULL;
  if (x->flat)
    words = x->flat->message;
  else if (x->import)
    words = x->import->outcome.message;
  else if (x->export->error)
    words = weir_error_message(x->export->error);
  if (words)
    return words;
  return status == WEIR_ERR_CANCELLED ? "the call was cancelled" : weir_status_name(status);
}

static const weir_value *result_of(const struct crossing *x) {
  if (x->flat)
    return &x->flat->result;
  return x->import ? &x->import->outcome.result : &x->export->result;
}

static void set_failed(struct crossing *x) {
  const char *words = x->words ? x->words : "an interceptor failed the call";
  if (x->import) {
    outcome_clear(&x->import->outcome);
    outcome_fail(&x->import->outcome, words);
    return;
  }
  if (x->flat) {
    free(x->flat->message);
    x->flat->message = strdup(words);
    x->flat->status = WEIR_ERR_HOST;
    weir_value_clear(&x->flat->result);
    return;
  }
  struct error_detail detail = {.status = WEIR_ERR_HOST, .message = words};
  weir_value_clear(&x->export->result);
  weir_error_free(x->export->error);
  x->export->status = WEIR_ERR_HOST;
  x->export->error = error_new(&detail);
}

/* As the host's own function is checked: the value is of the type, and the handles in it are the host's to give. */
static bool check_answer(struct crossing *x) {
  const struct weir_type *type = x->type->result;
  struct store *s = x->chain->store;
  struct diag d;
  diag_init(&d);
  bool good = value_check(type, &x->answer, &d) == WEIR_OK;
  if (good && x->import && type && type->has_handle)
    good = give_value(s, x->import->subtask->lower->inst->root, type, &x->answer, &d) == WEIR_OK;
  if (!good)
    weir_crossing_fail(&x->shown, diag_message(&d));
  diag_done(&d);
  return good;
}

static void set_answer(struct crossing *x) {
  if (!check_answer(x)) {
    set_failed(x);
    return;
  }
  if (x->import) {
    x->import->outcome.kind = HOST_CALL_RETURNED;
    x->import->outcome.result = x->answer;
  } else if (x->flat) {
    x->flat->status = WEIR_OK;
    x->flat->result = x->answer;
  } else {
    x->export->status = WEIR_OK;
    x->export->result = x->answer;
  }
  x->answer = (weir_value){0};
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* What is flat cannot wait: what is left of it when its stack is gone goes into an ordinary call. */
static bool wait_flat(struct crossing *x, uint32_t at, bool before) {
  if (!x->hook)
    return false;
  x->chain->late = (struct chain_late){.hook = x->hook,
                                       .at = at,
                                       .depth = x->flat->depth,
                                       .before = before,
                                       .id = x->flat->id,
                                       .task = x->flat->task,
                                       .result = x->flat->result};
  x->hook = NULL;
  x->chain->store->flat_waits = true;
  return true;
}

bool crossing_wait(struct crossing *x, uint32_t at) {
  struct chain_waiting *w = x->hook ? malloc(sizeof(*w)) : NULL;
  if (!w)
    return false;
  *w = (struct chain_waiting){.hook = x->hook, .import = x->import, .export = x->export, .at = at};
  x->hook->waiting = w;
  x->hook = NULL;
  if (x->import)
    x->import->gate_wait = w;
  else
    x->export->gate_wait = w;
  x->chain->store->gate_waits++;
  return true;
}

enum seam_next crossing_decide(struct crossing *x, weir_verdict verdict, uint32_t at, bool before, bool *ret_on) {
  *ret_on = false;
  crossing_touch(x);
  if (verdict != WEIR_PENDING) { /* made in vain: its user finds the call gone */
    hook_gone(x->hook);
    x->hook = NULL;
  }
  if (verdict == WEIR_GO_ON) {
    *ret_on = true;
    return SEAM_GO;
  }
  if (verdict == WEIR_PENDING && (x->flat ? wait_flat(x, at, before) : crossing_wait(x, at)))
    return SEAM_WAIT;
  if (verdict == WEIR_ANSWER && before) {
    set_answer(x);
    return SEAM_DONE;
  }
  if (verdict == WEIR_PENDING)
    weir_crossing_fail(&x->shown, "an interceptor keeps a call waiting without a hook");
  else if (verdict == WEIR_ANSWER)
    weir_crossing_fail(&x->shown, "an interceptor answered a call that has its result already");
  set_failed(x);
  return SEAM_DONE;
}

/* ---- through the chain ------------------------------------------------------------------------------------------- */

/* An interceptor at `at` has said more than "go on". true: the next one is asked all the same. */
static bool heed(struct crossing *x, weir_verdict verdict, uint32_t at, bool before, enum seam_next *ret) {
  bool on;
  *ret = crossing_decide(x, verdict, at, before, &on);
  return on;
}

/* Interceptors run from here on: they may not call into the store. What it was is put back behind them. */
static bool hook_in(struct crossing *x) {
  bool before = x->chain->store->hooked;
  x->chain->store->hooked = true;
  return before;
}

enum seam_next crossing_go_in(struct crossing *x, uint32_t from) {
  const struct interceptor *all = x->interceptors->of.data;
  uint32_t count = x->interceptors->of.count;
  bool hooked = hook_in(x);
  enum ask ask = x->shown.import ? ASK_BEFORE_IMPORT : ASK_BEFORE_EXPORT;
  enum seam_next next = SEAM_GO;
  for (uint32_t i = from; i < count; i++) {
    weir_verdict verdict = interceptor_ask(x->chain->store, &all[i], ask, &x->shown);
    *x->depth = i + 1;
    if ((verdict != WEIR_GO_ON || x->touched) && !heed(x, verdict, i, true, &next))
      break;
  }
  x->chain->store->hooked = hooked;
  crossing_done(x);
  return next;
}

void crossing_tell_failure(struct crossing *x, weir_status status, const char *message) {
  x->shown.status = status;
  x->shown.message = message;
  x->shown.result = NULL;
  bool hooked = hook_in(x);
  while (*x->depth > 0) {
    const struct interceptor *one = &x->interceptors->of.data[--*x->depth];
    interceptor_tell_failure(x->chain->store, one, &x->shown);
  }
  x->chain->store->hooked = hooked;
}

static enum seam_next end_failed(struct crossing *x, enum seam_next next) {
  if (next != SEAM_WAIT)
    crossing_tell_failure(x, status_of(x), message_of(x, status_of(x)));
  crossing_done(x);
  return next;
}

enum seam_next crossing_go_out(struct crossing *x) {
  const struct interceptor *all = x->interceptors->of.data;
  enum ask ask = x->shown.import ? ASK_AFTER_IMPORT : ASK_AFTER_EXPORT;
  enum seam_next next = SEAM_GO;
  if (status_of(x) != WEIR_OK)
    return end_failed(x, next);
  const weir_value *result = result_of(x);
  x->shown.result = result->kind == WEIR_VALUE_NONE ? NULL : result;
  bool hooked = hook_in(x), on = true;
  while (on && *x->depth > 0) {
    const struct interceptor *one = &all[--*x->depth];
    weir_verdict verdict = interceptor_ask(x->chain->store, one, ask, &x->shown);
    if (verdict != WEIR_GO_ON || x->touched)
      on = heed(x, verdict, *x->depth, false, &next);
  }
  x->chain->store->hooked = hooked;
  if (!on)
    return end_failed(x, next); /* after a call they can only fail it, or let it wait */
  crossing_done(x);
  return next;
}
