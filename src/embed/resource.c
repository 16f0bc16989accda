/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See resource.h. Holds are plain malloc() objects: a value may outlive its store. */
#include "embed/resource.h"

#include <stdlib.h>

#include "embed/host_call.h"
#include "embed/linker.h"
#include "embed/seam.h"
#include "runtime/cx.h"
#include "runtime/drop.h"
#include "runtime/trap.h"

static void resource_free(struct weir_resource *r) {
  list_remove(&r->all);
  list_remove(&r->inbox);
  free(r);
}

/* weir_value_clear(): a host's own resource goes at once, a guest's in the next step since guest code runs. */
static void resource_drop(struct value_handle *self) {
  struct weir_resource *r = (struct weir_resource *)(void *)self;
  struct weir_store *s = r->store;
  if (s && r->own && s->traced && s->tap)
    s->tap->resource_let_go(s->tap_data, r->id);
  if (s && r->own && r->type->impl) {
    list_append(&s->drops, &r->inbox);
    store_wake(s);
    return;
  }
  if (s && r->own && r->type->host_drop)
    r->type->host_drop(r->type->host_data, r->rep);
  resource_free(r);
}

static weir_status resource_hold(struct weir_store *s, const struct rt_resource_type *type, uint64_t rep, bool own,
                                 weir_value *ret) {
  struct weir_resource *r = malloc(sizeof *r);
  if (!r)
    return WEIR_ERR_NOMEM;
  *r = (struct weir_resource){
      .base.drop = resource_drop, .store = s, .id = ++s->hold_ids, .type = type, .rep = rep, .own = own};
  list_init(&r->inbox);
  list_append(&s->resources, &r->all);
  *ret = (weir_value){.kind = WEIR_VALUE_RESOURCE, .of.resource = r};
  return WEIR_OK;
}

weir_status resource_to_value(struct abi_cx *abi, const struct weir_type *t, uint64_t rep, weir_value *ret) {
  struct rt_cx *cx = (struct rt_cx *)(void *)abi;
  struct weir_store *s = store_of(cx->inst->store);
  weir_status status = resource_hold(s, cx_resource(cx->inst->root, t->resource), rep, t->kind == TYPE_OWN, ret);
  return status == WEIR_OK ? WEIR_OK : diag_nomem(abi->diag);
}

static bool same_type(const struct rt_resource_type *a, const struct rt_resource_type *b) {
  return a == b || (a->host_type && a->host_type == b->host_type);
}

weir_status resource_from_value(struct abi_cx *abi, const struct weir_type *t, weir_value *value, uint64_t *ret) {
  struct rt_cx *cx = (struct rt_cx *)(void *)abi;
  struct weir_resource *r = value->of.resource;
  const struct rt_resource_type *want = cx_resource(cx->inst->root, t->resource);
  if (!r->store || &r->store->rt != cx->inst->store || !same_type(r->type, want))
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a resource of another type or store");
  if (t->kind == TYPE_OWN && !r->own)
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a borrowed resource away as its own");
  *ret = r->rep;
  if (t->kind == TYPE_OWN) {
    resource_free(r);
    *value = (weir_value){0};
  }
  return WEIR_OK;
}

bool resource_has_due(const struct weir_store *s) {
  for (const struct list *n = s->drops.next; n != &s->drops; n = n->next)
    if (LIST_OWNER(n, struct weir_resource, inbox)->type->impl->held == 0)
      return true;
  return false;
}

bool resource_drop_all(struct weir_store *s) {
  struct list batch;
  bool any = resource_has_due(s);
  list_take(&batch, &s->drops);
  while (!list_empty(&batch)) {
    struct weir_resource *r = LIST_OWNER(batch.next, struct weir_resource, inbox);
    const struct rt_resource_type *type = r->type;
    uint64_t rep = r->rep;
    if (type->impl->held > 0) {
      list_remove(&r->inbox);
      list_append(&s->drops, &r->inbox);
      continue;
    }
    resource_free(r);
    s->rt.nesting_depth++;
    if (!s->rt.failed)
      rt_fail(&s->rt, drop_resource(&s->rt, type, rep, NULL));
    s->rt.nesting_depth--;
  }
  return any;
}

void resource_release_all(struct weir_store *s) {
  while (!list_empty(&s->drops))
    resource_free(LIST_OWNER(s->drops.next, struct weir_resource, inbox));
  while (!list_empty(&s->resources)) {
    struct weir_resource *r = LIST_OWNER(s->resources.next, struct weir_resource, all);
    if (r->own && !r->type->impl && r->type->host_drop)
      r->type->host_drop(r->type->host_data, r->rep);
    list_remove(&r->all);
    r->store = NULL;
  }
}

/* ---- the public side ----------------------------------------------------------------------------------------------- */

weir_status weir_resource_new(weir_host_call *handle, const char *interface, const char *name, uint64_t rep,
                              weir_value *ret) {
  struct host_call *call = host_call_of(handle);
  if (!call || !store_is_mine(call->func->inst->store))
    return WEIR_ERR_MISUSE;
  weir_instance *inst = call->func->inst;
  const struct graph *g = inst->component->graph;
  for (uint32_t i = 0; i < g->resource_count; i++) {
    struct linker_def *def = inst->resource_defs[i];
    if (!def || !str_eq(def->name, str_from(name)) || !str_eq(def->interface, str_from(interface ? interface : "")))
      continue;
    /* inst->root is not there yet while start functions run */
    WEIR_TRY(resource_hold(inst->store, &call->subtask->lower->inst->root->resources[i], rep, true, ret));
    if (inst->store->traced && inst->store->tap)
      inst->store->tap->resource_new(inst->store->tap_data, call, &g->resources[i].decl, ret->of.resource->id, rep);
    return WEIR_OK;
  }
  return WEIR_ERR_NOT_FOUND;
}

uint64_t weir_resource_rep(const weir_value *value) {
  if (value->kind != WEIR_VALUE_RESOURCE || !value->of.resource->store || value->of.resource->type->impl)
    return 0;
  return value->of.resource->rep;
}
