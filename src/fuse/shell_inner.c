/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An exported instance. Its functions have types that use the instance's own types by name, so a small component
 * imports all types and functions, and exports them under their names; the shell exports an instance of this component.
 *
 *   (component
 *     (import "t0" (type (sub resource)))  (import "f0" (func ... (own $t0)))
 *     (export "thing" (type $t0))          (export "make" (func $f0) (func ... (own $thing))))
 *
 * In order: what is imported; types; functions; the instance.
 */
#include "fuse/shell.h"
#include "wasm/put.h"

enum { PLAIN_NAME = 0, BOUND_EQ = 0, BOUND_RESOURCE = 1, INSTANTIATE = 0 };

struct inner {
  struct shell *s;
  struct text out;
  struct text args; /* of the instantiation: a name, a sort and an index each */
  uint32_t arg_count, types, funcs;
  struct plug_types imported, exported;
};

/* ---- what is imported -------------------------------------------------------------------------------------------- */

/* The name of an import is its letter and its number; `outer` is what the shell gives for it. */
static void add_import(struct inner *n, char letter, enum ast_sort sort, uint32_t outer, struct text *type) {
  struct text body = {0}, name = {0};
  text_printf(&name, "%c%u", letter, (unsigned)n->arg_count++);
  put_u32(&body, 1);
  put_byte(&body, PLAIN_NAME);
  put_name(&body, (struct str){name.data, name.size});
  part_put_sort(&body, sort);
  text_add(&body, (struct str){type->data, type->size});
  body.failed |= type->failed || name.failed;
  part_put(&n->out, PART_IMPORT, &body);
  put_name(&n->args, (struct str){name.data, name.size});
  part_put_sort(&n->args, sort);
  put_u32(&n->args, outer);
  text_done(&body);
  text_done(&name);
}

static weir_status import_named(struct inner *n, const struct weir_type *type, uint32_t *ret) {
  struct text bound = {0};
  uint32_t structure, outer;
  WEIR_TRY(plug_types_structure(&n->imported, type, &structure));
  WEIR_TRY(plug_types_value(&n->s->plain, type, &outer));
  put_byte(&bound, BOUND_EQ);
  put_u32(&bound, structure);
  add_import(n, 't', AST_SORT_TYPE, outer, &bound);
  text_done(&bound);
  *ret = n->types++;
  return WEIR_OK;
}

static weir_status import_resource(struct inner *n, const struct weir_resource_type *resource, uint32_t *ret) {
  struct text bound = {0};
  put_byte(&bound, BOUND_RESOURCE);
  add_import(n, 't', AST_SORT_TYPE, n->s->plain.resources[resource->index], &bound);
  text_done(&bound);
  *ret = n->types++;
  return WEIR_OK;
}

/* ---- types ------------------------------------------------------------------------------------------------------- */

/* A type that is imported when it is first needed. */
static weir_status name_imported(void *data, const struct weir_type *type, const struct weir_resource_type *resource,
                                 uint32_t *ret) {
  struct inner *n = data;
  if (resource)
    return import_resource(n, resource, ret);
  return import_named(n, type, ret);
}

/* What the instance does not export itself goes by the name of its import. */
static weir_status name_exported(void *data, const struct weir_type *type, const struct weir_resource_type *resource,
                                 uint32_t *ret) {
  struct inner *n = data;
  uint32_t *index = resource ? &n->imported.resources[resource->index] : &n->imported.types[type->id];
  if (*index == GRAPH_NONE)
    WEIR_TRY(name_imported(n, type, resource, index));
  *ret = *index;
  return WEIR_OK;
}

static weir_status export_type(struct inner *n, const struct weir_extern *item) {
  uint32_t index;
  if (item->kind == WEIR_EXTERN_RESOURCE)
    WEIR_TRY(name_exported(n, NULL, item->resource, &index));
  else
    WEIR_TRY(plug_types_structure(&n->exported, item->type, &index));
  part_put_export(&n->out, item->name.name, AST_SORT_TYPE, index, 0);
  plug_types_name(&n->exported, item, n->types++);
  return WEIR_OK;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static weir_status import_func(struct inner *n, const struct weir_func *func, uint32_t *ret) {
  struct text type = {0};
  uint32_t index, outer;
  WEIR_TRY(shell_put_func(n->s, &func->ref, &outer));
  WEIR_TRY(plug_types_put(&n->imported, func->type, &index));
  put_u32(&type, index);
  add_import(n, 'f', AST_SORT_FUNC, outer, &type);
  text_done(&type);
  *ret = n->funcs++;
  return WEIR_OK;
}

static weir_status export_func(struct inner *n, const struct weir_extern *item) {
  uint32_t func, type;
  WEIR_TRY(import_func(n, item->func, &func));
  WEIR_TRY(plug_types_put(&n->exported, item->func->type, &type));
  part_put_export(&n->out, item->name.name, AST_SORT_FUNC, func, type);
  n->funcs++;
  return WEIR_OK;
}

/* ---- the instance ------------------------------------------------------------------------------------------------ */

static weir_status inner_init(struct inner *n) {
  struct shell *s = n->s;
  const struct graph *g = s->g;
  text_add(&n->out, (struct str){s->bytes.data, 8}); /* the preamble of any component */
  WEIR_TRY(plug_types_init(&n->imported, s->arena, g, &n->out, &n->types, s->d));
  WEIR_TRY(plug_types_init(&n->exported, s->arena, g, &n->out, &n->types, s->d));
  n->imported.name = name_imported;
  n->exported.name = name_exported;
  n->imported.data = n->exported.data = n;
  return WEIR_OK;
}

static weir_status put_items(struct inner *n, const struct weir_extern *instance) {
  for (uint32_t i = 0; i < instance->item_count; i++) {
    const struct weir_extern *item = &instance->items[i];
    bool is_type = item->kind == WEIR_EXTERN_RESOURCE || (item->kind == WEIR_EXTERN_TYPE && item->type);
    if (is_type)
      WEIR_TRY(export_type(n, item));
    else if (item->kind == WEIR_EXTERN_FUNC)
      WEIR_TRY(export_func(n, item));
    else
      return diag_set(n->s->d, WEIR_ERR_UNSUPPORTED,
                      "the component exports `" STR_FMT "` in an instance, which is neither function nor type",
                      STR_ARG(item->name.name));
  }
  return WEIR_OK;
}

static void put_inner(struct inner *n, uint32_t *ret) {
  struct shell *s = n->s;
  struct text body = {0};
  part_put(s->out, PART_COMPONENT, &n->out);
  put_u32(&body, 1);
  put_byte(&body, INSTANTIATE);
  put_u32(&body, s->components++);
  put_u32(&body, n->arg_count);
  text_add(&body, (struct str){n->args.data, n->args.size});
  body.failed |= n->args.failed;
  part_put(s->out, PART_INSTANCE, &body);
  text_done(&body);
  *ret = s->instances++;
}

weir_status shell_put_instance(struct shell *s, const struct weir_extern *item, uint32_t *ret) {
  struct inner n = {.s = s};
  weir_status status = inner_init(&n);
  if (status == WEIR_OK)
    status = put_items(&n, item);
  if (status == WEIR_OK)
    put_inner(&n, ret);
  text_done(&n.out);
  text_done(&n.args);
  return status;
}
