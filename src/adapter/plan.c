/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The plan of a graph: which lowered functions get adapters, and in which module each adapter is (plan.h). One walk
 * over the steps of the graph judges them. When the walk comes to a call between two instances, neither inside the
 * other, the callee is complete: the walk has judged all of its ways out before.
 *
 * The walk is done twice, since a built-in of an instance comes before the calls that decide whether the instance has a
 * stand-in. The first walk only finds the stand-ins; both judge calls alike.
 *
 * In order: types and options; instances; the decision about one function; groups, which become modules; the walk.
 */
#include "adapter/plan.h"

#include <string.h>

#include "adapter/inside.h"
#include "adapter/module.h"
#include "adapter/standin.h"
#include "base/mem.h"

enum {
  GROUP_MAX = 128,   /* adapters of one module */
  TOTAL_MAX = 1024,  /* of one component; as many stand-ins at most */
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
  uint32_t *standin_of;         /* by instance */
  struct judged *judged;        /* the same */
  bool *flagged, *throws, *context;
  bool first; /* the first walk */
  bool flags_exist, reentrance, outside, alone;
  uint32_t total, open, work; /* open: members of the open group */
};

struct judged {
  uint32_t ways_out; /* out of the instance and those inside it, without adapters of leaves */
  bool stays;        /* at times the instance may not leave */
  bool asks;         /* the instance has ways out, which ask whether it may leave */
};

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

/* Borrowed handles belong to tasks and subtasks. Where nobody is around who has tables, all handles are too many. */
static bool has_bad_handle(const struct planner *p, const struct weir_type *t) {
  return t && (t->has_borrow || (p->alone && t->has_handle));
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
  if (has_bad_handle(p, l->type->params) || has_bad_handle(p, l->type->result))
    return ADAPTER_REASON_HANDLES;
  bool one_type = l->type->params == t->type->params && l->type->result == t->type->result;
  return one_type && opts_suffice(t, l) ? ADAPTER_REASON_NONE : ADAPTER_REASON_OPTIONS;
}

/* One more at most is asked for at a time that is not there yet. */
static bool may_have_standin(const struct planner *p, uint32_t instance) {
  return !p->alone && (p->standin_of[instance] != GRAPH_NONE || p->plan->standin_count < TOTAL_MAX - 1);
}

/* Whether a call of the instance may do without a task until somebody asks. */
static enum adapter_reason judge_standin(const struct planner *p, uint32_t callee) {
  if (p->g->instances[callee].can_block)
    return ADAPTER_REASON_BLOCKS;
  if (p->reentrance)
    return ADAPTER_REASON_REENTRANCE;
  return p->alone || may_have_standin(p, callee) ? ADAPTER_REASON_NONE : ADAPTER_REASON_TOO_MANY;
}

/* Whether the realloc of one side is called, and would see context slots of a task without a stand-in. */
static bool needs_slots(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l,
                        bool caller) {
  const struct func_type *type = l->type;
  if (caller)
    return p->context[t->instance] && has_pointer(type->result) && !l->opts.async;
  return p->context[l->instance] && (has_pointer(type->params) || behind_pointer(type->params, MAX_FLAT_PARAMS));
}

static bool needs_standin(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l) {
  return l->type->async || !is_leaf(p, l->instance, t->instance);
}

static enum adapter_reason judge_instances(const struct planner *p, const struct graph_trampoline *t,
                                           const struct graph_lift *l) {
  const struct graph *g = p->g;
  if (is_inside(g, t->instance, l->instance) || is_inside(g, l->instance, t->instance))
    return ADAPTER_REASON_RELATED;
  if ((needs_slots(p, t, l, true) && !may_have_standin(p, t->instance)) ||
      (needs_slots(p, t, l, false) && !may_have_standin(p, l->instance)))
    return ADAPTER_REASON_CONTEXT;
  return needs_standin(p, t, l) ? judge_standin(p, l->instance) : ADAPTER_REASON_NONE;
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
  enum adapter_reason reason = judge_kind(p, t, l);
  if (reason == ADAPTER_REASON_NONE && p->total == TOTAL_MAX)
    return ADAPTER_REASON_TOO_MANY;
  if (reason == ADAPTER_REASON_NONE)
    reason = judge_values(p, t, l);
  if (reason == ADAPTER_REASON_NONE)
    reason = judge_instances(p, t, l);
  return reason == ADAPTER_REASON_NONE ? judge_size(p, l) : reason;
}

/* ---- groups ------------------------------------------------------------------------------------------------------ */

static weir_status close_group(struct planner *p, struct diag *d) {
  if (p->open == 0)
    return WEIR_OK;
  if (p->first) {
    p->open = 0;
    return WEIR_OK;
  }
  struct adapter_group *group = &p->groups[p->plan->group_count++];
  group->trampolines = p->members + p->total - p->open;
  group->count = p->open;
  p->open = 0;
  struct adapter_source source = {.g = p->g,
                                  .flagged = p->flagged,
                                  .throws = p->throws,
                                  .context = p->context,
                                  .plan = p->plan,
                                  .members = p->members,
                                  .member_count = p->total,
                                  .flags_exist = p->flags_exist,
                                  .outside = p->outside};
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

/* Whether a built-in works on the stand-in of its instance. */
static bool uses_standin(const struct planner *p, const struct graph_trampoline *t) {
  if (p->first || p->standin_of[t->instance] == GRAPH_NONE || t->opts.memory64 || p->total == TOTAL_MAX)
    return false;
  if (canon_info(t->kind)->class == CANON_CLASS_CONTEXT)
    return t->slot < STANDIN_CONTEXT_SLOTS;
  return t->kind == CANON_TASK_RETURN && fits_in_standin(t->value_type);
}

static void add_member(struct planner *p, uint32_t index) {
  p->group_of[index] = p->plan->group_count;
  p->members[p->total++] = index;
  p->open++;
}

static void give_standin(struct planner *p, uint32_t instance) {
  if (!p->alone && p->standin_of[instance] == GRAPH_NONE)
    p->standin_of[instance] = p->plan->standin_count++;
}

static void judge(struct planner *p, uint32_t index) {
  const struct graph_trampoline *t = &p->g->trampolines[index];
  p->reasons[index] = (uint8_t)judge_call(p, t);
  if (p->reasons[index] != ADAPTER_REASON_NONE) {
    note_way_out(p, t->instance);
    if (uses_standin(p, t))
      add_member(p, index);
    return;
  }
  const struct graph_lift *l = &p->g->lifts[t->callee.index];
  p->enters[index] = needs_standin(p, t, l);
  if (p->enters[index])
    note_way_out(p, t->instance);
  if (p->enters[index] || needs_slots(p, t, l, false))
    give_standin(p, l->instance);
  if (needs_slots(p, t, l, true))
    give_standin(p, t->instance);
  add_member(p, index);
}

static weir_status walk(struct planner *p, struct diag *d) {
  memset(p->group_of, 0xff, p->g->trampoline_count * sizeof(*p->group_of)); /* GRAPH_NONE */
  p->total = p->open = 0;
  p->work = WORK_TOTAL;
  for (uint32_t i = 0; i < p->g->instance_count; i++)
    p->judged[i].ways_out = 0;
  for (uint32_t i = 0; i < p->g->step_count; i++) {
    const struct graph_step *step = &p->g->steps[i];
    if (p->open == GROUP_MAX || step_pends(p, step))
      WEIR_TRY(close_group(p, d));
    if (step->kind == STEP_TRAMPOLINE)
      judge(p, step->index);
  }
  return close_group(p, d);
}

static bool allocate_lasting(struct planner *p) {
  const struct graph *g = p->g;
  uint32_t most = g->trampoline_count < TOTAL_MAX ? g->trampoline_count : TOTAL_MAX;
  p->plan = ARENA_NEW(p->arena, struct adapter_plan);
  p->group_of = ARENA_ARRAY(p->arena, uint32_t, g->trampoline_count);
  p->groups = ARENA_ARRAY(p->arena, struct adapter_group, most);
  p->members = ARENA_ARRAY(p->arena, uint32_t, most);
  p->enters = ARENA_ARRAY(p->arena, bool, g->trampoline_count);
  p->reasons = ARENA_ARRAY(p->arena, uint8_t, g->trampoline_count);
  p->standin_of = ARENA_ARRAY(p->arena, uint32_t, g->instance_count);
  if (!p->plan || !p->group_of || !p->groups || !p->members || !p->enters || !p->reasons || !p->standin_of)
    return false;
  memset(p->standin_of, 0xff, g->instance_count * sizeof(*p->standin_of)); /* GRAPH_NONE */
  *p->plan = (struct adapter_plan){.groups = p->groups,
                                   .group_of = p->group_of,
                                   .enters = p->enters,
                                   .reasons = p->reasons,
                                   .standin_of = p->standin_of};
  return true;
}

static bool allocate_passing(struct planner *p) {
  const struct graph *g = p->g;
  p->judged = mem_array(p->arena->alloc, g->instance_count, sizeof(*p->judged));
  p->flagged = mem_array(p->arena->alloc, g->instance_count, sizeof(*p->flagged));
  p->throws = mem_array(p->arena->alloc, g->instance_count, sizeof(*p->throws));
  p->context = mem_array(p->arena->alloc, g->instance_count, sizeof(*p->context));
  return p->judged && p->flagged && p->throws && p->context;
}

static void free_passing(struct planner *p) {
  uint32_t count = p->g->instance_count;
  mem_free(p->arena->alloc, p->judged, count * sizeof(*p->judged));
  mem_free(p->arena->alloc, p->flagged, count * sizeof(*p->flagged));
  mem_free(p->arena->alloc, p->throws, count * sizeof(*p->throws));
  mem_free(p->arena->alloc, p->context, count * sizeof(*p->context));
}

static weir_status plan_all(struct planner *p, struct diag *d) {
  find_stays(p);
  find_throws(p);
  p->first = true;
  WEIR_TRY(walk(p, d));
  p->first = false;
  return walk(p, d);
}

weir_status adapter_plan_make(struct arena *arena, const struct graph *g, uint32_t how, struct adapter_plan **ret,
                              struct diag *d) {
  struct planner p = {.arena = arena,
                      .g = g,
                      .reentrance = (how & ADAPTER_REENTRANCE) != 0,
                      .flags_exist = (how & ADAPTER_FLAGS_GIVEN) != 0,
                      .outside = (how & ADAPTER_WAYS_OUTSIDE) != 0,
                      .alone = (how & ADAPTER_ALONE) != 0};
  weir_status status = allocate_lasting(&p) && allocate_passing(&p) ? plan_all(&p, d) : diag_nomem(d);
  free_passing(&p);
  if (status == WEIR_OK)
    *ret = p.plan;
  return status;
}
