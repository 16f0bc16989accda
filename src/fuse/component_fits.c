/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * When several component instances may become one (component.h).
 *
 * A component instance has a table of handles, tasks with their context, back-pressure, and a lock. Most instances have
 * code only: they are called by adapters, call others through adapters, and call functions of the host whose values
 * have no handles. Of those that have more, one may be in a fused component: the others can tell nothing of it, as it
 * could tell nothing of them. A callee that is entered by an adapter has a task of its own; the fused component has
 * none for it, so it must not ask.
 */
#include "adapter/plan.h"
#include "fuse/component.h"

struct fitting {
  const struct graph *g;
  const struct adapter_plan *plan;
  struct diag *d;
  uint32_t owner; /* the instance with state, so far */
};

static struct str words_of(const struct graph *g, uint32_t instance) {
  struct str path = g->instances[instance].path;
  return path.size > 0 ? path : STR("the root");
}

static bool has_handle(const struct weir_type *t) {
  return t && t->has_handle;
}

/* A call of the host that leaves nothing behind in the instance. */
static bool is_plain_call(const struct graph_trampoline *t) {
  return t->kind == CANON_LOWER && t->callee.kind == FUNC_REF_HOST && !t->opts.async && !t->type->async &&
         !has_handle(t->type->params) && !has_handle(t->type->result);
}

static weir_status own(struct fitting *f, uint32_t instance) {
  if (f->owner == GRAPH_NONE)
    f->owner = instance;
  if (f->owner == instance)
    return WEIR_OK;
  struct str a = words_of(f->g, f->owner), b = words_of(f->g, instance);
  return diag_set(f->d, WEIR_ERR_UNSUPPORTED, STR_FMT " and " STR_FMT " both have tasks or handles of their own",
                  STR_ARG(a), STR_ARG(b));
}

/* Adapters leave strings in other encodings than UTF-8 to a runtime. */
static weir_status check_strings(struct fitting *f, const struct graph_trampoline *t) {
  const struct graph_lift *l = &f->g->lifts[t->callee.index];
  if (t->opts.encoding == AST_ENCODING_UTF8 && l->opts.encoding == AST_ENCODING_UTF8)
    return WEIR_OK;
  return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "strings go between encodings inside of the component");
}

static weir_status check_trampoline(struct fitting *f, uint32_t index) {
  const struct graph_trampoline *t = &f->g->trampolines[index];
  if (f->plan->group_of[index] != GRAPH_NONE)
    return check_strings(f, t);
  if (is_plain_call(t))
    return WEIR_OK;
  if (t->kind == CANON_LOWER && t->callee.kind == FUNC_REF_LIFT) {
    const struct graph_lift *l = &f->g->lifts[t->callee.index];
    struct str caller = words_of(f->g, t->instance), callee = words_of(f->g, l->instance);
    return diag_set(f->d, WEIR_ERR_UNSUPPORTED, STR_FMT " calls `" STR_FMT "` of " STR_FMT " through the runtime: %s",
                    STR_ARG(caller), STR_ARG(l->name), STR_ARG(callee),
                    adapter_reason_words((enum adapter_reason)f->plan->reasons[index]));
  }
  if (t->resource && t->is64)
    return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "a resource has a representation of 64 bits");
  return own(f, t->instance);
}

/* What the callee of an adapter may use although it has no task: handles, and calls of the host that do not wait. */
static bool needs_task(const struct graph_trampoline *t) {
  enum canon_class class = canon_info(t->kind)->class;
  return class != CANON_CLASS_RESOURCE && class != CANON_CLASS_ERROR_CONTEXT && class != CANON_CLASS_CALL;
}

static bool uses_task(const struct graph *g, uint32_t instance) {
  for (uint32_t i = 0; i < g->trampoline_count; i++)
    if (g->trampolines[i].instance == instance && needs_task(&g->trampolines[i]))
      return true;
  return false;
}

static weir_status check_entered(struct fitting *f) {
  for (uint32_t i = 0; i < f->g->trampoline_count; i++) {
    if (!f->plan->enters[i])
      continue;
    uint32_t callee = f->g->lifts[f->g->trampolines[i].callee.index].instance;
    struct str words = words_of(f->g, callee);
    if (callee == f->owner && uses_task(f->g, callee))
      return diag_set(f->d, WEIR_ERR_UNSUPPORTED, STR_FMT " is called, and uses its tasks", STR_ARG(words));
  }
  return WEIR_OK;
}

static weir_status check_export(struct fitting *f, const struct weir_extern *item) {
  if (item->kind == WEIR_EXTERN_INSTANCE) {
    for (uint32_t i = 0; i < item->item_count; i++)
      WEIR_TRY(check_export(f, &item->items[i]));
    return WEIR_OK;
  }
  if (item->kind != WEIR_EXTERN_FUNC || item->func->ref.kind != FUNC_REF_LIFT)
    return WEIR_OK;
  const struct graph_lift *l = &f->g->lifts[item->func->ref.index];
  bool is_plain = !l->opts.async && !l->type->async && !has_handle(l->type->params) && !has_handle(l->type->result);
  return is_plain ? WEIR_OK : own(f, l->instance);
}

weir_status component_fits(const struct graph *g, const struct adapter_plan *plan, struct diag *d) {
  struct fitting f = {g, plan, d, GRAPH_NONE};
  for (uint32_t i = 0; i < g->trampoline_count; i++)
    WEIR_TRY(check_trampoline(&f, i));
  for (uint32_t i = 0; i < g->export_count; i++)
    WEIR_TRY(check_export(&f, &g->exports[i]));
  return check_entered(&f);
}
