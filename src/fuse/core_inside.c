/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The runtime inside (glue.h) among the instances of a merge: first the table, functions that trap, the runtime, and
 * what tells it the component instances; then, after each step of the graph, the glue of what the step defines.
 *
 * In order: sources and instances; what comes first; what a step adds.
 */
#include "adapter/plan.h"
#include "fuse/fusing.h"
#include "wasm/sections_read.h"

/* ---- sources and instances --------------------------------------------------------------------------------------- */

weir_status fusing_allocate_inside(struct fusing *f, uint32_t *more) {
  const struct graph *g = f->g;
  f->glued_roots = ARENA_ARRAY(&f->arena, uint32_t, g->lift_count);
  f->ends = ARENA_ARRAY(&f->arena, uint32_t, 2 * (size_t)type_table_count(g->types));
  f->next_end = ARENA_ARRAY(&f->arena, uint32_t, g->trampoline_count);
  if (!f->glued_roots || !f->ends || !f->next_end)
    return diag_nomem(f->d);
  for (uint32_t i = 0; i < g->lift_count; i++)
    f->glued_roots[i] = GRAPH_NONE;
  *more += GLUE_MORE + g->trampoline_count + g->lift_count + g->resource_count;
  return WEIR_OK;
}

static weir_status glue_source(struct fusing *f, const struct glue_import *import, struct merge_source *ret) {
  switch (import->source) {
    case GLUE_RT:
      *ret = (struct merge_source){.instance = f->runtime, .name = import->name};
      return WEIR_OK;
    case GLUE_TABLE:
      *ret = (struct merge_source){.instance = f->table, .name = STR("table")};
      return WEIR_OK;
    case GLUE_OUTSIDE:
      *ret = (struct merge_source){.instance = MERGE_OUTSIDE, .outside = import->index};
      return WEIR_OK;
    default:
      return fusing_source(f, &import->ref, ret);
  }
}

static weir_status add_glue(struct fusing *f, const struct glue_module *glue) {
  struct merge_source *sources = ARENA_ARRAY(&f->arena, struct merge_source, glue->import_count);
  if (!sources)
    return diag_nomem(f->d);
  for (uint32_t i = 0; i < glue->import_count; i++)
    WEIR_TRY(glue_source(f, &glue->imports[i], &sources[i]));
  return fusing_add_module(f, glue->bytes, sources, glue->import_count, STR("glue/"));
}

static struct merge_source runtime_source(const struct fusing *f, const struct wasm_import *import, uint32_t traps) {
  if (import->space != SPACE_FUNC)
    return (struct merge_source){.instance = f->table, .name = STR("table")};
  if (str_eq(import->module, STR(OUTER_INSIDE)) && f->glue.outer[outer_find(import->name)])
    return (struct merge_source){.instance = MERGE_OUTSIDE,
                                 .outside = f->g->trampoline_count + ADAPTER_HELPER_COUNT + outer_find(import->name)};
  return (struct merge_source){.instance = traps, .name = import->name};
}

/* The compiled runtime imports its table, functions that trap, and built-ins of the outer one. */
static weir_status add_runtime(struct fusing *f, uint32_t traps) {
  struct str bytes = glue_runtime();
  struct wasm_sections sections;
  WEIR_TRY(sections_read(&f->arena, (const uint8_t *)bytes.data, bytes.size, &sections, f->d));
  struct merge_source *sources = ARENA_ARRAY(&f->arena, struct merge_source, sections.import_count);
  if (!sources)
    return diag_nomem(f->d);
  for (uint32_t i = 0; i < sections.import_count; i++)
    sources[i] = runtime_source(f, &sections.imports[i], traps);
  f->runtime = f->count;
  return fusing_add_module(f, bytes, sources, sections.import_count, STR("runtime/"));
}

/* ---- what comes first -------------------------------------------------------------------------------------------- */

weir_status fusing_begin_inside(struct fusing *f) {
  struct glue_module made;
  f->glue = (struct glue){.arena = &f->arena, .g = f->g, .d = f->d};
  WEIR_TRY(glue_plan(&f->glue, f->adapters));
  f->table = f->count;
  WEIR_TRY(glue_table(&f->glue, &made));
  WEIR_TRY(add_glue(f, &made));
  WEIR_TRY(glue_traps(&f->glue, &made));
  WEIR_TRY(add_glue(f, &made));
  WEIR_TRY(add_runtime(f, f->count - 1));
  WEIR_TRY(glue_instances(&f->glue, &made));
  return add_glue(f, &made);
}

/* ---- what a step adds -------------------------------------------------------------------------------------------- */

/* What copies between this end and those that the other side has so far. */
static weir_status add_copies(struct fusing *f, uint32_t trampoline) {
  const struct graph_trampoline *t = &f->g->trampolines[trampoline];
  bool reads = t->kind == CANON_STREAM_READ || t->kind == CANON_FUTURE_READ;
  uint32_t *own = &f->ends[2 * t->value_type->id + !reads], other = f->ends[2 * t->value_type->id + reads];
  f->next_end[trampoline] = *own;
  *own = trampoline + 1;
  for (; other != 0; other = f->next_end[other - 1]) {
    struct glue_module made;
    WEIR_TRY(reads ? glue_copy(&f->glue, other - 1, trampoline, &made)
                   : glue_copy(&f->glue, trampoline, other - 1, &made));
    WEIR_TRY(add_glue(f, &made));
  }
  return WEIR_OK;
}

static weir_status glue_one(struct fusing *f, uint32_t trampoline) {
  const struct graph_trampoline *t = &f->g->trampolines[trampoline];
  struct glue_module made;
  WEIR_TRY(glue_trampoline(&f->glue, trampoline, &made));
  f->glued[trampoline] = f->count;
  WEIR_TRY(add_glue(f, &made));
  bool is_end = t->kind == CANON_STREAM_READ || t->kind == CANON_STREAM_WRITE || t->kind == CANON_FUTURE_READ ||
                t->kind == CANON_FUTURE_WRITE;
  return is_end && t->value_type->elem ? add_copies(f, trampoline) : WEIR_OK;
}

weir_status fusing_step_inside(struct fusing *f, const struct graph_step *step) {
  struct glue_module made;
  switch (step->kind) {
    case STEP_TRAMPOLINE:
      return glue_replaces(f->adapters, f->g, step->index) ? glue_one(f, step->index) : WEIR_OK;
    case STEP_LIFT:
      if (f->glue.roots[step->index] == GRAPH_NONE)
        return WEIR_OK;
      WEIR_TRY(glue_root(&f->glue, step->index, &made));
      f->glued_roots[step->index] = f->count;
      return add_glue(f, &made);
    case STEP_RESOURCE:
      if (f->glue.dtors[step->index] == 0)
        return WEIR_OK;
      WEIR_TRY(glue_dtor(&f->glue, step->index, &made));
      return add_glue(f, &made);
    default:
      return WEIR_OK;
  }
}
