/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See value_packed.h. */
#include "abi/value_packed.h"

#include <string.h>

#include "abi/value.h"

weir_value value_packed_item(const struct value_packed *p, size_t index) {
  size_t size = value_packed_size(p->kind);
  weir_value item = {.kind = p->kind};
  if (p->kind == WEIR_VALUE_BOOL)
    item.of.boolean = p->data[index] != 0;
  else
    memcpy(&item.of, p->data + index * size, size); /* every member begins with the low bits of the union */
  return item;
}

weir_status value_packed_new(weir_value_kind element, size_t count, weir_value *ret) {
  size_t size = value_packed_size(element);
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  if (count > SIZE_MAX / size)
    return WEIR_ERR_NOMEM;
  void *data = count ? value_alloc(count * size) : NULL;
  if (!data && count)
    return WEIR_ERR_NOMEM;
  *ret = (weir_value){.kind = WEIR_VALUE_PACKED, .tag = (uint32_t)element, .of.packed = {data, count}};
  return WEIR_OK;
}

weir_status weir_value_new_packed(weir_value_kind element, const void *data, size_t count, weir_value *ret) {
  size_t size = value_packed_size(element);
  *ret = (weir_value){.kind = WEIR_VALUE_NONE};
  if (size == 0)
    return WEIR_ERR_TYPE;
  WEIR_TRY(value_packed_new(element, count, ret));
  if (count && data)
    memcpy(ret->of.packed.data, data, count * size);
  else if (count)
    memset(ret->of.packed.data, 0, count * size);
  return WEIR_OK;
}
