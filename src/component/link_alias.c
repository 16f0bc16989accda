/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Aliases: an export of an instance, an export of a core instance, or a definition of a scope further out becomes a
 * definition of this scope. Origin: Explainer.md#alias-definitions.
 */
#include "component/link_env.h"

static weir_status alias_export(struct linking *l, const struct link_env *env, const struct ast_alias *alias,
                                struct link_entity *ret) {
  struct link_entity instance;
  uint32_t space;
  WEIR_TRY(env_space(l, alias->sort, &space));
  WEIR_TRY(env_get_kind(l, env, LINK_INSTANCE, alias->instance, &instance));
  WEIR_TRY(link_spend_name(l, alias->name));
  const struct link_entity *found = link_instance_find(instance.of.instance, alias->name);
  if (!found || entity_space(found->kind) != space)
    return link_invalid(l, "instance %u has no export named `" STR_FMT "` of that sort", alias->instance,
                        (int)(alias->name.size < 100 ? alias->name.size : 100), alias->name.data);
  *ret = *found;
  return WEIR_OK;
}

static weir_status alias_core_export(struct linking *l, const struct link_env *env, const struct ast_alias *alias,
                                     struct link_entity *ret) {
  struct link_entity instance;
  uint32_t space;
  WEIR_TRY(env_space(l, alias->sort, &space));
  WEIR_TRY(env_get_kind(l, env, LINK_CORE_INSTANCE, alias->instance, &instance));
  if (space > LINK_CORE_TAG)
    return link_invalid(l, "core instances export no such sort");
  return core_instance_export(l, instance.of.core_instance, (enum link_kind)space, alias->name, ret);
}

static weir_status alias_outer(struct linking *l, const struct link_env *env, const struct ast_alias *alias,
                               struct link_entity *ret) {
  const struct link_env *scope = env;
  for (uint32_t i = 0; scope && i < alias->count; i++)
    scope = scope->parent;
  if (!scope)
    return link_invalid(l, "invalid outer alias count of %u", alias->count);
  if (alias->sort != AST_SORT_TYPE && alias->sort != AST_SORT_COMPONENT && alias->sort != AST_SORT_CORE_TYPE &&
      alias->sort != AST_SORT_CORE_MODULE)
    return link_invalid(l, "outer aliases cannot be of that sort");
  return env_get(l, scope, alias->sort, alias->index, ret);
}

weir_status link_alias(struct linking *l, struct link_env *env, const struct ast_alias *alias) {
  struct link_entity entity;
  switch (alias->kind) {
    case AST_ALIAS_EXPORT:
      WEIR_TRY(alias_export(l, env, alias, &entity));
      break;
    case AST_ALIAS_CORE_EXPORT:
      WEIR_TRY(alias_core_export(l, env, alias, &entity));
      break;
    case AST_ALIAS_OUTER:
      WEIR_TRY(alias_outer(l, env, alias, &entity));
      break;
    default:
      return link_invalid(l, "unknown alias");
  }
  return env_push(l, env, entity);
}
