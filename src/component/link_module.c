/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Core modules in linking: names and kinds of their imports and exports. A module in the component is read from its
 * bytes, and entered into the graph, at its first instantiation; later instantiations share it. A module that the root
 * imports is known by its type, and entered at its import: the host must give it, used or not.
 */
#include "component/link_env.h"
#include "component/module_type.h"

static weir_status module_new(struct linking *l, struct link_module **ret) {
  struct link_module *module = link_alloc(l, sizeof(*module));
  if (!module)
    return WEIR_ERR_NOMEM;
  module->index = l->modules.count;
  *ret = module;
  return WEIR_OK;
}

/* The graph's record of a module. */
static weir_status module_spend(struct linking *l, const struct link_module *module) {
  WEIR_TRY(link_spend(l, module->info.imports.count));
  return link_spend(l, module->info.exports.count);
}

static weir_status module_of_bytes(struct linking *l, const struct core_bytes *bytes, const struct link_module **ret) {
  struct str key = {(const char *)&bytes->data, sizeof(bytes->data)};
  uint32_t known = name_index_find(&l->module_names, key);
  struct link_module *module;
  if (known != INDEX_NONE) {
    *ret = l->modules.data[known];
    return WEIR_OK;
  }
  WEIR_TRY(module_new(l, &module));
  module->start = bytes->data;
  module->size = bytes->size;
  WEIR_TRY(core_module_read(&l->scratch, bytes, &module->info, l->diag));
  WEIR_TRY(LINK_PUSH(l, l->modules, module));
  key.data = (const char *)&module->start;
  *ret = module;
  return name_index_add(&l->module_names, key, module->index) ? WEIR_OK : diag_nomem(l->diag);
}

weir_status link_module_get(struct linking *l, const struct link_entity *entity, const struct link_module **ret) {
  const struct link_module_source *source = entity->of.module;
  *ret = source->imported;
  return source->imported ? WEIR_OK : module_of_bytes(l, source->bytes, ret);
}

static weir_status source_new(struct linking *l, struct link_module_source source, struct link_entity *ret) {
  struct link_module_source *copy = link_alloc(l, sizeof(*copy));
  if (!copy)
    return WEIR_ERR_NOMEM;
  *copy = source;
  *ret = (struct link_entity){.kind = LINK_CORE_MODULE, .of.module = copy};
  return WEIR_OK;
}

weir_status link_module_def(struct linking *l, struct link_env *env, const struct core_bytes *bytes) {
  struct link_entity entity;
  WEIR_TRY(source_new(l, (struct link_module_source){.bytes = bytes}, &entity));
  return env_push(l, env, entity);
}

weir_status link_module_import(struct linking *l, const struct link_env *env, const struct ast_import *item,
                               struct link_entity *ret) {
  struct link_entity type;
  struct link_module *module;
  WEIR_TRY(env_get_kind(l, env, LINK_CORE_TYPE, item->type.index, &type));
  if (!type.of.core_type->is_module)
    return link_invalid(l, "core type %u is not a module type", item->type.index);
  WEIR_TRY(module_new(l, &module));
  WEIR_TRY(module_type_read(&l->scratch, type.of.core_type, &module->info, l->diag));
  WEIR_TRY(module_spend(l, module));
  module->imported = true;
  module->interface_name = env->interface_name;
  WEIR_TRY(link_text(l, item->name.name, &module->import_name));
  WEIR_TRY(LINK_PUSH(l, l->modules, module));
  return source_new(l, (struct link_module_source){.imported = module}, ret);
}
