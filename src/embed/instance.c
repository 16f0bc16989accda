/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See instance.h. */
#include "embed/instance.h"

#include "base/mem.h"
#include "embed/flat_host.h"
#include "embed/host_call.h"
#include "embed/linker.h"
#include "embed/seam.h"
#include "runtime/root.h"

static weir_status bind_funcs(weir_instance *inst, const weir_linker *l, struct diag *d) {
  const struct graph *g = inst->component->graph;
  const struct weir_alloc *a = &inst->store->engine->alloc;
  inst->host_funcs = mem_array(a, g->host_func_count + 1, sizeof *inst->host_funcs);
  inst->host_table = mem_array(a, g->host_func_count + 1, sizeof *inst->host_table);
  if (!inst->host_funcs || !inst->host_table)
    return diag_nomem(d);
  for (uint32_t i = 0; i < g->host_func_count; i++) {
    const struct graph_host_func *want = &g->host_funcs[i];
    struct linker_def *def = linker_find(l, want->interface, want->name, false);
    if (!def)
      return diag_set(d, WEIR_ERR_LINK, "nobody provides the import `" STR_FMT "`", STR_ARG(want->name));
    host_func_bind(&inst->host_funcs[i], inst, def, want->type);
    if (def->flat && !inst->store->traced)
      inst->host_funcs[i].rt.call_at_once = flat_host_call;
    inst->host_table[i] = &inst->host_funcs[i].rt;
  }
  return WEIR_OK;
}

static weir_status bind_resources(weir_instance *inst, const weir_linker *l, struct root_resource *bound) {
  const struct graph *g = inst->component->graph;
  for (uint32_t i = 0; i < g->resource_count; i++) {
    const struct resource_decl *decl = &g->resources[i].decl;
    if (!decl->imported)
      continue;
    struct linker_def *def = linker_find(l, decl->interface, decl->name, true);
    if (!def)
      continue; /* linker_check() has seen every import; what is left is never used */
    inst->resource_defs[i] = linker_def_ref(def);
    bound[i] = (struct root_resource){.drop = def->drop, .data = def->data, .type = def};
    if (!inst->store->traced)
      continue;
    inst->drops[i] = (struct seam_drop){inst->store, def, decl};
    bound[i].drop = seam_resource_drop;
    bound[i].data = &inst->drops[i];
  }
  return WEIR_OK;
}

/* Releases what was bound, not the object. */
static void unbind(weir_instance *inst) {
  const struct graph *g = inst->component->graph;
  const struct weir_alloc *a = &inst->store->engine->alloc;
  for (uint32_t i = 0; inst->host_funcs && i < g->host_func_count; i++)
    linker_def_unref(inst->host_funcs[i].def);
  for (uint32_t i = 0; inst->resource_defs && i < g->resource_count; i++)
    linker_def_unref(inst->resource_defs[i]);
  mem_free(a, inst->host_funcs, (g->host_func_count + 1) * sizeof *inst->host_funcs);
  mem_free(a, inst->host_table, (g->host_func_count + 1) * sizeof *inst->host_table);
  mem_free(a, inst->resource_defs, (g->resource_count + 1) * sizeof *inst->resource_defs);
  mem_free(a, inst->drops, (g->resource_count + 1) * sizeof *inst->drops);
}

void instance_free(weir_instance *inst) {
  const struct weir_alloc *a = &inst->store->engine->alloc;
  unbind(inst);
  list_remove(&inst->all);
  weir_component_free((weir_component *)inst->component);
  mem_free(a, inst, sizeof *inst);
}

static weir_status run_steps(weir_instance *inst, struct root_resource *bound, struct diag *d) {
  struct weir_store *s = inst->store;
  const weir_component *c = inst->component;
  struct root_binding binding = {
      .graph = c->graph,
      .modules = c->modules,
      .signatures = c->signatures,
      .host_funcs = inst->host_table,
      .resources = bound,
      .reentrance = (s->engine->readings & WEIR_READING_REENTRANCE) != 0,
      .owner = inst,
  };
  weir_status status = root_instantiate(&s->rt, &binding, &inst->root);
  if (status == WEIR_OK)
    return WEIR_OK;
  diag_set(d, s->rt.failure.status, "%s", diag_message(&s->rt.failure));
  if (s->rt.failure.backtrace)
    diag_backtrace(d, s->rt.failure.backtrace, str_from(s->rt.failure.backtrace).size);
  d->exit_code = s->rt.failure.exit_code;
  return s->rt.failure.status;
}

static weir_status instance_make(weir_instance *inst, const weir_linker *linker, struct diag *d) {
  struct weir_store *s = inst->store;
  const struct graph *g = inst->component->graph;
  const struct weir_alloc *a = &s->engine->alloc;
  size_t count = g->resource_count + 1;
  WEIR_TRY(linker_check(linker, g, d));
  WEIR_TRY(bind_funcs(inst, linker, d));
  struct root_resource *bound = mem_array(a, count, sizeof *bound);
  inst->resource_defs = mem_array(a, count, sizeof *inst->resource_defs);
  if (s->traced)
    inst->drops = mem_array(a, count, sizeof *inst->drops);
  weir_status status =
      bound && inst->resource_defs && (inst->drops || !s->traced) ? bind_resources(inst, linker, bound) : diag_nomem(d);
  if (status == WEIR_OK)
    status = run_steps(inst, bound, d);
  mem_free(a, bound, count * sizeof *bound);
  return status;
}

static weir_status check(weir_store *store, const weir_linker *linker, const weir_component *component,
                         struct diag *d) {
  if (component->engine != store->engine || (linker && linker->engine != store->engine))
    return diag_set(d, WEIR_ERR_MISUSE, "store, linker and component must be of the same engine");
  if (!store_own(store))
    return diag_set(d, WEIR_ERR_MISUSE, "the store belongs to another thread (weir_store_disown)");
  if (store->rt.current)
    return diag_set(d, WEIR_ERR_MISUSE, "a component cannot be instantiated from inside a host function");
  if (store->rt.failed)
    return diag_set(d, WEIR_ERR_TRAP, "the store has failed before: %s", diag_message(&store->rt.failure));
  return WEIR_OK;
}

weir_status weir_instance_new(weir_store *store, const weir_linker *linker, const weir_component *component,
                              weir_instance **ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  weir_instance *inst = NULL;
  weir_status status = check(store, linker, component, &d);
  if (status == WEIR_OK) {
    inst = mem_zalloc(&store->engine->alloc, sizeof *inst);
    status = inst ? WEIR_OK : diag_nomem(&d);
  }
  if (inst) {
    inst->store = store;
    inst->component = component_ref(component);
    list_append(&store->instances, &inst->all);
    if (store->traced && store->tap)
      store->tap->instance(store->tap_data, inst);
    status = instance_make(inst, linker, &d);
    if (store->traced)
      seam_check_failed(store);
    if (status == WEIR_OK)
      *ret = inst; /* a failed one stays with the store: its root may be half made */
  }
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
