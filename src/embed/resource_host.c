/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Resources that hosts make, and what hosts may ask of any; behind weir/resource.h. */
#include "embed/callout.h"
#include "embed/linker.h"
#include "embed/resource.h"
#include "embed/seam.h"

/* ---- making ------------------------------------------------------------------------------------------------------ */

static bool is_named(struct str have_interface, struct str have, const char *interface_name, const char *name) {
  return str_eq(have, str_from(name)) && str_eq(have_interface, str_from(interface_name ? interface_name : ""));
}

/* The number of a resource type, by the name of its definition or that of the import; the count where it is none. */
static uint32_t find_named(const struct instance *inst, const char *interface_name, const char *name) {
  const struct graph *g = inst->component->graph;
  uint32_t i = 0;
  for (; i < g->resource_count; i++) {
    const struct linker_def *def = inst->resource_defs[i];
    const struct weir_resource_type *decl = &g->resources[i].decl;
    if (def && (is_named(def->interface_name, def->name, interface_name, name) ||
                is_named(decl->interface_name, decl->name, interface_name, name)))
      break;
  }
  return i;
}

/* The same by the type itself. Types lie in the graph, one after another. */
static uint32_t find_typed(const struct instance *inst, const weir_resource_type *type) {
  const struct graph *g = inst->component->graph;
  uint32_t i = 0;
  while (i < g->resource_count && (&g->resources[i].decl != type || !inst->resource_defs[i]))
    i++;
  return i;
}

static weir_status check(const struct instance *inst, struct diag *d) {
  if (!inst)
    return diag_set(d, WEIR_ERR_MISUSE, "the instance is gone with its store, or another thread's");
  if (inst->store->rt.stopping)
    return diag_set(d, WEIR_ERR_MISUSE, "the store is being freed");
  return inst->root ? WEIR_OK : diag_set(d, WEIR_ERR_MISUSE, "there is no instance yet");
}

static weir_status make(struct instance *inst, uint32_t i, uint64_t rep, weir_value *ret, struct diag *d) {
  const struct weir_resource_type *decl = &inst->component->graph->resources[i].decl;
  if (resource_hold(inst->store, &inst->root->resources[i], rep, true, ret) != WEIR_OK)
    return diag_nomem(d);
  if (inst->store->traced && inst->store->tap)
    inst->store->tap->resource_new(inst->store->tap_data, inst, decl, resource_get(ret->of.resource)->id, rep);
  return WEIR_OK;
}

static weir_status make_named(struct instance *inst, const char *interface_name, const char *name, uint64_t rep,
                              weir_value *ret, struct diag *d) {
  WEIR_TRY(check(inst, d));
  if (!name)
    return diag_set(d, WEIR_ERR_MISUSE, "there is no name");
  uint32_t i = find_named(inst, interface_name, name);
  if (i == inst->component->graph->resource_count)
    return diag_set(d, WEIR_ERR_NOT_FOUND, "the component does not import the resource `%s`%s%s", name,
                    interface_name ? " of " : "", interface_name ? interface_name : "");
  return make(inst, i, rep, ret, d);
}

static weir_status make_typed(struct instance *inst, const weir_resource_type *type, uint64_t rep, weir_value *ret,
                              struct diag *d) {
  WEIR_TRY(check(inst, d));
  uint32_t i = find_typed(inst, type);
  if (i == inst->component->graph->resource_count)
    return diag_set(d, WEIR_ERR_NOT_FOUND, "the component does not import a resource of that type");
  return make(inst, i, rep, ret, d);
}

weir_status weir_resource_new(weir_instance *instance, const char *interface_name, const char *name, uint64_t rep,
                              weir_value *ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  weir_status status = make_named(handle_usable(instance, HANDLE_INSTANCE), interface_name, name, rep, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

weir_status weir_resource_new_typed(weir_instance *instance, const weir_resource_type *type, uint64_t rep,
                                    weir_value *ret, weir_error **ret_error) {
  struct diag d;
  diag_init(&d);
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  weir_status status = make_typed(handle_usable(instance, HANDLE_INSTANCE), type, rep, ret, &d);
  if (status != WEIR_OK)
    diag_raise(&d, ret_error);
  diag_done(&d);
  return status;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static const struct host_resource *resource_mine(const weir_value *value) {
  return value->kind == WEIR_VALUE_RESOURCE ? handle_usable(value->of.resource, HANDLE_RESOURCE) : NULL;
}

const weir_resource_type *weir_value_resource_type(const weir_value *value) {
  const struct host_resource *r = resource_mine(value);
  return r ? r->type->decl : NULL;
}

bool weir_value_owns_resource(const weir_value *value) {
  const struct host_resource *r = resource_mine(value);
  return r && r->own;
}

weir_status weir_resource_rep(const weir_value *value, uint64_t *ret) {
  const struct host_resource *r = resource_mine(value);
  if (value->kind != WEIR_VALUE_RESOURCE || (r && r->type->impl))
    return WEIR_ERR_TYPE;
  if (!r)
    return handle_refuse(value->of.resource, HANDLE_RESOURCE, "weir_resource_rep", "");
  *ret = r->rep;
  return WEIR_OK;
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

struct drop_errand {
  const struct host_drop *drop;
  uint64_t rep;
};

static void run_drop(void *arg) {
  const struct drop_errand *e = arg;
  const struct linker_def *def = e->drop->def;
  def->drop(def->data, e->drop->store->handle, e->rep);
}

void host_drop_call(void *data, uint64_t rep) {
  const struct host_drop *drop = data;
  struct store *s = drop->store;
  uint64_t before = s->cause;
  if (s->traced && s->tap)
    s->cause = s->tap->resource_drop(s->tap_data, drop->decl, rep);
  if (drop->def->drop)
    callout(s, run_drop, &(struct drop_errand){drop, rep});
  s->cause = before;
}
