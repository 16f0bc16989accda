/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Inside abi/: the kind of host value for a type. */
#ifndef ABI_VALUE_KIND_H
#define ABI_VALUE_KIND_H

#include "component/types.h"
#include "weir/value.h"

/* A list of u8 may be WEIR_VALUE_BYTES besides. */
static inline weir_value_kind value_kind_of(enum type_kind kind) {
  static const uint8_t kinds[] = {
      [TYPE_BOOL] = WEIR_VALUE_BOOL,      [TYPE_S8] = WEIR_VALUE_S8,
      [TYPE_U8] = WEIR_VALUE_U8,          [TYPE_S16] = WEIR_VALUE_S16,
      [TYPE_U16] = WEIR_VALUE_U16,        [TYPE_S32] = WEIR_VALUE_S32,
      [TYPE_U32] = WEIR_VALUE_U32,        [TYPE_S64] = WEIR_VALUE_S64,
      [TYPE_U64] = WEIR_VALUE_U64,        [TYPE_F32] = WEIR_VALUE_F32,
      [TYPE_F64] = WEIR_VALUE_F64,        [TYPE_CHAR] = WEIR_VALUE_CHAR,
      [TYPE_STRING] = WEIR_VALUE_STRING,  [TYPE_ERROR_CONTEXT] = WEIR_VALUE_ERROR_CONTEXT,
      [TYPE_LIST] = WEIR_VALUE_LIST,      [TYPE_FIXED_LIST] = WEIR_VALUE_LIST,
      [TYPE_MAP] = WEIR_VALUE_LIST,       [TYPE_RECORD] = WEIR_VALUE_RECORD,
      [TYPE_TUPLE] = WEIR_VALUE_RECORD,   [TYPE_VARIANT] = WEIR_VALUE_VARIANT,
      [TYPE_ENUM] = WEIR_VALUE_VARIANT,   [TYPE_OPTION] = WEIR_VALUE_VARIANT,
      [TYPE_RESULT] = WEIR_VALUE_VARIANT, [TYPE_FLAGS] = WEIR_VALUE_FLAGS,
      [TYPE_OWN] = WEIR_VALUE_RESOURCE,   [TYPE_BORROW] = WEIR_VALUE_RESOURCE,
      [TYPE_STREAM] = WEIR_VALUE_STREAM,  [TYPE_FUTURE] = WEIR_VALUE_FUTURE,
  };
  return (weir_value_kind)kinds[kind];
}

#endif
