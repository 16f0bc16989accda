/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The gate of the seam: calls on their way into and out of the chain, and the fate of calls that wait. A call that no
 * interceptor keeps waiting goes through without an allocation. A call waits exactly while its `gate_wait` is set; the
 * end of the call takes that away (forget_wait()), and its hook then decides nothing.
 *
 * In order: waiting; imports and exports; flat calls; the decisions of hooks; a store that fails, or goes; instances.
 */
#include "intercept/interceptors.h"

#include <stdlib.h>

#include "base/mem.h"
#include "intercept/crossing.h"

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

/* The hook may still be somebody's, who finds the call gone. */
static void forget(void *data, void *waiting) {
  struct chain *chain = data;
  struct chain_waiting *w = waiting;
  hook_gone(w->hook);
  free(w);
  chain->store->gate_waits--;
}

static void forget_wait(struct chain *chain, void **gate_wait) {
  if (*gate_wait)
    forget(chain, *gate_wait);
  *gate_wait = NULL;
}

/* ---- imports and exports ----------------------------------------------------------------------------------------- */

static struct crossing *crossing_in(struct seam_room *room) {
  return (struct crossing *)(void *)room->bytes;
}

static enum seam_next import_begin(void *data, struct host_call *call, struct seam_room *room) {
  struct crossing *x = crossing_in(room);
  crossing_of_import(x, data, call);
  return crossing_go_in(x, 0);
}

/* Where it ends in the same breath as it began, the room still has its crossing. */
static enum seam_next import_end(void *data, struct host_call *call, struct seam_room *begun) {
  struct crossing fresh, *x = begun ? crossing_in(begun) : &fresh;
  forget_wait(data, &call->gate_wait); /* it cannot be held */
  if (!begun)
    crossing_of_import(x, data, call);
  else
    crossing_show_args(x, &call->args);
  return crossing_go_out(x);
}

/* An interceptor has ended an export before it began. */
static enum seam_next answered(struct crossing *x) {
  x->export->stage = CALL_STAGE_END;
  return crossing_go_out(x) == SEAM_WAIT ? SEAM_WAIT : SEAM_DONE;
}

static enum seam_next export_begin(void *data, struct call *c) {
  struct crossing x;
  crossing_of_export(&x, data, c);
  enum seam_next next = crossing_go_in(&x, 0);
  return next == SEAM_DONE ? answered(&x) : next;
}

static enum seam_next export_end(void *data, struct call *c) {
  struct crossing x;
  forget_wait(data, &c->gate_wait); /* cancelled while it waits */
  crossing_of_export(&x, data, c);
  return crossing_go_out(&x);
}

/* ---- flat calls -------------------------------------------------------------------------------------------------- */

static enum seam_next flat_begin(void *data, struct seam_flat *c) {
  struct crossing *x = crossing_in(&c->room);
  crossing_of_flat(x, data, c);
  return crossing_go_in(x, 0);
}

static enum seam_next flat_end(void *data, struct seam_flat *c) {
  (void)data;
  return crossing_go_out(crossing_in(&c->room));
}

static bool flat_watched(void *data, const struct instance *inst) {
  const struct chain *chain = data;
  return chain->interceptors.of.count > 0 || inst->gate_part;
}

static struct chain_late take_late(struct chain *chain) {
  struct chain_late late = chain->late;
  chain->late = (struct chain_late){0};
  chain->store->flat_waits = false;
  return late;
}

static enum seam_next wait_again(struct crossing *x, struct chain_late *late) {
  bool on;
  crossing_touch(x);
  x->hook = late->hook;
  enum seam_next next = crossing_decide(x, WEIR_PENDING, late->at, late->before, &on);
  crossing_done(x);
  return next;
}

static enum seam_next flat_import(void *data, struct host_call *call) {
  struct chain_late late = take_late(data);
  struct crossing x;
  call->id = late.id;
  call->task = late.task;
  call->gate_depth = late.depth;
  call->stage = late.before ? HOST_STAGE_BEGIN : HOST_STAGE_END;
  if (!late.before)
    call->outcome = (struct host_outcome){.kind = HOST_CALL_RETURNED, .result = late.result};
  crossing_of_import(&x, data, call);
  return wait_again(&x, &late);
}

static enum seam_next flat_export(void *data, struct call *c) {
  struct chain_late late = take_late(data);
  struct crossing x;
  c->id = late.id;
  c->gate_depth = late.depth;
  c->stage = late.before ? CALL_STAGE_BEGIN : CALL_STAGE_END;
  c->result = late.result;
  crossing_of_export(&x, data, c);
  enum seam_next next = wait_again(&x, &late);
  return next == SEAM_DONE && late.before ? answered(&x) : next;
}

static void flat_drop(void *data) {
  struct chain_late late = take_late(data);
  hook_gone(late.hook);
}

/* ---- decisions --------------------------------------------------------------------------------------------------- */

static bool decision_crossing(struct crossing *x, struct chain *chain, const struct chain_waiting *w) {
  if (w->import) {
    crossing_of_import(x, chain, w->import);
    w->import->gate_wait = NULL;
    return w->import->stage == HOST_STAGE_BEGIN;
  }
  crossing_of_export(x, chain, w->export);
  w->export->gate_wait = NULL;
  return w->export->stage == CALL_STAGE_BEGIN;
}

/* The decision of a hook, on behalf of the interceptor that made it. */
static void take_decision(struct chain *chain, struct weir_hook *h) {
  struct chain_waiting w = *h->waiting;
  struct crossing x;
  bool on, before = decision_crossing(&x, chain, &w);
  crossing_touch(&x);
  x.answer = h->value;
  x.words = h->message;
  h->value = (weir_value){0};
  h->message = NULL;
  forget(chain, h->waiting);
  enum seam_next next = crossing_decide(&x, h->verdict, w.at, before, &on);
  if (!before)
    next = crossing_go_out(&x);
  else if (on)
    next = crossing_go_in(&x, w.at + 1);
  if (before && w.export && next == SEAM_DONE)
    next = answered(&x);
  crossing_done(&x);
  if (next == SEAM_WAIT)
    return;
  if (w.import)
    seam_import_go(w.import, next);
  else
    seam_export_go(w.export, next);
}

void chain_decided(struct mail *mail, void *owner) {
  struct weir_hook *h = hook_of_mail(mail);
  const struct store *s = owner;
  if (s && s->gate && h->waiting)
    take_decision(s->gate_data, h);
  hook_unref(h);
}

/* ---- the store fails, or goes ------------------------------------------------------------------------------------ */

/* Everything that is under way ends with the store. No hook has anything to decide any more. */
static void end_all(struct chain *chain, weir_status status, const char *message) {
  struct store *s = chain->store;
  struct crossing x;
  for (struct list *n = s->host_calls.next; n != &s->host_calls; n = n->next) {
    struct host_call *call = LIST_OWNER(n, struct host_call, all);
    forget_wait(chain, &call->gate_wait);
    if (call->gate_depth == 0)
      continue;
    crossing_of_import(&x, chain, call);
    crossing_tell_failure(&x, status, message);
  }
  for (struct list *n = s->calls.next; n != &s->calls; n = n->next) {
    struct call *c = LIST_OWNER(n, struct call, all);
    forget_wait(chain, &c->gate_wait);
    if (c->gate_depth == 0)
      continue;
    crossing_of_export(&x, chain, c);
    crossing_tell_failure(&x, status, message);
  }
}

static void failed(void *data) {
  struct chain *chain = data;
  const struct diag *d = &chain->store->rt.failure;
  end_all(chain, d->status, diag_message(d));
}

static void interceptors_done(struct interceptors *list, uint32_t from) {
  for (uint32_t i = from; i < list->of.count; i++)
    if (list->of.data[i].free)
      list->of.data[i].free(list->of.data[i].data);
  VEC_DONE(&mem_system, &list->of);
}

static void chain_close(void *data) {
  struct chain *chain = data;
  end_all(chain, WEIR_ERR_CANCELLED, "the store is being freed");
  interceptors_done(&chain->interceptors, 0);
  interceptors_done(&chain->next, 0);
  while (!list_empty(&chain->parts)) {
    struct chain_part *part = LIST_OWNER(chain->parts.next, struct chain_part, all);
    list_remove(&part->all);
    interceptors_done(&part->interceptors, part->own);
    free(part);
  }
  free(chain);
}

/* ---- instances --------------------------------------------------------------------------------------------------- */

static bool interceptors_add_all(struct interceptors *to, const struct interceptors *from) {
  for (uint32_t i = 0; i < from->of.count; i++)
    if (!interceptors_add(to, from->of.data[i]))
      return false;
  return true;
}

/* The interceptors that were put in for the next instance are its own from here on. */
static weir_status instance_begins(void *data, struct instance *inst) {
  struct chain *chain = data;
  if (chain->next.of.count == 0)
    return WEIR_OK;
  struct chain_part *part = calloc(1, sizeof(*part));
  if (!part)
    return WEIR_ERR_NOMEM;
  bool good = interceptors_add_all(&part->interceptors, &chain->interceptors) &&
              interceptors_add_all(&part->interceptors, &chain->next);
  if (!good) {
    VEC_DONE(&mem_system, &part->interceptors.of);
    free(part);
    return WEIR_ERR_NOMEM;
  }
  part->own = chain->interceptors.of.count;
  VEC_DONE(&mem_system, &chain->next.of);
  chain->next.hear_ends = false;
  list_append(&chain->parts, &part->all);
  inst->gate_part = part;
  for (uint32_t i = part->own; i < part->interceptors.of.count; i++)
    chain->store->rt.always_stacks |= part->interceptors.of.data[i].holds;
  return WEIR_OK;
}

const struct seam_gate chain_gate = {
    .instance = instance_begins,
    .import_begin = import_begin,
    .import_end = import_end,
    .export_begin = export_begin,
    .export_end = export_end,
    .flat_watched = flat_watched,
    .flat_begin = flat_begin,
    .flat_end = flat_end,
    .flat_import = flat_import,
    .flat_export = flat_export,
    .flat_drop = flat_drop,
    .failed = failed,
    .forget = forget,
    .close = chain_close,
};
