/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * When exports and functions of the host may wait although their component instances have become one (component.h).
 *
 * To the outer runtime all exports are of one instance, with one lock and one back-pressure. Those that wait in a
 * callback give the lock back. One that blocks on its stack keeps the lock, which only exports of its own instance are
 * to feel; so the exports of one instance may block, or those of several where none does.
 *
 * In order: what the graph has; exports; functions of the host.
 */
#include "fuse/component.h"
#include "fuse/outer.h"

struct facts {
  const struct graph *g;
  struct diag *d;
  bool *exports;        /* by instance: the root has functions of it that may wait */
  bool *entered;        /* by instance: others call it, and may have to wait */
  bool *later;          /* by instance: its code may run when the call that caused it has returned */
  uint32_t exporters;   /* instances of `exports` */
  bool sync_export;     /* the root has a function that is lifted synchronously */
  bool blocks, cancels; /* some instance blocks on its stack, cancels subtasks synchronously */
  bool overlaps;        /* calls inside may be under way beside others */
};

static weir_status refuse(const struct facts *f, const char *why) {
  return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "%s", why);
}

/* ---- what the graph has ------------------------------------------------------------------------------------------ */

static void see_export(struct facts *f, const struct weir_extern *item) {
  for (uint32_t i = 0; i < item->item_count; i++)
    see_export(f, &item->items[i]);
  if (item->kind != WEIR_EXTERN_FUNC || item->func->ref.kind != FUNC_REF_LIFT)
    return;
  const struct graph_lift *l = &f->g->lifts[item->func->ref.index];
  f->sync_export |= !l->opts.async;
  if (!outer_may_wait(l) || f->exports[l->instance])
    return;
  f->exports[l->instance] = true;
  f->exporters++;
}

static const struct graph_lift *callee_of(const struct facts *f, const struct graph_trampoline *t) {
  return t->kind == CANON_LOWER && t->callee.kind == FUNC_REF_LIFT ? &f->g->lifts[t->callee.index] : NULL;
}

/* Instances are made in front of those that import from them: so what a callee calls is marked behind it. */
static void see_calls(struct facts *f) {
  for (uint32_t i = f->g->trampoline_count; i-- > 0;) {
    const struct graph_trampoline *t = &f->g->trampolines[i];
    const struct graph_lift *l = callee_of(f, t);
    f->cancels |= t->kind == CANON_SUBTASK_CANCEL && !t->async;
    if (!l)
      continue;
    f->entered[l->instance] |= outer_may_wait(l);
    f->later[l->instance] |= l->opts.async || f->later[t->instance];
    f->overlaps |= l->opts.async || t->opts.async;
  }
}

static weir_status find_facts(struct facts *f, struct arena *arena) {
  f->entered = ARENA_ARRAY(arena, bool, f->g->instance_count);
  f->exports = ARENA_ARRAY(arena, bool, f->g->instance_count);
  f->later = ARENA_ARRAY(arena, bool, f->g->instance_count);
  if (!f->entered || !f->exports || !f->later)
    return diag_nomem(f->d);
  for (uint32_t i = 0; i < f->g->export_count; i++)
    see_export(f, &f->g->exports[i]);
  for (uint32_t i = 0; i < f->g->instance_count; i++)
    f->blocks |= f->g->instances[i].can_block;
  see_calls(f);
  return WEIR_OK;
}

/* ---- exports ----------------------------------------------------------------------------------------------------- */

static bool is_backpressure(const struct graph_trampoline *t) {
  return t->kind == CANON_BACKPRESSURE_INC || t->kind == CANON_BACKPRESSURE_DEC;
}

static weir_status check_exports(const struct facts *f) {
  if (f->exporters > 1 && f->blocks)
    return refuse(f, "exports of two components may wait, and there is one that blocks");
  for (uint32_t i = 0; i < f->g->trampoline_count; i++) {
    const struct graph_trampoline *t = &f->g->trampolines[i];
    if (!f->exports[t->instance])
      continue;
    if (is_backpressure(t) && (f->exporters > 1 || f->entered[t->instance]))
      return refuse(f, "a component whose exports may wait uses back-pressure, and not only its exports are concerned");
    if (t->cancellable)
      return refuse(f, "a component whose exports may wait can be cancelled on its stack");
  }
  return WEIR_OK;
}

/* ---- functions of the host --------------------------------------------------------------------------------------- */

static weir_status check_async_call(const struct facts *f) {
  if (f->sync_export)
    return refuse(f, "functions of the host may wait, and an export is lifted synchronously");
  if (f->cancels)
    return refuse(f, "functions of the host may wait, and calls are cancelled synchronously");
  return WEIR_OK;
}

/* It keeps all others from running. */
static weir_status check_blocking_call(const struct facts *f) {
  if (f->overlaps || f->exporters > 1)
    return refuse(f, "a function of the host is called synchronously and may wait, and others could run meanwhile");
  return WEIR_OK;
}

static weir_status check_host_calls(const struct facts *f) {
  for (uint32_t i = 0; i < f->g->trampoline_count; i++) {
    const struct graph_trampoline *t = &f->g->trampolines[i];
    if (t->kind != CANON_LOWER || t->callee.kind != FUNC_REF_HOST)
      continue;
    if (f->sync_export && f->later[t->instance])
      return refuse(f, "an export is lifted synchronously, and what it has started may call the host later");
    if (t->opts.async)
      WEIR_TRY(check_async_call(f));
    else if (t->type->async)
      WEIR_TRY(check_blocking_call(f));
  }
  return WEIR_OK;
}

weir_status component_fits_outside(struct arena *arena, const struct graph *g, struct diag *d) {
  struct facts f = {.g = g, .d = d};
  WEIR_TRY(find_facts(&f, arena));
  WEIR_TRY(check_exports(&f));
  return check_host_calls(&f);
}
