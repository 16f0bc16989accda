/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Imports and exports. An import of a nested component is its argument, so that types made from it are made of the
 * caller's resources. An import of the root is made from its type: functions and resources that a host is to provide.
 * An export is a new index for the same entity. Types of instances can only hide exports.
 * Origin: Explainer.md#import-and-export-definitions.
 */
#include "component/link_env.h"

/* ---- what a host provides ---------------------------------------------------------------------------------------- */

static weir_status extern_func(struct linking *l, const struct link_env *env, uint32_t type, struct str name,
                               struct link_entity *ret) {
  struct link_entity entity;
  WEIR_TRY(env_get_kind(l, env, LINK_FUNC_TYPE, type, &entity));
  WEIR_TRY(link_spend(l, 4));
  struct link_func *func = link_alloc(l, sizeof(*func));
  if (!func)
    return WEIR_ERR_NOMEM;
  func->ref = (struct func_ref){.kind = FUNC_REF_HOST, .index = l->host_funcs.count};
  func->type = entity.of.func_type;
  struct weir_func host = {
      .interface_name = env->interface_name, .name = name, .type = func->type, .ref = func->ref, .imported = true};
  *ret = (struct link_entity){.kind = LINK_FUNC, .of.func = func};
  return LINK_PUSH(l, l->host_funcs, host);
}

static weir_status extern_resource(struct linking *l, const struct link_env *env, struct str name,
                                   struct link_entity *ret) {
  struct link_resource *resource;
  WEIR_TRY(link_resource_new(l, &resource));
  resource->resource.decl.imported = true;
  resource->resource.decl.interface_name = env->interface_name;
  WEIR_TRY(link_text(l, name, &resource->resource.decl.name));
  *ret = (struct link_entity){.kind = LINK_RESOURCE, .of.resource = &resource->resource.decl};
  return WEIR_OK;
}

static weir_status extern_entity(struct linking *l, const struct link_env *env, const struct ast_import *item,
                                 struct link_entity *ret);

/* An export declarator of an instance type is made like an import, in the scope of that type. */
static weir_status instance_decl(struct linking *l, struct link_env *env, const struct ast_decl *decl) {
  struct link_entity entity;
  switch (decl->kind) {
    case AST_DECL_CORE_TYPE:
      return env_push(l, env, (struct link_entity){.kind = LINK_CORE_TYPE, .of.core_type = decl->of.core_type});
    case AST_DECL_TYPE:
      return link_type_def(l, env, decl->of.type);
    case AST_DECL_ALIAS:
      return link_alias(l, env, decl->of.alias);
    case AST_DECL_EXPORT:
      WEIR_TRY(extern_entity(l, env, decl->of.item, &entity));
      WEIR_TRY(link_instance_add(l, env->exports, &decl->of.item->name, entity));
      return env_push(l, env, entity);
    default:
      return link_invalid(l, "instance types cannot have imports");
  }
}

static weir_status extern_instance(struct linking *l, const struct link_env *env, const struct ast_import *item,
                                   struct link_entity *ret) {
  struct link_entity type;
  struct link_env *inner;
  WEIR_TRY(env_get_kind(l, env, LINK_INSTANCE_TYPE, item->type.index, &type));
  WEIR_TRY(link_enter(l));
  WEIR_TRY(env_new(l, type.of.closure->env, GRAPH_NONE, &inner));
  WEIR_TRY(link_interface_name(l, env->interface_name, item->name.name, &inner->interface_name));
  const struct ast_type *ast = type.of.closure->type;
  for (uint32_t i = 0; i < ast->decl_count; i++)
    WEIR_TRY(instance_decl(l, inner, &ast->decls[i]));
  link_leave(l);
  *ret = (struct link_entity){.kind = LINK_INSTANCE, .of.instance = inner->exports};
  return WEIR_OK;
}

static weir_status entity_name(struct linking *l, const struct link_entity *entity, struct str name,
                               struct str interface_name);

static weir_status extern_type(struct linking *l, const struct link_env *env, const struct ast_import *item,
                               struct link_entity *ret) {
  if (item->type.index == AST_NONE)
    return extern_resource(l, env, item->name.name, ret);
  WEIR_TRY(env_get(l, env, AST_SORT_TYPE, item->type.index, ret));
  return entity_name(l, ret, item->name.name, env->interface_name);
}

static weir_status extern_entity(struct linking *l, const struct link_env *env, const struct ast_import *item,
                                 struct link_entity *ret) {
  switch (item->type.sort) {
    case AST_SORT_FUNC:
      return extern_func(l, env, item->type.index, item->name.name, ret);
    case AST_SORT_TYPE:
      return extern_type(l, env, item, ret);
    case AST_SORT_INSTANCE:
      return extern_instance(l, env, item, ret);
    case AST_SORT_COMPONENT:
      *ret = (struct link_entity){.kind = LINK_COMPONENT};
      return WEIR_OK;
    case AST_SORT_CORE_MODULE:
      return link_module_import(l, env, item, ret);
    case AST_SORT_VALUE:
      return link_unsupported(l, "component values are");
    default:
      return link_invalid(l, "an import cannot be of that sort");
  }
}

static weir_status bound_entity(struct linking *l, const struct link_env *env, const struct ast_import *import,
                                struct link_entity *ret) {
  uint32_t space;
  WEIR_TRY(env_space(l, import->type.sort, &space));
  WEIR_TRY(link_spend_name(l, import->name.name));
  const struct link_entity *arg = link_instance_find(env->args, import->name.name);
  if (!arg || entity_space(arg->kind) != space)
    return link_invalid(l, "missing import named `%.*s`",
                        (int)(import->name.name.size < 100 ? import->name.name.size : 100), import->name.name.data);
  *ret = *arg;
  return WEIR_OK;
}

/* Only the exports that the instance type of an import or export names are visible through it. */
static weir_status entity_narrow(struct linking *l, const struct link_env *env, uint32_t type_index,
                                 struct link_entity *entity) {
  struct link_entity type;
  WEIR_TRY(env_get_kind(l, env, LINK_INSTANCE_TYPE, type_index, &type));
  struct link_instance *narrow = link_instance_new(l);
  if (!narrow)
    return WEIR_ERR_NOMEM;
  const struct ast_type *ast = type.of.closure->type;
  WEIR_TRY(link_spend(l, ast->decl_count));
  for (uint32_t i = 0; i < ast->decl_count; i++) {
    if (ast->decls[i].kind != AST_DECL_EXPORT)
      continue;
    const struct ast_name *name = &ast->decls[i].of.item->name;
    WEIR_TRY(link_spend_name(l, name->name));
    const struct link_entity *found = link_instance_find(entity->of.instance, name->name);
    if (!found)
      return link_invalid(l, "an instance lacks an export that its type names");
    WEIR_TRY(link_instance_add(l, narrow, name, *found));
  }
  entity->of.instance = narrow;
  return WEIR_OK;
}

weir_status link_import(struct linking *l, struct link_env *env, const struct ast_import *import) {
  struct link_entity entity;
  if (env->args) {
    WEIR_TRY(bound_entity(l, env, import, &entity));
    if (entity.kind == LINK_INSTANCE)
      WEIR_TRY(entity_narrow(l, env, import->type.index, &entity));
  } else {
    WEIR_TRY(extern_entity(l, env, import, &entity));
    WEIR_TRY(link_instance_add(l, env->imports, &import->name, entity));
  }
  return env_push(l, env, entity);
}

/* ---- exports ----------------------------------------------------------------------------------------------------- */

/* The first name that something is exported by is what messages call it. */
static weir_status entity_name(struct linking *l, const struct link_entity *entity, struct str name,
                               struct str interface_name) {
  switch (entity->kind) {
    case LINK_VALUE_TYPE:
      return type_name_set(l->types, entity->of.value_type, name, interface_name, l->diag);
    case LINK_RESOURCE: {
      struct weir_resource_type *decl = &l->resources.data[entity->of.resource->index]->resource.decl;
      return decl->name.size == 0 ? link_text(l, name, &decl->name) : WEIR_OK;
    }
    case LINK_FUNC:
      lift_name(l, entity, name);
      return WEIR_OK;
    default:
      return WEIR_OK;
  }
}

weir_status link_export(struct linking *l, struct link_env *env, const struct ast_export *export) {
  struct link_entity entity;
  if (export->what.sort >= AST_SORT_CORE && export->what.sort != AST_SORT_CORE_MODULE)
    return link_invalid(l, "core definitions other than modules cannot be exported");
  WEIR_TRY(env_get(l, env, export->what.sort, export->what.index, &entity));
  WEIR_TRY(entity_name(l, &entity, export->name.name, (struct str){0})); /* link_world() knows the instance */
  if (export->has_type && export->type.sort == AST_SORT_INSTANCE && entity.kind == LINK_INSTANCE)
    WEIR_TRY(entity_narrow(l, env, export->type.index, &entity));
  WEIR_TRY(link_instance_add(l, env->exports, &export->name, entity));
  return env_push(l, env, entity);
}
