/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See explain.h. */
#include "fuse/explain.h"

#include "adapter/plan.h"

static struct str instance_words(const struct graph *g, uint32_t instance) {
  struct str path = g->instances[instance].path;
  return path.size > 0 ? path : STR("the root");
}

static const char *lift_words(const struct graph_lift *l) {
  if (!l->opts.async)
    return l->type->async ? "an async function lifted sync" : "lifted sync";
  return l->opts.callback.kind == CORE_REF_NONE ? "lifted async, stackful" : "lifted async with a callback";
}

static void explain_call(const struct graph *g, const struct adapter_plan *plan, uint32_t index, struct text *out) {
  const struct graph_trampoline *t = &g->trampolines[index];
  const struct graph_lift *l = &g->lifts[t->callee.index];
  struct str caller = instance_words(g, t->instance), callee = instance_words(g, l->instance);
  text_printf(out, "call %u: " STR_FMT " calls `" STR_FMT "` of " STR_FMT ", lowered %s, %s: ", (unsigned)index,
              STR_ARG(caller), STR_ARG(l->name), STR_ARG(callee), t->opts.async ? "async" : "sync", lift_words(l));
  if (plan->group_of[index] == GRAPH_NONE)
    text_printf(out, "outside, as %s\n", adapter_reason_words((enum adapter_reason)plan->reasons[index]));
  else
    text_printf(out, "inside, %s\n",
                plan->enters[index] ? "with a task if somebody asks for it" : "and no task is needed");
}

weir_status fuse_explain(const struct weir_alloc *alloc, const struct graph *g, struct text *out, struct diag *d) {
  struct adapter_plan *plan;
  struct arena arena;
  arena_init(&arena, alloc);
  weir_status status = adapter_plan_make(&arena, g, 0, &plan, d);
  for (uint32_t i = 0; status == WEIR_OK && i < g->trampoline_count; i++)
    if (plan->reasons[i] != ADAPTER_REASON_NO_CALL)
      explain_call(g, plan, i, out);
  arena_done(&arena);
  return status == WEIR_OK && out->failed ? diag_nomem(d) : status;
}
