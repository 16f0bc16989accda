/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Copies of values, with or without the handles in them. Recurses as deep as values nest. */
#include "abi/value.h"
#include "abi/value_packed.h"

static weir_status copy(const weir_value *value, bool handles, weir_value *ret);

/* Releases a copy that was not finished: not what its handles lead to. */
static void forget(weir_value *v) {
  value_forget_handles(v);
  weir_value_clear(v);
}

static weir_status items_copy(const weir_value *value, bool handles, weir_value *ret) {
  size_t count = value->of.list.count;
  weir_status status =
      value->kind == WEIR_VALUE_LIST ? weir_value_new_list(count, ret) : weir_value_new_record(count, ret);
  for (size_t i = 0; status == WEIR_OK && i < count; i++)
    status = copy(&value->of.list.items[i], handles, &ret->of.list.items[i]);
  if (status != WEIR_OK)
    forget(ret);
  return status;
}

static weir_status variant_copy(const weir_value *value, bool handles, weir_value *ret) {
  weir_value payload = {.kind = WEIR_VALUE_NONE}, *box = NULL;
  if (value->of.payload)
    WEIR_TRY(copy(value->of.payload, handles, &payload));
  if (payload.kind != WEIR_VALUE_NONE && !(box = value_alloc(sizeof(*box)))) {
    forget(&payload);
    return WEIR_ERR_NOMEM;
  }
  if (box)
    *box = payload;
  *ret = (weir_value){.kind = WEIR_VALUE_VARIANT, .tag = value_tag(value), .of.payload = box};
  return WEIR_OK;
}

static weir_status bytes_copy(const weir_value *value, weir_value *ret) {
  WEIR_TRY(weir_value_new_bytes(value->of.string.data, value->of.string.size, ret));
  ret->kind = value->kind; /* text was valid before */
  return WEIR_OK;
}

static weir_status copy(const weir_value *value, bool handles, weir_value *ret) {
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  switch (value->kind) {
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      return bytes_copy(value, ret);
    case WEIR_VALUE_PACKED:
      return weir_value_new_packed((weir_value_kind)value_tag(value), value->of.packed.data, value->of.packed.count,
                                   ret);
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      return items_copy(value, handles, ret);
    case WEIR_VALUE_VARIANT:
      return variant_copy(value, handles, ret);
    case WEIR_VALUE_RESOURCE:
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
    case WEIR_VALUE_ERROR_CONTEXT:
      if (!handles)
        return WEIR_ERR_TYPE;
      *ret = *value;
      return WEIR_OK;
    default:
      *ret = *value;
      return WEIR_OK;
  }
}

weir_status weir_value_copy(const weir_value *value, weir_value *ret) {
  return copy(value, false, ret);
}

weir_status value_copy_with_handles(const weir_value *value, weir_value *ret) {
  return copy(value, true, ret);
}

void value_forget_handles(weir_value *v) {
  if (v->kind == WEIR_VALUE_RESOURCE || v->kind == WEIR_VALUE_STREAM || v->kind == WEIR_VALUE_FUTURE)
    *v = (weir_value){.kind = WEIR_VALUE_NONE};
  else if (v->kind == WEIR_VALUE_VARIANT && v->of.payload)
    value_forget_handles(v->of.payload);
  else if (v->kind == WEIR_VALUE_LIST || v->kind == WEIR_VALUE_RECORD)
    for (size_t i = 0; i < v->of.list.count; i++)
      value_forget_handles(&v->of.list.items[i]);
}
