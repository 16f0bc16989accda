/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The plan of a graph: which lowered functions get adapters, and in which module each adapter is (plan.h). One walk
 * over the steps of the graph judges them. When the walk comes to a call between two instances, neither inside the
 * other, the callee is complete: the walk has judged all of its ways out before.
 *
 * The walk is done twice, since a built-in of an instance comes before the calls that decide whether the instance has a
 * stand-in. The first walk only finds the stand-ins; both judge calls alike.
 *
 * In order: groups, which become modules; the walk; making the plan. judge.c has the decision about one function.
 */
#include "adapter/plan.h"

#include <string.h>

#include "adapter/module.h"
#include "adapter/planner.h"
#include "adapter/switch.h"
#include "base/mem.h"

enum {
  GROUP_MAX = 128,   /* adapters of one module */
  WORK_TOTAL = 20000 /* parts of values that all adapters of a component treat */
};

/* ---- groups ------------------------------------------------------------------------------------------------------ */

static weir_status write_group(struct planner *p, const uint32_t *members, uint32_t member_count,
                               struct adapter_group *group, struct diag *d) {
  const struct adapter_source source = {.g = p->g,
                                        .flagged = p->flagged,
                                        .throws = p->throws,
                                        .context = p->context,
                                        .plan = p->plan,
                                        .members = members,
                                        .member_count = member_count,
                                        .flags_exist = p->flags_exist,
                                        .outside = p->outside};
  WEIR_TRY(adapter_group_write(p->arena, &source, group, d));
  p->flags_exist |= group->makes_flags;
  return WEIR_OK;
}

static weir_status close_group(struct planner *p, struct diag *d) {
  if (p->open == 0)
    return WEIR_OK;
  if (p->first) {
    p->open = 0;
    return WEIR_OK;
  }
  struct adapter_group *group = &p->groups[p->plan->group_count++];
  group->trampolines = p->members + p->member_count - p->open;
  group->count = p->open;
  p->open = 0;
  return write_group(p, p->members, p->member_count, group, d);
}

/* The late groups, and their switch. */
static weir_status close_late(struct planner *p, struct diag *d) {
  p->plan->late_first = p->plan->group_count;
  if (p->late_count == 0)
    return WEIR_OK;
  for (uint32_t at = 0; at < p->late_count; at += GROUP_MAX) {
    struct adapter_group *group = &p->groups[p->plan->group_count++];
    group->trampolines = p->late_members + at;
    group->count = p->late_count - at < GROUP_MAX ? p->late_count - at : GROUP_MAX;
    WEIR_TRY(write_group(p, p->late_members, p->late_count, group, d));
  }
  for (uint32_t i = 0; i < p->late_count; i++)
    p->group_of[p->late_members[i]] = p->plan->group_count;
  struct adapter_group *group = &p->groups[p->plan->group_count++];
  group->trampolines = p->late_members;
  group->count = p->late_count;
  return adapter_switch_write(p->arena, p->g, group, d);
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

/* `l` NULL: a built-in. The core function of a late one is there before any step names it. */
static void add_member(struct planner *p, uint32_t index, const struct graph_lift *l) {
  if (p->late && judge_needs_flags(p, &p->g->trampolines[index], l)) {
    p->late_members[p->late_count++] = index;
    return;
  }
  p->group_of[index] = p->plan->group_count;
  p->members[p->member_count++] = index;
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
    judge_note_way_out(p, t->instance);
    if (judge_uses_standin(p, t))
      add_member(p, index, NULL);
    return;
  }
  const struct graph_lift *l = &p->g->lifts[t->callee.index];
  p->enters[index] = judge_needs_standin(p, t, l);
  if (p->enters[index])
    judge_note_way_out(p, t->instance);
  if (p->enters[index] || judge_needs_slots(p, t, l, false))
    give_standin(p, l->instance);
  if (judge_needs_slots(p, t, l, true))
    give_standin(p, t->instance);
  add_member(p, index, l);
}

static weir_status walk(struct planner *p, struct diag *d) {
  memset(p->group_of, 0xff, p->g->trampoline_count * sizeof(*p->group_of)); /* GRAPH_NONE */
  p->member_count = p->late_count = p->open = 0;
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
  WEIR_TRY(close_group(p, d));
  return p->first ? WEIR_OK : close_late(p, d);
}

static bool allocate_lasting(struct planner *p) {
  const struct graph *g = p->g;
  uint32_t most = g->trampoline_count < PLANNER_TOTAL_MAX ? g->trampoline_count : PLANNER_TOTAL_MAX;
  p->plan = ARENA_NEW(p->arena, struct adapter_plan);
  p->group_of = ARENA_ARRAY(p->arena, uint32_t, g->trampoline_count);
  p->groups = ARENA_ARRAY(p->arena, struct adapter_group, most + 1); /* one more: the switch */
  p->members = ARENA_ARRAY(p->arena, uint32_t, most);
  p->late_members = ARENA_ARRAY(p->arena, uint32_t, most);
  p->enters = ARENA_ARRAY(p->arena, bool, g->trampoline_count);
  p->reasons = ARENA_ARRAY(p->arena, uint8_t, g->trampoline_count);
  p->standin_of = ARENA_ARRAY(p->arena, uint32_t, g->instance_count);
  if (!p->plan || !p->group_of || !p->groups || !p->members || !p->late_members || !p->enters || !p->reasons ||
      !p->standin_of)
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
  judge_instances_once(p);
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
                      .alone = (how & ADAPTER_ALONE) != 0,
                      .late = (how & ADAPTER_LATE) != 0};
  weir_status status = allocate_lasting(&p) && allocate_passing(&p) ? plan_all(&p, d) : diag_nomem(d);
  free_passing(&p);
  if (status == WEIR_OK)
    *ret = p.plan;
  return status;
}
