/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Questions about externs and functions: weir/extern.h, weir/func.h. Everything is in the graph, so nothing can fail.
 */
#include "component/graph.h"

static const char *text_of(struct str s) {
  return s.size ? s.data : NULL;
}

/* ---- externs ----------------------------------------------------------------------------------------------------- */

weir_extern_kind weir_extern_kind_of(const weir_extern *item) {
  return item->kind;
}

const char *weir_extern_kind_name(weir_extern_kind kind) {
  static const char *const names[] = {
      [WEIR_EXTERN_FUNC] = "func",         [WEIR_EXTERN_TYPE] = "type",           [WEIR_EXTERN_RESOURCE] = "resource",
      [WEIR_EXTERN_INSTANCE] = "instance", [WEIR_EXTERN_COMPONENT] = "component", [WEIR_EXTERN_MODULE] = "module",
  };
  bool known = (uint32_t)kind < sizeof(names) / sizeof(names[0]) && names[kind];
  return known ? names[kind] : "unknown";
}

const char *weir_extern_name(const weir_extern *item) {
  return item->name.name.data;
}

const char *weir_extern_interface(const weir_extern *item) {
  return text_of(item->interface_name);
}

const char *weir_extern_implements(const weir_extern *item) {
  return text_of(item->name.implements);
}

const char *weir_extern_external_id(const weir_extern *item) {
  return text_of(item->name.external_id);
}

const weir_func *weir_extern_func(const weir_extern *item) {
  return item->func;
}

const weir_type *weir_extern_type(const weir_extern *item) {
  return item->type;
}

const weir_resource_type *weir_extern_resource(const weir_extern *item) {
  return item->resource;
}

size_t weir_extern_count(const weir_extern *item) {
  return item->item_count;
}

const weir_extern *weir_extern_at(const weir_extern *item, size_t index) {
  return index < item->item_count ? &item->items[index] : NULL;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

const char *weir_func_name(const weir_func *func) {
  return func->name.data;
}

const char *weir_func_interface(const weir_func *func) {
  return text_of(func->interface_name);
}

bool weir_func_is_imported(const weir_func *func) {
  return func->imported;
}

weir_func_role weir_func_role_of(const weir_func *func) {
  return func->role;
}

const weir_resource_type *weir_func_resource(const weir_func *func) {
  return func->resource;
}

const char *weir_func_member(const weir_func *func) {
  return func->member.data;
}

size_t weir_func_param_count(const weir_func *func) {
  return func->type->params->field_count;
}

const weir_type *weir_func_param_type(const weir_func *func, size_t index) {
  return weir_type_part_type(func->type->params, index);
}

const char *weir_func_param_name(const weir_func *func, size_t index) {
  return weir_type_part_name(func->type->params, index);
}

const weir_type *weir_func_result_type(const weir_func *func) {
  return func->type->result;
}

bool weir_func_is_async(const weir_func *func) {
  return func->type->async;
}
