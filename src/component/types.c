/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The type table: one node for each structure, found by a hash of its parts. Parts are interned themselves, so a part's
 * pointer is its identity. A node is complete before it is entered. Afterwards only its printed name changes, and its
 * resources, which the linker moves at its end. The hash is seeded with the table's address: inputs are hostile.
 */
#include "component/types.h"

#include "base/index.h"
#include "base/vec.h"
#include "component/link_types.h"

struct type_node {
  struct weir_type type; /* first: callers have a pointer to it */
  uint64_t hash;         /* its key in the index */
  uint32_t depth;
  bool oversized; /* only as the element of a map, which is not a value type of its own */
};

struct type_table {
  struct arena *arena;
  struct index type_index, func_index; /* positions in the vectors, which are weir_type.id for types */
  VEC(struct type_node *) types;
  VEC(struct func_type *) funcs;
  uint64_t seed;
};

struct type_table *type_table_new(struct arena *arena) {
  struct type_table *t = ARENA_NEW(arena, struct type_table);
  if (!t)
    return NULL;
  t->arena = arena;
  t->seed = hash_seed(t);
  return t;
}

uint32_t type_table_count(const struct type_table *t) {
  return t->types.count;
}

const struct weir_type *type_table_at(const struct type_table *t, uint32_t id) {
  return id < t->types.count ? &t->types.data[id]->type : NULL;
}

bool type_table_has(const struct type_table *t, const struct weir_type *type) {
  return type->id < t->types.count && type == &t->types.data[type->id]->type;
}

/* ---- hash and equality ------------------------------------------------------------------------------------------- */

static uint64_t part_id(const struct weir_type *t) {
  return t ? t->id : UINT64_MAX;
}

static uint64_t type_hash(const struct type_table *t, const struct weir_type *key) {
  uint64_t h = hash_mix(t->seed, key->kind);
  h = hash_mix(h, key->length);
  h = hash_mix(h, key->field_count);
  h = hash_mix(h, part_id(key->elem));
  h = hash_mix(h, key->resource ? key->resource->index : UINT64_MAX);
  for (uint32_t i = 0; i < key->field_count; i++)
    h = hash_str(hash_mix(h, part_id(key->fields[i].type)), key->fields[i].label);
  return h;
}

static bool type_same(const struct weir_type *a, const struct weir_type *b) {
  if (a->kind != b->kind || a->length != b->length || a->field_count != b->field_count || a->elem != b->elem ||
      a->resource != b->resource)
    return false;
  for (uint32_t i = 0; i < a->field_count; i++)
    if (a->fields[i].type != b->fields[i].type || !str_eq(a->fields[i].label, b->fields[i].label))
      return false;
  return true;
}

static struct type_node *type_find(const struct type_table *t, const struct weir_type *key, uint64_t hash) {
  struct index_walk walk = index_walk(&t->type_index, hash);
  for (uint32_t i; (i = index_next(&walk)) != INDEX_NONE;)
    if (type_same(&t->types.data[i]->type, key))
      return t->types.data[i];
  return NULL;
}

/* ---- completing a new node --------------------------------------------------------------------------------------- */

static bool kind_integer_or_float(enum type_kind kind) {
  return kind >= TYPE_S8 && kind <= TYPE_F64;
}

static void part_flags(struct type_node *n, const struct weir_type *part) {
  const struct type_node *p = (const struct type_node *)part;
  n->type.has_borrow |= part->has_borrow;
  if (p->depth >= n->depth)
    n->depth = p->depth + 1;
  if (n->type.kind == TYPE_STREAM || n->type.kind == TYPE_FUTURE)
    return; /* the elements are not part of the channel's own value */
  n->type.has_handle |= part->has_handle;
  n->type.has_pointer |= part->has_pointer;
}

static bool type_raw(const struct weir_type *t) {
  if (kind_integer_or_float(t->kind))
    return true;
  if (t->kind == TYPE_FIXED_LIST)
    return t->elem->raw;
  if (t->kind != TYPE_RECORD && t->kind != TYPE_TUPLE)
    return false;
  uint64_t size = 0;
  for (uint32_t i = 0; i < t->field_count; i++) {
    if (!t->fields[i].type->raw)
      return false;
    size += t->fields[i].type->layout[0].size;
  }
  return size == t->layout[0].size; /* no padding; no pointers, so both layouts are the same */
}

static void type_flags(struct type_node *n) {
  struct weir_type *t = &n->type;
  t->has_borrow = t->kind == TYPE_BORROW;
  t->has_handle = t->kind == TYPE_OWN || t->kind == TYPE_BORROW || t->kind == TYPE_STREAM || t->kind == TYPE_FUTURE ||
                  t->kind == TYPE_ERROR_CONTEXT;
  t->has_pointer = t->kind == TYPE_STRING || t->kind == TYPE_LIST || t->kind == TYPE_MAP;
  t->numeric = kind_integer_or_float(t->kind);
  n->depth = 1;
  if (t->elem)
    part_flags(n, t->elem);
  for (uint32_t i = 0; i < t->field_count; i++)
    if (t->fields[i].type)
      part_flags(n, t->fields[i].type);
}

static struct type_field *fields_copy(struct arena *arena, const struct type_field *fields, uint32_t count) {
  struct type_field *copy = ARENA_ARRAY(arena, struct type_field, count);
  if (!copy)
    return NULL;
  for (uint32_t i = 0; i < count; i++) {
    copy[i].type = fields[i].type;
    copy[i].label = arena_str(arena, fields[i].label);
    if (!copy[i].label.data)
      return NULL;
  }
  return copy;
}

static weir_status type_complete(struct type_table *t, struct type_node *n, struct diag *d) {
  type_flags(n);
  if (n->depth > TYPE_DEPTH_LIMIT)
    return diag_set(d, WEIR_ERR_LIMIT, "type nesting is too deep: more than %d", TYPE_DEPTH_LIMIT);
  struct type_field *fields = NULL;
  if (n->type.field_count) {
    fields = fields_copy(t->arena, n->type.fields, n->type.field_count);
    if (!fields)
      return diag_nomem(d);
    n->type.fields = fields;
  }
  n->oversized = layout_fill(&n->type, fields) >= TYPE_SIZE_LIMIT;
  n->type.raw = type_raw(&n->type);
  flatten_fill(&n->type);
  return WEIR_OK;
}

static const struct weir_type *type_oversized(struct diag *d) {
  diag_set(d, WEIR_ERR_INVALID, "type exceeds maximum byte size of %d", TYPE_SIZE_LIMIT - 1);
  return NULL;
}

static void *type_nomem(struct diag *d) {
  diag_nomem(d);
  return NULL;
}

static const struct weir_type *type_intern(struct type_table *t, const struct weir_type *key, bool map_elem,
                                           struct diag *d) {
  uint64_t hash = type_hash(t, key);
  struct type_node *n = type_find(t, key, hash);
  if (!n) {
    n = ARENA_NEW(t->arena, struct type_node);
    if (!n)
      return type_nomem(d);
    n->type = *key;
    n->type.id = t->types.count;
    n->hash = hash;
    if (type_complete(t, n, d) != WEIR_OK)
      return NULL;
    if (n->oversized && !map_elem)
      return type_oversized(d);
    if (!ARENA_PUSH(t->arena, &t->types, n) || !index_add(&t->type_index, t->arena, hash, n->type.id))
      return type_nomem(d);
  }
  return n->oversized && !map_elem ? type_oversized(d) : &n->type;
}

/* ---- constructors ------------------------------------------------------------------------------------------------ */

static const struct weir_type *type_invalid(struct diag *d, const char *message) {
  diag_set(d, WEIR_ERR_INVALID, "%s", message);
  return NULL;
}

const struct weir_type *type_primitive(struct type_table *t, enum type_kind kind, struct diag *d) {
  if (kind < TYPE_BOOL || kind > TYPE_ERROR_CONTEXT)
    return type_invalid(d, "not a primitive type");
  return type_intern(t, &(struct weir_type){.kind = kind}, false, d);
}

const struct weir_type *type_list(struct type_table *t, const struct weir_type *elem, struct diag *d) {
  return type_intern(t, &(struct weir_type){.kind = TYPE_LIST, .elem = elem}, false, d);
}

const struct weir_type *type_fixed_list(struct type_table *t, const struct weir_type *elem, uint32_t length,
                                        struct diag *d) {
  if (length == 0)
    return type_invalid(d, "fixed-length lists must have a length of at least 1");
  return type_intern(t, &(struct weir_type){.kind = TYPE_FIXED_LIST, .elem = elem, .length = length}, false, d);
}

const struct weir_type *type_map(struct type_table *t, const struct weir_type *key, const struct weir_type *value,
                                 struct diag *d) {
  struct type_field fields[2] = {{.label = STR(""), .type = key}, {.label = STR(""), .type = value}};
  struct weir_type pair = {.kind = TYPE_TUPLE, .fields = fields, .field_count = 2};
  const struct weir_type *elem = type_intern(t, &pair, true, d);
  return elem ? type_intern(t, &(struct weir_type){.kind = TYPE_MAP, .elem = elem}, false, d) : NULL;
}

const struct weir_type *type_fields(struct type_table *t, enum type_kind kind, const struct type_field *fields,
                                    uint32_t count, struct diag *d) {
  if (count == 0 && kind != TYPE_TUPLE)
    return type_invalid(d, "a type must have at least one field, case or label");
  if (kind == TYPE_FLAGS && count > 32)
    return type_invalid(d, "cannot have more than 32 flags");
  for (uint32_t i = 0; i < count; i++)
    if (!fields[i].type && (kind == TYPE_RECORD || kind == TYPE_TUPLE))
      return type_invalid(d, "a field must have a type");
  return type_intern(t, &(struct weir_type){.kind = kind, .fields = fields, .field_count = count}, false, d);
}

const struct weir_type *type_option(struct type_table *t, const struct weir_type *some, struct diag *d) {
  struct type_field fields[2] = {{.label = STR("none")}, {.label = STR("some"), .type = some}};
  return type_fields(t, TYPE_OPTION, fields, 2, d);
}

const struct weir_type *type_result(struct type_table *t, const struct weir_type *ok, const struct weir_type *error,
                                    struct diag *d) {
  struct type_field fields[2] = {{.label = STR("ok"), .type = ok}, {.label = STR("error"), .type = error}};
  return type_fields(t, TYPE_RESULT, fields, 2, d);
}

const struct weir_type *type_handle(struct type_table *t, enum type_kind kind,
                                    const struct weir_resource_type *resource, struct diag *d) {
  return type_intern(t, &(struct weir_type){.kind = kind, .resource = resource}, false, d);
}

const struct weir_type *type_channel(struct type_table *t, enum type_kind kind, const struct weir_type *elem,
                                     struct diag *d) {
  return type_intern(t, &(struct weir_type){.kind = kind, .elem = elem}, false, d);
}

/* ---- function types ---------------------------------------------------------------------------------------------- */

const struct func_type *type_func(struct type_table *t, bool async, const struct weir_type *params,
                                  const struct weir_type *result, struct diag *d) {
  uint64_t hash = hash_mix(hash_mix(hash_mix(t->seed, async), part_id(params)), part_id(result));
  struct index_walk walk = index_walk(&t->func_index, hash);
  for (uint32_t i; (i = index_next(&walk)) != INDEX_NONE;) {
    const struct func_type *f = t->funcs.data[i];
    if (f->async == async && f->params == params && f->result == result)
      return f;
  }
  struct func_type *made = ARENA_NEW(t->arena, struct func_type);
  if (!made || !ARENA_PUSH(t->arena, &t->funcs, made) || !index_add(&t->func_index, t->arena, hash, t->funcs.count - 1))
    return type_nomem(d);
  *made = (struct func_type){.async = async, .params = params, .result = result};
  return made;
}

/* ---- changes after interning ------------------------------------------------------------------------------------- */

static struct type_node *type_node_find(struct type_table *t, const struct weir_type *type) {
  uint64_t hash = ((const struct type_node *)type)->hash;
  struct type_node *n = type_find(t, type, hash);
  return n && &n->type == type ? n : NULL;
}

weir_status type_name_set(struct type_table *t, const struct weir_type *type, struct str name,
                          struct str interface_name, struct diag *d) {
  bool nominal =
      type->kind == TYPE_RECORD || type->kind == TYPE_VARIANT || type->kind == TYPE_ENUM || type->kind == TYPE_FLAGS;
  struct type_node *n = nominal && !type->interface_name.data ? type_node_find(t, type) : NULL;
  if (!n)
    return WEIR_OK;
  if (n->type.name.size == 0) {
    struct str copy = arena_str(t->arena, name);
    if (!copy.data)
      return diag_nomem(d);
    n->type.name = copy;
  }
  if (str_eq(n->type.name, name))
    n->type.interface_name = interface_name;
  return WEIR_OK;
}

void type_table_move_resources(struct type_table *t, type_resource_move move, void *data) {
  for (uint32_t i = 0; i < t->types.count; i++)
    if (t->types.data[i]->type.resource)
      t->types.data[i]->type.resource = move(data, t->types.data[i]->type.resource);
}
