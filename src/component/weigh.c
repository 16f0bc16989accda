/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Weighs a component (weigh.h) by a walk over its scopes: components, and the types of components and instances. Each
 * scope has the index spaces whose definitions can be heavy. Where only linking could look a definition up, the weight
 * of its origin is taken, so a weight is never too small. Recursion ends because the decoder bounds nesting.
 *
 * In order: scopes and their weights; definitions that both components and types have; components.
 */
#include "component/weigh.h"

#include "base/vec.h"

enum space { SPACE_TYPE, SPACE_COMPONENT, SPACE_INSTANCE, SPACE_COUNT };

struct scope {
  const struct scope *parent;
  VEC(uint32_t) weights[SPACE_COUNT]; /* by index; of a type that is no component or instance type: 0 */
  uint32_t weight;
};

struct weigher {
  const struct weir_alloc *alloc;
  struct diag *diag;
  uint32_t left; /* of the limit */
};

static bool space_of(enum ast_sort sort, enum space *ret) {
  switch (sort) {
    case AST_SORT_TYPE:
      *ret = SPACE_TYPE;
      return true;
    case AST_SORT_COMPONENT:
      *ret = SPACE_COMPONENT;
      return true;
    case AST_SORT_INSTANCE:
      *ret = SPACE_INSTANCE;
      return true;
    default:
      return false;
  }
}

static uint32_t weight_at(const struct scope *s, enum space space, uint32_t index) {
  return index < s->weights[space].count ? s->weights[space].data[index] : 0;
}

static weir_status add(struct weigher *w, struct scope *s, enum space space, uint32_t weight) {
  return VEC_PUSH(w->alloc, &s->weights[space], weight) ? WEIR_OK : diag_nomem(w->diag);
}

/* Pays for the weight that the validator looks at. */
static weir_status pay(struct weigher *w, uint32_t weight, size_t offset) {
  if (weight > w->left)
    return diag_at(
        w->diag, WEIR_ERR_LIMIT, offset,
        "component is too large: what it instantiates, imports and exports unfolds to more than %d definitions",
        (int)AST_MAX_WEIGHT);
  w->left -= weight;
  return WEIR_OK;
}

/* The same, and the scope grows by that weight, which is copied with the scope. */
static weir_status spend(struct weigher *w, struct scope *s, uint32_t weight, size_t offset) {
  WEIR_TRY(pay(w, weight, offset));
  s->weight += weight; /* no more than the limit */
  return WEIR_OK;
}

static void scope_done(struct weigher *w, struct scope *s) {
  for (int i = 0; i < SPACE_COUNT; i++)
    VEC_DONE(w->alloc, &s->weights[i]);
}

/* ---- what components and types have in common -------------------------------------------------------------------- */

static weir_status weigh_alias(struct weigher *w, struct scope *s, const struct ast_alias *alias, size_t offset) {
  enum space space;
  uint32_t weight = 0;
  WEIR_TRY(spend(w, s, 1, offset));
  if (alias->kind == AST_ALIAS_CORE_EXPORT || !space_of(alias->sort, &space))
    return WEIR_OK;
  if (alias->kind == AST_ALIAS_EXPORT) {
    weight = weight_at(s, SPACE_INSTANCE, alias->instance);
  } else {
    const struct scope *from = s;
    for (uint32_t i = 0; i < alias->count && from; i++)
      from = from->parent;
    weight = from ? weight_at(from, space, alias->index) : 0;
  }
  return add(w, s, space, weight);
}

/* An import, or an export declarator: adds a definition of that type. */
static weir_status weigh_item(struct weigher *w, struct scope *s, const struct ast_extern_type *type, size_t offset) {
  enum space space;
  bool resource = type->sort == AST_SORT_TYPE && type->index == AST_NONE;
  if (!space_of(type->sort, &space))
    return spend(w, s, 1, offset);
  uint32_t weight = type->index == AST_NONE ? 0 : weight_at(s, SPACE_TYPE, type->index);
  WEIR_TRY(spend(w, s, resource ? AST_RESOURCE_WEIGHT : 1, offset));
  if (space == SPACE_INSTANCE || space == SPACE_COMPONENT)
    WEIR_TRY(spend(w, s, weight, offset));
  return add(w, s, space, weight);
}

static weir_status weigh_decls(struct weigher *w, const struct scope *parent, const struct ast_type *type,
                               uint32_t *ret);

static weir_status weigh_type(struct weigher *w, struct scope *s, const struct ast_type *type, size_t offset) {
  uint32_t weight = 0;
  if (type->kind == AST_TYPE_COMPONENT || type->kind == AST_TYPE_INSTANCE)
    WEIR_TRY(weigh_decls(w, s, type, &weight));
  uint32_t fields = type->field_count < AST_MAX_WEIGHT ? type->field_count : AST_MAX_WEIGHT;
  WEIR_TRY(spend(w, s, type->kind == AST_TYPE_RESOURCE ? AST_RESOURCE_WEIGHT : 1 + fields, offset));
  return add(w, s, SPACE_TYPE, weight);
}

static weir_status weigh_decl(struct weigher *w, struct scope *s, const struct ast_decl *decl) {
  switch (decl->kind) {
    case AST_DECL_TYPE:
      return weigh_type(w, s, decl->of.type, decl->offset);
    case AST_DECL_ALIAS:
      return weigh_alias(w, s, decl->of.alias, decl->offset);
    case AST_DECL_IMPORT:
    case AST_DECL_EXPORT:
      return weigh_item(w, s, &decl->of.item->type, decl->offset);
    default:
      return spend(w, s, 1, decl->offset);
  }
}

static weir_status weigh_decls(struct weigher *w, const struct scope *parent, const struct ast_type *type,
                               uint32_t *ret) {
  struct scope s = {.parent = parent};
  weir_status status = WEIR_OK;
  for (uint32_t i = 0; i < type->decl_count && status == WEIR_OK; i++)
    status = weigh_decl(w, &s, &type->decls[i]);
  *ret = s.weight;
  scope_done(w, &s);
  return status;
}

/* ---- components -------------------------------------------------------------------------------------------------- */

static weir_status weigh_component(struct weigher *w, const struct scope *parent, const struct ast_component *component,
                                   uint32_t *ret);

static weir_status weigh_nested(struct weigher *w, struct scope *s, const struct ast_component *component) {
  uint32_t weight;
  WEIR_TRY(weigh_component(w, s, component, &weight));
  return add(w, s, SPACE_COMPONENT, weight);
}

/* Arguments are compared with imports, which the component weighs already; inline exports make up an instance. */
static weir_status weigh_instance(struct weigher *w, struct scope *s, const struct ast_instance *instance,
                                  size_t offset) {
  bool is_inline = instance->kind == AST_INLINE_EXPORTS;
  uint32_t weight = is_inline ? 0 : weight_at(s, SPACE_COMPONENT, instance->index);
  WEIR_TRY(spend(w, s, 1, offset));
  WEIR_TRY(spend(w, s, weight, offset));
  for (uint32_t i = 0; i < instance->arg_count; i++) {
    const struct ast_sort_index *what = &instance->args[i].what;
    uint32_t part = is_inline && what->sort == AST_SORT_INSTANCE ? weight_at(s, SPACE_INSTANCE, what->index) : 0;
    WEIR_TRY(spend(w, s, 1, offset));
    WEIR_TRY(pay(w, part, offset));
    weight += is_inline ? 1 + part : 0;
  }
  return add(w, s, SPACE_INSTANCE, weight);
}

static weir_status weigh_export(struct weigher *w, struct scope *s, const struct ast_export *export, size_t offset) {
  enum space space;
  WEIR_TRY(spend(w, s, 1, offset));
  if (!space_of(export->what.sort, &space))
    return WEIR_OK;
  uint32_t weight = weight_at(s, space, export->what.index);
  if (space != SPACE_TYPE)
    WEIR_TRY(pay(w, weight, offset)); /* the component has the exported definition already */
  return add(w, s, space, weight);
}

static weir_status weigh_def(struct weigher *w, struct scope *s, const struct ast_def *def) {
  switch (def->kind) {
    case AST_DEF_COMPONENT:
      return weigh_nested(w, s, def->of.component);
    case AST_DEF_INSTANCE:
      return weigh_instance(w, s, def->of.instance, def->offset);
    case AST_DEF_ALIAS:
      return weigh_alias(w, s, def->of.alias, def->offset);
    case AST_DEF_TYPE:
      return weigh_type(w, s, def->of.type, def->offset);
    case AST_DEF_IMPORT:
      return weigh_item(w, s, &def->of.import->type, def->offset);
    case AST_DEF_EXPORT:
      return weigh_export(w, s, def->of.export, def->offset);
    default:
      return WEIR_OK; /* as large as its bytes */
  }
}

static weir_status weigh_component(struct weigher *w, const struct scope *parent, const struct ast_component *component,
                                   uint32_t *ret) {
  struct scope s = {.parent = parent};
  weir_status status = WEIR_OK;
  for (uint32_t i = 0; i < component->def_count && status == WEIR_OK; i++)
    status = weigh_def(w, &s, &component->defs[i]);
  *ret = s.weight;
  scope_done(w, &s);
  return status;
}

weir_status ast_weigh(const struct weir_alloc *alloc, const struct ast_component *root, struct diag *d) {
  struct weigher w = {.alloc = alloc, .diag = d, .left = AST_MAX_WEIGHT};
  uint32_t weight;
  return weigh_component(&w, NULL, root, &weight);
}
