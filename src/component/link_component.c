/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Instantiates a component: a new component instance whose definitions are linked in order, imports bound to the
 * arguments, nested instantiations in place. Origin: Explainer.md#instance-definitions.
 */
#include "component/link_env.h"

enum { PATH_NAME_LIMIT = 32 }; /* bytes of a component's own name in a path: names are hostile, paths add up */

static weir_status path_of(struct linking *l, const struct link_env *parent, const struct ast_component *component,
                           struct str *ret) {
  *ret = (struct str){"", 0};
  if (!parent)
    return WEIR_OK;
  struct str outer = l->instances.data[parent->instance].path;
  const char *joint = outer.size ? "/" : "";
  struct str name = component->name;
  if (name.size && name.size <= PATH_NAME_LIMIT)
    *ret = arena_printf(l->arena, STR_FMT "%s" STR_FMT, STR_ARG(outer), joint, STR_ARG(name));
  else
    *ret = arena_printf(l->arena, STR_FMT "%s#%u", STR_ARG(outer), joint, parent->children);
  return ret->data ? WEIR_OK : diag_nomem(l->diag);
}

static weir_status instance_open(struct linking *l, const struct link_closure *component, struct link_env *parent,
                                 struct link_env **ret) {
  if (l->instances.count >= LINK_MAX_INSTANCES)
    return link_limit(l, "too many component instances");
  struct graph_instance instance = {.parent = parent ? parent->instance : GRAPH_NONE};
  if (parent)
    parent->children++;
  WEIR_TRY(path_of(l, parent, component->component, &instance.path));
  WEIR_TRY(env_new(l, component->env, l->instances.count, ret));
  return LINK_PUSH(l, l->instances, instance);
}

static weir_status define_component(struct linking *l, struct link_env *env, const struct ast_component *component) {
  struct link_closure *closure = link_alloc(l, sizeof(*closure));
  if (!closure)
    return WEIR_ERR_NOMEM;
  closure->component = component;
  closure->env = env;
  return env_push(l, env, (struct link_entity){.kind = LINK_COMPONENT, .of.closure = closure});
}

static weir_status link_def(struct linking *l, struct link_env *env, const struct ast_def *def) {
  switch (def->kind) {
    case AST_DEF_CORE_MODULE:
      return link_module_def(l, env, def->of.core_module);
    case AST_DEF_CORE_INSTANCE:
      return link_core_instance_def(l, env, def->of.core_instance);
    case AST_DEF_CORE_TYPE:
      return env_push(l, env, (struct link_entity){.kind = LINK_CORE_TYPE, .of.core_type = def->of.core_type});
    case AST_DEF_COMPONENT:
      return define_component(l, env, def->of.component);
    case AST_DEF_INSTANCE:
      return link_instance_def(l, env, def->of.instance);
    case AST_DEF_ALIAS:
      return link_alias(l, env, def->of.alias);
    case AST_DEF_TYPE:
      return link_type_def(l, env, def->of.type);
    case AST_DEF_CANON:
      return link_canon(l, env, def->of.canon);
    case AST_DEF_START:
      return link_unsupported(l, "start definitions are");
    case AST_DEF_IMPORT:
      return link_import(l, env, def->of.import);
    case AST_DEF_EXPORT:
      return link_export(l, env, def->of.export);
  }
  return link_invalid(l, "unknown definition");
}

/* The children of a component that itself lifts or lowers can call it while it waits for them. */
static void instance_close(struct linking *l, const struct link_env *env) {
  struct graph_instance *instance = &l->instances.data[env->instance];
  instance->donut = instance->donut && env->children > 0;
}

static weir_status link_defs(struct linking *l, struct link_env *env, const struct ast_component *component) {
  for (uint32_t i = 0; i < component->def_count; i++) {
    l->offset = component->defs[i].offset;
    WEIR_TRY(link_def(l, env, &component->defs[i]));
  }
  return WEIR_OK;
}

weir_status link_component(struct linking *l, const struct link_closure *component, struct link_env *parent,
                           const struct link_instance *args, struct link_env **ret) {
  size_t offset = l->offset;
  WEIR_TRY(link_enter(l));
  WEIR_TRY(instance_open(l, component, parent, ret));
  struct link_env *env = *ret;
  env->args = args;
  if (!args && !(env->imports = link_instance_new(l)))
    return WEIR_ERR_NOMEM;
  WEIR_TRY(link_defs(l, env, component->component));
  instance_close(l, env);
  link_leave(l);
  l->offset = offset;
  return WEIR_OK;
}
