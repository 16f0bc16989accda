/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See value.h. */
#include "wasi/host/value.h"

const char *wasi_value_words(weir_status status) {
  if (status == WEIR_ERR_NOMEM)
    return "out of memory";
  if (status == WEIR_ERR_MISUSE)
    return "the function does not allow this call of it";
  return status == WEIR_ERR_IO ? "the system has refused it" : weir_status_name(status);
}

void wasi_value_return(weir_host_call *call, weir_status status, weir_value *take_value) {
  if (status == WEIR_OK)
    weir_host_call_return(call, take_value, NULL);
  else
    weir_host_call_fail(call, wasi_value_words(status));
  weir_value_clear(take_value);
}
