/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Numbers that glue modules agree on, and the modules that stand for none of the guests' definitions (glue.h).
 *
 * In order: memories and encodings; places in the table; instances; the plan; table, traps, instances.
 */
#include "fuse/glue.h"

#include "adapter/fused.h"
#include "fuse/glue_module.h"
#include "wasm/sections_read.h"

enum { EDGE_PLACES = 3, FIRST_PLACE = 1 };

/* ---- memories and encodings -------------------------------------------------------------------------------------- */

struct memory_list {
  struct glue *k;
  struct name_index seen;
  uint32_t count;
};

static weir_status number_options(struct memory_list *list, const struct graph_opts *o, uint32_t *ret) {
  *ret = o->encoding;
  if (o->memory.kind == CORE_REF_NONE)
    return WEIR_OK;
  struct str name = fused_export_name(list->k->arena, &o->memory);
  if (!name.data)
    return diag_nomem(list->k->d);
  uint32_t number = name_index_find(&list->seen, name);
  if (number == INDEX_NONE) {
    number = list->count++;
    if (!name_index_add(&list->seen, name, number))
      return diag_nomem(list->k->d);
  }
  *ret |= (number + 1) << 2;
  return WEIR_OK;
}

static weir_status number_all_options(struct glue *k) {
  struct memory_list list = {.k = k};
  const struct graph *g = k->g;
  name_index_init(&list.seen, k->arena);
  for (uint32_t i = 0; i < g->lift_count; i++)
    WEIR_TRY(number_options(&list, &g->lifts[i].opts, &k->options[g->trampoline_count + i]));
  for (uint32_t i = 0; i < g->trampoline_count; i++)
    if (g->trampolines[i].kind == CANON_TASK_RETURN)
      WEIR_TRY(number_options(&list, &g->trampolines[i].opts, &k->options[i]));
  return WEIR_OK;
}

/* ---- places in the table ----------------------------------------------------------------------------------------- */

static uint32_t take(struct glue *k, uint32_t count) {
  uint32_t place = k->places;
  k->places += count;
  return place;
}

static void place_root(struct glue *k, const struct weir_extern *item) {
  for (uint32_t i = 0; i < item->item_count; i++)
    place_root(k, &item->items[i]);
  bool is_lifted = item->kind == WEIR_EXTERN_FUNC && item->func->ref.kind == FUNC_REF_LIFT;
  if (is_lifted && k->roots[item->func->ref.index] == GRAPH_NONE)
    k->roots[item->func->ref.index] = take(k, EDGE_PLACES);
}

static bool is_end(const struct graph_trampoline *t, bool reads) {
  if (reads)
    return t->kind == CANON_STREAM_READ || t->kind == CANON_FUTURE_READ;
  return t->kind == CANON_STREAM_WRITE || t->kind == CANON_FUTURE_WRITE;
}

/* Readers of a type are numbered; a writer has a place for each of them. */
static weir_status place_copies(struct glue *k) {
  const struct graph *g = k->g;
  uint32_t *readers = ARENA_ARRAY(k->arena, uint32_t, type_table_count(g->types)), before = k->places;
  if (!readers)
    return diag_nomem(k->d);
  for (uint32_t i = 0; i < g->trampoline_count; i++)
    if (is_end(&g->trampolines[i], true) && g->trampolines[i].value_type->elem)
      k->copies[i] = readers[g->trampolines[i].value_type->id]++;
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    if (!is_end(&g->trampolines[i], false) || !g->trampolines[i].value_type->elem)
      continue;
    k->copies[i] = take(k, readers[g->trampolines[i].value_type->id]);
    if (k->places - before > GLUE_COPIES_MAX)
      return diag_set(k->d, WEIR_ERR_UNSUPPORTED, "too many functions read and write streams of one type");
  }
  return WEIR_OK;
}

/* ---- instances --------------------------------------------------------------------------------------------------- */

static void find_instances(struct glue *k) {
  const struct graph *g = k->g;
  for (uint32_t i = 0; i < g->core_instance_count; i++)
    k->instances[g->core_instances[i].instance].throws |= g->modules[g->core_instances[i].module].has_tags;
  for (uint32_t i = 0; i < g->trampoline_count; i++)
    k->instances[g->trampolines[i].instance].context |=
        canon_info(g->trampolines[i].kind)->class == CANON_CLASS_CONTEXT;
}

static void find_exports(struct glue *k) {
  const struct graph *g = k->g;
  k->waits = outer_needed(g);
  outer_list(g, k->outer);
  for (uint32_t i = 0; i < g->lift_count; i++)
    if (k->roots[i] != GRAPH_NONE)
      k->instances[g->lifts[i].instance].exports |= g->lifts[i].opts.async || g->lifts[i].type->async;
}

struct str glue_return_key(struct glue *k, uint32_t instance, const struct weir_type *result, uint32_t options) {
  return arena_printf(k->arena, "%u/%u/%u", (unsigned)instance, result ? (unsigned)result->id + 1 : 0,
                      (unsigned)options);
}

/* A task.return has the encoding of the lift, and its memory or none: as same_options() of rt/rt_task.c. */
static weir_status list_returns(struct glue *k) {
  const struct graph *g = k->g;
  name_index_init(&k->returns, k->arena);
  for (uint32_t i = 0; i < g->lift_count; i++) {
    const struct graph_lift *l = &g->lifts[i];
    uint32_t options = k->options[g->trampoline_count + i];
    if (k->roots[i] == GRAPH_NONE || !l->opts.async)
      continue;
    struct str with = glue_return_key(k, l->instance, l->type->result, options),
               without = glue_return_key(k, l->instance, l->type->result, options & 3);
    if (!with.data || !without.data || !name_index_add(&k->returns, with, i) ||
        !name_index_add(&k->returns, without, i))
      return diag_nomem(k->d);
  }
  return WEIR_OK;
}

/* ---- the plan ---------------------------------------------------------------------------------------------------- */

static weir_status allocate(struct glue *k) {
  const struct graph *g = k->g;
  k->edges = ARENA_ARRAY(k->arena, uint32_t, g->trampoline_count);
  k->copies = ARENA_ARRAY(k->arena, uint32_t, g->trampoline_count);
  k->options = ARENA_ARRAY(k->arena, uint32_t, (size_t)g->trampoline_count + g->lift_count);
  k->roots = ARENA_ARRAY(k->arena, uint32_t, g->lift_count);
  k->dtors = ARENA_ARRAY(k->arena, uint32_t, g->resource_count);
  k->instances = ARENA_ARRAY(k->arena, struct glue_instance, g->instance_count);
  bool all = k->edges && k->copies && k->options && k->roots && k->dtors && k->instances;
  for (uint32_t i = 0; all && i < g->lift_count; i++)
    k->roots[i] = GRAPH_NONE;
  for (uint32_t i = 0; all && i < g->trampoline_count; i++)
    k->edges[i] = GRAPH_NONE;
  return all ? WEIR_OK : diag_nomem(k->d);
}

/* Adapters leave strings in other encodings than UTF-8 to a runtime. */
bool glue_replaces(const struct adapter_plan *adapters, const struct graph *g, uint32_t trampoline) {
  const struct graph_trampoline *t = &g->trampolines[trampoline];
  if (adapters->group_of[trampoline] == GRAPH_NONE || adapters->enters[trampoline])
    return true;
  return t->opts.encoding != AST_ENCODING_UTF8 || g->lifts[t->callee.index].opts.encoding != AST_ENCODING_UTF8;
}

weir_status glue_plan(struct glue *k, const struct adapter_plan *adapters) {
  const struct graph *g = k->g;
  WEIR_TRY(allocate(k));
  find_instances(k);
  k->places = FIRST_PLACE;
  for (uint32_t i = 0; i < g->trampoline_count; i++) {
    const struct graph_trampoline *t = &g->trampolines[i];
    if (t->kind == CANON_LOWER && t->callee.kind == FUNC_REF_LIFT && glue_replaces(adapters, g, i))
      k->edges[i] = take(k, EDGE_PLACES);
  }
  for (uint32_t i = 0; i < g->export_count; i++)
    place_root(k, &g->exports[i]);
  find_exports(k);
  for (uint32_t i = 0; i < g->resource_count; i++)
    k->dtors[i] = g->resources[i].dtor.kind != CORE_REF_NONE ? take(k, 1) : 0;
  WEIR_TRY(number_all_options(k));
  WEIR_TRY(list_returns(k));
  return place_copies(k);
}

/* ---- table, traps, instances ------------------------------------------------------------------------------------- */

weir_status glue_table(struct glue *k, struct glue_module *ret) {
  struct making_glue n;
  glue_begin(&n, k);
  n.m.table = k->places;
  small_export_table(&n.m, STR("table"));
  return glue_end(&n, ret);
}

/*
 * Each import of the compiled runtime from "trap" is a function of that name, which traps; so is each built-in of the
 * outer runtime where there are no tasks that could need one.
 */
static void put_trap(struct small *m, const struct core_signature *sig, struct str name) {
  uint32_t type = small_type(m, sig);
  struct text body = {0};
  put_u32(&body, 0);
  put_op(&body, OP_UNREACHABLE);
  put_op(&body, OP_END);
  uint32_t func = small_func(m, type, &body);
  small_name_func(m, func, name);
  small_export_func(m, name, func);
  text_done(&body);
}

weir_status glue_traps(struct glue *k, struct glue_module *ret) {
  static const struct core_signature nothing = {.param_count = 0};
  struct str runtime = glue_runtime();
  struct wasm_sections sections;
  struct making_glue n;
  WEIR_TRY(sections_read(k->arena, (const uint8_t *)runtime.data, runtime.size, &sections, k->d));
  glue_begin(&n, k);
  for (uint32_t i = 0; i < sections.import_count; i++) {
    const struct wasm_import *import = &sections.imports[i];
    if (str_eq(import->module, STR("trap")))
      put_trap(&n.m, &nothing, import->name);
    else if (str_eq(import->module, STR(OUTER_INSIDE)) && !k->outer[outer_find(import->name)])
      put_trap(&n.m, &outer_builtins[outer_find(import->name)].signature, import->name);
  }
  return glue_end(&n, ret);
}

weir_status glue_instances(struct glue *k, struct glue_module *ret) {
  enum { NO_PARENT = 255 };
  static const struct core_signature nothing = {.param_count = 0};
  struct making_glue n;
  glue_begin(&n, k);
  glue_import_rt(&n, RT_INSTANCE);
  put_u32(&n.body, 0);
  for (uint32_t i = 0; i < k->g->instance_count; i++) {
    uint32_t parent = k->g->instances[i].parent;
    put_i32(&n.body, i);
    put_i32(&n.body, parent == GRAPH_NONE ? NO_PARENT : parent);
    put_i32(&n.body, k->waits && k->instances[i].exports);
    glue_call(&n, &n.body, RT_INSTANCE);
  }
  put_op(&n.body, OP_END);
  small_func(&n.m, small_type(&n.m, &nothing), &n.body);
  n.m.starts = true;
  return glue_end(&n, ret);
}
