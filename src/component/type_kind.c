/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The words for kinds of types: the specification's, and WIT's where WIT has a word. */
#include "component/types.h"

static const char *const names[] = {
    [WEIR_TYPE_NONE] = "none",
    [TYPE_BOOL] = "bool",
    [TYPE_S8] = "s8",
    [TYPE_U8] = "u8",
    [TYPE_S16] = "s16",
    [TYPE_U16] = "u16",
    [TYPE_S32] = "s32",
    [TYPE_U32] = "u32",
    [TYPE_S64] = "s64",
    [TYPE_U64] = "u64",
    [TYPE_F32] = "f32",
    [TYPE_F64] = "f64",
    [TYPE_CHAR] = "char",
    [TYPE_STRING] = "string",
    [TYPE_ERROR_CONTEXT] = "error-context",
    [TYPE_LIST] = "list",
    [TYPE_FIXED_LIST] = "fixed-length-list",
    [TYPE_MAP] = "map",
    [TYPE_RECORD] = "record",
    [TYPE_TUPLE] = "tuple",
    [TYPE_VARIANT] = "variant",
    [TYPE_ENUM] = "enum",
    [TYPE_OPTION] = "option",
    [TYPE_RESULT] = "result",
    [TYPE_FLAGS] = "flags",
    [TYPE_OWN] = "own",
    [TYPE_BORROW] = "borrow",
    [TYPE_STREAM] = "stream",
    [TYPE_FUTURE] = "future",
};

const char *type_kind_name(uint32_t kind) {
  return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}
