/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The chain of interceptors of a store: the gate of its seam. A call that nobody keeps waiting goes through without an
 * allocation. One that waits has a chain_waiting, which knows where in the chain it stands.
 */
#include <stdlib.h>

#include "abi/value.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/vec.h"
#include "embed/call.h"
#include "embed/host_call.h"
#include "embed/seam.h"
#include "trace/hook.h"

struct link {
  weir_interceptor vtable;
  void *data;
  void (*free)(void *data);
};

struct chain {
  struct store *store;
  struct inbox *inbox; /* decisions */
  VEC(struct link) links;
};

struct chain_waiting {
  struct weir_hook *hook; /* held */
  struct host_call *import;
  struct call *export; /* one of the two */
  uint32_t at;         /* the link that decides */
};

struct passage {       /* a call in the chain; `shown` is what interceptors see */
  weir_crossing shown; /* first */
  struct chain *chain;
  const struct func_type *type;
  struct host_call *import;
  struct call *export;
  weir_value answer;
  char *words; /* FAIL */
  struct weir_hook *hook;
};

/* ---- what interceptors see ------------------------------------------------------------------------------------------------ */

/* Field by field: this is on the way of every call, and clearing so large an object at once is slow. */
static inline void passage_begin(struct passage *p, struct chain *chain, const struct func_type *type) {
  p->chain = chain;
  p->type = type;
  p->answer.kind = WEIR_VALUE_NONE;
  p->words = NULL;
  p->hook = NULL;
  p->shown.store = chain->store->handle;
  p->shown.async_type = type->async;
  p->shown.result = NULL;
  p->shown.status = WEIR_OK;
  p->shown.message = "";
}

static inline void show(weir_crossing *c, struct str interface, struct str name, const weir_value *args) {
  bool has = args->kind == WEIR_VALUE_RECORD;
  c->interface = interface.data;
  c->interface_size = interface.size;
  c->name = name.data;
  c->name_size = name.size;
  c->args = has ? args->of.list.items : NULL;
  c->arg_count = has ? args->of.list.count : 0;
}

static void import_passage(struct passage *p, struct chain *chain, struct host_call *call) {
  struct instance *inst = call->func->inst;
  const struct graph_host_func *f = call->func->decl;
  passage_begin(p, chain, call->func->rt.type);
  p->import = call;
  p->export = NULL;
  p->shown.instance = inst->handle;
  p->shown.import = true;
  p->shown.call = call->id;
  p->shown.task = call->task;
  show(&p->shown, f->interface, f->name, &call->args);
}

static void export_passage(struct passage *p, struct chain *chain, struct call *c) {
  passage_begin(p, chain, c->type);
  p->import = NULL;
  p->export = c;
  p->shown.instance = c->inst->handle;
  p->shown.import = false;
  p->shown.call = c->id;
  p->shown.task = c->task ? rt_task_id(&chain->store->rt, c->task) : 0;
  show(&p->shown, c->func->interface, c->func->name, &c->args);
}

static struct passage *passage_of(weir_crossing *c) {
  return (struct passage *)(void *)c;
}

weir_verdict weir_crossing_answer(weir_crossing *c, weir_value *take_result) {
  struct passage *p = passage_of(c);
  weir_value_clear(&p->answer);
  if (take_result) {
    p->answer = *take_result;
    *take_result = (weir_value){0};
  }
  return WEIR_ANSWER;
}

weir_verdict weir_crossing_fail(weir_crossing *c, const char *message) {
  struct passage *p = passage_of(c);
  free(p->words);
  p->words = message ? strdup(message) : NULL;
  return WEIR_FAIL;
}

weir_hook *weir_crossing_hold(weir_crossing *c) {
  struct passage *p = passage_of(c);
  if (!p->hook)
    p->hook = hook_new(p->chain->inbox);
  return p->hook;
}

const weir_type *weir_crossing_param_type(const weir_crossing *c, size_t index) {
  const struct weir_type *params = ((const struct passage *)(const void *)c)->type->params;
  return index < params->field_count ? params->fields[index].type : NULL;
}

const weir_type *weir_crossing_result_type(const weir_crossing *c) {
  return ((const struct passage *)(const void *)c)->type->result;
}

/* ---- decisions ---------------------------------------------------------------------------------------------------------------- */

static void set_failed(struct passage *p) {
  const char *words = p->words ? p->words : "an interceptor failed the call";
  if (p->import) {
    outcome_clear(&p->import->outcome);
    outcome_fail(&p->import->outcome, words);
    return;
  }
  struct error_detail detail = {.status = WEIR_ERR_HOST, .message = words};
  weir_value_clear(&p->export->result);
  weir_error_free(p->export->error);
  p->export->status = WEIR_ERR_HOST;
  p->export->error = error_new(&detail);
}

static void set_answer(struct passage *p) {
  struct diag d;
  if (p->import) {
    p->import->outcome.kind = HOST_CALL_RETURNED;
    p->import->outcome.result = p->answer;
    p->answer = (weir_value){0};
    return;
  }
  diag_init(&d);
  if (value_check(p->type->result, &p->answer, &d) == WEIR_OK) {
    p->export->status = WEIR_OK;
    p->export->result = p->answer;
    p->answer = (weir_value){0};
  } else {
    weir_crossing_fail(&p->shown, diag_message(&d));
    set_failed(p);
  }
  diag_done(&d);
}

static void set_waiting(struct passage *p, void *waiting) {
  if (p->import)
    p->import->gate_wait = waiting;
  else
    p->export->gate_wait = waiting;
}

/* The hook was made by the interceptor at `at`. false: there is none. */
static bool wait_at(struct passage *p, uint32_t at) {
  struct chain_waiting *w = p->hook ? malloc(sizeof *w) : NULL;
  if (!w)
    return false;
  *w = (struct chain_waiting){.hook = p->hook, .import = p->import, .export = p->export, .at = at};
  p->hook->waiting = w;
  p->hook = NULL;
  set_waiting(p, w);
  p->chain->store->gate_waits++;
  return true;
}

static void passage_done(struct passage *p) {
  if (p->answer.kind == WEIR_VALUE_NONE && !p->words && !p->hook)
    return;
  weir_value_clear(&p->answer);
  free(p->words);
  hook_unref(p->hook);
  p->words = NULL;
  p->hook = NULL;
}

/* What interceptor `at` has decided. *ret_on: the next one is asked. */
static enum seam_next decide(struct passage *p, weir_verdict verdict, uint32_t at, bool before, bool *ret_on) {
  *ret_on = false;
  if (verdict != WEIR_PENDING && p->hook) { /* made in vain: its user finds the call gone */
    hook_unref(p->hook);
    p->hook = NULL;
  }
  if (verdict == WEIR_GO_ON) {
    *ret_on = true;
    return SEAM_GO;
  }
  if (verdict == WEIR_PENDING && wait_at(p, at))
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

/* ---- through the chain ---------------------------------------------------------------------------------------------------------- */

static weir_verdict ask(const struct link *l, struct passage *p, bool before) {
  weir_verdict (*fn)(void *data, weir_crossing *c);
  if (p->import)
    fn = before ? l->vtable.before_import : l->vtable.after_import;
  else
    fn = before ? l->vtable.before_export : l->vtable.after_export;
  if (!fn)
    return WEIR_GO_ON;
  struct store *s = p->chain->store;
  bool hooked = s->hooked;
  s->hooked = true;
  weir_verdict verdict = fn(l->data, &p->shown);
  s->hooked = hooked;
  return verdict;
}

static uint32_t *depth_of(struct passage *p) {
  return p->import ? &p->import->gate_depth : &p->export->gate_depth;
}

static enum seam_next go_in(struct passage *p, uint32_t from) {
  bool on = true;
  enum seam_next next = SEAM_GO;
  for (uint32_t i = from; on && i < p->chain->links.count; i++) {
    *depth_of(p) = i + 1;
    weir_verdict verdict = ask(&p->chain->links.data[i], p, true);
    if (verdict != WEIR_GO_ON || p->hook)
      next = decide(p, verdict, i, true, &on);
  }
  passage_done(p);
  return next;
}

static void tell_failure(struct passage *p, uint32_t from, weir_status status, const char *message) {
  p->shown.status = status;
  p->shown.message = message ? message : "";
  p->shown.result = NULL;
  struct store *s = p->chain->store;
  bool hooked = s->hooked;
  s->hooked = true;
  for (uint32_t i = from; i > 0; i--) {
    const struct link *l = &p->chain->links.data[i - 1];
    if (l->vtable.failure)
      l->vtable.failure(l->data, &p->shown);
  }
  s->hooked = hooked;
}

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
  return p->import ? import_status(p->import) : p->export->status;
}

static const char *message_of(const struct passage *p) {
  if (p->import)
    return p->import->outcome.message;
  return p->export->error ? weir_error_message(p->export->error) : "";
}

/* `left` interceptors are still to be told, the last first. */
static enum seam_next go_out(struct passage *p, uint32_t left) {
  bool on = true;
  enum seam_next next = SEAM_GO;
  while (on && left > 0 && status_of(p) == WEIR_OK) {
    p->shown.result = p->import ? &p->import->outcome.result : &p->export->result;
    left--;
    weir_verdict verdict = ask(&p->chain->links.data[left], p, false);
    if (verdict != WEIR_GO_ON || p->hook)
      next = decide(p, verdict, left, false, &on);
  }
  if (next != SEAM_WAIT && status_of(p) != WEIR_OK)
    tell_failure(p, left, status_of(p), message_of(p));
  passage_done(p);
  return next;
}

/* ---- the gate ---------------------------------------------------------------------------------------------------------------------- */

static enum seam_next import_begin(void *data, struct host_call *call) {
  struct passage p;
  import_passage(&p, data, call);
  return go_in(&p, 0);
}

static enum seam_next import_end(void *data, struct host_call *call) {
  struct passage p;
  import_passage(&p, data, call);
  return go_out(&p, call->gate_depth);
}

/* An interceptor has ended an export before it began. */
static enum seam_next answered(struct passage *p) {
  p->export->stage = CALL_STAGE_END;
  return go_out(p, p->export->gate_depth) == SEAM_WAIT ? SEAM_WAIT : SEAM_DONE;
}

static enum seam_next export_begin(void *data, struct call *c) {
  struct passage p;
  export_passage(&p, data, c);
  enum seam_next next = go_in(&p, 0);
  return next == SEAM_DONE ? answered(&p) : next;
}

static enum seam_next export_end(void *data, struct call *c) {
  struct passage p;
  export_passage(&p, data, c);
  return go_out(&p, c->gate_depth);
}

static void forget(void *data, void *waiting) {
  struct chain *chain = data;
  struct chain_waiting *w = waiting;
  w->hook->waiting = NULL;
  hook_unref(w->hook);
  free(w);
  chain->store->gate_waits--;
}

/* The decision of a hook, on behalf of the interceptor that made it. */
static void take_decision(struct chain *chain, struct weir_hook *h) {
  struct chain_waiting w = *h->waiting;
  struct passage p;
  if (w.import)
    import_passage(&p, chain, w.import);
  else
    export_passage(&p, chain, w.export);
  bool before = w.import ? w.import->stage == HOST_STAGE_BEGIN : w.export->stage == CALL_STAGE_BEGIN;
  bool on;
  set_waiting(&p, NULL);
  p.answer = h->value;
  p.words = h->message;
  h->value = (weir_value){0};
  h->message = NULL;
  forget(chain, h->waiting);
  enum seam_next next = decide(&p, h->verdict, w.at, before, &on);
  if (!before)
    next = go_out(&p, w.at);
  else if (on)
    next = go_in(&p, w.at + 1);
  if (before && w.export && next == SEAM_DONE)
    next = answered(&p);
  passage_done(&p);
  if (next == SEAM_WAIT)
    return;
  if (w.import)
    seam_import_go(w.import, next);
  else
    seam_export_go(w.export, next);
}

static void deliver(void *data) {
  struct chain *chain = data;
  struct list mail;
  inbox_take(chain->inbox, &mail);
  while (!list_empty(&mail)) {
    struct weir_hook *h = LIST_OWNER(mail.next, struct weir_hook, mail);
    list_remove(&h->mail);
    if (h->waiting)
      take_decision(chain, h);
    hook_unref(h);
  }
}

static bool has_work(void *data) {
  return inbox_has_mail(((struct chain *)data)->inbox);
}

/* Everything that is under way ends with the store. */
static void failed(void *data) {
  struct chain *chain = data;
  struct store *s = chain->store;
  const struct diag *d = &s->rt.failure;
  for (struct list *n = s->host_calls.next; n != &s->host_calls; n = n->next) {
    struct host_call *call = LIST_OWNER(n, struct host_call, all);
    struct passage p;
    import_passage(&p, chain, call);
    if (call->stage != HOST_STAGE_OVER)
      tell_failure(&p, call->gate_depth, d->status, diag_message(d));
  }
  for (struct list *n = s->calls.next; n != &s->calls; n = n->next) {
    struct call *c = LIST_OWNER(n, struct call, all);
    if (c->stage == 0 || c->stage == CALL_STAGE_OVER)
      continue;
    struct passage p;
    export_passage(&p, chain, c);
    tell_failure(&p, c->gate_depth, d->status, diag_message(d));
  }
}

static void chain_close(void *data) {
  struct chain *chain = data;
  struct list mail;
  inbox_close(chain->inbox, &mail);
  while (!list_empty(&mail)) {
    struct weir_hook *h = LIST_OWNER(mail.next, struct weir_hook, mail);
    list_remove(&h->mail);
    hook_unref(h);
  }
  struct store *s = chain->store;
  for (struct list *n = s->host_calls.next; n != &s->host_calls; n = n->next) {
    struct host_call *call = LIST_OWNER(n, struct host_call, all);
    if (call->gate_wait)
      forget(chain, call->gate_wait);
    call->gate_wait = NULL;
  }
  for (struct list *n = s->calls.next; n != &s->calls; n = n->next) {
    struct call *c = LIST_OWNER(n, struct call, all);
    if (c->gate_wait)
      forget(chain, c->gate_wait);
    c->gate_wait = NULL;
  }
  for (uint32_t i = 0; i < chain->links.count; i++)
    if (chain->links.data[i].free)
      chain->links.data[i].free(chain->links.data[i].data);
  VEC_DONE(&mem_system, &chain->links);
  inbox_unref(chain->inbox);
  free(chain);
}

static const struct seam_gate gate = {
    .import_begin = import_begin,
    .import_end = import_end,
    .export_begin = export_begin,
    .export_end = export_end,
    .failed = failed,
    .forget = forget,
    .deliver = deliver,
    .has_work = has_work,
    .close = chain_close,
};

/* ---- installing ----------------------------------------------------------------------------------------------------------------------- */

static void wake_store(void *data) {
  weir_store_wake(((struct store *)data)->handle);
}

static struct chain *chain_of(struct store *s) {
  if (s->gate)
    return s->gate_data;
  struct chain *chain = calloc(1, sizeof *chain);
  struct inbox *inbox = chain ? inbox_new(&mem_system) : NULL;
  if (!inbox) {
    free(chain);
    return NULL;
  }
  chain->store = s;
  chain->inbox = inbox;
  inbox_on_wake(inbox, wake_store, s);
  s->gate = &gate;
  s->gate_data = chain;
  s->traced = true;
  return chain;
}

weir_status weir_store_intercept(weir_store *store, const weir_interceptor *interceptor, void *data,
                                 void (*free_data)(void *data)) {
  struct store *s = store_get_mine(store);
  if (!s || s->hooked || !list_empty(&s->instances) || interceptor->size > sizeof *interceptor)
    return WEIR_ERR_MISUSE;
  struct chain *chain = chain_of(s);
  struct link l = {.vtable = *interceptor, .data = data, .free = free_data};
  if (!chain || !VEC_PUSH(&mem_system, &chain->links, l))
    return WEIR_ERR_NOMEM;
  s->rt.always_stacks = s->rt.always_stacks || interceptor->holds;
  return WEIR_OK;
}
