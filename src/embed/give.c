/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See give.h. The walk goes on after a failure, in which it only forgets what was to be lent. */
#include "embed/give.h"

#include "abi/value_packed.h"
#include "embed/host_end.h"
#include "embed/resource.h"
#include "runtime/cx.h"

struct giving {
  struct store *store;
  const struct rt_root *root;
  struct diag *diag;
  weir_status status; /* the first failure */
};

static weir_status check_resource(const struct giving *g, const struct weir_type *t, const struct host_resource *r) {
  if (!r)
    return diag_set(g->diag, WEIR_ERR_MISUSE, "the host gave a resource that it does not have any more");
  if (r->store != g->store)
    return diag_set(g->diag, WEIR_ERR_MISUSE, "the host gave a resource of another store");
  if (g->root && !resource_type_same(r->type, cx_resource(g->root, t->resource)))
    return diag_set(g->diag, WEIR_ERR_TYPE, "the host gave a resource of another type than `" STR_FMT "`",
                    STR_ARG(t->resource->name));
  if (t->kind == TYPE_BORROW)
    return WEIR_OK;
  if (!r->own)
    return diag_set(g->diag, WEIR_ERR_MISUSE, "the host gave a borrowed resource away as its own");
  if (r->loans > 0)
    return diag_set(g->diag, WEIR_ERR_MISUSE, "the host gave a resource away that it has lent to a call");
  return WEIR_OK;
}

static void give_resource(struct giving *g, const struct weir_type *t, weir_value *value) {
  struct host_resource *r = resource_get(value->of.resource);
  if (g->status == WEIR_OK)
    g->status = check_resource(g, t, r);
  if (t->kind == TYPE_BORROW) {
    *value = (weir_value){0};
    if (g->status == WEIR_OK && resource_lend(r, value) != WEIR_OK)
      g->status = diag_nomem(g->diag);
  } else if (g->status == WEIR_OK) {
    r->handle = handle_renew(r->handle);
    value->of.resource = r->handle;
  }
}

static weir_status check_end(const struct giving *g, const struct weir_type *t, const struct host_end *w) {
  if (!w)
    return diag_set(g->diag, WEIR_ERR_MISUSE, "the host gave a stream or future that it does not have any more");
  if (w->store != g->store)
    return diag_set(g->diag, WEIR_ERR_MISUSE, "the host gave a stream or future of another store");
  if (!host_end_can_be_given(w))
    return diag_set(g->diag, WEIR_ERR_MISUSE, "the host gave an end of a stream or future that is in use or done");
  if (g->root && !host_end_fits(w, g->root, t))
    return host_end_misfit(w, t, WEIR_ERR_TYPE, g->diag);
  return WEIR_OK;
}

static void give_end(struct giving *g, const struct weir_type *t, weir_value *value) {
  struct host_end *w = host_end_get(value->of.stream);
  if (g->status == WEIR_OK)
    g->status = check_end(g, t, w);
  if (g->status != WEIR_OK)
    return;
  w->handle = handle_renew(w->handle);
  value->of.stream = w->handle;
}

static void give(struct giving *g, const struct weir_type *t, weir_value *value);

static void give_items(struct giving *g, const struct weir_type *t, weir_value *value) {
  if (t->fields && value->of.list.count != t->field_count)
    return;
  for (size_t i = 0; i < value->of.list.count; i++)
    give(g, t->fields ? t->fields[i].type : t->elem, &value->of.list.items[i]);
}

static void give(struct giving *g, const struct weir_type *t, weir_value *value) {
  if (!t || !t->has_handle)
    return;
  switch (value->kind) {
    case WEIR_VALUE_RECORD:
      if (t->kind == TYPE_RECORD || t->kind == TYPE_TUPLE)
        give_items(g, t, value);
      return;
    case WEIR_VALUE_LIST:
      if (t->kind == TYPE_LIST || t->kind == TYPE_FIXED_LIST || t->kind == TYPE_MAP)
        give_items(g, t, value);
      return;
    case WEIR_VALUE_VARIANT:
      if (t->kind >= TYPE_VARIANT && t->kind <= TYPE_RESULT && value_tag(value) < t->field_count && value->of.payload)
        give(g, t->fields[value_tag(value)].type, value->of.payload);
      return;
    case WEIR_VALUE_RESOURCE:
      if (t->kind == TYPE_OWN || t->kind == TYPE_BORROW)
        give_resource(g, t, value);
      return;
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
      if (t->kind == TYPE_STREAM || t->kind == TYPE_FUTURE)
        give_end(g, t, value);
      return;
    default:
      return;
  }
}

weir_status give_value(struct store *s, const struct rt_root *root, const struct weir_type *t, weir_value *value,
                       struct diag *d) {
  struct giving g = {.store = s, .root = root, .diag = d};
  give(&g, t, value);
  return g.status;
}

void give_refused(const struct weir_type *t, weir_value *value) {
  struct giving g = {.status = WEIR_ERR_MISUSE};
  give(&g, t, value);
  weir_value_clear(value);
}
