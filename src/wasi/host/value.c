/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* See value.h. */
#include "wasi/host/value.h"

#include "abi/value.h"

const char *wasi_value_words(weir_status status) {
  if (status == WEIR_ERR_NOMEM)
    return "out of memory";
  if (status == WEIR_ERR_MISUSE)
    return "the function does not allow this call of it";
  return status == WEIR_ERR_IO ? "the system has refused it" : weir_status_name(status);
}

bool wasi_value_room(size_t size, weir_value *ret) {
  void *data = size != 0 ? value_alloc(size) : NULL;
  *ret = (weir_value){0};
  if (!data && size != 0)
    return false;
  *ret = (weir_value){.kind = WEIR_VALUE_BYTES, .of.string = {data, size}};
  return true;
}

void wasi_value_return(weir_host_call *call, weir_status status, weir_value *take_value) {
  if (status == WEIR_OK)
    status = weir_host_call_return(call, take_value, NULL);
  if (status != WEIR_OK)
    weir_host_call_fail(call, wasi_value_words(status)); /* a call that is dead stays so */
  weir_value_clear(take_value);
}
