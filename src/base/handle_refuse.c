/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Why a handle is refused, for the engine's notice. See handle.h. */
#include "base/handle.h"

weir_status handle_refuse(const void *handle, enum handle_kind kind, const char *function, const char *reason) {
  if (!handle || handle_kind_of(handle) != kind)
    return WEIR_ERR_MISUSE;
  const struct inbox *place = handle_place(handle, kind);
  if (!place)
    reason = "the handle is stale: what it led to was ended, freed or given away";
  else if (!inbox_is_usable(place))
    reason = "the store is another thread's";
  notice_tell(handle_cell_of(handle)->home->notice, WEIR_NOTICE_MISUSE, "%s: %s", function, reason);
  return WEIR_ERR_MISUSE;
}
