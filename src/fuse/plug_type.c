/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Writes types of functions in the binary format (Binary.md, type definitions). A type without a name is defined where
 * it is needed, and so are its parts before it. A type with a name is the index of that name.
 *
 * In order: names; value types; functions.
 */
#include "fuse/plug_type.h"

#include "wasm/put.h"

enum { PART_TYPE = 7, DECL_TYPE = 1 };
enum form {
  FORM_RECORD = 0x72,
  FORM_VARIANT = 0x71,
  FORM_FLAGS = 0x6e,
  FORM_ENUM = 0x6d,
  FORM_LIST = 0x70,
  FORM_FIXED = 0x67,
  FORM_MAP = 0x63,
  FORM_TUPLE = 0x6f,
  FORM_OPTION = 0x6b,
  FORM_RESULT = 0x6a
};
enum {
  FORM_OWN = 0x69,
  FORM_BORROW = 0x68,
  FORM_STREAM = 0x66,
  FORM_FUTURE = 0x65,
  FORM_FUNC = 0x40,
  FORM_ASYNC = 0x43
};

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool needs_name(const struct weir_type *t) {
  switch (t->kind) {
    case TYPE_RECORD:
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_FLAGS:
      return true;
    default:
      return false;
  }
}

static uint32_t *unknown(struct arena *arena, uint32_t count) {
  uint32_t *all = ARENA_ARRAY(arena, uint32_t, count);
  for (uint32_t i = 0; all && i < count; i++)
    all[i] = GRAPH_NONE;
  return all;
}

weir_status plug_types_init(struct plug_types *p, struct arena *arena, const struct graph *g, struct text *out,
                            uint32_t *count, struct diag *d) {
  *p = (struct plug_types){.d = d, .out = out, .count = count};
  p->types = unknown(arena, type_table_count(g->types));
  p->resources = unknown(arena, g->resource_count);
  return p->types && p->resources ? WEIR_OK : diag_nomem(d);
}

void plug_types_name(struct plug_types *p, const struct weir_extern *item, uint32_t index) {
  if (item->kind == WEIR_EXTERN_RESOURCE)
    p->resources[item->resource->index] = index;
  else if (item->kind == WEIR_EXTERN_TYPE && item->type)
    p->types[item->type->id] = index;
}

/* The index of what has a name, or gets one now. */
static weir_status named(struct plug_types *p, uint32_t *index, const struct weir_type *type,
                         const struct weir_resource_type *resource) {
  if (*index != GRAPH_NONE)
    return WEIR_OK;
  if (p->name)
    return p->name(p->data, type, resource, index);
  return diag_set(p->d, WEIR_ERR_UNSUPPORTED,
                  "a function that is exported by itself uses a type that is not exported by itself");
}

/* ---- value types ------------------------------------------------------------------------------------------------- */

static weir_status put_optional(struct plug_types *p, const struct weir_type *t, struct text *body) {
  put_byte(body, t ? 1 : 0);
  return t ? plug_types_valtype(p, t, body) : WEIR_OK;
}

static weir_status put_fields(struct plug_types *p, enum form form, const struct weir_type *t, struct text *def) {
  put_byte(def, (uint8_t)form);
  put_u32(def, t->field_count);
  for (uint32_t i = 0; i < t->field_count; i++) {
    put_name(def, t->fields[i].label);
    if (form == FORM_RECORD)
      WEIR_TRY(plug_types_valtype(p, t->fields[i].type, def));
    if (form != FORM_VARIANT)
      continue;
    WEIR_TRY(put_optional(p, t->fields[i].type, def));
    put_byte(def, 0); /* refines nothing */
  }
  return WEIR_OK;
}

static weir_status put_tuple(struct plug_types *p, const struct weir_type *t, struct text *def) {
  put_byte(def, FORM_TUPLE);
  put_u32(def, t->field_count);
  for (uint32_t i = 0; i < t->field_count; i++)
    WEIR_TRY(plug_types_valtype(p, t->fields[i].type, def));
  return WEIR_OK;
}

static weir_status put_map(struct plug_types *p, const struct weir_type *t, struct text *def) {
  put_byte(def, FORM_MAP);
  WEIR_TRY(plug_types_valtype(p, t->elem->fields[0].type, def));
  return plug_types_valtype(p, t->elem->fields[1].type, def);
}

static weir_status put_handle(struct plug_types *p, const struct weir_type *t, struct text *def) {
  uint32_t *resource = &p->resources[t->resource->index];
  WEIR_TRY(named(p, resource, NULL, t->resource));
  put_byte(def, t->kind == TYPE_OWN ? FORM_OWN : FORM_BORROW);
  put_u32(def, *resource);
  return WEIR_OK;
}

static weir_status put_def(struct plug_types *p, const struct weir_type *t, struct text *def) {
  switch (t->kind) {
    case TYPE_RECORD:
      return put_fields(p, FORM_RECORD, t, def);
    case TYPE_VARIANT:
      return put_fields(p, FORM_VARIANT, t, def);
    case TYPE_FLAGS:
      return put_fields(p, FORM_FLAGS, t, def);
    case TYPE_ENUM:
      return put_fields(p, FORM_ENUM, t, def);
    case TYPE_LIST:
      put_byte(def, FORM_LIST);
      return plug_types_valtype(p, t->elem, def);
    case TYPE_FIXED_LIST:
      put_byte(def, FORM_FIXED);
      WEIR_TRY(plug_types_valtype(p, t->elem, def));
      put_u32(def, t->length);
      return WEIR_OK;
    case TYPE_MAP:
      return put_map(p, t, def);
    case TYPE_TUPLE:
      return put_tuple(p, t, def);
    case TYPE_OPTION:
      put_byte(def, FORM_OPTION);
      return plug_types_valtype(p, t->fields[1].type, def);
    case TYPE_RESULT:
      put_byte(def, FORM_RESULT);
      WEIR_TRY(put_optional(p, t->fields[0].type, def));
      return put_optional(p, t->fields[1].type, def);
    case TYPE_STREAM:
    case TYPE_FUTURE:
      put_byte(def, t->kind == TYPE_STREAM ? FORM_STREAM : FORM_FUTURE);
      return put_optional(p, t->elem, def);
    default:
      return put_handle(p, t, def);
  }
}

/* A section of one type, or a declarator, behind those of its parts. */
static uint32_t put_section_of(struct plug_types *p, const struct text *def) {
  struct text body = {0};
  if (p->declared) {
    ++*p->declared;
    put_byte(p->out, DECL_TYPE);
    text_add(p->out, (struct str){def->data, def->size});
  } else {
    put_u32(&body, 1);
    text_add(&body, (struct str){def->data, def->size});
    put_byte(p->out, PART_TYPE);
    put_sized(p->out, &body);
  }
  p->out->failed |= def->failed;
  text_done(&body);
  return (*p->count)++;
}

/* Where it has been defined or has a name, there is nothing to do. */
static weir_status define(struct plug_types *p, const struct weir_type *t) {
  struct text def = {0};
  if (p->types[t->id] != GRAPH_NONE)
    return WEIR_OK;
  if (needs_name(t) && !p->nameless)
    return named(p, &p->types[t->id], t, NULL);
  weir_status status = put_def(p, t, &def);
  if (status == WEIR_OK)
    p->types[t->id] = put_section_of(p, &def);
  text_done(&def);
  return status;
}

/* The byte of a primitive, or 0. */
static uint8_t primitive(enum type_kind kind) {
  static const uint8_t bytes[] = {
      [TYPE_BOOL] = 0x7f, [TYPE_S8] = 0x7e,   [TYPE_U8] = 0x7d,     [TYPE_S16] = 0x7c,           [TYPE_U16] = 0x7b,
      [TYPE_S32] = 0x7a,  [TYPE_U32] = 0x79,  [TYPE_S64] = 0x78,    [TYPE_U64] = 0x77,           [TYPE_F32] = 0x76,
      [TYPE_F64] = 0x75,  [TYPE_CHAR] = 0x74, [TYPE_STRING] = 0x73, [TYPE_ERROR_CONTEXT] = 0x64,
  };
  return (size_t)kind < sizeof(bytes) ? bytes[kind] : 0;
}

weir_status plug_types_valtype(struct plug_types *p, const struct weir_type *t, struct text *body) {
  uint8_t byte = primitive(t->kind);
  if (byte != 0) {
    put_byte(body, byte);
    return WEIR_OK;
  }
  WEIR_TRY(define(p, t));
  put_s64(body, p->types[t->id]);
  return WEIR_OK;
}

weir_status plug_types_value(struct plug_types *p, const struct weir_type *t, uint32_t *ret) {
  struct text def = {0};
  uint8_t byte = primitive(t->kind);
  weir_status status = WEIR_OK;
  if (byte != 0 && p->types[t->id] == GRAPH_NONE) {
    put_byte(&def, byte);
    p->types[t->id] = put_section_of(p, &def);
  } else if (byte == 0) {
    status = define(p, t);
  }
  text_done(&def);
  *ret = p->types[t->id];
  return status;
}

weir_status plug_types_structure(struct plug_types *p, const struct weir_type *t, uint32_t *ret) {
  struct text def = {0};
  if (!needs_name(t) || p->types[t->id] != GRAPH_NONE)
    return plug_types_value(p, t, ret);
  weir_status status = put_def(p, t, &def);
  if (status == WEIR_OK)
    *ret = put_section_of(p, &def);
  text_done(&def);
  return status;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static weir_status put_func(struct plug_types *p, const struct func_type *type, struct text *def) {
  put_byte(def, type->async ? FORM_ASYNC : FORM_FUNC);
  put_u32(def, type->params->field_count);
  for (uint32_t i = 0; i < type->params->field_count; i++) {
    put_name(def, type->params->fields[i].label);
    WEIR_TRY(plug_types_valtype(p, type->params->fields[i].type, def));
  }
  put_byte(def, type->result ? 0 : 1);
  if (type->result)
    return plug_types_valtype(p, type->result, def);
  put_byte(def, 0);
  return WEIR_OK;
}

weir_status plug_types_put(struct plug_types *p, const struct func_type *type, uint32_t *ret) {
  struct text def = {0};
  weir_status status = put_func(p, type, &def);
  if (status == WEIR_OK)
    *ret = put_section_of(p, &def);
  text_done(&def);
  return status;
}
