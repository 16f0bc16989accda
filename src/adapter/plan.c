/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The plan of a graph: which lowered functions get adapters, and in which module each adapter is (plan.h). One walk
 * over the steps of the graph judges them. When the walk comes to a call between two instances, neither inside the
 * other, the callee is complete: the walk has judged all of its ways out before.
 *
 * In order: types and options; instances; the decision about one function; groups, which become modules; the walk.
 */
#include "adapter/plan.h"

#include <string.h>

#include "adapter/module.h"
#include "base/mem.h"

enum {
  GROUP_MAX = 128,   /* adapters of one module */
  TOTAL_MAX = 1024,  /* of one component */
  WORK_MAX = 300,    /* parts of values that one adapter treats, types unfolded */
  WORK_TOTAL = 20000 /* all of them */
};

struct planner {
  struct arena *arena;
  const struct graph *g;
  struct adapter_plan *plan;
  struct adapter_group *groups;
  uint32_t *group_of, *members; /* members: of the open group, at the end of those before */
  bool *enters;                 /* by trampoline */
  uint8_t *reasons;             /* the same */
  struct judged *judged;        /* by instance */
  bool *flagged, *throws;       /* by instance */
  bool flags_exist, reentrance, outside;
  uint32_t total, open, work; /* open: members of the open group */
};

struct judged {
  uint32_t ways_out; /* out of the instance and those inside it, without adapters of leaves */
  bool stays;        /* at times the instance may not leave */
  bool asks;         /* the instance has ways out, which ask whether it may leave */
  bool context;      /* the instance reads or writes context slots; a call of realloc has slots of its own */
};

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* Takes the number of parts that a type unfolds to off `*left`; false: too many, or one that cannot be emitted. */
static bool spend(const struct weir_type *t, uint32_t *left) {
  if (*left == 0 || t->kind > TYPE_FLAGS)
    return false;
  --*left;
  if (t->raw)
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

static bool has_handle(const struct weir_type *t) {
  return t && (t->has_handle || t->has_borrow);
}

/* Whether both sides have the options that their values need; validation has checked that. */
static bool opts_suffice(const struct graph_trampoline *t, const struct graph_lift *l) {
  const struct weir_type *params = l->type->params, *result = l->type->result;
  bool has_memories = t->opts.memory.kind != CORE_REF_NONE && l->opts.memory.kind != CORE_REF_NONE;
  if ((has_pointer(params) || behind_pointer(params, MAX_FLAT_PARAMS)) &&
      (!has_memories || l->opts.realloc.kind == CORE_REF_NONE))
    return false;
  if (has_pointer(result) && t->opts.realloc.kind == CORE_REF_NONE)
    return false;
  return has_memories || !(has_pointer(result) || behind_pointer(result, MAX_FLAT_RESULTS));
}

/* ---- instances --------------------------------------------------------------------------------------------------- */

static bool is_inside(const struct graph *g, uint32_t inner, uint32_t outer) {
  while (inner != GRAPH_NONE && inner != outer)
    inner = g->instances[inner].parent;
  return inner == outer;
}

/* The outermost instance that a call from `caller` enters. */
static uint32_t entered_top(const struct graph *g, uint32_t callee, uint32_t caller) {
  while (!is_inside(g, caller, g->instances[callee].parent))
    callee = g->instances[callee].parent;
  return callee;
}

static void note_way_out(struct planner *p, uint32_t instance) {
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
      p->judged[t->instance].context = true;
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

/* ---- the decision ------------------------------------------------------------------------------------------------ */

static bool is_leaf(const struct planner *p, uint32_t callee, uint32_t caller) {
  return p->judged[entered_top(p->g, callee, caller)].ways_out == 0;
}

/*
 * Whether the runtime passes the values on unchanged (direct.c): where a task must be made, an adapter gains nothing
 * then.
 */
static bool is_plain(const struct graph_lift *l) {
  const struct weir_type *params = l->type->params, *result = l->type->result;
  bool plain =
      params->flat_count[0] <= MAX_FLAT_PARAMS && (!result || (result->numeric && result->layout[0].size >= 4));
  for (uint32_t i = 0; plain && i < params->field_count; i++)
    plain = params->fields[i].type->numeric && params->fields[i].type->layout[0].size >= 4;
  return plain && l->opts.post_return.kind == CORE_REF_NONE;
}

/* Whether adapters do this kind of call. */
static enum adapter_reason judge_kind(const struct graph_trampoline *t, const struct graph_lift *l) {
  if (t->opts.async)
    return ADAPTER_REASON_ASYNC_CALLER;
  if (l->type->async || l->opts.async)
    return ADAPTER_REASON_ASYNC_CALLEE;
  return t->opts.memory64 || l->opts.memory64 ? ADAPTER_REASON_MEMORY64 : ADAPTER_REASON_NONE;
}

static enum adapter_reason judge_values(const struct graph_trampoline *t, const struct graph_lift *l) {
  if (has_handle(l->type->params) || has_handle(l->type->result))
    return ADAPTER_REASON_HANDLES;
  bool one_type = l->type->params == t->type->params && l->type->result == t->type->result;
  return one_type && opts_suffice(t, l) ? ADAPTER_REASON_NONE : ADAPTER_REASON_OPTIONS;
}

/* The runtime makes a task for a callee that is no leaf: such a callee must be unable to block. */
static enum adapter_reason judge_instances(const struct planner *p, const struct graph_trampoline *t,
                                           const struct graph_lift *l) {
  const struct graph *g = p->g;
  const struct func_type *type = l->type;
  if (is_inside(g, t->instance, l->instance) || is_inside(g, l->instance, t->instance))
    return ADAPTER_REASON_RELATED;
  if (has_pointer(type->result) && p->judged[t->instance].context)
    return ADAPTER_REASON_CONTEXT;
  if (is_leaf(p, l->instance, t->instance))
    return ADAPTER_REASON_NONE;
  if (p->judged[l->instance].context && (has_pointer(type->params) || behind_pointer(type->params, MAX_FLAT_PARAMS)))
    return ADAPTER_REASON_CONTEXT;
  if (g->instances[l->instance].can_block)
    return ADAPTER_REASON_BLOCKS;
  if (p->reentrance)
    return ADAPTER_REASON_REENTRANCE;
  return is_plain(l) ? ADAPTER_REASON_PLAIN : ADAPTER_REASON_NONE;
}

static enum adapter_reason judge_size(struct planner *p, const struct graph_lift *l) {
  uint32_t most = p->work < WORK_MAX ? p->work : WORK_MAX, left = most;
  if (!spend(l->type->params, &left) || (l->type->result && !spend(l->type->result, &left)))
    return ADAPTER_REASON_LARGE;
  p->work -= most - left;
  return ADAPTER_REASON_NONE;
}

static enum adapter_reason judge_call(struct planner *p, const struct graph_trampoline *t) {
  if (t->kind != CANON_LOWER || t->callee.kind != FUNC_REF_LIFT)
    return ADAPTER_REASON_NO_CALL;
  const struct graph_lift *l = &p->g->lifts[t->callee.index];
  enum adapter_reason reason = judge_kind(t, l);
  if (reason == ADAPTER_REASON_NONE && p->total == TOTAL_MAX)
    return ADAPTER_REASON_TOO_MANY;
  if (reason == ADAPTER_REASON_NONE)
    reason = judge_values(t, l);
  if (reason == ADAPTER_REASON_NONE)
    reason = judge_instances(p, t, l);
  return reason == ADAPTER_REASON_NONE ? judge_size(p, l) : reason;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

static weir_status close_group(struct planner *p, struct diag *d) {
  if (p->open == 0)
    return WEIR_OK;
  struct adapter_group *group = &p->groups[p->plan->group_count++];
  group->trampolines = p->members + p->total - p->open;
  group->count = p->open;
  p->open = 0;
  struct adapter_source source = {p->g, p->flagged, p->throws, p->enters, p->flags_exist, p->outside};
  WEIR_TRY(adapter_group_write(p->arena, &source, group, d));
  p->flags_exist |= group->makes_flags;
  return WEIR_OK;
}

/* Whether a step names a function of the group that is not complete yet. */
static bool is_pending(const struct planner *p, const struct core_ref *ref) {
  return ref->kind == CORE_REF_TRAMPOLINE && p->open > 0 && p->group_of[ref->index] == p->plan->group_count;
}

static bool opts_pend(const struct planner *p, const struct graph_opts *o) {
  return is_pending(p, &o->realloc) || is_pending(p, &o->post_return) || is_pending(p, &o->callback);
}

static bool step_pends(const struct planner *p, const struct graph_step *step) {
  const struct graph *g = p->g;
  if (step->kind == STEP_RESOURCE)
    return is_pending(p, &g->resources[step->index].dtor);
  if (step->kind == STEP_LIFT)
    return is_pending(p, &g->lifts[step->index].callee) || opts_pend(p, &g->lifts[step->index].opts);
  if (step->kind == STEP_TRAMPOLINE)
    return opts_pend(p, &g->trampolines[step->index].opts);
  const struct graph_core_instance *c = &g->core_instances[step->index];
  for (uint32_t i = 0; i < c->import_count; i++)
    if (is_pending(p, &c->imports[i]))
      return true;
  return false;
}

static void judge(struct planner *p, uint32_t index) {
  const struct graph_trampoline *t = &p->g->trampolines[index];
  p->reasons[index] = (uint8_t)judge_call(p, t);
  if (p->reasons[index] != ADAPTER_REASON_NONE) {
    note_way_out(p, t->instance);
    return;
  }
  p->enters[index] = !is_leaf(p, p->g->lifts[t->callee.index].instance, t->instance);
  if (p->enters[index])
    note_way_out(p, t->instance);
  p->group_of[index] = p->plan->group_count;
  p->members[p->total++] = index;
  p->open++;
}

static weir_status walk(struct planner *p, struct diag *d) {
  for (uint32_t i = 0; i < p->g->step_count; i++) {
    const struct graph_step *step = &p->g->steps[i];
    if (p->open == GROUP_MAX || step_pends(p, step))
      WEIR_TRY(close_group(p, d));
    if (step->kind == STEP_TRAMPOLINE)
      judge(p, step->index);
  }
  return close_group(p, d);
}

static bool allocate(struct planner *p) {
  const struct graph *g = p->g;
  p->plan = ARENA_NEW(p->arena, struct adapter_plan);
  p->group_of = ARENA_ARRAY(p->arena, uint32_t, g->trampoline_count);
  uint32_t most = g->trampoline_count < TOTAL_MAX ? g->trampoline_count : TOTAL_MAX;
  p->groups = ARENA_ARRAY(p->arena, struct adapter_group, most);
  p->members = ARENA_ARRAY(p->arena, uint32_t, most);
  p->enters = ARENA_ARRAY(p->arena, bool, g->trampoline_count);
  p->reasons = ARENA_ARRAY(p->arena, uint8_t, g->trampoline_count);
  p->judged = mem_array(p->arena->alloc, g->instance_count, sizeof(*p->judged));
  p->flagged = mem_array(p->arena->alloc, g->instance_count, sizeof(*p->flagged));
  p->throws = mem_array(p->arena->alloc, g->instance_count, sizeof(*p->throws));
  return p->plan && p->group_of && p->groups && p->members && p->enters && p->reasons && p->judged && p->flagged &&
         p->throws;
}

weir_status adapter_plan_make(struct arena *arena, const struct graph *g, uint32_t how, struct adapter_plan **ret,
                              struct diag *d) {
  struct planner p = {.arena = arena,
                      .g = g,
                      .work = WORK_TOTAL,
                      .reentrance = (how & ADAPTER_REENTRANCE) != 0,
                      .outside = (how & ADAPTER_WAYS_OUTSIDE) != 0};
  weir_status status = WEIR_OK;
  if (!allocate(&p))
    status = diag_nomem(d);
  if (status == WEIR_OK) {
    p.plan->groups = p.groups;
    p.plan->group_of = p.group_of;
    p.plan->enters = p.enters;
    p.plan->reasons = p.reasons;
    memset(p.group_of, 0xff, g->trampoline_count * sizeof(*p.group_of)); /* GRAPH_NONE */
    find_stays(&p);
    find_throws(&p);
    status = walk(&p, d);
  }
  mem_free(arena->alloc, p.judged, g->instance_count * sizeof(*p.judged));
  mem_free(arena->alloc, p.flagged, g->instance_count * sizeof(*p.flagged));
  mem_free(arena->alloc, p.throws, g->instance_count * sizeof(*p.throws));
  if (status == WEIR_OK)
    *ret = p.plan;
  return status;
}
