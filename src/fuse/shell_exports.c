/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Exports of the component, in their order. The type of an exported function may use only what has a name, so functions
 * are exported with a type of their own, in the words of what was exported before; what an exported instance has is
 * made to have a name by aliases of it.
 */
#include "fuse/shell.h"
#include "wasm/put.h"

static weir_status check_name(struct shell *s, const struct ast_name *name) {
  if (name->implements.size == 0 && name->version_suffix.size == 0 && name->external_id.size == 0)
    return WEIR_OK;
  return diag_set(s->d, WEIR_ERR_UNSUPPORTED, "the component exports `" STR_FMT "` with attributes",
                  STR_ARG(name->name));
}

static weir_status export_func(struct shell *s, const struct weir_extern *item) {
  uint32_t func, type;
  WEIR_TRY(shell_put_func(s, &item->func->ref, &func));
  WEIR_TRY(plug_types_put(&s->named, item->func->type, &type));
  part_put_export(s->out, item->name.name, AST_SORT_FUNC, func, type);
  s->funcs++;
  return WEIR_OK;
}

static weir_status export_type(struct shell *s, const struct weir_extern *item) {
  uint32_t index;
  if (item->kind == WEIR_EXTERN_RESOURCE)
    index = s->plain.resources[item->resource->index];
  else if (item->type)
    WEIR_TRY(plug_types_structure(&s->named, item->type, &index));
  else
    return diag_set(s->d, WEIR_ERR_UNSUPPORTED, "the component exports `" STR_FMT "`, a type of functions or instances",
                    STR_ARG(item->name.name));
  part_put_export(s->out, item->name.name, AST_SORT_TYPE, index, 0);
  plug_types_name(&s->named, item, s->types++);
  return WEIR_OK;
}

/* What is exported by itself later may use the types in an instance. */
static weir_status export_instance(struct shell *s, const struct weir_extern *item) {
  uint32_t instance;
  WEIR_TRY(shell_put_instance(s, item, &instance));
  part_put_export(s->out, item->name.name, AST_SORT_INSTANCE, instance, 0);
  instance = s->instances++;
  for (uint32_t i = 0; i < item->item_count; i++) {
    if (item->items[i].kind == WEIR_EXTERN_FUNC)
      continue;
    part_put_alias(s->out, PART_ALIAS_EXPORT, AST_SORT_TYPE, instance, item->items[i].name.name);
    plug_types_name(&s->named, &item->items[i], s->types++);
  }
  return WEIR_OK;
}

weir_status shell_put_exports(struct shell *s) {
  for (uint32_t i = 0; i < s->g->export_count; i++) {
    const struct weir_extern *item = &s->g->exports[i];
    weir_status status = check_name(s, &item->name);
    if (status == WEIR_OK && item->kind == WEIR_EXTERN_FUNC)
      status = export_func(s, item);
    else if (status == WEIR_OK && item->kind == WEIR_EXTERN_INSTANCE)
      status = export_instance(s, item);
    else if (status == WEIR_OK && (item->kind == WEIR_EXTERN_TYPE || item->kind == WEIR_EXTERN_RESOURCE))
      status = export_type(s, item);
    else if (status == WEIR_OK)
      status = diag_set(s->d, WEIR_ERR_UNSUPPORTED, "the component exports components or core modules");
    WEIR_TRY(status);
  }
  return WEIR_OK;
}
