/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Linking from outside: sets the linker up, walks the root, and moves the collected parts into arrays of the graph's
 * own arena. Resources get their final address only there, so every pointer to one is redirected.
 */
#include "component/graph.h"

#include "component/link_env.h"
#include "component/link_types.h"

static const void *array_copy(struct arena *arena, const void *data, uint32_t count, size_t size) {
  void *copy = arena_array(arena, count, size);
  if (copy && count)
    memcpy(copy, data, count * size);
  return copy;
}

#define GRAPH_MOVE(l, g, from, to, to_count) \
  ((g)->to_count = (l)->from.count,          \
   ((g)->to = array_copy((l)->arena, (l)->from.data, (l)->from.count, sizeof(*(l)->from.data))))

static const struct weir_resource_type *resource_final(void *data, const struct weir_resource_type *resource) {
  const struct graph *g = data;
  return &g->resources[resource->index].decl;
}

static bool finish_resources(struct linking *l, struct graph *g) {
  struct graph_resource *resources = ARENA_ARRAY(l->arena, struct graph_resource, l->resources.count);
  if (!resources)
    return false;
  for (uint32_t i = 0; i < l->resources.count; i++)
    resources[i] = l->resources.data[i]->resource;
  g->resources = resources;
  g->resource_count = l->resources.count;
  type_table_move_resources(l->types, resource_final, g);
  for (uint32_t i = 0; i < l->trampolines.count; i++)
    if (l->trampolines.data[i].resource)
      l->trampolines.data[i].resource = resource_final(g, l->trampolines.data[i].resource);
  return true;
}

static bool finish_modules(struct linking *l, struct graph *g) {
  struct graph_module *modules = ARENA_ARRAY(l->arena, struct graph_module, l->modules.count);
  if (!modules)
    return false;
  for (uint32_t i = 0; i < l->modules.count; i++) {
    const struct link_module *m = l->modules.data[i];
    struct graph_core_name *imports = ARENA_ARRAY(l->arena, struct graph_core_name, m->info.imports.count);
    if (!imports)
      return false;
    for (uint32_t k = 0; k < m->info.imports.count; k++)
      imports[k] = (struct graph_core_name){m->info.imports.data[k].module, m->info.imports.data[k].name};
    struct str name = arena_str(l->arena, m->info.name);
    if (!name.data)
      return false;
    modules[i] = (struct graph_module){.bytes = {(const char *)m->start, m->size},
                                       .imported = m->imported,
                                       .interface_name = m->interface_name,
                                       .import_name = m->import_name,
                                       .imports = imports,
                                       .import_count = m->info.imports.count,
                                       .name = name,
                                       .has_tags = m->info.has_tags};
  }
  g->modules = modules;
  g->module_count = l->modules.count;
  return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static bool finish_arrays(struct linking *l, struct graph *g) {
  return finish_modules(l, g) && finish_resources(l, g) &&
         GRAPH_MOVE(l, g, core_instances, core_instances, core_instance_count) &&
         GRAPH_MOVE(l, g, instances, instances, instance_count) && GRAPH_MOVE(l, g, lifts, lifts, lift_count) &&
         GRAPH_MOVE(l, g, trampolines, trampolines, trampoline_count) &&
         GRAPH_MOVE(l, g, host_funcs, host_funcs, host_func_count) && GRAPH_MOVE(l, g, steps, steps, step_count);
}

weir_status link_finish(struct linking *l, const struct link_env *root, struct str name, struct graph **ret) {
  struct graph *g = ARENA_NEW(l->arena, struct graph);
  if (!g || !finish_arrays(l, g))
    return diag_nomem(l->diag);
  g->types = l->types;
  WEIR_TRY(link_text(l, name, &g->name));
  g->import_count = root->imports->exports.count;
  g->export_count = root->exports->exports.count;
  WEIR_TRY(link_world(l, g, root->imports, true, &g->imports));
  WEIR_TRY(link_world(l, g, root->exports, false, &g->exports));
  *ret = g;
  return WEIR_OK;
}

weir_status graph_link(struct arena *arena, const struct ast_component *root, struct graph **ret, struct diag *d) {
  struct diag own; /* type constructors report their status only there */
  struct linking l = {.arena = arena, .diag = d ? d : &own, .units = LINK_MAX_UNITS};
  struct link_closure closure = {.component = root};
  struct link_env *env;
  weir_status status;
  diag_init(&own);
  arena_init(&l.scratch, arena->alloc);
  name_index_init(&l.module_names, &l.scratch);
  l.types = type_table_new(arena);
  status = l.types ? link_component(&l, &closure, NULL, NULL, &env) : diag_nomem(l.diag);
  if (status == WEIR_OK)
    status = link_finish(&l, env, root->name, ret);
  arena_done(&l.scratch);
  diag_done(&own);
  return status;
}

const struct weir_extern *graph_find(const struct weir_extern *items, uint32_t count, struct str name) {
  for (uint32_t i = 0; i < count; i++)
    if (str_eq(items[i].name.name, name))
      return &items[i];
  return NULL;
}
