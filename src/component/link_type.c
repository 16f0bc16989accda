/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Type definitions: value and function types are resolved into the type table, component and instance types stay
 * closures, a resource type is a new resource of this component instance. Origin: Explainer.md#type-definitions.
 */
#include "component/link_env.h"

weir_status link_value_type(struct linking *l, const struct link_env *env, const struct ast_valtype *type,
                            const struct weir_type **ret) {
  *ret = NULL;
  if (!type->present)
    return WEIR_OK;
  if (!type->is_index) {
    *ret = type_primitive(l->types, type->primitive, l->diag);
    return *ret ? WEIR_OK : link_failed(l);
  }
  struct link_entity entity;
  WEIR_TRY(env_get_kind(l, env, LINK_VALUE_TYPE, type->index, &entity));
  *ret = entity.of.value_type;
  return WEIR_OK;
}

/* A type that must exist. */
static weir_status value_type(struct linking *l, const struct link_env *env, const struct ast_valtype *type,
                              const struct weir_type **ret) {
  WEIR_TRY(link_value_type(l, env, type, ret));
  return *ret ? WEIR_OK : link_invalid(l, "missing type");
}

static weir_status type_of_fields(struct linking *l, const struct link_env *env, const struct ast_type *type,
                                  enum type_kind kind, const struct weir_type **ret) {
  WEIR_TRY(link_spend(l, type->field_count)); /* checked before there is room for them */
  struct type_field *fields = ARENA_ARRAY(&l->scratch, struct type_field, type->field_count);
  if (!fields)
    return diag_nomem(l->diag);
  for (uint32_t i = 0; i < type->field_count; i++) {
    fields[i].label = type->fields[i].label;
    WEIR_TRY(link_spend_name(l, fields[i].label));
    WEIR_TRY(link_value_type(l, env, &type->fields[i].type, &fields[i].type));
  }
  *ret = type_fields(l->types, kind, fields, type->field_count, l->diag);
  return WEIR_OK;
}

static weir_status type_of_handle(struct linking *l, const struct link_env *env, const struct ast_type *type,
                                  enum type_kind kind, const struct weir_type **ret) {
  struct link_entity entity;
  WEIR_TRY(env_get_kind(l, env, LINK_RESOURCE, type->index, &entity));
  *ret = type_handle(l->types, kind, entity.of.resource, l->diag);
  return WEIR_OK;
}

/* The kinds made of other types. */
static weir_status type_of_parts(struct linking *l, const struct link_env *env, const struct ast_type *type,
                                 const struct weir_type **ret) {
  const struct weir_type *a, *b;
  bool may_lack = type->kind == AST_TYPE_RESULT || type->kind == AST_TYPE_STREAM || type->kind == AST_TYPE_FUTURE;
  WEIR_TRY(may_lack ? link_value_type(l, env, &type->a, &a) : value_type(l, env, &type->a, &a));
  WEIR_TRY(type->kind == AST_TYPE_MAP ? value_type(l, env, &type->b, &b) : link_value_type(l, env, &type->b, &b));
  switch (type->kind) {
    case AST_TYPE_LIST:
      *ret = type_list(l->types, a, l->diag);
      return WEIR_OK;
    case AST_TYPE_FIXED_LIST:
      *ret = type_fixed_list(l->types, a, type->length, l->diag);
      return WEIR_OK;
    case AST_TYPE_OPTION:
      *ret = type_option(l->types, a, l->diag);
      return WEIR_OK;
    case AST_TYPE_RESULT:
      *ret = type_result(l->types, a, b, l->diag);
      return WEIR_OK;
    case AST_TYPE_MAP:
      *ret = type_map(l->types, a, b, l->diag);
      return WEIR_OK;
    default:
      *ret = type_channel(l->types, type->kind == AST_TYPE_STREAM ? TYPE_STREAM : TYPE_FUTURE, a, l->diag);
      return WEIR_OK;
  }
}

static weir_status type_of_value(struct linking *l, const struct link_env *env, const struct ast_type *type,
                                 const struct weir_type **ret) {
  switch (type->kind) {
    case AST_TYPE_PRIMITIVE:
      *ret = type_primitive(l->types, type->primitive, l->diag);
      return WEIR_OK;
    case AST_TYPE_RECORD:
      return type_of_fields(l, env, type, TYPE_RECORD, ret);
    case AST_TYPE_VARIANT:
      return type_of_fields(l, env, type, TYPE_VARIANT, ret);
    case AST_TYPE_TUPLE:
      if (type->field_count == 0)
        return link_invalid(l, "tuple type must have at least one type");
      return type_of_fields(l, env, type, TYPE_TUPLE, ret);
    case AST_TYPE_FLAGS:
      return type_of_fields(l, env, type, TYPE_FLAGS, ret);
    case AST_TYPE_ENUM:
      return type_of_fields(l, env, type, TYPE_ENUM, ret);
    case AST_TYPE_OWN:
      return type_of_handle(l, env, type, TYPE_OWN, ret);
    case AST_TYPE_BORROW:
      return type_of_handle(l, env, type, TYPE_BORROW, ret);
    default:
      return type_of_parts(l, env, type, ret);
  }
}

static weir_status define_func_type(struct linking *l, const struct link_env *env, const struct ast_type *type,
                                    struct link_entity *ret) {
  const struct weir_type *params, *result;
  WEIR_TRY(type_of_fields(l, env, type, TYPE_TUPLE, &params));
  if (!params)
    return link_failed(l);
  WEIR_TRY(link_value_type(l, env, &type->a, &result));
  ret->kind = LINK_FUNC_TYPE;
  ret->of.func_type = type_func(l->types, type->async, params, result, l->diag);
  return ret->of.func_type ? WEIR_OK : link_failed(l);
}

static weir_status define_resource(struct linking *l, const struct link_env *env, const struct ast_type *type,
                                   struct link_entity *ret) {
  struct link_resource *resource;
  if (env->instance == GRAPH_NONE)
    return link_invalid(l, "resources can only be defined within a concrete component");
  WEIR_TRY(link_resource_new(l, &resource));
  resource->rep = type->rep == 0x7e ? CORE_I64 : CORE_I32;
  resource->resource.decl.instance = env->instance;
  *ret = (struct link_entity){.kind = LINK_RESOURCE, .of.resource = &resource->resource.decl};
  if (type->index == AST_NONE)
    return WEIR_OK;
  WEIR_TRY(env_get_core(l, env, LINK_CORE_FUNC, type->index, &resource->resource.dtor));
  return link_step(l, STEP_RESOURCE, resource->resource.decl.index);
}

static weir_status define_closure(struct linking *l, const struct link_env *env, const struct ast_type *type,
                                  struct link_entity *ret) {
  struct link_closure *closure = link_alloc(l, sizeof(*closure));
  if (!closure)
    return WEIR_ERR_NOMEM;
  *closure = (struct link_closure){.type = type, .env = env};
  ret->kind = type->kind == AST_TYPE_COMPONENT ? LINK_COMPONENT_TYPE : LINK_INSTANCE_TYPE;
  ret->of.closure = closure;
  return WEIR_OK;
}

weir_status link_type_def(struct linking *l, struct link_env *env, const struct ast_type *type) {
  struct link_entity entity = {.kind = LINK_VALUE_TYPE};
  switch (type->kind) {
    case AST_TYPE_FUNC:
      WEIR_TRY(define_func_type(l, env, type, &entity));
      break;
    case AST_TYPE_RESOURCE:
      WEIR_TRY(define_resource(l, env, type, &entity));
      break;
    case AST_TYPE_COMPONENT:
    case AST_TYPE_INSTANCE:
      WEIR_TRY(define_closure(l, env, type, &entity));
      break;
    default:
      WEIR_TRY(type_of_value(l, env, type, &entity.of.value_type));
      if (!entity.of.value_type)
        return link_failed(l);
      break;
  }
  return env_push(l, env, entity);
}
