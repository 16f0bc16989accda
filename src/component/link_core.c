/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Core instances. An instantiated module becomes a step whose imports refer to earlier steps; a bag of inline exports
 * is purely symbolic and leaves no step. Modules are in link_module.c.
 */
#include "component/link_env.h"

static weir_status core_missing(struct linking *l, const char *what, struct str module, struct str name) {
  return link_invalid(l, "%s `%.*s` `%.*s`", what, (int)(module.size < 64 ? module.size : 64), module.data,
                      (int)(name.size < 64 ? name.size : 64), name.data);
}

static weir_status core_ref_new(struct linking *l, enum link_kind kind, struct core_ref ref, struct link_entity *ret) {
  struct core_ref *core = link_alloc(l, sizeof(*core));
  if (!core)
    return WEIR_ERR_NOMEM;
  *core = ref;
  *ret = (struct link_entity){.kind = kind, .of.core = core};
  return WEIR_OK;
}

weir_status core_instance_export(struct linking *l, const struct link_core_instance *instance, enum link_kind kind,
                                 struct str name, struct link_entity *ret) {
  WEIR_TRY(link_spend_name(l, name));
  if (instance->bag) {
    const struct link_entity *found = link_instance_find(instance->bag, name);
    if (!found || found->kind != kind)
      return core_missing(l, "core instance has no export of that sort named", STR("instance"), name);
    *ret = *found;
    return WEIR_OK;
  }
  const struct core_export *export = core_module_export(&instance->module->info, name);
  if (!export || export->kind != (uint8_t)kind)
    return core_missing(l, "core module has no export of that sort named", instance->module->info.name, name);
  struct core_ref ref = {.kind = CORE_REF_EXPORT, .index = instance->index, .name = export->name};
  return core_ref_new(l, kind, ref, ret);
}

bool core_memory64(const struct linking *l, const struct core_ref *memory) {
  if (memory->kind != CORE_REF_EXPORT)
    return false;
  const struct core_module *m = &l->modules.data[l->core_instances.data[memory->index].module]->info;
  const struct core_export *export = core_module_export(m, memory->name);
  return export && export->index < m->memory64.count && m->memory64.data[export->index];
}

/* ---- definitions ------------------------------------------------------------------------------------------------- */

static weir_status core_bag(struct linking *l, const struct link_env *env, const struct ast_instance *def,
                            bool instances, struct link_instance **ret) {
  struct link_instance *bag = link_instance_new(l);
  if (!bag)
    return WEIR_ERR_NOMEM;
  for (uint32_t i = 0; i < def->arg_count; i++) {
    const struct ast_arg *arg = &def->args[i];
    struct link_entity what;
    WEIR_TRY(env_get(l, env, arg->what.sort, arg->what.index, &what));
    if (instances ? what.kind != LINK_CORE_INSTANCE : (uint32_t)what.kind > LINK_CORE_TAG)
      return link_invalid(l, instances ? "arguments of a core module must be core instances"
                                       : "inline exports of a core instance must be core definitions");
    WEIR_TRY(link_instance_add(l, bag, &arg->name, what));
  }
  *ret = bag;
  return WEIR_OK;
}

static weir_status core_import(struct linking *l, const struct link_instance *args, const struct core_import *import,
                               struct core_ref *ret) {
  WEIR_TRY(link_spend_name(l, import->module));
  const struct link_entity *arg = link_instance_find(args, import->module);
  if (!arg)
    return core_missing(l, "missing module instantiation argument", import->module, import->name);
  struct link_entity found;
  WEIR_TRY(core_instance_export(l, arg->of.core_instance, (enum link_kind)import->kind, import->name, &found));
  *ret = *found.of.core;
  return WEIR_OK;
}

static weir_status core_imports(struct linking *l, const struct core_module *module, const struct link_instance *args,
                                struct graph_core_instance *instance) {
  struct core_ref *imports = ARENA_ARRAY(l->arena, struct core_ref, module->imports.count);
  if (!imports)
    return diag_nomem(l->diag);
  for (uint32_t i = 0; i < module->imports.count; i++)
    WEIR_TRY(core_import(l, args, &module->imports.data[i], &imports[i]));
  instance->imports = imports;
  instance->import_count = module->imports.count;
  return WEIR_OK;
}

static weir_status core_instantiate(struct linking *l, const struct link_env *env, const struct ast_instance *def,
                                    struct link_core_instance *ret) {
  struct link_entity entity;
  struct link_instance *args;
  WEIR_TRY(env_get_kind(l, env, LINK_CORE_MODULE, def->index, &entity));
  if (l->core_instances.count >= LINK_MAX_CORE_INSTANCES)
    return link_limit(l, "too many core instances");
  WEIR_TRY(core_bag(l, env, def, true, &args));
  WEIR_TRY(link_module_get(l, &entity, &ret->module));
  WEIR_TRY(link_spend(l, ret->module->info.imports.count));
  struct graph_core_instance instance = {.instance = env->instance, .module = ret->module->index};
  WEIR_TRY(core_imports(l, &ret->module->info, args, &instance));
  ret->index = l->core_instances.count;
  WEIR_TRY(LINK_PUSH(l, l->core_instances, instance));
  return link_step(l, STEP_CORE_INSTANCE, ret->index);
}

weir_status link_core_instance_def(struct linking *l, struct link_env *env, const struct ast_instance *def) {
  struct link_core_instance *instance = link_alloc(l, sizeof(*instance));
  if (!instance)
    return WEIR_ERR_NOMEM;
  if (def->kind == AST_INSTANTIATE) {
    WEIR_TRY(core_instantiate(l, env, def, instance));
  } else {
    struct link_instance *bag;
    WEIR_TRY(core_bag(l, env, def, false, &bag));
    instance->bag = bag;
  }
  return env_push(l, env, (struct link_entity){.kind = LINK_CORE_INSTANCE, .of.core_instance = instance});
}
