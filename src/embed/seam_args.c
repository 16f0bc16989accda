/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See seam_args.h. */
#include "embed/seam_args.h"

#include "abi/value.h"

static bool is_number(const weir_value *v) {
  return v->kind < WEIR_VALUE_STRING || v->kind == WEIR_VALUE_FLAGS;
}

/* In the widths in which abi_lift_value() wrote it just now: a copy in other widths waits for the writes. */
static void give_number(const weir_value *v, weir_value *given) {
  given->kind = v->kind;
  given->tag = 0;
  given->of.u64 = v->of.u64;
}

void seam_args_clear(weir_value *args) {
  value_forget_handles(args);
  weir_value_clear(args);
}

weir_status seam_args_give(weir_value *items, size_t count, weir_value *given) {
  weir_status status = WEIR_OK;
  for (size_t i = 0; i < count; i++) {
    if (is_number(&items[i])) {
      give_number(&items[i], &given[i]);
      continue;
    }
    given[i] = items[i];
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
