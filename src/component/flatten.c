/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The core values of a value type, and the core signature of a lifted or lowered function. A type of more than 16 core
 * values never travels flat, so no more are kept. Origin: CanonicalABI.md#flattening.
 */
#include "component/link_types.h"
#include "component/types.h"

static uint8_t flat_join(uint8_t a, uint8_t b) {
  if (a == b)
    return a;
  bool narrow = (a == CORE_I32 && b == CORE_F32) || (a == CORE_F32 && b == CORE_I32);
  return narrow ? CORE_I32 : CORE_I64;
}

static void flat_add(struct weir_type *t, int ptr, uint8_t core) {
  if (t->flat_count[ptr] < TYPE_MAX_FLAT)
    t->flat[ptr][t->flat_count[ptr]++] = core;
  else
    t->flat_count[ptr] = TYPE_FLAT_TOO_MANY;
}

static void flat_append(struct weir_type *t, int ptr, const struct weir_type *part) {
  if (part->flat_count[ptr] == TYPE_FLAT_TOO_MANY) {
    t->flat_count[ptr] = TYPE_FLAT_TOO_MANY;
    return;
  }
  for (uint8_t i = 0; i < part->flat_count[ptr]; i++)
    flat_add(t, ptr, part->flat[ptr][i]);
}

static void flat_fixed_list(struct weir_type *t, int ptr) {
  if (t->elem->flat_count[ptr] == 0)
    return;
  for (uint32_t i = 0; i < t->length && t->flat_count[ptr] != TYPE_FLAT_TOO_MANY; i++)
    flat_append(t, ptr, t->elem);
}

static void flat_variant(struct weir_type *t, int ptr) {
  flat_add(t, ptr, CORE_I32);
  for (uint32_t i = 0; i < t->field_count && t->flat_count[ptr] != TYPE_FLAT_TOO_MANY; i++) {
    const struct weir_type *part = t->fields[i].type;
    if (!part)
      continue;
    if (part->flat_count[ptr] >= TYPE_MAX_FLAT) {
      t->flat_count[ptr] = TYPE_FLAT_TOO_MANY;
      return;
    }
    for (uint8_t k = 0; k < part->flat_count[ptr]; k++) {
      if (k + 1 < t->flat_count[ptr])
        t->flat[ptr][k + 1] = flat_join(t->flat[ptr][k + 1], part->flat[ptr][k]);
      else
        flat_add(t, ptr, part->flat[ptr][k]);
    }
  }
}

static void flat_fill_one(struct weir_type *t, int ptr) {
  switch (t->kind) {
    case TYPE_STRING:
    case TYPE_LIST:
    case TYPE_MAP:
      flat_add(t, ptr, ptr ? CORE_I64 : CORE_I32);
      flat_add(t, ptr, ptr ? CORE_I64 : CORE_I32);
      break;
    case TYPE_FIXED_LIST:
      flat_fixed_list(t, ptr);
      break;
    case TYPE_RECORD:
    case TYPE_TUPLE:
      for (uint32_t i = 0; i < t->field_count && t->flat_count[ptr] != TYPE_FLAT_TOO_MANY; i++)
        flat_append(t, ptr, t->fields[i].type);
      break;
    case TYPE_VARIANT:
    case TYPE_ENUM:
    case TYPE_OPTION:
    case TYPE_RESULT:
      flat_variant(t, ptr);
      break;
    case TYPE_S64:
    case TYPE_U64:
      flat_add(t, ptr, CORE_I64);
      break;
    case TYPE_F32:
      flat_add(t, ptr, CORE_F32);
      break;
    case TYPE_F64:
      flat_add(t, ptr, CORE_F64);
      break;
    default:
      flat_add(t, ptr, CORE_I32);
      break;
  }
}

void flatten_fill(struct weir_type *type) {
  for (int ptr = 0; ptr < 2; ptr++) {
    type->flat_count[ptr] = 0;
    flat_fill_one(type, ptr);
  }
}

/* ---- signatures -------------------------------------------------------------------------------------------------- */

static uint8_t flat_pointer(int ptr) {
  return ptr ? CORE_I64 : CORE_I32;
}

/* The parameters flat, or one pointer to all of them if there are more than `max`. */
static void signature_params(const struct weir_type *params, uint32_t max, int ptr, struct core_signature *ret) {
  ret->param_count = 0;
  if (params->flat_count[ptr] > max) {
    ret->params[ret->param_count++] = flat_pointer(ptr);
    return;
  }
  for (uint8_t i = 0; i < params->flat_count[ptr]; i++)
    ret->params[ret->param_count++] = params->flat[ptr][i];
}

static uint8_t result_count(const struct func_type *ft, int ptr) {
  return ft->result ? ft->result->flat_count[ptr] : 0;
}

void flatten_lift(const struct func_type *ft, bool async, bool callback, int ptr, struct core_signature *ret) {
  *ret = (struct core_signature){0};
  signature_params(ft->params, MAX_FLAT_PARAMS, ptr, ret);
  if (async) {
    ret->result_count = callback ? 1 : 0;
    ret->results[0] = CORE_I32;
    return;
  }
  uint8_t results = result_count(ft, ptr);
  ret->result_count = results > 0;
  if (results > MAX_FLAT_RESULTS)
    ret->results[0] = flat_pointer(ptr);
  else if (results)
    ret->results[0] = ft->result->flat[ptr][0];
}

void flatten_lower(const struct func_type *ft, bool async, int ptr, struct core_signature *ret) {
  *ret = (struct core_signature){0};
  uint8_t results = result_count(ft, ptr);
  signature_params(ft->params, async ? MAX_FLAT_ASYNC_PARAMS : MAX_FLAT_PARAMS, ptr, ret);
  if (results > (async ? 0 : MAX_FLAT_RESULTS))
    ret->params[ret->param_count++] = flat_pointer(ptr);
  if (async) {
    ret->result_count = 1;
    ret->results[0] = CORE_I32;
  } else if (results == 1) {
    ret->result_count = 1;
    ret->results[0] = ft->result->flat[ptr][0];
  }
}
