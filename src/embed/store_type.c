/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See store_type.h. Recursion is as deep as types may nest. */
#include "embed/store_type.h"

#include "base/mem.h"
#include "base/vec.h"

typedef VEC(struct type_field) field_vec;

struct adopting {
  struct store *store;
  struct type_table *types;
  struct diag *diag;
};

static const struct weir_type *adopt(struct adopting *a, const struct weir_type *t);

static weir_status table_of(struct store *s, struct type_table **ret, struct diag *d) {
  if (!s->types)
    s->types = type_table_new(&s->type_arena);
  *ret = s->types;
  return s->types ? WEIR_OK : diag_nomem(d);
}

static bool adopt_fields(struct adopting *a, const struct weir_type *t, field_vec *fields) {
  for (uint32_t i = 0; i < t->field_count; i++) {
    struct type_field f = {.label = t->fields[i].label};
    if (t->fields[i].type && !(f.type = adopt(a, t->fields[i].type)))
      return false;
    if (!VEC_PUSH(&mem_system, fields, f)) {
      diag_nomem(a->diag);
      return false;
    }
  }
  return true;
}

static const struct weir_type *adopt_aggregate(struct adopting *a, const struct weir_type *t) {
  field_vec fields = {0};
  const struct weir_type *made = NULL;
  if (adopt_fields(a, t, &fields))
    made = type_fields(a->types, t->kind, fields.data, fields.count, a->diag);
  VEC_DONE(&mem_system, &fields);
  return made;
}

/* The part of option, result, map, list or channel; NULL where there is none, or it could not be made: `a->diag`. */
static const struct weir_type *part(struct adopting *a, const struct weir_type *t) {
  return t ? adopt(a, t) : NULL;
}

static bool is_resource_here(const struct store *s, const struct weir_resource_type *decl) {
  for (const struct list *n = s->instances.next; n != &s->instances; n = n->next) {
    const struct graph *g = LIST_OWNER(n, struct instance, all)->component->graph;
    if (decl->index < g->resource_count && decl == &g->resources[decl->index].decl)
      return true;
  }
  return false;
}

static const struct weir_type *adopt_handle(struct adopting *a, const struct weir_type *t) {
  if (is_resource_here(a->store, t->resource))
    return type_handle(a->types, t->kind, t->resource, a->diag);
  diag_set(a->diag, WEIR_ERR_TYPE, "the resource `" STR_FMT "` is of a component that has no instance in this store",
           STR_ARG(t->resource->name));
  return NULL;
}

static const struct weir_type *adopt_compound(struct adopting *a, const struct weir_type *t) {
  const struct weir_type *first = NULL, *second = NULL;
  if (t->kind == TYPE_OPTION) {
    first = part(a, t->fields[1].type);
  } else if (t->kind == TYPE_RESULT || t->kind == TYPE_MAP) {
    const struct weir_type *pair = t->kind == TYPE_MAP ? t->elem : t;
    first = part(a, pair->fields[0].type);
    second = part(a, pair->fields[1].type);
  } else {
    first = part(a, t->elem);
  }
  if (a->diag->status != WEIR_OK)
    return NULL;
  switch (t->kind) {
    case TYPE_OPTION:
      return type_option(a->types, first, a->diag);
    case TYPE_RESULT:
      return type_result(a->types, first, second, a->diag);
    case TYPE_MAP:
      return type_map(a->types, first, second, a->diag);
    case TYPE_LIST:
      return type_list(a->types, first, a->diag);
    case TYPE_FIXED_LIST:
      return type_fixed_list(a->types, first, t->length, a->diag);
    default:
      return type_channel(a->types, t->kind, first, a->diag);
  }
}

static const struct weir_type *adopt(struct adopting *a, const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_RECORD:
    case TYPE_TUPLE:
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_FLAGS:
      return adopt_aggregate(a, t);
    case TYPE_OWN:
    case TYPE_BORROW:
      return adopt_handle(a, t);
    case TYPE_OPTION:
    case TYPE_RESULT:
    case TYPE_MAP:
    case TYPE_LIST:
    case TYPE_FIXED_LIST:
    case TYPE_STREAM:
    case TYPE_FUTURE:
      return adopt_compound(a, t);
    default:
      return type_primitive(a->types, t->kind, a->diag);
  }
}

weir_status store_type_adopt(struct store *s, const struct weir_type *type, const struct weir_type **ret,
                             struct diag *d) {
  struct adopting a = {.store = s, .diag = d};
  WEIR_TRY(table_of(s, &a.types, d));
  *ret = adopt(&a, type);
  if (*ret)
    return WEIR_OK;
  return d->status != WEIR_OK ? d->status : diag_nomem(d);
}
