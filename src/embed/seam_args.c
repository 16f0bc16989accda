/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See seam_args.h. */
#include "embed/seam_args.h"

#include "base/diag.h"

/* ---- copies ------------------------------------------------------------------------------------------------------ */

static bool is_number(const weir_value *v) {
  return v->kind < WEIR_VALUE_STRING || v->kind == WEIR_VALUE_FLAGS;
}

static weir_status copy(const weir_value *v, weir_value *ret);

static weir_status copy_items(const weir_value *v, weir_value *ret) {
  size_t count = v->of.list.count;
  WEIR_TRY(v->kind == WEIR_VALUE_LIST ? weir_value_new_list(count, ret) : weir_value_new_record(count, ret));
  for (size_t i = 0; i < count; i++)
    WEIR_TRY(copy(&v->of.list.items[i], &ret->of.list.items[i]));
  return WEIR_OK;
}

static void forget(weir_value *v);

static weir_status copy_variant(const weir_value *v, weir_value *ret) {
  weir_value payload = {0};
  weir_status status = v->of.payload ? copy(v->of.payload, &payload) : WEIR_OK;
  if (status == WEIR_OK)
    status = weir_value_new_variant(v->tag, v->of.payload ? &payload : NULL, ret);
  forget(&payload);
  return status;
}

/* On failure `*ret` holds what there is so far. */
static weir_status copy(const weir_value *v, weir_value *ret) {
  switch (v->kind) {
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      return weir_value_copy(v, ret);
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      return copy_items(v, ret);
    case WEIR_VALUE_VARIANT:
      return copy_variant(v, ret);
    default:
      *ret = *v;
      return WEIR_OK;
  }
}

static void forget_handles(weir_value *v) {
  if (v->kind == WEIR_VALUE_RESOURCE || v->kind == WEIR_VALUE_STREAM || v->kind == WEIR_VALUE_FUTURE)
    *v = (weir_value){0};
  else if (v->kind == WEIR_VALUE_VARIANT && v->of.payload)
    forget_handles(v->of.payload);
  else if (v->kind == WEIR_VALUE_LIST || v->kind == WEIR_VALUE_RECORD)
    for (size_t i = 0; i < v->of.list.count; i++)
      forget_handles(&v->of.list.items[i]);
}

/* Releases a copy: not what its handles lead to. */
static void forget(weir_value *v) {
  forget_handles(v);
  weir_value_clear(v);
}

void seam_args_clear(weir_value *args) {
  forget(args);
}

/* ---- the call ---------------------------------------------------------------------------------------------------- */

weir_status seam_args_give(weir_value *items, size_t count, weir_value *given) {
  weir_status status = WEIR_OK;
  for (size_t i = 0; i < count; i++) {
    given[i] = items[i];
    if (is_number(&given[i]))
      continue;
    items[i] = (weir_value){0};
    if (status == WEIR_OK)
      status = copy(&given[i], &items[i]);
  }
  return status;
}

void seam_args_take_back(weir_value *given, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!is_number(&given[i]))
      weir_value_clear(&given[i]);
}
