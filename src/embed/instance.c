/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The making of instances: imports are bound to definitions of the linker, then the runtime walks the steps. What
 * always holds: a definition that is bound is held by the instance; an instance that could not be made stays with its
 * store, since its root may be half made.
 *
 * In order: binding functions and resources; what a tap is told; modules and steps; weir_instance_new().
 */
#include "embed/instance.h"

#include "base/mem.h"
#include "embed/host_call.h"
#include "embed/linker.h"
#include "embed/resource.h"
#include "embed/seam.h"
#include "embed/store_step.h"
#include "runtime/root.h"

static weir_status bind_funcs(struct instance *inst, const weir_linker *l, struct diag *d) {
  const struct graph *g = inst->component->graph;
  const struct weir_alloc *a = &inst->store->engine->alloc;
  inst->host_funcs = mem_array(a, g->host_func_count + 1, sizeof(*inst->host_funcs));
  inst->host_table = mem_array(a, g->host_func_count + 1, sizeof(*inst->host_table));
  if (!inst->host_funcs || !inst->host_table)
    return diag_nomem(d);
  struct serving serving = {.linker = l};
  for (uint32_t i = 0; i < g->host_func_count; i++) {
    const struct weir_func *want = &g->host_funcs[i];
    struct linker_def *def =
        linker_set_find(linker_set_serving(&serving, want->interface_name), want->name, LINKER_FUNC);
    if (!def)
      return diag_set(d, WEIR_ERR_LINK, "nobody provides the import `" STR_FMT "`", STR_ARG(want->name));
    host_func_bind(&inst->host_funcs[i], inst, def, want->type);
    if (def->flat)
      inst->host_funcs[i].rt.call_at_once = seam_flat_way(inst);
    inst->host_table[i] = &inst->host_funcs[i].rt;
  }
  return WEIR_OK;
}

static weir_status bind_resources(struct instance *inst, const weir_linker *l, struct root_resource *bound) {
  const struct graph *g = inst->component->graph;
  struct serving serving = {.linker = l};
  for (uint32_t i = 0; i < g->resource_count; i++) {
    const struct weir_resource_type *decl = &g->resources[i].decl;
    if (!decl->imported)
      continue;
    struct linker_def *def =
        linker_set_find(linker_set_serving(&serving, decl->interface_name), decl->name, LINKER_RESOURCE);
    if (!def)
      continue; /* linker_check() has seen every import; what is left is never used */
    inst->resource_defs[i] = linker_def_ref(def);
    inst->drops[i] = (struct host_drop){inst->store, def, decl};
    bound[i] = (struct root_resource){.drop = host_drop_call, .data = &inst->drops[i], .type = def};
  }
  return WEIR_OK;
}

static bool imports_modules(const struct graph *g) {
  for (uint32_t i = 0; i < g->module_count; i++)
    if (g->modules[i].imported)
      return true;
  return false;
}

/* The component's modules with the host's among them; the engine keeps what instances need of them. */
static weir_status bind_modules(const weir_component *c, const weir_linker *l, struct eng_module **ret,
                                struct diag *d) {
  struct serving serving = {.linker = l};
  for (uint32_t i = 0; i < c->graph->module_count; i++) {
    const struct graph_module *m = &c->graph->modules[i];
    ret[i] = c->modules[i];
    if (!m->imported)
      continue;
    struct linker_def *def =
        linker_set_find(linker_set_serving(&serving, m->interface_name), m->import_name, LINKER_MODULE);
    if (!def)
      return diag_set(d, WEIR_ERR_LINK, "nobody provides the import `" STR_FMT "`", STR_ARG(m->import_name));
    ret[i] = def->module;
  }
  return WEIR_OK;
}

/* To the tap: only of what links, since a replay's host has everything. Modules come first. */
static void tell(struct instance *inst, const weir_linker *l) {
  struct store *s = inst->store;
  const struct graph *g = inst->component->graph;
  struct serving serving = {.linker = l};
  for (uint32_t i = 0; l && i < g->module_count; i++) {
    const struct graph_module *m = &g->modules[i];
    struct linker_def *def =
        m->imported ? linker_set_find(linker_set_serving(&serving, m->interface_name), m->import_name, LINKER_MODULE)
                    : NULL;
    if (def)
      s->tap->module(s->tap_data, m->interface_name, m->import_name, def);
  }
  inst->number = s->instance_count++;
  s->tap->instance(s->tap_data, inst);
}

/* Releases what was bound, not the object. */
static void unbind(struct instance *inst) {
  const struct graph *g = inst->component->graph;
  const struct weir_alloc *a = &inst->store->engine->alloc;
  for (uint32_t i = 0; inst->host_funcs && i < g->host_func_count; i++)
    linker_def_unref(inst->host_funcs[i].def);
  for (uint32_t i = 0; inst->resource_defs && i < g->resource_count; i++)
    linker_def_unref(inst->resource_defs[i]);
  mem_free(a, inst->host_funcs, (g->host_func_count + 1) * sizeof(*inst->host_funcs));
  mem_free(a, inst->host_table, (g->host_func_count + 1) * sizeof(*inst->host_table));
  mem_free(a, inst->resource_defs, (g->resource_count + 1) * sizeof(*inst->resource_defs));
  mem_free(a, inst->drops, (g->resource_count + 1) * sizeof(*inst->drops));
}

void instance_free(struct instance *inst) {
  const struct weir_alloc *a = &inst->store->engine->alloc;
  unbind(inst);
  handle_give(&inst->store->handles, inst->handle);
  list_remove(&inst->all);
  weir_component_free((weir_component *)inst->component);
  mem_free(a, inst, sizeof(*inst));
}

/* Adapters cannot be held. A replay has none, so where fuel is counted a record has none either. */
static bool takes_adapters(const struct store *s) {
  return !s->rt.always_stacks && !(s->tap && s->engine->fuel);
}

/*
 * Whether calls that are inside of a fused module go through the runtime all the same: where no adapters would be taken
 * because of what they do, and not because they are instances of their own.
 */
static bool calls_go_outside(const struct store *s) {
  const weir_engine *e = s->engine;
  return s->rt.always_stacks || e->no_adapters || e->fuel || (e->readings & WEIR_READING_REENTRANCE);
}

static weir_status run_steps(struct instance *inst, struct root_resource *bound, struct eng_module *const *modules,
                             struct diag *d) {
  struct store *s = inst->store;
  const weir_component *c = inst->component;
  const weir_code *code = c->code;
  if (code->fused && code->fused->has_adapters && s->rt.always_stacks)
    return diag_set(
        d, WEIR_ERR_UNSUPPORTED,
        "calls inside of a fused module cannot be held, so it runs in no store with time slices or hooks that "
        "wait");
  struct root_binding binding = {
      .graph = c->graph,
      .modules = modules,
      .signatures = c->signatures,
      .host_funcs = inst->host_table,
      .resources = bound,
      .adapters = code->fused || takes_adapters(s) ? code->adapters : NULL,
      .adapter_modules = code->adapter_modules,
      .helper_signatures = code->helper_signatures,
      .adapters_at_once = s->engine->adapters_at_once,
      .fused = code->fused,
      .fused_module = code->fused_module,
      .outside = calls_go_outside(s),
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

static weir_status run_with_modules(struct instance *inst, struct root_resource *bound, const weir_linker *l,
                                    struct diag *d) {
  const weir_component *c = inst->component;
  const struct weir_alloc *a = &inst->store->engine->alloc;
  if (!imports_modules(c->graph))
    return run_steps(inst, bound, c->modules, d);
  struct eng_module **modules = mem_array(a, c->graph->module_count, sizeof(*modules));
  weir_status status = modules ? bind_modules(c, l, modules, d) : diag_nomem(d);
  if (status == WEIR_OK)
    status = run_steps(inst, bound, modules, d);
  mem_free(a, modules, c->graph->module_count * sizeof(*modules));
  return status;
}

static weir_status instance_make(struct instance *inst, const weir_linker *linker, struct diag *d) {
  struct store *s = inst->store;
  const struct graph *g = inst->component->graph;
  const struct weir_alloc *a = &s->engine->alloc;
  size_t count = g->resource_count + 1;
  WEIR_TRY(bind_funcs(inst, linker, d));
  struct root_resource *bound = mem_array(a, count, sizeof(*bound));
  inst->resource_defs = mem_array(a, count, sizeof(*inst->resource_defs));
  inst->drops = mem_array(a, count, sizeof(*inst->drops));
  weir_status status =
      bound && inst->resource_defs && inst->drops ? bind_resources(inst, linker, bound) : diag_nomem(d);
  if (status == WEIR_OK)
    status = run_with_modules(inst, bound, linker, d);
  mem_free(a, bound, count * sizeof(*bound));
  return status;
}

static weir_status check(struct store *s, const weir_linker *linker, const weir_component *component, struct diag *d) {
  if (!s)
    return diag_set(d, WEIR_ERR_MISUSE, "the store has been freed");
  if (!component)
    return diag_set(d, WEIR_ERR_MISUSE, "there is no component");
  if (!code_is_compiled(component->code))
    return diag_set(d, WEIR_ERR_MISUSE,
                    "the component was only looked at (weir_component_inspect): it is not compiled");
  if (component->engine != s->engine || (linker && linker->engine != s->engine))
    return diag_set(d, WEIR_ERR_MISUSE, "store, linker and component must be of the same engine");
  if (!store_own(s))
    return diag_set(d, WEIR_ERR_MISUSE, "the store belongs to another thread (weir_store_disown)");
  if (s->rt.current || s->entered || s->hooked)
    return diag_set(
        d, WEIR_ERR_MISUSE,
        "a component cannot be instantiated from inside a host function, an interceptor or the wake callback");
  if (s->rt.stopping)
    return diag_set(d, WEIR_ERR_MISUSE, "the store is being freed");
  if (s->rt.failed)
    return diag_set(d, WEIR_ERR_TRAP, "the store has failed before: %s", diag_message(&s->rt.failure));
  return WEIR_OK;
}

static weir_status instance_new(struct store *s, const weir_component *component, struct instance **ret,
                                struct diag *d) {
  struct instance *inst = mem_zalloc(&s->engine->alloc, sizeof(*inst));
  if (!inst)
    return diag_nomem(d);
  inst->handle = handle_take(&s->handles, HANDLE_INSTANCE, inst);
  if (!inst->handle) {
    mem_free(&s->engine->alloc, inst, sizeof(*inst));
    return diag_nomem(d);
  }
  inst->store = s;
  inst->component = weir_component_ref(component);
  list_append(&s->instances, &inst->all);
  *ret = inst;
  return WEIR_OK;
}

static weir_status instantiate(struct instance *inst, const weir_linker *linker, struct diag *d) {
  struct store *s = inst->store;
  uintptr_t before = store_enter(s);
  s->rt.always_stacks |= linker_may_wait(linker, inst->component); /* before a record tells of it */
  weir_status status = s->traced ? seam_instance(inst, d) : WEIR_OK;
  if (status == WEIR_OK)
    status = linker_check_once(linker, inst->component, d);
  if (status == WEIR_OK && s->tap)
    tell(inst, linker);
  if (status == WEIR_OK)
    status = instance_make(inst, linker, d);
  if (s->traced)
    seam_check_failed(s);
  store_leave(s, before);
  if (s->rt.failed || store_step_is_wanted(s)) /* start functions may leave work behind */
    store_wake(s);
  return status;
}

weir_status weir_instance_new(weir_store *store, const weir_linker *linker, const weir_component *component,
                              weir_instance **ret, weir_error **ret_error) {
  struct store *s = store_get(store);
  struct instance *inst = NULL;
  struct diag d;
  diag_init(&d);
  weir_status status = check(s, linker, component, &d);
  if (status == WEIR_OK)
    status = instance_new(s, component, &inst, &d);
  if (status == WEIR_OK)
    status = instantiate(inst, linker, &d);
  if (status == WEIR_OK)
    *ret = inst->handle; /* a failed one stays with the store: its root may be half made */
  else
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}
