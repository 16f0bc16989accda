/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What all tables of host functions share: how they are defined and how simple calls are finished. */
#include "wasi/host/def.h"

#include "base/diag.h"

weir_status wasi_define(weir_linker *linker, const struct wasi_def *defs, size_t count, void *data,
                        weir_error **ret_error) {
  for (size_t i = 0; i < count; i++)
    WEIR_TRY(weir_linker_func(linker, defs[i].interface_name, defs[i].name, defs[i].signature, defs[i].fn, data, NULL,
                              ret_error));
  return WEIR_OK;
}

void wasi_return(weir_host_call *call, weir_status status, weir_value *take_value) {
  if (status == WEIR_OK)
    weir_host_call_return(call, take_value);
  else
    weir_host_call_fail(call, status == WEIR_ERR_NOMEM ? "out of memory" : weir_status_name(status));
  weir_value_clear(take_value);
}

void wasi_return_u64(weir_host_call *call, uint64_t number) {
  weir_value value = {.kind = WEIR_VALUE_U64, .of.u64 = number};
  weir_host_call_return(call, &value);
}
