/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Definitions of component instances: instantiation with arguments, and bags of inline exports. Nothing of a bag is
 * copied at run time: a bag only gives names to entities that exist. Origin: Explainer.md#instance-definitions.
 */
#include "component/link_env.h"

/* Inline exports and arguments have the same shape: names for definitions of this scope. */
static weir_status bag_new(struct linking *l, const struct link_env *env, const struct ast_instance *def,
                           struct link_instance **ret) {
  struct link_instance *bag = link_instance_new(l);
  if (!bag)
    return WEIR_ERR_NOMEM;
  for (uint32_t i = 0; i < def->arg_count; i++) {
    const struct ast_arg *arg = &def->args[i];
    struct link_entity what;
    if (arg->what.sort >= AST_SORT_CORE && arg->what.sort != AST_SORT_CORE_MODULE)
      return link_invalid(l, "core definitions other than modules cannot be passed between components");
    WEIR_TRY(env_get(l, env, arg->what.sort, arg->what.index, &what));
    if (what.kind == LINK_FUNC)
      lift_name(l, &what, arg->name.name);
    WEIR_TRY(link_instance_add(l, bag, &arg->name, what));
  }
  *ret = bag;
  return WEIR_OK;
}

static weir_status instantiate(struct linking *l, struct link_env *env, const struct ast_instance *def,
                               const struct link_instance **ret) {
  struct link_entity component;
  struct link_instance *args;
  struct link_env *inner;
  WEIR_TRY(env_get_kind(l, env, LINK_COMPONENT, def->index, &component));
  if (!component.of.closure)
    return link_unsupported(l, "instantiating an imported component is");
  WEIR_TRY(bag_new(l, env, def, &args));
  WEIR_TRY(link_component(l, component.of.closure, env, args, &inner));
  *ret = inner->exports;
  return WEIR_OK;
}

weir_status link_instance_def(struct linking *l, struct link_env *env, const struct ast_instance *def) {
  struct link_entity entity = {.kind = LINK_INSTANCE};
  if (def->kind == AST_INSTANTIATE) {
    WEIR_TRY(instantiate(l, env, def, &entity.of.instance));
  } else {
    struct link_instance *bag;
    WEIR_TRY(bag_new(l, env, def, &bag));
    entity.of.instance = bag;
  }
  return env_push(l, env, entity);
}
