/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Questions about types and resource types: weir/type.h. Everything is in the type already, so nothing here can fail.
 */
#include "component/types.h"

static const char *text_of(struct str s) {
  return s.size ? s.data : NULL;
}

weir_type_kind weir_type_kind_of(const weir_type *type) {
  return type ? (weir_type_kind)type->kind : WEIR_TYPE_NONE;
}

const char *weir_type_kind_name(weir_type_kind kind) {
  return type_kind_name((uint32_t)kind);
}

const char *weir_type_name(const weir_type *type) {
  return type ? text_of(type->name) : NULL;
}

const char *weir_type_interface(const weir_type *type) {
  return type ? text_of(type->interface_name) : NULL;
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static const struct type_field *part_at(const weir_type *type, size_t index) {
  return type && index < type->field_count ? &type->fields[index] : NULL;
}

size_t weir_type_part_count(const weir_type *type) {
  return type ? type->field_count : 0;
}

const char *weir_type_part_name(const weir_type *type, size_t index) {
  const struct type_field *part = part_at(type, index);
  return part ? text_of(part->label) : NULL;
}

const weir_type *weir_type_part_type(const weir_type *type, size_t index) {
  const struct type_field *part = part_at(type, index);
  return part ? part->type : NULL;
}

size_t weir_type_find_part(const weir_type *type, const char *name, size_t size) {
  for (size_t i = 0; name && size && i < weir_type_part_count(type); i++)
    if (str_eq(type->fields[i].label, (struct str){name, size}))
      return i;
  return WEIR_NO_PART;
}

/* ---- elements and the whole -------------------------------------------------------------------------------------- */

const weir_type *weir_type_element(const weir_type *type) {
  return type ? type->elem : NULL;
}

size_t weir_type_length(const weir_type *type) {
  return type ? type->length : 0;
}

size_t weir_type_packed_size(const weir_type *type) {
  return type && type->numeric ? type->layout[0].size : 0;
}

bool weir_type_has_handle(const weir_type *type) {
  return type && type->has_handle;
}

static bool is_same(void *data, const struct weir_resource_type *want, const struct weir_resource_type *offer) {
  (void)data;
  return want == offer;
}

bool weir_type_equal(const weir_type *a, const weir_type *b) {
  return a == b || (a && b && type_matches(a, b, is_same, NULL));
}

/* ---- resource types ---------------------------------------------------------------------------------------------- */

const weir_resource_type *weir_type_resource(const weir_type *type) {
  return type ? type->resource : NULL;
}

const char *weir_resource_type_name(const weir_resource_type *resource) {
  return resource ? text_of(resource->name) : NULL;
}

const char *weir_resource_type_interface(const weir_resource_type *resource) {
  return resource ? text_of(resource->interface_name) : NULL;
}

bool weir_resource_type_is_imported(const weir_resource_type *resource) {
  return resource && resource->imported;
}
