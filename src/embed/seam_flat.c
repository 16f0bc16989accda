/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Flat calls (weir/flat.h) in a store with a gate and no tap. They stay on their stack, with values made of their slots
 * for interceptors to see; a call that the gate lets wait becomes an ordinary one. See seam.h.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/value.h"
#include "embed/call.h"
#include "embed/flat_host.h"
#include "embed/linker.h"
#include "embed/seam.h"
#include "runtime/direct.h"
#include "runtime/trap.h"

static void set_args(struct seam_flat *c, const struct weir_type *params, const uint64_t *slots, weir_value *items) {
  for (uint32_t i = 0; i < params->field_count; i++)
    flat_value_set(params->fields[i].type, slots[i], &items[i]);
  c->args.kind = WEIR_VALUE_RECORD;
  c->args.of.list.items = items;
  c->args.of.list.count = params->field_count;
  c->status = WEIR_OK;
  c->result.kind = WEIR_VALUE_NONE;
  c->message = NULL;
  c->depth = 0;
}

static void set_result(struct seam_flat *c, uint64_t bits) {
  if (c->type->result)
    flat_value_set(c->type->result, bits, &c->result);
}

/* ---- imports ----------------------------------------------------------------------------------------------------- */

/* The host's own function. The gate may still fail its call, or let it wait. */
static enum seam_next run_import(struct seam_flat *c, struct host_func *f, uint64_t *slots) {
  struct store *s = f->inst->store;
  if (flat_host_run(f, slots)) {
    set_result(c, slots[0]);
  } else {
    c->status = WEIR_ERR_HOST;
    c->message = strdup(diag_message(&s->rt.failure));
  }
  return s->gate->flat_end(s->gate_data, c);
}

static weir_status fail_import(struct seam_flat *c, struct host_func *f) {
  weir_status status =
      diag_set(&f->inst->store->rt.failure, WEIR_ERR_HOST, "%s", c->message ? c->message : "a host function failed");
  free(c->message);
  return status;
}

/* An interceptor's result. */
static weir_status give_answer(struct seam_flat *c, struct host_func *f, struct rt_trampoline *lower,
                               union eng_val *vals) {
  struct diag *d = &f->inst->store->rt.failure;
  if (value_check(c->type->result, &c->result, d) != WEIR_OK) {
    diag_prefix(d, "result of host function `" STR_FMT "`: ", STR_ARG(f->def->name));
    weir_value_clear(&c->result);
    return d->status = WEIR_ERR_HOST;
  }
  return c->type->result ? flat_host_result(f, lower, vals, flat_bits_of(&c->result)) : WEIR_OK;
}

static weir_status flat_import(struct rt_host_func *func, struct rt_trampoline *lower, union eng_val *vals) {
  struct host_func *f = (struct host_func *)(void *)func;
  struct store *s = f->inst->store;
  uint64_t slots[TYPE_MAX_FLAT];
  weir_value items[TYPE_MAX_FLAT];
  struct seam_flat c;
  WEIR_TRY(flat_host_args(lower, vals, slots));
  c.inst = f->inst;
  c.type = func->type;
  c.import = f;
  c.id = ++s->call_ids;
  c.task = s->rt.current ? rt_task_id(&s->rt, s->rt.current->task) : 0;
  set_args(&c, func->type->params, slots, items);
  enum seam_next next = s->gate->flat_begin(s->gate_data, &c);
  bool own = next == SEAM_GO;
  if (own)
    next = run_import(&c, f, slots);
  else if (next == SEAM_DONE)
    next = s->gate->flat_end(s->gate_data, &c);
  if (next == SEAM_WAIT)
    return (weir_status)RT_NOT_AT_ONCE;
  if (c.status != WEIR_OK)
    return fail_import(&c, f);
  if (!own)
    return give_answer(&c, f, lower, vals);
  return c.type->result ? flat_host_result(f, lower, vals, slots[0]) : WEIR_OK;
}

seam_way *seam_flat_way(const struct instance *inst) {
  const struct store *s = inst->store;
  if (s->tap)
    return NULL;
  return s->gate && s->gate->flat_watched(s->gate_data, inst) ? flat_import : flat_host_call;
}

/* ---- exports ----------------------------------------------------------------------------------------------------- */

bool seam_flat_possible(const struct instance *inst, const weir_func *func) {
  const struct store *s = inst->store;
  return !s->tap && s->gate && !s->rt.always_stacks && !s->rt.slices &&
         inst->root->lifts[func->ref.index].inst->held == 0;
}

enum seam_next seam_flat_export(struct seam_flat *c, struct instance *inst, const weir_func *func, const uint64_t *args,
                                weir_value *items) {
  struct store *s = inst->store;
  c->inst = inst;
  c->type = func->type;
  c->import = NULL;
  c->export = func;
  c->id = ++s->call_ids;
  c->task = 0;
  set_args(c, func->type->params, args, items);
  return s->gate->flat_begin(s->gate_data, c);
}

enum seam_next seam_flat_export_end(struct seam_flat *c, weir_status status, uint64_t result, const char *message) {
  struct store *s = c->inst->store;
  c->status = status;
  if (status == WEIR_OK)
    set_result(c, result);
  else
    c->message = strdup(message);
  return s->gate->flat_end(s->gate_data, c);
}

void seam_flat_given_up(const struct seam_flat *c, struct call *rest) {
  rest->inst = c->inst;
  rest->func = c->export;
  rest->id = c->id;
  rest->gate_depth = c->depth;
  rest->stage = CALL_STAGE_RUNNING;
}
