/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From a graph to a plan of the merger. Instances of the merge are the core instances and the modules of adapters, in
 * the order in which the runtime would make them; what the runtime makes otherwise is imported.
 *
 * In order: what is outside; the instances; the exports; the section; all of it.
 */
#include "fuse/core.h"

#include "adapter/fused.h"
#include "adapter/plan.h"
#include "component/graph_refs.h"
#include "fuse/core_world.h"
#include "fuse/fusing.h"
#include "fuse/helpers.h"
#include "fuse/merge.h"
#include "fuse/origin.h"
#include "fuse/outer.h"
#include "wasm/put.h"

/* ---- outside ----------------------------------------------------------------------------------------------------- */

static weir_status list_outsides(struct fusing *f) {
  const struct graph *g = f->g;
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    f->outsides[i].module = fused_instance_name(&f->arena, g->trampolines[i].instance);
    f->outsides[i].name = fused_trampoline_name(&f->arena, g, i);
    if (!f->outsides[i].module.data || !f->outsides[i].name.data)
      return diag_nomem(f->d);
  }
  for (uint32_t i = 0; i < ADAPTER_HELPER_COUNT; i++)
    f->outsides[g->trampoline_count + i] =
        (struct merge_outside){STR(FUSED_ADAPTER), str_from(fused_helper_name((enum adapter_helper)i))};
  for (uint32_t i = 0; i < OUTER_COUNT; i++)
    f->outsides[g->trampoline_count + ADAPTER_HELPER_COUNT + i] =
        (struct merge_outside){STR(OUTER_MODULE), str_from(canon_info(outer_builtins[i].kind)->name)};
  return WEIR_OK;
}

/* ---- instances --------------------------------------------------------------------------------------------------- */

static weir_status add_core_instance(struct fusing *f, uint32_t index) {
  const struct graph_core_instance *from = &f->g->core_instances[index];
  struct merge_source *sources = ARENA_ARRAY(&f->arena, struct merge_source, from->import_count);
  if (!sources)
    return diag_nomem(f->d);
  for (uint32_t i = 0; i < from->import_count; i++)
    WEIR_TRY(fusing_source(f, &from->imports[i], &sources[i]));
  f->core_instances[index] = f->count;
  f->starts[f->count] = fused_start_name(&f->arena, index);
  if (!f->starts[f->count].data)
    return diag_nomem(f->d);
  return fusing_add_instance(f, from->module, sources, from->import_count,
                             arena_printf(&f->arena, "%u/", (unsigned)index));
}

/* `helpers`: their instance, in a shell. */
static weir_status adapter_source(struct fusing *f, const struct adapter_import *import, uint32_t helpers,
                                  struct merge_source *ret) {
  switch (import->kind) {
    case ADAPTER_IMPORT_HELPER:
      if (f->form != FUSE_CORE)
        *ret = (struct merge_source){.instance = helpers, .name = str_from(fused_helper_name(import->helper))};
      else
        *ret = (struct merge_source){.instance = MERGE_OUTSIDE, .outside = f->g->trampoline_count + import->helper};
      return WEIR_OK;
    case ADAPTER_IMPORT_OUTSIDE:
      *ret = (struct merge_source){.instance = MERGE_OUTSIDE, .outside = import->ref.index};
      return WEIR_OK;
    case ADAPTER_IMPORT_FLAGS:
      *ret = fusing_flags(f);
      return WEIR_OK;
    default:
      return fusing_source(f, &import->ref, ret);
  }
}

/* What the adapters of a group call, in a shell. */
static weir_status add_helpers(struct fusing *f, const struct adapter_group *group) {
  struct helpers helpers;
  WEIR_TRY(helpers_make(&f->arena, f->g, group, &helpers, f->d));
  struct merge_source *sources = ARENA_ARRAY(&f->arena, struct merge_source, helpers.memory_count);
  if (!sources)
    return diag_nomem(f->d);
  for (uint32_t i = 0; i < helpers.memory_count; i++)
    WEIR_TRY(fusing_source(f, &helpers.memories[i], &sources[i]));
  f->modules[f->module_count++] = (struct merge_module){(const uint8_t *)helpers.bytes.data, helpers.bytes.size};
  return fusing_add_instance(f, f->module_count - 1, sources, helpers.memory_count, STR("helpers/"));
}

/* The group of an adapter, after the step of the last one in it. */
static weir_status add_group(struct fusing *f, uint32_t trampoline) {
  uint32_t group = f->adapters->group_of[trampoline];
  if (group == GRAPH_NONE)
    return WEIR_OK;
  const struct adapter_group *from = &f->adapters->groups[group];
  if (from->trampolines[from->count - 1] != trampoline)
    return WEIR_OK;
  struct merge_source *sources = ARENA_ARRAY(&f->arena, struct merge_source, from->import_count);
  if (!sources)
    return diag_nomem(f->d);
  if (f->form != FUSE_CORE)
    WEIR_TRY(add_helpers(f, from));
  for (uint32_t i = 0; i < from->import_count; i++)
    WEIR_TRY(adapter_source(f, &from->imports[i], f->count - 1, &sources[i]));
  for (uint32_t i = 0; i < from->count; i++)
    f->positions[from->trampolines[i]] = i;
  f->groups[group] = f->count;
  if (from->makes_flags)
    f->flags = group;
  return fusing_add_instance(f, f->g->module_count + group, sources, from->import_count, STR("adapter/"));
}

/* Behind all others, in a shell: whatever they guard is there. */
static weir_status add_guards(struct fusing *f) {
  for (uint32_t i = 0; i < f->guard_count; i++) {
    const struct guard *guard = &f->guards[i];
    struct merge_source *sources = ARENA_ARRAY(&f->arena, struct merge_source, 2);
    struct str bytes = guard_module(&f->arena, guard);
    if (!sources || !bytes.data)
      return diag_nomem(f->d);
    WEIR_TRY(fusing_source(f, &guard->ref, &sources[0]));
    sources[1] = fusing_flags(f);
    f->modules[f->module_count++] = (struct merge_module){(const uint8_t *)bytes.data, bytes.size};
    WEIR_TRY(fusing_add_instance(f, f->module_count - 1, sources, 2, STR("guard/")));
  }
  return WEIR_OK;
}

/* ---- all instances ----------------------------------------------------------------------------------------------- */

/* In a shell without a runtime inside. */
static weir_status add_flags(struct fusing *f) {
  struct str bytes = guard_flags_module(&f->arena);
  if (!bytes.data)
    return diag_nomem(f->d);
  f->flags = f->count;
  return fusing_add_module(f, bytes, NULL, 0, STR("flags/"));
}

/* A way out of an instance whose realloc or post-return an adapter calls asks whether the instance may leave. */
static weir_status add_gate(struct fusing *f, uint32_t trampoline) {
  const struct graph_trampoline *t = &f->g->trampolines[trampoline];
  if (f->adapters->group_of[trampoline] != GRAPH_NONE || canon_info(t->kind)->leaves == CANON_STAYS ||
      !f->staying[t->instance])
    return WEIR_OK;
  struct merge_source *sources = ARENA_ARRAY(&f->arena, struct merge_source, 2);
  struct str bytes = guard_gate_module(&f->arena, t);
  if (!sources || !bytes.data)
    return diag_nomem(f->d);
  sources[0] = (struct merge_source){.instance = MERGE_OUTSIDE, .outside = trampoline};
  sources[1] = fusing_flags(f);
  f->glued[trampoline] = f->count;
  return fusing_add_module(f, bytes, sources, 2, STR("gate/"));
}

static weir_status add_step(struct fusing *f, const struct graph_step *step) {
  if (step->kind == STEP_CORE_INSTANCE)
    WEIR_TRY(add_core_instance(f, step->index));
  else if (step->kind == STEP_TRAMPOLINE)
    WEIR_TRY(add_group(f, step->index));
  if (f->form == FUSE_INSIDE)
    return fusing_step_inside(f, step);
  return step->kind == STEP_TRAMPOLINE && f->form == FUSE_SHELL && f->flags != GRAPH_NONE ? add_gate(f, step->index)
                                                                                          : WEIR_OK;
}

static weir_status list_instances(struct fusing *f) {
  if (f->form == FUSE_INSIDE)
    WEIR_TRY(fusing_begin_inside(f));
  else if (f->form == FUSE_SHELL && f->adapters->group_count > 0)
    WEIR_TRY(add_flags(f));
  for (uint32_t i = 0; i < f->g->step_count; i++)
    WEIR_TRY(add_step(f, &f->g->steps[i]));
  return f->form == FUSE_INSIDE || (f->form == FUSE_SHELL && f->flags != GRAPH_NONE) ? add_guards(f) : WEIR_OK;
}

static weir_status list_modules(struct fusing *f) {
  const struct graph *g = f->g;
  for (uint32_t i = 0; i < g->module_count; i++) {
    if (g->modules[i].imported)
      return diag_set(f->d, WEIR_ERR_UNSUPPORTED, "a component that imports core modules cannot be fused");
    f->modules[i] = (struct merge_module){(const uint8_t *)g->modules[i].bytes.data, g->modules[i].bytes.size};
  }
  for (uint32_t i = 0; i < f->adapters->group_count; i++) {
    struct str bytes = f->adapters->groups[i].bytes;
    f->modules[g->module_count + i] = (struct merge_module){(const uint8_t *)bytes.data, bytes.size};
  }
  f->module_count = g->module_count + f->adapters->group_count;
  return WEIR_OK;
}

/* ---- exports ----------------------------------------------------------------------------------------------------- */

static weir_status add_export(struct fusing *f, struct str name, struct merge_source source) {
  struct merge_export export = {name, source};
  if (!name.data)
    return diag_nomem(f->d);
  if (name_index_find(&f->names, name) != INDEX_NONE)
    return WEIR_OK;
  if (!name_index_add(&f->names, name, f->exports.count) || !ARENA_PUSH(&f->arena, &f->exports, export))
    return diag_nomem(f->d);
  return WEIR_OK;
}

/* The runtime has the other trampolines. */
static weir_status add_ref(void *data, const struct core_ref *ref, enum graph_use use) {
  struct fusing *f = data;
  struct merge_source source;
  (void)use;
  bool is_outside = ref->kind == CORE_REF_TRAMPOLINE && f->adapters->group_of[ref->index] == GRAPH_NONE;
  if (is_outside && f->glued[ref->index] == GRAPH_NONE)
    return WEIR_OK;
  WEIR_TRY(fusing_source(f, ref, &source));
  return add_export(f, fused_export_name(&f->arena, ref), source);
}

static weir_status list_exports(struct fusing *f) {
  name_index_init(&f->names, &f->arena);
  WEIR_TRY(graph_each_ref(f->g, add_ref, f));
  for (uint32_t i = 0; f->form == FUSE_INSIDE && i < f->g->lift_count; i++) {
    struct merge_source root = {.instance = f->glued_roots[i], .name = STR("f")};
    if (root.instance == GRAPH_NONE)
      continue;
    WEIR_TRY(add_export(f, fuse_root_name(&f->arena, i), root));
    root.name = STR("callback");
    if (f->g->lifts[i].opts.callback.kind != CORE_REF_NONE)
      WEIR_TRY(add_export(f, fuse_callback_name(&f->arena, i), root));
  }
  if (f->form == FUSE_INSIDE && f->glue.waits)
    WEIR_TRY(add_export(f, STR(OUTER_MEMORY), fusing_flags(f)));
  if (f->flags == GRAPH_NONE && f->form != FUSE_INSIDE)
    return WEIR_OK;
  for (uint32_t i = 0; f->form != FUSE_CORE && i < f->guard_count; i++) {
    struct merge_source guarded = {.instance = f->count - f->guard_count + i, .name = STR("guard")};
    WEIR_TRY(add_export(f, guard_name(&f->arena, &f->guards[i].ref, f->guards[i].instance), guarded));
  }
  return f->form == FUSE_INSIDE ? WEIR_OK : add_export(f, STR(FUSED_FLAGS), fusing_flags(f));
}

/* ---- the section ------------------------------------------------------------------------------------------------- */

static weir_status put_world(struct str component, struct text *out, struct diag *d) {
  struct text body = {0};
  put_name(&body, STR(FUSED_SECTION));
  put_u32(&body, FUSED_VERSION);
  weir_status status = core_world_write((const uint8_t *)component.data, component.size, &body, d);
  put_section(out, SECTION_CUSTOM, &body);
  text_done(&body);
  return status;
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static weir_status allocate(struct fusing *f) {
  uint32_t groups = f->adapters->group_count, trampolines = f->g->trampoline_count;
  uint32_t more = 2 * groups; /* with helpers */
  if (f->form != FUSE_CORE)
    WEIR_TRY(guard_list(&f->arena, f->g, f->adapters->group_of, &f->guards, &f->guard_count, f->d));
  f->staying = guard_staying(&f->arena, f->g, f->adapters->group_of);
  more += f->guard_count + (f->form == FUSE_SHELL ? 1 + trampolines : 0);
  if (f->form == FUSE_INSIDE)
    WEIR_TRY(fusing_allocate_inside(f, &more));
  uint32_t most = f->g->core_instance_count + more;
  f->outsides = ARENA_ARRAY(&f->arena, struct merge_outside, trampolines + ADAPTER_HELPER_COUNT + OUTER_COUNT);
  f->modules = ARENA_ARRAY(&f->arena, struct merge_module, f->g->module_count + more);
  f->instances = ARENA_ARRAY(&f->arena, struct merge_instance, most);
  f->starts = ARENA_ARRAY(&f->arena, struct str, most);
  f->core_instances = ARENA_ARRAY(&f->arena, uint32_t, f->g->core_instance_count);
  f->groups = ARENA_ARRAY(&f->arena, uint32_t, groups);
  f->positions = ARENA_ARRAY(&f->arena, uint32_t, trampolines);
  f->glued = ARENA_ARRAY(&f->arena, uint32_t, trampolines);
  for (uint32_t i = 0; f->glued && i < trampolines; i++)
    f->glued[i] = GRAPH_NONE;
  f->flags = GRAPH_NONE;
  bool all = f->outsides && f->modules && f->instances && f->starts && f->core_instances && f->groups && f->positions &&
             f->glued && f->staying;
  return all ? WEIR_OK : diag_nomem(f->d);
}

static void count_calls(const struct fusing *f, struct fuse_core_stats *ret) {
  for (uint32_t i = 0; i < f->g->trampoline_count; i++) {
    const struct graph_trampoline *t = &f->g->trampolines[i];
    bool is_call = t->kind == CANON_LOWER && t->callee.kind == FUNC_REF_LIFT;
    ret->calls += is_call;
    ret->inside += is_call && (f->form == FUSE_INSIDE || f->adapters->group_of[i] != GRAPH_NONE);
  }
}

/* A plan without adapters. */
static weir_status plan_none(struct fusing *f) {
  struct adapter_plan *plan = ARENA_NEW(&f->arena, struct adapter_plan);
  uint32_t *group_of = ARENA_ARRAY(&f->arena, uint32_t, f->g->trampoline_count);
  if (!plan || !group_of)
    return diag_nomem(f->d);
  for (uint32_t i = 0; i < f->g->trampoline_count; i++)
    group_of[i] = GRAPH_NONE;
  plan->group_of = group_of;
  f->adapters = plan;
  return WEIR_OK;
}

/* Engines of other readings, and stores that hold guests, take the ways outside. In a shell there is no other side. */
static weir_status plan_adapters(struct fusing *f) {
  struct adapter_plan *plan;
  WEIR_TRY(adapter_plan_make(&f->arena, f->g, fuse_adapters(f->form), &plan, f->d));
  f->adapters = plan;
  return WEIR_OK;
}

static weir_status merge(struct fusing *f, bool no_adapters, struct text *out, struct fuse_core_stats *ret) {
  WEIR_TRY(no_adapters ? plan_none(f) : plan_adapters(f));
  WEIR_TRY(allocate(f));
  WEIR_TRY(list_modules(f));
  WEIR_TRY(list_outsides(f));
  WEIR_TRY(list_instances(f));
  WEIR_TRY(list_exports(f));
  const struct merge_plan plan = {.modules = f->modules,
                                  .module_count = f->module_count,
                                  .instances = f->instances,
                                  .instance_count = f->count,
                                  .outsides = f->outsides,
                                  .outside_count = f->g->trampoline_count + ADAPTER_HELPER_COUNT + OUTER_COUNT,
                                  .exports = f->exports.data,
                                  .export_count = f->exports.count,
                                  .name = f->g->name,
                                  .start_export = STR(FUSE_SHELL_START),
                                  .start_exports = f->form == FUSE_CORE ? f->starts : NULL};
  count_calls(f, ret);
  return merge_modules(f->arena.alloc, &plan, out, &ret->merge, f->d);
}

weir_status fuse_merge(const struct weir_alloc *alloc, const struct graph *graph, enum fuse_form form, bool no_adapters,
                       struct text *out, struct fuse_core_stats *ret, struct diag *d) {
  struct fusing f = {.g = graph, .form = form, .d = d};
  struct fuse_core_stats stats = {0};
  arena_init(&f.arena, alloc);
  weir_status status = merge(&f, no_adapters, out, &stats);
  if (status == WEIR_OK && ret)
    *ret = stats;
  arena_done(&f.arena);
  return status;
}

weir_status fuse_core(const struct weir_alloc *alloc, const struct fuse_core_input *input, struct text *out,
                      struct fuse_core_stats *ret, struct diag *d) {
  struct fuse_origin origin;
  WEIR_TRY(fuse_merge(alloc, input->graph, FUSE_CORE, input->no_adapters, out, ret, d));
  WEIR_TRY(put_world(input->bytes, out, d));
  origin_of(input->bytes, input->no_adapters, false, &origin);
  origin_write(&origin, out);
  return out->failed ? diag_nomem(d) : WEIR_OK;
}
