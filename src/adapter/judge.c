/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which functions get adapters (plan.h): the decision about one. In order: types and options; instances; the decision.
 */
#include "adapter/inside.h"
#include "adapter/planner.h"
#include "adapter/standin.h"

enum { WORK_MAX = 300 /* parts of values that one adapter treats, types unfolded */ };

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* Takes the number of parts that a type unfolds to off `*left`; false: too many. */
static bool spend(const struct weir_type *t, uint32_t *left) {
  if (*left == 0)
    return false;
  --*left;
  if (t->raw || t->kind >= TYPE_OWN || t->kind == TYPE_ERROR_CONTEXT)
    return true;
  if (t->kind == TYPE_FIXED_LIST && t->flat_count[0] <= TYPE_MAX_FLAT) {
    for (uint32_t i = 0; i < t->length; i++)
      if (!spend(t->elem, left))
        return false;
    return true;
  }
  if (t->kind == TYPE_LIST || t->kind == TYPE_MAP || t->kind == TYPE_FIXED_LIST)
    return spend(t->elem, left);
  if (t->kind == TYPE_FLAGS || t->kind == TYPE_ENUM)
    return true;
  for (uint32_t i = 0; i < t->field_count; i++) {
    if (t->fields[i].type ? !spend(t->fields[i].type, left) : *left == 0)
      return false;
    *left -= !t->fields[i].type;
  }
  return true;
}

static bool behind_pointer(const struct weir_type *t, uint32_t max_flat) {
  return t && t->flat_count[0] > max_flat;
}

static bool has_pointer(const struct weir_type *t) {
  return t && t->has_pointer;
}

/* Whether all resources that the type borrows are an instance's own. `left` as in spend(). */
static bool lends_home(const struct weir_type *t, uint32_t instance, uint32_t *left) {
  if (!t || !t->has_borrow)
    return true;
  if (*left == 0)
    return false;
  --*left;
  if (t->kind == TYPE_BORROW)
    return !t->resource->imported && t->resource->instance == instance;
  if (!lends_home(t->elem, instance, left))
    return false;
  for (uint32_t i = 0; i < t->field_count; i++)
    if (!lends_home(t->fields[i].type, instance, left))
      return false;
  return true;
}

/*
 * A callee that implements a resource gets no handle when it borrows one, so nobody counts its borrows. Where nobody is
 * around who has tables, all handles are too many.
 */
static bool has_bad_handle(const struct planner *p, const struct weir_type *t, uint32_t callee) {
  uint32_t left = WORK_MAX;
  return t && ((p->alone && t->has_handle) || !lends_home(t, callee, &left));
}

static bool is_there(const struct core_ref *ref) {
  return ref->kind != CORE_REF_NONE;
}

/* Whether both sides have the options that their values need; validation has checked that. */
static bool opts_suffice(const struct graph_trampoline *t, const struct graph_lift *l) {
  const struct weir_type *params = l->type->params, *result = l->type->result;
  bool allocates = has_pointer(params) || behind_pointer(params, MAX_FLAT_PARAMS);
  bool reads = has_pointer(params) || behind_pointer(params, t->opts.async ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS);
  bool writes = has_pointer(result) || behind_pointer(result, t->opts.async ? 0 : MAX_FLAT_RESULTS);
  bool gives = has_pointer(result) || behind_pointer(result, MAX_FLAT_RESULTS);
  if ((reads || writes) && !is_there(&t->opts.memory))
    return false;
  if (has_pointer(result) && !is_there(&t->opts.realloc))
    return false;
  if (allocates && !is_there(&l->opts.realloc))
    return false;
  return !(allocates || (gives && !l->opts.async)) || is_there(&l->opts.memory);
}

/* Whether an emitted task.return can put values of the type into a stand-in. */
static bool fits_in_standin(const struct weir_type *t) {
  uint32_t left = WORK_MAX;
  return !t || (t->flat_count[0] <= MAX_FLAT_PARAMS && !t->has_pointer && !t->has_handle && !t->has_borrow &&
                spend(t, &left));
}

/* ---- instances --------------------------------------------------------------------------------------------------- */

/* The outermost instance that a call from `caller` enters. */
static uint32_t entered_top(const struct graph *g, uint32_t callee, uint32_t caller) {
  for (uint32_t next = callee; next != GRAPH_NONE; next = next_entered(g, callee, caller))
    callee = next;
  return callee;
}

void judge_note_way_out(struct planner *p, uint32_t instance) {
  for (uint32_t i = instance; i != GRAPH_NONE; i = p->g->instances[i].parent)
    p->judged[i].ways_out++;
}

/* Finds the instances whose realloc or post-return the canonical ABI may call, if that matters. */
static void find_stays(struct planner *p) {
  const struct graph *g = p->g;
  for (uint32_t i = 0; i < g->lift_count; i++) {
    const struct graph_lift *l = &g->lifts[i];
    bool allocates = has_pointer(l->type->params) || behind_pointer(l->type->params, MAX_FLAT_PARAMS);
    if (l->opts.post_return.kind != CORE_REF_NONE || (allocates && l->opts.realloc.kind != CORE_REF_NONE))
      p->judged[l->instance].stays = true;
  }
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    const struct graph_trampoline *t = &g->trampolines[i];
    if (t->opts.realloc.kind != CORE_REF_NONE && (t->kind != CANON_LOWER || has_pointer(t->type->result)))
      p->judged[t->instance].stays = true;
    p->judged[t->instance].asks = true;
    if (canon_info(t->kind)->class == CANON_CLASS_CONTEXT)
      p->context[t->instance] = true;
  }
  for (uint32_t i = 0; i < g->instance_count; i++)
    p->flagged[i] = p->judged[i].stays && p->judged[i].asks;
}

/* Exceptions are made with tags, and tags stay among the core instances of a component instance. */
static void find_throws(struct planner *p) {
  for (uint32_t i = 0; i < p->g->core_instance_count; i++) {
    const struct graph_core_instance *c = &p->g->core_instances[i];
    p->throws[c->instance] |= p->g->modules[c->module].has_tags;
  }
}

void judge_instances_once(struct planner *p) {
  find_stays(p);
  find_throws(p);
}

/* ---- the decision ------------------------------------------------------------------------------------------------ */

static bool is_leaf(const struct planner *p, uint32_t callee, uint32_t caller) {
  return p->judged[entered_top(p->g, callee, caller)].ways_out == 0;
}

/* Whether adapters do this kind of call. */
static enum adapter_reason judge_kind(const struct planner *p, const struct graph_trampoline *t,
                                      const struct graph_lift *l) {
  bool ends_at_once = l->opts.async ? is_there(&l->opts.callback) : !is_there(&l->opts.post_return);
  if ((l->type->async || l->opts.async) && (p->alone || !l->type->async || !ends_at_once))
    return ADAPTER_REASON_ASYNC_CALLEE;
  return t->opts.memory64 || l->opts.memory64 ? ADAPTER_REASON_MEMORY64 : ADAPTER_REASON_NONE;
}

static enum adapter_reason judge_values(const struct planner *p, const struct graph_trampoline *t,
                                        const struct graph_lift *l) {
  if (has_bad_handle(p, l->type->params, l->instance) || has_bad_handle(p, l->type->result, l->instance))
    return ADAPTER_REASON_HANDLES;
  bool one_type = l->type->params == t->type->params && l->type->result == t->type->result;
  return one_type && opts_suffice(t, l) ? ADAPTER_REASON_NONE : ADAPTER_REASON_OPTIONS;
}

/* One more at most is asked for at a time that is not there yet. */
static bool may_have_standin(const struct planner *p, uint32_t instance) {
  return !p->alone && (p->standin_of[instance] != GRAPH_NONE || p->plan->standin_count < PLANNER_TOTAL_MAX - 1);
}

/* Whether a call of the instance may do without a task until somebody asks. */
static enum adapter_reason judge_standin(const struct planner *p, uint32_t callee) {
  if (p->g->instances[callee].can_block)
    return ADAPTER_REASON_BLOCKS;
  if (p->reentrance)
    return ADAPTER_REASON_REENTRANCE;
  return p->alone || may_have_standin(p, callee) ? ADAPTER_REASON_NONE : ADAPTER_REASON_TOO_MANY;
}

bool judge_needs_slots(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l,
                       bool caller) {
  const struct func_type *type = l->type;
  if (caller)
    return p->context[t->instance] && has_pointer(type->result) && !l->opts.async;
  return p->context[l->instance] && (has_pointer(type->params) || behind_pointer(type->params, MAX_FLAT_PARAMS));
}

bool judge_needs_standin(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l) {
  return l->type->async || !is_leaf(p, l->instance, t->instance);
}

bool judge_needs_flags(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l) {
  return !l || p->flagged[t->instance] || p->flagged[l->instance] || judge_needs_standin(p, t, l);
}

static enum adapter_reason judge_instances(const struct planner *p, const struct graph_trampoline *t,
                                           const struct graph_lift *l) {
  const struct graph *g = p->g;
  if (is_inside(g, t->instance, l->instance) || is_inside(g, l->instance, t->instance))
    return ADAPTER_REASON_RELATED;
  if ((judge_needs_slots(p, t, l, true) && !may_have_standin(p, t->instance)) ||
      (judge_needs_slots(p, t, l, false) && !may_have_standin(p, l->instance)))
    return ADAPTER_REASON_CONTEXT;
  return judge_needs_standin(p, t, l) ? judge_standin(p, l->instance) : ADAPTER_REASON_NONE;
}

static enum adapter_reason judge_size(struct planner *p, const struct graph_lift *l) {
  uint32_t most = p->work < WORK_MAX ? p->work : WORK_MAX, left = most;
  if (!spend(l->type->params, &left) || (l->type->result && !spend(l->type->result, &left)))
    return ADAPTER_REASON_LARGE;
  p->work -= most - left;
  return ADAPTER_REASON_NONE;
}

enum adapter_reason judge_call(struct planner *p, const struct graph_trampoline *t) {
  if (t->kind != CANON_LOWER || t->callee.kind != FUNC_REF_LIFT)
    return ADAPTER_REASON_NO_CALL;
  const struct graph_lift *l = &p->g->lifts[t->callee.index];
  enum adapter_reason reason = judge_kind(p, t, l);
  if (reason == ADAPTER_REASON_NONE && planner_is_full(p))
    return ADAPTER_REASON_TOO_MANY;
  if (reason == ADAPTER_REASON_NONE)
    reason = judge_values(p, t, l);
  if (reason == ADAPTER_REASON_NONE)
    reason = judge_instances(p, t, l);
  return reason == ADAPTER_REASON_NONE ? judge_size(p, l) : reason;
}

bool judge_uses_standin(const struct planner *p, const struct graph_trampoline *t) {
  if (p->first || p->standin_of[t->instance] == GRAPH_NONE || t->opts.memory64 || planner_is_full(p))
    return false;
  if (canon_info(t->kind)->class == CANON_CLASS_CONTEXT)
    return t->slot < STANDIN_CONTEXT_SLOTS;
  return t->kind == CANON_TASK_RETURN && fits_in_standin(t->value_type);
}
