/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The root's imports and exports for the public interface: trees of externs, functions with their role for a resource,
 * and terminated texts. An instance may contain another several times over, so everything is paid for like definitions.
 * Origin: Explainer.md#import-and-export-definitions, and its names of constructors, methods and statics.
 */
#include "component/link_env.h"

/* One list of externs in the making: those of an instance, or of the root. */
struct place {
  struct linking *l;
  struct graph *g;
  const struct link_instance *from;
  struct str interface_name;
  bool imports;
};

static weir_status place_items(struct place *p, const struct weir_extern **ret);

/* ---- functions --------------------------------------------------------------------------------------------------- */

/* The rest of the name behind the prefix, if the name has the prefix. */
static bool name_after(struct str name, struct str prefix, struct str *ret) {
  if (!str_starts_with(name, prefix))
    return false;
  *ret = (struct str){name.data + prefix.size, name.size - prefix.size};
  return true;
}

/* Takes `[method]r.f` apart; the member is the end of the name, so it is terminated as well. */
static weir_func_role member_split(struct str name, struct str *ret_resource, struct str *ret_member) {
  weir_func_role role = WEIR_FUNC_METHOD;
  struct str rest;
  *ret_member = (struct str){name.data + name.size, 0};
  if (name_after(name, STR("[constructor]"), ret_resource))
    return WEIR_FUNC_CONSTRUCTOR;
  if (!name_after(name, STR("[method]"), &rest)) {
    role = WEIR_FUNC_STATIC;
    if (!name_after(name, STR("[static]"), &rest))
      return WEIR_FUNC_FREE;
  }
  const char *dot = rest.size ? memchr(rest.data, '.', rest.size) : NULL;
  if (!dot)
    return WEIR_FUNC_FREE;
  *ret_resource = (struct str){rest.data, (size_t)(dot - rest.data)};
  *ret_member = (struct str){dot + 1, rest.size - ret_resource->size - 1};
  return role;
}

/*
 * The validator has checked that a member's resource stands beside it; without a resource the function is a free one.
 */
static void set_role(const struct place *p, struct weir_func *func) {
  struct str resource, member;
  weir_func_role role = member_split(func->name, &resource, &member);
  const struct link_entity *found = role != WEIR_FUNC_FREE ? link_instance_find(p->from, resource) : NULL;
  func->member = func->name;
  if (!found || found->kind != LINK_RESOURCE)
    return;
  func->role = role;
  func->member = member;
  func->resource = &p->g->resources[found->of.resource->index].decl;
}

/* A host's function has its object already; exported again, it gets an object for each name. */
static weir_status make_func(struct place *p, const struct link_func *from, struct weir_extern *item) {
  bool host = p->imports && from->ref.kind == FUNC_REF_HOST;
  struct weir_func *func =
      host ? (struct weir_func *)&p->g->host_funcs[from->ref.index] : ARENA_NEW(p->l->arena, struct weir_func);
  if (!func)
    return diag_nomem(p->l->diag);
  func->graph = p->g;
  func->ref = from->ref;
  func->type = from->type;
  func->interface_name = p->interface_name;
  func->name = item->name.name;
  func->imported = p->imports;
  set_role(p, func);
  item->kind = WEIR_EXTERN_FUNC;
  item->func = func;
  return WEIR_OK;
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

static weir_status make_type(struct place *p, const struct weir_type *type, struct weir_extern *item) {
  item->kind = WEIR_EXTERN_TYPE;
  item->type = type;
  return type_name_set(p->l->types, type, item->name.name, p->interface_name, p->l->diag);
}

/* The first instance that exports a resource of the component's own under the resource's name. */
static void make_resource(struct place *p, uint32_t index, struct weir_extern *item) {
  struct weir_resource_type *resource = &((struct graph_resource *)&p->g->resources[index])->decl;
  if (!resource->imported && resource->interface_name.size == 0 && str_eq(resource->name, item->name.name))
    resource->interface_name = p->interface_name;
  item->kind = WEIR_EXTERN_RESOURCE;
  item->resource = resource;
}

/* ---- externs ----------------------------------------------------------------------------------------------------- */

static weir_status make_instance(struct place *p, const struct link_instance *from, struct weir_extern *item) {
  struct place inner = *p;
  inner.from = from;
  item->kind = WEIR_EXTERN_INSTANCE;
  item->item_count = from->exports.count;
  WEIR_TRY(link_interface_name(p->l, p->interface_name, item->name.name, &inner.interface_name));
  return place_items(&inner, &item->items);
}

static weir_status copy_name(struct linking *l, const struct ast_name *from, struct ast_name *to) {
  WEIR_TRY(link_text(l, from->name, &to->name));
  WEIR_TRY(link_text(l, from->implements, &to->implements));
  WEIR_TRY(link_text(l, from->version_suffix, &to->version_suffix));
  return link_text(l, from->external_id, &to->external_id);
}

static weir_status make_item(struct place *p, const struct link_export *from, struct weir_extern *item) {
  item->interface_name = p->interface_name;
  WEIR_TRY(copy_name(p->l, &from->name, &item->name));
  switch (from->what.kind) {
    case LINK_FUNC:
      return make_func(p, from->what.of.func, item);
    case LINK_VALUE_TYPE:
      return make_type(p, from->what.of.value_type, item);
    case LINK_FUNC_TYPE:
      item->kind = WEIR_EXTERN_TYPE;
      item->func_type = from->what.of.func_type;
      return WEIR_OK;
    case LINK_RESOURCE:
      make_resource(p, from->what.of.resource->index, item);
      return WEIR_OK;
    case LINK_INSTANCE:
      return make_instance(p, from->what.of.instance, item);
    case LINK_COMPONENT:
      item->kind = WEIR_EXTERN_COMPONENT;
      return WEIR_OK;
    case LINK_CORE_MODULE:
      item->kind = WEIR_EXTERN_MODULE;
      return WEIR_OK;
    default: /* component and instance types: nothing to see from outside */
      item->kind = WEIR_EXTERN_TYPE;
      return WEIR_OK;
  }
}

static weir_status place_items(struct place *p, const struct weir_extern **ret) {
  struct linking *l = p->l;
  WEIR_TRY(link_enter(l));
  WEIR_TRY(link_spend(l, p->from->exports.count));
  struct weir_extern *items = ARENA_ARRAY(l->arena, struct weir_extern, p->from->exports.count);
  if (!items)
    return diag_nomem(l->diag);
  for (uint32_t i = 0; i < p->from->exports.count; i++)
    WEIR_TRY(make_item(p, &p->from->exports.data[i], &items[i]));
  *ret = items;
  link_leave(l);
  return WEIR_OK;
}

weir_status link_world(struct linking *l, struct graph *g, const struct link_instance *from, bool imports,
                       const struct weir_extern **ret) {
  struct place root = {.l = l, .g = g, .from = from, .interface_name = STR(""), .imports = imports};
  return place_items(&root, ret);
}
