/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a host holds of resources. What always holds: a hold is in store.resources, and its handle leads to it until
 * the host has dropped it or given it away; one that is lent stays until its last loan has ended. A host's own
 * resource is dropped at once, a guest's in the next step (store.drops), since its destructor is guest code.
 *
 * In order: the end of a hold; making holds and loans; between handles and values; the store's part.
 */
#include "embed/resource.h"

#include "base/mem.h"
#include "embed/seam.h"
#include "runtime/cx.h"
#include "runtime/drop.h"
#include "runtime/trap.h"

/* From now on nobody has it any more. */
static void resource_lose(struct host_resource *r) {
  handle_give(&r->store->handles, r->handle);
  r->handle = NULL;
}

static void resource_free(struct host_resource *r) {
  resource_lose(r);
  list_remove(&r->all);
  list_remove(&r->inbox);
  mem_free(&r->store->engine->alloc, r, sizeof(*r));
}

/* A host's own resource goes at once, a guest's in the next step since guest code runs. */
static void resource_end(struct host_resource *r) {
  const struct rt_resource_type *type = r->type;
  struct store *s = r->store;
  uint64_t rep = r->rep;
  bool own = r->own;
  if (own && type->impl && !s->rt.stopping) {
    list_append(&s->drops, &r->inbox);
    store_wake(s);
    return;
  }
  resource_free(r);
  if (own && !type->impl && type->host_drop)
    type->host_drop(type->host_data, rep);
}

static void loan_ends(struct host_resource *lender, bool waited) {
  lender->loans--;
  if (waited && --lender->waiting_loans == 0 && lender->drop_waits)
    resource_drop_now(lender); /* the call never began */
  else if (lender->loans == 0 && lender->dropped)
    resource_end(lender);
}

void resource_let_go(struct host_resource *r) {
  struct host_resource *lender = r->lender;
  bool waited = r->waits;
  resource_lose(r);
  r->dropped = true;
  if (r->loans == 0)
    resource_end(r);
  if (lender)
    loan_ends(lender, waited);
}

void resource_drop_now(struct host_resource *r) {
  const struct store *s = r->store;
  r->drop_waits = false;
  if (r->own && s->traced && s->tap)
    s->tap->resource_let_go(s->tap_data, r->id);
  resource_let_go(r);
}

/* weir_value_clear(). */
static void resource_drop(void *object) {
  struct host_resource *r = object;
  if (r->waiting_loans == 0) {
    resource_drop_now(r);
    return;
  }
  r->drop_waits = true;
  resource_lose(r);
}

static const struct handle_ops resource_ops = {.end = resource_drop};

static weir_status make(struct store *s, const struct rt_resource_type *type, uint64_t rep, bool own, weir_value *ret) {
  struct host_resource *r = mem_alloc(&s->engine->alloc, sizeof(*r));
  if (!r)
    return WEIR_ERR_NOMEM;
  weir_resource *handle = handle_take(&s->handles, HANDLE_RESOURCE, r);
  if (!handle) {
    mem_free(&s->engine->alloc, r, sizeof(*r));
    return WEIR_ERR_NOMEM;
  }
  *r = (struct host_resource){
      .base.ops = &resource_ops, .store = s, .handle = handle, .type = type, .rep = rep, .own = own};
  list_init(&r->inbox);
  list_append(&s->resources, &r->all);
  *ret = (weir_value){.kind = WEIR_VALUE_RESOURCE, .of.resource = handle};
  return WEIR_OK;
}

weir_status resource_hold(struct store *s, const struct rt_resource_type *type, uint64_t rep, bool own,
                          weir_value *ret) {
  WEIR_TRY(make(s, type, rep, own, ret));
  resource_get(ret->of.resource)->id = ++s->hold_ids;
  return WEIR_OK;
}

/* It has the lender's number and takes none of its own: records do not know of a call before it begins. */
weir_status resource_lend(struct host_resource *lender, weir_value *ret) {
  WEIR_TRY(make(lender->store, lender->type, lender->rep, false, ret));
  struct host_resource *loan = resource_get(ret->of.resource);
  loan->id = lender->id;
  loan->lender = lender;
  lender->loans++;
  return WEIR_OK;
}

weir_status resource_to_value(struct abi_cx *abi, const struct weir_type *t, uint64_t rep, weir_value *ret) {
  struct rt_cx *cx = (struct rt_cx *)(void *)abi;
  struct store *s = store_of(cx->inst->store);
  bool own = t->kind == TYPE_OWN;
  if (resource_hold(s, cx_resource(cx->inst->root, t->resource), rep, own, ret) != WEIR_OK)
    return diag_nomem(abi->diag);
  if (!own)
    list_append(&s->borrows, &resource_get(ret->of.resource)->inbox);
  return WEIR_OK;
}

void resource_end_borrows(struct list *borrows) {
  while (!list_empty(borrows)) {
    struct host_resource *r = LIST_OWNER(borrows->next, struct host_resource, inbox);
    list_remove(&r->inbox);
    resource_let_go(r);
  }
}

bool resource_lent_on(const struct list *borrows) {
  for (const struct list *n = borrows->next; n != borrows; n = n->next)
    if (LIST_OWNER(n, struct host_resource, inbox)->loans > 0)
      return true;
  return false;
}

bool resource_type_same(const struct rt_resource_type *a, const struct rt_resource_type *b) {
  return a == b || (a->host_type && a->host_type == b->host_type);
}

weir_status resource_from_value(struct abi_cx *abi, const struct weir_type *t, weir_value *value, uint64_t *ret) {
  struct rt_cx *cx = (struct rt_cx *)(void *)abi;
  struct host_resource *r = resource_get(value->of.resource);
  const struct rt_resource_type *want = cx_resource(cx->inst->root, t->resource);
  if (!r || &r->store->rt != cx->inst->store || !resource_type_same(r->type, want))
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a resource of another type or store");
  if (t->kind == TYPE_OWN && !r->own)
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a borrowed resource away as its own");
  if (t->kind == TYPE_OWN && r->loans > 0)
    return diag_set(abi->diag, WEIR_ERR_HOST, "the host gave a resource away that it has lent to a call");
  *ret = r->rep;
  if (t->kind == TYPE_OWN) {
    resource_free(r);
    *value = (weir_value){0};
  }
  return WEIR_OK;
}

bool resource_has_due(const struct store *s) {
  for (const struct list *n = s->drops.next; n != &s->drops; n = n->next)
    if (LIST_OWNER(n, struct host_resource, inbox)->type->impl->held == 0)
      return true;
  return false;
}

bool resource_drop_all(struct store *s) {
  struct list batch;
  bool any = resource_has_due(s);
  list_take(&batch, &s->drops);
  while (!list_empty(&batch)) {
    struct host_resource *r = LIST_OWNER(batch.next, struct host_resource, inbox);
    const struct rt_resource_type *type = r->type;
    uint64_t rep = r->rep;
    if (type->impl->held > 0 || s->rt.slice_used) {
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

void resource_release_all(struct store *s) {
  while (!list_empty(&s->drops))
    resource_free(LIST_OWNER(s->drops.next, struct host_resource, inbox));
  while (!list_empty(&s->resources)) {
    struct host_resource *r = LIST_OWNER(s->resources.next, struct host_resource, all);
    if (r->lender)
      resource_free(r);
    else
      resource_end(r);
  }
}
