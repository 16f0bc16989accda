/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Inside adapter/: the planner's state while it walks over the steps of a graph (plan.c), and the decision about one
 * function (judge.c).
 */
#ifndef ADAPTER_PLANNER_H
#define ADAPTER_PLANNER_H

#include "adapter/adapter.h"
#include "base/arena.h"

enum { PLANNER_TOTAL_MAX = 1024 }; /* adapters of one component; as many stand-ins at most */

struct planner {
  struct arena *arena;
  const struct graph *g;
  struct adapter_plan *plan;
  struct adapter_group *groups;
  uint32_t *group_of, *members; /* members: of the open group, at the end of those before */
  uint32_t *late_members;
  bool *enters;          /* by trampoline */
  uint8_t *reasons;      /* the same */
  uint32_t *standin_of;  /* by instance */
  struct judged *judged; /* the same */
  bool *flagged, *throws, *context;
  bool first; /* the first walk */
  bool flags_exist, reentrance, outside, alone, late;
  uint32_t member_count, late_count, open, work; /* open: members of the open group */
};

struct judged {
  uint32_t ways_out; /* out of the instance and those inside it, without adapters of leaves */
  bool stays;        /* at times the instance may not leave */
  bool asks;         /* the instance has ways out, which ask whether it may leave */
};

static inline bool planner_is_full(const struct planner *p) {
  return p->member_count + p->late_count == PLANNER_TOTAL_MAX;
}

/* What calls in both directions may do to an instance, by what the graph has of it: once, before the walks. */
void judge_instances_once(struct planner *p);

/* Why a trampoline gets no adapter as a call; what the answer uses up of the planner's work is taken off. */
enum adapter_reason judge_call(struct planner *p, const struct graph_trampoline *t);

/* Whether the callee may need a task, and the call does with a stand-in. */
bool judge_needs_standin(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l);

/* Whether the realloc of one side is called, and would see context slots of a task without a stand-in. */
bool judge_needs_slots(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l,
                       bool caller);

/* Whether the adapter of a call, or of a built-in (`l` NULL), needs the memory of flags. */
bool judge_needs_flags(const struct planner *p, const struct graph_trampoline *t, const struct graph_lift *l);

/* Whether a built-in works on the stand-in of its instance. */
bool judge_uses_standin(const struct planner *p, const struct graph_trampoline *t);

/* A way out of an instance: neither the instance nor those around it are leaves. */
void judge_note_way_out(struct planner *p, uint32_t instance);

#endif
