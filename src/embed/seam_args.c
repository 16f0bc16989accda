/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See seam_args.h. */
#include "embed/seam_args.h"

#include "abi/value.h"

static bool is_number(const weir_value *v) {
  return v->kind < WEIR_VALUE_STRING || v->kind == WEIR_VALUE_FLAGS;
}

void seam_args_clear(weir_value *args) {
  value_forget_handles(args);
  weir_value_clear(args);
}

weir_status seam_args_give(weir_value *items, size_t count, weir_value *given) {
  weir_status status = WEIR_OK;
  for (size_t i = 0; i < count; i++) {
    given[i] = items[i];
    if (is_number(&given[i]))
      continue;
    items[i] = (weir_value){0};
    if (status == WEIR_OK)
      status = value_copy_with_handles(&given[i], &items[i]);
  }
  return status;
}

void seam_args_take_back(weir_value *given, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!is_number(&given[i]))
      weir_value_clear(&given[i]);
}
