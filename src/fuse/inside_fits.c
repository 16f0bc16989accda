/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * When a runtime inside of a component can do what the outer one would (component.h).
 *
 * It knows all that happens as long as no handle crosses the border. It keeps the stack of a task that blocks beneath
 * the tasks that run meanwhile, so such a task goes on only when those above it have returned. Nobody can tell as long
 * as all others return to wait: they have callbacks, or their instances have nothing that blocks. outside_fits.c has
 * the rest of the rules: for exports and functions of the host that wait.
 */
#include "fuse/component.h"
#include "fuse/glue.h"

enum { INSTANCES_MAX = 64, RESOURCES_MAX = 1 << 20, TYPES_MAX = 1 << 20 };

struct fitting {
  const struct graph *g;
  const struct adapter_plan *adapters;
  struct diag *d;
};

static struct str words_of(const struct graph *g, uint32_t instance) {
  struct str path = g->instances[instance].path;
  return path.size > 0 ? path : STR("the root");
}

static weir_status refuse(const struct fitting *f, const char *why) {
  return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "%s", why);
}

static bool has_handle(const struct weir_type *t) {
  return t && t->has_handle;
}

static bool is_lift(const struct graph_trampoline *t) {
  return t->kind == CANON_LOWER && t->callee.kind == FUNC_REF_LIFT;
}

/* ---- sizes ------------------------------------------------------------------------------------------------------- */

static weir_status check_sizes(const struct fitting *f) {
  const struct graph *g = f->g;
  if (g->instance_count > INSTANCES_MAX)
    return refuse(f, "there are more than 64 component instances");
  if (g->resource_count > RESOURCES_MAX || type_table_count(g->types) > TYPES_MAX)
    return refuse(f, "there are too many types");
  return WEIR_OK;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

/* Whether an instance has functions with a callback that others call: its tasks may run above a blocked one. */
static bool runs_above(const struct fitting *f, uint32_t instance) {
  const struct graph *g = f->g;
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    const struct graph_trampoline *t = &g->trampolines[i];
    if (!is_lift(t) || g->lifts[t->callee.index].instance != instance)
      continue;
    if (g->lifts[t->callee.index].opts.async || t->opts.async)
      return true;
  }
  return false;
}

static weir_status check_call(const struct fitting *f, const struct graph_trampoline *t) {
  const struct graph *g = f->g;
  const struct graph_lift *l = &g->lifts[t->callee.index];
  bool stackful = l->opts.async && l->opts.callback.kind == CORE_REF_NONE;
  struct str callee = words_of(g, l->instance);
  if (t->opts.memory64 || l->opts.memory64)
    return refuse(f, "a memory has 64-bit addresses");
  if (!g->instances[l->instance].can_block)
    return WEIR_OK;
  if (l->opts.async || stackful)
    return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "`" STR_FMT "` of " STR_FMT " is lifted async and may block",
                    STR_ARG(l->name), STR_ARG(callee));
  if (t->opts.async || runs_above(f, t->instance))
    return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "`" STR_FMT "` of " STR_FMT " may block while its caller has to go on",
                    STR_ARG(l->name), STR_ARG(callee));
  return WEIR_OK;
}

static weir_status check_host_call(const struct fitting *f, const struct graph_trampoline *t) {
  if (has_handle(t->type->params) || has_handle(t->type->result))
    return refuse(f, "handles go to the host or come from there");
  return WEIR_OK;
}

/* ---- built-ins --------------------------------------------------------------------------------------------------- */

static weir_status check_builtin(const struct fitting *f, const struct graph_trampoline *t) {
  enum canon_class class = canon_info(t->kind)->class;
  bool known = class != CANON_CLASS_THREAD && class != CANON_CLASS_PARALLEL && class != CANON_CLASS_ERROR_CONTEXT;
  if (!known)
    return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "there are several components, and one uses `%s`",
                    canon_info(t->kind)->name);
  if (t->opts.memory64 || (t->is64 && class != CANON_CLASS_CONTEXT))
    return refuse(f, "a memory or a representation has 64 bits");
  if (t->resource && t->resource->imported)
    return refuse(f, "handles come from the host");
  return WEIR_OK;
}

static weir_status check_trampolines(const struct fitting *f) {
  for (uint32_t i = 0; i < f->g->trampoline_count; i++) {
    const struct graph_trampoline *t = &f->g->trampolines[i];
    if (!glue_replaces(f->adapters, f->g, i))
      continue;
    if (is_lift(t))
      WEIR_TRY(check_call(f, t));
    else if (t->kind == CANON_LOWER)
      WEIR_TRY(check_host_call(f, t));
    else
      WEIR_TRY(check_builtin(f, t));
  }
  return WEIR_OK;
}

/* ---- exports ----------------------------------------------------------------------------------------------------- */

static weir_status check_export(const struct fitting *f, const struct weir_extern *item) {
  if (item->kind == WEIR_EXTERN_RESOURCE)
    return refuse(f, "a resource is exported");
  for (uint32_t i = 0; i < item->item_count; i++)
    WEIR_TRY(check_export(f, &item->items[i]));
  if (item->kind != WEIR_EXTERN_FUNC || item->func->ref.kind != FUNC_REF_LIFT)
    return WEIR_OK;
  const struct graph_lift *l = &f->g->lifts[item->func->ref.index];
  if (has_handle(l->type->params) || has_handle(l->type->result))
    return refuse(f, "handles go to the host or come from there");
  return l->opts.memory64 ? refuse(f, "a memory has 64-bit addresses") : WEIR_OK;
}

weir_status component_fits_inside(const struct graph *g, const struct adapter_plan *adapters, struct diag *d) {
  const struct fitting f = {g, adapters, d};
  WEIR_TRY(check_sizes(&f));
  WEIR_TRY(check_trampolines(&f));
  for (uint32_t i = 0; i < g->export_count; i++)
    WEIR_TRY(check_export(&f, &g->exports[i]));
  return WEIR_OK;
}
