/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * See type_copy.h. Recursion is as deep as types may nest. Types are graphs: a part that many types have is copied
 * once, since a small graph may have a million paths.
 */
#include "load/type_copy.h"

#include "base/mem.h"
#include "base/vec.h"

typedef VEC(struct type_field) field_vec;

struct copying {
  struct type_table *types;
  const struct weir_type **made; /* by weir_type.id: parts have lower ones than types that have them */
  struct diag *diag;
};

static const struct weir_type *copy(struct copying *c, const struct weir_type *t);

static bool copy_fields(struct copying *c, const struct weir_type *t, field_vec *fields) {
  for (uint32_t i = 0; i < t->field_count; i++) {
    struct type_field f = {.label = t->fields[i].label};
    if (t->fields[i].type && !(f.type = copy(c, t->fields[i].type)))
      return false;
    if (!VEC_PUSH(&mem_system, fields, f)) {
      diag_nomem(c->diag);
      return false;
    }
  }
  return true;
}

static const struct weir_type *copy_aggregate(struct copying *c, const struct weir_type *t) {
  field_vec fields = {0};
  const struct weir_type *made = NULL;
  if (copy_fields(c, t, &fields))
    made = type_fields(c->types, t->kind, fields.data, fields.count, c->diag);
  VEC_DONE(&mem_system, &fields);
  return made;
}

/* The part of option, result, map, list or channel; NULL where there is none, or it could not be made: `c->diag`. */
static const struct weir_type *part(struct copying *c, const struct weir_type *t) {
  return t ? copy(c, t) : NULL;
}

static const struct weir_type *copy_handle(struct copying *c, const struct weir_type *t) {
  diag_set(c->diag, WEIR_ERR_TYPE, "the resource `" STR_FMT "` is of a component that has no instance in this store",
           STR_ARG(t->resource->name));
  return NULL;
}

static const struct weir_type *copy_compound(struct copying *c, const struct weir_type *t) {
  const struct weir_type *first = NULL, *second = NULL;
  if (t->kind == TYPE_OPTION) {
    first = part(c, t->fields[1].type);
  } else if (t->kind == TYPE_RESULT || t->kind == TYPE_MAP) {
    const struct weir_type *pair = t->kind == TYPE_MAP ? t->elem : t;
    first = part(c, pair->fields[0].type);
    second = part(c, pair->fields[1].type);
  } else {
    first = part(c, t->elem);
  }
  if (c->diag->status != WEIR_OK)
    return NULL;
  switch (t->kind) {
    case TYPE_OPTION:
      return type_option(c->types, first, c->diag);
    case TYPE_RESULT:
      return type_result(c->types, first, second, c->diag);
    case TYPE_MAP:
      return type_map(c->types, first, second, c->diag);
    case TYPE_LIST:
      return type_list(c->types, first, c->diag);
    case TYPE_FIXED_LIST:
      return type_fixed_list(c->types, first, t->length, c->diag);
    default:
      return type_channel(c->types, t->kind, first, c->diag);
  }
}

static const struct weir_type *copy_new(struct copying *c, const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_RECORD:
    case TYPE_TUPLE:
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_FLAGS:
      return copy_aggregate(c, t);
    case TYPE_OWN:
    case TYPE_BORROW:
      return copy_handle(c, t);
    case TYPE_OPTION:
    case TYPE_RESULT:
    case TYPE_MAP:
    case TYPE_LIST:
    case TYPE_FIXED_LIST:
    case TYPE_STREAM:
    case TYPE_FUTURE:
      return copy_compound(c, t);
    default:
      return type_primitive(c->types, t->kind, c->diag);
  }
}

static const struct weir_type *copy(struct copying *c, const struct weir_type *t) {
  if (!c->made[t->id])
    c->made[t->id] = copy_new(c, t);
  return c->made[t->id];
}

weir_status type_copy(struct type_table *types, const struct weir_type *type, const struct weir_type **ret,
                      struct diag *d) {
  size_t count = (size_t)type->id + 1;
  struct copying c = {.types = types, .made = mem_array(&mem_system, count, sizeof(*c.made)), .diag = d};
  *ret = c.made ? copy(&c, type) : NULL;
  mem_free(&mem_system, c.made, count * sizeof(*c.made));
  if (*ret)
    return WEIR_OK;
  return d->status != WEIR_OK ? d->status : diag_nomem(d);
}
