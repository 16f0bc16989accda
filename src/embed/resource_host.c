/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Resources that hosts make; behind weir/linker.h. */
#include "embed/host_call.h"
#include "embed/linker.h"
#include "embed/resource.h"
#include "embed/seam.h"

weir_status weir_resource_new(weir_host_call *handle, const char *interface_name, const char *name, uint64_t rep,
                              weir_value *ret) {
  struct host_call *call = host_call_of(handle);
  if (!call)
    return WEIR_ERR_MISUSE;
  struct instance *inst = call->func->inst;
  const struct graph *g = inst->component->graph;
  for (uint32_t i = 0; i < g->resource_count; i++) {
    struct linker_def *def = inst->resource_defs[i];
    if (!def || !str_eq(def->name, str_from(name)) ||
        !str_eq(def->interface_name, str_from(interface_name ? interface_name : "")))
      continue;
    /* inst->root is not there yet while start functions run */
    WEIR_TRY(resource_hold(inst->store, &call->subtask->lower->inst->root->resources[i], rep, true, ret));
    if (inst->store->traced && inst->store->tap)
      inst->store->tap->resource_new(inst->store->tap_data, call, &g->resources[i].decl,
                                     resource_get(ret->of.resource)->id, rep);
    return WEIR_OK;
  }
  return WEIR_ERR_NOT_FOUND;
}

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

uint64_t weir_resource_rep(const weir_value *value) {
  const struct host_resource *r = resource_mine(value);
  return r && !r->type->impl ? r->rep : 0;
}
