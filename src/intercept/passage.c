/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See passage.h. */
#include "intercept/passage.h"

#include <stdlib.h>
#include <string.h>

#include "abi/value.h"
#include "base/error.h"

/* ---- what interceptors see ------------------------------------------------------------------------------------------ */

/* Field by field: this is on the way of every call, and clearing so large an object at once is slow. */
static inline void begin(struct passage *p, struct chain *chain, struct instance *inst, const struct func_type *type) {
  p->chain = chain;
  p->links = inst->gate_part ? &((const struct chain_part *)inst->gate_part)->links : &chain->links;
  p->type = type;
  p->import = NULL;
  p->export = NULL;
  p->flat = NULL;
  p->touched = false;
  p->shown.store = chain->store->handle;
  p->shown.instance = inst->handle;
  p->shown.async_type = type->async;
  p->shown.result = NULL;
  p->shown.status = WEIR_OK;
  p->shown.message = "";
}

static inline void show(struct passage *p, bool import, uint64_t id, uint64_t task, const weir_value *args) {
  bool has = args->kind == WEIR_VALUE_RECORD;
  p->shown.import = import;
  p->shown.call = id;
  p->shown.task = task;
  p->shown.args = has ? args->of.list.items : NULL;
  p->shown.arg_count = has ? args->of.list.count : 0;
}

static inline void show_name(struct passage *p, struct str interface_name, struct str name) {
  p->shown.interface_name = interface_name.data;
  p->shown.interface_size = interface_name.size;
  p->shown.name = name.data;
  p->shown.name_size = name.size;
}

void passage_of_import(struct passage *p, struct chain *chain, struct host_call *call) {
  begin(p, chain, call->func->inst, call->func->rt.type);
  p->import = call;
  p->depth = &call->gate_depth;
  show(p, true, call->id, call->task, &call->args);
  show_name(p, call->func->decl->interface_name, call->func->decl->name);
}

void passage_of_export(struct passage *p, struct chain *chain, struct call *c) {
  begin(p, chain, c->inst, c->type);
  p->export = c;
  p->depth = &c->gate_depth;
  show(p, false, c->id, c->task ? rt_task_id(&chain->store->rt, c->task) : 0, &c->args);
  show_name(p, c->func->interface_name, c->func->name);
}

void passage_of_flat(struct passage *p, struct chain *chain, struct seam_flat *c) {
  begin(p, chain, c->inst, c->type);
  p->flat = c;
  p->depth = &c->depth;
  show(p, c->import != NULL, c->id, c->task, &c->args);
  if (c->import)
    show_name(p, c->import->decl->interface_name, c->import->decl->name);
  else
    show_name(p, c->export->interface_name, c->export->name);
}

void passage_touch(struct passage *p) {
  if (p->touched)
    return;
  p->touched = true;
  p->answer = (weir_value){0};
  p->words = NULL;
  p->hook = NULL;
}

void passage_done(struct passage *p) {
  if (!p->touched)
    return;
  weir_value_clear(&p->answer);
  free(p->words);
  hook_unref(p->hook);
  p->touched = false;
}

/* ---- for interceptors ----------------------------------------------------------------------------------------------- */

static struct passage *passage_of(weir_crossing *c) {
  return (struct passage *)(void *)c;
}

weir_verdict weir_crossing_answer(weir_crossing *c, weir_value *take_result) {
  struct passage *p = passage_of(c);
  passage_touch(p);
  weir_value_clear(&p->answer);
  if (take_result) {
    p->answer = *take_result;
    *take_result = (weir_value){0};
  }
  return WEIR_ANSWER;
}

weir_verdict weir_crossing_fail(weir_crossing *c, const char *message) {
  struct passage *p = passage_of(c);
  passage_touch(p);
  free(p->words);
  p->words = message ? strdup(message) : NULL;
  return WEIR_FAIL;
}

weir_hook *weir_crossing_hold(weir_crossing *c) {
  struct passage *p = passage_of(c);
  passage_touch(p);
  if (!p->hook)
    p->hook = hook_new(p->chain->store->inbox, chain_decided);
  return p->hook;
}

const weir_type *weir_crossing_param_type(const weir_crossing *c, size_t index) {
  const struct weir_type *params = ((const struct passage *)(const void *)c)->type->params;
  return index < params->field_count ? params->fields[index].type : NULL;
}

const weir_type *weir_crossing_result_type(const weir_crossing *c) {
  return ((const struct passage *)(const void *)c)->type->result;
}

/* ---- the outcome ---------------------------------------------------------------------------------------------------- */

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

static weir_status status_of(const struct passage *p) {
  if (p->flat)
    return p->flat->status;
  return p->import ? import_status(p->import) : p->export->status;
}

static const char *message_of(const struct passage *p) {
  if (p->flat)
    return p->flat->message;
  if (p->import)
    return p->import->outcome.message;
  return p->export->error ? weir_error_message(p->export->error) : "";
}

static const weir_value *result_of(const struct passage *p) {
  if (p->flat)
    return &p->flat->result;
  return p->import ? &p->import->outcome.result : &p->export->result;
}

static void set_failed(struct passage *p) {
  const char *words = p->words ? p->words : "an interceptor failed the call";
  if (p->import) {
    outcome_clear(&p->import->outcome);
    outcome_fail(&p->import->outcome, words);
    return;
  }
  if (p->flat) {
    free(p->flat->message);
    p->flat->message = strdup(words);
    p->flat->status = WEIR_ERR_HOST;
    weir_value_clear(&p->flat->result);
    return;
  }
  struct error_detail detail = {.status = WEIR_ERR_HOST, .message = words};
  weir_value_clear(&p->export->result);
  weir_error_free(p->export->error);
  p->export->status = WEIR_ERR_HOST;
  p->export->error = error_new(&detail);
}

/* An import's result is checked where it is lowered, as if the host's function had given it. */
static bool check_answer(struct passage *p) {
  struct diag d;
  if (p->shown.import)
    return true;
  diag_init(&d);
  bool good = value_check(p->type->result, &p->answer, &d) == WEIR_OK;
  if (!good)
    weir_crossing_fail(&p->shown, diag_message(&d));
  diag_done(&d);
  return good;
}

static void set_answer(struct passage *p) {
  if (!check_answer(p)) {
    set_failed(p);
    return;
  }
  if (p->import) {
    p->import->outcome.kind = HOST_CALL_RETURNED;
    p->import->outcome.result = p->answer;
  } else if (p->flat) {
    p->flat->status = WEIR_OK;
    p->flat->result = p->answer;
  } else {
    p->export->status = WEIR_OK;
    p->export->result = p->answer;
  }
  p->answer = (weir_value){0};
}

/* ---- waiting -------------------------------------------------------------------------------------------------------- */

/* What is flat cannot wait: what is left of it when its stack is gone goes into an ordinary call. */
static bool wait_flat(struct passage *p, uint32_t at, bool before) {
  if (!p->hook)
    return false;
  p->chain->late = (struct chain_late){.hook = p->hook,
                                       .at = at,
                                       .depth = p->flat->depth,
                                       .before = before,
                                       .id = p->flat->id,
                                       .task = p->flat->task,
                                       .result = p->flat->result};
  p->hook = NULL;
  p->chain->store->flat_waits = true;
  return true;
}

bool passage_wait(struct passage *p, uint32_t at) {
  struct chain_waiting *w = p->hook ? malloc(sizeof *w) : NULL;
  if (!w)
    return false;
  *w = (struct chain_waiting){.hook = p->hook, .import = p->import, .export = p->export, .at = at};
  p->hook->waiting = w;
  p->hook = NULL;
  if (p->import)
    p->import->gate_wait = w;
  else
    p->export->gate_wait = w;
  p->chain->store->gate_waits++;
  return true;
}

enum seam_next passage_decide(struct passage *p, weir_verdict verdict, uint32_t at, bool before, bool *ret_on) {
  *ret_on = false;
  passage_touch(p);
  if (verdict != WEIR_PENDING && p->hook) { /* made in vain: its user finds the call gone */
    hook_unref(p->hook);
    p->hook = NULL;
  }
  if (verdict == WEIR_GO_ON) {
    *ret_on = true;
    return SEAM_GO;
  }
  if (verdict == WEIR_PENDING && (p->flat ? wait_flat(p, at, before) : passage_wait(p, at)))
    return SEAM_WAIT;
  if (verdict == WEIR_ANSWER && before) {
    set_answer(p);
    return SEAM_DONE;
  }
  if (verdict == WEIR_PENDING)
    weir_crossing_fail(&p->shown, "an interceptor keeps a call waiting without a hook");
  else if (verdict == WEIR_ANSWER)
    weir_crossing_fail(&p->shown, "an interceptor answered a call that has its result already");
  set_failed(p);
  return SEAM_DONE;
}

/* ---- through the chain ---------------------------------------------------------------------------------------------- */

/* An interceptor at `at` has said more than "go on". true: the next one is asked all the same. */
static bool heed(struct passage *p, weir_verdict verdict, uint32_t at, bool before, enum seam_next *ret) {
  bool on;
  *ret = passage_decide(p, verdict, at, before, &on);
  return on;
}

/* Interceptors run from here on: they may not call into the store. What it was is put back behind them. */
static bool hook_in(struct passage *p) {
  bool before = p->chain->store->hooked;
  p->chain->store->hooked = true;
  return before;
}

enum seam_next passage_go_in(struct passage *p, uint32_t from) {
  const struct link *links = p->links->of.data;
  uint32_t count = p->links->of.count;
  bool hooked = hook_in(p);
  enum ask ask = p->shown.import ? ASK_BEFORE_IMPORT : ASK_BEFORE_EXPORT;
  enum seam_next next = SEAM_GO;
  for (uint32_t i = from; i < count; i++) {
    weir_verdict verdict = links[i].ask[ask] ? links[i].ask[ask](links[i].data, &p->shown) : WEIR_GO_ON;
    *p->depth = i + 1;
    if ((verdict != WEIR_GO_ON || p->touched) && !heed(p, verdict, i, true, &next))
      break;
  }
  p->chain->store->hooked = hooked;
  passage_done(p);
  return next;
}

void passage_tell_failure(struct passage *p, uint32_t from, weir_status status, const char *message) {
  p->shown.status = status;
  p->shown.message = message ? message : "";
  p->shown.result = NULL;
  bool hooked = hook_in(p);
  for (uint32_t i = from; i > 0; i--) {
    const struct link *l = &p->links->of.data[i - 1];
    if (l->failure)
      l->failure(l->data, &p->shown);
  }
  p->chain->store->hooked = hooked;
}

static enum seam_next end_failed(struct passage *p, uint32_t left, enum seam_next next) {
  if (next != SEAM_WAIT)
    passage_tell_failure(p, left, status_of(p), message_of(p));
  passage_done(p);
  return next;
}

enum seam_next passage_go_out(struct passage *p, uint32_t left) {
  const struct link *links = p->links->of.data;
  enum ask ask = p->shown.import ? ASK_AFTER_IMPORT : ASK_AFTER_EXPORT;
  enum seam_next next = SEAM_GO;
  if (status_of(p) != WEIR_OK)
    return end_failed(p, left, next);
  const weir_value *result = result_of(p);
  p->shown.result = result->kind == WEIR_VALUE_NONE ? NULL : result;
  bool hooked = hook_in(p), on = true;
  while (on && left > 0) {
    const struct link *l = &links[--left];
    weir_verdict verdict = l->ask[ask] ? l->ask[ask](l->data, &p->shown) : WEIR_GO_ON;
    if (verdict != WEIR_GO_ON || p->touched)
      on = heed(p, verdict, left, false, &next);
  }
  p->chain->store->hooked = hooked;
  if (!on)
    return end_failed(p, left, next); /* after a call they can only fail it, or let it wait */
  passage_done(p);
  return next;
}
