/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Values: making and releasing. A value owns its memory, from value_alloc(), alone. These functions
 * recurse as deep as values nest: lifted values at most as deep as types may (100); a host that builds deeper ones by
 * hand must have the stack for that.
 */
#include "weir/value.h"

#include <stdlib.h>
#include <string.h>

#include "abi/value.h"
#include "abi/value_kind.h"
#include "base/diag.h"
#include "base/handle.h"
#include "base/utf8.h"

void *value_alloc(size_t size) {
  return malloc(size);
}

weir_value value_integer(enum type_kind kind, uint64_t bits) {
  weir_value v = {.kind = value_kind_of(kind)};
  switch (kind) {
    case TYPE_S8:
    case TYPE_U8:
      v.of.u8 = (uint8_t)bits;
      break;
    case TYPE_S16:
    case TYPE_U16:
      v.of.u16 = (uint16_t)bits;
      break;
    case TYPE_S32:
    case TYPE_U32:
      v.of.u32 = (uint32_t)bits;
      break;
    default:
      v.of.u64 = bits;
      break;
  }
  return v;
}

/* ---- releasing --------------------------------------------------------------------------------------------------- */

void weir_value_clear(weir_value *value) {
  if (!value)
    return;
  weir_value old = *value;
  *value = (weir_value){.kind = WEIR_VALUE_NONE};
  if (value_lends(&old))
    return;
  switch (old.kind) {
    case WEIR_VALUE_STRING:
    case WEIR_VALUE_BYTES:
      free(old.of.string.data);
      break;
    case WEIR_VALUE_PACKED:
      free(old.of.packed.data);
      break;
    case WEIR_VALUE_LIST:
    case WEIR_VALUE_RECORD:
      for (size_t i = 0; i < old.of.list.count; i++)
        weir_value_clear(&old.of.list.items[i]);
      free(old.of.list.items);
      break;
    case WEIR_VALUE_VARIANT:
      weir_value_clear(old.of.payload);
      free(old.of.payload);
      break;
    case WEIR_VALUE_RESOURCE:
      handle_ask(old.of.resource, HANDLE_RESOURCE, HANDLE_LET_GO);
      break;
    case WEIR_VALUE_STREAM:
    case WEIR_VALUE_FUTURE:
      handle_ask(old.of.stream, HANDLE_END, HANDLE_LET_GO);
      break;
    default:
      break;
  }
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* A string or bytes of `size` bytes, not yet filled. */
static weir_status bytes_new(weir_value_kind kind, size_t size, weir_value *ret) {
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  char *data = size != 0 ? value_alloc(size) : NULL;
  if (!data && size != 0)
    return WEIR_ERR_NOMEM;
  ret->kind = kind;
  ret->of.string.data = data;
  ret->of.string.size = size;
  return WEIR_OK;
}

weir_status weir_value_new_string(const char *data, size_t size, weir_value *ret) {
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  if (size != 0 && !utf8_valid((const uint8_t *)data, size))
    return WEIR_ERR_TYPE;
  WEIR_TRY(bytes_new(WEIR_VALUE_STRING, size, ret));
  if (size != 0)
    memcpy(ret->of.string.data, data, size);
  return WEIR_OK;
}

weir_status weir_value_new_bytes(const void *data, size_t size, weir_value *ret) {
  WEIR_TRY(bytes_new(WEIR_VALUE_BYTES, size, ret));
  if (size == 0)
    return WEIR_OK;
  if (data)
    memcpy(ret->of.string.data, data, size);
  else
    memset(ret->of.string.data, 0, size);
  return WEIR_OK;
}

static weir_status items_new(weir_value_kind kind, size_t count, weir_value *ret) {
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  if (count > SIZE_MAX / sizeof(weir_value))
    return WEIR_ERR_NOMEM;
  weir_value *items = NULL;
  if (count != 0) {
    items = value_alloc(count * sizeof(weir_value));
    if (!items)
      return WEIR_ERR_NOMEM;
    memset(items, 0, count * sizeof(weir_value));
  }
  ret->kind = kind;
  ret->of.list.items = items;
  ret->of.list.count = count;
  return WEIR_OK;
}

weir_status weir_value_new_list(size_t count, weir_value *ret) {
  return items_new(WEIR_VALUE_LIST, count, ret);
}

weir_status weir_value_new_record(size_t count, weir_value *ret) {
  return items_new(WEIR_VALUE_RECORD, count, ret);
}

weir_status weir_value_new_variant(uint32_t tag, weir_value *take_payload, weir_value *ret) {
  weir_value payload = {.kind = WEIR_VALUE_NONE};
  if (take_payload) {
    payload = *take_payload;
    *take_payload = (weir_value){.kind = WEIR_VALUE_NONE};
  }
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  weir_value *box = NULL;
  if (tag & WEIR_VALUE_LENT) {
    weir_value_clear(&payload);
    return WEIR_ERR_TYPE;
  }
  if (payload.kind != WEIR_VALUE_NONE) {
    box = value_alloc(sizeof(*box));
    if (!box) {
      weir_value_clear(&payload);
      return WEIR_ERR_NOMEM;
    }
    *box = payload;
  }
  ret->kind = WEIR_VALUE_VARIANT;
  ret->tag = tag;
  ret->of.payload = box;
  return WEIR_OK;
}
