/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See outer.h. */
#include "fuse/outer.h"

#define I32 CORE_I32
#define I64 CORE_I64

const struct outer_builtin outer_builtins[OUTER_COUNT] = {
    {CANON_WAITABLE_SET_NEW, {{0}, {I32}, 0, 1}},
    {CANON_WAITABLE_SET_WAIT, {{I32, I32}, {I32}, 2, 1}},
    {CANON_WAITABLE_JOIN, {{I32, I32}, {0}, 2, 0}},
    {CANON_STREAM_NEW, {{0}, {I64}, 0, 1}},
    {CANON_STREAM_READ, {{I32, I32, I32}, {I32}, 3, 1}},
    {CANON_STREAM_WRITE, {{I32, I32, I32}, {I32}, 3, 1}},
    {CANON_SUBTASK_CANCEL, {{I32}, {I32}, 1, 1}},
    {CANON_SUBTASK_DROP, {{I32}, {0}, 1, 0}},
    {CANON_CONTEXT_GET, {{0}, {I32}, 0, 1}},
    {CANON_CONTEXT_SET, {{I32}, {0}, 1, 0}},
    {CANON_BACKPRESSURE_INC, {{0}, {0}, 0, 0}},
    {CANON_BACKPRESSURE_DEC, {{0}, {0}, 0, 0}},
};

uint32_t outer_find(struct str name) {
  uint32_t i = 0;
  while (i < OUTER_COUNT && !str_eq(name, str_from(canon_info(outer_builtins[i].kind)->name)))
    i++;
  return i;
}

static bool may_wait(const struct graph *g, const struct weir_extern *item) {
  for (uint32_t i = 0; i < item->item_count; i++)
    if (may_wait(g, &item->items[i]))
      return true;
  if (item->kind != WEIR_EXTERN_FUNC || item->func->ref.kind != FUNC_REF_LIFT)
    return false;
  return outer_may_wait(&g->lifts[item->func->ref.index]);
}

bool outer_needed(const struct graph *g) {
  for (uint32_t i = 0; i < g->export_count; i++)
    if (may_wait(g, &g->exports[i]))
      return true;
  return false;
}

static bool cancels_host_calls(const struct graph *g) {
  bool cancels = false, calls = false;
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    const struct graph_trampoline *t = &g->trampolines[i];
    cancels |= t->kind == CANON_SUBTASK_CANCEL && t->async;
    calls |= t->kind == CANON_LOWER && t->callee.kind == FUNC_REF_HOST && t->opts.async;
  }
  return cancels && calls;
}

void outer_list(const struct graph *g, bool ret[OUTER_COUNT]) {
  bool needed = outer_needed(g), cancels = cancels_host_calls(g);
  for (uint32_t i = 0; i < OUTER_COUNT; i++)
    ret[i] = needed && (outer_builtins[i].kind != CANON_SUBTASK_CANCEL || cancels);
}
