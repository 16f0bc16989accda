/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Index spaces, export lists and the linker's accounts. Every index of the input goes through env_get(), and
 * link_spend() pays for everything that grows: however a component multiplies itself, work and memory stay below a
 * fixed bound.
 */
#include "component/link_env.h"

#include <stdio.h>

enum { LINK_NAME_UNIT = 64 }; /* bytes of a name that cost as much as a definition */

weir_status link_invalid(struct linking *l, const char *format, ...) {
  char text[192];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  return diag_at(l->diag, WEIR_ERR_INVALID, l->offset, "%s", text);
}

weir_status link_limit(struct linking *l, const char *what) {
  return diag_at(l->diag, WEIR_ERR_LIMIT, l->offset, "component is too large: %s", what);
}

weir_status link_unsupported(struct linking *l, const char *what) {
  return diag_at(l->diag, WEIR_ERR_UNSUPPORTED, l->offset, "%s not supported", what);
}

weir_status link_spend(struct linking *l, uint32_t units) {
  if (units > l->units)
    return link_limit(l, "too many definitions after instantiation");
  l->units -= units;
  return WEIR_OK;
}

weir_status link_spend_name(struct linking *l, struct str name) {
  size_t units = 1 + name.size / LINK_NAME_UNIT;
  return link_spend(l, units > UINT32_MAX ? UINT32_MAX : (uint32_t)units);
}

weir_status link_text(struct linking *l, struct str text, struct str *ret) {
  *ret = STR("");
  if (text.size == 0)
    return WEIR_OK;
  WEIR_TRY(link_spend_name(l, text));
  *ret = arena_str(l->arena, text);
  return ret->data ? WEIR_OK : diag_nomem(l->diag);
}

weir_status link_interface_name(struct linking *l, struct str outer, struct str name, struct str *ret) {
  if (outer.size == 0)
    return link_text(l, name, ret);
  WEIR_TRY(link_spend_name(l, outer));
  WEIR_TRY(link_spend_name(l, name));
  *ret = arena_printf(l->arena, STR_FMT "/" STR_FMT, STR_ARG(outer), STR_ARG(name));
  return ret->data ? WEIR_OK : diag_nomem(l->diag);
}

void *link_alloc(struct linking *l, size_t size) {
  void *p = arena_alloc(&l->scratch, size);
  if (!p)
    diag_nomem(l->diag);
  return p;
}

weir_status link_failed(const struct linking *l) {
  return l->diag && l->diag->status != WEIR_OK ? l->diag->status : WEIR_ERR_NOMEM;
}

weir_status link_step(struct linking *l, enum step_kind kind, uint32_t index) {
  if (l->steps.count >= LINK_MAX_STEPS)
    return link_limit(l, "too many steps");
  struct graph_step step = {.kind = kind, .index = index};
  return LINK_PUSH(l, l->steps, step);
}

weir_status link_enter(struct linking *l) {
  if (l->depth >= LINK_MAX_DEPTH)
    return link_limit(l, "nesting is too deep");
  l->depth++;
  return WEIR_OK;
}

void link_leave(struct linking *l) {
  l->depth--;
}

weir_status env_new(struct linking *l, const struct link_env *parent, uint32_t instance, struct link_env **ret) {
  WEIR_TRY(link_spend(l, LINK_ENV_UNITS));
  struct link_env *env = link_alloc(l, sizeof(*env));
  if (!env)
    return WEIR_ERR_NOMEM;
  env->parent = parent;
  env->instance = instance;
  env->interface_name = STR("");
  env->exports = link_instance_new(l);
  if (!env->exports)
    return WEIR_ERR_NOMEM;
  *ret = env;
  return WEIR_OK;
}

weir_status env_space(struct linking *l, enum ast_sort sort, uint32_t *ret) {
  switch (sort) {
    case AST_SORT_CORE_FUNC:
    case AST_SORT_CORE_TABLE:
    case AST_SORT_CORE_MEMORY:
    case AST_SORT_CORE_GLOBAL:
    case AST_SORT_CORE_TAG:
      *ret = LINK_CORE_FUNC + (sort - AST_SORT_CORE_FUNC);
      return WEIR_OK;
    case AST_SORT_CORE_TYPE:
    case AST_SORT_CORE_MODULE:
    case AST_SORT_CORE_INSTANCE:
      *ret = LINK_CORE_TYPE + (sort - AST_SORT_CORE_TYPE);
      return WEIR_OK;
    case AST_SORT_FUNC:
      *ret = LINK_FUNC;
      return WEIR_OK;
    case AST_SORT_TYPE:
      *ret = LINK_SPACE_TYPE;
      return WEIR_OK;
    case AST_SORT_COMPONENT:
      *ret = LINK_COMPONENT;
      return WEIR_OK;
    case AST_SORT_INSTANCE:
      *ret = LINK_INSTANCE;
      return WEIR_OK;
    case AST_SORT_VALUE:
      return link_unsupported(l, "component values are");
    default:
      return link_invalid(l, "unknown sort 0x%x", (unsigned)sort);
  }
}

uint32_t entity_space(enum link_kind kind) {
  return (uint32_t)kind > LINK_SPACE_TYPE ? LINK_SPACE_TYPE : (uint32_t)kind;
}

weir_status env_push(struct linking *l, struct link_env *env, struct link_entity what) {
  WEIR_TRY(link_spend(l, 1));
  return LINK_PUSH(l, env->spaces[entity_space(what.kind)], what);
}

static weir_status space_get(struct linking *l, const struct link_env *env, uint32_t space, uint32_t index,
                             struct link_entity *ret) {
  const link_space *list = &env->spaces[space];
  if (index >= list->count)
    return link_invalid(l, "unknown index %u: index out of bounds", index);
  *ret = list->data[index];
  return WEIR_OK;
}

weir_status env_get(struct linking *l, const struct link_env *env, enum ast_sort sort, uint32_t index,
                    struct link_entity *ret) {
  uint32_t space = 0;
  WEIR_TRY(env_space(l, sort, &space));
  return space_get(l, env, space, index, ret);
}

weir_status env_get_kind(struct linking *l, const struct link_env *env, enum link_kind kind, uint32_t index,
                         struct link_entity *ret) {
  WEIR_TRY(space_get(l, env, entity_space(kind), index, ret));
  if (ret->kind != kind)
    return link_invalid(l, "type index %u is not of the expected kind", index);
  return WEIR_OK;
}

weir_status env_get_core(struct linking *l, const struct link_env *env, enum link_kind kind, uint32_t index,
                         struct core_ref *ret) {
  *ret = (struct core_ref){0};
  if (index == AST_NONE)
    return WEIR_OK;
  struct link_entity entity = {0};
  WEIR_TRY(env_get_kind(l, env, kind, index, &entity));
  *ret = *entity.of.core;
  return WEIR_OK;
}

struct link_instance *link_instance_new(struct linking *l) {
  struct link_instance *instance = link_alloc(l, sizeof(*instance));
  if (instance)
    name_index_init(&instance->names, &l->scratch);
  return instance;
}

void lift_name(struct linking *l, const struct link_entity *func, struct str name) {
  const struct func_ref *ref = &func->of.func->ref;
  if (ref->kind == FUNC_REF_LIFT && l->lifts.data[ref->index].name.size == 0)
    l->lifts.data[ref->index].name = name;
}

weir_status link_instance_add(struct linking *l, struct link_instance *instance, const struct ast_name *name,
                              struct link_entity what) {
  WEIR_TRY(link_spend(l, 1));
  WEIR_TRY(link_spend_name(l, name->name));
  struct link_export export = {.name = *name, .what = what};
  WEIR_TRY(LINK_PUSH(l, instance->exports, export));
  return name_index_add(&instance->names, name->name, instance->exports.count - 1) ? WEIR_OK : diag_nomem(l->diag);
}

const struct link_entity *link_instance_find(const struct link_instance *instance, struct str name) {
  uint32_t i = name_index_find(&instance->names, name);
  return i == INDEX_NONE ? NULL : &instance->exports.data[i].what;
}

weir_status link_resource_new(struct linking *l, struct link_resource **ret) {
  WEIR_TRY(link_spend(l, 4));
  struct link_resource *resource = link_alloc(l, sizeof(*resource));
  if (!resource)
    return WEIR_ERR_NOMEM;
  resource->resource.decl.index = l->resources.count;
  resource->resource.decl.instance = GRAPH_NONE;
  resource->resource.decl.interface_name = STR("");
  resource->resource.decl.name = STR("");
  *ret = resource;
  return LINK_PUSH(l, l->resources, resource);
}
